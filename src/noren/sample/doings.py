"""What the town undertakes, tries, decides and pays, and what residents, firms and universities proposed and said."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from noren.sample import files
from noren.sample.aims import BASE_YEAR, day, urn
from noren.sample.site import Site
from noren.sample.tables import Row, both, rows
from noren.sample.trials import Tried
from noren.terms.records import (
    BudgetLine,
    Claim,
    Comment,
    Decision,
    Initiative,
    Offer,
    Proposal,
    Record,
    Regulation,
    Survey,
    Trial,
)

YEARS_RUN = 5
SURVEYS = (2023, 2024, 2025)
Anchors = Mapping[str, str]
"""By category the number of the report whose issue is meant."""
_TRIAL_JA, _TRIAL_EN = "試行：{}", "Trial: {}"
_PLATFORM: tuple[tuple[str, str, str, Sequence[float]], ...] = (
    ("cost", "市", "運営会社", (34e6, 31e6, 30e6, 30e6, 30e6, 29e6, 29e6)),
    ("subsidy", "国", "市", (17e6, 15e6, 10e6, 0, 0, 0, 0)),
    ("fee", "企業・大学", "市", (1e6, 2.4e6, 4e6, 6e6, 7.5e6, 8e6, 9e6)),
    ("saving", "市", "市", (0, 3e6, 8e6, 13e6, 17e6, 20e6, 22e6)),
)
_FIRST_BUDGET = 2024


def write_doings(site: Site, folder: Path, anchors: Anchors, trials: Sequence[Tried]) -> None:
    """All of it as one NGSI-LD file; whatever speaks of an issue names the one that its reports are folded into."""
    entities = [
        *_regulations(),
        *_offers(),
        *_surveys(),
        *_proposals(site, anchors),
        *_initiatives(anchors, {each.key: each for each in trials}),
        *_trials(site, trials),
        *_platform(site),
        *_claims(site, anchors),
    ]
    files.write_entities(folder / "plan.jsonld", entities)


def issue_of(anchors: Anchors, category: str) -> list[str] | None:
    """The issue of a category that is meant, as relations hold it."""
    return [urn("Issue", anchors[category])] if category in anchors else None


def _regulations() -> Iterator[Record]:
    for row in rows("regulations"):
        yield Regulation(
            id=urn("Regulation", row["key"]),
            name=row["title_ja"],
            alternate_name=row["title_en"],
            title=row["title_ja"],
            version=row["version"],
            review_on=day(row["review"]),
            functions=row["functions"].split(";"),
        )


def _offers() -> Iterator[Record]:
    for row in rows("offers"):
        yield Offer(
            id=urn("Offer", row["key"]),
            name=row["title_ja"],
            alternate_name=row["title_en"],
            offered_by=row["by"],
            estimated_cost=float(row["cost"]),
            capabilities=[dict([each.split(":")]) for each in row["capabilities"].split(";")],
        )


def _surveys() -> Iterator[Record]:
    asked = [row["key"] for row in rows("factors")]
    for year in SURVEYS:
        yield Survey(
            id=urn("Survey", f"wellbeing-{year}"),
            name=f"市民意識調査 {year}",
            alternate_name=f"Survey of residents {year}",
            survey_kind="yearly",
            questions=asked,
            opens_at=day(f"{year}-10-01"),
            closes_at=day(f"{year}-11-01"),
        )


def _proposals(site: Site, anchors: Anchors) -> Iterator[Record]:
    for number, row in enumerate(rows("proposals"), 1):
        id, said = urn("Proposal", row["key"]), site.live_start - timedelta(days=340 - 12 * number)
        answer = both(row, "answer") if row["answer_ja"] else None
        yield Proposal(
            id=id,
            name=row["ja"],
            alternate_name=row["en"],
            description=row["text_ja"],
            reference=f"KWB0-{number:04d}",
            status=row["status"],
            answers_issues=issue_of(anchors, row["category"]),
            proposer_kind=row["kind"],
            proposed_by=row["by"] or None,
            estimated_cost=float(row["cost"]),
            who_gains=row["gains"],
            said_at=said,
            answer=answer,
            moderation="published",
        )
        if answer:
            verdict = "adopt" if row["status"] == "adopted" else "decline"
            yield _decision(id, verdict, answer, said + timedelta(days=60))
        for i, text in enumerate(row["comments"].split("|"), 1):
            position, _, words = text.partition(":")
            yield Comment(
                id=urn("Comment", f"{row['key']}-{i}"),
                about=id,
                position=position,
                description=words,
                said_at=said + timedelta(days=9 * i),
                times_said=1.0,
                moderation="published",
            )


def _decision(about: str, verdict: str, grounds: dict[str, str], at: datetime) -> Decision:
    local = "-".join(about.split(":")[2::2]).lower()
    return Decision(
        id=urn("Decision", local), about=about, verdict=verdict, grounds=grounds, decided_at=at, decided_by="市長"
    )


def _initiatives(anchors: Anchors, trials: Mapping[str, Tried]) -> Iterator[Record]:
    adopted = {row["initiative"]: row["key"] for row in rows("proposals") if row["initiative"]}
    outcomes = {row["key"]: row for row in rows("outcomes")}
    for row in rows("initiatives"):
        tried = trials.get(row["key"])
        begins, ends = (tried.start, tried.end) if tried else (day(row["begins"]), day(row["ends"]))
        costs = _costs(row, begins.year)
        id = urn("Initiative", row["key"])
        yield Initiative(
            id=id,
            name=row["title_ja"],
            alternate_name=row["title_en"],
            statement=both(row, "title"),
            initiative_stage=row["stage"],
            answers_issues=issue_of(anchors, row["category"]),
            serves_outcomes=[urn("Outcome", row["outcome"])],
            from_proposal=urn("Proposal", adopted[row["key"]]) if row["key"] in adopted else None,
            layers=outcomes[row["outcome"]]["layers"].split(";"),
            functions=outcomes[row["outcome"]]["functions"].split(";"),
            owner=[row["owner"]],
            owner_after=row["owner_after"],
            partners=row["partners"].split("・"),
            costs=costs,
            gains=_gains(row, begins.year),
            risks=[{"text": both(row, "risk")}],
            data_needed=row["data"].split(";"),
            rules_to_change=[urn("Regulation", row["rule"])] if row["rule"] else None,
            exit_test=both(row, "exit"),
            starts_on=begins,
            ends_on=ends,
        )
        for each in costs:
            yield _line(id, each, f"{row['key']}-{each['year']}")
        if row["key"] in _verdicts() and not tried:
            yield _verdict(id, row["key"], ends + timedelta(days=20))


def _costs(row: Row, first: int) -> list[dict[str, Any]]:
    once, yearly = float(row["once"]), float(row["yearly"])
    return [
        {"year": first + n, "amount": yearly + (once if not n else 0.0), "payer": row["payer"]}
        for n in range(YEARS_RUN)
    ]


def _gains(row: Row, first: int) -> list[dict[str, Any]]:
    kind = "saving" if row["gain_who"] == "市" else "value"
    span = {"first": first + 1, "last": first + YEARS_RUN}
    return [
        {"who": row["gain_who"], "kind": kind, "amount": float(row["gain"])} | span,
        {"who": "住民", "kind": "quality", "text": both(row, "quality")},
    ]


def _line(initiative: str, cost: dict[str, Any], local: str) -> BudgetLine:
    planned = cost["amount"]
    return BudgetLine(
        id=urn("BudgetLine", local),
        of_initiative=initiative,
        year=float(cost["year"]),
        line_kind="cost",
        payer=cost["payer"],
        receiver="事業者",
        planned=planned,
        actual=round(planned * 1.04, -3) if cost["year"] <= BASE_YEAR else None,
    )


def _verdicts() -> dict[str, Row]:
    return {row["key"]: row for row in rows("verdicts")}


def _verdict(about: str, key: str, at: datetime) -> Decision:
    row = _verdicts()[key]
    return _decision(about, row["verdict"], both(row, "grounds"), at)


def _trials(site: Site, trials: Sequence[Tried]) -> Iterator[Record]:
    named = {row["key"]: row for row in rows("initiatives")}
    for each in trials:
        row, id = named[each.key], urn("Trial", each.key)
        decided = each.key in _verdicts()
        yield Trial(
            id=id,
            name=_TRIAL_JA.format(row["title_ja"]),
            alternate_name=_TRIAL_EN.format(row["title_en"]),
            of_initiative=urn("Initiative", each.key),
            starts_on=each.start,
            ends_on=each.end,
            status="decided" if decided else None,
            exit_test=both(row, "exit"),
            comparison=[_comparison(site, each, row)],
            cost_to_date=float(row["once"]) * 0.8,
            touched_rules=[urn("Regulation", row["rule"])],
        )
        if decided:
            yield _verdict(id, each.key, each.end + timedelta(hours=12))


def _comparison(site: Site, tried: Tried, row: Row) -> dict[str, Any]:
    return {
        "type": tried.kind,
        "attribute": tried.attribute,
        "treated": [urn(tried.kind, id) for id in tried.treated],
        "elsewhere": [urn(tried.kind, id) for id in tried.elsewhere],
        "beforeDays": min(28.0, (tried.start - site.start) / timedelta(days=1)),
        "title": both(row, "title"),
    }


def _platform(site: Site) -> Iterator[Record]:
    for kind, payer, receiver, amounts in _PLATFORM:
        for year, amount in enumerate(amounts, _FIRST_BUDGET):
            yield BudgetLine(
                id=urn("BudgetLine", f"platform-{kind}-{year}"),
                year=float(year),
                line_kind=kind,
                payer=payer,
                receiver=receiver,
                planned=float(amount),
                actual=round(float(amount) * 0.97, -3) if year < site.live_start.year else None,
            )


def _claims(site: Site, anchors: Anchors) -> Iterator[Record]:
    for number, row in enumerate(rows("claims"), 1):
        about = issue_of(anchors, row["category"])
        if about is None:
            continue
        yield Claim(
            id=urn("Claim", f"c{number}"),
            about=about[0],
            claim_kind=row["kind"],
            description=row["ja"],
            author_kind=row["author"],
            supported_by=[urn("Dataset", row["dataset"])] if row["dataset"] else None,
            studies=[row["study"]] if row["study"] else None,
            is_known=bool(row["dataset"] or row["study"]),
            moderation="published",
            said_at=site.live_start - timedelta(days=number),
        )

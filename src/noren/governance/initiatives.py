"""Initiatives, offers and trials: what the city undertakes, with its end stated before it begins.

Nothing starts without an exit test, an end date and an owner for afterwards; on the end date one decision is due: keep,
widen, change the rule, or stop.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal, TypeVar

import msgspec

from noren.errors import BadInput, Conflict, NotFound
from noren.terms.record import listed
from noren.terms.records import Decision, Initiative, Issue, Offer, Proposal, Regulation, Trial

if TYPE_CHECKING:
    from noren.view import View

T = TypeVar("T")
Verdict = Literal["adopt", "decline", "keep", "widen", "change-rule", "stop"]
AT_THE_END: tuple[Verdict, ...] = ("keep", "widen", "change-rule", "stop")
_STAGE_AFTER = {"keep": "practice", "widen": "practice", "change-rule": "trial", "stop": "retired"}
BEFORE_START = ("exitTest", "endsOn", "ownerAfter", "owner")


class Cost(msgspec.Struct, rename="camel"):
    """What is spent in a year, and who pays; `kind` is one of the platform's lines (cost, fee, saving, subsidy …)."""

    year: int
    amount: float
    payer: str
    kind: str = "cost"


class Gain(msgspec.Struct, rename="camel"):
    """Who gains what: money a year as value or saving, or quality of life in words, which is not turned into money.

    `first` and `last` are the years between which it is gained.
    """

    who: str
    kind: Literal["value", "saving", "quality"]
    amount: float | None = None
    text: dict[str, str] = {}
    first: int | None = None
    last: int | None = None


class Risk(msgspec.Struct, rename="camel"):
    """What can go wrong, and what is done about it."""

    text: dict[str, str]
    answer: dict[str, str] = {}


def missing(initiative: Initiative) -> list[str]:
    """What must be stated before it may start, by the names of attributes."""
    stated = initiative.entity()
    return [name for name in BEFORE_START if not stated.get(name)]


def problems(initiative: Initiative) -> list[str]:
    """What contradicts itself: keys of messages `governance.problem.…`."""
    found = []
    if initiative.starts_on and initiative.ends_on and initiative.ends_on <= initiative.starts_on:
        found.append("ends")
    try:
        costs, gains = each_of(initiative, "costs", Cost), each_of(initiative, "gains", Gain)
    except BadInput:
        return [*found, "money"]
    if any(amount < 0 for amount in (*(each.amount for each in costs), *(each.amount or 0 for each in gains))):
        found.append("negative")
    return found


def each_of(entity: Any, field: str, kind: type[T]) -> list[T]:
    """The entries of a JSON attribute as records; raises `BadInput` that names the field that does not fit."""
    try:
        return msgspec.convert(listed(getattr(entity, field)), list[kind])  # type: ignore[valid-type]
    except msgspec.ValidationError as error:
        what, _, where = str(error).partition(" - at ")
        raise BadInput(f"{what}.", where=field + where.strip("`").removeprefix("$")) from None


async def start(view: View, id: str, grounds: dict[str, str]) -> Initiative:
    """Let an initiative begin as a trial, for reasons that are published.

    Raises `Conflict` that names what is not stated or contradicts itself, or when it has begun, and `BadInput` without
    reasons.
    """
    initiative = await view.need(Initiative, id)
    decision = decided(view, id, "adopt", grounds)
    if initiative.initiative_stage not in (None, "idea"):
        raise Conflict(f"It has begun: its stage is {initiative.initiative_stage}.", where=id)
    if lacking := missing(initiative):
        raise Conflict(
            f"Before it starts it must say: {', '.join(lacking)}.", where=id, hint="State its end before its beginning."
        )
    if wrong := problems(initiative):
        raise Conflict(f"It contradicts itself: {', '.join(wrong)}.", where=id)
    begun = initiative.starts_on or view.now()
    await view.keep([Initiative(id=id, initiative_stage="trial", starts_on=begun), decision])
    return await view.need(Initiative, id)


async def adopt(view: View, proposal: str, initiative: Initiative, grounds: dict[str, str]) -> Initiative:
    """Make an initiative of a proposal, on the layers and functions of its issues; the proposal is answered with the
    grounds of the decision.

    Raises `Conflict` for a proposal that was adopted, or that nobody has looked at, and `BadInput` without grounds.
    """
    found = await view.need(Proposal, proposal)
    if found.status == "adopted" or found.moderation in ("held", "removed"):
        state = "adopted already" if found.status == "adopted" else "not published"
        raise Conflict(f"This proposal is {state}.", where=proposal, hint="Look at the proposal first.")
    issues = [issue for id in found.answers_issues or () if (issue := await view.get(Issue, id))]
    adopted = msgspec.structs.replace(
        initiative,
        from_proposal=found.id,
        name=initiative.name or found.name,
        answers_issues=initiative.answers_issues or found.answers_issues,
        layers=initiative.layers or _union(issue.layers for issue in issues),
        functions=initiative.functions or _union(issue.functions for issue in issues),
        initiative_stage="idea",
    )
    answered = Proposal(id=found.id, status="adopted", answer=words(grounds))
    decision = decided(view, found.id, "adopt", grounds)
    await view.keep([adopted, answered, decision])
    return await view.need(Initiative, adopted.id)


def _union(several: Iterable[list[str] | None]) -> list[str] | None:
    return list(dict.fromkeys(each for names in several for each in names or ())) or None


async def decide(view: View, id: str, verdict: Verdict, grounds: dict[str, str], by: str = "") -> Decision:
    """Record the decision about a trial or initiative and what follows from it.

    Raises `BadInput` without grounds and `Conflict` for a verdict that a trial's end does not know, or for a trial that
    was decided.
    """
    entity = await view.get(Trial, id) or await view.get(Initiative, id)
    if entity is None:
        raise NotFound("There is no such trial or initiative.", where=id)
    if isinstance(entity, Trial) and verdict not in AT_THE_END:
        raise Conflict(f"A trial ends with one of {', '.join(AT_THE_END)}.", where="verdict")
    if isinstance(entity, Trial) and entity.status == "decided":
        raise Conflict("This trial was decided.", where=id, hint="A new trial of the initiative can be decided anew.")
    decision = decided(view, id, verdict, grounds, by)
    changes: list[Any] = [decision]
    if verdict in _STAGE_AFTER:
        initiative = entity.of_initiative if isinstance(entity, Trial) else entity.id
        if initiative:
            changes.append(Initiative(id=initiative, initiative_stage=_STAGE_AFTER[verdict]))
        if isinstance(entity, Trial):
            changes.append(Trial(id=entity.id, status="decided"))
    await view.keep(changes)
    return decision


def decided(view: View, about: str, verdict: Verdict, grounds: dict[str, str], by: str = "") -> Decision:
    """A decision as of now; raises `BadInput` when nobody says why."""
    now = view.now()
    return Decision(
        id=f"urn:ngsi-ld:Decision:{view.home.slug}:{_local(about)}-{now:%Y%m%d%H%M%S}",
        about=about,
        verdict=verdict,
        grounds=words(grounds),
        decided_at=now,
        decided_by=by or None,
    )


def _local(id: str) -> str:
    """What tells an entity apart from those of other types, for use in another id."""
    return re.sub(r"\W+", "-", id.removeprefix("urn:ngsi-ld:")).strip("-").lower()


def due(trials: Sequence[Trial], now: datetime) -> list[Trial]:
    """Trials whose end has come and about which nobody decided: nothing runs on unexplained."""
    return [each for each in trials if each.ends_on and each.ends_on <= now and each.status != "decided"]


class Match(msgspec.Struct, rename="camel"):
    """How far an offer covers an initiative: what of its needs it covers and what it leaves open. There is no score."""

    offer: str
    name: str
    by: str
    covers: list[str]
    gaps: list[str]


def matches(initiative: Initiative, issues: Sequence[Issue], offers: Sequence[Offer]) -> list[Match]:
    """Offers that cover some need of an initiative, those with fewer gaps first, then by name.

    Needs are the functions it concerns, the categories of its issues and the types of data that it lacks; an offer's
    capabilities name `function`, `category` or `type`.
    """
    needs = [f"function:{each}" for each in initiative.functions or ()]
    needs += [f"category:{each.category}" for each in issues if each.category]
    needs += [f"type:{each}" for each in initiative.data_needed or ()]
    found = []
    for offer in offers:
        can = {f"{kind}:{value}" for one in listed(offer.capabilities) for kind, value in one.items()}
        covers = [need for need in dict.fromkeys(needs) if need in can]
        if covers:
            gaps = [need for need in dict.fromkeys(needs) if need not in can]
            found.append(Match(offer.id, offer.name or offer.id, offer.offered_by or "", covers, gaps))
    return sorted(found, key=lambda match: (len(match.gaps), match.name))


async def regulations(view: View) -> list[dict[str, Any]]:
    """Rules that trials touched: version, when each is looked at again, which trials touched it, what they showed."""
    trials = [each async for each in view.find(Trial)]
    rules = [each async for each in view.find(Regulation, order="reviewOn")]
    return [
        {
            "id": rule.id,
            "title": rule.title or rule.name,
            "version": rule.version,
            "reviewOn": rule.review_on,
            "overdue": rule.review_on is not None and rule.review_on < view.now(),
            "url": rule.url,
            "functions": rule.functions or [],
            "trials": [{"id": t.id, "name": t.name or t.id} for t in trials if rule.id in (t.touched_rules or ())],
            "findings": listed(rule.findings),
        }
        for rule in rules
    ]


def words(text: dict[str, str]) -> dict[str, str]:
    """Words by language without empty ones; raises `BadInput` when there are none."""
    said = {language: each.strip() for language, each in text.items() if each.strip()}
    if not said:
        raise BadInput("It is not said why.", where="grounds", hint="Say it in one language at least.")
    return said

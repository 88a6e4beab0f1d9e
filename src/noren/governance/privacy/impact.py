"""The impact assessment (GDPR Article 35; Japan's PIA): what is done, why, what can go wrong, what remains."""

from __future__ import annotations

from collections.abc import Sequence

from noren.governance.pages import Block, Chapter, Document, Facts, Heading, Items, Table, Teller, Text, chapter
from noren.governance.privacy import checklist, pictures
from noren.governance.privacy.activities import Activity
from noren.governance.privacy.answers import DECISION, FEW, Words
from noren.governance.privacy.besides import besides, measured, said
from noren.governance.privacy.inventory import Inventory
from noren.governance.privacy.phrases import answered, controller, named, open_, readers, sentence, types
from noren.governance.privacy.risks import Judged, tables

_NEED = ("necessity", "proportionality", "legal_basis", "subjects", "people", "special", "processors", "retention")
_LEVELS = ("low", "medium", "high")


def impact(inventory: Inventory, language: str) -> Document:
    """The assessment in a language."""
    tell = Teller(language, inventory.timezone)
    chapters = [_about(inventory, tell), _overview(inventory, tell)]
    chapters += [_activity(inventory, tell, each) for each in inventory.activities]
    chapters += [_rules(inventory, tell), *besides(inventory, tell, evidence=True), _sources(inventory, tell)]
    chapters += [_trust(inventory, tell)]
    chapters += [_policies(inventory, tell), _decision(inventory, tell), _method(tell)]
    return Document(
        title=tell("privacy.impact.title"),
        city=tell.said(inventory.city),
        language=language,
        date=tell("plan.asOf", date=tell.date(inventory.now)),
        chapters=chapters,
        contents=tell("plan.contents"),
        subtitle=tell("privacy.impact.subtitle"),
        day=tell.day(inventory.now),
    )


def _about(inventory: Inventory, tell: Teller) -> Chapter:
    return chapter(
        "about", tell("privacy.about"), Text(tell("privacy.about.note"), "note"), controller(inventory, tell)
    )


def _overview(inventory: Inventory, tell: Teller) -> Chapter:
    head = [tell(f"privacy.column.{key}") for key in ("activity", "purpose", "people", "remains")]
    rows = [
        [
            tell.said(each.title),
            tell.said(each.purpose_words),
            tell("portal.yes" if each.personal else "portal.no"),
            tell(f"privacy.risk.{_worst(inventory.judged(each))}"),
        ]
        for each in inventory.activities
    ]
    planned = tell.listed(tell.said(each) for each in inventory.planned)
    return chapter(
        "overview",
        tell("privacy.overview"),
        pictures.who_sees_what(inventory, tell),
        Text(tell("privacy.picture"), "note"),
        Table(tell("privacy.activities"), head, rows),
        [Text(tell("privacy.planned", what=planned), "note")] if planned else [],
        Text(tell("privacy.reaches"), "missing") if inventory.access.government_reaches_companies else [],
    )


def _worst(judged: Sequence[Judged]) -> str:
    return max((each.level for each in judged), key=_LEVELS.index)


def _activity(inventory: Inventory, tell: Teller, one: Activity) -> Chapter:
    judged = inventory.judged(one)
    return chapter(
        one.id,
        tell.said(one.title),
        Text(tell.said(one.summary) or tell("privacy.people.summary")),
        pictures.flow(one, tell),
        Heading(tell("privacy.what")),
        Facts(_facts(tell, one)),
        Heading(tell("privacy.need")),
        answered(inventory, tell, one, _NEED if one.personal else FEW),
        Heading(tell("privacy.risks")),
        _risks(tell, judged),
        Heading(tell("privacy.measures")),
        _measures(tell, judged),
        Heading(tell("privacy.remains")),
        Text(tell(f"privacy.remains.{_worst(judged)}"), "missing" if _worst(judged) == "high" else "plain"),
        answered(inventory, tell, one, ("accepted",)) if one.personal else [],
    )


def _facts(tell: Teller, one: Activity) -> list[tuple[str, str]]:
    personal = tell.listed(named(tell, each) for each in one.personal) or tell("privacy.noPersonal")
    rows = [
        ("privacy.fact.purpose", tell.said(one.purpose_words)),
        ("privacy.fact.term", one.dpv),
        ("privacy.fact.functions", tell.listed(tell.named("function", each) for each in one.functions)),
        ("privacy.fact.stage", tell.named("plan.stage", one.stage)),
        ("privacy.fact.owner", one.owner),
        ("privacy.fact.reads", types(tell, one.reads)),
        ("privacy.fact.writes", types(tell, one.writes)),
        ("privacy.fact.personal", personal),
        ("privacy.fact.readers", readers(tell, one) if one.personal else ""),
        ("privacy.fact.exit", one.exit_test),
        ("privacy.fact.gains", one.gains),
    ]
    return [(tell(key), words) for key, words in rows if words]


def _risks(tell: Teller, judged: Sequence[Judged]) -> Table:
    head = [tell(f"privacy.column.{key}") for key in ("risk", "severity", "before", "after", "level", "why")]
    rows = [
        [
            each.risk.ja if tell.language == "ja" else each.risk.en,
            str(each.severity),
            str(each.before),
            str(each.after),
            tell(f"privacy.risk.{each.level}"),
            tell.listed(tell(f"privacy.why.{why}") for why in each.why),
        ]
        for each in judged
    ]
    return Table(tell("privacy.risks.table"), head, rows, (1, 2, 3))


def _measures(tell: Teller, judged: Sequence[Judged]) -> list[Block]:
    held = {each.id for one in judged for each in one.measures}
    lacking = [
        said(tell, each) for each in tables()[1] if each.risks and each.id not in held and each.holds != "exit test"
    ]
    return [
        measured(tell, [each for each in tables()[1] if each.id in held]),
        *(Text(tell("privacy.measures.not", what=each), "missing") for each in lacking),
    ]


def _rules(inventory: Inventory, tell: Teller) -> Chapter:
    head = [tell(f"privacy.column.{key}") for key in ("file", "origin", "says")]
    rows = [
        [each.name, tell(f"privacy.origin.{each.origin}"), "\n".join(sentence(tell, words) for words in each.says)]
        for each in inventory.declared.rules
    ]
    changed = [each.name for each in inventory.declared.rules if each.origin != "packaged"]
    return chapter(
        "rules",
        tell("privacy.rules"),
        Text(tell("privacy.rules.note"), "note"),
        Table(tell("privacy.rules"), head, rows),
        [Text(tell("privacy.rules.changed", what=", ".join(changed)), "missing")] if changed else [],
    )


def _sources(inventory: Inventory, tell: Teller) -> Chapter:
    head = [tell("privacy.column.source"), tell("privacy.column.kind")]
    rows = [[each.name, each.kind] for each in inventory.sources]
    feeds: list[Block] = [Table(tell("privacy.sources"), head, rows)] if rows else [Text(tell("privacy.sources.none"))]
    counted = tell("privacy.datasets", count=inventory.datasets, licensed=inventory.licensed)
    return chapter("sources", tell("privacy.sources"), feeds, Text(counted))


def _trust(inventory: Inventory, tell: Teller) -> Chapter:
    ledger = inventory.ledger
    rows = [
        (tell("privacy.ledger.begun"), tell("portal.yes" if ledger.begun else "portal.no")),
        (tell("privacy.ledger.witnesses"), tell.listed(ledger.witnesses) or tell("privacy.nobody")),
        (tell("privacy.ledger.lapse"), tell("privacy.minutes", count=tell.number(ledger.lapse_minutes))),
    ]
    lacking = [] if ledger.has_quorum else [Text(tell("privacy.ledger.none"), "missing")]
    keys = [(f"privacy.answer.{key}", words) for key, words in _human_measures(inventory)]
    return chapter("ledger", tell("privacy.ledger"), Facts(rows), lacking, open_(tell, keys))


def _human_measures(inventory: Inventory) -> list[tuple[str, Words]]:
    kept = [each.holds.removeprefix("answer:") for each in tables()[1] if each.holds.startswith("answer:")]
    return [(key, inventory.answers.measures.get(key, "")) for key in [*kept, "incident_plan"]]


def _policies(inventory: Inventory, tell: Teller) -> Chapter:
    parts: list[Block] = [Text(tell("privacy.policies.note"), "note")]
    head = [tell(f"privacy.column.{key}") for key in ("requirement", "state", "evidence")]
    for policy in checklist.POLICIES:
        asked = [each for each in checklist.REQUIREMENTS if each.policy == policy.id]
        rows = [_required(inventory, tell, each) for each in asked]
        parts.append(Table(policy.ja if tell.language == "ja" else policy.en, head, rows))
    return chapter("policies", tell("privacy.policies"), parts)


def _required(inventory: Inventory, tell: Teller, one: checklist.Required) -> list[str]:
    state = checklist.state(one, inventory)
    given = inventory.answers.policy.get(one.id)
    shown = [tell.said(given.evidence)] if given and given.evidence else one.evidence if state == "met" else []
    words = one.ja if tell.language == "ja" else one.en
    return [words, tell(f"privacy.state.{state.replace(' ', '')}"), ", ".join(shown)]


def _decision(inventory: Inventory, tell: Teller) -> Chapter:
    given = inventory.answers.decision
    rows = [(f"privacy.decision.{key}", given.get(key, "")) for key in DECISION]
    return chapter("decision", tell("privacy.decision"), open_(tell, rows))


def _method(tell: Teller) -> Chapter:
    steps = ("scale", "severity", "effect", "likelihood", "more", "measures", "level")
    return chapter("method", tell("privacy.method"), Items([tell(f"privacy.method.{each}") for each in steps]))

"""Chapters that every report has besides activities: recipients, what the law keeps, commands, eyes, sign-in."""

from __future__ import annotations

from collections.abc import Iterable

from noren.governance.pages import Block, Chapter, Facts, Items, Table, Teller, Text, chapter
from noren.governance.privacy.inventory import Inventory
from noren.governance.privacy.phrases import named
from noren.governance.privacy.risks import Measure, holds, tables
from noren.governance.privacy.standing import FEWEST, Commanded, Receiver


def besides(inventory: Inventory, tell: Teller, *, evidence: bool = False) -> list[Chapter]:
    """The chapters; with `evidence` each measure names the files that show it."""
    chapters = [_recipients, _retained, _commands, _eyes]
    if inventory.standing.production is not None:
        chapters.append(_identity)
    found = []
    for make in chapters:
        one = make(inventory, tell)
        measures = [each for each in tables()[1] if each.part == one.id and holds(each, None, inventory.facts)]
        more = _measures(tell, measures, evidence)
        found.append(chapter(one.id, one.title, list(one.blocks), more))
    return found


def measured(tell: Teller, measures: Iterable[Measure]) -> Block:
    """Measures with the files that show them."""
    head = [tell("privacy.column.measure"), tell("privacy.column.evidence")]
    rows = [[said(tell, each), ", ".join(each.evidence)] for each in measures]
    return Table(tell("privacy.measures.table"), head, rows)


def said(tell: Teller, measure: Measure) -> str:
    """A measure in words."""
    return measure.ja if tell.language == "ja" else measure.en


def _measures(tell: Teller, measures: list[Measure], evidence: bool) -> list[Block]:
    if not measures:
        return []
    return [measured(tell, measures) if evidence else Items([said(tell, each) for each in measures])]


def _recipients(inventory: Inventory, tell: Teller) -> Chapter:
    found = inventory.standing.recipients
    head = [tell(f"privacy.column.{key}") for key in ("recipient", "purpose", "items", "until", "consents")]
    table = Table(tell("privacy.recipients"), head, [_recipient(tell, each) for each in found])
    return chapter(
        "recipients",
        tell("privacy.recipients"),
        Text(tell("privacy.recipients.note", count=FEWEST)),
        table if found else Text(tell("privacy.recipients.none")),
    )


def _recipient(tell: Teller, one: Receiver) -> list[str]:
    return [
        f"{tell.said(one.name)} ({tell.named('portal.mine.kind', one.kind)})",
        tell.listed(tell.said(words) for words in one.purpose_words),
        tell.listed(named(tell, each) for each in one.attributes),
        tell.date(one.until),
        tell("privacy.recipients.few", count=FEWEST) if one.consents is None else tell.number(one.consents),
    ]


def _retained(inventory: Inventory, tell: Teller) -> Chapter:
    found = inventory.standing.retained
    head = [tell(f"privacy.column.{key}") for key in ("organisation", "data", "law")]
    rows = [[each.organisation, tell.type(each.type), tell.said(each.law)] for each in found]
    return chapter(
        "retained",
        tell("privacy.retained"),
        Text(tell("privacy.retained.note")),
        Table(tell("privacy.retained"), head, rows) if rows else Text(tell("privacy.retained.none")),
    )


def _commands(inventory: Inventory, tell: Teller) -> Chapter:
    found = inventory.standing
    head = [tell(f"privacy.column.{key}") for key in ("devices", "count", "settings", "needsTwo")]
    table = Table(tell("privacy.commands"), head, [_commanded(tell, each) for each in found.commands], (1, 3))
    parts: list[Block] = [table, Text(tell("privacy.commands.interlocks", count=found.interlocks))]
    none: list[Block] = [Text(tell("privacy.commands.none"))]
    return chapter("commands", tell("privacy.commands"), parts if found.commands else none)


def _commanded(tell: Teller, one: Commanded) -> list[str]:
    settings = tell.listed(tell.said(each) for each in one.settings)
    return [tell.named("portal.operation.kind", one.kind), str(one.count), settings, str(one.needs_two)]


def _eyes(inventory: Inventory, tell: Teller) -> Chapter:
    eyes = inventory.standing.eyes
    rows = [
        (tell("privacy.eyes.cameras"), str(eyes.cameras)),
        (tell("privacy.eyes.search"), tell("privacy.eyes.nobody" if eyes.nobody_searches else "privacy.eyes.changed")),
        (tell("privacy.eyes.populations"), tell.listed(eyes.populations) or tell("privacy.nobody")),
    ]
    if eyes.populations:
        bounds = {"contributions": eyes.contributions, "day": f"{eyes.day:g}", "month": f"{eyes.month:g}"}
        rows.append((tell("privacy.eyes.budget"), tell("privacy.eyes.bounds", **bounds)))
    return chapter("eyes", tell("privacy.eyes"), Facts(rows))


def _identity(inventory: Inventory, tell: Teller) -> Chapter:
    found = inventory.standing
    rows = [
        (tell("privacy.identity.production"), tell("portal.yes" if found.production else "portal.no")),
        (tell("privacy.identity.providers"), tell.listed(found.providers) or tell("privacy.nothing")),
    ]
    return chapter("identity", tell("privacy.identity"), Facts(rows))

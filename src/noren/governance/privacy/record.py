"""The record of processing (GDPR Article 30); for Japan also the 個人情報ファイル簿 (APPI, Article 75)."""

from __future__ import annotations

from noren.governance.pages import Block, Chapter, Document, Facts, Heading, Items, Teller, Text, chapter
from noren.governance.privacy.activities import Activity
from noren.governance.privacy.answers import Words
from noren.governance.privacy.besides import besides
from noren.governance.privacy.inventory import Inventory
from noren.governance.privacy.phrases import answered, controller, named, open_, readers, types
from noren.governance.privacy.risks import holds, tables

_KEPT = ("subjects", "people", "legal_basis", "retention", "transfers", "processors")


def record(inventory: Inventory, language: str) -> Document:
    """The record in a language."""
    tell = Teller(language, inventory.timezone)
    acts = [_activity(inventory, tell, each) for each in inventory.activities]
    registers = [_register(inventory, tell)] if inventory.country == "JP" else []
    return Document(
        title=tell("privacy.record.title"),
        city=tell.said(inventory.city),
        language=language,
        date=tell("plan.asOf", date=tell.date(inventory.now)),
        chapters=[_about(inventory, tell), *acts, *registers, *besides(inventory, tell), _security(inventory, tell)],
        contents=tell("plan.contents"),
        subtitle=tell("privacy.record.subtitle"),
        day=tell.day(inventory.now),
    )


def _about(inventory: Inventory, tell: Teller) -> Chapter:
    return chapter(
        "controller", tell("privacy.controller"), Text(tell("privacy.about.note"), "note"), controller(inventory, tell)
    )


def _activity(inventory: Inventory, tell: Teller, one: Activity) -> Chapter:
    personal = tell.listed(named(tell, each) for each in one.personal) or tell("privacy.noPersonal")
    rows = [
        (tell("privacy.fact.purpose"), tell.said(one.purpose_words)),
        (tell("privacy.fact.term"), one.dpv),
        (tell("privacy.fact.data"), types(tell, dict.fromkeys((*one.reads, *one.writes)))),
        (tell("privacy.fact.personal"), personal),
        (tell("privacy.fact.readers"), readers(tell, one) if one.personal else tell("privacy.noPersonal")),
    ]
    return chapter(one.id, tell.said(one.title), Facts(rows), answered(inventory, tell, one, _asked(one)))


def _asked(one: Activity) -> tuple[str, ...]:
    """What must be answered: where nobody's data is touched, only for how long it is kept."""
    return _KEPT if one.personal else ("retention",)


def _register(inventory: Inventory, tell: Teller) -> Chapter:
    """Each kind of data about people with the items that the law wants."""
    parts: list[Block] = [Text(tell("privacy.register.note"), "note")]
    for one in inventory.activities:
        if one.personal:
            parts += [Heading(tell.said(one.title)), *open_(tell, _items(inventory, tell, one))]
    return chapter("register", tell("privacy.register"), parts)


def _items(inventory: Inventory, tell: Teller, one: Activity) -> list[tuple[str, Words]]:
    given, who = inventory.answers, inventory.answers.controller
    return [
        ("privacy.register.name", tell.said(one.title)),
        ("privacy.register.body", who.get("name") or inventory.organisation),
        ("privacy.register.office", one.owner),
        ("privacy.register.purpose", tell.said(one.purpose_words)),
        ("privacy.register.items", tell.listed(named(tell, each) for each in one.personal)),
        ("privacy.register.range", given.of(one.id, "subjects")),
        ("privacy.register.people", given.of(one.id, "people")),
        ("privacy.register.collected", given.of(one.id, "collected")),
        ("privacy.register.special", given.of(one.id, "special")),
        ("privacy.register.given", readers(tell, one)),
        ("privacy.register.requests", who.get("requests", "")),
        ("privacy.register.kind", tell("privacy.register.electronic")),
    ]


def _security(inventory: Inventory, tell: Teller) -> Chapter:
    held = [each for each in tables()[1] if holds(each, None, inventory.facts)]
    words = [each.ja if tell.language == "ja" else each.en for each in held]
    return chapter("security", tell("privacy.security"), Items(words))

"""The page “what your city does with data”: for residents, in plain words and pictures."""

from __future__ import annotations

from noren.governance.pages import Block, Chapter, Document, Facts, Heading, Items, Table, Teller, Text, chapter
from noren.governance.privacy import pictures
from noren.governance.privacy.activities import Activity
from noren.governance.privacy.besides import besides
from noren.governance.privacy.inventory import Inventory
from noren.governance.privacy.phrases import attribute, named, open_, readers, sentence, types


def public(inventory: Inventory, language: str) -> Document:
    """The page in a language."""
    tell = Teller(language, inventory.timezone)
    return Document(
        title=tell("privacy.public.title"),
        city=tell.said(inventory.city),
        language=language,
        date=tell("plan.asOf", date=tell.date(inventory.now)),
        chapters=[
            *(each(inventory, tell) for each in (_look, _uses, _people)),
            *besides(inventory, tell),
            *(each(inventory, tell) for each in (_never, _rights, _checks, _rules)),
        ],
        contents=tell("plan.contents"),
        subtitle=tell("privacy.public.subtitle"),
        day=tell.day(inventory.now),
    )


def _look(inventory: Inventory, tell: Teller) -> Chapter:
    return chapter(
        "look",
        tell("privacy.public.look"),
        Text(tell("privacy.public.classes")),
        pictures.who_sees_what(inventory, tell),
        Text(tell("privacy.picture"), "note"),
    )


def _uses(inventory: Inventory, tell: Teller) -> Chapter:
    services = [each for each in inventory.activities if each.kind == "service"]
    if not services:
        return chapter("uses", tell("privacy.public.uses"), Text(tell("privacy.public.noService")))
    return chapter("uses", tell("privacy.public.uses"), *(_use(tell, each) for each in services))


def _use(tell: Teller, one: Activity) -> list[Block]:
    people = tell.listed(named(tell, each) for each in one.personal) or tell("privacy.noPersonal")
    rows = [
        (tell("privacy.public.why"), tell.said(one.purpose_words)),
        (tell("privacy.public.aboutPeople"), people),
        (tell("privacy.public.office"), one.owner),
    ]
    facts = Facts([(label, words) for label, words in rows if words])
    return [Heading(tell.said(one.title)), Text(tell.said(one.summary)), pictures.flow(one, tell), facts]


def _people(inventory: Inventory, tell: Teller) -> Chapter:
    kept = [each for each in inventory.activities if each.kind == "people"]
    head = [tell(f"privacy.column.{key}") for key in ("data", "items", "readers", "retention")]
    rows = [
        [
            tell.said(each.title),
            tell.listed(attribute(tell, name) for name in each.personal if "." in name) or tell.said(each.title),
            readers(tell, each),
            tell.said(inventory.answers.of(each.id, "retention")) or tell("privacy.notSaid"),
        ]
        for each in kept
    ]
    table: list[Block] = [Table(tell("privacy.public.people"), head, rows)] if rows else []
    return chapter("people", tell("privacy.public.people"), Text(tell("privacy.public.sealed")), table)


def _never(inventory: Inventory, tell: Teller) -> Chapter:
    """What the rules in force rule out; where they do not, that is said instead."""
    seen = inventory.access
    said = [
        ("companies", not inventory.access.government_reaches_companies),
        ("staff", not seen.may("staff", "personal")),
        ("neighbours", not seen.may("neighbour", "personal") and not seen.may("anyone", "personal")),
        ("services", not seen.may("service", "personal")),
    ]
    held = Items([tell(f"privacy.public.never.{name}") for name, holds in said if holds])
    lost = [Text(tell(f"privacy.public.but.{name}"), "missing") for name, holds in said if not holds]
    return chapter("never", tell("privacy.public.never"), held, lost)


def _rights(inventory: Inventory, tell: Teller) -> Chapter:
    given = inventory.answers.controller
    rights = Items([tell(f"privacy.public.right.{name}") for name in ("see", "correct", "erase", "ask")])
    rows = [(f"privacy.controller.{key}", given.get(key, "")) for key in ("contact", "officer", "requests")]
    return chapter("rights", tell("privacy.public.rights"), rights, open_(tell, rows, "privacy.public.open"))


def _checks(inventory: Inventory, tell: Teller) -> Chapter:
    ledger = inventory.ledger
    key = "witnessed" if ledger.has_quorum else "unwitnessed"
    words = tell(f"privacy.public.{key}", who=tell.listed(ledger.witnesses))
    return chapter(
        "checks",
        tell("privacy.public.checks"),
        Text(tell("privacy.public.counts")),
        Text(words, "plain" if ledger.has_quorum else "missing"),
    )


def _rules(inventory: Inventory, tell: Teller) -> Chapter:
    own = [each for each in inventory.declared.rules if each.origin != "packaged"]
    said: list[Block] = (
        [Text(tell("privacy.public.ownRules", what=", ".join(each.name for each in own)))] if own else []
    )
    return chapter(
        "rules",
        tell("privacy.rules"),
        Text(tell("privacy.rules.note")),
        Items([sentence(tell, words) for each in inventory.declared.rules for words in each.says]),
        said,
        Text(tell("privacy.public.data", types=types(tell, _seen(inventory)))),
    )


def _seen(inventory: Inventory) -> list[str]:
    """Types that services use, each once."""
    return list(dict.fromkeys(name for each in inventory.activities for name in each.reads))

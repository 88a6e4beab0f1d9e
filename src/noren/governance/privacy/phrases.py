"""What several of the reports say in the same way."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from functools import cache
from importlib.resources import files

from noren.governance.pages import Block, Facts, Teller, Text
from noren.governance.privacy.activities import Activity
from noren.governance.privacy.answers import Words
from noren.governance.privacy.inventory import Inventory
from noren.terms import COMMON, TYPES


def named(tell: Teller, name: str) -> str:
    """What a definition is called: "Type" or "Type.attribute"."""
    kind, _, of = name.partition(".")
    return tell("privacy.ofType", what=attribute(tell, name), type=tell.type(kind)) if of else tell.type(kind)


def attribute(tell: Teller, name: str) -> str:
    """What "Type.attribute" is called where its type stands beside it."""
    kind, _, attribute = name.partition(".")
    found = TYPES[kind].attributes.get(attribute) or COMMON.get(attribute) if kind in TYPES else None
    return tell.said(found.meaning) if found else attribute


def types(tell: Teller, names: Iterable[str]) -> str:
    """Types of data in a row."""
    return tell.listed(tell.type(name) for name in names)


def spoken_rule(words: str) -> dict[str, str]:
    """A sentence of a rule by language; as it stands where nobody put it into Japanese."""
    return {"en": words, "ja": _sentences().get(words, words)}


def sentence(tell: Teller, words: str) -> str:
    """The same in one language."""
    return tell.said(spoken_rule(words))


@cache
def _sentences() -> dict[str, str]:
    rows = csv.DictReader((files(__package__) / "sentences.csv").read_text("utf-8").splitlines())
    return {row["en"]: row["ja"] for row in rows}


def readers(tell: Teller, activity: Activity) -> str:
    """Who may read what an activity touches of people."""
    who = [each for each in activity.readers if not each.endswith(".company")]
    extra = [
        tell("privacy.fromCompanies", who=tell(f"privacy.who.{each.removesuffix('.company')}"))
        for each in activity.readers
        if each.endswith(".company") and each.removesuffix(".company") not in who
    ]
    said = tell.listed([*(tell(f"privacy.who.{each}") for each in who), *extra])
    return said or tell("privacy.nobody")


def open_(tell: Teller, rows: Sequence[tuple[str, Words]], key: str = "privacy.open") -> list[Block]:
    """What only people can say: label and answer; an empty one is shown as open, in the words of a message `key`."""
    given = [(tell(label), tell.said(words)) for label, words in rows]
    found: list[Block] = (
        [Facts([(label, words) for label, words in given if words])] if any(w for _, w in given) else []
    )
    return [*found, *(Text(tell(key, what=label), "missing") for label, words in given if not words)]


def answered(inventory: Inventory, tell: Teller, activity: Activity, keys: Sequence[str]) -> list[Block]:
    """Answers about an activity."""
    return open_(tell, [(f"privacy.answer.{key}", inventory.answers.of(activity.id, key)) for key in keys])


def controller(inventory: Inventory, tell: Teller) -> list[Block]:
    """Who is responsible; the organisation's name where nobody wrote another."""
    given = inventory.answers.controller
    rows: list[tuple[str, Words]] = [("privacy.controller.name", given.get("name") or inventory.organisation)]
    keys = ("contact", "representative", "officer", "requests", "authority")
    return open_(tell, [*rows, *((f"privacy.controller.{key}", given.get(key, "")) for key in keys)])

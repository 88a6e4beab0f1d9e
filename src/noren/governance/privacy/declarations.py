"""What a city declares: purposes, definitions with their classes, the rules in force. Public; programs judge by it."""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING, Literal

import msgspec

from noren.terms import COMMON, TYPES
from noren.trust import PURPOSES, policy_texts
from noren.trust.policy import SCHEMA

if TYPE_CHECKING:
    from noren.city import City

Origin = Literal["packaged", "changed", "added"]


class Definition(msgspec.Struct, frozen=True):
    """A type (`attribute` empty) or an attribute, and how well it is kept in this city."""

    type: str
    attribute: str
    data_class: str = msgspec.field(name="class")
    meaning: dict[str, str]

    @property
    def name(self) -> str:
        """As people name it: "Type" or "Type.attribute"."""
        return f"{self.type}.{self.attribute}" if self.attribute else self.type


class Purpose(msgspec.Struct, frozen=True):
    """What data may be used for."""

    name: str
    iri: str
    meaning: dict[str, str]


class Rule(msgspec.Struct, frozen=True):
    """A file of rules as it is in force: `says` are its sentences, `origin` whether the city changed or added it."""

    name: str
    origin: Origin
    says: list[str]
    text: str
    sha256: str


class Declarations(msgspec.Struct, frozen=True):
    """All of them."""

    purposes: list[Purpose]
    definitions: list[Definition]
    rules: list[Rule]


def declarations(city: City) -> Declarations:
    """What the city declares as it stands now; raises `BadInput` when a file of rules does not hold."""
    city.refresh()
    return Declarations(_purposes(), definitions(city), rules(city))


def _purposes() -> list[Purpose]:
    return [Purpose(each.name, each.dpv, each.meaning) for each in PURPOSES.values()]


def definitions(city: City) -> list[Definition]:
    """Every type and attribute that the tables describe, with the class that holds in this city."""
    classes, found = city.classes, list[Definition]()
    for kind in TYPES.values():
        found.append(Definition(kind.name, "", classes.of_type(kind.iri).name.lower(), kind.meaning))
        for each in {**COMMON, **kind.attributes}.values():
            if each.name in kind.attributes or f"{kind.name}.{each.name}" in classes.raised:
                held = classes.of_attribute(kind.iri, each.iri).name.lower()
                found.append(Definition(kind.name, each.name, held, each.meaning))
    for each in COMMON.values():
        held = each.data_class.name.lower() if each.data_class is not None else "open"
        found.append(Definition("*", each.name, held, each.meaning))
    return found


_SENTENCE = re.compile(r"(?:^|\n)((?://[^\n]*\n)+)(?=@id|permit|forbid)")


def rules(city: City) -> list[Rule]:
    """The files of rules in force, the city's own changes marked."""
    packaged, found = policy_texts(), policy_texts(city.folder / "policies")
    return [_rule(name, text, packaged.get(name)) for name, text in found.items() if name != SCHEMA]


def _rule(name: str, text: str, packaged: str | None) -> Rule:
    origin: Origin = "added" if packaged is None else "packaged" if packaged == text else "changed"
    return Rule(name, origin, sentences(text), text, hashlib.sha256(text.encode()).hexdigest())


def sentences(text: str) -> list[str]:
    """The sentences that stand over the rules of a file.

    >>> sentences('// Anyone may read\\n// open data.\\n@id("x")\\npermit (principal, action, resource);\\n')
    ['Anyone may read open data.']
    """
    return [" ".join(line.strip("/ ") for line in each.strip().split("\n")) for each in _SENTENCE.findall(text)]

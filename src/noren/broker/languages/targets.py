"""Where the value of an attribute lies in a stored document: the paths that a predicate has to look at.

An attribute can be of any kind, so a predicate looks at each member in which a value may stand. Where the terms state
the kind and the store keeps an index, it looks only there.
"""

from __future__ import annotations

from functools import cache

import msgspec

from noren.broker.contexts import Context
from noren.store.query import ANY, Path
from noren.terms import ATTRIBUTES

TIMES = frozenset({"createdAt", "modifiedAt", "deletedAt", "observedAt", "expiresAt"})
_PLAIN_MEMBERS = TIMES | {"unitCode", "datasetId", "instanceId", "valueType"}
_TEXTUAL = (("value",), ("object",), ("vocab",), ("languageMap", ANY), ("valueList",), ("objectList",))
_ORDERED = (("value",), ("languageMap", ANY), ("valueList",))


class Target(msgspec.Struct, frozen=True):
    """What a term of a query speaks of: the path of the element, and the members below it if it is an attribute."""

    path: Path
    trail: tuple[str, ...] = ()
    plain: bool = False
    indexed: tuple[str, ...] | None = None

    def values(self, ordered: bool = False) -> list[Path]:
        """Paths of the values, those that have an order if `ordered`."""
        if self.plain:
            return [self.path]
        if self.trail:
            members: list[tuple[str, ...]] = [("value", *self.trail), ("json", *self.trail)]
            if len(self.trail) == 1:
                members.append(("languageMap", *self.trail))
            return [self.path + member for member in members]
        if self.indexed:
            return [self.path + self.indexed]
        return [self.path + member for member in (_ORDERED if ordered else _TEXTUAL)]

    def times(self) -> list[Path]:
        """Paths at which a time may stand: plainly, or as a typed value."""
        if self.plain:
            return [self.path]
        if self.trail:
            return self.values()
        member = (*self.path, "value")
        return [member, (*member, "@value")]


@cache
def indexed_members() -> dict[str, tuple[str, ...]]:
    """By IRI of an indexed attribute: the members down to its scalar below the instance."""
    members = {"relation": ("object",), "relations": ("object",), "language": ("languageMap", ANY)}
    return {term.iri: members.get(term.kind, ("value",)) for term in ATTRIBUTES.values() if term.indexed}


def target(names: list[str], trail: tuple[str, ...], context: Context) -> Target:
    """The target of a dotted path of names with a trailing path in brackets."""
    if len(names) == 1 and names[0] in TIMES:
        return Target((names[0],), plain=True)
    first = context.attribute(names[0])
    path: Path = ("attrs", first)
    for place, name in enumerate(names[1:], 1):
        if name in _PLAIN_MEMBERS and place == len(names) - 1 and not trail:
            return Target((*path, name), plain=True)
        path = (*path, context.attribute(name))
    return Target(path, trail, indexed=indexed_members().get(first) if len(names) == 1 and not trail else None)

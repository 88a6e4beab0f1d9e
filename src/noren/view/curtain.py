"""What one principal may see for one purpose: decisions on definitions, made once and remembered. No data passes here.

The rules stand in docs/curtain.md in plain words.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence, Set

from noren.errors import NotAllowed
from noren.store.query import Doc
from noren.terms import DataClass
from noren.trust import NONE, Definition, Ground, Policy, Principal
from noren.trust.policy import Action
from noren.view.classes import Classes

Types = tuple[str, ...]


class Lens:
    """What is to be seen of entities of one combination of types; `ground` is what the principal stands on where they
    are about a person."""

    def __init__(self, curtain: Curtain, types: Types, ground: Ground, collector: str) -> None:
        self._curtain, self._types, self._ground, self._collector = curtain, types, ground, collector
        self.readable = all(curtain.may("read", iri, "", ground, collector) for iri in types)
        self._clear: set[str] = set()
        self._hidden: set[str] = set()

    def shows(self, attribute: str) -> bool:
        """Whether the attribute (IRI) is to be seen."""
        if attribute not in self._clear and attribute not in self._hidden:
            self._decide(attribute)
        return attribute in self._clear

    def through(self, doc: Doc) -> Doc:
        """The document with what is to be seen; the same object when that is all of it."""
        attrs = doc["attrs"]
        if attrs.keys() <= self._clear:
            return doc
        return {**doc, "attrs": {name: value for name, value in attrs.items() if self.shows(name)}}

    def _decide(self, attribute: str) -> None:
        seen = self.readable and all(
            self._curtain.may("read", iri, attribute, self._ground, self._collector) for iri in self._types
        )
        (self._clear if seen else self._hidden).add(attribute)


class Pen:
    """What may be written of entities of one combination of types; what is permitted and not personal is plain: it goes
    through as it is."""

    def __init__(self, curtain: Curtain, types: Types) -> None:
        self._curtain, self._types = curtain, types
        self.data_class = curtain.classes.of_entity(types)
        self._free = self.data_class < DataClass.PERSONAL and self._decide("")
        self._plain: set[str] = set()
        self._other: set[str] = set()

    def is_plain(self, attributes: Set[str]) -> bool:
        """Whether entities of the types with just these attributes may be written, and nothing in them is personal."""
        if attributes <= self._plain:
            return self._free
        for attribute in attributes - self._plain - self._other:
            (self._plain if self._decide(attribute) else self._other).add(attribute)
        return self._free and attributes <= self._plain

    def _decide(self, attribute: str) -> bool:
        of = self._curtain.classes.of_attribute
        return all(
            self._curtain.may("write", kind, attribute) and (not attribute or of(kind, attribute) < DataClass.PERSONAL)
            for kind in self._types
        )


class Curtain:
    """The decisions for one principal and purpose; forgets them when the policies change."""

    def __init__(self, principal: Principal, purpose: str, policy: Policy, classes: Classes) -> None:
        self.principal, self.purpose, self.classes = principal, purpose, classes
        self._policy, self._version = policy, policy.version
        self._lenses: dict[tuple[Types, Ground, str], Lens] = {}
        self._pens: dict[Types, Pen] = {}
        self._reach: int | None = None

    def may(
        self, action: Action, type_iri: str, attribute: str, ground: Ground = NONE, collector: str = "government"
    ) -> bool:
        """Whether the principal may do this to an attribute (empty: the type itself) of a type."""
        data_class = self.classes.of_attribute(type_iri, attribute) if attribute else self.classes.of_type(type_iri)
        what = Definition(
            self.classes.type_name(type_iri),
            self.classes.attribute_name(attribute) if attribute else "",
            data_class,
            collector,
        )
        return self._policy.may(self.principal, self.purpose, action, what, ground)

    def lens(self, types: Sequence[str], ground: Ground = NONE, collector: str = "government") -> Lens:
        """The lens for entities of these types."""
        self._fresh()
        key = (tuple(types), ground, collector)
        found = self._lenses.get(key)
        if found is None:
            found = self._lenses[key] = Lens(self, key[0], ground, collector)
        return found

    def pen(self, types: Types) -> Pen:
        """The pen for entities of these types."""
        self._fresh()
        found = self._pens.get(types)
        if found is None:
            found = self._pens[types] = Pen(self, types)
        return found

    def reach(self) -> int:
        """The highest class up to which every type is readable, -1 when there is none: a row above it is seen only by
        whoever asks for its type."""
        self._fresh()
        if self._reach is None:
            self._reach = -1
            for data_class in (DataClass.OPEN, DataClass.OPERATIONAL):
                if not self._reads_all(data_class):
                    break
                self._reach = int(data_class)
        return self._reach

    def _reads_all(self, data_class: DataClass) -> bool:
        kinds = [iri for iri in self.classes.types_up_to(data_class) if self.classes.of_type(iri) == data_class]
        unknown = Definition("", "", data_class)
        return all(self.may("read", iri, "") for iri in kinds) and self._policy.may(
            self.principal, self.purpose, "read", unknown
        )

    def require(self, action: Action, types: Iterable[str], attributes: Iterable[str], ground: Ground = NONE) -> None:
        """Raise `NotAllowed` unless the principal may do this to the types and to these attributes of each."""
        names = ("", *sorted(attributes))
        for iri in types:
            for attribute in names:
                if not self.may(action, iri, attribute, ground):
                    raise self.refusal(action, iri, attribute)

    def refusal(self, action: Action, type_iri: str, attribute: str) -> NotAllowed:
        """The error that says what is not allowed, in words of declarations alone."""
        kind = self.classes.type_name(type_iri)
        what = f"{kind}.{self.classes.attribute_name(attribute)}" if attribute else kind
        data_class = self.classes.of_attribute(type_iri, attribute) if attribute else self.classes.of_type(type_iri)
        who = "Without signing in, you" if self.principal.kind == "anonymous" else f"This {self.principal.kind}"
        return NotAllowed(
            f"{who} may not {action} {data_class.name.lower()} data ({what}) for the purpose “{self.purpose}”.",
            where=what,
            hint="Sign in, or name a purpose that was given to you in the header Noren-Purpose.",
        )

    def _fresh(self) -> None:
        if self._version != self._policy.version:
            self._version, self._reach = self._policy.version, None
            self._lenses.clear()
            self._pens.clear()

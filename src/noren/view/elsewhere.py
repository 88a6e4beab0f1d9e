"""Data that other houses hold, as one principal may see it: decided here before it is asked for, and again when it
comes. What is about people leaves with other identifiers, and is entered in the book first, as what is held here is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec

from noren.store.query import Doc
from noren.terms import DataClass, iri
from noren.trust import OWN_DATA, Grant, Ground, Line, Principal
from noren.trust.grants import Basis
from noren.view.curtain import Curtain
from noren.view.desk import Desk
from noren.view.personal import SUBJECT

Types = Mapping[str, frozenset[str]]
"""Attributes by type (IRIs); none named: all that may be seen."""
ALL = frozenset[str]()


class Permit(msgspec.Struct, frozen=True, kw_only=True):
    """What one person allowed of what a holder keeps about them; their own data needs no grant."""

    basis: Basis
    subject: bytes
    types: Types
    grants: tuple[Grant, ...] = ()

    def named(self, names: Any) -> tuple[str, ...]:
        """The same as "Type.attribute" and "Type.*" in short names."""
        found = {
            f"{names.type_name(kind)}.{names.attribute_name(each) if each else '*'}"
            for kind, attributes in self.types.items()
            for each in attributes or ("",)
        }
        return tuple(sorted(found))


class Arrived(msgspec.Struct, frozen=True, kw_only=True):
    """A document that came from a holder, about whom it is (their id here), and what was allowed of it."""

    doc: Doc
    permit: Permit
    person: str


class Elsewhere:
    """Of one principal, for one purpose."""

    def __init__(self, desk: Desk, curtain: Curtain, principal: Principal, purpose: str) -> None:
        self._desk, self._curtain, self._principal, self._purpose = desk, curtain, principal, purpose

    def open(self, offered: Types, kind: str, up_to: DataClass = DataClass.OPERATIONAL) -> dict[str, frozenset[str]]:
        """Of what a holder of this kind offers, what is about nobody and may be seen."""
        of = self._curtain.classes.of_type
        readable = {name: attributes for name, attributes in offered.items() if of(name) <= up_to}
        return {
            name: attributes
            for name, attributes in readable.items()
            if self._curtain.lens((name,), collector=kind).readable
        }

    def through(self, docs: Iterable[Doc], kind: str, up_to: DataClass = DataClass.OPERATIONAL) -> list[Doc]:
        """Documents about nobody that came from a holder of this kind, with what may be seen of them."""
        found = []
        for doc in docs:
            lens = self._curtain.lens(doc["type"], collector=kind)
            if lens.readable and self._curtain.classes.of_entity(doc["type"]) <= up_to:
                shown = lens.through(doc)
                attrs = {name: value for name, value in shown["attrs"].items() if self._class(doc, name) <= up_to}
                found.append({**shown, "attrs": attrs})
        return found

    def people(self, offered: Types, holder: str, kind: str) -> list[Permit]:
        """Of what a holder offers about people, what each of them allowed, and what is the principal's own."""
        personal = {name: at for name, at in offered.items() if self._curtain.classes.is_personal(name)}
        if not personal or self._principal.kind not in ("resident", "staff", "organisation", "service"):
            return []
        found = []
        if self._principal.kind == "resident" and (seen := self._seen(personal, OWN_DATA, kind)):
            subject = self._desk.vault.subject(self._principal.id, holder, kind)  # type: ignore[arg-type]
            found.append(Permit(basis="own", subject=subject, types=seen))
        grantees = tuple(dict.fromkeys(name for name in (self._principal.id, self._principal.organisation) if name))
        for grant in self._desk.grants.to(grantees, self._purpose, self._desk.tenant):
            if grant.holder == holder and (seen := self._granted(grant, personal, kind)):
                found.append(Permit(basis=grant.basis, subject=grant.subject, types=seen, grants=(grant,)))
        return found

    async def release(self, arrived: Sequence[Arrived], holder: str, kind: str, facts: Mapping[str, Any]) -> list[Doc]:
        """What came about people, with what may be seen of it, entered in the book; `facts` say how it came."""
        chosen = [(one, shown) for one in arrived if (shown := self._chosen(one, kind))["attrs"]]
        await self._desk.book.use([self._line(one, shown, holder, facts) for one, shown in chosen])
        return [shown for _, shown in chosen]

    def pseudonym(self, person: str, organisation: str) -> str:
        """The id under which an organisation is told of a person."""
        return self._desk.pseudonyms.given(person, organisation)

    def _class(self, doc: Doc, attribute: str) -> DataClass:
        return max(self._curtain.classes.of_attribute(each, attribute) for each in doc["type"])

    def _seen(self, types: Types, ground: Ground, kind: str) -> dict[str, frozenset[str]]:
        """Of the attributes that are named those that may be seen; a type of which none may be is left out."""
        found = {}
        for name, attributes in types.items():
            lens = self._curtain.lens((name,), ground, kind)
            shown = frozenset(each for each in attributes if lens.shows(each))
            if lens.readable and (shown or not attributes):
                found[name] = shown
        return found

    def _granted(self, grant: Grant, types: Types, kind: str) -> dict[str, frozenset[str]]:
        names = self._curtain.classes
        covered: dict[str, frozenset[str]] = {}
        for each, attributes in types.items():
            short = names.type_name(each)
            if grant.covers(short, "*"):
                covered[each] = attributes
                continue
            given = frozenset(iri(name.partition(".")[2]) for name in grant.attributes if name.startswith(short + "."))
            if left := (given & attributes if attributes else given):
                covered[each] = left
        return self._seen(covered, self._ground(grant), kind)

    def _ground(self, grant: Grant) -> Ground:
        asking = self._principal.organisation
        return Ground(grant.basis, self._desk.vetted(asking), bool(asking) and asking == grant.holder)

    def _chosen(self, one: Arrived, kind: str) -> Doc:
        doc, permit = one.doc, one.permit
        ground = self._ground(permit.grants[0]) if permit.grants else OWN_DATA
        lens = self._curtain.lens(doc["type"], ground, kind)
        attrs = {
            name: value
            for name, value in self._about(one)["attrs"].items()
            if lens.shows(name) and all(not (at := permit.types.get(each, ALL)) or name in at for each in doc["type"])
        }
        return {**doc, "attrs": attrs}

    def _about(self, one: Arrived) -> Doc:
        """The document with the person whom it is about, by the id that the principal may know."""
        mine = self._principal.kind == "resident"
        person = one.person if mine else self.pseudonym(one.person, self._principal.organisation)
        return {**one.doc, "attrs": one.doc["attrs"] | {SUBJECT: {"type": "Relationship", "object": person}}}

    def _line(self, one: Arrived, shown: Doc, holder: str, facts: Mapping[str, Any]) -> Line:
        names = self._curtain.classes
        told = {
            "who": self._principal.id,
            "organisation": self._principal.organisation,
            "purpose": self._purpose,
            "basis": [one.permit.basis],
            "grants": [grant.id for grant in one.permit.grants],
            "holder": holder,
            "entity": shown["id"],
            "types": [names.type_name(each) for each in shown["type"]],
            "attributes": sorted(map(names.attribute_name, shown["attrs"])),
        }
        return Line(facts=told | dict(facts), subject=one.permit.subject, holder=holder, grants=one.permit.grants)

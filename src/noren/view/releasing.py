"""Other people's data on its way out: on a grant looked up at every use, and entered in the book before it leaves.

What leaves carries other identifiers for each organisation. A grantee asks by type and id alone: a condition or sorting
would be a way of looking without having been seen to look.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import Any

import msgspec

from noren.errors import NotAllowed, NotFound
from noren.store import Found
from noren.store.query import Doc
from noren.trust import Grant, Ground, Line, Principal
from noren.view.curtain import Curtain, Types
from noren.view.desk import Desk
from noren.view.personal import Personal

Row = tuple[Doc, int, bytes | None]
_SHOWN = ("id", "type", "attrs")
"""What a grantee is told of an entity. Not when it was made or changed, nor its scope: two of them could compare those
and find out that they speak of the same person."""
_VALUES = frozenset({"value", "json", "languageMap", "vocab", "valueList"})
_TARGETS = frozenset({"object", "objectList", "datasetId"})
_SYSTEM = frozenset({"createdAt", "modifiedAt", "deletedAt", "expiresAt", "instanceId"})
_COLLECTORS = ("none", "government", "company", "non-profit", "research", "health", "school")


class Chosen(msgspec.Struct, frozen=True):
    """What was allowed of one stored row, still sealed, and by which grants."""

    doc: Doc
    data_class: int
    subject: bytes
    holder: str
    grants: tuple[Grant, ...]


class Releasing:
    """What one principal may see of other people, for one purpose; `shown` are grants that hold for this view alone,
    because a proof of consent was presented with the question: then it is about their subjects and nobody else, and
    `vetted` says that whoever signed the proofs vouches for who asks."""

    def __init__(
        self,
        desk: Desk,
        curtain: Curtain,
        principal: Principal,
        purpose: str,
        personal: Personal,
        shown: Sequence[Grant] = (),
        vetted: bool = False,
    ) -> None:
        self._desk, self._curtain, self._personal = desk, curtain, personal
        self._principal, self._purpose, self._shown, self._vouched = principal, purpose, tuple(shown), vetted
        names = (principal.id,) if principal.kind == "resident" else (principal.id, principal.organisation)
        self._grantees = tuple(dict.fromkeys(filter(None, names)))

    @property
    def possible(self) -> bool:
        """Whether anybody could have allowed this principal anything."""
        return self._principal.kind in ("resident", "staff", "organisation", "service")

    def permit(self, types: Iterable[str]) -> None:
        """Raise `NotAllowed` unless some grant could let the principal read the types: a refusal speaks of declarations
        and never of what anybody allowed."""
        for kind in types:
            if not any(
                self._curtain.lens((kind,), ground, of).readable for ground in self._grounds() for of in _COLLECTORS
            ):
                raise self._curtain.refusal("read", kind, "")

    def refuse_looking(self, types: Iterable[str]) -> None:
        """Raise the error for a condition or sorting on what is held about others."""
        names = ", ".join(map(self._curtain.classes.type_name, types))
        raise NotAllowed(
            "What is held about others is asked for by type and id: without conditions, sorting or counting.",
            where=names,
            hint="Leave out q, the place, orderBy and count.",
        )

    def subjects(self) -> list[bytes]:
        """About whom something was allowed to the principal for the purpose, in an order that stays."""
        if not self.possible:
            return []
        if self._shown:
            return list(dict.fromkeys(grant.subject for grant in self._presented()))
        kept = self._desk.grants.to(self._grantees, self._purpose, self._desk.tenant)
        return list(dict.fromkeys(grant.subject for grant in kept))

    def choose(
        self, row: Row, attributes: Sequence[str] = (), omitted: Sequence[str] = (), asked: Collection[str] = ()
    ) -> Chosen | None:
        """What was allowed of a stored row about somebody else; None for nothing, and for what was `asked` for by an id
        that was never given to the principal."""
        doc, data_class, subject = row
        grants = [] if subject is None else self._standing(subject)
        if subject is None or not grants:
            return None
        holder, kind = self._holder(subject)
        if doc["id"] in asked and self._is_disguised(doc, holder):
            return None
        types, seen, used = tuple(doc["type"]), {}, dict[str, Grant]()
        for name, value in doc["attrs"].items():
            if (attributes and name not in attributes) or name in omitted:
                continue
            if grant := next((each for each in grants if self._allows(each, types, name, holder, kind)), None):
                seen[name], used[grant.id] = value, grant
        chosen = Chosen({**doc, "attrs": seen}, data_class, subject, holder, tuple(used.values()))
        return chosen if seen else None

    async def release(self, chosen: Iterable[Chosen]) -> list[tuple[str, Row]]:
        """What was chosen, opened, with its stored id, once it stands in the book. Raises as `Book.use` does."""
        released: list[tuple[str, Row]] = []
        lines: list[Line] = []
        for each in chosen:
            doc = self._personal.open(each.doc, each.subject)
            if doc["attrs"]:  # else the key was destroyed a moment ago
                lines.append(self._line(doc, each))
                released.append((doc["id"], (self._disguised(doc, each.holder), each.data_class, each.subject)))
        await self._desk.book.use(lines)
        return released

    def meant(self, ids: Iterable[str]) -> list[str]:
        """The ids as they are stored, where they were given to the principal's organisation in disguise."""
        return [self._desk.pseudonyms.meant(id, self._principal.organisation) or id for id in ids]

    def _standing(self, subject: bytes) -> list[Grant]:
        kept = self._desk.grants.find(subject, self._grantees, self._purpose, self._desk.tenant)
        mine = [grant for grant in kept if grant.is_for(self._principal.id, self._principal.organisation)]
        return mine + [grant for grant in self._presented() if grant.subject == subject]

    def _allows(self, grant: Grant, types: Types, attribute: str, holder: str, kind: str) -> bool:
        names = self._curtain.classes
        if not all(grant.covers(names.type_name(each), names.attribute_name(attribute)) for each in types):
            return False
        return self._curtain.lens(types, self._ground(grant, holder), kind).shows(attribute)

    def _ground(self, grant: Grant, holder: str) -> Ground:
        asking = self._principal.organisation
        return Ground(grant.basis, self._vetted(), bool(asking) and asking == holder)

    def _vetted(self) -> bool:
        return self._vouched or self._desk.vetted(self._principal.organisation)

    def _grounds(self) -> list[Ground]:
        vetted = self._vetted()
        if self._principal.kind == "resident":
            return [Ground("guardian"), Ground("helper")]
        return [Ground("consent", vetted, collected) for collected in (False, True)] + [Ground("emergency", vetted)]

    def _holder(self, subject: bytes) -> tuple[str, str]:
        try:
            return self._desk.vault.collector(subject)
        except NotFound:
            return "", "none"

    def _presented(self) -> list[Grant]:
        now = self._desk.grants.now() if self._shown else 0.0
        who = self._principal.id, self._principal.organisation
        mine = [grant for grant in self._shown if grant.is_for(*who) and grant.purpose == self._purpose]
        return [grant for grant in mine if grant.stands(now) and grant.tenant == self._desk.tenant]

    def _line(self, doc: Doc, chosen: Chosen) -> Line:
        names = self._curtain.classes
        facts = {
            "who": self._principal.id,
            "organisation": self._principal.organisation,
            "purpose": self._purpose,
            "basis": sorted({grant.basis for grant in chosen.grants}),
            "grants": [grant.id for grant in chosen.grants],
            "holder": chosen.holder,
            "entity": doc["id"],
            "types": [names.type_name(each) for each in doc["type"]],
            "attributes": sorted(map(names.attribute_name, doc["attrs"])),
        }
        return Line(facts=facts, subject=chosen.subject, holder=chosen.holder, grants=chosen.grants)

    def _disguised(self, doc: Doc, holder: str) -> Doc:
        """With other ids of people, and nothing by which two could compare what they were told, for an organisation
        that is not the one who collected it."""
        if self._is_known(holder):
            return doc
        attrs = {name: self._told(held) for name, held in doc["attrs"].items()}
        if not self._is_disguised(doc, holder):
            return {**doc, "attrs": attrs}
        return {name: doc[name] for name in _SHOWN} | {"id": self._disguise(doc["id"]), "attrs": attrs}

    def _is_known(self, holder: str) -> bool:
        """Whether the principal knows people as their holder does."""
        return self._principal.kind == "resident" or self._principal.organisation == holder

    def _is_disguised(self, doc: Doc, holder: str) -> bool:
        return not self._is_known(holder) and any(map(self._curtain.classes.is_personal, doc["type"]))

    def _told(self, held: Any) -> Any:
        """An attribute, or one within it: values as they are, other ids where it points at people."""
        if isinstance(held, list):
            return [self._told(each) for each in held]
        if not isinstance(held, dict):
            return held
        return {name: self._member(name, value) for name, value in held.items() if name not in _SYSTEM}

    def _member(self, name: str, value: Any) -> Any:
        if name in _VALUES:
            return value
        if name not in _TARGETS:
            return self._told(value)
        if isinstance(value, list):
            return [self._member(name, each) for each in value]
        return self._disguise(value) if isinstance(value, str) and self._may_be_person(value) else value

    def _may_be_person(self, id: str) -> bool:
        """Whether an id may be a person's: whichever does not say that it is of a type that is about nobody."""
        parts = id.split(":")
        return not (parts[:2] == ["urn", "ngsi-ld"] and len(parts) > 3 and self._curtain.classes.is_plain(parts[2]))

    def _disguise(self, id: str) -> str:
        return self._desk.pseudonyms.given(id, self._principal.organisation)


def rows(found: Found) -> list[Row]:
    """The rows of what a store found."""
    return list(zip(found.docs, found.classes, found.subjects, strict=True))

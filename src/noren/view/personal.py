"""Personal values on their way through the curtain: sealed before the broker sees them, opened for their subject."""

from __future__ import annotations

from typing import Any

from noren.broker.forms.checks import NULL
from noren.errors import BadInput, NotFound
from noren.store.query import Doc
from noren.terms import DataClass, iri
from noren.trust import NONE, OWN, OWN_DATA, Grants, Ground, Principal, Vault, is_sealed
from noren.view.classes import Classes

SUBJECT = iri("dataSubject")


class Personal:
    """What one principal does with personal values in one tenant."""

    def __init__(
        self, principal: Principal, tenant: str, vault: Vault, grants: Grants, classes: Classes, city: str
    ) -> None:
        self._principal, self._tenant, self._vault, self._classes = principal, tenant, vault, classes
        self._grants, self._organisation = grants, principal.organisation or city
        self._sealed_any = False

    def own(self) -> list[bytes]:
        """The subjects under which values about the principal are held; only a resident has any."""
        return self._vault.subjects(self._principal.id) if self.is_subject else []

    @property
    def is_subject(self) -> bool:
        """Whether data can be about the principal."""
        return self._principal.kind == "resident"

    def collector(self, subject: bytes | None) -> str:
        """Kind of the organisation that collected what stands under a subject."""
        if subject is None:
            return "government"
        try:
            return self._vault.collector(subject)[1]
        except NotFound:
            return "none"

    def holds(self, subject: bytes | None) -> bool:
        """Whether a write may go on under the subject of a stored entity: it is the principal, or somebody whom the
        principal's own organisation registered."""
        if subject is None:
            return True
        if self.is_subject:
            return self.standing(subject) != NONE
        return self._vault.collector(subject)[0] == self._organisation

    def standing(self, subject: bytes | None) -> Ground:
        """On what ground the principal writes under a subject (None: a new one): their own, or their ward's."""
        if not self.is_subject:
            return NONE
        if subject is None or subject in self.own():
            return OWN_DATA
        found = self._grants.find(subject, (self._principal.id,), OWN, self._tenant)
        return Ground("guardian") if any(grant.basis == "guardian" for grant in found) else NONE

    def names(self, types: tuple[str, ...], attributes: set[str]) -> set[str]:
        """Those of the attributes that are personal for these types."""
        of = self._classes.of_attribute
        return {name for name in attributes if any(of(kind, name) == DataClass.PERSONAL for kind in types)}

    def subject(self, doc: Doc, types: tuple[str, ...], id: str) -> bytes:
        """Whom a new entity is about: a resident themselves, else the person that `dataSubject` names, else the person
        that the entity is. Raises `BadInput` when nobody is named."""
        if self.is_subject:
            person = self._principal.id
        else:
            person = _named(doc) or (id if self._classes.of_entity(types) == DataClass.PERSONAL else "")
        if not person:
            raise BadInput(
                "It is not said whom this is about.",
                where=id,
                hint='Name the person in the relationship "dataSubject".',
            )
        return self._vault.subject(person, self._organisation, self._principal.organisation_kind)

    def seal(self, doc: Doc, names: set[str], id: str, subject: bytes) -> Doc:
        """The document with the named attributes sealed; what takes an attribute away stays as it is."""
        attrs = dict(doc["attrs"])
        for name in names & attrs.keys():
            attrs[name] = self._each(attrs[name], lambda one, name=name: self._sealed(one, id, name, subject))
        return {**doc, "attrs": attrs}

    def open(self, doc: Doc, subject: bytes) -> Doc:
        """The document with its sealed attributes opened; those whose key was destroyed are absent."""
        attrs = {}
        for name, held in doc["attrs"].items():
            opened = self._each(held, lambda one, name=name: self._opened(one, doc["id"], name, subject))
            if opened:
                attrs[name] = opened
        return {**doc, "attrs": attrs}

    def settle(self) -> None:
        """Make new keys durable: call it before anything sealed under them is kept. Whoever sealed nothing is not
        stopped by keys that cannot be written."""
        if self._sealed_any:
            self._vault.settle()
            self._sealed_any = False

    @staticmethod
    def _each(held: Any, work: Any) -> Any:
        if isinstance(held, list):
            return [done for one in held if (done := work(one)) is not None]
        return work(held)

    def _sealed(self, one: Any, id: str, name: str, subject: bytes) -> Any:
        if not isinstance(one, dict) or NULL in one.values():
            return one
        if not _complete(one):
            raise BadInput(
                "Part of a personal value cannot be changed by itself.", where=name, hint="Send the whole attribute."
            )
        place = self._place(id, name, one.get("datasetId", ""))
        self._sealed_any = True
        sealed = {"type": "Property", "value": self._vault.seal(self._organisation, subject, place, one)}
        return {**sealed, "datasetId": one["datasetId"]} if "datasetId" in one else sealed

    def _opened(self, one: Any, id: str, attribute: str, subject: bytes) -> Any:
        if not isinstance(one, dict) or not is_sealed(one.get("value")):
            return one
        try:
            value = self._vault.unseal(subject, self._place(id, attribute, one.get("datasetId", "")), one["value"])
        except NotFound:
            return None
        return value | {name: one[name] for name in ("createdAt", "modifiedAt") if name in one}

    def _place(self, id: str, name: str, dataset: str) -> str:
        return "\n".join((self._tenant, id, name, dataset))


def _named(doc: Doc) -> str:
    held = doc["attrs"].get(SUBJECT)
    one = held[0] if isinstance(held, list) and held else held
    person = one.get("object") if isinstance(one, dict) else None
    return person if isinstance(person, str) else ""


def _complete(one: dict[str, Any]) -> bool:
    return not one.keys().isdisjoint(("value", "object", "languageMap", "json", "vocab", "valueList", "objectList"))

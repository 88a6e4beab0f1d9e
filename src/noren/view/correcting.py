"""The past corrected by one principal: permitted like a write, of what may be written, never of what is personal."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from noren.broker import corrections
from noren.broker.corrections import Choice
from noren.errors import NotAllowed, NotFound
from noren.store.query import Doc
from noren.terms import DataClass
from noren.view import sifting
from noren.view.curtain import Curtain
from noren.view.desk import Desk


class Correcting:
    """Corrections that one principal makes for one purpose; the current state of entities stays as it is."""

    def __init__(self, desk: Desk, curtain: Curtain) -> None:
        self._desk, self._curtain = desk, curtain

    async def replace(self, id: str, attribute: str, instance_id: str, instance: dict[str, Any]) -> None:
        """Put an instance in the place of an old one (5.6.14); raises `NotFound`, `NotAllowed`."""
        doc = self._standing(id)
        self._permit(doc, [attribute])
        if rules := sifting.rules_of(doc["type"], doc["attrs"]):
            sifting.admit_instances(rules, attribute, [instance])
        row = await corrections.find(self._desk.store, doc, attribute, instance_id)
        await corrections.replace(self._desk.store, doc, row, instance, self._desk.clock.now())

    async def remove(self, id: str, attribute: str, instance_id: str) -> None:
        """Strike out one instance (5.6.15); raises `NotFound`, `NotAllowed`."""
        doc = self._standing(id)
        self._permit(doc, [attribute])
        row = await corrections.find(self._desk.store, doc, attribute, instance_id)
        await corrections.strike(self._desk.store, doc, [row], self._desk.clock.now())

    async def clear(self, id: str, attribute: str = "", choice: Choice | None = None) -> None:
        """Strike out what is `choice` of an attribute, or an entity's whole past (5.6.13, 5.6.16)."""
        doc = self._standing(id)
        if attribute:
            self._permit(doc, [attribute])
        found = await corrections.rows(self._desk.store, doc, attribute)
        chosen = found if choice is None else [row for row in found if choice(row)]
        if not chosen:
            raise NotFound("There is no such past.", where=attribute or id)
        self._permit(doc, {row["attribute"] for row in chosen})
        await corrections.strike(self._desk.store, doc, chosen, self._desk.clock.now())

    def _standing(self, id: str) -> Doc:
        """The stored entity; raises `NotFound` for one that may be neither read nor written, as for an absent one."""
        found = self._desk.store.get([id]).docs
        if not found or not (self._writable(found[0]) or self._curtain.lens(found[0]["type"]).readable):
            raise NotFound("There is no such entity.", where=id)
        return found[0]

    def _writable(self, doc: Doc) -> bool:
        types = doc["type"]
        personal = self._curtain.classes.of_entity(types) == DataClass.PERSONAL
        return not personal and all(self._curtain.may("write", kind, "") for kind in types)

    def _permit(self, doc: Doc, attributes: Iterable[str]) -> None:
        names = list(attributes)
        self._curtain.require("write", doc["type"], names)
        for kind in doc["type"]:
            for name in names:
                if self._curtain.classes.of_attribute(kind, name) == DataClass.PERSONAL:
                    raise NotAllowed("The past of personal data is not corrected piece by piece.", where=name)

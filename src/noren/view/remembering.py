"""The past handed in entity by entity (CIM 009, 5.6.11, 5.6.12): what is newer becomes current, the rest is filed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from noren.broker.requests import Operation
from noren.errors import BadInput, NotAllowed, NotFound
from noren.store.instances import rows_of_change, table
from noren.store.query import Doc
from noren.terms import DataClass
from noren.terms.record import stamp
from noren.view import sifting
from noren.view.curtain import Curtain
from noren.view.desk import Desk
from noren.view.writing import Writing

Evolution = Mapping[str, Sequence[dict[str, Any]]]
_MICROS = 1_000_000


class Remembering:
    """Pasts that one principal hands in for one purpose."""

    def __init__(self, desk: Desk, curtain: Curtain, writing: Writing) -> None:
        self._desk, self._curtain, self._writing = desk, curtain, writing

    async def remember(self, head: Doc, evolution: Evolution) -> bool:
        """Add instances (IRI to instances) to the past of the entity that `head` names; True when it was made by this.

        Raises `NotFound` for an entity that is absent when `head` states no type, `NotAllowed`, `BadInput`.
        """
        self._permit(head.get("type", ()), evolution)  # first: a refusal does not depend on what stands there
        found = self._desk.store.get([head["id"]]).docs
        standing = found[0] if found else None
        if standing is not None:
            self._see(standing)
        types = list(dict.fromkeys([*(standing["type"] if standing else ()), *head.get("type", ())]))
        if not types:
            raise NotFound("There is no such entity.", where=head["id"])
        self._permit(types, evolution)
        if rules := sifting.rules_of(types, standing["attrs"] if standing else evolution):
            for name, instances in evolution.items():
                sifting.admit_instances(rules, name, instances)
        newer, older = _parted(standing, evolution)
        await self._go_on(head, newer)
        if older:
            now = int(self._desk.clock.now().timestamp() * _MICROS)
            doc = {"id": head["id"], "modifiedAt": stamp(self._desk.clock.now()), "attrs": older}
            await self._desk.store.append(types[0], table(rows_of_change(doc, older, False, now)))
        return standing is None

    async def _go_on(self, head: Doc, newer: list[tuple[str, dict[str, Any]]]) -> None:
        """Let the entity live through the newer instances, oldest first, in one transaction."""
        kind: Any = "update_or_create" if "type" in head else "append"
        steps = [(name, instance) for name, instance in newer] or [("", {})]
        operations = [
            Operation(kind=kind, id=head["id"], fragment={**head, "attrs": {name: instance} if name else {}})
            for name, instance in steps
        ]
        for outcome in await self._writing.apply(operations):
            if outcome.error is not None:
                raise outcome.error

    def _see(self, standing: Doc) -> None:
        """Raise `NotFound` for an entity that may be neither read nor written: it is as good as absent."""
        types = standing["type"]
        personal = self._curtain.classes.of_entity(types) == DataClass.PERSONAL
        writable = not personal and all(self._curtain.may("write", kind, "") for kind in types)
        if not writable and not self._curtain.lens(types).readable:
            raise NotFound("There is no such entity.", where=standing["id"])

    def _permit(self, types: Sequence[str], evolution: Evolution) -> None:
        self._curtain.require("write", types, evolution)
        for kind in types:
            for name in evolution:
                if self._curtain.classes.of_attribute(kind, name) == DataClass.PERSONAL:
                    raise NotAllowed("Personal data does not come in as a past.", where=name)


def _parted(
    standing: Doc | None, evolution: Evolution
) -> tuple[list[tuple[str, dict[str, Any]]], dict[str, list[dict[str, Any]]]]:
    """Instances newer than what stands, by time; and the others by attribute."""
    held = standing["attrs"] if standing else {}
    newer: list[tuple[str, dict[str, Any]]] = []
    older: dict[str, list[dict[str, Any]]] = {}
    for name, instances in evolution.items():
        for instance in instances:
            if not isinstance(instance, dict):
                raise BadInput("An instance is a JSON object.", where=name)
            if instance.get("observedAt", "") > _newest(held.get(name), instance.get("datasetId")):
                newer.append((name, instance))
            elif "observedAt" in instance:
                older.setdefault(name, []).append(instance)
            else:
                newer.append((name, instance))
    newer.sort(key=lambda step: step[1].get("observedAt", ""))
    return newer, older


def _newest(held: Any, dataset: str | None) -> str:
    for instance in held if isinstance(held, list) else [held] if held else []:
        if instance.get("datasetId") == dataset:
            return str(instance.get("observedAt", ""))
    return ""

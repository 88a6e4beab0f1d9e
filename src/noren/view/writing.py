"""Changes on their way in: permitted by declaration, sealed where personal, checked again inside the transaction."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from noren.broker.requests import Check, Operation
from noren.errors import BadInput, NorenError, NotAllowed, NotFound, Unavailable
from noren.store import Outcome
from noren.store.query import Doc
from noren.terms import DataClass
from noren.terms.eyes import may_concern
from noren.trust import NONE, Principal
from noren.view import sifting
from noren.view.curtain import Curtain
from noren.view.desk import Desk
from noren.view.personal import Personal

_ATTEMPTS = 4
_WHOLE = frozenset({"create", "upsert", "replace", "update_or_create"})
"""Kinds of operation that state all types of the entity."""


class _MovedError(NorenError):
    """The stored entity is of other types than the operation was prepared for: prepare it again."""


class _Known:
    """A stored entity as it stood when an operation was prepared."""

    def __init__(self, doc: Doc, subject: bytes | None) -> None:
        self.types, self.created, self.subject = tuple(doc["type"]), doc.get("createdAt"), subject

    def is_same(self, doc: Doc) -> bool:
        """Whether a document is still that entity."""
        return tuple(doc["type"]) == self.types and doc.get("createdAt") == self.created


class Writing:
    """Writes of one principal for one purpose."""

    def __init__(self, desk: Desk, curtain: Curtain, principal: Principal, personal: Personal) -> None:
        self._desk, self._curtain, self._principal, self._personal = desk, curtain, principal, personal
        self._checks: dict[tuple[str, ...], Check] = {}

    async def apply(self, operations: Sequence[Operation]) -> list[Outcome]:
        """Apply the operations in order; a refused one carries its error and leaves the others standing."""
        outcomes: list[Outcome | None] = [None] * len(operations)
        waiting = list(range(len(operations)))
        look = {index for index, operation in enumerate(operations) if not self._plain(operation)}
        for _ in range(_ATTEMPTS):
            waiting = await self._attempt(operations, waiting, look, outcomes)
            if not waiting:
                break
            look = set(waiting)
        return [outcome or _refused(operations[i], _moved()) for i, outcome in enumerate(outcomes)]

    async def _attempt(
        self, operations: Sequence[Operation], waiting: list[int], look: set[int], outcomes: list[Outcome | None]
    ) -> list[int]:
        known = self._look([operations[index].id for index in waiting if index in look])
        ready, sent = [], []
        for index in waiting:
            operation = operations[index]
            try:
                sent.append(self._prepared(operation, known.get(operation.id)) if index in look else operation)
                ready.append(index)
            except NorenError as error:
                outcomes[index] = _refused(operation, error)
        self._personal.settle()
        again = []
        for index, prepared, outcome in zip(ready, sent, await self._desk.broker.apply(sent), strict=True):
            if prepared is not operations[index]:
                operations[index].skipped = prepared.skipped
            if isinstance(outcome.error, _MovedError):
                again.append(index)
            else:
                outcomes[index] = outcome
        return again

    def _look(self, ids: Sequence[str]) -> dict[str, _Known]:
        found = self._desk.store.get(list(dict.fromkeys(ids))) if ids else None
        if found is None:
            return {}
        return {doc["id"]: _Known(doc, subject) for doc, subject in zip(found.docs, found.subjects, strict=True)}

    def _plain(self, operation: Operation) -> bool:
        """Make an operation ready, in place, that is permitted and holds nothing personal whatever stands under its id;
        False when class and subject cannot be told from the request alone."""
        fragment = operation.fragment
        if operation.kind not in _WHOLE or fragment is None or not fragment.get("type"):
            return False
        types = tuple(fragment["type"])
        pen = self._curtain.pen(types)
        if not pen.is_plain(fragment["attrs"].keys()):
            return False
        operation.data_class, operation.subject = int(pen.data_class), None
        operation.check = self._checks.get(types) or self._same(types)
        return True

    def _same(self, types: tuple[str, ...]) -> Check:
        held, sifted = list(types), may_concern(types)

        def check(before: Doc | None, after: Doc | None) -> None:
            if before is not None and before["type"] != held:
                raise _MovedError("The entity is of other types.")
            if sifted and after is not None:
                sifting.admit(before, after)

        self._checks[types] = check
        return check

    def _prepared(self, operation: Operation, known: _Known | None) -> Operation:
        touched = operation.touches()
        # What is stated is decided by itself first, so that a refusal does not depend on what stands under the id.
        self._curtain.require("write", operation.types(), touched, self._personal.standing(None))
        if known and (known.subject is None and operation.types() in ((), known.types)):
            pen = self._curtain.pen(known.types)
            if pen.is_plain(touched):  # nearly always; says in two look-ups what is asked one by one below
                return self._as_it_is(operation, known, int(pen.data_class))
        if known:
            self._existing(operation.id, known)
        types = tuple(dict.fromkeys((*(known.types if known else ()), *operation.types())))
        if operation.kind in ("upsert", "replace") and operation.types():
            types = operation.types()
        names = self._personal.names(types, touched)
        self._curtain.require("write", types, touched, self._personal.standing(known.subject if known else None))
        fragment, subject = operation.fragment, known.subject if known else None
        if fragment is not None and (names or (subject is None and types and self._is_personal(types))):
            if fragment.get("scope") and self._is_personal(types):
                raise BadInput("An entity about a person has no scope.", where="scope", hint="Leave it out.")
            subject = subject or self._personal.subject(fragment, types, operation.id)
            fragment = self._personal.seal(fragment, names, operation.id, subject)
        data_class = int(self._curtain.classes.of_entity(types)) if types else 0
        check = self._check(known, types, data_class)
        return msgspec.structs.replace(
            operation, skipped={}, fragment=fragment, data_class=data_class, subject=subject, check=check
        )

    def _as_it_is(self, operation: Operation, known: _Known, data_class: int) -> Operation:
        """An operation that is permitted and holds nothing personal on an entity that stands; changed in place."""
        operation.skipped, operation.data_class, operation.subject = {}, data_class, None
        operation.check = self._check(known, known.types, data_class)
        return operation

    def _is_personal(self, types: tuple[str, ...]) -> bool:
        return self._curtain.classes.of_entity(types) == DataClass.PERSONAL

    def _existing(self, id: str, known: _Known) -> None:
        """Whether a stored entity may be written at all; `NotFound` when it may not even be seen."""
        ground = self._personal.standing(known.subject) if known.subject is not None else NONE
        if known.subject is not None and not self._personal.holds(known.subject):
            raise _absent(id)
        try:
            self._curtain.require("write", known.types, (), ground)
        except NotAllowed:
            if not self._curtain.lens(known.types, ground).readable:
                raise _absent(id) from None
            raise

    def _check(self, known: _Known | None, types: tuple[str, ...], data_class: int) -> Check:
        """Refuses, inside the transaction, to go on from another entity than the operation was prepared for."""
        classes = self._curtain.classes

        def check(before: Doc | None, after: Doc | None) -> None:
            if (before is None) != (known is None):
                raise _MovedError("The entity came or went meanwhile.")
            if before is not None and known is not None and not known.is_same(before):
                raise _MovedError("The entity is another one.")
            if after is not None and tuple(after["type"]) != types and classes.of_entity(after["type"]) != data_class:
                raise _MovedError("The entity is of other types.")
            if after is not None and may_concern(after["type"]):
                sifting.admit(before, after)

        return check


def _refused(operation: Operation, error: NorenError) -> Outcome:
    return Outcome(operation.id, "refused", error)


def _absent(id: str) -> NotFound:
    """Just what the broker says of an entity that was never there."""
    return NotFound("There is no such entity.", where=id)


def _moved() -> NorenError:
    return Unavailable("The entity is being changed by others all the time.", hint="Try again.")

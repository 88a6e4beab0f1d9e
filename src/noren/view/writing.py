"""Changes on their way in: permitted by declaration, sealed where personal, checked again inside the transaction."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from noren.broker.requests import Operation
from noren.errors import NorenError, NotAllowed, NotFound, Unavailable
from noren.store import Outcome
from noren.store.query import Doc
from noren.terms import DataClass
from noren.trust import Principal
from noren.view.curtain import Curtain
from noren.view.desk import Desk
from noren.view.personal import Personal

_ATTEMPTS = 4


class _MovedError(NorenError):
    """The stored entity is of other types than the operation was prepared for: prepare it again."""


class _Known:
    """A stored entity as it stood when an operation was prepared."""

    def __init__(self, doc: Doc, subject: bytes | None) -> None:
        self.types, self.created, self.subject = tuple(doc["type"]), doc.get("createdAt"), subject


class Writing:
    """Writes of one principal for one purpose."""

    def __init__(self, desk: Desk, curtain: Curtain, principal: Principal, personal: Personal) -> None:
        self._desk, self._curtain, self._principal, self._personal = desk, curtain, principal, personal
        self._free: dict[tuple[str, ...], bool] = {}

    async def apply(self, operations: Sequence[Operation]) -> list[Outcome]:
        """Apply the operations in order; a refused one carries its error and leaves the others standing.

        Raises `NotAllowed` only when every operation is refused by the same declaration.
        """
        outcomes: list[Outcome | None] = [None] * len(operations)
        waiting = list(range(len(operations)))
        look = {index for index in waiting if self._must_look(operations[index])}
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
            try:
                sent.append(self._prepared(operations[index], known.get(operations[index].id), index in look))
                ready.append(index)
            except NorenError as error:
                outcomes[index] = _refused(operations[index], error)
        self._personal.settle()
        again = []
        for index, prepared, outcome in zip(ready, sent, await self._desk.broker.apply(sent), strict=True):
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

    def _must_look(self, operation: Operation) -> bool:
        """Whether class and subject cannot be told from the request alone."""
        types = operation.types()
        if not types or operation.kind == "delete":
            return True
        if types not in self._free:
            of_entity = self._curtain.classes.of_entity(types)
            self._free[types] = of_entity < DataClass.PERSONAL
        return not self._free[types] or bool(self._personal.names(types, operation.touches()))

    def _prepared(self, operation: Operation, known: _Known | None, looked: bool) -> Operation:
        types = tuple(dict.fromkeys((*(known.types if known else ()), *operation.types())))
        if operation.kind in ("upsert", "replace") and operation.types() and known:
            self._existing(known, types)
            types = operation.types()
        elif known:
            self._existing(known, types)
        names = self._personal.names(types, operation.touches())
        self._curtain.require("write", types, operation.touches(), own=self._personal.is_subject)
        fragment, subject = operation.fragment, known.subject if known else None
        if names and fragment is not None:
            subject = subject or self._personal.subject(fragment, types, operation.id)
            fragment = self._personal.seal(fragment, names, operation.id, subject)
        elif subject is None and fragment is not None and types and self._is_personal(types):
            subject = self._personal.subject(fragment, types, operation.id)
        return _copy(
            operation,
            fragment=fragment,
            data_class=int(self._curtain.classes.of_entity(types)) if types else 0,
            subject=subject,
            check=self._check(operation, known, types, looked),
        )

    def _is_personal(self, types: tuple[str, ...]) -> bool:
        return self._curtain.classes.of_entity(types) == DataClass.PERSONAL

    def _existing(self, known: _Known, types: tuple[str, ...]) -> None:
        """Whether a stored entity may be written at all; `NotFound` when it may not even be seen."""
        own = known.subject is not None and known.subject in self._personal.own()
        if known.subject is not None and not self._personal.holds(known.subject):
            raise _absent()
        try:
            self._curtain.require("write", known.types, (), own=own)
        except NotAllowed:
            if not self._curtain.lens(known.types, own=own).readable:
                raise _absent() from None
            raise

    def _check(self, operation: Operation, known: _Known | None, types: tuple[str, ...], looked: bool) -> Any:
        data_class = int(self._curtain.classes.of_entity(types)) if types else 0
        stated = operation.types()
        classes, earlier = self._curtain.classes, known.types if known else None

        def check(before: Doc | None, after: Doc | None) -> None:
            if before is not None:
                held = tuple(before["type"])
                if looked:
                    if known is None or held != earlier or before.get("createdAt") != known.created:
                        raise _MovedError("The entity changed meanwhile.")
                elif held != stated:
                    raise _MovedError("The entity is of other types.")
            elif known is not None:
                raise _MovedError("The entity changed meanwhile.")
            if after is not None and tuple(after["type"]) != types and classes.of_entity(after["type"]) != data_class:
                raise _MovedError("The entity is of other types.")

        return check


def _copy(operation: Operation, **changes: Any) -> Operation:
    return msgspec.structs.replace(operation, skipped={}, **changes)


def _refused(operation: Operation, error: NorenError) -> Outcome:
    return Outcome(operation.id, "refused", error)


def _absent() -> NotFound:
    return NotFound("There is no such entity.")


def _moved() -> NorenError:
    return Unavailable("The entity is being changed by others all the time.", hint="Try again.")

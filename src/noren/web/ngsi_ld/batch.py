"""Many entities in one request: each is done or refused by itself (CIM 009, 5.6.7 to 5.6.10 and 5.6.20)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from noren.broker import forms
from noren.broker.contexts import Context
from noren.broker.requests import Kind, Operation, TooManyResults
from noren.errors import BadInput, NorenError
from noren.store import Outcome
from noren.store.query import Doc
from noren.web.ngsi_ld.answers import NO_CONTENT, Answer, plain
from noren.web.ngsi_ld.call import Call
from noren.web.ngsi_ld.parameters import options
from noren.web.ngsi_ld.problems import details
from noren.web.ngsi_ld.spoken import Spoken

LARGEST_BATCH = 10_000
Parse = Callable[[Any, Context], Doc]


async def create(call: Call) -> Answer:
    """POST /entityOperations/create."""
    return _answer(await _apply(call, "create", forms.parse_entity), call, new=True)


async def upsert(call: Call) -> Answer:
    """POST /entityOperations/upsert; `options=update` keeps attributes that are not named, and NULL takes away."""
    if "update" in options(call.parameters):
        return _answer(await _apply(call, "update_or_create", _updating), call, new=True)
    return _answer(await _apply(call, "upsert", forms.parse_entity), call, new=True)


async def update(call: Call) -> Answer:
    """POST /entityOperations/update; `options=noOverwrite` leaves what stands."""
    overwrite = "noOverwrite" not in options(call.parameters)
    return _answer(await _apply(call, "append", _fragment, overwrite=overwrite), call)


async def merge(call: Call) -> Answer:
    """POST /entityOperations/merge."""
    return _answer(await _apply(call, "merge", _merging), call)


async def delete(call: Call) -> Answer:
    """POST /entityOperations/delete: an array of ids."""
    ids, _ = await call.payload()
    _check_batch(ids)
    operations = [Operation(kind="delete", id=id) for id in ids if isinstance(id, str)]
    if len(operations) < len(ids):
        raise BadInput("A batch to delete is an array of ids.", hint='Write ["urn:…", "urn:…"].')
    return _answer(_paired(operations, await call.view.apply(operations)), call)


def _updating(data: Any, context: Context) -> Doc:
    fragment = _fragment(data, context)
    if "type" not in fragment:
        raise BadInput("The entity has no type.", where=fragment["id"], hint="It may be new.")
    return fragment


def _fragment(data: Any, context: Context) -> Doc:
    return _named(forms.parse_fragment(data, context))


def _merging(data: Any, context: Context) -> Doc:
    return _named(forms.parse_fragment(data, context, merging=True))


def _named(fragment: Doc) -> Doc:
    if "id" not in fragment:
        raise BadInput("The entity has no id.", where="id")
    return fragment


Done = list[tuple[str, Outcome | NorenError, Operation | None]]


async def _apply(call: Call, kind: Kind, parse: Parse, *, overwrite: bool = True) -> Done:
    data, spoken = await call.payload()
    _check_batch(data)
    operations: list[Operation] = []
    refused: Done = []
    for item in data:
        try:
            fragment = parse(item, (spoken or call.spoken_in(item)).context)
            operations.append(Operation(kind=kind, id=fragment["id"], fragment=fragment, overwrite=overwrite))
        except NorenError as error:
            refused.append((_id_of(item), error, None))
    outcomes = await call.view.apply(operations) if operations else []
    return refused + _paired(operations, outcomes)


def _paired(operations: Sequence[Operation], outcomes: Sequence[Outcome]) -> Done:
    return [
        (outcome.id, outcome.error or outcome, operation)
        for operation, outcome in zip(operations, outcomes, strict=True)
    ]


def _check_batch(data: Any) -> None:
    if not isinstance(data, list) or not data or any(item is None for item in data):
        raise BadInput("A batch is a JSON array with at least one item, none of them null.")
    if len(data) > LARGEST_BATCH:
        raise TooManyResults(f"A batch has at most {LARGEST_BATCH:,} items; this one has {len(data):,}.")


def _id_of(item: Any) -> str:
    found = item.get("id", item.get("@id")) if isinstance(item, dict) else None
    return found if isinstance(found, str) else "urn:ngsi-ld:null"


def _answer(done: Done, call: Call, *, new: bool = False) -> Answer:
    """201 with the ids made, 204 when all were there, 207 when any was refused (5.2.16, 5.2.17)."""
    errors = [{"entityId": id, "error": details(error)} for id, error, _ in done if isinstance(error, NorenError)]
    errors += [
        {"entityId": id, "error": details(_skipped(operation.skipped))}
        for id, outcome, operation in done
        if operation is not None and operation.skipped and isinstance(outcome, Outcome)
    ]
    good = [(id, outcome.kind) for id, outcome, _ in done if isinstance(outcome, Outcome)]
    if errors:
        return plain(207, {"success": list(dict.fromkeys(id for id, _ in good)), "errors": errors})
    made = list(dict.fromkeys(id for id, kind in good if kind == "created"))
    return plain(201, made) if new and made else NO_CONTENT


def _skipped(reasons: dict[str, str]) -> BadInput:
    return BadInput(
        "Some attributes were left as they were.", where=", ".join(reasons), hint=next(iter(reasons.values()))
    )


__all__ = ["Spoken", "create", "delete", "merge", "update", "upsert"]

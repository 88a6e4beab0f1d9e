"""Entities one by one: made, read, replaced, merged, deleted, and their attributes (CIM 009, 5.6 and 5.7.1)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from noren.broker import forms
from noren.broker.forms import Form
from noren.broker.languages import parse_types
from noren.broker.requests import EntityQuery, Operation, is_selected
from noren.errors import BadInput, NotFound
from noren.store import Outcome
from noren.store.query import Doc
from noren.web.ngsi_ld import linked, problems, showing, sources
from noren.web.ngsi_ld.answers import NO_CONTENT, Answer, created, plain
from noren.web.ngsi_ld.call import Call
from noren.web.ngsi_ld.headers import ENTITY_KINDS
from noren.web.ngsi_ld.parameters import HEADS, entity_id, flag, is_local, options, shown
from noren.web.ngsi_ld.spoken import Spoken

if TYPE_CHECKING:
    from noren.custody import Source

PATH = "/ngsi-ld/v1/entities/"
_PLAIN = re.compile(r"[A-Za-z0-9:._~-]+\Z").match
"""Ids that stand in a URL as they are: nearly all."""


async def create(call: Call) -> Answer:
    """POST /entities."""
    data, spoken = await _object(call)
    fragment = forms.parse_entity(data, spoken.context)
    await _done(call, Operation(kind="create", id=fragment["id"], fragment=fragment))
    return created(location(fragment["id"]))


async def retrieve(call: Call) -> Answer:
    """GET /entities/{id}."""
    kind, spoken = call.accepts(ENTITY_KINDS), call.spoken()
    id, (form, geometry) = entity_id(call.id), shown(call.parameters, spoken.context, kind)
    attributes, omitted = tuple(form.attrs or form.pick or ()), tuple(form.omit or ())
    if sources.asks(call):
        query = EntityQuery(ids=(id,), attributes=tuple(sorted({*attributes} - HEADS)), omitted=omitted, limit=1)
        if asked := sources.concerned(call, query, call.parameters, is_local(call.parameters)):
            return await _from_anywhere(call, kind, spoken, query, form, geometry, asked)
    found = await call.view.retrieve([id], attributes, omitted)
    return await _one(call, kind, spoken, found.docs, form, geometry)


async def _from_anywhere(
    call: Call, kind: str, spoken: Spoken, query: EntityQuery, form: Form, geometry: str, asked: Sequence[Source]
) -> Answer:
    """The entity, whoever has it, or parts of it; headers name the sources that are missing."""
    federation = call.house.federation
    if federation is None:
        raise absent(call.id)
    found = await federation.one(call.view, query, asked)
    warnings = sources.warnings(federation, found.missing)
    try:
        answer = await _one(call, kind, spoken, found.docs, form, geometry)
    except NotFound as error:
        answer = problems.answer(error)
    return Answer(answer.status, [*answer.headers, *warnings], answer.body)


async def _one(call: Call, kind: str, spoken: Spoken, found: Sequence[Doc], form: Form, geometry: str) -> Answer:
    if not found or not is_selected(found[0], _selection(call, spoken)):
        raise absent(call.id)
    if form.attrs and form.attrs.isdisjoint(found[0]["attrs"]):
        raise NotFound("The entity has none of these attributes.", where=call.id)
    join = linked.wanted(call.parameters)
    if join is None:
        return showing.one(call, spoken, kind, found[0], form, geometry)
    docs = await linked.joined(call.view, found, spoken.context, form, join)
    if join.style == "flat":
        return showing.several(call, spoken, kind, docs, form, geometry, [])
    return showing.one(call, spoken, kind, docs[0], form, geometry)


async def replace(call: Call) -> Answer:
    """PUT /entities/{id}."""
    data, spoken = await _object(call)
    fragment = forms.parse_entity(_same_id(call, data), spoken.context)
    selection = _selection(call, spoken)
    await _done(call, Operation(kind="replace", id=call.id, fragment=fragment, selection=selection))
    return NO_CONTENT


async def merge(call: Call) -> Answer:
    """PATCH /entities/{id}."""
    data, spoken = await _object(call)
    fragment = forms.parse_fragment(_same_id(call, data), spoken.context, merging=True)
    observed = call.parameters.get("observedAt")
    operation = Operation(
        kind="merge",
        id=call.id,
        fragment=fragment,
        observed_at=None if observed is None else forms.instant(observed, "parameter observedAt"),
        language=call.parameters.get("lang", ""),
        selection=_selection(call, spoken),
    )
    await _done(call, operation)
    return NO_CONTENT


async def delete(call: Call) -> Answer:
    """DELETE /entities/{id}."""
    selection = _selection(call, call.spoken())
    await _done(call, Operation(kind="delete", id=entity_id(call.id), selection=selection))
    return NO_CONTENT


async def append(call: Call) -> Answer:
    """POST /entities/{id}/attrs; `options=noOverwrite` leaves what stands."""
    data, spoken = await _object(call)
    fragment = forms.parse_fragment(_same_id(call, data), spoken.context, nulls=False)
    overwrite, selection = "noOverwrite" not in options(call.parameters), _selection(call, spoken)
    operation = Operation(kind="append", id=call.id, fragment=fragment, overwrite=overwrite, selection=selection)
    return await _partial(call, operation)


async def update(call: Call) -> Answer:
    """PATCH /entities/{id}/attrs."""
    data, spoken = await _object(call)
    fragment = forms.parse_fragment(_same_id(call, data), spoken.context)
    selection = _selection(call, spoken)
    return await _partial(call, Operation(kind="update", id=call.id, fragment=fragment, selection=selection))


async def replace_attribute(call: Call) -> Answer:
    """PUT /entities/{id}/attrs/{name}."""
    return await _attribute(call, "replace_attribute")


async def update_attribute(call: Call) -> Answer:
    """PATCH /entities/{id}/attrs/{name}."""
    return await _attribute(call, "update_attribute")


async def delete_attribute(call: Call) -> Answer:
    """DELETE /entities/{id}/attrs/{name}; `deleteAll=true` for all its instances, `datasetId` for one."""
    spoken = call.spoken()
    name = call.name if call.name == "scope" else spoken.context.attribute(call.name)
    dataset = call.parameters.get("datasetId")
    operation = Operation(
        kind="delete_attribute",
        id=entity_id(call.id),
        attribute=name,
        dataset=None if dataset is None else forms.uri(dataset, "parameter datasetId"),
        every_dataset=flag(call.parameters, "deleteAll"),
        selection=_selection(call, spoken),
    )
    await _done(call, operation)
    return NO_CONTENT


async def _attribute(call: Call, kind: Any) -> Answer:
    data, spoken = await _object(call)
    if call.name == "scope":
        raise BadInput("A scope is no attribute.", where="scope", hint="Change it with the entity.")
    name = spoken.context.attribute(call.name)
    data.pop("@context", None)
    if kind == "replace_attribute":
        instance = forms.parse_instances(data, spoken.context, call.name)
    else:
        instance = forms.parse_instances(data, spoken.context, call.name, merging=True)
    dataset = instance.get("datasetId") if isinstance(instance, dict) else None
    fragment = {"id": entity_id(call.id), "attrs": {name: instance}}
    selection = _selection(call, spoken)
    operation = Operation(
        kind=kind, id=call.id, fragment=fragment, attribute=name, dataset=dataset, selection=selection
    )
    await _done(call, operation)
    return NO_CONTENT


async def _object(call: Call) -> tuple[dict[str, Any], Spoken]:
    data, spoken = await call.payload()
    if not isinstance(data, dict) or spoken is None:
        raise BadInput("One JSON object is needed here.", hint="Several entities go to /ngsi-ld/v1/entityOperations.")
    return data, spoken


async def _done(call: Call, operation: Operation) -> Outcome:
    outcome: Outcome = (await call.view.apply([operation]))[0]
    if outcome.error is not None:
        raise outcome.error
    return outcome


async def _partial(call: Call, operation: Operation) -> Answer:
    """204 when all attributes were changed, else 207 with those that were and those that were not (5.2.18)."""
    await _done(call, operation)
    if not operation.skipped:
        return NO_CONTENT
    refused = [{"attributeName": name, "reason": reason} for name, reason in operation.skipped.items()]
    updated = sorted(operation.touches() - operation.skipped.keys())
    return plain(207, {"updated": updated, "notUpdated": refused})


def _same_id(call: Call, data: dict[str, Any]) -> dict[str, Any]:
    stated = data.get("id", data.get("@id", call.id))
    if stated != entity_id(call.id):
        raise BadInput("The id of the body is another than the address's.", where="id", hint="Leave it out.")
    return {**data, "id": call.id}


def _selection(call: Call, spoken: Spoken) -> tuple[tuple[str, ...], ...]:
    """The types of the parameter `type`, empty for any (4.17)."""
    asked = call.parameters.get("type")
    return () if asked is None else parse_types(asked, spoken.context)


def location(id: str) -> str:
    """Where an entity is."""
    return PATH + (id if _PLAIN(id) else quote(id, safe=":@!$&'()*+,;=-._~"))


def absent(id: str) -> NotFound:
    """What is said of an entity that is not there or not to be shown: no more than that."""
    return NotFound("There is no such entity.", where=id)

"""The past corrected over HTTP (CIM 009, 5.6.13 to 5.6.16); the current state of the entity stays as it is."""

from __future__ import annotations

from typing import Any

from noren.broker import forms
from noren.broker.contexts import Context
from noren.broker.corrections import of_dataset
from noren.errors import BadInput
from noren.web.ngsi_ld.answers import NO_CONTENT, Answer
from noren.web.ngsi_ld.call import Call
from noren.web.ngsi_ld.parameters import entity_id, flag


async def delete(call: Call) -> Answer:
    """DELETE /temporal/entities/{id}."""
    await call.view.corrections.clear(entity_id(call.id))
    return NO_CONTENT


async def delete_attribute(call: Call) -> Answer:
    """DELETE /temporal/entities/{id}/attrs/{name}; `deleteAll=true` for all its datasets, `datasetId` for one."""
    name = call.spoken().context.attribute(call.name)
    dataset = call.parameters.get("datasetId")
    one = of_dataset(None if dataset is None else forms.uri(dataset, "parameter datasetId"))
    await call.view.corrections.clear(entity_id(call.id), name, None if flag(call.parameters, "deleteAll") else one)
    return NO_CONTENT


async def update_instance(call: Call) -> Answer:
    """PATCH /temporal/entities/{id}/attrs/{name}/{instance}: the body is the whole of the new instance."""
    data, spoken = await call.payload()
    if not isinstance(data, dict) or spoken is None:
        raise BadInput("One JSON object is needed here.")
    name = spoken.context.attribute(call.name)
    instance = forms.parse_instances(_one(data, name, spoken.context), spoken.context, call.name)
    if not isinstance(instance, dict):
        raise BadInput("One instance takes the place of one.", where=call.name)
    await call.view.corrections.replace(entity_id(call.id), name, _instance(call), instance)
    return NO_CONTENT


async def delete_instance(call: Call) -> Answer:
    """DELETE /temporal/entities/{id}/attrs/{name}/{instance}."""
    name = call.spoken().context.attribute(call.name)
    await call.view.corrections.remove(entity_id(call.id), name, _instance(call))
    return NO_CONTENT


def _instance(call: Call) -> str:
    return forms.uri(call.instance, "the address")


def _one(data: dict[str, Any], name: str, context: Context) -> Any:
    """The instance of a fragment of an entity, alone or in an array under its name; or the body, when it is one."""
    heads = ("id", "@id", "type", "@type", "@context", "scope")
    held = {key: value for key, value in data.items() if key not in heads}
    if len(held) != 1 or context.attribute(next(iter(held))) != name:
        return {key: value for key, value in data.items() if key not in ("id", "@id", "@context")}
    found = next(iter(held.values()))
    return found[0] if isinstance(found, list) and len(found) == 1 else found

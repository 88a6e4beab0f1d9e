"""Which types and attributes there are (CIM 009, 5.7.5 to 5.7.10), of what the caller may see."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from noren.broker.contexts import Context
from noren.broker.requests import EntityQuery
from noren.errors import NotFound
from noren.web.ngsi_ld import showing
from noren.web.ngsi_ld.answers import Answer
from noren.web.ngsi_ld.call import Call
from noren.web.ngsi_ld.headers import OTHER_KINDS
from noren.web.ngsi_ld.parameters import flag

Counts = Mapping[str, Mapping[str, int]]
_LOOKED_AT = 1000


async def types(call: Call) -> Answer:
    """GET /types; `details=true` with the attributes of each."""
    kind, spoken, counts = call.accepts(OTHER_KINDS), call.spoken(), await call.view.types()
    compact = spoken.context.compact
    if flag(call.parameters, "details"):
        return showing.body(call, spoken, kind, [_type(iri, counts[iri], spoken.context) for iri in sorted(counts)])
    listed = {"id": _list_id("EntityTypeList"), "type": "EntityTypeList", "typeList": sorted(map(compact, counts))}
    return showing.body(call, spoken, kind, listed)


async def one_type(call: Call) -> Answer:
    """GET /types/{type}."""
    kind, spoken, counts = call.accepts(OTHER_KINDS), call.spoken(), await call.view.types()
    iri = spoken.context.kind(call.id)
    if iri not in counts:
        raise NotFound("There is no entity of this type.", where=call.id)
    kinds = await _kinds(call, iri)
    details = [
        {
            "id": name,
            "type": "Attribute",
            "attributeName": spoken.context.compact(name),
            "attributeTypes": sorted(kinds.get(name, ())),
        }
        for name in _attributes(counts[iri])
    ]
    told = {
        "id": iri,
        "type": "EntityTypeInfo",
        "typeName": spoken.context.compact(iri),
        "entityCount": counts[iri].get("", 0),
        "attributeDetails": details,
    }
    return showing.body(call, spoken, kind, told)


async def attributes(call: Call) -> Answer:
    """GET /attributes; `details=true` with the types that have each."""
    kind, spoken, counts = call.accepts(OTHER_KINDS), call.spoken(), await call.view.types()
    compact = spoken.context.compact
    names = sorted({name for held in counts.values() for name in _attributes(held)})
    if flag(call.parameters, "details"):
        return showing.body(call, spoken, kind, [_attribute(name, counts, spoken.context) for name in names])
    listed = {"id": _list_id("AttributeList"), "type": "AttributeList", "attributeList": sorted(map(compact, names))}
    return showing.body(call, spoken, kind, listed)


async def one_attribute(call: Call) -> Answer:
    """GET /attributes/{name}."""
    kind, spoken, counts = call.accepts(OTHER_KINDS), call.spoken(), await call.view.types()
    iri = spoken.context.attribute(call.id)
    having = [type_iri for type_iri, held in counts.items() if iri in held]
    if not having:
        raise NotFound("No entity has this attribute.", where=call.id)
    kinds: set[str] = set()
    for type_iri in having:
        kinds |= (await _kinds(call, type_iri)).get(iri, set())
    told = _attribute(iri, counts, spoken.context)
    told["attributeCount"] = sum(counts[type_iri][iri] for type_iri in having)
    told["attributeTypes"] = sorted(kinds)
    return showing.body(call, spoken, kind, told)


async def _kinds(call: Call, type_iri: str) -> dict[str, set[str]]:
    """Kinds of attribute (Property, Relationship, …) by name, as up to a thousand entities of the type have them."""
    kinds: dict[str, set[str]] = {}
    for doc in (await call.view.query(EntityQuery(types=((type_iri,),), limit=_LOOKED_AT))).docs:
        for name, held in doc["attrs"].items():
            kinds.setdefault(name, set()).update(one["type"] for one in (held if isinstance(held, list) else [held]))
    return kinds


def _attributes(held: Mapping[str, int]) -> list[str]:
    return sorted(name for name in held if name)


def _type(iri: str, held: Mapping[str, int], context: Context) -> dict[str, Any]:
    names = [context.compact(name) for name in _attributes(held)]
    return {"id": iri, "type": "EntityType", "typeName": context.compact(iri), "attributeNames": names}


def _attribute(iri: str, counts: Counts, context: Context) -> dict[str, Any]:
    having = sorted(context.compact(type_iri) for type_iri, held in counts.items() if iri in held)
    return {"id": iri, "type": "Attribute", "attributeName": context.compact(iri), "typeNames": having}


def _list_id(kind: str) -> str:
    return f"urn:ngsi-ld:{kind}:city"

"""Entities by what they are like (CIM 009, 5.7.2), asked in the query string or in a body; and purged so (5.6.21)."""

from __future__ import annotations

from typing import Any

import msgspec

from noren.broker import forms
from noren.broker.contexts import Context
from noren.broker.forms import Form
from noren.broker.languages import parse_types, safe_pattern
from noren.broker.requests import EntityQuery, Operation
from noren.errors import BadInput
from noren.store.query import And, Compare, Doc, Node, OneOf, Or
from noren.web.ngsi_ld import linked, showing, sources
from noren.web.ngsi_ld.answers import NO_CONTENT, Answer, Headers, plain
from noren.web.ngsi_ld.call import Call, parsed
from noren.web.ngsi_ld.headers import ENTITY_KINDS
from noren.web.ngsi_ld.linked import Join
from noren.web.ngsi_ld.parameters import Parameters, entity_query, is_local, listed, shown
from noren.web.ngsi_ld.problems import details
from noren.web.ngsi_ld.spoken import Spoken

_PURGED_AT_ONCE = 1000
_TEXTS = ("q", "scopeQ", "csf", "lang", "join", "expandValues", "jsonKeys")
_ORDERING = {"coordinates": "orderFrom", "geometry": "orderGeometry"}
"""Members of OrderingParams (5.2.43) whose parameters are called otherwise."""
_LISTS = ("attrs", "pick", "omit", "datasetId", "containedBy")


async def query(call: Call) -> Answer:
    """GET /entities."""
    kind, spoken = call.accepts(ENTITY_KINDS), call.spoken()
    if not sources.asks(call):
        return await _answer(call, kind, spoken, *call.house.once(_read, call.query, spoken.context, kind))
    parameters = call.parameters
    wanted, form, geometry, join = call.house.once(_read, call.query, spoken.context, kind)
    return await _anywhere(call, kind, spoken, wanted, form, geometry, join, parameters)


async def query_by_body(call: Call) -> Answer:
    """POST /entityOperations/query: a document of type Query in the place of most parameters."""
    kind = call.accepts(ENTITY_KINDS)
    data, spoken = await call.payload()
    if spoken is None:
        raise BadInput("A query is one JSON object.", hint='Begin with {"type": "Query", …}.')
    parameters = {**call.parameters, **flat(data)}
    wanted = selected(data, parameters, spoken.context)
    join = linked.wanted(parameters)
    form, geometry = shown(parameters, spoken.context, kind)
    return await _anywhere(call, kind, spoken, wanted, form, geometry, join, parameters)


def _read(query: bytes, context: Context, kind: str) -> tuple[EntityQuery, Form, str, Join | None]:
    """What a query string asks for, and how it wants to see it."""
    parameters = parsed(query)
    return entity_query(parameters, context), *shown(parameters, context, kind), linked.wanted(parameters)


async def _anywhere(
    call: Call,
    kind: str,
    spoken: Spoken,
    wanted: EntityQuery,
    form: Form,
    geometry: str,
    join: Join | None,
    parameters: Parameters,
) -> Answer:
    """What this city and whoever is registered for it have; of this city alone where it says so (5.5.13)."""
    federation, asked = call.house.federation, sources.concerned(call, wanted, parameters, is_local(parameters))
    if federation is None or not asked:
        return await _answer(call, kind, spoken, wanted, form, geometry, join)
    conditions = sources.conditions(call, parameters, spoken.context)
    found = await federation.answer(call.view, wanted, asked, conditions)
    headers = showing.pages(call, kind, wanted.limit, wanted.offset, found.more, found.total)
    headers += sources.warnings(federation, found.missing)
    return await _shown(call, kind, spoken, found.docs, form, geometry, join, headers)


async def _answer(
    call: Call, kind: str, spoken: Spoken, wanted: EntityQuery, form: Form, geometry: str, join: Join | None
) -> Answer:
    found = await call.view.query(msgspec.structs.replace(wanted, limit=wanted.limit + 1, ahead=1))
    more = len(found.docs) > wanted.limit
    headers = showing.pages(call, kind, wanted.limit, wanted.offset, more, found.total)
    return await _shown(call, kind, spoken, found.docs[: wanted.limit], form, geometry, join, headers)


async def _shown(
    call: Call,
    kind: str,
    spoken: Spoken,
    docs: list[Doc],
    form: Form,
    geometry: str,
    join: Join | None,
    headers: Headers,
) -> Answer:
    if join is not None:
        docs = await linked.joined(call.view, docs, spoken.context, form, join)
    return showing.several(call, spoken, kind, docs, form, geometry, headers)


def flat(data: Any) -> Parameters:
    """A Query document (5.2.23) as the parameters that say the same; `entities` is left to `selected`."""
    if not isinstance(data, dict) or data.get("type") != "Query":
        raise BadInput("A query is an object of type Query.", where="type", hint='Write {"type": "Query", …}.')
    found = {name: _text(data[name], name) for name in _TEXTS if name in data}
    found |= {name: ",".join(_texts(data[name], name)) for name in _LISTS if name in data}
    if "joinLevel" in data:
        found["joinLevel"] = _member(data["joinLevel"], "joinLevel")
    for name in ("geoQ", "temporalQ", "aggrParams"):
        if name in data:
            found |= _members(data[name], name)
    if "ordering" in data:
        found |= {_ORDERING.get(name, name): text for name, text in _members(data["ordering"], "ordering").items()}
    return found


def _members(data: Any, where: str) -> Parameters:
    if not isinstance(data, dict):
        raise BadInput("An object is needed here.", where=where)
    return {name: _member(value, f"{where}.{name}") for name, value in data.items() if not name.startswith("@")}


def _member(value: Any, where: str) -> str:
    if isinstance(value, list):
        nested = any(isinstance(item, list | int | float) for item in value)
        return msgspec.json.encode(value).decode() if nested else ",".join(_texts(value, where))
    if isinstance(value, int | float) and not isinstance(value, bool):
        return str(value)
    return _text(value, where)


def _text(value: Any, where: str) -> str:
    if not isinstance(value, str):
        raise BadInput("A text is needed here.", where=where)
    return value


def _texts(value: Any, where: str) -> list[str]:
    if not isinstance(value, list) or not value or not all(isinstance(item, str) and item for item in value):
        raise BadInput("An array of texts is needed here.", where=where)
    return value


def selected(data: dict[str, Any], parameters: Parameters, context: Context) -> EntityQuery:
    """The query of a document: any of its `entities` selectors (5.2.33) and all else that it says."""
    if "entities" not in data:
        return entity_query(parameters, context)
    selectors = data["entities"]
    if not isinstance(selectors, list) or not selectors:
        raise BadInput("An array of selectors is needed here.", where="entities")
    made = [selector(item, context) for item in selectors]
    wanted = entity_query(parameters, context, narrow=True)
    if len(made) == 1:
        types, ids, pattern = made[0]
        return msgspec.structs.replace(wanted, types=types, ids=ids, id_pattern=pattern)
    any_type = () if any(not types for types, _, _ in made) else tuple(kinds for types, _, _ in made for kinds in types)
    either = Or(tuple(_condition(*one) for one in made))
    where = either if wanted.where is None else And((either, wanted.where))
    return msgspec.structs.replace(wanted, types=any_type, where=where)


Selector = tuple[tuple[tuple[str, ...], ...], tuple[str, ...], str | None]


def selector(data: Any, context: Context) -> Selector:
    """Types, ids and id pattern of one selector; an id goes before a pattern."""
    if not isinstance(data, dict) or not isinstance(data.get("type"), str):
        raise BadInput("A selector is an object with a type.", where="entities", hint="“*” stands for any type.")
    given = data.get("id", [])
    ids = tuple(forms.uri(id, "entities.id") for id in (given if isinstance(given, list) else [given]))
    pattern = data.get("idPattern")
    if pattern is not None and not isinstance(pattern, str):
        raise BadInput("A pattern is a text.", where="entities.idPattern")
    if pattern:
        safe_pattern(pattern, "entities.idPattern")
    return parse_types(data["type"], context), ids, None if ids else pattern


def _condition(types: tuple[tuple[str, ...], ...], ids: tuple[str, ...], pattern: str | None) -> Node:
    parts: list[Node] = []
    if types:
        parts.append(Or(tuple(And(tuple(Compare(("type",), "==", kind) for kind in kinds)) for kinds in types)))
    if ids:
        parts.append(OneOf(("id",), ids))
    if pattern:
        parts.append(Compare(("id",), "~=", pattern))
    return And(tuple(parts))


async def purge(call: Call) -> Answer:
    """DELETE /entities: those that match, or with `keep` or `drop` attributes of theirs."""
    spoken = call.spoken()
    wanted = msgspec.structs.replace(entity_query(call.parameters, spoken.context), limit=_PURGED_AT_ONCE, offset=0)
    keep = {spoken.context.attribute(name) for name in listed(call.parameters, "keep")}
    drop = {spoken.context.attribute(name) for name in listed(call.parameters, "drop")}
    errors = await (_pruned(call, wanted, keep, drop) if keep or drop else _deleted(call, wanted))
    return plain(207, {"success": [], "errors": errors}) if errors else NO_CONTENT


async def _deleted(call: Call, wanted: EntityQuery) -> list[dict[str, Any]]:
    errors: list[dict[str, Any]] = []
    while docs := (await call.view.query(msgspec.structs.replace(wanted, offset=len(errors)))).docs:
        errors += await _applied(call, [Operation(kind="delete", id=doc["id"]) for doc in docs])
    return errors


async def _pruned(call: Call, wanted: EntityQuery, keep: set[str], drop: set[str]) -> list[dict[str, Any]]:
    docs = [doc async for doc in _all(call, wanted)]
    operations = [
        Operation(kind="delete_attribute", id=doc["id"], attribute=name, every_dataset=True)
        for doc in docs
        for name in doc["attrs"]
        if (name in drop if drop else name not in keep)
    ]
    return await _applied(call, operations)


async def _all(call: Call, wanted: EntityQuery) -> Any:
    while docs := (await call.view.query(wanted)).docs:
        for doc in docs:
            yield doc
        wanted = msgspec.structs.replace(wanted, offset=wanted.offset + wanted.limit)


async def _applied(call: Call, operations: list[Operation]) -> list[dict[str, Any]]:
    outcomes = await call.view.apply(operations) if operations else []
    return [{"entityId": one.id, "error": details(one.error)} for one in outcomes if one.error is not None]

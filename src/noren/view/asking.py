"""From short names to the broker's words, and back to plain entities."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from noren.broker import forms
from noren.broker.contexts import Context
from noren.broker.languages.q import parse_q
from noren.broker.languages.selection import parse_order
from noren.broker.requests import EntityQuery, Kind, Operation
from noren.errors import BadInput
from noren.store.query import And, Near, Node, Order, Relate
from noren.terms import iri
from noren.terms.records import Record

_LOCATION = ("attrs", iri("location"), "value")
_WRAPPED = ({"languageMap"}, {"json"}, {"vocab"})


def entity_query(
    type: str,
    context: Context,
    *,
    q: str = "",
    near: Any = None,
    within_m: float | None = None,
    area: dict[str, Any] | None = None,
    ids: Sequence[str] = (),
    order: str = "",
) -> EntityQuery:
    """What `View.find` asks, in the broker's words; raises `BadInput` for a condition that cannot be read."""
    parts: list[Node] = []
    if q:
        parts.append(parse_q(q, context))
    if near is not None:
        if within_m is None:
            raise BadInput("“near” needs a distance.", where="within_m", hint="Give metres.")
        parts.append(Near(_LOCATION, _geometry(near), maximum=float(within_m)))
    if area is not None:
        parts.append(Relate(_LOCATION, "intersects", _geometry(area)))
    return EntityQuery(
        types=((context.kind(type),),),
        ids=tuple(ids),
        where=And(tuple(parts)) if parts else None,
        order=_order(order, context) if order else (),
    )


def operation(entity: Record | dict[str, Any], context: Context, kind: Kind) -> Operation:
    """The change that an entity with short names asks for; raises `BadInput` as a payload would."""
    body = entity.entity() if isinstance(entity, Record) else entity
    doc = forms.parse_entity(body, context)
    return Operation(kind=kind, id=doc["id"], fragment=doc)


def alteration(record: Record, context: Context, without: Sequence[str]) -> Operation:
    """The change that puts a record's attributes into the entity that stands and takes others away."""
    body = dict.fromkeys(without, forms.NULL) | record.entity()
    return Operation(kind="update", id=record.id, fragment=forms.parse_fragment(body, context))


def unwrapped(entity: dict[str, Any]) -> dict[str, Any]:
    """A simplified entity without the shells that NGSI-LD keeps around texts by language and JSON."""
    for name, value in entity.items():
        if isinstance(value, dict) and len(value) == 1 and value.keys() in _WRAPPED:
            (entity[name],) = value.values()
    return entity


def _geometry(place: Any) -> dict[str, Any]:
    if isinstance(place, Record):
        place = place.location
    if isinstance(place, tuple | list) and len(place) == 2:
        return {"type": "Point", "coordinates": [float(place[0]), float(place[1])]}
    if isinstance(place, dict) and "type" in place:
        return place
    raise BadInput("This is no place.", where="near", hint="Give GeoJSON, or longitude and latitude.")


def _order(order: str, context: Context) -> tuple[Order, ...]:
    name = order.removeprefix("-")
    return parse_order(name + (";desc" if name != order else ""), context)

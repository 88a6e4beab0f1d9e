"""The geo-query language (CIM 009, 4.10): `georel`, `geometry`, `coordinates`, `geoproperty`."""

from __future__ import annotations

import re
from typing import Any, Literal, get_args

import msgspec

from noren.broker.contexts import Context
from noren.broker.forms.checks import geometry as checked
from noren.errors import BadInput
from noren.store.query import Near, Node, Relate

Relation = Literal["within", "contains", "intersects", "disjoint", "overlaps", "equals"]
_DISTANCE = re.compile(r"(maxDistance|minDistance)==((?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?)\Z", re.ASCII)


def parse_geo(
    georel: Any, geometry: Any, coordinates: Any, geoproperty: Any = None, context: Context | None = None
) -> Node:
    """The predicate tree of a geo-query; `coordinates` are JSON text or already decoded.

    `geoproperty` is a name of `context`, "location" when left out. Raises `BadInput` for whatever is missing or wrong.
    """
    for name, value in (("georel", georel), ("geometry", geometry), ("coordinates", coordinates)):
        if value is None or value == "":
            raise BadInput(f"A geo-query needs “{name}”.", where=name)
    shape = parse_shape(geometry, coordinates, "coordinates")
    path = ("attrs", _property(geoproperty, context), "value")
    relation, *modifiers = str(georel).split(";")
    if relation == "near":
        return _near(path, shape, modifiers)
    if relation not in get_args(Relation) or modifiers:
        options = ", ".join(("near;maxDistance==1000", *get_args(Relation)))
        raise BadInput(f"“{georel}” is no spatial relation.", where="georel", hint=f"Use one of {options}.")
    return Relate(path, relation, shape)  # type: ignore[arg-type]


def parse_shape(geometry: Any, coordinates: Any, where: str) -> dict[str, Any]:
    """The GeoJSON geometry of this type; `coordinates` are JSON text or already decoded."""
    return checked({"type": geometry, "coordinates": _decoded(coordinates, where)}, where)


def _near(path: tuple[str, ...], shape: dict[str, Any], modifiers: list[str]) -> Node:
    distances: dict[str, float] = {}
    for modifier in modifiers:
        found = _DISTANCE.match(modifier.strip())
        if found is None or found[1] in distances or not 0 < float(found[2]) < float("inf"):
            raise BadInput(
                f"“{modifier}” is no distance.", where="georel", hint="Write it like near;maxDistance==1000 (metres)."
            )
        distances[found[1]] = float(found[2])
    if not distances:
        raise BadInput(
            "“near” needs a distance.", where="georel", hint="Write it like near;maxDistance==1000 (metres)."
        )
    return Near(path, shape, distances.get("maxDistance"), distances.get("minDistance"))


def _property(name: Any, context: Context | None) -> str:
    if not name or name == "location" or context is None:
        return "https://uri.etsi.org/ngsi-ld/location"
    if not isinstance(name, str):
        raise BadInput("“geoproperty” is the name of an attribute.", where="geoproperty")
    return context.attribute(name)


def _decoded(coordinates: Any, where: str) -> Any:
    if not isinstance(coordinates, str):
        return coordinates
    try:
        return msgspec.json.decode(coordinates)
    except (msgspec.MsgspecError, RecursionError):
        raise BadInput(
            "The coordinates are no JSON array.", where=where, hint="Write them like [134.04,34.34]."
        ) from None

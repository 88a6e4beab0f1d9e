"""Entities as FIWARE Orion writes them (NGSIv2), normalized or as key-values, turned into NGSI-LD's simplified form."""

from __future__ import annotations

from typing import Any

from noren.intake.places import pair_of
from noren.intake.text import plain
from noren.intake.words import type_words
from noren.terms import TYPES

_SHAPES = {"geo:line": "LineString", "geo:polygon": "Polygon"}
_RESERVED = frozenset({"id", "type", "TimeInstant", "@context"})


def is_normalized(row: dict[str, Any]) -> bool:
    """Whether every attribute is an object with type and value, of NGSIv2's and not NGSI-LD's kinds."""
    inner = [value for key, value in row.items() if key not in ("id", "type")]
    return bool(inner) and all(
        isinstance(value, dict) and "value" in value and value.get("type") not in ("Property", "GeoProperty")
        for value in inner
    )


def entity(row: dict[str, Any]) -> dict[str, Any]:
    """One entity of either form, simplified; its id stays as it is for the city to make a URN of."""
    made: dict[str, Any] = {"id": row["id"], "type": type_named(str(row["type"]))}
    for name, given in row.items():
        if name not in _RESERVED:
            value = _value(given) if is_attribute(given) else given
            if value not in (None, ""):
                made[name] = value
    if observed := _instant(row):
        made.setdefault("dateObserved", {"@type": "DateTime", "@value": observed})
    return made


def is_attribute(value: Any) -> bool:
    """Whether a value is an attribute in normalized form."""
    return isinstance(value, dict) and "value" in value and "type" in value


def _value(given: dict[str, Any]) -> Any:
    kind, value = given["type"], given["value"]
    if kind == "geo:point" and (pair := pair_of(str(value))):
        return {"type": "Point", "coordinates": [pair[1], pair[0]]}
    if kind in _SHAPES and isinstance(value, list):
        corners = [[pair[1], pair[0]] for text in value if (pair := pair_of(str(text)))]
        return {"type": _SHAPES[kind], "coordinates": [corners] if kind == "geo:polygon" else corners}
    if kind in ("DateTime", "ISO8601") and value:
        return {"@type": "DateTime", "@value": value}
    return value


def _instant(row: dict[str, Any]) -> str:
    """When it was observed, as IoT agents write it: an attribute or metadata `TimeInstant`."""
    own = [value.get("metadata", {}) for value in row.values() if isinstance(value, dict)]
    found = [each["TimeInstant"] for each in [row, *own] if isinstance(each, dict) and "TimeInstant" in each]
    values = [each.get("value") if isinstance(each, dict) else each for each in found]
    return max((value for value in values if isinstance(value, str)), default="")


def type_named(name: str) -> str:
    """The city's type that a name of another platform means ("Aed"), else the name itself."""
    if name in TYPES:
        return name
    words = plain(name)
    return next((kind for word, kind in type_words() if word == words), name)

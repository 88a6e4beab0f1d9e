"""What a value must be to be kept: URIs, instants, numbers, geometries, scopes. Each raises `BadInput` and says where.

`where` is the path of names from the entity down to the value, as the sender wrote them.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from functools import lru_cache
from math import isfinite
from typing import Any

from noren.errors import BadInput

NULL = "urn:ngsi-ld:null"
_URI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[^\x00-\x20<>\"{}|\\^`\x7f-\xa0\u2000-\u200f\u2028-\u202f\u3000]+\Z")
_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d([.,]\d{1,9})?(Z|[+-]\d\d:?\d\d)\Z", re.ASCII)
_SCOPE = re.compile(r"/?[^\W\d_]\w*(/[^\W\d_]\w*)*\Z")
_DEPTHS = {"Point": 0, "MultiPoint": 1, "LineString": 1, "MultiLineString": 2, "Polygon": 2, "MultiPolygon": 3}
_NESTING = 100
_NUMBERS = frozenset({int, float})


def uri(text: Any, where: str, member: str = "") -> str:
    """The text, when it is an absolute URI or IRI."""
    if type(text) is not str or not _URI.match(text):
        raise BadInput(
            f"“{_shown(text)}” is no URI.", where=where + member, hint="Write it like urn:ngsi-ld:Type:city:name."
        )
    return text


@lru_cache(8192)
def known_instant(text: str) -> str | None:
    """The time as `instant` gives it, None for a text that is none."""
    if not _INSTANT.match(text):
        return None
    try:
        moment = datetime.fromisoformat(text.replace(",", ".").replace("Z", "+00:00"))
    except ValueError:
        return None
    if text.endswith("Z"):
        return text.replace(",", ".")
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def instant(text: Any, where: str) -> str:
    """A point in time as ISO 8601 in UTC with `Z`, as written where it already is; other zones are converted."""
    try:
        found = known_instant(text)
    except (TypeError, OverflowError):
        found = None
    if found is None:
        raise BadInput(f"“{text}” is no point in time.", where=where, hint="Write it like 2024-05-01T12:00:00Z.")
    return found


def moment(text: Any, where: str) -> str:
    """As `instant`, but a time of day without zone stays as it is: payloads in the field have them as values."""
    naive = isinstance(text, str) and known_instant(text + "Z") is not None
    return text if naive else instant(text, where)


def text(value: Any, where: str) -> str:
    """A text that is not empty."""
    if type(value) is not str or not value:
        raise BadInput("A text is needed here.", where=where, hint=f"It is {_shown(value)}.")
    return value


def json_value(value: Any, where: str, depth: int = 0, nulls: bool = False) -> None:
    """Refuse what JSON cannot hold (NaN, infinity), NGSI-LD Null unless `nulls`, and nesting beyond reason."""
    kind = type(value)
    if kind is float:
        if not isfinite(value):
            raise BadInput(
                f"{value} is no number.", where=where, hint="Leave the attribute out where nothing was measured."
            )
    elif kind is dict:
        if depth > _NESTING:
            raise BadInput("The value is nested too deeply.", where=where)
        for name, item in value.items():
            json_value(item, where, depth + 1, nulls)
            if item == NULL and not nulls:
                raise BadInput(f"“{NULL}” takes things away and cannot be kept.", where=f"{where}.{name}")
    elif kind is list:
        if depth > _NESTING:
            raise BadInput("The value is nested too deeply.", where=where)
        for item in value:
            json_value(item, where, depth + 1, nulls)


def geometry(value: Any, where: str) -> dict[str, Any]:
    """A GeoJSON geometry (RFC 7946; no GeometryCollection) in WGS 84, longitude before latitude."""
    if not isinstance(value, dict):
        raise BadInput(
            "This is no GeoJSON geometry.", where=where, hint='Give {"type": "Point", "coordinates": [lon, lat]}.'
        )
    kind = value.get("type")
    depth = _DEPTHS.get(kind) if type(kind) is str else None
    if depth is None:
        raise BadInput(
            f"“{_shown(kind)}” is no kind of geometry.", where=where, hint=f"Use one of {', '.join(_DEPTHS)}."
        )
    if "coordinates" not in value:
        misspelt = next((name for name in value if str(name).strip().lower() == "coordinates"), None)
        hint = f"Rename “{misspelt}” to “coordinates”." if misspelt else "Add [longitude, latitude]."
        raise BadInput("The geometry has no coordinates.", where=where, hint=hint)
    if depth:
        _coordinates(value["coordinates"], depth, where)
        shape(str(kind), value["coordinates"], where)
    else:
        position(value["coordinates"], where)
    return value


def _coordinates(value: Any, depth: int, where: str) -> None:
    if type(value) is not list or not value:
        raise BadInput("The coordinates are not nested as the geometry's type asks.", where=where)
    for item in value:
        if depth > 1:
            _coordinates(item, depth - 1, where)
        else:
            position(item, where)


def position(value: Any, where: str) -> None:
    """One position [longitude, latitude] or with a height."""
    if type(value) is not list or not 2 <= len(value) <= 3:
        hint = "A Point is one position, not a list of them." if _is_nested(value) else "Give [longitude, latitude]."
        raise BadInput("A position has two or three numbers.", where=where, hint=hint)
    longitude, latitude = value[0], value[1]
    if type(longitude) not in _NUMBERS or type(latitude) not in _NUMBERS or type(value[-1]) not in _NUMBERS:
        raise BadInput(f"{_shown(value)} is no position.", where=where, hint="Give [longitude, latitude] as numbers.")
    if not (-180 <= longitude <= 180 and -90 <= latitude <= 90) or not isfinite(value[-1]):
        swapped = -90 <= longitude <= 90 and -180 <= latitude <= 180
        hint = (
            "Longitude comes first: they may be swapped."
            if swapped
            else "Longitude is -180 to 180, latitude -90 to 90."
        )
        raise BadInput(f"{_shown(value)} lies outside the world.", where=where, hint=hint)


def _is_nested(value: Any) -> bool:
    return type(value) is list and len(value) == 1 and type(value[0]) is list


def shape(kind: str, coordinates: Any, where: str) -> None:
    """Refuse lines of one position and rings that are short or open."""
    lines = {"LineString": [coordinates], "MultiLineString": coordinates}.get(kind, [])
    if any(len(line) < 2 for line in lines):
        raise BadInput("A line needs two positions.", where=where)
    polygons = {"Polygon": [coordinates], "MultiPolygon": coordinates}.get(kind, [])
    for ring in (ring for polygon in polygons for ring in polygon):
        if len(ring) < 4 or ring[0] != ring[-1]:
            raise BadInput(
                "A ring of a polygon needs four positions, the last equal to the first.",
                where=where,
                hint=f"It begins at {_shown(ring[0])} and ends at {_shown(ring[-1])}: close it.",
            )


def scopes(value: Any) -> list[str]:
    """The scopes of an entity, one or several."""
    listed = value if isinstance(value, list) else [value]
    for scope in listed:
        if not isinstance(scope, str) or not _SCOPE.match(scope):
            raise BadInput(f"“{_shown(scope)}” is no scope.", where="scope", hint="Write it like /town/district.")
    return listed


def _shown(value: Any) -> str:
    text = str(value)
    return text if len(text) <= 60 else text[:57] + "..."

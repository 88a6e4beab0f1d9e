"""What services answer in JSON, as tables: the list within its wrapping, and each object laid flat.

CKAN (`result.records`), Socrata, Opendatasoft (`results`), GBFS (`data.stations`), SensorThings (`value`), GraphQL and
their like wrap one list in words about it. JSON Lines and GeoJSON text sequences (RFC 8142) are lists without brackets.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

from noren.intake.source import Refused
from noren.intake.text import plain
from noren.intake.words import role_words

_ABOUT = frozenset(
    ["fields", "columns", "links", "link", "facets", "parameters", "schema", "filters", "sort", "errors", "warnings"]
)
"""Keys of lists that tell of the answer and not of the city."""
_DEEPEST = 5
SHAPES = frozenset(
    ["Point", "MultiPoint", "LineString", "MultiLineString", "Polygon", "MultiPolygon", "GeometryCollection", "Feature"]
)


def lines(raw: str) -> tuple[list[Any], list[Refused]]:
    """The objects of JSON Lines or a text sequence, and the lines that are none."""
    found, bad = [], []
    for number, line in enumerate(raw.replace("\x1e", "").split("\n"), 1):
        if not line.strip():
            continue
        try:
            found.append(msgspec.json.decode(line, type=dict[str, Any]))
        except (msgspec.DecodeError, RecursionError) as error:
            bad.append(Refused(number, "", line[:60], f"The line is no JSON object: {error}."))
    return found, bad


def rows_of(document: Any) -> list[dict[str, Any]]:
    """The objects of a list, or of a list of lists whose first holds the names; [] for anything else."""
    if not isinstance(document, list) or not document:
        return []
    if all(isinstance(row, list) for row in document) and all(isinstance(name, str) for name in document[0]):
        return [dict(zip(document[0], row, strict=False)) for row in document[1:]]
    return [row for row in document if isinstance(row, dict)]


def _by_key(document: dict[str, Any]) -> list[dict[str, Any]]:
    """Objects alike under keys of their own (`{"S1": {…}, "S2": {…}}`) as rows with their key, [] for others."""
    inner = list(document.values())
    if len(inner) < 2 or not all(isinstance(value, dict) and value for value in inner):
        return []
    shared = set(inner[0]).intersection(*inner[1:])
    alike = len(shared) >= 2 and len(shared) >= 0.5 * max(map(len, inner))
    return [{"key": key} | value for key, value in document.items()] if alike else []


def _by_column(document: dict[str, Any]) -> list[dict[str, Any]]:
    """Lists of values of one length under their names (`{"time": […], "temperature": […]}`) as rows, [] for others."""
    lists = {key: value for key, value in document.items() if isinstance(value, list)}
    lengths = set(map(len, lists.values()))
    plain_values = all(not isinstance(v, list | dict) for value in lists.values() for v in value)
    if len(lists) < 2 or len(lengths) != 1 or lengths == {0} or not plain_values:
        return []
    return [dict(zip(lists, row, strict=True)) for row in zip(*lists.values(), strict=True)]


def _by_names(document: dict[str, Any]) -> list[dict[str, Any]]:
    """Rows without names beside a list that names their cells, anywhere in the document (Socrata's `rows.json`)."""
    rows = document.get("data")
    if not isinstance(rows, list) or not rows or not all(isinstance(row, list) for row in rows):
        return []
    for names in _named(document):
        if len(names) == len(rows[0]):
            return [dict(zip(names, row, strict=False)) for row in rows]
    return []


def _named(document: Any, depth: int = 0) -> Iterator[list[str]]:
    if depth > _DEEPEST or not isinstance(document, dict):
        return
    for value in document.values():
        if (
            isinstance(value, list)
            and value
            and all(isinstance(v, dict) and isinstance(v.get("name"), str) for v in value)
        ):
            yield [v["name"] for v in value]
        yield from _named(value, depth + 1)


def tables(document: Any, path: str = "", depth: int = 0) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """Lists of objects in a document with their path, the outermost on each branch; lists about the answer left out."""
    if not isinstance(document, dict) or depth > _DEEPEST:
        return
    if whole := _by_names(document) or _by_column(document) or _by_key(document):
        yield path or "rows", whole
        return
    for key, value in document.items():
        where = f"{path}.{key}" if path else key
        if isinstance(value, list) and value and all(isinstance(row, dict) for row in value[:50]):
            if key.casefold() not in _ABOUT:
                yield where, [row for row in value if isinstance(row, dict)]
        elif isinstance(value, dict):
            yield from tables(value, where, depth + 1)


def flat(row: dict[str, Any]) -> dict[str, Any]:
    """An object whose inner objects are columns of their own (`coordinates.latitude`); geometries stay whole.

    >>> flat({"a": {"lat": 1, "lon": 2}, "coordinates": [9.9, 53.5]})
    {'a.lat': 1, 'a.lon': 2, 'coordinates': {'type': 'Point', 'coordinates': [9.9, 53.5]}}
    """
    return dict(_flat(row, "", 0))


def _flat(value: dict[str, Any], path: str, depth: int) -> Iterator[tuple[str, Any]]:
    for key, inner in value.items():
        where = f"{path}.{key}" if path else key
        if isinstance(inner, list) and len(inner) == 1 and isinstance(inner[0], dict):
            inner = inner[0]
        if isinstance(inner, dict) and (shape := geometry_in(inner)):
            yield where, shape
        elif isinstance(inner, dict) and inner and depth < _DEEPEST and _is_small(inner):
            yield from _flat(inner, where, depth + 1)
        elif _is_position(inner) and role_words().get(plain(key)) == "point":
            yield where, {"type": "Point", "coordinates": inner}
        else:
            yield where, inner


def geometry_in(value: dict[str, Any]) -> Any:
    """The GeoJSON geometry that an object is, or that a Feature holds; None for any other."""
    if (
        not isinstance(value.get("type"), str)
        or value["type"] not in SHAPES
        or not ("coordinates" in value or "geometr" in " ".join(value))
    ):
        return None
    return value.get("geometry") if value["type"] == "Feature" else value


def _is_small(value: dict[str, Any]) -> bool:
    return len(value) <= 12 and not any(isinstance(inner, list) and len(inner) > 3 for inner in value.values())


def _is_position(value: Any) -> bool:
    return (
        isinstance(value, list)
        and 2 <= len(value) <= 3
        and all(isinstance(v, int | float) and not isinstance(v, bool) for v in value)
    )

"""CityJSON (cityjson.org/specs): things with their footprint and height."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import shapely

from noren.errors import BadInput
from noren.intake.shapes import source_of
from noren.intake.source import GEOMETRY, Source

Point = list[float]
Face = tuple[list[int], bool]
"""The outer ring of a surface as places of its corners, and whether the document calls it ground."""


_KINDS = {
    "Building": "Building", "BuildingPart": "Building", "Road": "RoadSegment", "Square": "RoadSegment",
    "LandUse": "LandUse", "PlantCover": "LandUse", "WaterBody": "WaterBody", "Waterway": "WaterBody",
}  # fmt: skip
"""Other objects (bridges, furniture, trees) are facilities; ground as triangles comes in as GeoTIFF instead."""


def tables(path: Path, document: dict[str, Any]) -> list[Source]:
    """A table a kind of object; raises `BadInput` for a document without things or that does not say where it lies."""
    if not isinstance(things := document.get("CityObjects"), dict) or not isinstance(document.get("vertices"), list):
        raise BadInput("The CityJSON holds no objects.", where=path.name, hint="Get the file again.")
    if not document.get("metadata", {}).get("referenceSystem"):
        raise BadInput(
            "The CityJSON does not say in which coordinates it is.",
            where=f"{path.name}, metadata.referenceSystem",
            hint='State it there, like "https://www.opengis.net/def/crs/EPSG/0/6697".',
        )
    things = {
        key: thing for key, thing in things.items() if isinstance(thing, dict) and isinstance(thing.get("type"), str)
    }
    by_kind: dict[str, dict[str, Any]] = {}
    for key, thing in things.items():
        if not thing.get("parents") and thing["type"] != "TINRelief":
            by_kind.setdefault(_KINDS.get(thing["type"], "Facility"), {})[key] = thing
    if not by_kind:
        raise BadInput("The CityJSON holds no objects.", where=path.name, hint="Get the file again.")
    parts = {key: thing for key, thing in things.items() if thing.get("parents")}
    made = [(kind, cityjson(path, document | {"CityObjects": own | parts})) for kind, own in by_kind.items()]
    for kind, source in made:
        source.lead["type"] = kind
    several = len(made) > 1
    return [msgspec.structs.replace(s, name=f"{path.name}#{kind}") if several else s for kind, s in made]


def joined(documents: list[dict[str, Any]]) -> dict[str, Any]:
    """The lines of a CityJSONSeq (a head and features with corners of their own) as one document."""
    head = next(each for each in documents if each.get("type") == "CityJSON")
    things: dict[str, Any] = dict(head.get("CityObjects", {}))
    vertices: list[Any] = list(head.get("vertices", []))
    for feature in documents:
        if feature.get("type") == "CityJSONFeature":
            things |= {key: _shifted(thing, len(vertices)) for key, thing in feature.get("CityObjects", {}).items()}
            vertices += feature.get("vertices", [])
    return head | {"CityObjects": things, "vertices": vertices}


def _shifted(thing: dict[str, Any], by: int) -> dict[str, Any]:
    shapes = [g | {"boundaries": _moved(g.get("boundaries", []), by)} for g in thing.get("geometry", [])]
    return thing | {"geometry": shapes}


def _moved(boundaries: Any, by: int) -> Any:
    return [_moved(b, by) for b in boundaries] if isinstance(boundaries, list) else boundaries + by


def cityjson(path: Path, document: dict[str, Any]) -> Source:
    """The things of a document that are no part of others; children lend their surfaces."""
    points = _points(document)
    things = document["CityObjects"]
    roots = {key: thing for key, thing in things.items() if not thing.get("parents")}
    names = [name for thing in roots.values() for name in thing.get("attributes", {})]
    columns = list(dict.fromkeys(["id", "cityObjectType", *names, "height", GEOMETRY]))

    def rows() -> Iterator[tuple[int, list[Any]]]:
        for number, (key, thing) in enumerate(roots.items(), 1):
            parts = [thing, *(things[c] for c in thing.get("children", []) if c in things)]
            faces = [face for part in parts for face in _faces(part) if all(0 <= i < len(points) for i in face[0])]
            own = {"id": key, "cityObjectType": thing["type"], "height": _height(faces, points)}
            values = own | {GEOMETRY: footprint(faces, points)} | thing.get("attributes", {})
            yield number, [values.get(c) for c in columns]

    kinds = [thing["type"] for thing in roots.values()]
    kind = "Building" if kinds.count("Building") * 2 >= len(kinds) else ""
    return source_of(path, columns, rows, "CityJSON", crs=_crs(document), kind=kind)


def _points(document: dict[str, Any]) -> list[Point]:
    transform = document.get("transform", {})
    scale, shift = transform.get("scale", [1, 1, 1]), transform.get("translate", [0, 0, 0])
    return [[v * s + t for v, s, t in zip(vertex, scale, shift, strict=False)] for vertex in document["vertices"]]


def _crs(document: dict[str, Any]) -> str:
    named = str(document.get("metadata", {}).get("referenceSystem", ""))
    match = re.search(r"EPSG(?:/\d+/|:+(?:[\d.]*:)?)(\d+)", named)
    return f"EPSG:{match[1]}" if match and match[1] not in ("4326", "4979") else ""


def _faces(thing: dict[str, Any]) -> Iterator[Face]:
    for shape in thing.get("geometry", []):
        semantics = shape.get("semantics", {})
        ground = {i for i, s in enumerate(semantics.get("surfaces", [])) if s.get("type") == "GroundSurface"}
        yield from _walk(shape.get("boundaries", []), semantics.get("values"), ground)


def _walk(boundaries: Any, values: Any, ground: set[int]) -> Iterator[Face]:
    """Surfaces at any depth: a list of rings, which are lists of numbers."""
    for i, inner in enumerate(boundaries):
        value = values[i] if isinstance(values, list) and i < len(values) else None
        if inner and isinstance(inner[0], list) and inner[0] and isinstance(inner[0][0], int):
            yield inner[0], value in ground
        elif inner and isinstance(inner[0], list):
            yield from _walk(inner, value, ground)


def _height(faces: list[Face], points: list[Point]) -> float:
    levels = [points[i][2] for ring, _ in faces for i in ring if len(points[i]) > 2]
    return round(max(levels) - min(levels), 2) if levels else 0.0


def footprint(faces: list[Face], points: list[Point]) -> str | None:
    """The ground that a thing covers as WKT: its ground surfaces, else the faces that look down, else all of them."""
    rings = [ring for ring, ground in faces if ground] or [ring for ring, _ in faces]
    flat = [shapely.Polygon([points[i][:2] for i in ring]) for ring in rings if len(ring) >= 3]
    flat = [shape for shape in flat if shape.area > 0.01 and shape.is_valid]
    down = [shape for shape in flat if not shape.exterior.is_ccw]
    return shapely.to_wkt(shapely.union_all(down or flat), rounding_precision=7) if flat else None

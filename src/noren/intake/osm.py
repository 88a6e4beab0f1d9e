"""OpenStreetMap extracts (PBF or XML): roads, named places, buildings."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, cast

import msgspec
import osmium

from noren.errors import BadInput
from noren.intake import text
from noren.intake.shapes import source_of
from noren.intake.source import GEOMETRY, Source

ROADS = frozenset(
    [
        "motorway",
        "trunk",
        "primary",
        "secondary",
        "tertiary",
        "unclassified",
        "residential",
        "living_street",
        "service",
        "pedestrian",
        "motorway_link",
        "trunk_link",
        "primary_link",
        "secondary_link",
        "tertiary_link",
    ]
)
_PLACES = ("amenity", "shop", "tourism", "leisure", "office", "healthcare", "emergency", "historic")


def osm(path: Path) -> list[Source]:
    """Roads and named places of an OpenStreetMap extract (PBF or XML)."""
    columns = ["id", "name", "roadClass", "oneWay", "maximumAllowedSpeed", GEOMETRY]
    places = ["id", "name", "category", "address", GEOMETRY]
    areas = ["id", "name", "use", "height", "floorsAboveGround", GEOMETRY]

    def roads() -> Iterator[tuple[int, list[Any]]]:
        for number, way in enumerate(_ways(path, "highway"), 1):
            tags = way.tags
            if tags.get("highway") in ROADS:
                speed = re.match(r"\d+", tags.get("maxspeed", ""))
                line = _line(way)
                if line:
                    oneway = "true" if tags.get("oneway") in ("yes", "1", "-1") else None
                    yield number, [f"w{way.id}", tags.get("name"), tags["highway"], oneway, speed and speed[0], line]

    def named() -> Iterator[tuple[int, list[Any]]]:
        processor = osmium.FileProcessor(str(path), osmium.osm.NODE).with_filter(osmium.filter.KeyFilter(*_PLACES))
        for number, node in enumerate(cast(Iterator[Any], processor), 1):
            key = next(k for k in _PLACES if k in node.tags)
            street = " ".join(filter(None, (node.tags.get("addr:street"), node.tags.get("addr:housenumber")))) or None
            yield (
                number,
                [f"n{node.id}", node.tags.get("name"), node.tags[key], street, f"POINT ({node.lon} {node.lat})"],
            )

    def buildings() -> Iterator[tuple[int, list[Any]]]:
        for number, way in enumerate(_ways(path, "building"), 1):
            ring = _line(way)
            if ring and way.is_closed() and len(way.nodes) > 3:
                shape = ring.replace("LINESTRING (", "POLYGON ((") + ")"
                tags = way.tags
                yield (
                    number,
                    [
                        f"w{way.id}",
                        tags.get("name"),
                        tags["building"],
                        tags.get("height"),
                        tags.get("building:levels"),
                        shape,
                    ],
                )

    tables = [
        ("roads", columns, roads, "RoadSegment"),
        ("places", places, named, "PointOfInterest"),
        ("buildings", areas, buildings, "Building"),
    ]
    try:
        sources = [_osm_source(path, *table) for table in tables if next(table[2](), None) is not None]
    except RuntimeError as error:
        raise text.damaged(path) from error
    if not sources:
        raise BadInput("The extract holds no roads, places or buildings.", where=path.name)
    return sources


def _ways(path: Path, key: str) -> Iterator[Any]:
    return iter(
        osmium.FileProcessor(str(path))
        .with_locations()
        .with_filter(osmium.filter.EntityFilter(osmium.osm.WAY))
        .with_filter(osmium.filter.KeyFilter(key))
    )


def _line(way: Any) -> str | None:
    points = [f"{n.lon:.7f} {n.lat:.7f}" for n in way.nodes if n.location.valid()]
    return f"LINESTRING ({', '.join(points)})" if len(points) > 1 else None


def _osm_source(
    path: Path, layer: str, columns: list[str], rows: Callable[[], Iterator[tuple[int, list[Any]]]], kind: str
) -> Source:
    made = source_of(path, columns, rows, "OpenStreetMap", kind=kind)
    made.lead |= {
        "licence": "ODbL-1.0",
        "attribution": "© OpenStreetMap contributors",
        "title": f"OpenStreetMap {layer}",
    }
    return msgspec.structs.replace(made, name=f"{path.name}#{layer}")

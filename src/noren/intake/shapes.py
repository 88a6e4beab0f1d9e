"""Maps as tables with a geometry column: GeoJSON, GeoPackage, shapefile, CityJSON, CityGML, OpenStreetMap."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, Any, cast

import msgspec
import osmium
import pyogrio
import shapely

from noren.errors import BadInput
from noren.intake import text
from noren.intake.source import GEOMETRY, Batch, Refused, Source, batches

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


def geojson(path: Path, document: dict[str, Any]) -> Source:
    """A FeatureCollection or Feature already decoded."""
    features = document["features"] if document["type"] == "FeatureCollection" else [document]
    if not isinstance(features, list):
        raise BadInput("“features” is not a list.", where=path.name)
    good = [f if isinstance(f, dict) else {} for f in features]
    columns = [*dict.fromkeys(key for f in good for key in (f.get("properties") or {})), GEOMETRY]

    def rows() -> Iterator[tuple[int, list[Any]]]:
        for number, feature in enumerate(good, 1):
            properties = feature.get("properties") or {}
            yield number, [*(properties.get(c) for c in columns[:-1]), feature.get("geometry")]

    crs = str(((document.get("crs") or {}).get("properties") or {}).get("name", ""))
    return _source(path, columns, rows, "GeoJSON", crs=_code(crs))


def _source(
    path: Path,
    columns: list[str],
    rows: Callable[[], Iterator[tuple[int, list[Any]]]],
    form: str,
    *,
    crs: str = "",
    kind: str = "",
) -> Source:
    def read(refused: list[Refused]) -> Iterator[Batch]:
        return batches(columns, rows())

    lead = {key: value for key, value in (("crs", crs), ("type", kind)) if value}
    return Source(path.name, columns, read, form, lead)


def _code(name: str) -> str:
    match = re.search(r"EPSG:+(?:[\d.]*:)?(\d+)", name)
    return f"EPSG:{match[1]}" if match and match[1] not in ("4326", "4979") else ""


def vector(path: Path, inner: str = "") -> list[Source]:
    """The layers of a GeoPackage, shapefile or other file that GDAL reads."""
    address = f"/vsizip/{path}/{inner}" if inner else str(path)
    try:
        layers = [str(row[0]) for row in pyogrio.list_layers(address)]
        return [_layer(path, address, layer, len(layers) > 1) for layer in layers]
    except (pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError) as error:
        raise BadInput("The map cannot be read.", where=path.name, hint=str(error)[:200]) from error


def _layer(path: Path, address: str, layer: str, several: bool) -> Source:
    info = pyogrio.read_info(address, layer=layer)
    columns = [*map(str, info["fields"]), *([GEOMETRY] if info["geometry_type"] else [])]
    crs = str(info["crs"] or "")

    def read(refused: list[Refused]) -> Iterator[Batch]:
        return batches(columns, _rows(address, layer, columns))

    lead = {"crs": crs} if crs and crs != "EPSG:4326" else {}
    name = f"{path.name}#{layer}" if several else path.name
    lead["title"] = layer.replace("_", " ")
    return Source(name, columns, read, "GeoPackage" if address.endswith(".gpkg") else "shapefile", lead)


def _rows(address: str, layer: str, columns: list[str]) -> Iterator[tuple[int, list[Any]]]:
    step, at = 20_000, 0
    while True:
        _, _, shapes, fields = pyogrio.raw.read(
            address, layer=layer, skip_features=at, max_features=step, datetime_as_string=True
        )
        count = len(fields[0]) if fields else len(shapes) if shapes is not None else 0
        wkt = shapely.to_wkt(shapely.from_wkb(shapes), rounding_precision=8) if shapes is not None else None
        for i in range(count):
            own = [_item(field[i]) for field in fields]
            yield at + i + 1, [*own, wkt[i]] if wkt is not None else own
        at += count
        if count < step:
            return


def _item(value: Any) -> Any:
    return value.item() if hasattr(value, "item") else value


def cityjson(path: Path, document: dict[str, Any]) -> Source:
    """Buildings of a CityJSON document (cityjson.org/specs), footprints from their lowest surfaces."""
    scale = document.get("transform", {}).get("scale", [1, 1, 1])
    shift = document.get("transform", {}).get("translate", [0, 0, 0])
    points = [[v * s + t for v, s, t in zip(vertex, scale, shift, strict=True)] for vertex in document["vertices"]]
    things = document["CityObjects"]
    roots = {key: thing for key, thing in things.items() if not thing.get("parents")}
    names = list(dict.fromkeys(name for thing in roots.values() for name in thing.get("attributes", {})))
    columns = ["id", "cityObjectType", *names, "height", GEOMETRY]
    columns = list(dict.fromkeys(columns))

    def rows() -> Iterator[tuple[int, list[Any]]]:
        for number, (key, thing) in enumerate(roots.items(), 1):
            surfaces = [
                points[i]
                for part in (thing, *(things[c] for c in thing.get("children", []) if c in things))
                for i in _corners(part)
            ]
            rings = [
                [points[i] for i in ring]
                for part in (thing, *(things[c] for c in thing.get("children", []) if c in things))
                for ring in _rings(part)
            ]
            height = max((p[2] for p in surfaces), default=0.0) - min((p[2] for p in surfaces), default=0.0)
            values = {
                "id": key,
                "cityObjectType": thing["type"],
                "height": round(height, 2),
                GEOMETRY: _footprint(rings),
            } | thing.get("attributes", {})
            yield number, [values.get(c) for c in columns]

    crs = _code(
        str(document.get("metadata", {}).get("referenceSystem", "")).replace("/0/", ":").replace("EPSG/", "EPSG:")
    )
    crs = crs or (
        "EPSG:" + m[1]
        if (m := re.search(r"EPSG/\d+/(\d+)", str(document.get("metadata", {}).get("referenceSystem", ""))))
        else ""
    )
    kinds = [thing["type"] for thing in roots.values()]
    return _source(
        path, columns, rows, "CityJSON", crs=crs, kind="Building" if kinds.count("Building") * 2 >= len(kinds) else ""
    )


def _rings(thing: dict[str, Any]) -> Iterator[list[int]]:
    def walk(boundaries: Any) -> Iterator[list[int]]:
        if boundaries and isinstance(boundaries[0], int):
            yield boundaries
        else:
            for inner in boundaries:
                yield from walk(inner)

    for shape in thing.get("geometry", []):
        yield from walk(shape.get("boundaries", []))


def _corners(thing: dict[str, Any]) -> Iterator[int]:
    for ring in _rings(thing):
        yield from ring


def _footprint(rings: list[list[list[float]]]) -> str | None:
    flat = [shapely.Polygon([(p[0], p[1]) for p in ring]) for ring in rings if len(ring) >= 3]
    flat = [shape for shape in flat if shape.is_valid and shape.area > 0.01]
    return shapely.to_wkt(shapely.union_all(flat), rounding_precision=7) if flat else None


# CityGML (OGC 12-019) with Japan's i-UR extension, as PLATEAU publishes it

_GML = "{http://www.opengis.net/gml}"
_MEMBERS = {
    "Building": "Building", "WaterBody": "HazardArea", "LandUse": "LandUse", "Road": "RoadSegment",
    "LandSlideRisk": "HazardArea",
    "SedimentDisasterProneArea": "HazardArea", "LandSlideProneArea": "HazardArea",
}  # fmt: skip
_RELIEF = frozenset({"ReliefFeature", "TINRelief"})
"""Ground as triangles: terrain comes in as GeoTIFF."""
_RENAMED = {
    "measuredHeight": "height",
    "storeysAboveGround": "floorsAboveGround",
    "yearOfConstruction": "yearBuilt",
    "usage": "use",
}


def citygml(path: Path) -> list[Source]:
    """A table a kind of object, of a .gml file or of all in a zip; areas in latitude-longitude order are put right."""
    found: dict[str, list[dict[str, Any]]] = {}
    for name, stream in _documents(path):
        try:
            for kind, row in _objects(stream):
                found.setdefault(kind, []).append(row | {"sourceFile": name})
        except ET.ParseError as error:
            raise BadInput(
                "The CityGML is not valid XML.", where=f"{path.name}, {name}: {error}", hint="Get the file again."
            ) from error
    return [_objects_source(path, kind, rows, len(found) > 1) for kind, rows in found.items()]


def _documents(path: Path) -> Iterator[tuple[str, IO[bytes]]]:
    if inner := [m for m in text.members(path) if m.endswith(".gml") and "/codelists/" not in m]:
        with zipfile.ZipFile(path) as archive:
            for name in inner:
                with archive.open(name) as stream:
                    yield Path(name).name, stream
    else:
        with text.open_plain(path) as stream:
            yield path.name, stream


def _objects(stream: IO[bytes]) -> Iterator[tuple[str, dict[str, Any]]]:
    for _, node in ET.iterparse(stream, ["end"]):  # noqa: S314 - expat 2.4.1 and later bounds the growth of entities
        tag = node.tag.rsplit("}", 1)[-1]
        if tag in ("cityObjectMember", "featureMember"):
            for child in node:
                kind = child.tag.rsplit("}", 1)[-1]
                row = _object(child)
                if row[GEOMETRY] and kind not in _RELIEF:
                    yield kind, row
            node.clear()


def _object(node: ET.Element) -> dict[str, Any]:
    row: dict[str, Any] = {"id": node.get(f"{_GML}id"), GEOMETRY: None}
    for leaf in node.iter():
        name = leaf.tag.rsplit("}", 1)[-1]
        if not len(leaf) and leaf.text and leaf.text.strip() and not leaf.tag.startswith(_GML):
            row.setdefault(_RENAMED.get(name, name), leaf.text.strip())
        elif leaf.tag == f"{_GML}name":
            row.setdefault("name", leaf.text)
    row[GEOMETRY] = _flat(node)
    return row


def _flat(node: ET.Element) -> str | None:
    shapes = []
    for ring in node.iter(f"{_GML}exterior"):
        texts = [leaf.text for leaf in ring.iter(f"{_GML}posList") if leaf.text]
        for numbers in texts:
            values = [float(v) for v in numbers.split()]
            corners = [(values[i + 1], values[i]) for i in range(0, len(values) - 2, 3)]
            if len(corners) >= 4:
                shapes.append(shapely.Polygon(corners))
    shapes = [s for s in shapes if s.is_valid and s.area > 0]
    if not shapes:
        return None
    return str(shapely.to_wkt(shapely.union_all(shapes), rounding_precision=9))


def _objects_source(path: Path, kind: str, rows: list[dict[str, Any]], several: bool) -> Source:
    columns = list(dict.fromkeys(key for row in rows for key in row))

    def read() -> Iterator[tuple[int, list[Any]]]:
        return ((i, [row.get(c) for c in columns]) for i, row in enumerate(rows, 1))

    made = _source(path, columns, read, "CityGML", kind=_MEMBERS.get(kind, ""))
    made.lead |= {"title": f"{path.stem} {kind}", "description": kind}
    return msgspec.structs.replace(made, name=f"{path.name}#{kind}") if several else made


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
    made = _source(path, columns, rows, "OpenStreetMap", kind=kind)
    made.lead |= {
        "licence": "ODbL-1.0",
        "attribution": "© OpenStreetMap contributors",
        "title": f"OpenStreetMap {layer}",
    }
    return msgspec.structs.replace(made, name=f"{path.name}#{layer}")

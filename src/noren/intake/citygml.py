"""CityGML (OGC 12-019) with Japan's i-UR extension, as PLATEAU publishes it."""

from __future__ import annotations

import xml.etree.ElementTree as ET
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

import msgspec
import shapely

from noren.errors import BadInput
from noren.intake import text
from noren.intake.shapes import source_of
from noren.intake.source import GEOMETRY, Source

Codelists = dict[str, dict[str, str]]
_GML = "{http://www.opengis.net/gml}"
_MEMBERS = {
    "Building": "Building", "WaterBody": "HazardArea", "LandUse": "LandUse", "Road": "RoadSegment",
    "LandSlideRisk": "HazardArea",
    "SedimentDisasterProneArea": "HazardArea", "LandSlideProneArea": "HazardArea",
    "AreaClassification": "LandUse", "UseDistrict": "LandUse", "SpecialUseDistrict": "LandUse",
    "ScenicDistrict": "LandUse", "HighLevelUseDistrict": "LandUse", "LandscapeZone": "LandUse",
    "SpecialUrbanRenaissanceDistrict": "LandUse", "UrbanPlanningArea": "LandUse", "FirePreventionDistrict": "LandUse",
    "Track": "RoadSegment", "Square": "RoadSegment", "Railway": "RoadSegment",
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
    words = _codelists(path)
    for name, stream in _documents(path):
        try:
            for kind, row in _objects(stream, words):
                found.setdefault(kind, []).append(row | {"sourceFile": name})
        except ET.ParseError as error:
            raise BadInput(
                "The CityGML is not valid XML.", where=f"{path.name}, {name}: {error}", hint="Get the file again."
            ) from error
    if not found:
        raise BadInput(
            "The CityGML holds no objects with an area.",
            where=path.name,
            hint="Ground comes in as GeoTIFF: convert the relief, or take the terrain model of the same source.",
        )
    return [_objects_source(path, kind, rows, len(found) > 1) for kind, rows in found.items()]


def _codelists(path: Path) -> Codelists:
    """The lists of codes that a zip carries, by file name: code to word."""
    inner = [name for name in text.members(path) if "codelists/" in name and name.endswith(".xml")]
    if not inner:
        return {}
    with zipfile.ZipFile(path) as archive:
        return {Path(name).name: _codes(archive.read(name)) for name in inner}


def _codes(document: bytes) -> dict[str, str]:
    try:
        root = ET.fromstring(document)  # noqa: S314 - expat 2.4.1 and later bounds the growth of entities
    except ET.ParseError:
        return {}
    pairs = [(d.findtext(f"{_GML}name"), d.findtext(f"{_GML}description")) for d in root.iter(f"{_GML}Definition")]
    return {code: word for code, word in pairs if code and word}


def _word(leaf: ET.Element, words: Codelists) -> str:
    code = (leaf.text or "").strip()
    return words.get(leaf.get("codeSpace", "").rsplit("/", 1)[-1], {}).get(code, code)


def _documents(path: Path) -> Iterator[tuple[str, IO[bytes]]]:
    if inner := [m for m in text.members(path) if m.endswith(".gml") and "/codelists/" not in m]:
        with zipfile.ZipFile(path) as archive:
            for name in inner:
                with archive.open(name) as stream:
                    yield Path(name).name, stream
    else:
        with text.open_plain(path) as stream:
            yield path.name, stream


def _objects(stream: IO[bytes], words: Codelists) -> Iterator[tuple[str, dict[str, Any]]]:
    for _, node in ET.iterparse(stream, ["end"]):  # noqa: S314 - expat 2.4.1 and later bounds the growth of entities
        tag = node.tag.rsplit("}", 1)[-1]
        if tag in ("cityObjectMember", "featureMember"):
            for child in node:
                kind = child.tag.rsplit("}", 1)[-1]
                row = _object(child, words)
                if row[GEOMETRY] and kind not in _RELIEF:
                    yield kind, row
            node.clear()


def _object(node: ET.Element, words: Codelists) -> dict[str, Any]:
    row: dict[str, Any] = {"id": node.get(f"{_GML}id"), GEOMETRY: None}
    for leaf in node.iter():
        name = leaf.tag.rsplit("}", 1)[-1]
        if not len(leaf) and leaf.text and leaf.text.strip() and not leaf.tag.startswith(_GML):
            row.setdefault(_RENAMED.get(name, name), _word(leaf, words))
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

    made = source_of(path, columns, read, "CityGML", kind=_MEMBERS.get(kind, ""))
    made.lead |= {"title": f"{path.stem} {kind}", "description": kind}
    return msgspec.structs.replace(made, name=f"{path.name}#{kind}") if several else made

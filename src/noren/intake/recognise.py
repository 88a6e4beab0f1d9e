"""What a file is, by its content more than by its name."""

from __future__ import annotations

import atexit
import shutil
import tempfile
import zipfile
from pathlib import Path

import msgspec

from noren.errors import BadInput
from noren.intake import (
    citygml,
    delimited,
    documents,
    gtfs,
    osm,
    realtime,
    shapes,
    sheets,
    text,
)
from noren.intake.items import Item, layers, table
from noren.intake.parquet import parquet

_TIFF = (b"II*\x00", b"MM\x00*", b"II+\x00", b"MM\x00+")
_OOXML, _OLE, _SQLITE, _PARQUET = b"PK\x03\x04", b"\xd0\xcf\x11\xe0", b"SQLite format 3\x00", b"PAR1"
_FLATGEOBUF = b"fgb\x03"
_PACKED = ("This kind of archive is not unpacked here.", "Unpack it and add the files in it, or pack them as zip.")
_SHOWN = ("This is a picture or a page for reading, not data.", "Ask for the table behind it, as CSV or XLSX.")
_OTHERS = {
    b"%PDF": _SHOWN, b"\x89PNG": _SHOWN, b"\xff\xd8\xff": _SHOWN, b"GIF8": _SHOWN, b"{\\rtf": _SHOWN,
    b"7z\xbc\xaf": _PACKED, b"Rar!": _PACKED, b"BZh": _PACKED, b"\xfd7zXZ": _PACKED, b"(\xb5/\xfd": _PACKED,
    b"CDF": ("This is NetCDF, a grid of many times.", "Export one time as GeoTIFF, or the values at a place as CSV."),
    b"\x89HDF": ("This is HDF5 or NetCDF.", "Export one time as GeoTIFF, or the values at a place as CSV."),
}  # fmt: skip
"""Known by their first bytes and not read: what is said, and what to do."""
_MAPS = {".kml": "LIBKML", ".gpx": "GPX", ".fgb": "FlatGeobuf", ".shp": "", ".gpkg": "", ".geojson": ""}
_XML_MAPS = {b"<kml": "LIBKML", b"<gpx": "GPX", b"opengis.net/gml": "GML"}


def recognise(path: Path) -> list[Item]:
    """What the file holds; raises `BadInput` that says what was looked for when it is nothing known."""
    if path.is_dir():
        raise BadInput("This is a folder.", where=str(path), hint="Name its files: noren add FOLDER/*")
    head = text.head_of(path)
    if head.startswith(_TIFF):
        return [Item("raster", path.name)]
    if head.startswith(_PARQUET):
        return [table(parquet(path))]
    if head.startswith(_SQLITE) or path.suffix == ".shp":
        return [table(source) for source in shapes.vector(path)]
    if head.startswith(_FLATGEOBUF):
        return layers(path, "FlatGeobuf")
    if head.startswith(_OLE):
        return [table(source) for source in sheets.tables(path)]
    if other := next((said for mark, said in _OTHERS.items() if head.startswith(mark)), None):
        raise BadInput(other[0], where=path.name, hint=other[1])
    if head.startswith(_OOXML):
        return _zip(path)
    if b"OSMHeader" in head[:64] or b"<osm " in head[:400]:
        return [table(source) for source in osm.osm(path)]
    if realtime.is_protobuf(head):
        return [Item("gtfs-rt", path.name)]
    start = text.decoded(head[:4096]).lstrip("\ufeff\x1e \t\r\n")[:1].encode()
    if start in (b"{", b"["):
        return documents.document(path)
    if start == b"<":
        return _xml(path, head)
    if b"\x00" in head[:4096] and not text.encoding_of(head).startswith("utf-16"):
        raise unknown(path)
    return [table(delimited.source(path))]


def unknown(path: Path) -> BadInput:
    """What is said of a file that is nothing known."""
    return BadInput(
        "Noren does not know this kind of file.",
        where=path.name,
        hint="It reads CSV, XLSX, ODS, JSON, GeoJSON, GeoPackage, shapefile (zip), KML, GPX, GML, FlatGeobuf, GTFS, "
        "OpenStreetMap, GeoTIFF, CityGML, CityJSON and Parquet.",
    )


def _zip(path: Path) -> list[Item]:
    names = text.members(path)
    if gtfs.is_gtfs(names):
        return [Item("gtfs", path.name)]
    if any(n.startswith(("xl/", "content.xml")) for n in names):
        return [table(source) for source in sheets.tables(path)]
    if any(n.startswith("word/") for n in names):
        raise BadInput(_SHOWN[0], where=path.name, hint=_SHOWN[1])
    gml = [n for n in names if n.lower().endswith(".gml")]
    if gml and _is_citygml(path, gml[0]):
        return [table(source) for source in citygml.citygml(path)]
    inner = [(n, _MAPS[n[n.rfind(".") :].lower()]) for n in names if n[n.rfind(".") :].lower() in _MAPS]
    inner += [(n, "GML") for n in gml]
    if inner:
        several = len(inner) > 1
        found = [(name, item) for name, driver in inner for item in layers(path, driver, name)]
        return [_inside(path, name, item) if several else item for name, item in found]
    if tables := _unpacked(path, names):
        return tables
    raise unknown(path)


def _inside(path: Path, inner: str, item: Item) -> Item:
    """Of several maps in one archive each has a name of its own."""
    layer = item.name.removeprefix(path.name).lstrip("#")
    return _within(path, msgspec.structs.replace(item, name=layer or Path(inner).stem))


def _is_citygml(path: Path, name: str) -> bool:
    with zipfile.ZipFile(path) as archive, archive.open(name) as stream:
        return b"CityModel" in stream.read(4096)


def _unpacked(path: Path, names: list[str]) -> list[Item]:
    """The tables and documents in an archive that hold more than one row; they lie unpacked until the program ends."""
    own = [
        n
        for n in names
        if n.lower().endswith(
            (".csv", ".txt", ".tsv", ".json", ".geojson", ".xlsx", ".parquet", ".xls", ".ods", ".jsonl", ".zip")
        )
    ]
    own = [n for n in own if not n.startswith("__MACOSX") and not Path(n).name.startswith(".")]
    if not own:
        return []
    folder = Path(tempfile.mkdtemp(prefix="noren-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    found = []
    with zipfile.ZipFile(path) as archive:
        for place, name in enumerate(own):
            inner = folder / str(place) / Path(text.name_in(name)).name
            inner.parent.mkdir()
            try:
                with archive.open(name) as packed, inner.open("wb") as stream:
                    shutil.copyfileobj(packed, stream)
                found += [_within(path, item) for item in recognise(inner) if item.form != "raster"]
            except (zipfile.BadZipFile, *text.BROKEN) as error:
                raise text.damaged(path) from error
            except BadInput:
                if len(own) == 1:
                    raise
    return found


def _within(path: Path, item: Item) -> Item:
    name = f"{path.name}#{item.name}"
    source = msgspec.structs.replace(item.source, name=name) if item.source else None
    return msgspec.structs.replace(item, name=name, source=source)


def _xml(path: Path, head: bytes) -> list[Item]:
    if b"CityModel" in head:
        return [table(source) for source in citygml.citygml(path)]
    if driver := next((driver for mark, driver in _XML_MAPS.items() if mark in head[:4096]), ""):
        return layers(path, driver)
    if b"<html" in head[:2000].lower() or b"<!doctype html" in head[:200].lower():
        raise BadInput("This is a web page, not data.", where=path.name, hint="Use the address of the download itself.")
    raise BadInput(
        "This is XML of a kind that Noren does not know.",
        where=path.name,
        hint="Of XML it reads KML, GPX, GML, CityGML and OSM. Ask the source for one of them, or for CSV or JSON.",
    )

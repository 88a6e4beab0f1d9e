"""What a file is, by its content more than by its name."""

from __future__ import annotations

import atexit
import shutil
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

import msgspec
import pyarrow as pa
import pyarrow.parquet as pq
import shapely

from noren.errors import BadInput
from noren.intake import (
    answers,
    citygml,
    cityjson,
    delimited,
    gtfs,
    ngsiv2,
    osm,
    realtime,
    shapes,
    sheets,
    text,
)
from noren.intake.reshaped import reshaped
from noren.intake.source import GEOMETRY, Batch, Refused, Source, records
from noren.intake.source import text as told
from noren.terms import TYPES

Form = Literal["table", "gtfs", "gtfs-rt", "raster", "ngsi-ld", "settled"]
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
_MOST = 512 * 1024 * 1024
THRESHOLDS = {
    "alertLevel": ("atencao", "alerta", "alert", "attention", "警戒", "注意", "action"),
    "floodLevel": ("inundacao", "flood", "氾濫危険", "危険", "hochwasser", "oversvømmelse"),
    "severeLevel": ("severa", "critica", "severe", "major", "氾濫発生", "計画高水位"),
}
STAGE = frozenset(("cota", "stage", "level", "nivel", "threshold", "水位", "pegel"))
"""Words that say no more than that a number is a stage."""


class Item(msgspec.Struct):
    """One thing in a file: a table, or a file that explains itself."""

    form: Form
    name: str
    source: Source | None = None
    entities: list[dict[str, Any]] = []


def recognise(path: Path) -> list[Item]:
    """What the file holds; raises `BadInput` that says what was looked for when it is nothing known."""
    if path.is_dir():
        raise BadInput("This is a folder.", where=str(path), hint="Name its files: noren add FOLDER/*")
    head = text.head_of(path)
    if head.startswith(_TIFF):
        return [Item("raster", path.name)]
    if head.startswith(_PARQUET):
        return [_table(_parquet(path))]
    if head.startswith(_SQLITE) or path.suffix == ".shp":
        return [_table(source) for source in shapes.vector(path)]
    if head.startswith(_FLATGEOBUF):
        return _map(path, "FlatGeobuf")
    if head.startswith(_OLE):
        return [_table(source) for source in sheets.tables(path)]
    if other := next((said for mark, said in _OTHERS.items() if head.startswith(mark)), None):
        raise BadInput(other[0], where=path.name, hint=other[1])
    if head.startswith(_OOXML):
        return _zip(path)
    if b"OSMHeader" in head[:64] or b"<osm " in head[:400]:
        return [_table(source) for source in osm.osm(path)]
    if realtime.is_protobuf(head):
        return [Item("gtfs-rt", path.name)]
    start = text.decoded(head[:4096]).lstrip("\ufeff\x1e \t\r\n")[:1].encode()
    if start in (b"{", b"["):
        return _json(path)
    if start == b"<":
        return _xml(path, head)
    if b"\x00" in head[:4096] and not text.encoding_of(head).startswith("utf-16"):
        raise unknown(path)
    return [_table(delimited.source(path))]


def unknown(path: Path) -> BadInput:
    """What is said of a file that is nothing known."""
    return BadInput(
        "Noren does not know this kind of file.",
        where=path.name,
        hint="It reads CSV, XLSX, ODS, JSON, GeoJSON, GeoPackage, shapefile (zip), KML, GPX, GML, FlatGeobuf, GTFS, "
        "OpenStreetMap, GeoTIFF, CityGML, CityJSON and Parquet.",
    )


def _table(source: Source) -> Item:
    return Item("table", source.name, reshaped(source))


def _map(path: Path, driver: str, inner: str = "") -> list[Item]:
    return [_table(source) for source in shapes.vector(path, inner, driver)]


def _zip(path: Path) -> list[Item]:
    names = text.members(path)
    if gtfs.is_gtfs(names):
        return [Item("gtfs", path.name)]
    if any(n.startswith(("xl/", "content.xml")) for n in names):
        return [_table(source) for source in sheets.tables(path)]
    if any(n.startswith("word/") for n in names):
        raise BadInput(_SHOWN[0], where=path.name, hint=_SHOWN[1])
    gml = [n for n in names if n.lower().endswith(".gml")]
    if gml and _is_citygml(path, gml[0]):
        return [_table(source) for source in citygml.citygml(path)]
    inner = [(n, _MAPS[n[n.rfind(".") :].lower()]) for n in names if n[n.rfind(".") :].lower() in _MAPS]
    inner += [(n, "GML") for n in gml]
    if inner:
        several = len(inner) > 1
        found = [(name, item) for name, driver in inner for item in _map(path, driver, name)]
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
        return [_table(source) for source in citygml.citygml(path)]
    if driver := next((driver for mark, driver in _XML_MAPS.items() if mark in head[:4096]), ""):
        return _map(path, driver)
    if b"<html" in head[:2000].lower() or b"<!doctype html" in head[:200].lower():
        raise BadInput("This is a web page, not data.", where=path.name, hint="Use the address of the download itself.")
    raise BadInput(
        "This is XML of a kind that Noren does not know.",
        where=path.name,
        hint="Of XML it reads KML, GPX, GML, CityGML and OSM. Ask the source for one of them, or for CSV or JSON.",
    )


def _json(path: Path) -> list[Item]:
    try:
        with text.open_plain(path) as stream:
            raw = stream.read(_MOST + 1)
    except text.BROKEN as error:
        raise text.damaged(path) from error
    if len(raw) > _MOST:
        raise BadInput("The JSON is larger than 512 MB.", where=path.name, hint="Split it, or ask for CSV or Parquet.")
    whole = raw.decode(text.encoding_of(raw[: text.HEAD]) if not text.decodes(raw, "utf-8") else "utf-8", "replace")
    try:
        document = msgspec.json.decode(whole.lstrip("\ufeff\x1e"))
    except RecursionError as error:
        raise BadInput(
            "The JSON is nested too deep to be data.", where=path.name, hint="Ask its source for a list of objects."
        ) from error
    except msgspec.DecodeError as error:
        found, bad = answers.lines(whole.lstrip("\ufeff"))
        if len(found) > len(bad):
            return _lines(path, found, bad)
        raise BadInput(
            f"The JSON is broken: {error}.", where=path.name, hint="Mend it there, or get the file again."
        ) from error
    return of_document(path, document)


def _lines(path: Path, documents: list[Any], bad: list[Refused]) -> list[Item]:
    """JSON Lines: features of a map, the objects of a CityJSONSeq, or rows; lines that are no JSON are refused."""
    kinds = {document.get("type") for document in documents if isinstance(document, dict)}
    if kinds == {"Feature"}:
        found = of_document(path, {"type": "FeatureCollection", "features": documents})
    elif "CityJSON" in kinds:
        found = of_document(path, cityjson.joined(documents))
    else:
        found = of_document(path, documents)
    return [_besides(item, bad) for item in found]


def _besides(item: Item, bad: list[Refused]) -> Item:
    """The item whose reading also tells of lines that were refused before."""
    if item.source is None or not bad:
        return item
    held = item.source.open

    def read(refused: list[Refused]) -> Iterator[Batch]:
        refused.extend(bad)
        return held(refused)

    return msgspec.structs.replace(item, source=msgspec.structs.replace(item.source, open=read))


def of_document(path: Path, document: Any) -> list[Item]:
    """What a decoded JSON document holds."""
    if isinstance(document, dict):
        kind = document.get("type")
        if isinstance(kind, str) and kind in answers.SHAPES and kind != "Feature":
            document, kind = {"type": "Feature", "properties": {}, "geometry": document}, "Feature"
        if kind == "FeatureCollection" and (own := _featured(document)):
            return _entities(path, own)
        if kind in ("FeatureCollection", "Feature"):
            return [_table(shapes.geojson(path, document))]
        if kind == "CityJSON":
            return [_table(source) for source in cityjson.tables(path, document)]
        if kind == "Topology":
            return _map(path, "TopoJSON")
        if _is_esri(document):
            return _map(path, "ESRIJSON")
        if realtime.is_message(document):
            return [Item("gtfs-rt", path.name)]
        if _is_entity(document):
            return _entities(path, [document])
        return _nested(path, document)
    rows = answers.rows_of(document)
    if not rows:
        raise BadInput(
            "The JSON holds no list of objects.", where=path.name, hint="Noren reads lists of things or GeoJSON."
        )
    if all(_is_entity(row) for row in rows) and (any(_is_ngsi(row) for row in rows[:50]) or _are_of_orion(rows)):
        return _entities(path, rows)
    if all(row.get("type") == "Feature" for row in rows):
        return [_table(shapes.geojson(path, {"type": "FeatureCollection", "features": rows}))]
    return [_table(records(path.name, [answers.flat(row) for row in rows], "JSON"))]


def _entities(path: Path, rows: list[dict[str, Any]]) -> list[Item]:
    own = [row if _is_ngsi(row) and not ngsiv2.is_normalized(row) else ngsiv2.entity(row) for row in rows]
    return [Item("ngsi-ld", path.name, entities=own)]


def _featured(document: dict[str, Any]) -> list[dict[str, Any]]:
    """The entities of NGSI-LD's GeoJSON form, [] for any other collection."""
    features = document.get("features")
    own = []
    for feature in features if isinstance(features, list) else []:
        inner = feature.get("properties") if isinstance(feature, dict) else None
        if not isinstance(inner, dict) or inner.get("type") not in TYPES or not isinstance(feature.get("id"), str):
            return []
        own.append({"id": feature["id"], "location": feature.get("geometry")} | inner)
    return own


def _are_of_orion(rows: list[dict[str, Any]]) -> bool:
    """Whether entities without a URN come from FIWARE Orion: attributes as objects, or a type that the tables know."""
    return all(ngsiv2.is_normalized(row) for row in rows[:50]) or all(
        isinstance(row["type"], str) and ngsiv2.type_named(row["type"]) in TYPES for row in rows
    )


def _is_esri(document: dict[str, Any]) -> bool:
    features = document.get("features")
    first = features[0] if isinstance(features, list) and features else None
    return isinstance(first, dict) and isinstance(first.get("attributes"), dict)


def _is_entity(row: dict[str, Any]) -> bool:
    kind = row.get("type")
    named = isinstance(kind, str) or (isinstance(kind, list) and kind and all(isinstance(each, str) for each in kind))
    return bool(named) and isinstance(row.get("id"), str)


def _is_ngsi(row: dict[str, Any]) -> bool:
    return "@context" in row or str(row["id"]).startswith("urn:ngsi-ld:")


def _nested(path: Path, document: dict[str, Any]) -> list[Item]:
    """Lists of objects within an object become tables, numbers by name that are stages become thresholds."""
    lists = dict(answers.tables(document))
    tables = [
        _table(records(f"{path.name}#{key}" if len(lists) > 1 else path.name, [answers.flat(r) for r in rows], "JSON"))
        for key, rows in lists.items()
    ]
    rows = [row for value in lists.values() for row in value]
    stages = [
        Item("settled", f"{path.name}#{key}", entities=[found, *thresholds_of(value, rows)])
        for key, value in document.items()
        if (found := thresholds(value))
    ]
    if not tables and not stages:
        raise BadInput(
            f"The JSON holds no list of things; it has: {', '.join(map(str, list(document)[:8]))}.",
            where=path.name,
            hint="If it is a service's answer that something went wrong, ask it again; else give a list of objects.",
        )
    return stages + tables


def thresholds(value: Any) -> dict[str, Any] | None:
    """Stages by their names in any usual language as `StageThresholds`, None when there are fewer than two."""
    if not isinstance(value, dict):
        return None
    numbers = {text.plain(str(key)): number for key, number in value.items() if isinstance(number, int | float)}
    found: dict[str, Any] = {}
    for attribute, words in THRESHOLDS.items():
        named = [number for key, number in numbers.items() if key in words] or [
            number for key, number in numbers.items() if any(word in key.split() for word in words)
        ]
        if named:
            found[attribute] = min(named)
    return (
        {"type": "StageThresholds"} | found
        if len(found) > 1 and found == dict(sorted(found.items(), key=lambda i: i[1]))
        else None
    )


def thresholds_of(value: dict[str, Any], rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Stages of single stations (`cota_cais_maua`), by the words of their names in the keys.

    `rows` are the stations; a key counts where its words fit one of them alone. Without a word for another stage it is
    the flood stage.
    """
    known = {word for words in THRESHOLDS.values() for word in words}
    found: dict[str, dict[str, Any]] = {}
    for key, number in value.items():
        words = set(text.plain(str(key)).split())
        own = words - known - STAGE
        fits = [row for row in rows if own and own <= set(text.plain(str(row.get("name") or "")).split())]
        if isinstance(number, int | float) and words & (known | STAGE) and len(fits) == 1:
            name, local = str(fits[0]["name"]), str(fits[0].get("id") or fits[0]["name"])
            kind = next((each for each, said in THRESHOLDS.items() if words & set(said)), "floodLevel")
            table = {"id": local, "type": "StageThresholds", "name": name, "appliesTo": [local]}
            found.setdefault(local, table)[kind] = number
    return list(found.values())


def _parquet(path: Path) -> Source:
    try:
        file = pq.ParquetFile(path)
    except (pa.ArrowInvalid, OSError) as error:
        raise text.damaged(path) from error
    columns = list(file.schema_arrow.names)
    shape, crs = _geoparquet(file.schema_arrow.metadata or {})
    named = [GEOMETRY if name == shape else name for name in columns]

    def read(refused: list[Refused]) -> Iterator[Batch]:
        row = 0
        for batch in file.iter_batches(batch_size=50_000):
            cells = [
                pa.array(_wkt(batch.column(name)), pa.string())
                if name == shape
                else pa.array([told(_plain(v)) for v in batch.column(name).to_pylist()], pa.string())
                for name in columns
            ]
            yield Batch(pa.Table.from_arrays(cells, names=named), list(range(row + 1, row + batch.num_rows + 1)))
            row += batch.num_rows

    return Source(path.name, named, read, "GeoParquet" if shape else "Parquet", {"crs": crs} if crs else {})


def _geoparquet(metadata: dict[bytes, bytes]) -> tuple[str, str]:
    """Name of the column of geometries and its coordinate system, as GeoParquet's metadata say; "" for none."""
    if b"geo" not in metadata:
        return "", ""
    told_of = msgspec.json.decode(metadata[b"geo"])
    name = told_of.get("primary_column", "geometry")
    crs = told_of.get("columns", {}).get(name, {}).get("crs")
    code = crs.get("id", {}) if isinstance(crs, dict) else {}
    return name, shapes.code_of(f"{code.get('authority')}:{code.get('code')}")


def _wkt(column: pa.Array) -> list[str | None]:
    found = shapely.from_wkb(column.to_pylist(), on_invalid="ignore")
    return list(shapely.to_wkt(found, rounding_precision=8))


def _plain(value: Any) -> Any:
    return value.isoformat() if hasattr(value, "isoformat") else value

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

from noren.errors import BadInput
from noren.intake import citygml, cityjson, delimited, gtfs, osm, realtime, shapes, sheets, text
from noren.intake.source import Batch, Refused, Source, records
from noren.intake.source import text as told

Form = Literal["table", "gtfs", "gtfs-rt", "raster", "ngsi-ld", "settled"]
_TIFF = (b"II*\x00", b"MM\x00*", b"II+\x00", b"MM\x00+")
_OOXML, _OLE, _SQLITE, _PARQUET = b"PK\x03\x04", b"\xd0\xcf\x11\xe0", b"SQLite format 3\x00", b"PAR1"
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
    if head.startswith(_OLE):
        return [_table(sheets.source(path))]
    if head.startswith(_OOXML):
        return _zip(path)
    if b"OSMHeader" in head[:64] or b"<osm " in head[:400]:
        return [_table(source) for source in osm.osm(path)]
    if realtime.is_protobuf(head):
        return [Item("gtfs-rt", path.name)]
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n")[:1]
    if start in (b"{", b"["):
        return _json(path)
    if start == b"<":
        return _xml(path, head)
    if b"\x00" in head[:4096] and text.encoding_of(head) != "utf-16":
        raise unknown(path)
    return [_table(delimited.source(path))]


def unknown(path: Path) -> BadInput:
    """What is said of a file that is nothing known."""
    return BadInput(
        "Noren does not know this kind of file.",
        where=path.name,
        hint="It reads CSV, XLSX, JSON, GeoJSON, GeoPackage, shapefile (zip), GTFS, OpenStreetMap, GeoTIFF, CityGML, "
        "CityJSON and Parquet.",
    )


def _table(source: Source) -> Item:
    return Item("table", source.name, source)


def _zip(path: Path) -> list[Item]:
    names = text.members(path)
    if gtfs.is_gtfs(names):
        return [Item("gtfs", path.name)]
    if any(n.startswith(("xl/", "content.xml")) for n in names):
        return [_table(sheets.source(path))]
    if any(n.endswith(".gml") for n in names):
        return [_table(source) for source in citygml.citygml(path)]
    inner = [n for n in names if n.endswith((".shp", ".gpkg", ".geojson"))]
    if inner:
        return [_table(source) for name in inner for source in shapes.vector(path, name)]
    if tables := _unpacked(path, names):
        return tables
    raise unknown(path)


def _unpacked(path: Path, names: list[str]) -> list[Item]:
    """The tables and documents in an archive that hold more than one row; they lie unpacked until the program ends."""
    own = [n for n in names if n.lower().endswith((".csv", ".txt", ".tsv", ".json", ".geojson", ".xlsx", ".parquet"))]
    own = [n for n in own if not n.startswith("__MACOSX") and not Path(n).name.startswith(".")]
    if not own:
        return []
    folder = Path(tempfile.mkdtemp(prefix="noren-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    found = []
    with zipfile.ZipFile(path) as archive:
        for place, name in enumerate(own):
            inner = folder / str(place) / Path(name).name
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
    if b"CityModel" in head or b"opengis.net/gml" in head:
        return [_table(source) for source in citygml.citygml(path)]
    if b"<html" in head[:2000].lower():
        raise BadInput("This is a web page, not data.", where=path.name, hint="Use the address of the download itself.")
    raise unknown(path)


def _json(path: Path) -> list[Item]:
    try:
        with text.open_plain(path) as stream:
            raw = stream.read(_MOST + 1)
    except text.BROKEN as error:
        raise text.damaged(path) from error
    if len(raw) > _MOST:
        raise BadInput("The JSON is larger than 512 MB.", where=path.name, hint="Split it, or ask for CSV or Parquet.")
    try:
        document = msgspec.json.decode(raw.decode(text.encoding_of(raw), "replace").lstrip("\ufeff"))
    except msgspec.DecodeError as error:
        raise BadInput(
            f"The JSON is broken: {error}.", where=path.name, hint="Mend it there, or get the file again."
        ) from error
    return of_document(path, document)


def of_document(path: Path, document: Any) -> list[Item]:
    """What a decoded JSON document holds."""
    if isinstance(document, dict):
        kind = document.get("type")
        if kind in ("FeatureCollection", "Feature"):
            return [_table(shapes.geojson(path, document))]
        if kind == "CityJSON":
            return [_table(source) for source in cityjson.tables(path, document)]
        if realtime.is_message(document):
            return [Item("gtfs-rt", path.name)]
        if _is_entity(document):
            return [Item("ngsi-ld", path.name, entities=[document])]
        return _nested(path, document)
    rows = [row for row in document if isinstance(row, dict)] if isinstance(document, list) else []
    if not rows:
        raise BadInput(
            "The JSON holds no list of objects.", where=path.name, hint="Noren reads lists of things or GeoJSON."
        )
    if all(_is_entity(row) for row in rows) and any(_is_ngsi(row) for row in rows[:50]):
        return [Item("ngsi-ld", path.name, entities=rows)]
    return [_table(records(path.name, rows, "JSON"))]


def _is_entity(row: dict[str, Any]) -> bool:
    kind = row.get("type")
    named = isinstance(kind, str) or (isinstance(kind, list) and kind and all(isinstance(each, str) for each in kind))
    return bool(named) and isinstance(row.get("id"), str)


def _is_ngsi(row: dict[str, Any]) -> bool:
    return "@context" in row or str(row["id"]).startswith("urn:ngsi-ld:")


def _nested(path: Path, document: dict[str, Any]) -> list[Item]:
    """Lists of objects within an object become tables, numbers by name that are stages become thresholds."""
    lists = {
        key: value
        for key, value in document.items()
        if isinstance(value, list) and value and isinstance(value[0], dict)
    }
    tables = [
        _table(msgspec.structs.replace(records(f"{path.name}#{key}", value, "JSON"))) for key, value in lists.items()
    ]
    rows = [row for value in lists.values() for row in value]
    stages = [
        Item("settled", f"{path.name}#{key}", entities=[found, *thresholds_of(value, rows)])
        for key, value in document.items()
        if (found := thresholds(value))
    ]
    if not tables and not stages:
        raise BadInput("The JSON holds no table.", where=path.name, hint="Noren reads lists of things or GeoJSON.")
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

    def read(refused: list[Refused]) -> Iterator[Batch]:
        row = 0
        for batch in file.iter_batches(batch_size=50_000):
            cells = [
                pa.array([told(_plain(v)) for v in batch.column(name).to_pylist()], pa.string()) for name in columns
            ]
            yield Batch(pa.Table.from_arrays(cells, names=columns), list(range(row + 1, row + batch.num_rows + 1)))
            row += batch.num_rows

    return Source(path.name, columns, read, "Parquet")


def _plain(value: Any) -> Any:
    return value.isoformat() if hasattr(value, "isoformat") else value

"""What a JSON document holds: entities, a map, a city in 3D, answers of interfaces, tables within tables."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from noren.errors import BadInput
from noren.intake import answers, cityjson, ngsiv2, realtime, shapes, stages, text
from noren.intake.items import Item, layers, table
from noren.intake.source import Batch, Refused, records
from noren.terms import TYPES

_MOST = 512 * 1024 * 1024


def document(path: Path) -> list[Item]:
    """What a JSON file or a file of JSON lines holds; raises `BadInput` that says where it is broken."""
    try:
        with text.open_plain(path) as stream:
            raw = stream.read(_MOST + 1)
    except text.BROKEN as error:
        raise text.damaged(path) from error
    if len(raw) > _MOST:
        raise BadInput("The JSON is larger than 512 MB.", where=path.name, hint="Split it, or ask for CSV or Parquet.")
    whole = raw.decode(text.encoding_of(raw[: text.HEAD]) if not text.decodes(raw, "utf-8") else "utf-8", "replace")
    try:
        decoded = msgspec.json.decode(whole.lstrip("\ufeff\x1e"))
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
    return of_document(path, decoded)


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
            return [table(shapes.geojson(path, document))]
        if kind == "CityJSON":
            return [table(source) for source in cityjson.tables(path, document)]
        if kind == "Topology":
            return layers(path, "TopoJSON")
        if _is_esri(document):
            return layers(path, "ESRIJSON")
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
        return [table(shapes.geojson(path, {"type": "FeatureCollection", "features": rows}))]
    return [table(records(path.name, [answers.flat(row) for row in rows], "JSON"))]


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
        table(records(f"{path.name}#{key}" if len(lists) > 1 else path.name, [answers.flat(r) for r in rows], "JSON"))
        for key, rows in lists.items()
    ]
    rows = [row for value in lists.values() for row in value]
    settled = [
        Item("settled", f"{path.name}#{key}", entities=[found, *stages.thresholds_of(value, rows)])
        for key, value in document.items()
        if (found := stages.thresholds(value))
    ]
    if not tables and not settled:
        raise BadInput(
            f"The JSON holds no list of things; it has: {', '.join(map(str, list(document)[:8]))}.",
            where=path.name,
            hint="If it is a service's answer that something went wrong, ask it again; else give a list of objects.",
        )
    return settled + tables

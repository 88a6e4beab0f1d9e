"""Datasets to take along: csv, geojson, jsonl and parquet, streamed entity by entity."""

from __future__ import annotations

import csv
import io
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Any

import msgspec
import pyarrow as pa
import pyarrow.parquet as pq

if TYPE_CHECKING:
    from noren.view import View

MEDIA = {
    "csv": "text/csv; charset=utf-8",
    "geojson": "application/geo+json",
    "jsonl": "application/jsonl",
    "parquet": "application/vnd.apache.parquet",
}
GROUP = 5_000
_encode = msgspec.json.encode


async def entities(view: View, dataset: str, limit: int | None = None) -> AsyncIterator[dict[str, Any]]:
    """What a dataset brought in, simplified, type by type, at most `limit` of them; of the types that may be read.

    Raises `NotAllowed` when none of them may."""
    found = await view.get("Dataset", dataset)
    types = (found or {}).get("entityTypes") or []
    kinds = [types] if isinstance(types, str) else types
    left = limit
    for kind in [kind for kind in kinds if view.reads(kind)] or kinds:
        async for entity in view.find(kind, q=f'inDataset=="{dataset}"', limit=left):
            yield entity
            if left is not None:
                left -= 1
        if left is not None and left <= 0:
            return


async def sample(view: View, dataset: str, count: int) -> list[dict[str, Any]]:
    """The first entities of a dataset."""
    return [entity async for entity in entities(view, dataset, count)]


async def export(view: View, dataset: str, form: str) -> AsyncIterator[bytes]:
    """The dataset in a form of `MEDIA`, as pieces to send; the columns of a table are those of the first thousand."""
    match form:
        case "jsonl":
            async for entity in entities(view, dataset):
                yield _encode(entity) + b"\n"
        case "geojson":
            async for piece in _geojson(view, dataset):
                yield piece
        case "parquet":
            async for piece in _parquet(view, dataset):
                yield piece
        case _:
            async for piece in _csv(view, dataset):
                yield piece


async def _columns(view: View, dataset: str) -> list[str]:
    names = dict.fromkeys(name for entity in await sample(view, dataset, 1_000) for name in entity)
    plain = [name for name in names if name not in ("location", "inDataset")]
    return [*plain, "longitude", "latitude", "geometry"] if "location" in names else plain


def _cells(entity: dict[str, Any], columns: list[str]) -> list[Any]:
    place: dict[str, Any] = entity.get("location") or {}
    point = place["coordinates"] if place.get("type") == "Point" else (None, None)
    extra = {"longitude": point[0], "latitude": point[1], "geometry": place if place and point[0] is None else None}
    return [_cell(extra[c] if c in extra else entity.get(c)) for c in columns]


def _cell(value: Any) -> Any:
    return _encode(value).decode() if isinstance(value, dict | list) else value


async def _csv(view: View, dataset: str) -> AsyncIterator[bytes]:
    columns = await _columns(view, dataset)
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(columns)
    yield b"\xef\xbb\xbf"
    async for entity in entities(view, dataset):
        writer.writerow(_cells(entity, columns))
        if text.tell() > 65_536:
            yield text.getvalue().encode()
            text.seek(0)
            text.truncate()
    yield text.getvalue().encode()


async def _geojson(view: View, dataset: str) -> AsyncIterator[bytes]:
    yield b'{"type":"FeatureCollection","features":['
    first = True
    async for entity in entities(view, dataset):
        properties = {k: v for k, v in entity.items() if k not in ("id", "location")}
        feature = {"type": "Feature", "id": entity["id"], "geometry": entity.get("location"), "properties": properties}
        yield (b"" if first else b",\n") + _encode(feature)
        first = False
    yield b"]}"


async def _parquet(view: View, dataset: str) -> AsyncIterator[bytes]:
    columns = await _columns(view, dataset)
    sink = io.BytesIO()
    schema = pa.schema([(name, pa.string()) for name in columns])
    sent = 0
    with pq.ParquetWriter(sink, schema) as writer:
        rows: list[list[Any]] = []
        async for entity in entities(view, dataset):
            rows.append([None if c is None else str(c) for c in _cells(entity, columns)])
            if len(rows) == GROUP:
                writer.write_table(_table(rows, schema))
                rows = []
                piece = sink.getvalue()[sent:]
                sent += len(piece)
                yield piece
        if rows:
            writer.write_table(_table(rows, schema))
    yield sink.getvalue()[sent:]


def _table(rows: list[list[Any]], schema: pa.Schema) -> pa.Table:
    return pa.table([pa.array(column, pa.string()) for column in zip(*rows, strict=True)], schema=schema)

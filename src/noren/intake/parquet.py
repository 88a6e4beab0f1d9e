"""Parquet and GeoParquet."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pyarrow as pa
import pyarrow.parquet as pq
import shapely

from noren.intake import shapes, text
from noren.intake.source import GEOMETRY, Batch, Refused, Source
from noren.intake.source import text as told


def parquet(path: Path) -> Source:
    """A Parquet file as a table; of GeoParquet the geometries as WKT. Raises `BadInput` for a damaged file."""
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

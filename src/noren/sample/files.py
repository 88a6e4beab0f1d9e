"""Writes the town's files the same to the byte each time: GeoTIFF, GeoPackage, CSV, GTFS zip."""

from __future__ import annotations

import csv
import io
import os
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.csv
import pyogrio.raw
import rasterio
import shapely
from rasterio.transform import Affine

from noren.sample.site import CRS, GEOGRAPHIC, Floats, Site
from noren.terms.records import Record

_STAMP = (2026, 7, 1, 0, 0, 0)


@contextmanager
def _same_day():  # type: ignore[no-untyped-def]
    """GDAL writes the time into GeoPackages unless told a date."""
    before = os.environ.get("OGR_CURRENT_DATE")
    pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": "2026-07-01T00:00:00.000Z"})
    try:
        yield
    finally:
        pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": before})


def write_geopackage(
    path: Path, site: Site, geometry: Any, columns: Mapping[str, Any], *, layer: str, geographic: bool = False
) -> None:
    """One layer in the surveyors' grid, or in degrees; `columns` are numpy arrays or lists of text."""
    shapes = np.asarray(geometry, dtype=object)
    east, north = site.origin
    if geographic:
        shapes = shapely.transform(shapes, lambda c: np.column_stack(site.lonlat(c[:, 0], c[:, 1])).round(7))
    else:
        shapes = shapely.transform(shapes, lambda c: (c + np.array([east, north])).round(2))
    fields = [np.asarray(v, dtype=object) if isinstance(v, list) else np.asarray(v) for v in columns.values()]
    kinds = set(shapely.get_type_id(shapes).tolist())
    kind = shapely.GeometryType(kinds.pop()).name.title() if len(kinds) == 1 else "Unknown"
    names = {"Linestring": "LineString", "Multipolygon": "MultiPolygon", "Multilinestring": "MultiLineString"}
    path.unlink(missing_ok=True)
    with _same_day():
        pyogrio.raw.write(
            str(path), shapely.to_wkb(shapes), fields, list(columns), layer=layer, driver="GPKG",
            geometry_type=names.get(kind, kind), crs=GEOGRAPHIC if geographic else CRS, encoding="UTF-8",
        )  # fmt: skip


def write_raster(path: Path, site: Site, values: Floats, dtype: str, *, nodata: float | None = None) -> None:
    """A band on the surveyors' grid, compressed; the first row is the northernmost."""
    east, north = site.origin
    transform = Affine(site.cell, 0, east, 0, -site.cell, north + site.extent)
    with rasterio.open(
        path, "w", driver="GTiff", height=values.shape[0], width=values.shape[1], count=1, dtype=dtype, crs=CRS,
        transform=transform, nodata=nodata, compress="deflate", predictor=3 if dtype == "float32" else 2, tiled=True,
    ) as out:  # fmt: skip
        out.write(values.astype(dtype), 1)


def table_text(rows: Iterable[Sequence[Any]], headings: Sequence[str]) -> str:
    """The rows as CSV with CRLF, as spreadsheets write it."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(headings)
    writer.writerows(rows)
    return out.getvalue()


def write_table(
    path: Path, headings: Sequence[str], rows: Iterable[Sequence[Any]], *, encoding: str = "utf-8-sig"
) -> None:
    """A CSV of the kind that municipalities publish."""
    path.write_bytes(table_text(rows, headings).encode(encoding))


def write_entities(path: Path, entities: Iterable[Record]) -> None:
    """Entities as NGSI-LD with the city's own names, one a line."""
    lines = (msgspec.json.encode(each.entity()).decode() for each in entities)
    path.write_text("[\n" + ",\n".join(lines) + "\n]\n", "utf-8")


class SeriesFile:
    """A CSV of readings written stretch by stretch, so that a long series needs little memory."""

    def __init__(self, path: Path, headings: Sequence[str]) -> None:
        self._out = path.open("wb")
        self._headings = list(headings)
        self._out.write((",".join(headings) + "\n").encode())

    def write(self, columns: Sequence[Any]) -> None:
        """Append columns of equal length; text, numbers (NaN: empty) or `pa.Array`."""
        arrays = [c if isinstance(c, pa.Array) else pa.array(c, from_pandas=True) for c in columns]
        options = pa.csv.WriteOptions(include_header=False, quoting_style="none")
        pa.csv.write_csv(pa.table(arrays, names=self._headings), self._out, options)

    def __enter__(self) -> SeriesFile:
        return self

    def __exit__(self, *_: object) -> None:
        self._out.close()


def write_zip(path: Path, members: Mapping[str, str]) -> None:
    """A zip of text files with a fixed date."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as out:
        for name, text in members.items():
            info = zipfile.ZipInfo(name, _STAMP)
            info.compress_type = zipfile.ZIP_DEFLATED
            out.writestr(info, text.encode())

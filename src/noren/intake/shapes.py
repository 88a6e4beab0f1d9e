"""Files of shapes: GeoJSON, GeoPackage, shapefile, KML, GPX, GML, FlatGeobuf and what else GDAL reads."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pyogrio
import shapely

from noren.errors import BadInput
from noren.intake import text
from noren.intake.source import GEOMETRY, Batch, Refused, Source, batches


def geojson(path: Path, document: dict[str, Any]) -> Source:
    """A FeatureCollection or Feature already decoded."""
    features = document.get("features") if document["type"] == "FeatureCollection" else [document]
    if not isinstance(features, list):
        raise BadInput("“features” is not a list.", where=path.name, hint="Get the file again: it is no GeoJSON.")
    good = [f if isinstance(f, dict) else {} for f in features]
    columns = [*dict.fromkeys(key for f in good for key in _properties(f)), GEOMETRY]

    def rows() -> Iterator[tuple[int, list[Any]]]:
        for number, feature in enumerate(good, 1):
            properties = _properties(feature)
            yield number, [*(properties.get(c) for c in columns[:-1]), feature.get("geometry")]

    crs = document.get("crs")
    return source_of(path, columns, rows, "GeoJSON", crs=code_of(str(_properties(crs).get("name", ""))))


def _properties(of: Any) -> dict[str, Any]:
    found = of.get("properties") if isinstance(of, dict) else None
    return found if isinstance(found, dict) else {}


_NAMES = {"GPKG": "GeoPackage", "ESRI Shapefile": "shapefile", "LIBKML": "KML", "ESRIJSON": "Esri JSON"}
_OPENED = {"GML": {"DOWNLOAD_SCHEMA": "NO", "WRITE_GFS": "NO"}}
"""How a driver is kept from asking the network and from writing beside the file."""
_AGAIN = "Get the file again, or another form of it (GeoJSON, GeoPackage). If it only links to others, add those."
_PARTS = frozenset({"route_points", "track_points"})
"""Layers of GPX that say again what its lines say."""


def vector(path: Path, inner: str = "", driver: str = "") -> list[Source]:
    """The layers of a file that GDAL reads and that hold anything; raises `BadInput` for one that it cannot read."""
    address = f"/vsizip/{path}/{inner}" if inner else f"/vsigzip/{path}" if text.is_gzip(path) else str(path)
    options = _OPENED.get(driver, {})
    try:
        layers = [str(row[0]) for row in pyogrio.list_layers(address)]
        layers = [name for name in layers if name not in _PARTS and not _is_empty(address, name, options)]
        found = [_layer(path, address, name, len(layers) > 1, options) for name in layers]
    except (pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError) as error:
        said = str(error).replace(address, path.name).split(";")[0][:160]
        raise BadInput(f"The map cannot be read: {said}.", where=path.name, hint=_AGAIN) from error
    if not found:
        raise BadInput("The map holds nothing.", where=path.name, hint=_AGAIN)
    return found


def _is_empty(address: str, layer: str, options: dict[str, str]) -> bool:
    _, _, shapes, fields = pyogrio.raw.read(address, layer=layer, max_features=1, **options)
    return not (len(shapes) if shapes is not None else fields and len(fields[0]))


def _layer(path: Path, address: str, layer: str, several: bool, options: dict[str, str]) -> Source:
    info = pyogrio.read_info(address, layer=layer, **options)
    if info["driver"] == "ESRI Shapefile" and (encoding := _encoding(address, layer)):
        options = options | {"encoding": encoding}
        info = pyogrio.read_info(address, layer=layer, encoding=encoding)
    columns = [*map(str, info["fields"]), *([GEOMETRY] if info["geometry_type"] else [])]
    crs = str(info["crs"] or "")

    def read(refused: list[Refused]) -> Iterator[Batch]:
        return batches(columns, _rows(address, layer, columns, options))

    lead = {"crs": crs} if crs and crs != "EPSG:4326" else {}
    name = f"{path.name}#{layer}" if several else path.name
    lead["title"] = layer.replace("_", " ")
    return Source(name, columns, read, _NAMES.get(info["driver"], info["driver"]), lead)


def _encoding(address: str, layer: str) -> str:
    """The encoding of a shapefile's table as its letters tell it, "" where the file states one."""
    if pyogrio.read_info(address, layer=layer)["encoding"] != "ISO-8859-1":
        return ""
    meta, _, _, fields = pyogrio.raw.read(address, layer=layer, max_features=500, read_geometry=False)
    cells = [*meta["fields"], *(cell for field in fields for cell in field if isinstance(cell, str))]
    return text.encoding_of("\n".join(map(str, cells)).encode("latin-1", "ignore"))


def _rows(address: str, layer: str, columns: list[str], options: dict[str, str]) -> Iterator[tuple[int, list[Any]]]:
    step, at = 20_000, 0
    while True:
        _, _, shapes, fields = pyogrio.raw.read(
            address, layer=layer, skip_features=at, max_features=step, datetime_as_string=True, **options
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


def source_of(
    path: Path,
    columns: list[str],
    rows: Callable[[], Iterator[tuple[int, list[Any]]]],
    form: str,
    *,
    crs: str = "",
    kind: str = "",
) -> Source:
    """Numbered rows as a source that can be read again and again."""

    def read(refused: list[Refused]) -> Iterator[Batch]:
        return batches(columns, rows())

    lead = {key: value for key, value in (("crs", crs), ("type", kind)) if value}
    return Source(path.name, columns, read, form, lead)


def code_of(name: str) -> str:
    """EPSG code that a name of a coordinate system holds, "" for WGS 84 and none."""
    match = re.search(r"EPSG:+(?:[\d.]*:)?(\d+)", name)
    return f"EPSG:{match[1]}" if match and match[1] not in ("4326", "4979") else ""

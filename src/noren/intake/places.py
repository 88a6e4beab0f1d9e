"""Where a row is: a pair of coordinates or a geometry, in WGS 84, or what is wrong with it."""

from __future__ import annotations

import re
from functools import cache
from typing import Any

import msgspec
import shapely
from pyproj import Transformer
from pyproj.exceptions import CRSError

from noren.errors import BadInput

LATLON = re.compile(r"^\s*(?:POINT\s*)?[(\[]?\s*(-?\d{1,3}\.\d+)\s*[,; ]\s*(-?\d{1,3}\.\d+)\s*[)\]]?\s*$")
WKT = re.compile(
    r"^\s*(SRID=\d+;)?\s*(MULTI)?(POINT|LINESTRING|POLYGON)\s*(Z|M|ZM)?\s*\("
    r'|^\s*\{\s*"(type|coordinates)"\s*:\s*("(Multi)?(Point|LineString|Polygon)"|\[)',
    re.IGNORECASE,
)
"""How a cell begins that holds a geometry: WKT, with or without its coordinate system, or GeoJSON."""
NO_PLACE = "The row has no place."
UNKNOWN = "unknown"
"""Stands for the coordinate system of a mapping until somebody says which it is."""
NO_GRID = (
    "These are metres in a grid that the file does not name. Write the grid into the mapping, like "
    'crs = "EPSG:25832", or the middle of the city into noren.toml (centre), and add the file again.'
)

NEAR, FAR = 1.5, 5.0
"""Degrees from the middle of a file's places within which a mended place is believed, beyond which one is doubted."""


def put_right(place: tuple[float, float], centre: tuple[float, float]) -> tuple[tuple[float, float], str]:
    """A place far from all others as it was meant, with what was done; unchanged, with "", where that is not plain."""

    def near(lat: float, lon: float) -> bool:
        return abs(lat - centre[0]) < NEAR and abs(lon - centre[1]) < NEAR

    lat, lon = place
    if max(abs(lat - centre[0]), abs(lon - centre[1])) < FAR:
        return place, ""
    if near(lon, lat):
        return (lon, lat), "Latitude and longitude stood in each other's place; they were exchanged."
    pointed = tuple(_pointed(value, middle) for value, middle in zip(place, centre, strict=True))
    if pointed != place and near(*pointed):
        return (pointed[0], pointed[1]), "The decimal point was missing; it was set again."
    return place, ""


def _pointed(value: float, middle: float) -> float:
    while abs(value) > 180 or (value.is_integer() and abs(value) >= 10 * max(abs(middle), 1)):
        value /= 10
    return value


def impossible(lat: float, lon: float) -> str:
    """Why a latitude and longitude cannot be a place in a city, "" when they can."""
    if lat != lat or lon != lon:
        return NO_PLACE
    if lat == 0 and lon == 0:
        return "0, 0 is a place in the ocean: the place is not known."
    if abs(lat) > 90 >= abs(lon) and abs(lat) <= 180:
        return "Latitude and longitude stand in each other's place."
    if abs(lat) > 90 or abs(lon) > 180:
        return "Latitude or longitude is out of range."
    return "The latitude of a pole stands for “unknown”." if abs(lat) == 90 else ""


@cache
def to_wgs84(crs: str) -> Transformer:
    """From a coordinate system to longitude and latitude; raises `BadInput` for one that does not exist."""
    try:
        return Transformer.from_crs(crs, "EPSG:4326", always_xy=True)
    except CRSError as error:
        raise BadInput(
            f"“{crs[:40]}” is no coordinate system that is known.",
            where="crs",
            hint="Write the right one, like EPSG:6672.",
        ) from error


def geometry(text: str | None, crs: str = "EPSG:4326") -> dict[str, Any] | str:
    """GeoJSON of a geometry in WKT or GeoJSON, in WGS 84; or, as text, what is wrong with it."""
    if not text:
        return NO_PLACE
    try:
        shape = (
            shapely.from_geojson(text)
            if text.lstrip().startswith("{")
            else shapely.from_wkt(re.sub(r"^SRID=\d+;", "", text))
        )
    except shapely.GEOSException as error:
        return f"The geometry cannot be read: {str(error)[:80]}"
    shape = shapely.force_2d(shape)
    if crs == UNKNOWN:
        return NO_GRID
    if crs not in ("EPSG:4326", ""):
        shape = shapely.transform(shape, lambda x, y: to_wgs84(crs).transform(x, y), interleaved=False)
    if shape.geom_type == "GeometryCollection" and len(shape.geoms) == 1:
        shape = shape.geoms[0]
    if shape.is_empty:
        return "The geometry is empty."
    west, south, east, north = shape.bounds
    if west < -180 or east > 180 or south < -90 or north > 90:
        return "The geometry lies outside longitude -180 to 180 or latitude -90 to 90."
    if shape.geom_type in ("Polygon", "MultiPolygon") and not shape.is_valid:
        shape = shapely.make_valid(shape)
        if shape.geom_type == "GeometryCollection":
            parts = [part for each in shapely.get_parts(shape) for part in shapely.get_parts(each)]
            shape = shapely.MultiPolygon([part for part in parts if part.geom_type == "Polygon"])
    done: dict[str, Any] = msgspec.json.decode(
        shapely.to_geojson(shapely.set_precision(shape, 1e-7) if shape.geom_type == "Point" else shape)
    )
    return done


def pair_of(text: str | None) -> tuple[float, float] | None:
    """Latitude and longitude in one cell, None when they are not there."""
    match = re.match(r"^\s*[(\[]?\s*(-?\d{1,3}(?:\.\d+)?)\s*[,; ]\s*(-?\d{1,3}(?:\.\d+)?)", text or "")
    if not match:
        return None
    first, second = float(match[1]), float(match[2])
    return (second, first) if abs(first) > 90 >= abs(second) else (first, second)

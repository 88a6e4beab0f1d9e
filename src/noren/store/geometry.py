"""Geometries of queries, prepared once, tested many times. Longitude and latitude in degrees, distances in metres.

Distance is geodesic on WGS 84: exact between points; for other shapes the nearest pair is sought in degrees, scaled to
metres at the pair's own latitude, and that pair is then measured on the ellipsoid.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import Any

import msgspec
import numpy as np
import shapely
from pyproj import Geod
from shapely.geometry import shape

from noren.errors import BadInput

Box = tuple[float, float, float, float]
Test = Callable[[Any], bool]

_GEOD = Geod(ellps="WGS84")
_PER_DEGREE = 111_320.0
_SAME_LATITUDE = 0.2
_GUESS_LIMIT = 100_000.0
_GUESS_ERROR = 0.01


def box(geometry: Any) -> Box | None:
    """West, south, east, north of a GeoJSON geometry; None when it is none or its positions are not finite numbers."""
    if not isinstance(geometry, dict):
        return None
    if geometry.get("type") == "Point":
        position = point(geometry)
        return None if position is None else (*position, *position)
    try:
        found = list(_positions(geometry))
        xs, ys = [p[0] for p in found], [p[1] for p in found]
        bounds = (float(min(xs)), float(min(ys)), float(max(xs)), float(max(ys)))
    except (TypeError, ValueError, IndexError, KeyError, RecursionError):
        return None
    return bounds if all(map(math.isfinite, bounds)) else None


def _positions(geometry: Any) -> Iterator[Any]:
    if geometry.get("type") == "GeometryCollection":
        for part in geometry["geometries"]:
            yield from _positions(part)
    else:
        yield from _flat(geometry["coordinates"])


def _flat(coordinates: Any) -> Iterator[Any]:
    if isinstance(coordinates[0], list | tuple):
        for part in coordinates:
            yield from _flat(part)
    else:
        yield coordinates


def point(geometry: Any) -> tuple[float, float] | None:
    """Longitude and latitude of a GeoJSON point; None for anything else."""
    if not isinstance(geometry, dict) or geometry.get("type") != "Point":
        return None
    try:
        x, y = geometry["coordinates"][:2]
        x, y = float(x), float(y)
    except (TypeError, ValueError, KeyError):
        return None
    return (x, y) if math.isfinite(x) and math.isfinite(y) else None


def read(geometry: Any) -> Any:
    """The shapely geometry, None when the GeoJSON is broken or empty."""
    try:
        found = shape(geometry)
    except (AttributeError, TypeError, ValueError, KeyError, IndexError, shapely.errors.ShapelyError):
        return None
    return None if found.is_empty else found


def metres_around(bounds: Box, metres: float) -> Box:
    """A box that surely holds all within `metres` of `bounds`; the whole turn where it crosses ±180° or a pole."""
    west, south, east, north = bounds
    dy = metres / 110_000.0
    low, high = south - dy, north + dy
    widest = max(abs(low), abs(high))
    if widest >= 89.0:
        return (-180.0, low, 180.0, high)
    dx = metres * 1.01 / (_PER_DEGREE * math.cos(math.radians(widest)))
    if west - dx < -180.0 or east + dx > 180.0:
        return (-180.0, low, 180.0, high)
    return (west - dx, low, east + dx, high)


def near(geometry: dict[str, Any], maximum: float | None, minimum: float | None) -> Test:
    """A test: is a GeoJSON geometry at most `maximum` and at least `minimum` metres away? Broken ones never are."""
    measure = _prepared(_key(geometry)).measure
    low = -math.inf if minimum is None else minimum
    high = math.inf if maximum is None else maximum

    def holds(found: Any) -> bool:
        distance = measure(found, low, high)
        return distance is not None and low <= distance <= high

    return holds


def distance(geometry: dict[str, Any]) -> Callable[[Any], float | None]:
    """How many metres a GeoJSON geometry lies away from `geometry`; None for a broken one."""
    measure = _prepared(_key(geometry)).measure
    return lambda found: measure(found, -math.inf, math.inf)


def relate(geometry: dict[str, Any], relation: str) -> Test:
    """A test: does a GeoJSON geometry stand in this relation to `geometry`? Broken ones stand in none."""
    query = _prepared(_key(geometry)).shape
    # Asked from the prepared side: what is found lies within the query when the query contains what is found.
    method = {"within": "contains", "contains": "within"}.get(relation, relation)
    ask, ask_position = getattr(query, method), _AT_POSITION.get(relation)

    def holds(found: Any) -> bool:
        position = point(found)
        if position and ask_position:
            return bool(ask_position(query, *position))
        candidate = shapely.Point(position) if position else read(found)
        return candidate is not None and _ask(ask, candidate)

    return holds


_AT_POSITION: dict[str, Callable[[Any, float, float], Any]] = {
    "within": shapely.contains_xy,
    "intersects": shapely.intersects_xy,
    "disjoint": lambda query, x, y: not shapely.intersects_xy(query, x, y),
}
"""Relations that need no geometry made for a point."""


def _ask(ask: Callable[[Any], Any], candidate: Any) -> bool:
    try:
        return bool(ask(candidate))
    except shapely.errors.GEOSException:
        return bool(ask(shapely.make_valid(candidate)))


class _Prepared:
    """One geometry of a query with what tests need again and again."""

    def __init__(self, geometry: Any) -> None:
        found = read(geometry)
        if found is None or box(geometry) is None:
            raise BadInput(
                "The geometry of the query cannot be read.",
                where=str(geometry)[:120],
                hint="Give GeoJSON: a type and coordinates, longitude first.",
            )
        self.shape = found if found.is_valid else shapely.make_valid(found)
        shapely.prepare(self.shape)
        self.point = point(geometry)
        self.latitude = float(self.shape.centroid.y)

    def measure(self, found: Any, low: float, high: float) -> float | None:
        """Metres to `found`; only a rough guess where that already decides against [low, high]."""
        position = point(found)
        if position and self.point:
            guess = _guess(self.point, position)
            if guess < _GUESS_LIMIT and (guess * (1 + _GUESS_ERROR) < low or guess * (1 - _GUESS_ERROR) > high):
                return guess
            return _length(*self.point, *position)
        candidate = shapely.Point(position) if position else read(found)
        return None if candidate is None else self._to_shape(candidate)

    def _to_shape(self, candidate: Any) -> float:
        if _ask(self.shape.intersects, candidate):
            return 0.0
        latitude = self.latitude
        for _ in range(2):
            ends = _nearest(self.shape, candidate, latitude)
            middle = float(ends[:, 1].mean())
            if abs(middle - latitude) < _SAME_LATITUDE:
                break
            latitude = middle
        return _length(*ends[0], *ends[1])


def _nearest(a: Any, b: Any, latitude: float) -> Any:
    """The nearest two positions; straight in degrees stays straight, so that edges lie where RFC 7946 has them."""
    sine = math.sin(math.radians(latitude))
    ratio = math.cos(math.radians(latitude)) * (1 - _GEOD.es * sine * sine) / (1 - _GEOD.es)
    scale = np.array([max(ratio, 1e-9), 1.0])
    line = shapely.shortest_line(*(shapely.transform(shape, lambda positions: positions * scale) for shape in (a, b)))
    return shapely.get_coordinates(line) / scale


def _length(lon: float, lat: float, to_lon: float, to_lat: float) -> float:
    if abs(lat) > 90 or abs(to_lat) > 90:
        return math.nan
    return float(_GEOD.inv(lon, lat, to_lon, to_lat)[2])


def _guess(a: tuple[float, float], b: tuple[float, float]) -> float:
    """Metres in a flat neighbourhood; within 1 % below 100 km and 70° of latitude, infinite beyond."""
    middle = (a[1] + b[1]) / 2
    if abs(middle) > 70:
        return math.inf
    x = (b[0] - a[0]) * _PER_DEGREE * math.cos(math.radians(middle))
    return math.hypot(x, (b[1] - a[1]) * 110_900.0)


def _key(geometry: dict[str, Any]) -> bytes:
    try:
        return msgspec.json.encode(geometry)
    except (TypeError, ValueError, msgspec.MsgspecError) as error:
        raise BadInput("The geometry of the query cannot be read.", where=str(geometry)[:120]) from error


@lru_cache(1024)
def _prepared(key: bytes) -> _Prepared:
    return _Prepared(msgspec.json.decode(key))

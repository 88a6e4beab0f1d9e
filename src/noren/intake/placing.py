"""Where a table's rows are: columns of degrees, of geometries, of both in one cell, of metres in a grid."""

from __future__ import annotations

import re

import pyarrow as pa
import shapely

from noren.intake.grids import Pair, Whereabouts, grid_of
from noren.intake.looks import HALF, Look
from noren.intake.mapping import Column, Mapping
from noren.intake.places import LATLON, UNKNOWN, WKT
from noren.intake.source import GEOMETRY
from noren.intake.text import plain
from noren.intake.words import role_of

_SRID = re.compile(r"^\s*SRID=(\d+);")
_WHOLE_DEGREES = (1e-6, 1e-7, 1e-5)
"""How degrees are counted where they come without a point, the usual way first."""


def place(mapping: Mapping, looks: dict[str, Look], sample: pa.Table, where: Whereabouts, title: str) -> None:
    """Give a mapping the columns of the place, and the coordinate system that they are in."""
    words = " | ".join([title, *(each.heading for each in looks.values())])
    if GEOMETRY in sample.column_names:
        mapping.wkt = GEOMETRY
        _drawn(mapping, sample[GEOMETRY].drop_null().to_pylist()[:50], words, where)
        return
    by_role: dict[str, list[Look]] = {}
    for each in looks.values():
        if each.share >= HALF and (role := role_of(each.heading)):
            by_role.setdefault(role, []).append(each)
    if _degrees(mapping, by_role) or _text(mapping, looks, words, where):
        return
    _metres(mapping, by_role, words, where)


def _degrees(mapping: Mapping, by_role: dict[str, list[Look]]) -> bool:
    lat, lon = _best(by_role.get("latitude", [])), _best(by_role.get("longitude", []))
    if lat is None or lon is None:
        return False
    _axes(mapping, lon, lat)
    size = max(abs(lat.middle or 0), abs(lon.middle or 0))
    mapping.swapped = size <= 180 and abs(lat.middle or 0) > 90 >= abs(lon.middle or 0)
    if size > 1_000:
        mapping.scale = next((s for s in _WHOLE_DEGREES if _in_degrees(lat, lon, s)), 1.0)
    return size <= 1_000 or mapping.scale != 1


def _best(found: list[Look]) -> Look | None:
    """The column whose values may be degrees, else any."""
    return min(found, key=lambda c: abs(c.middle or 0) > 180, default=None)


def _in_degrees(lat: Look, lon: Look, scale: float) -> bool:
    whole = all(c.middle is not None and c.middle.is_integer() and abs(c.middle) > 1e5 for c in (lat, lon))
    return whole and abs(lat.middle or 0) * scale <= 90 and abs(lon.middle or 0) * scale <= 180


def _axes(mapping: Mapping, x: Look, y: Look) -> None:
    mapping.longitude, mapping.latitude, mapping.decimal = x.name, y.name, y.decimal


def _text(mapping: Mapping, looks: dict[str, Look], words: str, where: Whereabouts) -> bool:
    """A column of geometries, else one of both coordinates in a cell."""
    for each in looks.values():
        if each.texts and sum(WKT.match(t) is not None for t in each.texts) >= 0.8 * len(each.texts):
            mapping.wkt = each.name
            _drawn(mapping, each.texts, words, where)
            return True
    for each in looks.values():
        if each.texts and sum(LATLON.match(t) is not None for t in each.texts) >= 0.8 * len(each.texts):
            mapping.point = each.name
            return True
    return False


def _drawn(mapping: Mapping, texts: list[str], words: str, where: Whereabouts) -> None:
    """The coordinate system of geometries that state none or lie beyond degrees."""
    if stated := next((match[1] for text in texts if (match := _SRID.match(text))), ""):
        mapping.crs = f"EPSG:{stated}"
    corners = [corner for text in texts if (corner := _corner(text))]
    if corners and mapping.crs in ("EPSG:4326", "") and all(max(map(abs, corner)) > 360 for corner in corners):
        mapping.crs, exchanged = grid_of(words, corners[len(corners) // 2], where)
        mapping.crs = UNKNOWN if exchanged else mapping.crs


def _corner(text: str) -> Pair | None:
    try:
        shape = shapely.from_geojson(text) if text.lstrip().startswith("{") else shapely.from_wkt(_SRID.sub("", text))
        x, y = shapely.get_coordinates(shape)[0]
    except (shapely.GEOSException, IndexError):
        return None
    return float(x), float(y)


def _metres(mapping: Mapping, by_role: dict[str, list[Look]], words: str, where: Whereabouts) -> None:
    xs = by_role.get("x") or by_role.get("longitude") or []
    ys = by_role.get("y") or by_role.get("latitude") or []
    if not xs or not ys or xs[0].middle is None or ys[0].middle is None:
        return
    x, y = xs[0], ys[0]
    _axes(mapping, x, y)
    if max(abs(xs[0].middle), abs(ys[0].middle)) <= 180:
        return
    mapping.crs, exchanged = grid_of(words, (xs[0].middle, ys[0].middle), where)
    if exchanged:
        _axes(mapping, y, x)


def drop_repeated(mapping: Mapping, skip: str, named: frozenset[str]) -> None:
    """Leave out columns that only repeat the place or count rows."""
    for name in mapping.columns:
        role = role_of(plain(name))
        if (role in ("latitude", "longitude") and mapping.has_place) or name in named:
            mapping.columns[name] = Column(skip)

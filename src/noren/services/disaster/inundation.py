"""Where the water would go: a connected fill of the terrain from the river, for a stage.

A first look, not a hydraulic model: still water at one height, spreading wherever the terrain lets it. It overstates
floods that pass quickly and understates those that fall in from the side. On a surface model like SRTM (noise of
some 3 m, roofs and trees taken for ground, dikes unresolved) trust the shape, not the metre: the ground is worked out
first, and where it may still be shown too high (`Terrain.doubt`) a second, higher fill says how far it could go.

A wall or dike keeps water out as far as the terrain shows it; one that the terrain is too coarse to show is taken
to fail, which errs on the safe side. Names to know: `Terrain`, `fill`, `outline`.

>>> import numpy as np
>>> bowl = np.array([[9.0, 9, 9, 9, 9], [9, 0, 1, 2, 9], [9, 9, 9, 9, 9], [9, 0, 0, 0, 9], [9, 9, 9, 9, 9]])
>>> river = np.zeros(bowl.shape, bool)
>>> river[1, 1] = True
>>> fill(bowl, river, 1.5)[1]                       # the lower pool is not connected
array([0. , 1.5, 0.5, 0. , 0. ])
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import rasterio
from affine import Affine
from pyproj import Transformer
from rasterio import features, warp
from rasterio.enums import Resampling
from rasterio.windows import Window, from_bounds
from shapely import make_valid, transform
from shapely.geometry import MultiPolygon, shape
from shapely.geometry.base import BaseGeometry

from noren.extras import optional

Heights = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]
BANDS = (0.0, 0.5, 1.0, 2.0, 5.0)
"""Lower edges of the depth bands in metres: to the knee, to the hip, over a car, over a floor, beyond."""
_MOST_CELLS = 4_000_000
_SPECK = 9
_COARSE = 20.0
_BLOCK = 270.0
"""Metres: what is narrower than a few blocks of houses and stands out of a coarse surface model is not ground."""
_DOUBT = 6.2
"""Metres by which nine in ten heights of SRTM are right in South America and Eurasia (Rodríguez et al. 2006)."""


class Terrain(NamedTuple):
    """Heights of the ground in metres (NaN where unknown), the water that is always there, the grid's place (north up).

    `shown` are the heights as the file has them, where the ground had to be worked out from a surface; then the ground
    may lie lower by `doubt` metres than was found.
    """

    heights: Heights
    water: Mask
    transform: Affine
    crs: Any
    shown: Heights | None = None
    doubt: float = 0.0


def fill(heights: Heights, source: Mask, level: float) -> Heights:
    """Depth in metres over every cell that water at height `level` reaches from the `source` cells, 0 elsewhere.

    Water passes from cell to cell by their sides only, so a dike one cell wide holds even where it runs diagonally.
    Source cells that lie above `level` give no water. Unknown heights (NaN) stay dry.
    """
    wet = np.nan_to_num(heights, nan=np.inf) < level
    labels, _ = optional("scipy.ndimage", "disaster").label(wet)
    reached = np.unique(labels[source & wet])
    flooded = np.isin(labels, reached[reached > 0])
    return np.asarray(np.where(flooded, level - np.nan_to_num(heights), 0.0), np.float64)


def surface(terrain: Terrain, near: tuple[float, float], cells: int = 40) -> float:
    """Height of the water's surface beside the gauge at `near` (longitude, latitude), as the terrain knows it.

    The median over the nearest water cells, or where no water is known the lowest twentieth of the cells around.
    """
    row, column = _cell(terrain, near)
    if terrain.water.any():
        rows, columns = np.nonzero(terrain.water & np.isfinite(terrain.heights))
        nearest = np.argsort((rows - row) ** 2 + (columns - column) ** 2, kind="stable")[:cells]
        return float(np.median(terrain.heights[rows[nearest], columns[nearest]]))
    around = terrain.heights[_around(row, cells // 4), _around(column, cells // 4)]
    return float(np.nanquantile(around, 0.05)) if np.isfinite(around).any() else float("nan")


def middle(terrain: Path, water: Path) -> tuple[float, float] | None:
    """Longitude and latitude of a cell in the middle of the largest water on the terrain; None when there is none.

    Where a gauge of unknown place is taken to stand: most cities have one water that matters.
    """
    with rasterio.open(water) as source:
        thin = max(1.0, float(np.sqrt(source.width * source.height / _MOST_CELLS)))
        size = (max(round(source.height / thin), 1), max(round(source.width / thin), 1))
        wet = np.asarray(source.read(1, out_shape=size, resampling=Resampling.nearest)) == 1
        place, crs = _place(source.transform, Window(0, 0, source.width, source.height), size), source.crs
    labels, count = optional("scipy.ndimage", "disaster").label(wet, structure=np.ones((3, 3), np.int8))
    if not count:
        return None
    rows, columns = np.nonzero(labels == np.bincount(labels[wet]).argmax())
    xs, ys = place.c + place.a * (columns + 0.5), place.f + place.e * (rows + 0.5)
    with rasterio.open(terrain) as source:
        west, south, east, north = warp.transform_bounds(source.crs, crs, *source.bounds)
    inside = (xs > west) & (xs < east) & (ys > south) & (ys < north)
    if not inside.any():
        return None
    xs, ys = xs[inside], ys[inside]
    nearest = int(np.argmin((xs - xs.mean()) ** 2 + (ys - ys.mean()) ** 2))
    (lon,), (lat,) = warp.transform(crs, "EPSG:4326", [xs[nearest]], [ys[nearest]])
    return float(lon), float(lat)


def river(terrain: Terrain, near: tuple[float, float], reach: int = 60) -> Mask:
    """The cells from which water comes: the water body nearest to the gauge, or the lowest connected cells near it."""
    row, column = _cell(terrain, near)
    if terrain.water.any():
        return _nearest_body(terrain.water, row, column)
    seeds = np.zeros_like(terrain.water)
    window = (_around(row, reach // 4), _around(column, reach // 4))
    around = terrain.heights[window]
    if np.isfinite(around).any():
        seeds[window] = around <= np.nanquantile(around, 0.05)
    return seeds


def _nearest_body(water: Mask, row: int, column: int) -> Mask:
    labels, _ = optional("scipy.ndimage", "disaster").label(water, structure=np.ones((3, 3), np.int8))
    rows, columns = np.nonzero(water)
    far = (rows - row) ** 2 + (columns - column) ** 2
    near = far <= max(int(far.min()) * 4, 25)
    candidates = labels[rows[near], columns[near]]
    return np.asarray(labels == np.bincount(candidates).argmax())


def _cell(terrain: Terrain, near: tuple[float, float]) -> tuple[int, int]:
    (x,), (y,) = warp.transform("EPSG:4326", terrain.crs, [near[0]], [near[1]])
    place = terrain.transform
    column, row = (x - place.c) / place.a, (y - place.f) / place.e
    height, width = terrain.heights.shape
    return min(max(int(row), 0), height - 1), min(max(int(column), 0), width - 1)


def _around(middle: int, reach: int) -> slice:
    return slice(max(middle - reach, 0), middle + reach + 1)


def flood(
    terrain: Terrain, near: tuple[float, float], stage: float, normal: float, gauge_zero: float | None = None
) -> Heights:
    """Depth beyond the water that is always there, for a `stage` at the gauge `near`; `normal` is its low water.

    With `gauge_zero` (height of the gauge's zero in the terrain's datum) the level is exact; without, the rise
    above normal is added to the water's surface as the terrain shows it.
    """
    level = gauge_zero + stage if gauge_zero is not None else surface(terrain, near) + stage - normal
    source = river(terrain, near)
    heights = np.where(source, np.fmin(terrain.heights, level - 0.01), terrain.heights)
    return np.where(open_water(terrain, source), 0.0, fill(heights, source, level))


def open_water(terrain: Terrain, source: Mask) -> Mask:
    """Water that is always there: the mask, and where the mask ends too early the flat lake that goes on from it.

    Terrain models are levelled over water, so cells as high as all their neighbours, no higher than the water's
    surface and connected to the source are water. Nothing when no mask is known: the bed cannot be told from the bank.
    """
    if not terrain.water.any():
        return terrain.water
    shown = terrain.heights if terrain.shown is None else terrain.shown
    heights, ndimage = np.nan_to_num(shown, nan=np.inf), optional("scipy.ndimage", "disaster")
    flat = ndimage.maximum_filter(heights, 3) == ndimage.minimum_filter(heights, 3)
    level = float(np.nanmedian(terrain.heights[source])) if np.isfinite(terrain.heights[source]).any() else -np.inf
    lake = ndimage.binary_dilation(flat & (heights <= level)) & (heights <= level) | terrain.water
    labels, _ = ndimage.label(lake)
    reached = np.unique(labels[source & lake])
    return np.asarray(np.isin(labels, reached[reached > 0]) | terrain.water)


class Patch(NamedTuple):
    """Ground under water between two depths, in longitude and latitude."""

    depth_from: float
    depth_to: float | None
    area: BaseGeometry


def outline(depth: Heights, terrain: Terrain, bands: tuple[float, ...] = BANDS) -> tuple[BaseGeometry, list[Patch]]:
    """All wet ground, and by depth band; simplified by a cell, specks below nine cells join what surrounds them.

    Bands without any ground are left out; the first is empty when nothing is wet.
    """
    band = np.digitize(depth, (1e-6, *bands[1:])).astype(np.uint8)
    if band.size > 100 * _SPECK:
        band = features.sieve(band, _SPECK)
    edges = (*bands, None)
    present = [int(each) for each in np.unique(band) if each]
    patches = [Patch(bands[each - 1], edges[each], _area(band == each, terrain)) for each in present]
    return _area(band > 0, terrain), patches


def _area(wet: Mask, terrain: Terrain) -> BaseGeometry:
    """The cells as polygons in longitude and latitude."""
    found = features.shapes(wet.astype(np.uint8), mask=wet, transform=terrain.transform)
    rough = MultiPolygon([shape(polygon) for polygon, _ in found]).simplify(abs(terrain.transform.a))
    clean = MultiPolygon(_polygons(make_valid(rough)))
    to_degrees = Transformer.from_crs(terrain.crs, "EPSG:4326", always_xy=True)
    return transform(clean, lambda xy: np.column_stack(to_degrees.transform(xy[:, 0], xy[:, 1])).round(6))


def geojson(area: BaseGeometry) -> dict[str, Any]:
    """The area as GeoJSON MultiPolygon with coordinates as lists."""
    return {"type": "MultiPolygon", "coordinates": [_rings(each) for each in _polygons(area)]}


def _polygons(area: BaseGeometry) -> list[Any]:
    """The polygons of a geometry; stray lines and points that cleaning left are dropped."""
    parts = [area] if area.geom_type == "Polygon" else getattr(area, "geoms", [])
    nested = [each if each.geom_type == "Polygon" else _polygons(each) for each in parts]
    return [one for each in nested for one in (each if isinstance(each, list) else [each]) if not one.is_empty]


def _rings(polygon: Any) -> list[list[list[float]]]:
    return [[[x, y] for x, y in ring.coords] for ring in (polygon.exterior, *polygon.interiors)]


def read(dem: Path, water: Path | None, near: tuple[float, float], reach: float = 0.25) -> Terrain:
    """The terrain within `reach` degrees of the gauge, thinned to at most four million cells, with its water mask."""
    with rasterio.open(dem) as source:
        bounds = warp.transform_bounds("EPSG:4326", source.crs, *_box(near, reach))
        window = from_bounds(*bounds, transform=source.transform).intersection(
            Window(0, 0, source.width, source.height)
        )
        thin = max(1.0, float(np.sqrt(window.width * window.height / _MOST_CELLS)))
        size = (max(round(window.height / thin), 1), max(round(window.width / thin), 1))
        read = source.read(1, window=window, out_shape=size, masked=True, resampling=Resampling.average)
        place = _place(source.transform, window, size)
        heights = np.ma.filled(read.astype(np.float64), np.nan)
        crs = source.crs
    mask = _water(water, heights.shape, place, crs) if water else np.zeros(heights.shape, bool)
    metres = abs(place.a) * (111_320.0 if crs.is_geographic else 1.0)
    if metres < _COARSE:
        return Terrain(heights, mask, place, crs)
    return Terrain(ground(heights, metres), mask, place, crs, heights, _DOUBT)


def ground(heights: Heights, cell: float) -> Heights:
    """The ground under a surface model of `cell` metres: roofs, trees and noise taken off, slopes left as they are.

    The lower third of each 3 x 3 cells, then a morphological opening by a flat square some blocks wide (after Zhang et
    al. 2003, one step of the progressive filter): it takes off what is narrower, dikes included.
    """
    ndimage, whole = optional("scipy.ndimage", "disaster"), np.nan_to_num(heights, nan=np.inf)
    lower = ndimage.percentile_filter(whole, 33, size=3)
    opened = ndimage.grey_opening(lower, size=2 * max(round(_BLOCK / cell / 2 - 0.5), 1) + 1)
    return np.asarray(np.where(np.isfinite(heights) & np.isfinite(opened), opened, heights))


def _place(whole: Affine, window: Window, size: tuple[int, int]) -> Affine:
    """Transform of the window read at that size."""
    left, top = whole.c + whole.a * window.col_off, whole.f + whole.e * window.row_off
    wide, high = whole.a * window.width / size[1], whole.e * window.height / size[0]
    return Affine(wide, 0.0, left, 0.0, high, top)


def _box(near: tuple[float, float], reach: float) -> tuple[float, float, float, float]:
    return near[0] - reach, near[1] - reach, near[0] + reach, near[1] + reach


def _water(path: Path, size: tuple[int, ...], place: Affine, crs: Any) -> Mask:
    mask = np.zeros(size, np.uint8)
    with rasterio.open(path) as source:
        warp.reproject(rasterio.band(source, 1), mask, dst_transform=place, dst_crs=crs, resampling=Resampling.nearest)
    return np.asarray(mask > 0)

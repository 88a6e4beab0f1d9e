"""The city's terrain as tiles of heights, from which a map draws shaded hills and stands the city on its ground.

Heights are coded as Mapbox Terrain-RGB: metres = -10000 + 0.1 x (red x 65536 + green x 256 + blue).
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import numpy as np
import rasterio
from rasterio.enums import Resampling
from rasterio.io import MemoryFile
from rasterio.transform import Affine
from rasterio.warp import transform as reproject
from rasterio.windows import Window

from noren.errors import BadInput, NotFound
from noren.tiles.mercator import Floats, Tile

PIXELS = 256
_LATTICE = 16
_REACH = 1.5
"""Tiles up to so many tile sizes beside the terrain continue its edge, so that no cliff is drawn there."""


@lru_cache(512)
def terrain_tile(path: Path, stamp: float, z: int, x: int, y: int) -> bytes:
    """The tile as PNG; `stamp` is the file's time of change. Raises `NotFound` where the terrain is far away and
    `BadInput` for a raster without a coordinate system."""
    tile = Tile(z, x, y)
    with rasterio.open(path) as raster:
        if raster.crs is None:
            raise BadInput("The terrain has no coordinate system.", where=str(path), hint="Add it with one.")
        column, row = _places(raster, tile)
        return _png(_heights(raster, column, row))


def _places(raster: rasterio.DatasetReader, tile: Tile) -> tuple[Floats, Floats]:
    """Column and row in the raster of each pixel's middle: exact on a lattice, between it straight."""
    lon, lat = tile.lonlat(_LATTICE)
    x, y = reproject("EPSG:4326", raster.crs, lon.ravel().tolist(), lat.ravel().tolist())
    back = ~raster.transform
    column = back.a * np.array(x) + back.b * np.array(y) + back.c
    row = back.d * np.array(x) + back.e * np.array(y) + back.f
    size = (_LATTICE + 1, _LATTICE + 1)
    return _between(column.reshape(size)), _between(row.reshape(size))


def _between(lattice: Floats) -> Floats:
    at = (np.arange(PIXELS) + 0.5) / PIXELS * _LATTICE
    low = np.minimum(at.astype(int), _LATTICE - 1)
    share = at - low
    rows = lattice[low] * (1 - share)[:, None] + lattice[low + 1] * share[:, None]
    return np.asarray(rows[:, low] * (1 - share) + rows[:, low + 1] * share)


def _heights(raster: rasterio.DatasetReader, column: Floats, row: Floats) -> Floats:
    """Heights at places in the raster, those outside taken from its edge."""
    wide, high = raster.width, raster.height
    span = max(np.ptp(column), np.ptp(row))
    if _away(column, wide) > _REACH * span or _away(row, high) > _REACH * span:
        raise NotFound("The terrain does not reach here.")
    left, top = int(np.clip(column.min() - 2, 0, wide - 1)), int(np.clip(row.min() - 2, 0, high - 1))
    right, bottom = int(np.clip(column.max() + 3, left + 1, wide)), int(np.clip(row.max() + 3, top + 1, high))
    shape = min(bottom - top, 2 * PIXELS), min(right - left, 2 * PIXELS)
    window = Window(left, top, right - left, bottom - top)
    band = raster.read(1, window=window, out_shape=shape, resampling=Resampling.average, masked=True)
    values = _filled(np.ma.asarray(band, dtype=float))
    return _sample(values, (column - left) * shape[1] / (right - left), (row - top) * shape[0] / (bottom - top))


def _away(place: Floats, size: int) -> float:
    """How far all places lie outside 0..size."""
    return float(max(place.min() - size, -place.max(), 0.0))


def _filled(band: np.ma.MaskedArray) -> Floats:
    """Holes get the mean height around: the whole window's."""
    if band.mask.all() if np.ndim(band.mask) else bool(band.mask):
        return np.zeros(band.shape)
    return np.asarray(band.filled(float(band.mean())))


def _sample(values: Floats, column: Floats, row: Floats) -> Floats:
    """Bilinear between cells' middles, beyond the edge as at the edge."""
    x, y = np.clip(column - 0.5, 0, values.shape[1] - 1), np.clip(row - 0.5, 0, values.shape[0] - 1)
    left, top = x.astype(int), y.astype(int)
    right, below = np.minimum(left + 1, values.shape[1] - 1), np.minimum(top + 1, values.shape[0] - 1)
    u, v = x - left, y - top
    upper = values[top, left] * (1 - u) + values[top, right] * u
    lower = values[below, left] * (1 - u) + values[below, right] * u
    return np.asarray(upper * (1 - v) + lower * v)


def _png(heights: Floats) -> bytes:
    code = np.clip(np.rint((heights + 10_000) * 10), 0, 2**24 - 1).astype(np.uint32)
    bands = np.stack([code >> 16, code >> 8, code]).astype(np.uint8)
    with MemoryFile() as memory:
        profile = {"driver": "PNG", "width": PIXELS, "height": PIXELS, "count": 3, "dtype": "uint8"}
        with memory.open(**profile, transform=Affine(1, 0, 0, 0, -1, PIXELS), ZLEVEL=4) as out:
            out.write(bands)
        data: bytes = memory.read()
    return data

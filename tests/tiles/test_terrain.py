"""Heights in tiles are the heights of the raster, and no cliff stands at its edge."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import rasterio
from rasterio.io import MemoryFile
from rasterio.transform import Affine

from noren.errors import BadInput, NotFound
from noren.tiles import Tile, terrain_tile
from noren.tiles.mercator import to_world

pytestmark = pytest.mark.filterwarnings("ignore::rasterio.errors.NotGeoreferencedWarning")  # a PNG lies nowhere
CENTRE = (139.21, 36.10)


@pytest.fixture
def slope(tmp_path: Path) -> Path:
    """A plane that rises 1000 m a degree eastwards and 500 m a degree northwards, 100 m high at CENTRE."""
    step, count = 0.0002, 600
    west, north = CENTRE[0] - count * step / 2, CENTRE[1] + count * step / 2
    lon = west + (np.arange(count) + 0.5) * step
    lat = north - (np.arange(count) + 0.5) * step
    heights = 100 + (lon[None, :] - CENTRE[0]) * 1000 + (lat[:, None] - CENTRE[1]) * 500
    path = tmp_path / "slope.tif"
    transform = Affine(step, 0, west, 0, -step, north)
    profile = {"driver": "GTiff", "width": count, "height": count, "count": 1, "dtype": "float32"}
    with rasterio.open(path, "w", **profile, crs="EPSG:4326", transform=transform) as out:
        out.write(heights.astype("float32"), 1)
    return path


def _heights(png: bytes) -> np.ndarray:
    with MemoryFile(png) as memory, memory.open() as image:
        red, green, blue = image.read().astype(int)
    return -10_000 + 0.1 * (red * 65536 + green * 256 + blue)


def _tile(z: int, lon: float = CENTRE[0], lat: float = CENTRE[1]) -> Tile:
    x, y = to_world(np.array([[lon, lat]]))[0] >> (30 - z)
    return Tile(z, int(x), int(y))


@pytest.mark.parametrize("z", [12, 14, 16])
def test_a_plane_stays_a_plane(slope: Path, z: int) -> None:
    tile = _tile(z)
    heights = _heights(terrain_tile(slope, 0.0, tile.z, tile.x, tile.y))
    lon, lat = tile.lonlat(512)
    expected = (100 + (lon - CENTRE[0]) * 1000 + (lat - CENTRE[1]) * 500)[1::2, 1::2]
    inside = (np.abs(lon - CENTRE[0]) < 0.055)[1::2, 1::2] & (np.abs(lat - CENTRE[1]) < 0.055)[1::2, 1::2]
    assert inside.any()
    tolerance = 0.25 if z > 12 else 0.8
    assert np.abs(heights - expected)[inside].max() < tolerance


def test_beyond_the_edge_the_ground_goes_on_level(slope: Path) -> None:
    tile = _tile(13, CENTRE[0] + 0.062)
    heights = _heights(terrain_tile(slope, 0.0, tile.z, tile.x, tile.y))
    assert np.abs(np.diff(heights, axis=1)).max() < 1.0


def test_far_away_there_is_no_tile(slope: Path) -> None:
    tile = _tile(13, CENTRE[0] + 3)
    with pytest.raises(NotFound):
        terrain_tile(slope, 0.0, tile.z, tile.x, tile.y)


def test_holes_are_filled(slope: Path) -> None:
    with rasterio.open(slope, "r+") as raster:
        raster.nodata = -9999
        values = raster.read(1)
        values[250:350, 250:350] = -9999
        raster.write(values, 1)
    tile = _tile(14)
    heights = _heights(terrain_tile(slope, 1.0, tile.z, tile.x, tile.y))
    assert heights.min() > -100


def test_a_raster_that_lies_nowhere_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "nowhere.tif"
    profile = {"driver": "GTiff", "width": 4, "height": 4, "count": 1, "dtype": "uint8"}
    with rasterio.open(path, "w", **profile, transform=Affine(1, 0, 0, 0, -1, 4)) as out:
        out.write(np.ones((1, 4, 4), dtype="uint8"))
    with pytest.raises(BadInput):
        terrain_tile(path, 0.0, 3, 1, 1)

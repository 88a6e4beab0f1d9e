"""The fill: basins with known answers, properties, and the real terrain."""

from itertools import pairwise

import numpy as np
import pytest
import rasterio
from affine import Affine
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from rasterio.crs import CRS
from scipy import ndimage
from shapely.geometry import shape

from noren.services.disaster.inundation import (
    Terrain,
    fill,
    flood,
    geojson,
    ground,
    middle,
    open_water,
    outline,
    read,
    river,
    surface,
)

grids = arrays.arrays(np.float64, (9, 11), elements=st.floats(0, 10).map(lambda v: round(v, 1)))
UTM = CRS.from_epsg(32653)
HOUSE = (134.0, 34.0)


def terrain(heights, water=None, cell=10.0):
    """A terrain whose middle cell lies at HOUSE."""
    (x,), (y,) = rasterio.warp.transform("EPSG:4326", UTM, [HOUSE[0]], [HOUSE[1]])
    rows, columns = heights.shape
    place = Affine(cell, 0, x - cell * columns / 2, 0, -cell, y + cell * rows / 2)
    return Terrain(heights, np.zeros(heights.shape, bool) if water is None else water, place, UTM)


def test_a_cone_fills_to_its_circle():
    """In a cone of slope 1 : 10, water 2 m over the tip stands in a circle of 20 m: volume π r² h / 3."""
    y, x = np.mgrid[-50:51, -50:51]
    heights = np.hypot(x, y) / 10
    source = heights == 0
    depth = fill(heights, source, 2.0)
    assert (depth > 0).sum() == pytest.approx(np.pi * 20**2, rel=0.02)
    assert depth.sum() == pytest.approx(np.pi * 20**2 * 2 / 3, rel=0.02)


def test_two_basins_join_when_the_sill_goes_under():
    heights = np.array([[9, 0, 0, 3, 1, 1, 9]], float)
    source = np.array([[0, 1, 0, 0, 0, 0, 0]], bool)
    assert fill(heights, source, 2.9)[0].tolist() == pytest.approx([0, 2.9, 2.9, 0, 0, 0, 0])
    assert fill(heights, source, 3.5)[0].tolist() == pytest.approx([0, 3.5, 3.5, 0.5, 2.5, 2.5, 0])


def test_a_dike_one_cell_wide_holds_even_where_it_runs_diagonally():
    heights = np.zeros((9, 9))
    heights[np.arange(9), np.arange(9)] = 5.0
    source = np.zeros((9, 9), bool)
    source[0, 8] = True
    depth = fill(heights, source, 3.0)
    assert (depth[np.triu_indices(9, 1)] > 0).all()
    assert (depth[np.tril_indices(9)] == 0).all()
    heights[4, 4] = 2.5
    assert (fill(heights, source, 3.0)[np.tril_indices(9, -1)] > 0).all()


@given(grids, st.floats(0, 10), st.floats(0, 3))
def test_more_water_is_never_less(heights, level, more):
    source = np.zeros(heights.shape, bool)
    source[4, 5] = True
    assert (fill(heights, source, level + more) >= fill(heights, source, level)).all()


@given(grids, st.floats(0, 10))
def test_water_is_level_and_connected_to_its_source(heights, level):
    source = np.zeros(heights.shape, bool)
    source[4, 5] = True
    depth = fill(heights, source, level)
    wet = depth > 0
    assert depth[wet] == pytest.approx(level - heights[wet])
    labels, _ = ndimage.label(wet)
    assert len(np.unique(labels[wet])) <= 1
    assert wet[4, 5] == (heights[4, 5] < level)


@given(grids, st.floats(0, 10))
def test_the_shore_is_above_the_water(heights, level):
    source = np.zeros(heights.shape, bool)
    source[4, 5] = True
    wet = fill(heights, source, level) > 0
    shore = ndimage.binary_dilation(wet) & ~wet
    assert (heights[shore] >= level).all()


def test_unknown_heights_stay_dry():
    heights = np.array([[0.0, np.nan, 0.0]])
    assert fill(heights, np.array([[True, False, False]]), 1.0)[0].tolist() == [1, 0, 0]


def valley():
    """A plain that rises from 10 m at a river running down the middle, whose surface is at 8 m."""
    heights = 10 + np.abs(np.arange(61) - 30)[None, :] * 0.1 + np.zeros((41, 1))
    heights[:, 29:32] = 8.0
    return heights, heights == 8.0


def test_stage_minus_normal_is_added_to_the_water_s_surface():
    heights, water = valley()
    ground = terrain(heights, water)
    assert surface(ground, HOUSE) == 8.0
    depth = flood(ground, HOUSE, stage=3.5, normal=1.0)
    assert depth.max() == pytest.approx(8.0 + 2.5 - 10.2)
    assert (depth[water] == 0).all()
    assert flood(ground, HOUSE, stage=3.0, normal=1.0).max() == 0.0


def test_a_known_zero_of_the_gauge_makes_the_level_exact():
    heights, water = valley()
    depth = flood(terrain(heights, water), HOUSE, stage=4.0, normal=1.0, gauge_zero=7.0)
    assert depth.max() == pytest.approx(11.0 - 10.2)


def test_without_a_water_mask_the_lowest_cells_near_the_gauge_are_the_river():
    heights, water = valley()
    ground = terrain(heights)
    assert water[river(ground, HOUSE)].all() and river(ground, HOUSE).any()
    depth = flood(ground, HOUSE, stage=3.5, normal=1.0)
    assert depth[~water].max() == pytest.approx(0.3)


def test_only_the_nearest_water_body_rises():
    heights, water = valley()
    heights[:, 5:9], pond = 8.0, np.zeros_like(water)
    pond[18:22, 5:9] = True
    ground = terrain(heights, water | pond)
    assert not river(ground, HOUSE)[pond].any()


def test_a_lake_that_goes_on_beyond_its_mask_is_water_not_flood():
    heights, water = valley()
    half = water.copy()
    half[20:] = False
    ground = terrain(heights, half)
    assert (open_water(ground, river(ground, HOUSE)) == water).all()


def test_depth_bands_tile_the_wet_ground():
    heights, water = valley()
    ground = terrain(heights, water)
    depth = flood(ground, HOUSE, stage=5.5, normal=1.0)
    area, bands = outline(depth, ground)
    assert [each.depth_from for each in bands] == [0.0, 0.5, 1.0, 2.0]
    assert sum(each.area.area for each in bands) == pytest.approx(area.area, rel=0.05)
    for one, other in pairwise(bands):
        assert one.depth_to == other.depth_from
        assert one.area.intersection(other.area).area < 0.05 * one.area.area
    metres = area.area * 111_320**2 * np.cos(np.radians(34.0))
    assert metres == pytest.approx((depth > 0).sum() * 100.0, rel=0.05)


def test_an_area_is_plain_geojson():
    heights, water = valley()
    ground = terrain(heights, water)
    area, _ = outline(flood(ground, HOUSE, stage=4.5, normal=1.0), ground)
    plain = geojson(area)
    assert plain["type"] == "MultiPolygon"
    assert isinstance(plain["coordinates"][0][0][0], list)
    assert shape(plain).equals(area)
    dry, bands = outline(np.zeros((41, 61)), ground)
    assert dry.is_empty and bands == []


def test_terrain_files_are_read_around_the_gauge(tmp_path):
    heights, water = valley()
    ground = terrain(heights, water)
    for name, data, kind in (("dem", heights, "float32"), ("water", water, "uint8")):
        with rasterio.open(
            tmp_path / f"{name}.tif", "w", driver="GTiff", width=61, height=41, count=1, dtype=kind,
            crs=UTM, transform=ground.transform, nodata=-9999 if name == "dem" else None,
        ) as file:  # fmt: skip
            file.write(data.astype(kind), 1)
    loaded = read(tmp_path / "dem.tif", tmp_path / "water.tif", HOUSE)
    assert loaded.heights == pytest.approx(heights, abs=1e-4)
    assert (loaded.water == water).all()
    near = read(tmp_path / "dem.tif", None, HOUSE, reach=0.001)
    assert near.heights.shape < heights.shape and not near.water.any()


def test_the_guaiba_spreads_over_its_delta_and_not_over_the_hills(shared):
    """The rise of May 2024 (some 4 m) drowns the islands of the delta; the ridge of the old town stays dry."""
    folder, gauge = shared("city/porto-alegre"), (-51.2405, -30.0268)
    ground = read(folder / "terrain/dem_srtm30m_city_int16.tif", folder / "flood2024/permanent_water_24m.tif", gauge)
    assert surface(ground, gauge) == pytest.approx(0.0, abs=1.0)
    areas = [outline(flood(ground, gauge, stage, 1.0), ground)[0] for stage in (2.6, 3.5, 5.3)]
    assert areas[0].area < areas[1].area < areas[2].area
    island, ridge = (-51.262, -29.975), (-51.2286, -30.0335)
    from shapely.geometry import Point

    assert areas[2].distance(Point(island)) < 0.002
    assert not areas[2].contains(Point(ridge))


@given(st.floats(-0.1, 0.1), st.floats(-0.1, 0.1))
def test_the_ground_of_a_slope_with_houses_is_the_slope(east, north):
    y, x = np.mgrid[0:60, 0:60] * 30.0
    slope = 50 + east * x + north * y
    built = slope.copy()
    built[20:24, 30:33] += 9.0
    built[40, :] += 4.0
    found = ground(built, 30.0)
    inner = (slice(10, -10), slice(10, -10))
    assert found[inner] == pytest.approx(slope[inner], abs=2 * 30 * (abs(east) + abs(north)) + 1e-9)


def test_heights_that_are_not_known_stay_unknown():
    heights = np.full((30, 30), 5.0)
    heights[3:6, 3:6] = np.nan
    assert (np.isnan(ground(heights, 30.0)) == np.isnan(heights)).all()


def test_a_gauge_of_unknown_place_stands_on_the_largest_water(shared):
    folder = shared("city/porto-alegre")
    lon, lat = middle(folder / "terrain/dem_srtm30m_city_int16.tif", folder / "flood2024/permanent_water_24m.tif")
    with rasterio.open(folder / "flood2024/permanent_water_24m.tif") as file:
        (x,), (y,) = rasterio.warp.transform("EPSG:4326", file.crs, [lon], [lat])
        assert next(file.sample([(x, y)]))[0] == 1

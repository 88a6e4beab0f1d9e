"""Ground and streets: water runs downhill between its levees, and every street can be reached."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import rasterio
import rasterio.features
import rasterio.transform
import shapely
from hypothesis import given
from hypothesis import strategies as st

from noren.sample import Site
from noren.sample.land import NOTCH, make_land
from noren.sample.layout import Town
from noren.sample.parcel import area, cut_land, segments


def test_the_river_bed_falls_all_the_way(town: Town) -> None:
    river = town.land.river
    inside = (river.x > 50) & (river.x < town.site.extent - 50) & (river.y > 50) & (river.y < town.site.extent - 50)
    bed = town.land.bed(river.x[inside], river.y[inside])
    assert (np.diff(bed) < 0).all()
    ground = town.land.sample(river.x[inside], river.y[inside])
    assert np.abs(ground - bed).max() < 0.35


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_water_at_the_foot_of_the_levees_stays_in_and_above_the_low_stretch_it_does_not(seed: int) -> None:
    land = make_land(Site(4000, seed, 2))
    brim = land.river.depth + 0.6
    crest = brim + land.river.levee
    assert _spread(land, brim) == 0
    assert _spread(land, crest - NOTCH + 0.3) > 0.01


def _spread(land, stage: float) -> float:  # type: ignore[no-untyped-def]
    """Share of the square under water outside the levees, from the river by connected cells."""
    site = land.site
    middle = (np.arange(land.height.shape[0]) + 0.5) * site.cell
    x, y = np.meshgrid(middle, middle[::-1])
    low = land.height < land.bed(x, y) + stage
    wet = rasterio.features.rasterize(
        list(shapely.get_parts(land.river.water())), low.shape, transform=_grid(site), dtype="uint8"
    )
    under = _connected(low, wet == 1)
    kept = rasterio.features.rasterize([land.reserve.buffer(12)], low.shape, transform=_grid(site), dtype="uint8")
    return float((under & (kept == 0)).mean())


def _grid(site: Site):  # type: ignore[no-untyped-def]
    return rasterio.transform.Affine(site.cell, 0, 0, 0, -site.cell, site.extent)


def _connected(low: np.ndarray, seed: np.ndarray) -> np.ndarray:
    """Low cells that touch the seed through low cells: GDAL's own labelling of areas is the judge."""
    image = low.astype("uint8")
    found = np.zeros_like(low)
    for shape, value in rasterio.features.shapes(image, mask=low):
        if value:
            mask = rasterio.features.rasterize([shape], low.shape, dtype="uint8") == 1
            if (mask & seed & low).any():
                found |= mask
    return found


def test_terrain_and_water_files_lie_on_the_same_grid(folder: Path, town: Town) -> None:
    with rasterio.open(folder / "terrain_dem.tif") as terrain, rasterio.open(folder / "permanent_water.tif") as water:
        assert terrain.crs.to_epsg() == water.crs.to_epsg() == 6677
        assert terrain.transform == water.transform
        heights, wet = terrain.read(1), water.read(1)
    assert set(np.unique(wet)) == {0, 1}
    assert np.median(heights[wet == 1]) < np.median(heights) - 1.5
    assert np.isfinite(heights).all()


def test_every_street_can_be_reached_from_every_other(town: Town) -> None:
    streets = town.streets
    label = np.arange(len(streets.node_x))
    for _ in range(len(label)):
        low = np.minimum(label[streets.a], label[streets.b])
        before = label.copy()
        np.minimum.at(label, streets.a, low)
        np.minimum.at(label, streets.b, low)
        if (before == label).all():
            break
    assert len(set(label[streets.a])) == 1


def test_streets_meet_exactly_at_their_junctions(town: Town) -> None:
    streets = town.streets
    start = shapely.get_coordinates(shapely.get_point(streets.lines, 0))
    end = shapely.get_coordinates(shapely.get_point(streets.lines, -1))
    np.testing.assert_allclose(
        start, np.column_stack([streets.node_x[streets.a], streets.node_y[streets.a]]), atol=1e-6
    )
    np.testing.assert_allclose(end, np.column_stack([streets.node_x[streets.b], streets.node_y[streets.b]]), atol=1e-6)


def test_only_bridges_cross_water_and_there_are_some(town: Town) -> None:
    crossing = shapely.crosses(town.streets.lines, town.land.river.line)
    assert crossing.sum() >= 2
    assert town.streets.bridge[crossing].all()
    assert (town.streets.road[crossing] <= 1).all()


@given(st.integers(0, 2**32 - 1), st.floats(2_000, 60_000))
def test_cutting_land_loses_no_land(seed: int, block: float) -> None:
    square = [(0.0, 0.0), (900.0, 0.0), (900.0, 700.0), (0.0, 700.0)]
    cuts = cut_land(square, lambda s, n: (block, 200_000.0, 0.6), 300_000.0, np.random.default_rng(seed))
    assert sum(area(piece.corners) for piece in cuts.blocks) == pytest.approx(630_000, rel=1e-9)
    assert all(piece.district >= 0 for piece in cuts.blocks)
    a, b, _, _ = segments(cuts)
    nodes = np.array(cuts.nodes)
    assert len(a) >= len(cuts.cuts)
    assert (np.hypot(*(nodes[a] - nodes[b]).T) > 0).all()

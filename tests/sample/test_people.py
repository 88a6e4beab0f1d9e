"""People add up, whichever file they are counted in."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pyogrio.raw
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from noren.sample.buildings import share_out
from noren.sample.layout import Town

PEOPLE = 6000


def _table(path: Path, encoding: str = "utf-8-sig") -> list[dict[str, str]]:
    return list(csv.DictReader(path.read_text(encoding).splitlines()))


def _column(path: Path, name: str) -> np.ndarray:
    meta, _, _, fields = pyogrio.raw.read(path, columns=[name])
    return fields[list(meta["fields"]).index(name)]


def test_buildings_districts_and_ages_count_the_same_people(folder: Path) -> None:
    rows = _table(folder / "population_by_age.csv")
    assert _column(folder / "buildings.gpkg", "居住者数").sum() == PEOPLE
    assert _column(folder / "districts.gpkg", "人口").sum() == PEOPLE
    assert sum(int(row["総人口"]) for row in rows) == PEOPLE
    for row in rows:
        ages = [int(value) for name, value in row.items() if "歳" in name]
        assert len(ages) == 36
        assert sum(ages) == int(row["総人口"]) == int(row["男性"]) + int(row["女性"])


def test_people_live_in_the_district_that_counts_them(town: Town) -> None:
    where = shapely.STRtree(town.people.outlines)
    points = shapely.points(town.buildings.x, town.buildings.y)
    building, district = where.query(points, predicate="within")
    counted = np.bincount(district, town.buildings.residents[building], len(town.people.names))
    off = np.abs(counted - town.people.total).sum() / PEOPLE
    assert off < 0.01


def test_the_middle_is_denser_and_higher_than_the_edge(town: Town) -> None:
    away = np.hypot(town.buildings.x - town.growth.x[0], town.buildings.y - town.growth.y[0])
    near, far = away < np.quantile(away, 0.2), away > np.quantile(away, 0.7)
    assert town.buildings.height[near].mean() > town.buildings.height[far].mean()


def test_nobody_lives_between_the_levees(town: Town) -> None:
    shapely.prepare(town.land.reserve)
    assert not shapely.intersects(town.land.reserve, town.buildings.outlines).any()


def test_no_two_places_have_the_same_name(town: Town) -> None:
    names = [(place.kind, name.ja) for place, name in zip(town.places, town.titles, strict=True)]
    assert len(set(names)) == len(names)
    assert len({name.ja for name in town.people.names}) == len(town.people.names)


@given(st.integers(0, 10**6), st.lists(st.floats(0, 1e6), min_size=1, max_size=60))
def test_sharing_out_loses_nobody(total: int, weights: list[float]) -> None:
    if sum(weights) <= 1e-6:
        weights = [*weights, 1.0]
    shared = share_out(total, np.array(weights))
    assert shared.sum() == total
    assert (shared >= 0).all()
    exact = np.array(weights) / sum(weights) * total
    assert np.abs(shared - exact).max() <= 1 + 1e-6 * total


@pytest.mark.parametrize("file", ["aed.csv", "evacuation_space.csv", "rain_gauges.csv"])
def test_some_lists_are_in_the_encoding_of_older_offices(folder: Path, file: str) -> None:
    raw = (folder / file).read_bytes()
    with pytest.raises(UnicodeDecodeError):
        raw.decode("utf-8")
    assert "緯度" in _table(folder / file, "cp932")[0]

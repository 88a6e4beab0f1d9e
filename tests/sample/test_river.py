"""Rain becomes stage and nothing is lost on the way; the answers of linear reservoirs are known in closed form."""

from __future__ import annotations

import csv
from itertools import pairwise
from math import exp, factorial
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from noren.sample import Site
from noren.sample.land import main_course
from noren.sample.layout import Town
from noren.sample.river import LIVE_PEAK, drain, flows, make_gauges, rating, soak, stage_of
from noren.sample.sensors import Sky, make_sky, stages
from noren.sample.weather import STEP, make_spell, tips


@pytest.fixture(scope="module")
def sky(town: Town) -> Sky:
    return make_sky(town.land)


rains = st.lists(st.floats(0, 30), min_size=5, max_size=120).map(lambda r: np.array(r)[:, None])


@given(rains, st.floats(0.2, 12), st.integers(1, 5))
def test_a_cascade_gives_back_what_fell_into_it(rain: np.ndarray, hours: float, count: int) -> None:
    out, left = drain(rain, hours, count)
    assert out.sum() + left.sum() == pytest.approx(rain.sum(), abs=1e-6)
    assert (out > -1e-9).all()


@pytest.mark.parametrize("count", [1, 2, 3])
def test_a_cascade_answers_a_burst_as_nash_says(count: int) -> None:
    """A steady rain of one step into n reservoirs of k hours leaves by the incomplete gamma function (Nash, 1957)."""
    hours = 2.0
    rain = np.zeros((200, 1))
    rain[0] = 1.0
    _, left = drain(rain, hours, count)
    out = np.cumsum(drain(rain, hours, count)[0][:, 0])
    t = (np.arange(200) + 0.5) * STEP / 3600 / hours
    expected = np.array([1 - sum(exp(-u) * u**k / factorial(k) for k in range(count)) for u in t])
    np.testing.assert_allclose(out[6:], expected[6:], atol=0.03 if count == 1 else 0.02)
    assert left[0] < 1e-4


@given(rains, st.floats(0, 1))
def test_the_soil_keeps_its_books(rain: np.ndarray, wet: float) -> None:
    before = 150.0 * wet + 22.0
    soil = soak(rain, wet)
    gone = soil.swift.sum() + soil.slow.sum() + soil.evaporated.sum()
    assert before + rain.sum() == pytest.approx(gone + soil.left.sum(), rel=1e-9)
    assert (soil.swift <= rain + 1e-9 + np.maximum(soil.swift - rain, 0)).all()


def test_a_wetter_soil_sheds_more() -> None:
    rain = np.full((60, 1), 2.0)
    assert soak(rain, 0.9).swift.sum() > 1.5 * soak(rain, 0.2).swift.sum()


@given(st.floats(0.05, 9))
def test_the_rating_reads_both_ways(stage: float) -> None:
    course = main_course(Site(4000, 1, 2))
    flow = rating(course, np.array([stage]))
    assert stage_of(course, flow)[0] == pytest.approx(stage, abs=0.01)


def test_tipping_buckets_lose_less_than_a_tip() -> None:
    rain = np.random.default_rng(1).gamma(0.2, 1.0, (500, 3))
    assert np.abs(tips(rain).sum(0) - rain.sum(0)).max() < 0.5


def test_the_storm_floods_at_the_towns_gauge_and_quiet_days_do_not(town: Town, sky: Sky) -> None:
    gauges = make_gauges(town.land)
    storm, _ = stages(town.land, sky.storm, sky.area, gauges)
    calm, _ = stages(town.land, sky.calm, sky.area, gauges)
    live = slice(sky.storm.live, None)
    assert storm[live, 1].max() == pytest.approx(LIVE_PEAK, abs=0.01)
    assert gauges[1].thresholds[4] < LIVE_PEAK
    assert calm[live, 1].max() < gauges[1].thresholds[0] - 1
    assert storm[-1, 1] < gauges[1].thresholds[0] - 1
    np.testing.assert_array_equal(storm[: sky.storm.live], calm[: sky.calm.live])


def test_the_small_river_rises_first_and_the_large_one_gathers_all(town: Town, sky: Sky) -> None:
    by_reach = flows(town.land, sky.storm)
    live = slice(sky.storm.live, None)
    onset = {name: int(np.argmax(flow[live] > 0.25 * flow[live].max())) for name, flow in by_reach.items()}
    assert onset["branch"] < onset["upper"]
    assert by_reach["lower"][live].sum() > by_reach["centre"][live].sum() > by_reach["upper"][live].sum()


def test_a_storm_drops_its_depth_in_its_middle() -> None:
    spell = make_spell(Site(4000, 1, 2), storm=True)
    storm = spell.storms[-1]
    others = make_spell(Site(4000, 1, 2), storm=False)
    here = np.array([storm.centre[0]]), np.array([storm.centre[1]])
    extra = spell.rain(*here).sum() - others.rain(*here).sum()
    assert extra == pytest.approx(storm.depth, rel=1e-6)


def test_the_faults_that_are_told_are_in_the_file(folder: Path) -> None:
    rows = list(csv.DictReader((folder / "river_level_10min.csv").read_text("utf-8").splitlines()))
    by_gauge: dict[str, list[tuple[str, float]]] = {}
    for row in rows:
        by_gauge.setdefault(row["観測所ID"], []).append((row["観測日時"], float(row["水位(m)"])))
    times = {key: [time for time, _ in values] for key, values in by_gauge.items()}
    every = sorted({time for values in times.values() for time in values})
    assert len(times["G04"]) - len(set(times["G04"])) == 36
    assert max(level for _, level in by_gauge["G04"]) == 99.99
    assert len(every) - len(set(times["G01"])) == 42
    assert times["G02"] == every
    run = longest = 0
    levels = [level for _, level in by_gauge["G03"]]
    for before, after in pairwise(levels):
        run = run + 1 if before == after and after > 1.5 else 0
        longest = max(longest, run)
    assert longest >= 53
    town, cheap = dict(by_gauge["G02"]), dict(by_gauge["G05"])
    off = [cheap[time] - town[time] for time in cheap]
    assert np.mean(off) == pytest.approx(0.34, abs=0.01)

"""Readings: tidying, trust, grids."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from noren.services.disaster.series import (
    HOUR,
    Limits,
    Readings,
    limits,
    mean_rain,
    on_grid,
    sums_on_grid,
    tidy,
    trusted,
)

BOUNDS = Limits(rise=0.4, fall=0.1, jump=0.12)
numbers = st.floats(allow_nan=True, allow_infinity=True, width=32)


@given(st.lists(st.tuples(st.integers(0, 50), numbers), max_size=60))
def test_tidy_readings_are_in_order_finite_and_one_a_moment(pairs):
    times = np.array([float(t) for t, _ in pairs])
    readings = tidy(times, np.array([v for _, v in pairs]))
    assert (np.diff(readings.times) > 0).all()
    assert np.isfinite(readings.values).all()


def test_codes_for_missing_are_no_stages():
    readings = tidy(np.arange(5.0), np.array([1.0, -999.0, 1.2, 9999.0, 1.1]))
    assert readings.values.tolist() == [1.0, 1.2, 1.1]


def test_a_gauge_above_the_sea_keeps_its_readings():
    assert tidy(np.arange(3.0), np.array([1402.1, 1402.2, 1402.4])).values.tolist() == [1402.1, 1402.2, 1402.4]


@given(st.lists(st.floats(0, 5), min_size=2, max_size=40, unique=True))
def test_a_grid_lies_between_its_readings_and_hits_them(values):
    times = np.arange(len(values)) * HOUR
    grid = on_grid(Readings(times, np.array(values)), times[-1], HOUR / 2, 2 * len(values) - 1, HOUR)
    assert grid[::2] == pytest.approx(values)
    assert (grid >= min(values) - 1e-9).all() and (grid <= max(values) + 1e-9).all()


def test_a_long_gap_stays_empty():
    readings = Readings(np.array([0.0, 1, 2, 8, 9]) * HOUR, np.arange(5.0))
    grid = on_grid(readings, 9 * HOUR, HOUR, 11, 3 * HOUR)
    assert np.isnan(grid[0])
    assert np.isnan(grid[4:9]).all()
    assert grid[[1, 2, 3, 9, 10]].tolist() == [0, 1, 2, 3, 4]


def test_a_drop_that_no_river_makes_is_left_out_until_it_returns():
    level = np.array([3.60, 3.65, 3.69, 2.73, 2.76, 2.79, 3.66, 3.70])
    good = trusted(Readings(np.arange(8) * 900.0, level), BOUNDS)
    assert good.tolist() == [True, True, True, False, False, False, True, True]


def test_a_rise_that_the_next_reading_confirms_is_believed():
    level = np.array([1.0, 1.0, 2.5, 2.55, 2.6])
    assert trusted(Readings(np.arange(5) * 900.0, level), BOUNDS).tolist() == [True, True, False, True, True]


def test_a_single_spike_is_left_out():
    level = np.array([1.0, 1.0, 2.5, 1.0, 1.01])
    assert trusted(Readings(np.arange(5) * 900.0, level), BOUNDS).tolist() == [True, True, False, True, True]


def test_a_fall_that_lasts_is_believed_in_the_end():
    level = np.array([3.0] + [2.0] * 60)
    good = trusted(Readings(np.arange(61) * 900.0, level), BOUNDS)
    assert not good[1] and good[-1]


def test_limits_are_learnt_and_falls_are_slower():
    hours = np.arange(0, 2000.0)
    level = 1 + np.interp(hours % 200, [0, 20, 200], [0, 2, 0])
    learnt = limits(Readings(hours * HOUR, level))
    assert learnt.rise == pytest.approx(0.4, rel=0.05)
    assert learnt.fall == pytest.approx(0.1)


@given(st.lists(st.floats(0, 30), min_size=3, max_size=60))
def test_no_rain_is_lost_on_a_grid(amounts):
    times = np.arange(len(amounts)) * HOUR
    rain = Readings(times, np.array(amounts))
    hourly = sums_on_grid(rain, times[-1], HOUR, len(amounts) - 1, 2 * HOUR)
    halves = sums_on_grid(rain, times[-1], HOUR / 2, 2 * len(amounts) - 2, 2 * HOUR)
    assert hourly == pytest.approx(amounts[1:])
    assert halves.sum() == pytest.approx(sum(amounts[1:]))


def test_rain_of_several_stations_is_their_mean_and_a_silent_one_does_not_count():
    hours = np.arange(6) * HOUR
    one, other = Readings(hours, np.full(6, 2.0)), Readings(hours[:3], np.full(3, 4.0))
    assert mean_rain([one, other]).values.tolist() == [3.0, 3.0, 2.0, 2.0, 2.0]
    assert len(mean_rain([]).times) == 0

"""Short gaps are bridged, long ones stay empty, and thinning keeps the mean."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from noren.catalogue.bridging import bridge, thinned

START = datetime(2026, 1, 1, tzinfo=UTC)


def table(hours: list[int]) -> pa.Table:
    times = pa.array([START + timedelta(hours=h) for h in hours], pa.timestamp("us", "UTC"))
    return pa.table({"observed": times, "number": pa.array([float(h) for h in hours])})


def test_a_long_gap_stays_empty() -> None:
    bridged = bridge(table([0, 1, 2, 3, 4, 20, 21, 22]), "waterLevel")
    assert bridged.gaps == [(START + timedelta(hours=4), START + timedelta(hours=20))]
    assert [v for _, v in bridged.points] == [0, 1, 2, 3, 4, None, 20, 21, 22]


def test_a_short_gap_is_bridged_by_a_line_but_never_for_amounts() -> None:
    hours = [0, 1, 2, 3, 5, 6, 7]
    assert bridge(table(hours), "waterLevel").gaps == []
    assert len(bridge(table(hours), "precipitation").gaps) == 1


def test_nothing_gives_nothing() -> None:
    assert bridge(table([]), "waterLevel").points == []


@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=400), st.integers(1, 50))
def test_thinning_keeps_the_mean_of_even_series(values: list[float], points: int) -> None:
    even = np.array(values[: len(values) // points * points] or values)
    times = np.arange(len(even), dtype=float)
    thin_t, thin_v = thinned(times, even, points)
    assert len(thin_t) <= max(points, 1) or len(even) <= points
    assert min(even) - 1e-6 <= thin_v.min() <= thin_v.max() <= max(even) + 1e-6
    assert np.all(np.diff(thin_t) > 0)
    assert thin_t.mean() == pytest.approx(times.mean(), rel=0.5, abs=2)

"""Whole yen: nothing lost, nobody more than a yen off, ties settled the same way each time."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from noren.governance.money.yen import whole


@given(st.lists(st.floats(-1e9, 1e9), min_size=1, max_size=20))
def test_nothing_is_lost_and_nobody_is_a_yen_off(shares: list[float]) -> None:
    exact = np.array(shares)
    total = round(float(exact.sum()))
    yen = whole(exact, total)
    assert sum(yen) == total
    assert all(abs(each - share) < 1 + 1e-5 for each, share in zip(yen, shares, strict=True))


def test_equal_remainders_go_to_the_earlier_party() -> None:
    assert whole(np.full(3, 100 / 3), 100) == [34, 33, 33]
    assert whole(np.array([0.5, 1.5, 2.5, 3.5]), 8) == [1, 2, 2, 3]


def test_a_whole_yen_stays_whole() -> None:
    assert whole(np.array([0.1 + 0.2, 0.7]) * 10, 10) == [3, 7]


def test_a_total_that_was_rounded_is_met() -> None:
    assert whole(np.array([0.2, 0.2]), 0) == [0, 0]
    assert whole(np.array([1.4, 1.4]), 3) == [2, 1]


def test_the_larger_remainder_pays_first() -> None:
    assert whole(np.array([0.2, 0.8, 1.0]), 2) == [0, 1, 1]

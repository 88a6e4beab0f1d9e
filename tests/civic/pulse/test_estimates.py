"""Intervals against published tables and formulas, and what nine people may not tell."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from noren.civic.pulse import change, mean, share
from noren.civic.pulse.estimates import student, wilson
from noren.errors import Conflict


@pytest.mark.parametrize(
    ("freedom", "point"), [(9, 2.262), (10, 2.228), (15, 2.131), (20, 2.086), (29, 2.045), (60, 2.000), (120, 1.980)]
)
def test_students_t_is_that_of_the_printed_tables(freedom: int, point: float) -> None:
    assert student(freedom) == pytest.approx(point, abs=6e-4)


@pytest.mark.parametrize(
    ("successes", "size", "low", "high"),
    # Newcombe, Statistics in Medicine 17 (1998) 857-872, table I, method 3 (score).
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)],
)
def test_wilsons_interval_is_the_published_one(successes: int, size: int, low: float, high: float) -> None:
    assert wilson(successes / size, size) == pytest.approx((low, high), abs=5e-5)


def test_change_of_shares_is_newcombes_published_interval() -> None:
    # Newcombe, Statistics in Medicine 17 (1998) 873-890, table II, method 10: 56/70 less 48/80.
    first, second = 48 / 80, 56 / 70
    found = change((first, *wilson(first, 80)), (second, *wilson(second, 70)))
    assert (found.difference, found.low, found.high) == pytest.approx((0.2, 0.0524, 0.3339), abs=5e-5)
    assert found.is_clear


def test_an_unweighted_mean_has_the_textbook_interval() -> None:
    values = np.arange(10.0)
    found = mean(values)
    half = 2.262 * values.std(ddof=1) / np.sqrt(10)
    assert (found.low, found.high) == pytest.approx((4.5 - half, 4.5 + half), abs=1e-3)


weights = st.lists(st.floats(0.2, 5), min_size=10, max_size=60)


@given(weights, st.data())
def test_estimates_lie_within_their_interval_whatever_the_scale_of_weights(w: list[float], data: st.DataObject) -> None:
    values = np.array(data.draw(st.lists(st.integers(0, 10), min_size=len(w), max_size=len(w))), float)
    found, scaled = mean(values, np.array(w)), mean(values, 7 * np.array(w))
    assert found.low <= found.estimate <= found.high
    assert values.min() - 1e-9 <= found.estimate <= values.max() + 1e-9
    assert (found.low, found.high) == pytest.approx((scaled.low, scaled.high))
    part = share(values >= 7, np.array(w))
    assert 0 <= part.low <= part.estimate + 1e-9
    assert part.estimate - 1e-9 <= part.high <= 1
    assert part.high > part.low
    assert part.effective <= len(w)


def test_variances_are_those_of_the_jackknife() -> None:
    """Leaving out one answer at a time tells the variance of a weighted mean, and so how much a share is worth."""
    random = np.random.default_rng(5)
    values, w = random.integers(0, 2, 200).astype(float), random.uniform(0.2, 4, 200)
    left = np.array([np.average(np.delete(values, at), weights=np.delete(w, at)) for at in range(200)])
    jackknife = 199 / 200 * ((left - left.mean()) ** 2).sum()
    found, part = mean(values, w), share(values == 1, w)
    assert found.margin / student(199) == pytest.approx(np.sqrt(jackknife), rel=0.02)
    worth = part.estimate * (1 - part.estimate) / jackknife * (1.96 / student(199)) ** 2
    assert part.effective == pytest.approx(worth, rel=0.03)


def test_intervals_cover_as_often_as_they_say() -> None:
    """Over many samples drawn with unequal chances the weighted interval holds the truth in about 95 of 100."""
    random = np.random.default_rng(1)
    population = random.integers(0, 11, 20_000).astype(float)
    chance = np.where(population > 5, 3.0, 1.0)
    hits, turns = 0, 800
    for _ in range(turns):
        drawn = random.choice(len(population), 80, p=chance / chance.sum())
        found = mean(population[drawn], 1 / chance[drawn])
        hits += found.low <= population.mean() <= found.high
    assert 0.92 < hits / turns < 0.975


@pytest.mark.parametrize("count", [0, 1, 9])
def test_nine_people_are_not_spoken_of(count: int) -> None:
    for ask in (lambda: mean(np.ones(count)), lambda: share(np.ones(count, bool))):
        with pytest.raises(Conflict, match=f"Only {count} people") as caught:
            ask()
        assert "single people" in caught.value.hint

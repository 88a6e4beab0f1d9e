"""Whether a trial changed anything: the effect by hand, the interval by scipy, the chance by its own promise."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from noren.errors import BadInput
from noren.governance.comparison import Effect, Unit, effect, halves

values = st.floats(-1e3, 1e3, allow_nan=False)
groups = st.lists(st.tuples(values, values), min_size=2, max_size=7)


def named(units: list[Unit], prefix: str = "u") -> dict[str, Unit]:
    return {f"{prefix}{i}": unit for i, unit in enumerate(units)}


def drawn(draw: np.random.Generator, count: int, shift: float) -> dict[str, Unit]:
    level = draw.normal(50, 10, count)
    change = draw.normal(2, 3, count) + shift
    return named([(float(a), float(a + b)) for a, b in zip(level, change, strict=True)])


@given(groups, groups)
@settings(deadline=None)
def test_the_effect_is_the_difference_of_the_differences(ours: list[Unit], others: list[Unit]) -> None:
    found = effect(named(ours), named(others))
    here = np.mean([after for _, after in ours]) - np.mean([before for before, _ in ours])
    there = np.mean([after for _, after in others]) - np.mean([before for before, _ in others])
    assert found.effect == pytest.approx(here - there, abs=1e-6)
    assert (found.units, found.units_elsewhere, found.compared) == (len(ours), len(others), True)


@given(groups, groups)
@settings(deadline=None)
def test_the_interval_is_that_of_welch(ours: list[Unit], others: list[Unit]) -> None:
    stats = pytest.importorskip("scipy.stats")
    changes = [np.array([after - before for before, after in each]) for each in (ours, others)]
    found = effect(named(ours), named(others))
    if min(each.std() for each in changes) < 1e-6:
        return
    expected = stats.ttest_ind(*changes, equal_var=False).confidence_interval(0.95)
    assert found.low == pytest.approx(expected.low, rel=1e-6, abs=1e-6)
    assert found.high == pytest.approx(expected.high, rel=1e-6, abs=1e-6)


def test_before_and_after_alone_has_the_interval_of_one_sample() -> None:
    stats = pytest.importorskip("scipy.stats")
    changes = [1.0, 2.5, 0.5, 3.0, 1.2, 2.2]
    found = effect(named([(10.0, 10.0 + each) for each in changes]), {})
    expected = stats.ttest_1samp(changes, 0).confidence_interval(0.95)
    assert (found.low, found.high) == pytest.approx((expected.low, expected.high))
    assert (found.compared, found.chance, found.doubts) == (False, None, ("alone",))


def test_the_chance_counts_every_assignment() -> None:
    ours, others = [3.0, 4.0, 5.0], [0.0, 1.0, 2.5, 1.5]
    found = effect(named([(0.0, each) for each in ours]), named([(0.0, each) for each in others]))
    pooled = [*ours, *others]
    seen = abs(np.mean(ours) - np.mean(others))
    apart = []
    for picked in combinations(range(7), 3):
        rest = [pooled[i] for i in range(7) if i not in picked]
        apart.append(abs(np.mean([pooled[i] for i in picked]) - np.mean(rest)))
    assert found.chance == pytest.approx(np.mean([each >= seen - 1e-12 for each in apart]))


def test_nothing_done_shows_nothing_on_the_whole() -> None:
    draw = np.random.default_rng(7)
    runs = [effect(drawn(draw, 6, 0), drawn(draw, 8, 0)) for _ in range(200)]
    chances = np.array([run.chance for run in runs], float)
    assert 0.42 < chances.mean() < 0.58
    assert np.mean(chances <= 0.05) < 0.11
    covered = [run.low is not None and run.high is not None and run.low <= 0 <= run.high for run in runs]
    assert np.mean(covered) > 0.89


def test_what_was_done_is_found_again() -> None:
    draw = np.random.default_rng(11)
    runs = [effect(drawn(draw, 10, -6), drawn(draw, 12, 0)) for _ in range(100)]
    assert np.mean([run.effect for run in runs]) == pytest.approx(-6, abs=0.5)
    assert np.mean([run.low is not None and run.high is not None and run.low <= -6 <= run.high for run in runs]) > 0.88


def test_many_units_are_drawn_from_and_the_same_each_time() -> None:
    draw = np.random.default_rng(3)
    ours, others = drawn(draw, 20, 1), drawn(draw, 30, 0)
    assert effect(ours, others).chance == effect(ours, others).chance


def test_few_units_are_doubted_and_one_has_no_interval() -> None:
    found: Effect = effect({"a": (1.0, 2.0)}, named([(1.0, 1.0), (2.0, 2.5)]))
    assert (found.low, found.high, found.doubts) == (None, None, ("few",))
    with pytest.raises(BadInput):
        effect({}, named([(1.0, 1.0)]))


def test_a_unit_counts_once_before_and_once_after() -> None:
    times = [0.0, 5.0, 9.0, 10.0, 15.0, 20.0]
    assert halves(times, [9.0, 1.0, 3.0, 5.0, 7.0, 9.0], start=10, end=20, span=5) == (2.0, 6.0)
    assert halves(times, [1.0] * 6, start=30, end=40, span=5) is None

"""Planning backwards: latest starts keep order and deadline; the trend is scipy's; the gap lies towards the target."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from noren.errors import BadInput
from noren.governance.backcast import Step, contradictions, interim, latest_starts, on_the_way, order, outlook, trend
from noren.terms.records import Outcome


@st.composite
def plans(draw: st.DrawFn) -> list[Step]:
    """Steps that need only earlier ones, in any order."""
    count = draw(st.integers(1, 8))
    steps = []
    for i in range(count):
        needs = draw(st.sets(st.integers(0, i - 1), max_size=3)) if i else set()
        years = draw(st.floats(0, 12, allow_nan=False))
        steps.append(Step(f"s{i}", years, draw(st.integers(2025, 2060)), tuple(f"s{n}" for n in sorted(needs))))
    return draw(st.permutations(steps))


@given(plans())
def test_latest_starts_keep_every_order_and_deadline_and_are_the_latest(steps: list[Step]) -> None:
    starts = latest_starts(steps)
    ends = {step.name: starts[step.name] + step.takes_years for step in steps}
    waiting: dict[str, list[float]] = {step.name: [float(step.by)] for step in steps}
    for step in steps:
        assert ends[step.name] <= step.by + 1e-9
        for needed in step.needs:
            assert ends[needed] <= starts[step.name] + 1e-9
            waiting[needed].append(starts[step.name])
    for name, bounds in waiting.items():
        assert ends[name] == pytest.approx(min(bounds))


@given(plans())
def test_the_order_puts_needs_first(steps: list[Step]) -> None:
    place = {name: i for i, name in enumerate(order(steps))}
    assert len(place) == len(steps)
    assert all(place[needed] < place[step.name] for step in steps for needed in step.needs)


@pytest.mark.parametrize(
    ("steps", "said"),
    [
        ([Step("a", 1, 2030, ("b",)), Step("b", 1, 2030, ("a",))], "a → b → a"),
        ([Step("a", 1, 2030, ("a",))], "a → a"),
        ([Step("a", 1, 2030, ("x",))], "“x”"),
        ([Step("a", -1, 2030)], "less than no time"),
        ([Step("a", 1, 2030), Step("a", 2, 2031)], "“a”"),
    ],
)
def test_plans_that_cannot_be_are_refused_by_name(steps: list[Step], said: str) -> None:
    with pytest.raises(BadInput, match=said):
        latest_starts(steps)


readings = st.lists(
    st.tuples(st.integers(1990, 2030), st.floats(-1e4, 1e4, allow_nan=False)),
    min_size=3,
    max_size=20,
    unique_by=lambda row: row[0],
)


@given(readings)
def test_the_trend_is_the_one_of_scipy(rows: list[tuple[int, float]]) -> None:
    stats = pytest.importorskip("scipy.stats")
    years, values = np.array([y for y, _ in rows], float), np.array([v for _, v in rows])
    slope, start, spread = trend(years, values)
    expected = stats.theilslopes(values, years, method="joint")
    assert (slope, start) == pytest.approx((expected.slope, expected.intercept), rel=1e-6, abs=1e-4)
    rest = values - slope * years
    assert spread == pytest.approx(stats.median_abs_deviation(rest, scale=1 / 1.4826), rel=1e-6, abs=1e-6)


def test_one_odd_year_bends_no_trend() -> None:
    years = list(range(2015, 2025))
    values = [2.0 * year for year in years]
    values[3] += 500
    assert trend(years, values)[0] == pytest.approx(2.0)


@pytest.mark.parametrize("years", [[2020, 2021], [2020, 2020, 2020]])
def test_a_trend_needs_three_readings_of_different_years(years: list[int]) -> None:
    with pytest.raises(BadInput):
        trend(years, [1.0] * len(years))


@given(st.integers(2000, 2030), st.integers(1, 40), st.floats(-100, 100), st.floats(-100, 100), st.integers(1, 10))
def test_targets_on_the_way_lie_on_the_line_and_end_in_the_target(
    base_year: int, span: int, base: float, target: float, every: int
) -> None:
    found = interim(base_year, base, base_year + span, target, every)
    assert list(found)[-1] == base_year + span and found[base_year + span] == pytest.approx(target)
    assert all(after - before <= every for before, after in pairwise([base_year, *found]))
    for year, value in found.items():
        assert value == pytest.approx(on_the_way(year, base_year, base, {base_year + span: target}), abs=1e-9)


def test_a_target_before_its_base_is_refused() -> None:
    with pytest.raises(BadInput, match="target year"):
        interim(2030, 1, 2030, 2)


@given(st.sampled_from([1.0, -1.0]), st.floats(0.1, 5), st.floats(0.1, 5))
def test_the_gap_is_positive_when_it_falls_short_whichever_way_the_target_lies(
    way: float, pace: float, needed: float
) -> None:
    rows = [(float(year), 50 + way * pace * (year - 2020)) for year in range(2020, 2025)]
    (*_, last) = outlook(rows, 2020, 50.0, {2040: 50 + way * needed * 20}, 2026)
    assert last.year == 2040
    assert last.gap == pytest.approx((needed - pace) * 20, abs=1e-6)
    assert last.low <= last.expected <= last.high


def test_the_range_grows_with_the_years_ahead() -> None:
    rows = [(2018.0, 1.0), (2019.0, 3.0), (2020.0, 2.0), (2021.0, 5.0), (2022.0, 4.0)]
    found = outlook(rows, 2018, 1, {2040: 20}, 2023)
    widths = [each.high - each.low for each in found]
    assert widths == sorted(widths) and widths[0] < widths[-1]


def test_two_outcomes_that_want_two_values_of_one_measure_are_named() -> None:
    def outcome(name: str, value: float, year: float = 2035) -> Outcome:
        return Outcome(id=name, measured_by=["urn:m"], target_year=year, target_value=value)

    assert contradictions([outcome("a", 40), outcome("b", 20), outcome("c", 40)]) == [("a", "b", 2035)]
    assert contradictions([outcome("a", 40), outcome("b", 20, 2036)]) == []

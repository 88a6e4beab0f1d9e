"""Ratios of a register's counts: what they must keep, and how far they reach against published projections."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from noren.governance.people import SCENARIOS, look_ahead
from noren.governance.people import ratios as change
from noren.governance.people.districts import project_register
from noren.governance.people.rake import rake
from noren.governance.people.register import Register

D, A = 6, 18
people = arrays.arrays(float, (D, 2, A), elements=st.integers(0, 400).map(float))
city = arrays.arrays(float, (2, A), elements=st.integers(0, 4000).map(float))


@given(people, city)
def test_raking_keeps_the_citys_totals(districts, whole) -> None:
    raked = rake(districts, whole)
    np.testing.assert_allclose(raked.sum(0), whole, rtol=1e-12)
    assert (raked >= 0).all()
    np.testing.assert_allclose(rake(raked, whole), raked, rtol=1e-9)


@given(people, people, st.permutations(range(D)))
def test_the_order_of_districts_says_nothing(then, now, order) -> None:
    names = [f"d{i}" for i in range(D)]

    def run(rows):
        earlier = Register(2020, 5, [names[i] for i in rows], then[list(rows)])
        later = Register(2025, 5, [names[i] for i in rows], now[list(rows)])
        return project_register(later, earlier, 2045, SCENARIOS["median"])[-1][1]

    np.testing.assert_allclose(run(range(D))[list(order)], run(order), rtol=1e-9, atol=1e-6)


@given(people, people)
def test_districts_add_up_to_a_city_that_was_projected_alone(then, now) -> None:
    def run(before, after):
        names = [str(i) for i in range(len(after))]
        return project_register(
            Register(2025, 5, names, after), Register(2020, 5, names, before), 2050, SCENARIOS["median"]
        )

    together, apart = run(then.sum(0, keepdims=True), now.sum(0, keepdims=True)), run(then, now)
    for (_, whole), (_, parts) in zip(together, apart, strict=True):
        np.testing.assert_allclose(parts.sum(0), whole[0], rtol=1e-9, atol=1e-6)


@given(people, people)
def test_shrunk_ratios_lie_between_the_districts_and_the_citys(then, now) -> None:
    before = change.moved(then, 1)
    middle, drawn = change.cohorts(then, now, 1, np.full((2, A), 0.9))
    own = np.divide(now, before, out=np.broadcast_to(middle, now.shape).copy(), where=before > 0)
    low, high = np.minimum(own, middle), np.maximum(own, middle)
    assert ((drawn >= low - 1e-9) & (drawn <= high + 1e-9)).all()


def test_chance_is_taken_out_and_difference_is_kept() -> None:
    """Where districts differ by chance alone their ratios come near to the city's; true differences stay."""
    draw = np.random.default_rng(1)
    base = draw.integers(20, 200, (400, 1)).astype(float)
    same = draw.poisson(base * 0.9)
    drawn = change.shrunk(same, base, np.array([0.9]))
    assert np.abs(drawn - 0.9).mean() < 0.25 * np.abs(same / base - 0.9).mean()
    true = draw.gamma(25, 0.9 / 25, (400, 1))
    apart = draw.poisson(base * true)
    drawn = change.shrunk(apart, base, np.array([0.9]))
    errors = [float(((each - true) ** 2).mean()) for each in (drawn, apart / base, np.full_like(true, 0.9))]
    assert errors[0] < 0.95 * min(errors[1:])


def test_two_counts_that_agree_with_a_life_table_repeat_it() -> None:
    counts = np.full((1, 2, A), 100.0)
    survive = change.lasting(2020, 5, A, 1)
    later = change.moved(counts, 1) * survive
    found, _ = change.cohorts(counts, later, 1, np.ones((2, A)))
    np.testing.assert_allclose(found[:, 1:], survive[:, 1:])


def test_single_years_and_classes_of_five_survive_alike() -> None:
    """Five single-year steps carry the people of a class as far as one step of five years."""
    one, five = change.lasting(2020, 1, 101, 5), change.lasting(2020, 5, 21, 1)
    middle = one[:, 7:92:5]  # the middle age of each class at the end
    np.testing.assert_allclose(middle, five[:, 1:18], rtol=0.01)


def register_of(shared: Callable[[str], Path], folder: Path, years: tuple[int, ...]) -> Path:
    """IPSS's single ages of some years as a register in people."""
    path = shared("participation/ipss-japan-2017-2018/single_age_1965_2030_medium.csv")
    with path.open(encoding="utf-8", newline="") as stream:
        rows = [row for row in csv.DictReader(stream) if int(row["year"]) in years]
    with (folder / "register.csv").open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, ["sex", "age", "year", "population_thousand"])
        writer.writeheader()
        writer.writerows(rows)
    return folder


def test_japan_by_single_age_goes_on_as_the_institute_has_it(shared, tmp_path: Path) -> None:
    """From IPSS's counts of 2015 and 2020 its own 2030 follows: total within 0.5 %, ages under 90 within 3 %."""
    found = look_ahead(register_of(shared, tmp_path, (2015, 2020)), "", 2030).people[-1]
    (tmp_path / "then").mkdir()
    theirs = look_ahead(register_of(shared, tmp_path / "then", (2025, 2030)), "", 2031).people[0]
    assert theirs.year == 2030
    assert abs(found.total / theirs.total - 1) < 0.005
    error = found.counts / theirs.counts - 1
    assert np.abs(error[:, 10:90]).max() < 0.03 and np.abs(error[:, 10:90]).mean() < 0.006

"""Properties of the cohort-component step and of life tables, whatever the rates."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from noren.errors import BadInput
from noren.governance.people import Population, Rates, migration, project, standard
from noren.governance.people.lifetable import ABRIDGED, life_table, survivorship
from noren.governance.people.project import advance, spread_births
from noren.governance.people.scenario import Scenario

CLASSES = 18
counts = arrays.arrays(float, (2, CLASSES), elements=st.floats(0, 1e6))
shares = arrays.arrays(float, (2, CLASSES + 1), elements=st.floats(0, 1))
births = arrays.arrays(float, CLASSES, elements=st.floats(0, 0.4))
moves = arrays.arrays(float, (2, CLASSES), elements=st.floats(-1e5, 1e5))
timings = st.sampled_from(["end", "even"])
death_rates = arrays.arrays(float, len(ABRIDGED), elements=st.floats(1e-6, 0.9))


@given(counts, shares, births, moves, timings)
def test_the_balance_holds(people, survival, fertility, moved, timing) -> None:
    step = advance(Population(2025, 5, people), Rates(survival, fertility, 1.05, moved, timing))
    entered = np.roll(people, 1, axis=1)
    entered[:, -1] += entered[:, 0]
    entered[:, 0] = step.births
    np.testing.assert_allclose(step.after.counts, entered - step.deaths + step.migration, atol=1e-6)
    assert (step.after.counts >= 0).all() and (step.births >= 0).all()
    assert step.births[0] == pytest.approx(1.05 * step.births[1])


@given(counts, st.integers(1, 30))
def test_without_events_people_only_grow_older(people, steps) -> None:
    quiet = Rates(np.ones((2, CLASSES + 1)), np.zeros(CLASSES), 1.05, np.zeros((2, CLASSES)))
    last = project(Population(2025, 5, people), [quiet] * steps)[-1].after
    assert last.year == 2025 + 5 * steps and last.total == pytest.approx(people.sum())
    shift = min(steps, CLASSES - 1)
    np.testing.assert_array_equal(last.counts[:, shift:-1], people[:, : CLASSES - 1 - shift])
    assert not last.counts[:, :shift].any()


@given(counts, shares, births)
def test_nobody_dies_who_survives_and_everybody_else_does(people, survival, fertility) -> None:
    step = advance(Population(2025, 5, people), Rates(survival, fertility, 1.0, np.zeros((2, CLASSES))))
    assert (step.deaths >= -1e-6).all()
    assert step.after.total == pytest.approx(people.sum() + step.births.sum() - step.deaths.sum(), abs=1e-3)


@given(counts, counts, shares, births)
def test_arrivals_are_found_again(people, moved, survival, fertility) -> None:
    rates = Rates(survival, fertility / 4, 1.05, moved)
    step = advance(Population(2025, 5, people), rates)
    found = migration.residual(step.before, step.after, rates)
    np.testing.assert_allclose(found, moved, atol=1e-3)


@given(death_rates, st.sampled_from(["male", "female"]))
def test_a_life_table_adds_up(rates, sex) -> None:
    table = life_table(rates, sex)
    dead = table.alive - np.append(table.alive[1:], 0)
    assert dead.sum() == pytest.approx(1) and (np.diff(table.alive) <= 0).all()
    np.testing.assert_allclose(dead, table.rates * table.lived, atol=1e-9)
    share = survivorship(table, 5, 21)
    assert ((share >= 0) & (share <= 1 + 1e-12)).all()


@given(death_rates)
def test_the_stationary_population_stands_still(rates) -> None:
    """People spread as the table lives, with as many births as deaths, stay as they are (the open class apart)."""
    table = life_table(rates, "female")
    lived = np.append([table.lived[:2].sum()], table.lived[2:])
    people = np.stack([lived, lived])
    survival = np.stack([survivorship(table, 5, 21)] * 2)
    step = advance(Population(0, 5, people), Rates(survival, np.zeros(21), 1.0, np.zeros((2, 21))))
    np.testing.assert_allclose(step.after.counts[:, 1:], people[:, 1:], rtol=1e-9)


def test_the_built_in_table_is_about_japan() -> None:
    single = tuple(range(111))
    men, women = (life_table(standard.rates(s, standard.YEAR), s, single).expectancy for s in ("male", "female"))
    assert (men, women) == pytest.approx((81.3, 87.5), abs=0.2)  # WPP 2019: 81.28 and 87.47
    for width, classes in ((5, 18), (1, 101)):
        assert standard.births(width, classes).sum() == pytest.approx(1)
        assert migration.standard(width, classes).sum() == pytest.approx(1)


@pytest.mark.parametrize(
    "change",
    [
        {"survival": np.full((2, CLASSES + 1), 1.2)},
        {"survival": np.ones((2, CLASSES))},
        {"fertility": np.full(CLASSES, -0.1)},
        {"boys": 0.0},
    ],
)
def test_impossible_rates_are_refused(change) -> None:
    rates = {"survival": np.ones((2, 19)), "fertility": np.zeros(18), "boys": 1.0, "migration": np.zeros((2, 18))}
    with pytest.raises(BadInput):
        advance(Population(2025, 5, np.ones((2, CLASSES))), Rates(**(rates | change)))


def test_negative_people_and_shares_that_do_not_add_up_are_refused() -> None:
    quiet = Rates(np.ones((2, 19)), np.zeros(18), 1.0, np.zeros((2, 18)))
    with pytest.raises(BadInput, match="missing or negative"):
        advance(Population(2025, 5, np.full((2, CLASSES), -1.0)), quiet)
    with pytest.raises(BadInput, match=r"add up to 0\.900"):
        spread_births(1.4, np.full(18, 0.05), 5, 18)
    with pytest.raises(BadInput, match="Death rates"):
        life_table(np.full(22, np.nan), "male")


def test_twice_the_risk_to_die_is_survived_by_the_square() -> None:
    assert Scenario(deaths=2.0).survival(np.array([0.9, 1.0])) == pytest.approx([0.81, 1.0])

"""The nucleolus: published games, Kohlberg's criterion on any game, degenerate ones among them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from noren.governance.money import core, nucleolus
from noren.governance.money.claims import talmud
from noren.governance.money.games import Game, airport, bankruptcy, groups
from tests.governance.money.games import SKANE, SKANE_NUCLEOLUS, at_random, named


def test_the_water_of_skane() -> None:
    game = named(SKANE, cost=True)
    found = nucleolus.nucleolus(game)
    assert found == pytest.approx(SKANE_NUCLEOLUS, abs=0.0051)
    assert nucleolus.is_nucleolus(game, found)
    assert not nucleolus.is_nucleolus(game, np.add(SKANE_NUCLEOLUS, [0.1, -0.1, 0, 0, 0, 0]))


def test_one_left_glove_and_two_right_ones() -> None:
    game = named({"L": 0, "R": 0, "S": 0, "LR": 1, "LS": 1, "RS": 0, "LRS": 1}, cost=False)
    assert nucleolus.nucleolus(game) == pytest.approx([1, 0, 0], abs=1e-9)


def test_the_treasurers_of_lemaire() -> None:
    game = named(
        {"A": 46125, "B": 17437.5, "C": 5812.5, "AB": 69187.5, "AC": 53812.5, "BC": 30750, "ABC": 90000}, cost=False
    )
    assert nucleolus.nucleolus(game) == pytest.approx([52687.5, 24468.75, 12843.75])


def test_a_majority_of_three_has_an_empty_core_and_equal_parts() -> None:
    game = named({"A": 0, "B": 0, "C": 0, "AB": 1, "AC": 1, "BC": 1, "ABC": 1}, cost=False)
    assert nucleolus.nucleolus(game) == pytest.approx([1 / 3] * 3)
    assert nucleolus.least_excess(game) == pytest.approx(1 / 3)


@settings(max_examples=300)
@given(at_random())
def test_kohlberg_agrees_on_any_game(game: Game) -> None:
    assert nucleolus.is_nucleolus(game, nucleolus.nucleolus(game))


@given(at_random(), st.integers(0, 5), st.integers(0, 5))
def test_kohlberg_refuses_anything_else(game: Game, gives: int, takes: int) -> None:
    found, n = nucleolus.nucleolus(game), len(game.parties)
    if gives % n == takes % n:
        return
    found[gives % n] -= 0.01
    found[takes % n] += 0.01
    assert not nucleolus.is_nucleolus(game, found)


@given(at_random())
def test_it_lies_in_the_core_where_there_is_one(game: Game) -> None:
    found = nucleolus.nucleolus(game)
    empty = nucleolus.least_excess(game) > 1e-6
    assert (
        core.stands(game, core.worst(game, np.round(found, 9))) is not empty or abs(nucleolus.least_excess(game)) < 1e-5
    )


@given(st.lists(st.integers(0, 50), min_size=1, max_size=7))
def test_the_short_way_for_airports_is_the_long_one(sizes: list[int]) -> None:
    given_ = np.array(sizes, dtype=float)
    found = nucleolus.of_airport(given_)
    assert found == pytest.approx(nucleolus.nucleolus(airport(given_, tuple(map(str, sizes)))), abs=1e-7)


@pytest.mark.parametrize("cost", [True, False])
def test_costs_and_benefits_are_one_another_s_mirror(cost: bool) -> None:
    random = np.random.default_rng(7)
    worth = np.concatenate([[0.0], random.integers(1, 100, 31)])
    sizes = groups(5).sum(axis=1)
    game = Game(tuple("ABCDE"), worth, cost)
    shifted = Game(tuple("ABCDE"), 1000 * sizes - worth, not cost)
    assert nucleolus.nucleolus(shifted) == pytest.approx(1000 - nucleolus.nucleolus(game))


@pytest.mark.parametrize("n", [12, 16])
def test_many_parties_need_no_programme_of_all_groups(n: int) -> None:
    claims = np.random.default_rng(n).integers(1, 10**9, n).astype(float)
    game = bankruptcy(claims, float(claims.sum()) * 0.6, tuple(map(str, range(n))))
    found = nucleolus.nucleolus(game)
    assert found == pytest.approx(talmud(claims, float(claims.sum()) * 0.6), rel=1e-9)
    assert nucleolus.is_nucleolus(game, found)


def test_a_single_party_takes_all() -> None:
    game = Game(("A",), np.array([0.0, 5.0]), True)
    assert nucleolus.nucleolus(game) == pytest.approx([5])
    assert nucleolus.least_excess(game) == 0

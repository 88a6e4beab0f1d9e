"""The Shapley value: published games, its axioms, and every order walked through."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from noren.governance.money import shapley
from noren.governance.money.games import Game, airport, tree
from tests.governance.money.games import SKANE, SKANE_SHAPLEY, at_random, named


def test_the_water_of_skane() -> None:
    assert shapley.shapley(named(SKANE, cost=True)) == pytest.approx(SKANE_SHAPLEY, abs=0.0101)


def test_one_left_glove_and_two_right_ones() -> None:
    game = named({"L": 0, "R": 0, "S": 0, "LR": 1, "LS": 1, "RS": 0, "LRS": 1}, cost=False)
    assert shapley.shapley(game) == pytest.approx([2 / 3, 1 / 6, 1 / 6])


def test_the_treasurers_of_lemaire() -> None:
    game = named(
        {"A": 46125, "B": 17437.5, "C": 5812.5, "AB": 69187.5, "AC": 53812.5, "BC": 30750, "ABC": 90000}, cost=False
    )
    assert shapley.shapley(game) == pytest.approx([51750, 25875, 12375])


def test_landings_at_birmingham_1968() -> None:
    """Littlechild and Owen 1973: eleven kinds of aircraft, 13,572 movements, pounds a movement."""
    moves = [42, 9555, 288, 303, 151, 1315, 505, 1128, 151, 112, 22]
    costs = [65899, 76725, 95200, 97200, 97440, 98142, 102496, 104849, 113322, 115440, 117676]
    charges = [4.86, 5.66, 10.30, 10.85, 10.92, 11.13, 13.40, 15.07, 44.80, 60.61, 162.24]
    found = shapley.of_airport(np.repeat(np.array(costs, dtype=float), moves))
    firsts = np.cumsum([0, *moves[:-1]])
    assert found[firsts] == pytest.approx(charges, abs=0.011)
    assert found.sum() == pytest.approx(117676)


@given(st.lists(st.integers(0, 50), min_size=1, max_size=7))
def test_the_short_way_for_airports_is_the_long_one(sizes: list[int]) -> None:
    given_ = np.array(sizes, dtype=float)
    assert shapley.of_airport(given_) == pytest.approx(shapley.shapley(airport(given_, tuple(map(str, sizes)))))


@given(st.data(), st.integers(1, 7))
def test_the_short_way_for_trees_is_the_long_one(data: st.DataObject, n: int) -> None:
    parents = [data.draw(st.integers(-1, i - 1)) for i in range(n)]
    lengths = np.array([data.draw(st.integers(0, 50)) for _ in range(n)], dtype=float)
    game = tree(parents, lengths, tuple(map(str, range(n))))
    assert shapley.of_tree(parents, lengths) == pytest.approx(shapley.shapley(game))


@given(at_random(most=5, least=1))
def test_every_order_on_average(game: Game) -> None:
    n, total = len(game.parties), np.zeros(len(game.parties))
    orders = list(permutations(range(n)))
    for order in orders:
        mask = 0
        for party in order:
            total[party] += game.worth[mask | 1 << party] - game.worth[mask]
            mask |= 1 << party
    assert shapley.shapley(game) == pytest.approx(total / len(orders))


@given(at_random(), st.data())
def test_its_axioms(game: Game, data: st.DataObject) -> None:
    n, value = len(game.parties), shapley.shapley(game)
    assert value.sum() == pytest.approx(game.total)  # efficiency
    other = Game(
        game.parties,
        np.array([0.0, *data.draw(st.lists(st.integers(0, 9), min_size=2**n - 1, max_size=2**n - 1))]),
        game.cost,
    )
    both = Game(game.parties, game.worth + other.worth, game.cost)
    assert shapley.shapley(both) == pytest.approx(value + shapley.shapley(other))  # additivity
    swapped = np.array([mask & ~3 | (mask & 1) << 1 | (mask >> 1) & 1 for mask in range(2**n)])
    turned = shapley.shapley(Game(game.parties, game.worth[swapped], game.cost))
    assert turned == pytest.approx(value[[1, 0, *range(2, n)]])  # symmetry
    doubled = Game((*game.parties, "nobody"), np.concatenate([game.worth, game.worth]), game.cost)
    assert shapley.shapley(doubled) == pytest.approx([*value, 0])  # dummy

"""The core: the strongest objection is found, ties settled, and its absence seen."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given

from noren.governance.money import core, nucleolus
from noren.governance.money.games import Game
from tests.governance.money.games import SKANE, SKANE_SHAPLEY, at_random, named


def test_the_shapley_value_of_skane_is_not_in_the_core() -> None:
    # Young, Okada and Hashimoto 1982: H, K and L are charged 27.69 together and could do it for 27.26.
    game = named(SKANE, cost=True)
    found = core.worst(game, np.array(SKANE_SHAPLEY))
    assert found is not None and found.members == ("H", "K", "L")
    assert (found.gets, found.alone, found.better) == pytest.approx((27.69, 27.26, 0.43))


@given(at_random())
def test_no_group_objects_more(game: Game) -> None:
    shares = np.full(len(game.parties), game.total / len(game.parties))
    found = core.worst(game, shares)
    assert found is not None
    for mask in range(1, len(game.worth) - 1):
        paid = sum(shares[bit] for bit in range(len(shares)) if mask >> bit & 1)
        gain = paid - game.worth[mask] if game.cost else game.worth[mask] - paid
        assert gain <= found.better + 1e-9


def test_ties_go_to_the_smaller_group_and_the_earlier_party() -> None:
    game = named({"A": 1, "B": 1, "C": 1, "AB": 2, "AC": 2, "BC": 2, "ABC": 6}, cost=True)
    found = core.worst(game, np.array([2.0, 2, 2]))
    assert found is not None and found.members == ("A", "B")
    alone = core.worst(Game(("A", "B"), np.array([0.0, 1, 1, 4]), True), np.array([2.0, 2]))
    assert alone is not None and alone.members == ("A",)


def test_one_party_has_nobody_to_leave() -> None:
    game = Game(("A",), np.array([0.0, 3]), True)
    assert core.worst(game, np.array([3.0])) is None and core.stands(game, None)


def test_a_core_of_one_point_is_seen() -> None:
    game = named({"A": 1, "B": 1, "AB": 2}, cost=True)
    assert core.stands(game, core.worst(game, nucleolus.nucleolus(game)))

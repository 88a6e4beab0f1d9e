"""Rules for claims, against the Talmud and by what sets them apart."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given

from noren.errors import BadInput
from noren.governance.money import claims as rules
from noren.governance.money import nucleolus, shapley
from noren.governance.money.games import bankruptcy
from tests.governance.money.games import claims

RULES = [rules.proportional, rules.equal_awards, rules.equal_losses, rules.talmud]


@pytest.mark.parametrize(
    ("estate", "awards"), [(100, [100 / 3] * 3), (200, [50, 75, 75]), (300, [50, 100, 150])], ids=str
)
def test_the_three_estates_of_kethubot_93a(estate: float, awards: list[float]) -> None:
    assert rules.talmud([100, 200, 300], estate) == pytest.approx(awards)


def test_the_contested_garment_of_baba_metzia_2a() -> None:
    assert rules.talmud([1, 0.5], 1) == pytest.approx([0.75, 0.25])


def test_equal_awards_and_losses_of_the_literature() -> None:
    # Thomson 2003, Mathematical Social Sciences 45: claims 100, 200, 300 and 200.
    assert rules.equal_awards([100, 200, 300], 200) == pytest.approx([200 / 3] * 3)
    assert rules.equal_losses([100, 200, 300], 200) == pytest.approx([0, 50, 150])


@pytest.mark.parametrize("rule", RULES)
@given(given_=claims())
def test_every_rule_hands_out_the_estate_within_the_claims(rule, given_) -> None:
    wanted, estate = given_
    awards = rule(wanted, estate)
    assert awards.sum() == pytest.approx(estate)
    assert (awards >= -1e-9).all() and (awards <= np.array(wanted) + 1e-9).all()


@given(claims())
def test_any_two_share_as_the_garment_is_shared(given_) -> None:
    wanted, estate = given_
    awards = rules.talmud(wanted, estate)
    for i in range(len(wanted)):
        for j in range(i):
            both = awards[i] + awards[j]
            conceded_to_i, conceded_to_j = max(0, both - wanted[j]), max(0, both - wanted[i])
            contested = both - conceded_to_i - conceded_to_j
            assert awards[i] == pytest.approx(conceded_to_i + contested / 2, abs=1e-6)


@given(claims())
def test_the_talmud_is_the_nucleolus_of_the_bankruptcy_game(given_) -> None:
    wanted, estate = given_
    game = bankruptcy(np.array(wanted), estate, tuple(map(str, range(len(wanted)))))
    assert nucleolus.nucleolus(game) == pytest.approx(rules.talmud(wanted, estate), abs=1e-6)


@given(claims())
def test_awards_and_losses_mirror_each_other(given_) -> None:
    wanted, estate = given_
    rest = sum(wanted) - estate
    assume(rest >= 0)
    assert rules.talmud(wanted, estate) == pytest.approx(np.array(wanted) - rules.talmud(wanted, rest), abs=1e-6)
    assert rules.equal_losses(wanted, estate) == pytest.approx(
        np.array(wanted) - rules.equal_awards(wanted, rest), abs=1e-6
    )


def test_first_come_first_served_on_average_is_the_shapley_value() -> None:
    # O'Neill 1982 (recursive completion, "rights arbitration"): 100, 200, 300 and 200.
    game = bankruptcy(np.array([100.0, 200, 300]), 200, ("A", "B", "C"))
    assert shapley.shapley(game) == pytest.approx([100 / 3, 250 / 3, 250 / 3])


@pytest.mark.parametrize(
    ("wanted", "estate"), [([1, -1], 0), ([], 0), ([1], 2), ([1], -1), ([float("nan")], 0), ([1], float("inf"))]
)
def test_what_cannot_be_is_refused(wanted, estate) -> None:
    for rule in RULES:
        with pytest.raises(BadInput):
            rule(wanted, estate)

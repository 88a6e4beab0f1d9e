"""Uncertainty: intervals against closed forms, the same seed the same answer, and where the answer turns."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings

from noren.governance.money import appraise, chance
from noren.governance.money.case import Case, Spread
from tests.governance.money.cases import at_random, case, cost, fee, gain


@pytest.mark.parametrize(
    ("spread", "mean", "low", "high"),
    [
        ({"low": 0, "high": 100}, 50, 5, 95),
        ({"low": 0, "likely": 100, "high": 100}, 200 / 3, 100 * 0.05**0.5, 100 * 0.95**0.5),
        ({"mean": 50, "sd": 10}, 50, 50 - 16.449, 50 + 16.449),
    ],
    ids=str,
)
def test_intervals_in_closed_form(spread, mean: float, low: float, high: float) -> None:
    found = chance.intervals(case(gain(spread, once=True), draws=200_000))[""]
    assert (found.mean, found.low, found.high) == pytest.approx((mean, low, high), abs=0.35)
    assert chance.quantiles(Spread(**spread)) == pytest.approx((low, high), abs=1e-2)


def test_losing_is_counted() -> None:
    found = chance.intervals(case(cost(30, once=True), gain({"low": 0, "high": 100}, once=True), draws=100_000))[""]
    assert found.losing == pytest.approx(0.3, abs=0.01)


def test_the_seed_decides_and_an_added_line_does_not() -> None:
    lines = [gain({"low": 0, "high": 100})]
    assert chance.intervals(case(*lines)) == chance.intervals(case(*lines))
    assert chance.intervals(case(*lines)) != chance.intervals(case(*lines, seed=2))
    shifted = chance.intervals(case(*lines, cost(10)))[""]
    worth = appraise(case(cost(10))).npv
    assert shifted.low == pytest.approx(chance.intervals(case(*lines))[""].low + worth)


def test_many_draws_in_pieces_are_the_same_draws(monkeypatch: pytest.MonkeyPatch) -> None:
    given_ = case(cost({"low": 0, "high": 9}), gain({"mean": 5, "sd": 1}), discount={"low": 0.01, "high": 0.05})
    whole = chance.intervals(given_)
    monkeypatch.setattr(chance, "AT_ONCE", 1000)
    assert chance.intervals(given_) == whole


def test_amounts_do_not_fall_below_nothing() -> None:
    assert (chance.draw(case(cost({"mean": 1, "sd": 5}))).of("line.0.amount") >= 0).all()


def test_what_changes_hands_moves_no_tornado() -> None:
    found = chance.tornado(
        case(cost({"low": 90, "high": 110}), gain({"low": 0, "high": 300}), fee({"low": 0, "high": 99}))
    )
    assert [each.figure for each in found] == ["line.1.amount", "line.0.amount"]
    assert found[0].npv_high > found[0].npv_low and found[1].npv_high < found[1].npv_low


@settings(max_examples=60)
@given(at_random())
def test_at_the_break_even_amount_the_whole_is_worth_nothing(given_: Case) -> None:
    scale = 1 + sum(appraise(given_).costs) + sum(appraise(given_).benefits)
    for each in chance.break_even(given_):
        turned = Case(**{name: getattr(given_, name) for name in given_.__struct_fields__})
        turned.line = list(given_.line)
        line = type(turned.line[0])(**{n: getattr(turned.line[each.line], n) for n in turned.line[0].__struct_fields__})
        amount = chance.central(line.amount)
        line.amount = amount * each.times
        turned.line[each.line] = line
        assert appraise(turned).npv == pytest.approx(0, abs=1e-9 * scale * max(1, each.times))


def test_nothing_uncertain_nothing_drawn() -> None:
    assert chance.intervals(case(cost())) == {} and chance.tornado(case(cost())) == []


def test_the_rate_may_be_uncertain() -> None:
    found = chance.intervals(case(cost(100, once=True), gain(30), discount={"low": 0.0, "high": 0.1}, draws=1000))[""]
    ends = [appraise(case(cost(100, once=True), gain(30), discount=rate)).npv for rate in (0.1, 0.0)]
    assert ends[0] < found.low < found.high < ends[1] and np.isfinite(found.mean)


def test_a_line_that_could_not_turn_the_answer_is_left_out() -> None:
    found = chance.break_even(case(cost(100), gain(150), gain(20), fee()))
    assert [(each.line, round(each.times, 3)) for each in found] == [(0, 1.7), (1, 0.533)]

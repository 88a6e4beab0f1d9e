"""Appraisals: sums that must agree, figures by hand, prices, and what is never turned into money."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings

from noren.governance.money import appraise, flows
from noren.governance.money.case import Case, Line
from noren.governance.money.words import words
from tests.governance.money.cases import at_random, case, cost, fee, gain


def test_a_case_by_hand() -> None:
    found = appraise(case(cost(1000, once=True), gain(300, **{"from": 2031}), discount=0.05))
    worth = 300 * (1.05**-1 + 1.05**-2 + 1.05**-3 + 1.05**-4)
    assert found.npv == pytest.approx(worth - 1000) and found.ratio == pytest.approx(worth / 1000)
    assert found.rates == pytest.approx([0.0771], abs=5e-5)
    assert found.payback == pytest.approx(3 + 1 / 3)
    assert found.interval is None and found.drivers == []
    assert found.says[0]["en"] == "Over 5 years, at 5.0 % a year, the whole is worth 64 yen more than it costs."


@settings(max_examples=60)
@given(at_random())
def test_the_parties_add_up_to_the_whole(given_: Case) -> None:
    found = appraise(given_)
    assert sum(party.npv for party in found.parties) == pytest.approx(found.npv, abs=1e-6)
    assert all(party.gains - party.pays == pytest.approx(party.npv, abs=1e-6) for party in found.parties)


@settings(max_examples=60)
@given(at_random())
def test_real_and_nominal_say_the_same(given_: Case) -> None:
    """Everything in the money of each year, discounted at the nominal rate, is worth what it is in real terms."""
    rate = given_.discount
    real = appraise(given_)
    nominal = Case(**{name: getattr(given_, name) for name in given_.__struct_fields__})
    nominal.discount, nominal.discount_prices = (1 + rate) * 1.02 - 1, "nominal"
    assert appraise(nominal).npv == pytest.approx(real.npv, abs=1e-6)


def test_what_changes_hands_adds_nothing() -> None:
    without, with_fee = appraise(case(cost(), gain())), appraise(case(cost(), gain(), fee()))
    assert with_fee.npv == pytest.approx(without.npv) and with_fee.ratio == pytest.approx(without.ratio)
    town, firm, _ = with_fee.parties
    assert town.npv - without.parties[0].npv == pytest.approx(-(firm.npv - without.parties[1].npv))


def test_bought_again_and_what_is_left() -> None:
    rows = flows.streams(given_ := case(cost(90, once=True, lifetime=3)), flows.middle(given_))[0]
    assert rows.sums.tolist() == [90, 0, 0, 90, 0] and rows.left.tolist() == pytest.approx([0, 0, 0, 0, 30])


def test_a_residual_value_and_growth() -> None:
    rows = flows.streams(given_ := case(cost(100, growth=0.1, residual=7)), flows.middle(given_))[0]
    assert rows.sums == pytest.approx([100, 110, 121, 133.1, 146.41]) and rows.left[-1] == 7


def test_nominal_lines_are_deflated() -> None:
    given_ = case(cost(100, prices="nominal"), inflation=0.02)
    assert flows.streams(given_, flows.middle(given_))[0].sums == pytest.approx(100 * 1.02 ** -np.arange(5.0))


def test_shared_costs_fall_on_those_who_share() -> None:
    found = appraise(case({"name": "C", "kind": "cost", "payers": {"town": 0.75, "firm": 0.25}, "amount": 100}))
    assert found.parties[0].npv == pytest.approx(3 * found.parties[1].npv)


def test_without_a_rate_the_social_rate_is_named_with_its_source() -> None:
    found = appraise(case(cost()))
    assert found.rate == 0.04
    assert "Ministry of Land, Infrastructure, Transport and Tourism" in found.assumptions[0]["en"]
    assert "国土交通省" in found.assumptions[0]["ja"]
    assert [each.rate for each in found.other_rates] == [0.01, 0.02]


def test_a_base_year_before_the_start() -> None:
    later = appraise(case(cost(), base_year=2029))
    assert later.npv == pytest.approx(appraise(case(cost())).npv / 1.04)


def test_quality_of_life_stays_in_its_unit() -> None:
    life = {"name": "Sleep", "unit": "hours", "party": "town", "amount": {"low": 0, "high": 100}, "from": 2032}
    with_life, without = appraise(case(cost(), life=[life])), appraise(case(cost()))
    assert with_life.npv == without.npv and [p.npv for p in with_life.parties] == [p.npv for p in without.parties]
    (sleep,) = with_life.life
    assert (sleep.yearly, sleep.whole, sleep.unit["en"]) == (50, 150, "hours")
    assert "quality of life are shown apart" in with_life.parties[0].says["en"]


def test_no_rate_and_several_rates_are_said() -> None:
    one_sided = appraise(case(cost()))
    assert one_sided.rates == [] and "the same way" in one_sided.says[1]["en"]
    second, third = {"from": 2031, "once": True}, {"from": 2032, "once": True}
    pump = appraise(case(cost(1600, once=True), gain(10_000, **second), cost(10_000, **third)))
    assert pump.rates == pytest.approx([0.25, 4.0]) and "several" in pump.says[1]["en"]
    none = appraise(case(gain(1000, once=True), cost(3000, **second), gain(2500, **third)))
    assert none.rates == [] and "at no rate" in none.says[1]["en"]


def test_who_gains_and_who_pays_is_told() -> None:
    bridge = Line(name="bridge", kind="cost", payers={"a": 1.0}, amount=10.0)
    lines = [bridge, Line(name="time", kind="benefit", payee="b", amount=9.0)]
    found = appraise(Case(title="T", start=2026, years=1, parties={"a": "A", "b": "B", "c": "C"}, line=lines))
    told = [
        words(f"money.party.{key}", party=name, pays=p, gains=g, net=n)["en"]
        for key, name, p, g, n in (("pays", "A", 10, 0, 10), ("gains", "B", 0, 9, 9), ("even", "C", 0, 0, 0))
    ]
    assert [each.says["en"] for each in found.parties] == told

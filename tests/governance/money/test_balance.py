"""Accounts and budgets: from which year money is missing, what would help, planned and actual."""

from __future__ import annotations

import pytest

from noren.governance.money import appraise, balance
from tests.governance.money.cases import case, cost, fee

ACCOUNT = {"account": "town"}


def test_from_which_year_money_is_missing_and_what_would_help() -> None:
    given_ = case(cost(100), fee(120, to=2031), fee(20, **{"from": 2032}, name="Later"), balance=ACCOUNT)
    found = balance.account(given_)
    assert [year.holds for year in found.years] == [20, 40, -40, -120, -200]
    assert found.short_from == 2032 and found.lacks == 200
    assert [(each.line["en"], round(each.times, 3)) for each in found.remedies] == [("Fee", 1.833), ("Later", 4.333)]
    says = [each["en"] for each in appraise(given_).says]
    assert "The account of Town lacks money from 2032 on, at worst 200 yen." in says
    assert "It would hold if “Fee” were 1.84 times as much." in says


@pytest.mark.parametrize("place", [0, 1])
def test_a_remedy_is_enough_and_no_more(place: int) -> None:
    lines = [fee(120, to=2031), fee(20, **{"from": 2032}, name="Later")]
    times = balance.account(case(cost(100), *lines, balance=ACCOUNT)).remedies[place].times
    lines[place]["amount"] *= times
    assert balance.account(case(cost(100), *lines, balance=ACCOUNT)).lacks == pytest.approx(0, abs=1e-6)


def test_an_opening_and_an_account_that_holds() -> None:
    found = appraise(case(cost(10), balance=ACCOUNT | {"opening": 50}))
    assert found.account.short_from is None and found.account.years[-1].holds == 0
    assert "never runs dry in 5 years and ends with 0 yen" in found.says[-1]["en"]


def test_no_line_could_help_before_it_starts() -> None:
    found = balance.account(case(cost(10), fee(100, **{"from": 2031}), balance=ACCOUNT))
    assert found.short_from == 2030 and found.remedies == []


def test_the_money_of_each_year_where_inflation_is_given() -> None:
    found = balance.account(case(cost(100), balance=ACCOUNT, inflation=0.1))
    assert found.prices == "nominal" and found.years[1].goes == pytest.approx(110)


def test_what_is_left_at_the_end_is_no_cash() -> None:
    found = balance.account(case(cost(90, once=True, lifetime=10), balance=ACCOUNT | {"opening": 90}))
    assert found.years[-1].holds == 0


def test_how_often_it_runs_dry() -> None:
    given_ = case(cost({"low": 0, "high": 100}, once=True), balance=ACCOUNT | {"opening": 75}, draws=20_000)
    assert balance.account(given_).dry == pytest.approx(0.25, abs=0.01)
    assert balance.account(case(cost(1), balance=ACCOUNT)).dry is None and balance.account(case(cost(1))) is None


def test_budget_lines_by_year_with_actual() -> None:
    lines = balance.budget(case(cost(10, to=2031, actual={"2030": 12, "2032": 3}, initiative="bus"), unit=1000))
    assert [(each.year, each.planned, each.actual) for each in lines] == [
        (2030, 10_000, 12_000),
        (2031, 10_000, None),
        (2032, 0, 3_000),
    ]
    assert {(each.kind, each.initiative, each.payer["en"]) for each in lines} == {("cost", "bus", "Town")}


def test_dry_in_one_year_is_dry() -> None:
    lines = cost({"low": 0, "high": 100}, once=True), fee(1000, **{"from": 2031})
    given_ = case(*lines, balance=ACCOUNT | {"opening": 75}, draws=20_000)
    assert balance.account(given_).dry == pytest.approx(0.25, abs=0.01)

"""Money of initiatives: sums lose nothing, worth is the textbook's, what is missing or wrong is said."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from noren.governance.budget import shares, totals, worth
from noren.terms.records import BudgetLine, Initiative

NOW = datetime(2026, 7, 1, tzinfo=UTC)
amounts = st.none() | st.integers(0, 10**9).map(float)
lines = st.builds(
    BudgetLine,
    id=st.just("urn:b"),
    year=st.none() | st.sampled_from([2025.0, 2026.0]),
    line_kind=st.sampled_from([None, "cost", "fee"]),
    payer=st.sampled_from([None, "City", "Firm"]),
    planned=amounts,
    actual=amounts,
)


@given(st.lists(lines, max_size=12))
def test_sums_lose_nothing_and_make_nothing_of_what_is_not_known(given_lines: list[BudgetLine]) -> None:
    rows = totals(given_lines)
    for field in ("planned", "actual"):
        known = [getattr(each, field) for each in given_lines if getattr(each, field) is not None]
        assert sum(row[field] or 0 for row in rows) == sum(known)
        if not known:
            assert all(row[field] is None for row in rows)
    keys = [(row["year"], row["kind"], row["payer"]) for row in rows]
    assert len(set(keys)) == len(keys)


def undertaken(**more: Any) -> Initiative:
    return Initiative(id="urn:i", name="Slow streets", **more)


def test_worth_is_the_sum_of_discounted_years() -> None:
    pytest.importorskip("scipy")
    costs = [{"year": 2026, "amount": 1000, "payer": "City"}, {"year": 2027, "amount": 100, "payer": "Region"}]
    gains = [
        {"who": "Residents", "kind": "value", "amount": 300, "first": 2027, "last": 2030},
        {"who": "Children", "kind": "quality", "text": {"en": "They walk"}},
    ]
    found = worth(undertaken(costs=costs, gains=gains), NOW)
    assert found.found is not None, found.wrong
    expected = -1000 - 100 / 1.04 + sum(300 / 1.04**t for t in range(1, 5))
    assert found.found.npv == pytest.approx(expected)
    assert found.years == (2026, 2030)
    nets = {each.party: each.npv for each in found.found.parties}
    assert sum(nets.values()) == pytest.approx(expected)
    assert nets["Region"] == pytest.approx(-100 / 1.04)
    said = " ".join(each["en"] for each in found.assumed)
    assert "4" in said and "quality of life" in said


def test_gains_without_years_count_each_year_and_say_so() -> None:
    pytest.importorskip("scipy")
    costs = [{"year": 2026, "amount": 100, "payer": "City"}, {"year": 2028, "amount": 0, "payer": "City"}]
    found = worth(undertaken(costs=costs, gains={"who": "All", "kind": "saving", "amount": 50}), NOW)
    assert found.found is not None, found.wrong
    assert found.found.npv == pytest.approx(-100 + 50 * (1 + 1 / 1.04 + 1 / 1.04**2))
    assert any("from 2026 to 2028" in each["en"] for each in found.assumed)


def test_transfers_move_money_and_add_nothing() -> None:
    pytest.importorskip("scipy")
    gains = [{"who": "All", "kind": "value", "amount": 50}]
    costs = [{"year": 2026, "amount": 100, "payer": "City"}]
    fee = [{"year": 2026, "amount": 999, "payer": "Firm", "kind": "fee"}]
    without, with_fee = (worth(undertaken(costs=each, gains=gains), NOW).found for each in (costs, [*costs, *fee]))
    assert without is not None and with_fee is not None
    assert with_fee.npv == without.npv


@pytest.mark.parametrize(
    ("costs", "gains", "lacks"),
    [
        (None, None, ["costs", "gains"]),
        ([{"year": 2026, "amount": 1, "payer": "City"}], [{"who": "All", "kind": "quality"}], ["gains"]),
    ],
)
def test_worth_says_what_is_missing(costs: Any, gains: Any, lacks: list[str]) -> None:
    found = worth(undertaken(costs=costs, gains=gains), NOW)
    assert (found.lacks, found.found, found.wrong) == (lacks, None, None)


@pytest.mark.parametrize(
    ("cost", "where"),
    [
        ({"year": "soon"}, "costs[0].year"),
        ({"amount": -5}, "line City"),
        ({"year": 9999}, "costs, gains"),
        ({"payer": 7}, "costs[0].payer"),
    ],
)
def test_worth_names_the_figure_that_cannot_be(cost: Any, where: str) -> None:
    costs = [{"year": 2026, "amount": 1, "payer": "City"} | cost]
    gains = [{"who": "All", "kind": "value", "amount": 1, "first": 2026, "last": 2027}]
    found = worth(undertaken(costs=costs, gains=gains), NOW)
    assert found.wrong is not None and found.wrong.where.startswith(where)


def test_a_shared_cost_is_divided_to_the_whole_yen_and_says_why() -> None:
    pytest.importorskip("scipy")
    game = {"kind": "cost", "coalitions": {"A": 100, "B": 100, "A+B": 151}}
    found = shares(undertaken(sharing=game))
    assert found is not None
    assert sorted(each["yen"] for each in found["shares"]) == [75, 76]
    assert all(each["why"]["ja"] for each in found["shares"])
    assert shares(undertaken()) is None


@pytest.mark.parametrize(
    "game", [{"kind": "cost"}, {"coalitions": {"A": "x"}}, {"surprise": 1}, {"coalitions": {"A": 100, "A+B": 1}}, 7]
)
def test_a_game_that_cannot_be_is_named(game: Any) -> None:
    found = shares(undertaken(sharing=game))
    assert found is not None and found["wrong"].where.startswith("sharing")


def test_what_comes_back_to_a_payer_stands_on_the_other_side() -> None:
    pytest.importorskip("scipy")
    costs = [
        {"year": 2026, "amount": 100, "payer": "City"},
        {"year": 2027, "amount": 26, "payer": "City", "kind": "saving"},
    ]
    gains = [{"who": "All", "kind": "value", "amount": 52, "first": 2027, "last": 2027}]
    found = worth(undertaken(costs=costs, gains=gains), NOW)
    assert found.found is not None, found.wrong
    assert found.found.npv == pytest.approx(-100 + 78 / 1.04)

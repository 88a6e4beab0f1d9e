"""Sums of a budget, added up in another way."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from noren.governance.plan import Book
from noren.governance.plan.money import sums
from noren.terms.records import BudgetLine
from tests.governance.plan.conftest import NOW

AMOUNT = st.none() | st.integers(0, 10**9).map(float)
LINE = st.tuples(
    st.none() | st.integers(2025, 2028).map(float),
    st.sampled_from(["cost", "fee"]),
    st.sampled_from("ab"),
    AMOUNT,
    AMOUNT,
)


@given(st.lists(LINE, max_size=30))
def test_nothing_is_lost_and_nothing_is_made_up(lines: list[tuple]) -> None:
    budget = [
        BudgetLine(id=f"urn:x:{i}", year=year, line_kind=kind, payer=payer, planned=planned, actual=actual)
        for i, (year, kind, payer, planned, actual) in enumerate(lines)
    ]
    found = sums(Book(city={}, now=NOW, timezone="UTC", budget=budget))
    for which, at in (("planned", 3), ("actual", 4)):
        dated = [line for line in lines if line[0] is not None]
        assert sum(getattr(each, which) or 0 for each in found.values()) == sum(line[at] or 0 for line in dated)
        for (year, kind, payer), each in found.items():
            stated = [line[at] for line in dated if line[:3] == (year, kind, payer)]
            assert (getattr(each, which) is None) == all(amount is None for amount in stated)

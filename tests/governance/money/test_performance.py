"""Cost of services by place: published intervals, small numbers said, no ranking."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from noren.errors import BadInput
from noren.governance.money import Use, measure
from noren.governance.money.performance import poisson


@pytest.mark.parametrize(
    ("count", "low", "high"), [(0, 0, 3.689), (1, 0.0253, 5.572), (10, 4.795, 18.390), (100, 81.36, 121.63)]
)
def test_the_exact_interval_of_a_count(count: int, low: float, high: float) -> None:
    # Tables of the Poisson interval, such as Garwood 1936 and Ulm 1990.
    assert poisson(count) == pytest.approx((low, high), abs=0.006)


def test_per_use_user_resident_and_resident_in_reach() -> None:
    (row,) = measure([Use("bus", "North", 900_000, 300, users=100, residents=4_000, reach=0.5)])
    assert (row.per_use, row.per_user, row.per_resident, row.per_reached) == (3000, 9000, 225, 450)
    assert row.low < 3000 < row.high and row.overall == 3000 and not row.differs and row.says == []


def test_few_uses_are_said_and_none_has_no_cost() -> None:
    few, none = measure([Use("bus", "A", 100, 4), Use("bus", "B", 100, 0)])
    assert "Only 4 uses" in few.says[0]["en"] and few.high > 3 * few.per_use
    assert none.per_use is None and none.high is None and "Nobody used it" in none.says[1]["en"]


def test_a_place_that_differs_beyond_chance() -> None:
    one, two, three = measure([Use("bus", "A", 1e6, 10_000), Use("bus", "B", 1e6, 1_000), Use("hall", "B", 5, 1)])
    assert one.differs and two.differs and not three.differs
    assert one.overall == two.overall == pytest.approx(2e6 / 11_000)


@given(st.permutations(["C", "A", "B"]))
def test_places_stay_in_their_order(places: list[str]) -> None:
    assert [row.place for row in measure([Use("bus", place, 10, 10) for place in places])] == places


@pytest.mark.parametrize(
    "row", [Use("b", "A", -1, 1), Use("b", "A", 1, -1), Use("b", "A", 1, 1, users=2), Use("b", "A", 1, 1, reach=2)]
)
def test_what_cannot_be_is_refused(row: Use) -> None:
    with pytest.raises(BadInput, match=r"Cost and|more users|Reach") as error:
        measure([Use("b", "Z", 1, 1), row])
    assert error.value.where == "row 2, b, A"

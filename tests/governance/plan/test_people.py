"""Ages are read however they are named, and none is lost or counted twice."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from noren.governance.plan.people import ages, by_year

COUNTS = st.lists(st.integers(0, 5000), min_size=18, max_size=18)


def labels() -> list[str]:
    return [*(f"{low}-{low + 4}" for low in range(0, 85, 5)), "85+"]


@given(COUNTS, COUNTS)
def test_three_ways_of_keeping_the_same_people(male: list[int], female: list[int]) -> None:
    flat = {
        f"{sex} {label}": n
        for sex, row in (("male", male), ("female", female))
        for label, n in zip(labels(), row, strict=True)
    }
    nested = {"male": dict(zip(labels(), male, strict=True)), "female": dict(zip(labels(), female, strict=True))}
    found = [ages(each) for each in (flat, nested, {"width": 5, "counts": [male, female]})]
    assert found[0] == found[1] == found[2]
    one = found[0]
    assert one and one.total == sum(male) + sum(female)
    assert one.children + one.working + one.old == one.total
    assert one.old == sum(male[13:]) + sum(female[13:])
    assert one.oldest == sum(male[15:]) + sum(female[15:])


@pytest.mark.parametrize("kept", [None, "many", [], {"nothing": "here"}, {"width": 5, "counts": []}, True])
def test_what_names_no_age_is_nobody(kept: object) -> None:
    assert ages(kept) is None


def test_years_of_a_projection() -> None:
    expected = {2030: 10.0, 2035: 8.0}
    for kept in ({"2035": 8, "2030": {"0-14": 4, "15+": 6}}, [{"year": 2030, "total": 10}, {"year": 2035, "0-4": 8}]):
        assert {year: each.total for year, each in by_year(kept).items()} == expected
    assert by_year({"year": 2030, "width": 5, "counts": [1, 2]})[2030].total == 3
    assert by_year("2030") == by_year({"soon": 3}) == by_year([{"year": "x"}]) == {}

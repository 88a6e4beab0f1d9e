"""What surveys found: by factor, with the change since the first; too few stay hidden, trials stay with their trial."""

from __future__ import annotations

from datetime import timedelta
from math import sqrt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from noren.city import City
from noren.governance.life import Point, change, results
from noren.terms.records import Survey, SurveyResult
from tests.governance.conftest import year

estimates = st.floats(0, 10)
halves = st.floats(0.01, 3)


@given(estimates, halves, estimates, halves)
def test_even_intervals_add_as_squares(before: float, one: float, after: float, other: float) -> None:
    found = change(Point(None, before, before - one, before + one), Point(None, after, after - other, after + other))
    assert found.low is not None and found.high is not None
    assert found.by == pytest.approx(after - before)
    assert found.high - found.by == pytest.approx(sqrt(one**2 + other**2), abs=1e-6)
    assert found.by - found.low == pytest.approx(found.high - found.by, abs=1e-6)
    assert found.sure is (found.low > 0 or found.high < 0)


def test_without_intervals_nothing_is_sure() -> None:
    found = change(Point(None, 5.0), Point(None, 6.0, 5.5, 6.5))
    assert (found.by, found.low, found.sure) == (1.0, None, None)


async def test_results_stand_by_factor_and_the_few_are_hidden(city: City) -> None:
    def result(
        number: int, factor: str, value: float | None, when: int, survey: str, group: str | None
    ) -> SurveyResult:
        low, high = (None, None) if value is None else (value - 0.1, value + 0.1)
        return SurveyResult(
            id=f"urn:ngsi-ld:SurveyResult:town:{number}",
            in_survey=f"urn:ngsi-ld:Survey:town:{survey}",
            factor=factor,
            group_of=group,
            estimate=value,
            estimate_low=low,
            estimate_high=high,
            is_suppressed=value is None,
            measured_at=year(when) + timedelta(days=1),
        )

    surveys = [
        Survey(id="urn:ngsi-ld:Survey:town:y", survey_kind="yearly"),
        Survey(id="urn:ngsi-ld:Survey:town:t", survey_kind="trial"),
    ]
    found = [
        result(1, "happiness", 7, 2025, "y", "all"),
        result(2, "happiness", 6, 2023, "y", None),
        result(3, "happiness", 9, 2025, "t", None),
        result(4, "happiness", None, 2025, "y", "75+"),
        result(5, "trust", 5, 2025, "y", None),
    ]
    await city.view(city.staff).keep([*surveys, *found])
    told = await results(city.view(city.anonymous))
    assert [(each.factor, each.group) for each in told] == [("happiness", ""), ("trust", ""), ("happiness", "75+")]
    assert [point.estimate for point in told[0].points] == [6, 7]
    assert told[0].change is not None and told[0].change.by == 1 and told[0].change.sure
    assert told[1].change is None
    assert (told[2].points[0].estimate, told[2].points[0].suppressed) == (None, True)
    (trial,) = await results(city.view(city.anonymous), [surveys[1].id])
    assert trial.points[0].estimate == 9

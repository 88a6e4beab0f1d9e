"""Waves of a survey in a town: worked out once, compared with the first, weighted to the population."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from noren.city import City
from noren.civic import surveys, waves
from noren.errors import Conflict
from noren.terms.records import Survey, SurveyAnswer, SurveyResult


def answers(survey: str, day: datetime, values: list[int], ages: list[str]) -> list[SurveyAnswer]:
    return [
        SurveyAnswer(
            id=f"urn:ngsi-ld:SurveyAnswer:town:{survey[-4:]}-{day:%Y%m}-{at}",
            in_survey=survey,
            marks={"happiness": value},
            age_group=age,
            answered_at=day,
        )
        for at, (value, age) in enumerate(zip(values, ages, strict=True))
    ]


async def pulse(city: City, **how: object) -> Survey:
    draft = surveys.Draft(kind="pulse", name="Pulse", questions=("happiness",), **how)  # type: ignore[arg-type]
    return await surveys.create(city.view(city.staff), draft)


async def test_each_month_is_a_wave_and_worked_out_once(city: City) -> None:
    survey, view = await pulse(city), city.view(city.staff)
    first, second = datetime(2026, 1, 10, tzinfo=UTC), datetime(2026, 3, 2, tzinfo=UTC)
    ages = ["-29"] * 40
    await view.keep(answers(survey.id, first, [4, 5, 6, 5] * 10, ages))
    await view.keep(answers(survey.id, datetime(2026, 2, 3, tzinfo=UTC), [9] * 9, ages[:9]))
    await view.keep(answers(survey.id, second, [7, 8, 7, 8] * 10, ages))
    assert await waves.evaluate(view, survey.id) == 2
    (happy, *_) = await waves.results(city.view(city.anonymous), survey.id)
    assert [each["measuredAt"] for each in happy["waves"]] == [
        datetime(2026, 2, 1, tzinfo=UTC),
        datetime(2026, 4, 1, tzinfo=UTC),
    ]
    assert [each["estimate"] for each in happy["waves"]] == [5.0, 7.5]
    assert happy["change"]["difference"] == 2.5
    assert happy["change"]["isClear"]
    with pytest.raises(Conflict, match="9 people"):
        await waves.evaluate(view, survey.id)
    assert len([each async for each in view.find(SurveyResult, q='groupOf=="all"')]) == 2


async def test_this_month_is_not_over(city: City) -> None:
    survey, view = await pulse(city), city.view(city.staff)
    await view.keep(answers(survey.id, city.clock.now() - timedelta(seconds=1), [5] * 30, ["-29"] * 30))
    with pytest.raises(Conflict, match="No wave"):
        await waves.evaluate(view, survey.id)


async def test_the_young_who_answer_too_often_do_not_decide(city: City) -> None:
    survey = await pulse(city, margins={"ageGroup": {"-29": 100, "30-44": 300}})
    view, day = city.view(city.staff), datetime(2026, 1, 10, tzinfo=UTC)
    await view.keep(answers(survey.id, day, [10] * 60 + [2] * 40, ["-29"] * 60 + ["30-44"] * 40))
    await waves.evaluate(view, survey.id)
    (happy, *groups) = await waves.results(view, survey.id)
    (wave,) = happy["waves"]
    assert wave["estimate"] == pytest.approx(0.25 * 10 + 0.75 * 2)
    assert wave["agreeing"] == pytest.approx(0.25)
    assert wave["effective"] == pytest.approx(100**2 / (60 * (25 / 60) ** 2 + 40 * (75 / 40) ** 2), abs=0.1)
    assert {each["group"]: each["waves"][0]["estimate"] for each in groups if each["waves"][0]["estimate"]} == {
        "ageGroup:-29": 10,
        "ageGroup:30-44": 2,
    }


async def test_this_year_is_compared_with_the_first(city: City) -> None:
    view, found = city.view(city.staff), []
    for year, value in ((2024, 4), (2025, 8)):
        draft = surveys.Draft(
            kind="yearly",
            name=str(year),
            questions=("happiness",),
            opens_at=datetime(year, 1, 1, tzinfo=UTC),
            closes_at=datetime(year, 2, 1, tzinfo=UTC),
        )
        survey = await surveys.create(view, draft)
        given = answers(survey.id, datetime(year, 1, 5, tzinfo=UTC), [value] * 20, ["-29"] * 20)
        await view.keep(given)
        await waves.evaluate(view, survey.id)
        found.append((await waves.results(view, survey.id))[0])
    assert found[0]["change"] is None
    assert found[1]["change"]["difference"] == 4
    assert len(found[1]["waves"]) == 2


def test_what_is_told_of_groups_gives_no_small_group_away() -> None:
    """An attacker who knows every weight computes all that can be computed from estimates, group by group."""
    random = np.random.default_rng(3)
    survey = Survey(id="urn:ngsi-ld:Survey:town:x", survey_kind="yearly", questions=["happiness"])
    names = surveys.groups(survey)["ageGroup"]
    for _ in range(60):
        sizes = random.integers(0, 25, len(names))
        ages = [name for name, size in zip(names, sizes, strict=True) for _ in range(size)]
        ages += [""] * int(random.integers(0, 12))
        if len(ages) < 10:
            continue
        given = answers(survey.id, datetime(2026, 1, 1, tzinfo=UTC), random.integers(0, 11, len(ages)).tolist(), ages)
        results = waves.found_in("town", survey, given, datetime(2026, 2, 1, tzinfo=UTC))
        told = {r.group_of: int(r.respondents or 0) for r in results if not r.is_suppressed}
        groups = {name: n for name, n in told.items() if str(name).startswith("ageGroup")}
        left = told["all"] - sum(groups.values())
        assert not groups or left == 0 or left >= 10
        assert all(n >= 10 for n in told.values())

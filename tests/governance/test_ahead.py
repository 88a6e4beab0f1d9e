"""People ahead from districts: they add up, scenarios differ, earlier counts are found, the few are not shown."""

from __future__ import annotations

from typing import Any

import msgspec
import pyarrow as pa
import pytest

from noren.city import City
from noren.errors import BadInput
from noren.governance import ahead
from noren.governance.ahead import Counts
from noren.terms.records import District
from tests.governance.conftest import year

AGES = [f"{low}-{low + 4}" for low in range(0, 85, 5)] + ["85+"]


def by_age(each: float) -> dict[str, float]:
    return {f"{sex} {age}": each for sex in ("male", "female") for age in AGES}


def district(name: str, each: float) -> dict[str, Any]:
    return {"id": f"urn:ngsi-ld:District:town:{name}", "name": name, "populationByAge": by_age(each)}


TOWN = Counts({2025: [district("east", 50), district("west", 100), district("inn", 2)]})


def test_the_city_and_its_scenarios_are_told_year_by_year() -> None:
    told = ahead.answer(TOWN, "", 2050, "median")
    assert [each["year"] for each in told["years"]] == [2025, 2030, 2035, 2040, 2045, 2050]
    assert told["years"][0]["total"] == pytest.approx(152 * 36)
    for row, pyramid in zip(told["years"], told["pyramids"], strict=True):
        assert sum(pyramid["male"]) + sum(pyramid["female"]) == pytest.approx(row["total"], rel=1e-3)
        assert row["under15"] + row["from15to64"] + row["from65"] == pytest.approx(row["total"])
    ends = {each["name"]: each["years"][-1]["total"] for each in told["scenarios"]}
    assert ends["low-fertility"] < ends["median"] < ends["high-fertility"]
    assert (told["method"], told["countedIn"]) == ("one count", 2025)
    hands = [sum(each["people"][i] for each in told["workforce"]) for i in range(6)]
    assert hands == pytest.approx([each["workers"] for each in told["years"]], rel=1e-2)


def test_districts_of_a_few_people_are_counted_and_not_shown() -> None:
    told = ahead.answer(TOWN, "", 2050, "median")
    assert ({each["name"] for each in told["districts"]}, told["hidden"]) == ({"east", "west"}, 1)
    assert set(told["places"]) == {"east", "west"}


def test_one_district_is_told_by_itself() -> None:
    east, west = (ahead.answer(TOWN, name, 2040, "median")["years"][-1]["total"] for name in ("east", "west"))
    assert west == pytest.approx(2 * east)


@pytest.mark.parametrize(
    ("place", "to", "scenario", "where"),
    [
        ("nowhere", 2050, "median", "place"),
        ("inn", 2050, "median", "place"),
        ("", 2025, "median", "to"),
        ("", 2101, "median", "to"),
        ("", 2050, "rosy", "scenario"),
    ],
)
def test_what_cannot_be_asked_is_told_by_field(place: str, to: int, scenario: str, where: str) -> None:
    with pytest.raises(BadInput) as caught:
        ahead.answer(TOWN, place, to, scenario)
    assert caught.value.where == where


def test_the_key_follows_the_data() -> None:
    other = Counts({2025: [district("east", 51), district("west", 100), district("inn", 2)]})
    assert TOWN.key == Counts(dict(TOWN.years)).key != other.key


async def test_earlier_counts_stand_in_the_districts_history(city: City) -> None:
    view, now = city.view(city.staff), city.clock.now().year
    id = "urn:ngsi-ld:District:town:east"
    with pytest.raises(BadInput, match="by age"):
        await ahead.counts(view)
    await view.keep([District(id=id, name="east", population_by_age=by_age(50))])
    earlier = {
        "entity": [id],
        "attribute": ["populationByAge"],
        "observed": pa.array([year(now - 5)], pa.timestamp("us", "UTC")),
        "number": pa.nulls(1, pa.float64()),
        "value": [msgspec.json.encode(by_age(40)).decode()],
    }
    await view.record("District", pa.table(earlier))
    await view.keep([District(id=id, population_by_age=by_age(50))])
    found = await ahead.counts(city.view(city.anonymous))
    assert list(found.years) == [now - 5, now]
    assert found.years[now][0]["populationByAge"]["male 0-4"] == 50
    assert ahead.answer(found, "", None, "median")["method"] == "ratios"

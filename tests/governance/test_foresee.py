"""The people ahead as entities: written once for each state of the districts, and read again by the plan."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from noren.city import City, create
from noren.governance.foresee import foresee_people
from noren.governance.people import SCENARIOS
from noren.governance.plan.people import ages, by_year
from noren.services import all_services
from noren.terms.records import District, PopulationProjection

CLASSES = [f"{low}-{low + 4}" for low in range(0, 85, 5)] + ["85+"]


@pytest.fixture
async def city(tmp_path: Path) -> AsyncIterator[City]:
    create(tmp_path / "town", "Town")
    async with City.open(tmp_path / "town") as city:
        yield city


async def look(city: City) -> list[PopulationProjection]:
    declaration = foresee_people.declaration
    await foresee_people(city.view(city.service(declaration), purpose=declaration.purpose))
    return [each async for each in city.view(city.anonymous).find(PopulationProjection)]


async def register(city: City, each: float) -> None:
    people = {f"{sex} {age}": each for sex in ("male", "female") for age in CLASSES}
    district = District(id="urn:ngsi-ld:District:town:1", name="Harbour", population_by_age=people)
    await city.view(city.staff).keep([district])


def test_it_is_found_as_a_service() -> None:
    assert "foresee_people" in {service.declaration.name for service in all_services()}


async def test_without_people_by_age_there_is_nothing_to_foresee(city: City) -> None:
    assert await look(city) == []


async def test_every_scenario_starts_from_the_register_and_the_plan_reads_it(city: City) -> None:
    await register(city, 50)
    found = await look(city)
    assert {each.scenario for each in found} == set(SCENARIOS)
    for each in found:
        years = by_year(each.projection)
        first = years[min(years)]
        assert first.total == pytest.approx(50 * 36)
        assert first.children == pytest.approx(50 * 6)
        assert ages(each.projection[str(max(years))])


async def test_it_works_anew_when_the_register_changed(city: City) -> None:
    await register(city, 50)
    before = {each.scenario: each.projection for each in await look(city)}
    seq = city.view(city.staff).newest()
    assert {each.scenario: each.projection for each in await look(city)} == before
    assert city.view(city.staff).newest() == seq
    await register(city, 60)
    assert {each.scenario: each.projection for each in await look(city)} != before

"""A rehearsal: the city knows no more than was known then; the summary says what came first."""

from __future__ import annotations

import asyncio
import math
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pytest

from noren.city import City, create
from noren.errors import BadInput
from noren.run import rehearsal
from noren.run.rehearsal import Plan, prepare, recorded, rehearse, set_up

GAUGE = "urn:ngsi-ld:WaterObserved:town:1"
LATE = "urn:ngsi-ld:WaterObserved:town:late"
FIRST = datetime(2024, 3, 1, tzinfo=UTC)
FLOOD = datetime(2024, 4, 28, tzinfo=UTC)


def stage(time: datetime) -> float:
    """Tides of 10 cm around 1 m; from the flood on it rises 10 cm an hour to 4 m."""
    hours = (time - FLOOD).total_seconds() / 3600
    return round(1 + 0.1 * math.sin(hours / 4) + min(max(hours, 0) * 0.1, 3), 3)


def series(id: str, first: datetime, hours: int) -> pa.Table:
    times = [first + timedelta(hours=hour) for hour in range(hours)]
    return pa.table(
        {
            "entity": [id] * hours,
            "attribute": ["waterLevel"] * hours,
            "observed": pa.array(times, pa.timestamp("us", "UTC")),
            "number": [stage(time) for time in times],
        }
    )


@pytest.fixture
async def city(tmp_path: Path) -> AsyncIterator[City]:
    create(tmp_path, "Town")
    async with City.open(tmp_path) as opened:
        view = opened.view(opened.staff)
        gauge = {"id": GAUGE, "type": "WaterObserved", "name": "Bridge", "floodLevel": 2.6}
        late = {"id": LATE, "type": "WaterObserved", "name": "New gauge"}
        old = {"id": "urn:ngsi-ld:Alert:town:old", "type": "Alert", "severity": "high"}
        for outcome in await view.upsert([gauge, late, old]):
            assert outcome.error is None
        await view.record("WaterObserved", series(GAUGE, FIRST, 24 * 64))
        await view.record("WaterObserved", series(LATE, FLOOD + timedelta(hours=10), 30))
        yield opened


async def test_the_tape_is_what_the_city_holds(city: City) -> None:
    table = await recorded(city)
    assert table.num_rows == 24 * 64 + 30
    assert set(table.column("type").to_pylist()) == {"WaterObserved"}


async def test_nothing_is_known_beyond_the_start(city: City) -> None:
    _, start, until = await prepare(city, [], Plan(start=FLOOD), print)
    view = city.view(city.staff)
    assert (start, until) == (FLOOD, FIRST + timedelta(hours=24 * 64 - 1))
    assert abs(city.clock.now() - FLOOD) < timedelta(seconds=1)
    gauge = await view.get_normalized(GAUGE)
    assert gauge is not None
    assert gauge["waterLevel"]["observedAt"] == "2024-04-28T00:00:00Z"
    assert gauge["floodLevel"]["value"] == 2.6
    late = await view.get_normalized(LATE)
    assert late is not None
    assert "waterLevel" not in late
    assert late["name"]["value"] == "New gauge"
    assert await view.get("Alert", "urn:ngsi-ld:Alert:town:old") is None
    past = await view.series("WaterObserved", "waterLevel", ids=[GAUGE])
    assert max(past.column("observed").to_pylist()) == FLOOD


async def test_headless_to_the_end(city: City) -> None:
    said: list[str] = []
    plan = Plan(start=FLOOD - timedelta(hours=6), until=FLOOD + timedelta(hours=48), step=timedelta(hours=3))
    summary = await rehearse(city, [], plan, say=said.append)
    assert summary.readings == 54 + 30
    assert said[0].startswith("84 readings")
    crossing = next(found for found in summary.crossings if found.gauge == GAUGE)
    assert (crossing.stage, crossing.level) == ("flood", 2.6)
    first = next(hour for hour in range(48) if stage(FLOOD + timedelta(hours=hour)) >= 2.6)
    assert crossing.at == FLOOD + timedelta(hours=first)
    level = await city.view(city.staff).get("WaterObserved", GAUGE)
    assert level is not None
    assert level["waterLevel"] == stage(FLOOD + timedelta(hours=48))
    assert all(ran.failures == 0 for ran in summary.services)
    assert {ran.name for ran in summary.services} >= {"watch_floods"}
    assert crossing.lead_hours is not None
    assert crossing.lead_hours > 0
    assert "the warning came" in summary.text()


async def test_a_time_in_which_nothing_was_recorded(city: City) -> None:
    with pytest.raises(BadInput, match="There are readings from 2024-03-01 to 2024-05-03"):
        await prepare(
            city, [], Plan(start=datetime(2030, 1, 1, tzinfo=UTC), until=datetime(2030, 2, 1, tzinfo=UTC)), print
        )


async def test_a_city_without_readings(tmp_path: Path) -> None:
    create(tmp_path / "empty", "Empty")
    async with City.open(tmp_path / "empty") as empty:
        with pytest.raises(BadInput, match="no readings"):
            await prepare(empty, [], Plan(), print)


async def test_with_a_browser_the_clock_runs(city: City) -> None:
    """Two days pass in 1.7 s."""
    stop = asyncio.Event()
    plan = Plan(start=FLOOD, until=FLOOD + timedelta(hours=47), speed=100_000)
    said: list[str] = []
    task = asyncio.create_task(rehearse(city, [], plan, say=said.append, web=("127.0.0.1", 0), stop=stop))
    async with asyncio.timeout(30):
        while not any("tape has ended" in line for line in said):
            await asyncio.sleep(0.01)
            assert not task.done()
        stop.set()
        summary = await task
    assert "is open at http://localhost:" in said[1]
    assert summary.readings == 47 + 30


def test_setting_up(tmp_path: Path) -> None:
    create(tmp_path / "city", "Town")
    (tmp_path / "files").mkdir()
    set_up(tmp_path / "files", tmp_path / "copy", city=tmp_path / "city")
    assert City.open(tmp_path / "copy").config.called("en") == "Town"
    set_up(tmp_path / "files", tmp_path / "new", timezone="America/Sao_Paulo")
    assert City.open(tmp_path / "new").config.timezone == "America/Sao_Paulo"
    with pytest.raises(BadInput, match="no folder"):
        set_up(tmp_path / "absent", tmp_path / "x")


def test_the_step_is_an_hour() -> None:
    assert timedelta(hours=1) == rehearsal.STEP

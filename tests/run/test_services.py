"""Services in a real city: run by change and by the clock, each behind its own curtain; failures are shown."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from noren.city import City, create
from noren.contract import FeedState, Function, Layer, service
from noren.errors import BadInput, NotAllowed
from noren.run import services as room
from noren.run.services import Services, record, runnable
from noren.terms.records import WaterObserved


@pytest.fixture
async def city(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[City]:
    monkeypatch.setattr(room, "DEBOUNCE", 0.01)
    monkeypatch.setattr(room, "FIRST_PAUSE", 0.01)
    create(tmp_path, "Town")
    with (tmp_path / "noren.toml").open("a") as file:
        file.write("\n[clock]\nstart = 2026-07-01T00:00:00Z\nspeed = 1000.0\n")
    async with City.open(tmp_path) as opened:
        yield opened


def declared(run: Any, **more: Any) -> Any:
    options: dict[str, Any] = {"purpose": "flood-warning", "reads": ["WaterObserved"]} | more
    return service(functions=[Function.DISASTER], layers=[Layer.SAFETY], **options)(run)


@asynccontextmanager
async def at_work(services: Services) -> AsyncIterator[None]:
    task = asyncio.create_task(services.run())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.wait([task])


async def until(ready: Callable[[], object]) -> None:
    async with asyncio.timeout(60):
        while not ready():
            await asyncio.sleep(0.005)


async def put(city: City, level: float) -> None:
    record = WaterObserved(id="urn:ngsi-ld:WaterObserved:town:1", water_level=level, observed_at=city.clock.now())
    await city.view(city.staff).upsert([record])


async def test_it_runs_when_what_it_waits_for_changes(city: City) -> None:
    levels: list[float | None] = []

    async def watch(view: Any) -> None:
        levels.append(max([level.water_level async for level in view.find(WaterObserved)], default=None))

    services = Services(city, [declared(watch, on=["WaterObserved"])])
    assert city.running == {"watch"}
    async with at_work(services):
        await until(lambda: levels == [None])
        await put(city, 1.5)
        await until(lambda: levels[-1] == 1.5)
        runs = len(levels)
        await city.view(city.staff).upsert([{"id": "urn:ngsi-ld:Vehicle:town:1", "type": "Vehicle", "speed": 3}])
        await put(city, 2.5)
        await until(lambda: levels[-1] == 2.5)
    assert len(levels) <= runs + 2
    assert services.work[0].state is FeedState.RUNNING


async def test_it_runs_by_the_city_clock(city: City) -> None:
    """An hour of the city's clock passes in 3.6 s here; ten minutes in 0.6 s."""
    times: list[datetime] = []

    async def count(view: Any) -> None:
        times.append(view.now())

    async with at_work(Services(city, [declared(count, every="10min")])):
        await until(lambda: len(times) >= 3)
        city.clock.jump(datetime(2020, 1, 1, tzinfo=UTC))
        await until(lambda: times[-1].year == 2020)
    assert 590 < (times[1] - times[0]).total_seconds() < 1500


async def test_a_failure_is_kept_shown_and_tried_again(city: City) -> None:
    calls: list[int] = []

    async def fragile(view: Any) -> None:
        calls.append(1)
        if len(calls) < 3:
            raise BadInput("The terrain is missing.", hint="Add it.") if len(calls) == 1 else ZeroDivisionError("x")

    async def steady(view: Any) -> None:
        pass

    services = Services(city, [declared(fragile, on=["WaterObserved"]), declared(steady, every="1min")])
    work, other = services.work
    async with at_work(services):
        await until(lambda: work.failures == 1)
        assert (work.state, work.last_error) == (FeedState.RETRYING, "The terrain is missing. Add it.")
        await until(lambda: work.failures == 2)
        assert work.last_error == "ZeroDivisionError: x"
        shown = record(work, "town")
        assert (shown.feed_kind, shown.feed_state, shown.refused) == ("service", "retrying", 2.0)
        await until(lambda: work.runs == 1)
        await until(lambda: other.runs > 1)
    assert (work.state, work.last_error) == (FeedState.RUNNING, "")


async def test_each_sees_what_it_declared(city: City) -> None:
    async def curious(view: Any) -> None:
        await view.upsert([{"id": "urn:ngsi-ld:FloodForecast:town:1", "type": "FloodForecast", "peakLevel": 1}])
        for outcome in await view.upsert([{"id": "urn:ngsi-ld:Alert:town:1", "type": "Alert", "severity": "high"}]):
            assert isinstance(outcome.error, NotAllowed)
        with pytest.raises(NotAllowed):
            _ = [hidden async for hidden in view.find("Device")]

    services = Services(city, [declared(curious, writes=["FloodForecast"], every="1h")])
    await services.step()
    assert services.work[0].last_error == ""
    assert await city.view(city.staff).get("FloodForecast", "urn:ngsi-ld:FloodForecast:town:1")


async def test_step_runs_what_is_due_and_returns(city: City) -> None:
    runs: list[str] = []

    async def watch(view: Any) -> None:
        runs.append("watch")

    async def daily(view: Any) -> None:
        runs.append("daily")

    services = Services(city, [declared(watch, on=["WaterObserved"]), declared(daily, every="1d")])
    await services.step()
    await services.step()
    assert runs == ["watch", "daily"]
    await put(city, 1.0)
    await services.step()
    assert runs == ["watch", "daily", "watch"]


def test_what_is_run() -> None:
    async def run(view: Any) -> None:
        pass

    good = declared(run, name="good", on=["WaterObserved"])
    others = [
        declared(run, name="unbuilt", on=["WaterObserved"], built=False),
        declared(run, name="retired", on=["WaterObserved"], stage="retired"),
        declared(run, name="off", on=["WaterObserved"]),
        declared(run, name="never"),
    ]
    assert runnable([good, *others], off=["off"]) == [good]

"""The supervisor: neighbours do not fall together, silence is noticed, everything is told."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

from noren.contract import FeedState
from noren.intake.feeds import Feeds


@asynccontextmanager
async def running(feeds: Feeds) -> AsyncIterator[None]:
    task = asyncio.create_task(feeds.run())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.wait([task])
        assert task.cancelled()


async def test_one_that_raises_kills_no_neighbour(feeds: Any, writer: Any, odd: Any) -> None:
    found = feeds(
        {"kind": "odd", "name": "good"},
        {"kind": "odd", "name": "bug", "does": "raises"},
        {"kind": "odd", "name": "page", "does": "refuses"},
    )
    async with running(found):
        await writer.until(lambda: odd.runs > 8 and found.status["good"].readings > 2)
        await writer.until(lambda: {"good", "bug", "page"} <= writer.feeds.keys())
        assert found.status["good"].state == FeedState.RUNNING
        assert found.status["bug"].state in (FeedState.RETRYING, FeedState.STARTING)
    assert "ValueError: a bug" in found.status["bug"].last_error
    assert "Correct `url`" in writer.feeds["page"].last_error
    assert ("bug", "retrying") in writer.history
    assert all(status.state == FeedState.STOPPED for status in found.status.values())


async def test_pauses_grow(feeds: Any, writer: Any, odd: Any, monkeypatch: Any) -> None:
    pauses: list[float] = []
    wait = asyncio.sleep

    async def note(seconds: float) -> None:
        pauses.append(seconds)
        await wait(0.001)

    found = feeds({"kind": "odd", "does": "raises"})
    monkeypatch.setattr("noren.intake.feeds.supervisor.asyncio.sleep", note)
    async with running(found):
        async with asyncio.timeout(60):
            while odd.runs < 20:
                await wait(0.001)
    grown = [pause for pause in pauses if pause > 0.011]
    assert grown[1] > grown[0] * 1.5
    assert max(pauses) <= 330


async def test_an_end_is_told(feeds: Any, writer: Any) -> None:
    found = feeds({"kind": "odd", "does": "ends"})
    async with running(found):
        await writer.until(lambda: writer.feeds.get("odd") and writer.feeds["odd"].feed_state == "stopped")
        assert writer.feeds["odd"].readings == 1
        assert writer.feeds["odd"].id == "urn:ngsi-ld:Feed:town:odd"


async def test_silence_is_stale(feeds: Any, writer: Any) -> None:
    """At 1,000 times the clock, four usual minutes pass in a quarter of a second."""
    found = feeds(
        {"kind": "odd", "name": "once", "does": "once", "usual": "1min"},
        {"kind": "odd", "name": "never", "does": "hangs", "usual": "1min"},
        {"kind": "odd", "name": "steady", "usual": "10min"},
    )
    async with running(found):
        await writer.until(lambda: found.status["once"].state == FeedState.STALE)
        await writer.until(lambda: found.status["never"].state == FeedState.STALE)
        await writer.until(lambda: ("once", "stale") in writer.history)
        assert ("once", "running") in writer.history
        assert found.status["steady"].state == FeedState.RUNNING


async def test_the_usual_interval_is_learnt(feeds: Any, writer: Any) -> None:
    found = feeds({"kind": "odd"})
    async with running(found):
        await writer.until(lambda: found.status["odd"].usual)
    assert 55 <= found.status["odd"].usual < 600


async def test_what_the_city_refuses_is_counted(feeds: Any, writer: Any) -> None:
    writer.bad.add("urn:x:2")
    found = feeds({"kind": "odd"})
    async with running(found):
        await writer.until(lambda: found.status["odd"].refused)
    status = found.status["odd"]
    assert status.readings >= status.refused > 0
    assert status.last_error == "urn:x:2: It is bad. (waterLevel)"


async def test_a_wrong_entry_stops_only_itself(feeds: Any, writer: Any) -> None:
    found = feeds(
        {"kind": "odd", "name": "good"},
        {"kind": "mqqt", "name": "typo"},
        {"kind": "odd", "name": "setting", "dose": "works"},
        {"kind": "mqtt", "name": "missing", "url": "mqtt://x"},
        {"kind": "odd", "name": "Bad Name"},
        {"kind": "odd", "name": "good"},
        {},
        {"kind": "odd", "name": "soon", "usual": "soon"},
    )
    async with running(found):
        await writer.until(lambda: found.status["good"].readings)
        await writer.until(lambda: len(writer.feeds) == 8)
    words = {name: status.last_error for name, status in found.status.items()}
    assert "Did you mean “mqtt”?" in words["typo"]
    assert "“dose” is no setting here. Did you mean “does”?" in words["setting"]
    assert "docs/feeds.md" in words["setting"]
    assert "“topic” is missing" in words["missing"] or "“type” is missing" in words["missing"]
    assert "is no name for a feed" in words["feed-5"]
    assert "“kind” is missing" in words["feed"]
    assert "is not a length of time" in words["soon"]
    assert found.status["good-6"].last_error == "" or found.status["good-6"].readings


async def test_secrets_come_from_the_environment(feeds: Any, writer: Any, odd: Any, monkeypatch: Any) -> None:
    monkeypatch.setenv("A_KEY", "k1")
    found = feeds({"kind": "odd", "name": "a", "key": "$A_KEY"}, {"kind": "odd", "name": "b", "key": "$NO_SUCH_KEY"})
    async with running(found):
        await writer.until(lambda: odd.runs)
    assert set(odd.keys) == {"k1"}
    assert "NO_SUCH_KEY" in found.status["b"].last_error


async def test_storm_and_calm_and_off(feeds: Any) -> None:
    raws = (
        {"kind": "odd", "name": "storm", "only": "storm"},
        {"kind": "odd", "name": "calm", "only": "calm"},
        {"kind": "odd", "name": "off", "off": True},
    )
    assert (feeds(*raws).at_work, set(feeds(*raws).status)) == (("storm",), {"storm"})
    assert feeds(*raws, calm=True).at_work == ("calm",)


async def test_a_city_that_cannot_take_reports_goes_on(feeds: Any, writer: Any, monkeypatch: Any) -> None:
    found = feeds({"kind": "odd"})
    whole, failures = writer.upsert, []

    async def failing(entities: Any) -> Any:
        if not isinstance(entities[0], dict) and len(failures) < 3:
            failures.append(1)
            raise RuntimeError("disk full")
        return await whole(entities)

    monkeypatch.setattr(writer, "upsert", failing)
    async with running(found):
        await writer.until(lambda: writer.feeds)
    assert found.status["odd"].readings


async def test_readings_from_the_future_do_not_hide_silence(feeds: Any, clock: Any) -> None:
    from noren.intake.feeds import Line

    found = feeds({"kind": "odd", "does": "hangs"})
    status = found.status["odd"]
    line = Line(found._view, clock, found._here, status)
    later = (clock.now() + timedelta(days=9)).isoformat()
    await line([{"id": "urn:x:1", "type": "T", "a": {"type": "Property", "value": 1, "observedAt": later}}])
    assert status.last_reading <= clock.now()

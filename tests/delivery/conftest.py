"""A bare city at delivery, and a receiver of notifications on a free port of the loopback."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from noren.broker.forms import parse_entity
from noren.broker.requests import Operation
from noren.broker.subscription import parse_subscription
from noren.city import City
from noren.delivery import Limits, deliver
from noren.terms.record import stamp

QUICK = Limits(first_pause=0.05, longest_pause=0.2, timeout=2.0)


class Receiver:
    """What arrived, in order; `answer` is the status that it gives, `pause` how long it takes."""

    def __init__(self) -> None:
        self.messages: list[dict[str, Any]] = []
        self.headers: list[dict[str, str]] = []
        self.answer, self.pause, self.url = 200, 0.0, ""

    async def take(self, request: web.Request) -> web.Response:
        body = await request.json()
        if self.pause:
            await asyncio.sleep(self.pause)
        if self.answer == 200:
            self.messages.append(body)
            self.headers.append(dict(request.headers))
        return web.Response(status=self.answer)

    def levels(self, subscription: str = "") -> list[Any]:
        """Values of waterLevel in the order in which they were told."""
        chosen = [m for m in self.messages if not subscription or m["subscriptionId"] == subscription]
        return [entity["waterLevel"]["value"] for message in chosen for entity in message["data"]]


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    made = Receiver()
    app = web.Application()
    app.router.add_post("/{any:.*}", made.take)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    made.url = f"http://127.0.0.1:{runner.addresses[0][1]}/notify"
    yield made
    await runner.cleanup()


class Town:
    """A bare city, with what tests do in it."""

    def __init__(self, city: City) -> None:
        self.city, self.view = city, city.view(city.anonymous)

    async def write(self, id: str, level: float, kind: str = "WaterObserved", **more: Any) -> None:
        body = {"id": id, "type": kind, "waterLevel": level, **more}
        fragment = parse_entity(body, self.city.contexts.city)
        outcome = (await self.view.apply([Operation(kind="update_or_create", id=id, fragment=fragment)]))[0]
        assert outcome.error is None

    async def delete(self, id: str) -> None:
        assert (await self.view.apply([Operation(kind="delete", id=id)]))[0].error is None

    async def subscribe(self, uri: str, **more: Any) -> str:
        notification = more.pop("notification", {})
        endpoint = {"uri": uri, **more.pop("endpoint", {})}
        body = {
            "type": "Subscription",
            "entities": [{"type": "WaterObserved"}],
            "notification": {**notification, "endpoint": endpoint},
            **more,
        }
        now = stamp(self.city.clock.now())
        id = f"urn:ngsi-ld:Subscription:{len(self.city.desk().broker.subscriptions)}"
        made = parse_subscription(body, self.city.contexts, context=None, id=id, now=now)
        await self.view.subscriptions.add(made, "http://city.example/context.jsonld")
        return made.id

    def progress(self, id: str) -> Any:
        return self.city.desk().broker.subscriptions.get(id).progress


@pytest.fixture
async def town(tmp_path: Path) -> AsyncIterator[Town]:
    async with City.bare(tmp_path) as city:
        yield Town(city)


@contextlib.asynccontextmanager
async def delivering(city: City, limits: Limits = QUICK) -> AsyncIterator[None]:
    """Delivery at work within the block."""
    task = asyncio.create_task(deliver(city, limits))
    try:
        yield
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


async def until(holds: Callable[[], Any], seconds: float = 60.0) -> None:
    """Wait for something to hold; an assertion fails when it does not within `seconds`."""
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, "it did not come to hold in time"
        await asyncio.sleep(0.01)

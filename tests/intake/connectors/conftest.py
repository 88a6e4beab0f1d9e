"""A line into a city that writes down what comes, and a web site whose pages a test chooses."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from noren.contract import Connector, Here


class Line:
    """Obeys `contract.Push`; its clock stands still but for `sleep`, which moves it on at once."""

    def __init__(self, folder: Path = Path()) -> None:
        self.here = Here(city="town", timezone="Asia/Tokyo", folder=folder, allow=("localhost",))
        self.time = datetime(2026, 7, 1, 12, tzinfo=UTC)
        self.entities: list[dict[str, Any]] = []
        self.batches: list[int] = []
        self.refusals: list[tuple[str, str, int]] = []
        self.busy: asyncio.Event | None = None
        self._news = asyncio.Condition()

    async def __call__(self, entities: Sequence[dict[str, Any]]) -> None:
        if self.busy:
            await self.busy.wait()
        self.entities += entities
        self.batches.append(len(entities))
        await self._tell()

    def refuse(self, what: str, *, where: str = "", count: int = 1) -> None:
        self.refusals.append((what, where, count))

    def now(self) -> datetime:
        return self.time

    async def sleep(self, seconds: float) -> None:
        self.time += timedelta(seconds=max(0.0, seconds))
        await asyncio.sleep(0)

    async def _tell(self) -> None:
        async with self._news:
            self._news.notify_all()

    async def until(self, ready: Callable[[], object]) -> None:
        """Wait until `ready()` holds, at most a minute."""
        async with asyncio.timeout(60):
            while not ready():
                await asyncio.sleep(0.005)


@asynccontextmanager
async def running(connector: Connector, line: Line) -> AsyncIterator[asyncio.Task[None]]:
    """The connector at work; cancelled at the end of the block."""
    task = asyncio.create_task(connector.run(line))
    try:
        yield task
    finally:
        task.cancel()
        await asyncio.wait([task])
        assert task.cancelled() or not isinstance(task.exception(), asyncio.CancelledError)


class Site:
    """A web site: `pages` by path, either bytes or (status, headers, bytes); every request is kept in `seen`."""

    def __init__(self) -> None:
        self.pages: dict[str, Any] = {}
        self.seen: list[web.BaseRequest] = []
        self.address = ""

    async def answer(self, request: web.BaseRequest) -> web.Response:
        self.seen.append(request)
        page = self.pages.get(request.path, (404, {}, b"no"))
        status, headers, body = (200, {}, page) if isinstance(page, bytes) else page
        tag = headers.get("ETag")
        if tag and request.headers.get("If-None-Match") == tag:
            return web.Response(status=304)
        return web.Response(status=status, headers=headers, body=body)


@pytest.fixture
async def site() -> AsyncIterator[Site]:
    here = Site()
    runner = web.ServerRunner(web.Server(here.answer), shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    here.address = f"http://localhost:{runner.addresses[0][1]}"
    yield here
    await runner.cleanup()


@pytest.fixture
def line(tmp_path: Path) -> Line:
    return Line(tmp_path)


@pytest.fixture
def at_work() -> Callable[..., Any]:
    return running

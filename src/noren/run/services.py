"""Runs the services: when what they wait for changes, and by the city's clock; one that fails is tried again later.

Each holds a `View` made for its declared purpose and nothing else. Changes that come close together are one run.
"""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

import msgspec

from noren.city import City
from noren.contract import FeedState, Service, Stage
from noren.errors import NorenError, NotFound
from noren.terms.records import Feed
from noren.view import View

_log = logging.getLogger("noren.services")
DEBOUNCE = 1.0
FIRST_PAUSE, LONGEST_PAUSE = 2.0, 300.0
_PAGE = 1000


class Work(msgspec.Struct):
    """How a service does: counts since the start, the last run by the city's clock, the last trouble."""

    service: Service
    state: FeedState = FeedState.STARTING
    runs: int = 0
    failures: int = 0
    last_run: datetime | None = None
    last_error: str = ""

    @property
    def name(self) -> str:
        """The service's name."""
        return self.service.declaration.name


def runnable(services: Iterable[Service], off: Iterable[str]) -> list[Service]:
    """Those that are written, not retired, not switched off, and say when they run."""
    unwanted = set(off)
    found = []
    for service in services:
        told = service.declaration
        if told.built and told.stage is not Stage.RETIRED and told.name not in unwanted and (told.on or told.every):
            found.append(service)
    return found


class Services:
    """All services of a running city. `run` works until it is cancelled; `step` does what is due and returns."""

    def __init__(self, city: City, services: Sequence[Service]) -> None:
        self._city = city
        self._watcher: View = city.view(city.staff)
        self.work = [Work(service) for service in services]
        self._wanted = {work.name: asyncio.Event() for work in self.work}
        self._seen = self._watcher.newest()
        for work in self.work:
            self._wanted[work.name].set()
        city.running |= {work.name for work in self.work}

    async def run(self) -> None:
        """Until cancelled: watch changes, run what waits for them."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._watch(), name="services")
            for work in self.work:
                group.create_task(self._keep(work), name=f"service {work.name}")

    async def step(self) -> None:
        """Run each service that waits for something that changed since, or whose time has come, one after another."""
        await self._look()
        for work in self.work:
            if self._wanted[work.name].is_set() or self._is_due(work):
                self._wanted[work.name].clear()
                await self._attempt(work)

    async def _watch(self) -> None:
        while True:
            await self._watcher.wait(self._seen)
            await self._look()
            await asyncio.sleep(DEBOUNCE)

    async def _look(self) -> None:
        """Note which services wait for what changed."""
        newest = self._watcher.newest()
        while self._seen < newest:
            try:
                page = await self._watcher.changes(self._seen, _PAGE)
            except NotFound:  # compacted away while nobody looked
                page = []
            if not page:  # what changed cannot be told: it may concern everyone
                self._seen = newest
                self._want(work.name for work in self.work)
                return
            types = {name for seen in page for name in _types(seen.entity)}
            self._want(work.name for work in self.work if types & set(work.service.declaration.on))
            self._seen = page[-1].seq

    def _want(self, names: Iterable[str]) -> None:
        for name in names:
            self._wanted[name].set()

    async def _keep(self, work: Work) -> None:
        pause = FIRST_PAUSE
        while True:
            await self._wait_for(work)
            self._wanted[work.name].clear()
            if await self._attempt(work):
                pause = FIRST_PAUSE
                await asyncio.sleep(DEBOUNCE)
            else:
                await asyncio.sleep(pause * random.uniform(0.9, 1.1))  # noqa: S311
                pause = min(pause * 2, LONGEST_PAUSE)
                self._wanted[work.name].set()

    async def _wait_for(self, work: Work) -> None:
        """Until something changed that it waits for, or its time has come."""
        wanted = self._wanted[work.name]
        while not wanted.is_set() and not self._is_due(work):
            if work.service.declaration.every is None:
                await wanted.wait()
            else:
                await self._first(wanted, work)

    async def _first(self, wanted: asyncio.Event, work: Work) -> None:
        waits = {asyncio.ensure_future(wanted.wait()), asyncio.ensure_future(self._city.clock.sleep(self._rest(work)))}
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()

    def _rest(self, work: Work) -> float:
        """Seconds of the city's clock until its time has come; 0 when it has."""
        every = work.service.declaration.every
        if every is None or work.last_run is None:
            return 0.0
        return max(0.0, (work.last_run + timedelta(seconds=every) - self._city.clock.now()).total_seconds())

    def _is_due(self, work: Work) -> bool:
        now = self._city.clock.now()
        turned_back = work.last_run is not None and work.last_run > now
        return work.service.declaration.every is not None and (turned_back or self._rest(work) == 0.0)

    async def _attempt(self, work: Work) -> bool:
        declaration = work.service.declaration
        work.last_run = self._city.clock.now()
        try:
            await work.service(self._city.view(self._city.service(declaration), purpose=declaration.purpose))
        except Exception as error:  # a service that fails is shown and tried again; the city goes on
            work.failures, work.state = work.failures + 1, FeedState.RETRYING
            work.last_error = str(error) if isinstance(error, NorenError) else f"{type(error).__name__}: {error}"
            _log.warning("Service %s: %s", work.name, work.last_error, exc_info=not isinstance(error, NorenError))
        else:
            work.runs, work.state, work.last_error = work.runs + 1, FeedState.RUNNING, ""
        return work.state is FeedState.RUNNING


def record(work: Work, city: str) -> Feed:
    """How a service does, as an entity beside the feeds: it, too, delivers on its own."""
    title = work.service.declaration.title
    return Feed(
        id=f"urn:ngsi-ld:Feed:{city}:service-{work.name}",
        name=title.get("en") or work.name,
        feed_kind="service",
        feed_state=work.state,
        last_reading=work.last_run,
        last_error=work.last_error,
        readings=float(work.runs),
        refused=float(work.failures),
    )


def _types(entity: dict[str, Any]) -> list[str]:
    found = entity.get("type", [])
    return found if isinstance(found, list) else [found]

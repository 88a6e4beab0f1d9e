"""A running city: everything that works in it, started together and stopped together."""

from __future__ import annotations

import asyncio
import logging
import random
import signal
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

from noren.city import City
from noren.commands import link
from noren.contract import Here
from noren.custody import Custodian, Federation
from noren.delivery import deliver, wanted
from noren.errors import NorenError
from noren.intake.feeds import Feeds
from noren.intake.inbox import Inbox
from noren.run.services import Services, Work, record, runnable
from noren.run.web import Web, take_port
from noren.services import all_services
from noren.web.app import create

_log = logging.getLogger("noren.run")
GRACE = 3.0
HOUSEKEEPING = 30.0
WITNESSES = 300.0
REPORT, RUNS_TOLD = 5.0, 30.0
COMPACTION = timedelta(hours=1)
FIRST_PAUSE, LONGEST_PAUSE = 1.0, 60.0


class Running:
    """An open city at work. `feeds` and `services` say how each one does; None where the city has none of them."""

    def __init__(self, city: City, *, calm: bool = False, feeds: bool = True, custodian: bool = False) -> None:
        """A custodian's house has no services of a city's."""
        self.city = city
        self.feeds = _feeds(city, calm) if feeds and not city.is_bare else None
        none = city.is_bare or custodian
        self.services = None if none else Services(city, runnable(all_services(), city.config.services.off))
        self._tasks: list[asyncio.Task[None]] = []

    def start(self) -> None:
        """Set everything going; each part by itself, so that none takes another along."""
        self._go("delivery", lambda: deliver(self.city))
        self._go("housekeeping", self._housekeeping)
        if not self.city.is_bare:
            self._go("ledger", self._ledger)
            self._go("inbox", Inbox(self.city).run)
            self._go("commands", lambda: link.watch(self.city))
            self._go("lines to devices", lambda: link.connect(self.city))
        if self.feeds is not None:
            self._go("feeds", self.feeds.run)
        if self.services is not None:
            self._go("services", self.services.run)
            self._go("reports", self._report)

    def _go(self, name: str, work: Callable[[], Awaitable[None]]) -> None:
        self._tasks.append(asyncio.create_task(kept(name, work), name=name))

    async def stop(self) -> None:
        """Let every part finish, for three seconds at most."""
        for task in self._tasks:
            task.cancel()
        if self._tasks:
            _, late = await asyncio.wait(self._tasks, timeout=GRACE)
            for task in late:
                _log.warning("%s did not stop in time.", task.get_name())
        self._tasks.clear()

    async def _housekeeping(self) -> None:
        """Counts of use are written down, consents end when their time is over; the log of changes becomes files."""
        compacted = asyncio.get_running_loop().time()
        while True:
            await asyncio.sleep(HOUSEKEEPING)
            await self.city.keep_counts()
            await self.city.settle_consents()
            if asyncio.get_running_loop().time() - compacted >= COMPACTION.total_seconds():
                for tenant in self.city.tenants():
                    store = self.city.desk(tenant).store
                    await store.compact(keep_after=wanted(store))
                compacted = asyncio.get_running_loop().time()

    async def _ledger(self) -> None:
        """The ledger is open, and its witnesses are asked also when nothing is recorded: a quiet night is no lapse.
        What was erased, by whichever process, is recorded."""
        pause = min(WITNESSES, self.city.config.ledger.lapse_minutes * 60 / 4)
        while True:
            await self.city.record_erasures()
            await self.city.ledger.refresh()
            await self.city.searches.proclaim()
            await asyncio.sleep(pause)

    async def _report(self) -> None:
        """How each service does, as an entity beside the feeds: at once when that changed, else now and then."""
        told: dict[str, tuple[Any, float]] = {}
        view, time = self.city.view(self.city.staff), asyncio.get_running_loop().time
        while self.services is not None:
            news = [work for work in self.services.work if _is_news(work, told.get(work.name), time())]
            if news:
                await view.upsert([record(work, self.city.config.slug) for work in news])
                told |= {work.name: ((work.state, work.last_error, work.runs), time()) for work in news}
            await asyncio.sleep(REPORT)


def _is_news(work: Work, told: tuple[Any, float] | None, now: float) -> bool:
    if told is None:
        return bool(work.runs or work.failures)
    (state, error, runs), at = told
    return (work.state, work.last_error) != (state, error) or (work.runs != runs and now - at > RUNS_TOLD)


def _feeds(city: City, calm: bool) -> Feeds:
    config = city.config
    here = Here(city=config.slug, timezone=config.timezone, folder=city.folder, allow=config.net.allow)
    return Feeds(config.feeds, view=city.view(city.device("feeds")), clock=city.clock, here=here, calm=calm)


async def kept(name: str, work: Callable[[], Awaitable[None]]) -> None:
    """Do `work` until it returns; when it fails, say so and begin again after a pause that grows."""
    pause = FIRST_PAUSE
    while True:
        try:
            return await work()
        except Exception as error:  # a part that fails is begun again; the city goes on
            _log.error("%s failed and is begun again: %s", name, error, exc_info=not isinstance(error, NorenError))
        await asyncio.sleep(pause * random.uniform(0.9, 1.1))  # noqa: S311
        pause = min(pause * 2, LONGEST_PAUSE)


@asynccontextmanager
async def running(
    city: City,
    *,
    host: str = "127.0.0.1",
    port: int = 8080,
    calm: bool = False,
    feeds: bool = True,
    custodian: bool = False,
) -> AsyncIterator[tuple[Running, Web]]:
    """The city, or a custodian's house, at work and answering on the port, stopped cleanly at the end of the block.

    Raises `Unavailable` when the port cannot be had, `BadInput` when the settings do not hold, before anything is
    started.
    """
    with take_port(host, port) as listening:
        federation = None if custodian else Federation(city)
        web = Web(create(city, federation, Custodian(city) if custodian else None), listening)
        works = Running(city, calm=calm, feeds=feeds, custodian=custodian)
        serving = asyncio.create_task(web.run(), name="web")
        try:
            await web.ready()
            works.start()
            yield works, web
        finally:
            web.stop()
            await asyncio.gather(works.stop(), asyncio.wait([serving], timeout=GRACE))
            serving.cancel()
            if federation is not None:
                await federation.close()


@asynccontextmanager
async def until_told() -> AsyncIterator[asyncio.Event]:
    """An event that is set when the process is told to stop (Ctrl-C, SIGTERM)."""
    stop, loop = asyncio.Event(), asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    try:
        yield stop
    finally:
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.remove_signal_handler(number)

"""Keeps every feed at work: starts it, starts it again with growing pauses, notices silence, and tells the city."""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Mapping, Sequence
from typing import Any

from noren.city.clock import Clock
from noren.contract import FeedState, Here
from noren.contract.declaration import seconds
from noren.errors import NorenError
from noren.intake.feeds.entry import Entry, entry, names
from noren.intake.feeds.line import Line, Status, Writer, dataset_id
from noren.terms.records import Dataset, Feed, Record

_log = logging.getLogger("noren.feeds")
FIRST_PAUSE, LONGEST_PAUSE = 1.0, 300.0
TICK, REPORT = 1.0, 5.0
SHORTEST_SILENCE = 10.0
LAYER = {"kind": "circle", "color": "auto", "minzoom": 0, "label": "name"}
_WORKING = (FeedState.STARTING, FeedState.RUNNING, FeedState.STALE)


class Feeds:
    """All feeds of a city. `run` works until it is cancelled; `status` says how each one does, by name."""

    def __init__(
        self,
        raws: Sequence[Mapping[str, Any]],
        *,
        view: Writer,
        clock: Clock,
        here: Here,
        calm: bool = False,
    ) -> None:
        self._view, self._clock, self._here = view, clock, here
        self.status: dict[str, Status] = {}
        self._entries: dict[str, Entry] = {}
        self._told: dict[str, tuple[Any, ...]] = {}
        self._told_at = 0.0
        for name, raw in zip(names(raws), raws, strict=True):
            self._take(name, raw, calm)

    def _take(self, name: str, raw: Mapping[str, Any], calm: bool) -> None:
        status = self.status[name] = Status(name, str(raw.get("kind", "")), str(raw.get("title") or name))
        try:
            found = entry(raw, f"noren.toml, feed {name}")
        except NorenError as error:
            status.state, status.last_error = FeedState.STOPPED, str(error)
            return
        shared = found.common
        status.usual = seconds(shared.usual) if shared.usual else None
        status.patience = shared.patience
        if shared.off or shared.only == ("storm" if calm else "calm"):
            del self.status[name]
        else:
            self._entries[name] = found

    @property
    def at_work(self) -> tuple[str, ...]:
        """Names of the feeds that `run` keeps at work."""
        return tuple(self._entries)

    async def run(self) -> None:
        """Until cancelled: every feed in a task of its own, and one that watches and reports."""
        try:
            async with asyncio.TaskGroup() as group:
                for name, found in self._entries.items():
                    group.create_task(self._keep(found, self.status[name]), name=f"feed {name}")
                group.create_task(self._watch(), name="feeds")
        finally:
            for status in self.status.values():
                status.state = FeedState.STOPPED

    async def _keep(self, found: Entry, status: Status) -> None:
        pause = FIRST_PAUSE
        line = Line(self._view, self._clock, self._here, status)
        while True:
            status.state, status.started, line.kept_since_start = FeedState.STARTING, self._clock.now(), 0
            try:
                await found.connector.run(line)
            except Exception as error:  # whatever a connector does, its neighbours go on
                status.state, status.last_error = FeedState.RETRYING, _words(error)
                _log.warning("Feed %s: %s", status.name, status.last_error)
            else:
                status.state = FeedState.STOPPED
                return
            pause = FIRST_PAUSE if line.kept_since_start else pause
            await asyncio.sleep(pause * random.uniform(0.9, 1.1))  # noqa: S311
            pause = min(pause * 2, LONGEST_PAUSE)

    async def _watch(self) -> None:
        while True:
            for status in self.status.values():
                self._judge(status)
            await self._report()
            await asyncio.sleep(TICK)

    def _judge(self, status: Status) -> None:
        if status.state in _WORKING and self._silent(status):
            status.state = FeedState.STALE

    def _silent(self, status: Status) -> bool:
        since = status.last_reading or status.started
        if status.usual is None or since is None:
            return False
        # Below some seconds of real time, silence says more about this machine than about the feed.
        patience = max(status.patience * status.usual, SHORTEST_SILENCE * self._clock.speed)
        return (self._clock.now() - since).total_seconds() > patience

    async def _report(self) -> None:
        loop_time = asyncio.get_running_loop().time()
        due = loop_time - self._told_at >= REPORT
        facts = {name: _facts(status) for name, status in self.status.items()}
        news = [name for name in facts if self._is_news(name, facts[name], due)]
        if not news:
            return
        self._told_at = loop_time
        try:
            await self._view.upsert([record for name in news for record in self.records(name)])
        except Exception as error:  # a report that cannot be written stops no feed; it is told again at the next tick
            _log.warning("The state of feeds could not be written: %s", error)
            return
        self._told |= {name: facts[name] for name in news}

    def _is_news(self, name: str, facts: tuple[Any, ...], due: bool) -> bool:
        told = self._told.get(name)
        return told is None or told[0] != facts[0] or (due and told != facts)

    def records(self, name: str) -> list[Record]:
        """The feed as an entity of the city, and the dataset of what it brought in, where it brought in anything."""
        status, city = self.status[name], self._here.city
        feed = Feed(
            id=f"urn:ngsi-ld:Feed:{city}:{name}",
            name=status.title or name,
            feed_kind=status.kind,
            feed_state=status.state,
            last_reading=status.last_reading,
            last_error=status.last_error,
            readings=float(status.readings),
            refused=float(status.refused),
        )
        return [feed, self._dataset(status)] if status.made else [feed]

    def _dataset(self, status: Status) -> Dataset:
        shared = self._entries[status.name].common
        return Dataset(
            id=dataset_id(self._here.city, status.name),
            title=shared.title,
            publisher=shared.publisher or None,
            license=shared.licence or None,
            entity_types=sorted(status.made),
            format=status.kind,
            rows_kept=float(status.readings),
            rows_refused=float(status.refused),
            last_observed=status.last_reading,
            interval=status.usual,
            layer=LAYER if any(status.made.values()) else None,
        )


def _facts(status: Status) -> tuple[Any, ...]:
    return (status.state, status.last_error, status.readings, status.refused, status.last_reading)


def _words(error: Exception) -> str:
    if isinstance(error, NorenError):
        return str(error)
    return f"The connector failed: {type(error).__name__}: {error}. It is started again."

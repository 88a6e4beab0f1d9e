"""One tenant's notifications: a reader of the log for all subscriptions, a lane for each, and what is written down."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Iterable
from typing import TYPE_CHECKING

import msgspec

from noren.broker.subscriptions import Kept
from noren.delivery.lane import Lane, Limits, tried
from noren.delivery.message import Message, Messages, explained
from noren.delivery.senders import Senders
from noren.errors import NorenError, NotFound
from noren.store import ChangeRow, Store
from noren.terms.record import stamp
from noren.trust import Principal

if TYPE_CHECKING:
    from noren.city import City
    from noren.view import View

KIND, TAIL = "delivery", "tail"
READ_AT_ONCE = 250
READ_AGAIN, LEAVES = 100_000, 2_000_000
"""Changes that compaction leaves in any case, for readers that nobody knows of; and at most, for the slowest."""
_VIEWS = 2_000
_log = logging.getLogger(__name__)


class Marks(msgspec.Struct):
    """What is written down: everybody has been told up to `tail`, but for the lanes in `behind`."""

    tail: int
    behind: dict[str, int] = {}


class Office:
    """Delivers for one tenant of a city; `run` until cancelled."""

    def __init__(self, city: City, tenant: str, senders: Senders, limits: Limits | None = None) -> None:
        desk = city.desk(tenant)
        self._city, self._store, self._senders = city, desk.store, senders
        self._limits, self.now = limits or Limits(), city.clock.now
        self.subscriptions = desk.broker.subscriptions
        self.messages = Messages(city.contexts, self.view, city.clock.now, tenant)
        self._views: dict[bytes, View] = {}
        self._version = 0
        self.lanes: dict[str, Lane] = {}
        self._behind: set[Lane] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._dirty: set[str] = set()
        self._marks = self._read_marks()
        self.position = self._marks.tail
        self._waiting = 0
        for kept in self.subscriptions:
            told = self._marks.behind.get(kept.subscription.id, self._marks.tail)
            self._open(kept, max(kept.since, told))
        self.subscriptions.listeners.append(self._changed)

    async def run(self) -> None:
        """Read, tell, try again and write down, until cancelled; then write down once more."""
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._read())
                group.create_task(self._mend())
                group.create_task(self._write_down())
        finally:
            self.subscriptions.listeners.remove(self._changed)
            for task in list(self._tasks):
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)
            await asyncio.shield(self.write_down(all=True))

    # Reading the log

    async def _read(self) -> None:
        while True:
            rows = await self._rows(self.position, self.lanes.values())
            if not rows:
                await self._store.wait(self.position)
                continue
            now = stamp(self.now())
            for row in rows:
                for subscription in self.subscriptions.interests.of(row, now):
                    lane = self.lanes.get(subscription.id)
                    if lane is not None and not lane.behind and row.seq > lane.read:
                        self._offer(lane, row)
            self.position = max(self.position, rows[-1].seq)
            await asyncio.sleep(0)

    async def _rows(self, after: int, lanes: Iterable[Lane]) -> list[ChangeRow]:
        """The next rows of the log; where they were compacted away, the gap is noted for `lanes` and jumped over."""
        try:
            return await self._store.changes(after, READ_AT_ONCE)
        except NotFound:
            kept = await self._oldest(after)
            for lane in lanes:
                if lane.read < kept:
                    lane.kept.progress.gaps = (*lane.kept.progress.gaps, (max(after, lane.read), kept))
                    self._dirty.add(lane.kept.subscription.id)
            _log.warning("Changes %d to %d were compacted away before they were told.", after + 1, kept)
            return await self._store.changes(kept, READ_AT_ONCE)

    async def _oldest(self, low: int) -> int:
        """The lowest place from which the log can still be read."""
        high = self._store.newest()
        while low < high:
            middle = (low + high) // 2
            try:
                await self._store.changes(middle, 1)
                high = middle
            except NotFound:
                low = middle + 1
        return low

    def _offer(self, lane: Lane, row: ChangeRow) -> bool:
        """Put a change into a lane and set it going; a lane that is full goes behind."""
        full = len(lane.pending) >= self._limits.waiting or self._waiting >= self._limits.altogether
        if full and lane.pending:
            lane.behind = True
            self._behind.add(lane)
            return False
        lane.pending.append(row)
        lane.read = row.seq
        self._waiting += 1
        if not lane.sending:
            self._go(lane)
        return True

    # Telling

    def _go(self, lane: Lane) -> None:
        lane.sending = True
        task = asyncio.create_task(self._tell(lane))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _tell(self, lane: Lane) -> None:
        try:
            while lane.pending:
                await self._throttle(lane)
                rows = lane.batch(self._limits.together)
                if not await self._tell_one(lane, rows):
                    return
        finally:
            lane.sending = False

    async def _throttle(self, lane: Lane) -> None:
        pause = lane.next_send - time.monotonic()
        if pause > 0:
            await asyncio.sleep(pause)

    async def _tell_one(self, lane: Lane, rows: list[ChangeRow]) -> bool:
        kept = lane.kept
        if kept.subscription.status(stamp(self.now())) != "active":
            message, error = None, ""
        else:
            message, error = await self._written(kept, rows)
            if message is not None:
                error = await self.send(kept, message, failing=lane.failures > 0)
        before = len(lane.pending)
        if error:
            lane.failed(time.monotonic(), self._limits)
            self._behind.add(lane)
        else:
            lane.done(rows, time.monotonic(), sent=message is not None)
        self._waiting -= before - len(lane.pending)
        return not error

    async def _written(self, kept: Kept, rows: list[ChangeRow]) -> tuple[Message | None, str]:
        """The notification of some changes; an error when it cannot be written, as when its owner may do no more."""
        try:
            return await self.messages.of_changes(kept, rows), ""
        except Exception as error:  # one subscription that cannot be told stops no other
            if not isinstance(error, NorenError):
                _log.error("A notification cannot be written.", exc_info=error)
            tried(kept, trouble := explained(error))
            return None, trouble

    async def send(self, kept: Kept, message: Message, *, failing: bool = False) -> str:
        """Send one notification and note how it went; returns the trouble, "" when there was none."""
        body, headers = message
        endpoint, trouble = kept.subscription.endpoint, ""
        seconds = endpoint.timeout / 1000 if endpoint.timeout else self._limits.timeout
        try:
            seconds = min(seconds, self._limits.longest_timeout)
            await self._senders.send(endpoint, body, headers, seconds=seconds, failing=failing)
        except Exception as error:  # whatever an endpoint does, the others go on
            trouble = explained(error)
        tried(kept, trouble)
        self._dirty.add(kept.subscription.id)
        return trouble

    def view(self, kept: Kept) -> View:
        """The city as the owner of a subscription sees it; raises `NotAllowed` when they or their purpose are gone."""
        key, version = msgspec.json.encode(kept.owner), self._city.identity.version
        if version != self._version or len(self._views) >= _VIEWS:
            self._views.clear()
            self._version = version
        view = self._views.get(key)
        if view is None:
            principal = self._city.identity.standing(msgspec.convert(kept.owner.principal, Principal))
            view = self._views[key] = self._city.view(principal, kept.owner.purpose)
        return view

    # Trying again, and catching up

    async def _mend(self) -> None:
        while True:
            await asyncio.sleep(0.1)
            now = time.monotonic()
            due = [lane for lane in self._behind if not lane.sending and lane.due <= now]
            if due:
                await self._catch_up(due)

    async def _catch_up(self, lanes: list[Lane]) -> None:
        """Read the log again for lanes that fell behind, once for all of them, until they are full or at its end."""
        waiting = {lane.kept.subscription.id: lane for lane in lanes}
        position = min(lane.read for lane in lanes)
        while waiting and position < self.position:
            rows = await self._rows(position, waiting.values())
            now = stamp(self.now())
            for row in rows:
                if row.seq > self.position:
                    break
                for subscription in self.subscriptions.interests.of(row, now):
                    lane = waiting.get(subscription.id)
                    if lane is not None and row.seq > lane.read and not self._refill(lane, row):
                        del waiting[subscription.id]
            position = rows[-1].seq if rows else self.position
        for lane in waiting.values():
            if position >= self.position:
                lane.behind = False
                self._behind.discard(lane)

    def _refill(self, lane: Lane, row: ChangeRow) -> bool:
        if lane.due > time.monotonic():
            return False
        return self._offer(lane, row)

    # What is written down

    def _open(self, kept: Kept, told: int) -> None:
        lane = self.lanes[kept.subscription.id] = Lane(kept, told, behind=told < self.position)
        if lane.behind:
            self._behind.add(lane)

    def _changed(self, id: str) -> None:
        """A subscription was added, changed or removed."""
        kept, lane = self.subscriptions.find(id), self.lanes.get(id)
        if kept is None:
            if lane is not None:
                self._waiting -= len(lane.pending)
                lane.pending.clear()
                self._behind.discard(self.lanes.pop(id))
        elif lane is None:
            self._open(kept, kept.since)
        else:
            lane.kept = kept
            lane.again()

    def _read_marks(self) -> Marks:
        found = self._store.values(KIND).get(TAIL)
        if found is not None:
            return msgspec.convert(found, Marks)
        return Marks(min((kept.since for kept in self.subscriptions), default=self._store.newest()))

    def marks(self) -> Marks:
        """How far everybody was told."""
        behind = {lane.kept.subscription.id: lane.told for lane in self._behind}
        busy = [lane.told for lane in self.lanes.values() if lane.pending and not lane.behind]
        return Marks(min((self.position, *busy)), behind)

    async def _write_down(self) -> None:
        rounds = 0
        while True:
            await asyncio.sleep(1.0)
            rounds += 1
            await self.write_down(all=rounds % 10 == 0)

    async def write_down(self, *, all: bool = False) -> None:
        """Keep the marks, and with `all` the counters of subscriptions; durable on return."""
        marks = self.marks()
        if marks != self._marks:
            await self._store.put_value(KIND, TAIL, msgspec.to_builtins(marks))
            self._marks = marks
        if all and self._dirty:
            dirty, self._dirty = self._dirty, set()
            await self.subscriptions.keep_progress(dirty)


def wanted(store: Store) -> int:
    """The oldest change that some subscription was not told yet, as it was written down last; compaction keeps the log
    from there, but no more than the newest `LEAVES` of it: what is lost so shows as a gap."""
    found = store.values(KIND).get(TAIL)
    newest = store.newest()
    if found is None:
        return newest - READ_AGAIN
    marks = msgspec.convert(found, Marks)
    return max(min((marks.tail, *marks.behind.values(), newest - READ_AGAIN)), newest - LEAVES)

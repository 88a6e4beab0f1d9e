"""The one thread that writes. All that waits goes into one transaction and is acknowledged after its fsync."""

from __future__ import annotations

import asyncio
import logging
import sqlite3
from collections.abc import Callable, Sequence
from queue import Empty, SimpleQueue
from threading import Thread
from typing import Any

from noren.errors import NorenError, Unavailable
from noren.store.interface import Change
from noren.store.session import Session
from noren.store.state import State, Stored

MOST_CHANGES = 1024
"""Changes in one commit: enough that an fsync is cheap, few enough that the first hardly waits for the last, and that
answers and new requests are dealt with while the next commit is made."""
CACHE_BYTES = 64 * 2**20
_ROW_OVERHEAD = 400
_log = logging.getLogger(__name__)

Job = Callable[[sqlite3.Connection, State], Any]


class Batch:
    """Changes, or a job on the connection, and the future that waits for the commit."""

    __slots__ = ("changes", "future", "job", "loop", "result")

    def __init__(self, changes: Sequence[Change], job: Job | None, loop: asyncio.AbstractEventLoop) -> None:
        self.changes, self.job, self.loop = changes, job, loop
        self.future: asyncio.Future[Any] = loop.create_future()
        self.result: Any = None


class Writer:
    """Accepts batches from event loops; `committed` is called on the loop once a commit."""

    def __init__(self, connection: sqlite3.Connection, state: State, committed: Callable[[], None]) -> None:
        self._connection, self._state, self._committed = connection, state, committed
        self._queue: SimpleQueue[Batch | None] = SimpleQueue()
        self._cache: dict[str, Stored] = {}
        self._cached = 0
        self._closed = False
        self._thread = Thread(target=self._run, name="noren-writer", daemon=True)
        self._thread.start()

    def submit(self, changes: Sequence[Change], job: Job | None = None) -> asyncio.Future[Any]:
        """Queue changes (the future gives their outcomes) or a job (its result), done after the commit."""
        if self._closed:
            raise Unavailable("The store is closed.", hint="Open it again.")
        batch = Batch(changes, job, asyncio.get_running_loop())
        self._queue.put(batch)
        return batch.future

    def cached(self, id: str) -> tuple[bytes, int, bytes | None] | None:
        """Document, class and subject of an entity as last committed, None when it is not at hand; for any thread,
        since rows are put here whole, after the commit."""
        row = self._cache.get(id)
        return None if row is None else (row.doc, row.data_class, row.subject)

    async def close(self) -> None:
        """Finish what was accepted, then stop."""
        self._closed = True
        self._queue.put(None)
        await asyncio.to_thread(self._thread.join)

    def _run(self) -> None:
        more = True
        while more:
            group, more = self._collect()
            if group:
                self._group(group)

    def _collect(self) -> tuple[list[Batch], bool]:
        first = self._queue.get()
        if first is None:
            return [], False
        group, size = [first], len(first.changes)
        while size < MOST_CHANGES:
            try:
                batch = self._queue.get_nowait()
            except Empty:
                break
            if batch is None:
                return group, False
            group.append(batch)
            size += len(batch.changes)
        return group, True

    def _group(self, group: list[Batch]) -> None:
        try:
            self._transact(group)
        except sqlite3.OperationalError as error:
            self._fail(group, _cannot_write(error))
        except Exception as error:
            if len(group) > 1:  # one of them is at fault: give each its own transaction
                for batch in group:
                    self._group([batch])
                return
            _log.exception("a batch could not be written")
            self._fail(group, error)
        else:
            _tell(group, self._committed)

    def _transact(self, group: list[Batch]) -> None:
        connection = self._connection
        try:
            connection.execute("BEGIN IMMEDIATE")
            session = Session(connection, self._state, self._cache)
            session.load({change.id for batch in group for change in batch.changes})
            for batch in group:
                if batch.job is not None:
                    batch.result = batch.job(connection, self._state)
                else:
                    batch.result = [session.change(change) for change in batch.changes]
            session.flush()
            connection.execute("COMMIT")
        except BaseException:
            self._undo()
            raise
        self._state.committed = self._state.newest
        self._remember(session.rows)

    def _undo(self) -> None:
        """Back to what is on disk; the store stays usable."""
        self._cache.clear()
        self._cached = 0
        try:
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")
            self._state.load(self._connection)
        except sqlite3.Error:
            _log.exception("the store cannot be read back")

    def _remember(self, rows: dict[str, Stored | None]) -> None:
        cache = self._cache
        for id, row in rows.items():
            old = cache.pop(id, None)
            if old is not None:
                self._cached -= len(old.doc) + _ROW_OVERHEAD
            if row is not None:
                cache[id] = row
                self._cached += len(row.doc) + _ROW_OVERHEAD
        while self._cached > CACHE_BYTES:
            self._cached -= len(cache.pop(next(iter(cache))).doc) + _ROW_OVERHEAD

    def _fail(self, group: list[Batch], error: Exception) -> None:
        for batch in group:
            batch.result = error
        _tell(group, self._committed)


def _tell(group: list[Batch], committed: Callable[[], None]) -> None:
    """Wake each event loop once, whatever the number of batches it waits for."""
    for loop in {batch.loop for batch in group}:
        mine = [batch for batch in group if batch.loop is loop]
        try:
            loop.call_soon_threadsafe(_settle, mine, committed)
        except RuntimeError:  # the loop is closed: nobody waits any more
            _log.debug("a commit had no one to tell")


def _settle(group: list[Batch], committed: Callable[[], None]) -> None:
    for batch in group:
        if batch.future.done():
            continue
        if isinstance(batch.result, Exception):
            batch.future.set_exception(batch.result)
        else:
            batch.future.set_result(batch.result)
    committed()


def _cannot_write(error: sqlite3.OperationalError) -> NorenError:
    hints = {
        "full": "The disk is full: free space on it; nothing else needs to be done.",
        "readonly": "Give this user the right to write the data folder.",
    }
    hint = next((hint for word, hint in hints.items() if word in str(error)), "Check the disk and its free space.")
    return Unavailable(f"The change could not be kept ({error}).", where="data folder", hint=hint)

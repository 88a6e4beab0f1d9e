"""The engine on SQLite and Parquet: one process, one folder.

`FOLDER/state.db` holds documents, index rows and the change log; `FOLDER/history/` what compaction made of the log.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

import pyarrow as pa

from noren.errors import Unavailable
from noren.store.codec import decode, encode
from noren.store.history import History
from noren.store.interface import Aggregate, Change, ChangeRow, Found, HistoryQuery, Indexing, Outcome
from noren.store.log import read_before, read_changes
from noren.store.query import Query
from noren.store.reader import Reader
from noren.store.schema import connect, hold, prepare
from noren.store.state import State, wall_clock
from noren.store.writer import Writer

T = TypeVar("T")


class SqliteStore:
    """See `Store`. `clock` gives the time of changes; the city's own clock may run fast."""

    def __init__(self, folder: Path, indexing: Indexing, clock: Callable[[], datetime] = wall_clock) -> None:
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise Unavailable(
                f"The data folder cannot be made ({error.strerror}).", where=str(folder), hint="Check rights and space."
            ) from error
        self.folder = folder
        self._lock = hold(folder)
        try:
            self._open(folder, indexing, clock)
        except BaseException:
            self._lock.close()
            raise

    def _open(self, folder: Path, indexing: Indexing, clock: Callable[[], datetime]) -> None:
        file = folder / "state.db"
        self._writing = prepare(file)
        try:
            self._state = State(self._writing, indexing, clock)
            self._values = _all_values(self._writing)
        except BaseException:
            self._writing.close()
            raise
        self._getting = connect(file, read_only=True, cache_mib=16)
        self._reader = Reader(file, self._state)
        self._history = History(folder / "history", self._reader, self._state)
        self._waiting: list[tuple[int, asyncio.Future[int]]] = []
        self._writer = Writer(self._writing, self._state, self._wake)

    async def write(self, changes: Sequence[Change]) -> list[Outcome]:
        """See `Store.write`."""
        if not changes:
            return []
        outcomes: list[Outcome] = await self._writer.submit(changes)
        return outcomes

    def get(self, ids: Sequence[str]) -> Found:
        """See `Store.get`."""
        sql = "SELECT doc, class, subject FROM entity WHERE id = ?"
        execute, cached = self._getting.execute, self._writer.cached
        rows = [row for id in ids if (row := cached(id) or execute(sql, (id,)).fetchone()) is not None]
        return Found([decode(row[0]) for row in rows], [row[1] for row in rows], [row[2] for row in rows])

    async def find(self, query: Query) -> Found:
        """See `Store.find`."""
        found = self._reader.find_at_once(query)
        return await self._in_thread(self._reader.find, query) if found is None else found

    async def types(self, max_class: int) -> dict[str, dict[str, int]]:
        """See `Store.types`."""
        return await self._in_thread(self._types, max_class)

    def _types(self, max_class: int) -> dict[str, dict[str, int]]:
        sql = "SELECT typeset, attr, sum(n) FROM tally WHERE class <= ? GROUP BY typeset, attr HAVING sum(n) > 0"
        with self._reader.looker() as looker:
            rows = looker.connection.execute(sql, (max_class,)).fetchall()
        counts: dict[str, dict[str, int]] = {}
        for typeset, attr, n in rows:
            name = self._state.name_of[attr] if attr else ""
            for type in set(self._state.types_of[typeset]):
                of_type = counts.setdefault(type, {})
                of_type[name] = of_type.get(name, 0) + n
        return counts

    async def changes(self, after: int, limit: int = 1000) -> list[ChangeRow]:
        """See `Store.changes`."""
        return await self._in_thread(self._changes, after, limit)

    def _changes(self, after: int, limit: int) -> list[ChangeRow]:
        with self._reader.looker() as looker:
            return read_changes(looker.connection, self._state, after, limit)

    def before(self, seq: int) -> ChangeRow | None:
        """See `Store.before`."""
        return read_before(self._getting, self._state, seq)

    async def wait(self, after: int) -> int:
        """See `Store.wait`."""
        if self.newest() > after:
            return self.newest()
        future: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self._waiting.append((after, future))
        return await future

    def newest(self) -> int:
        """See `Store.newest`."""
        return self._state.committed

    def _wake(self) -> None:
        newest, still = self.newest(), []
        for after, future in self._waiting:
            if future.done():
                continue
            if newest > after:
                future.set_result(newest)
            else:
                still.append((after, future))
        self._waiting = still

    async def append(self, type: str, rows: pa.Table) -> int:
        """See `Store.append`."""
        return await self._history.in_order(self._history.append, type, rows)

    async def history(self, query: HistoryQuery) -> pa.Table:
        """See `Store.history`."""
        return await self._in_thread(self._history.stretch, query)

    async def aggregate(self, query: HistoryQuery, methods: Sequence[Aggregate], period: float | None) -> pa.Table:
        """See `Store.aggregate`."""
        return await self._in_thread(self._history.aggregate, query, methods, period)

    async def compact(self, keep_after: int | None = None) -> int:
        """See `Store.compact`."""
        return await self._history.compact(self._writer, keep_after)

    def values(self, kind: str) -> dict[str, Any]:
        """See `Store.values`."""
        return {key: decode(value) for key, value in self._values.get(kind, {}).items()}

    async def put_value(self, kind: str, key: str, value: Any) -> None:
        """See `Store.put_value`."""
        blob = None if value is None else encode(value)

        def keep(connection: sqlite3.Connection, _: State) -> None:
            if blob is None:
                connection.execute("DELETE FROM value WHERE kind = ? AND key = ?", (kind, key))
            else:
                connection.execute("INSERT OR REPLACE INTO value VALUES (?, ?, ?)", (kind, key, blob))

        await self._writer.submit((), keep)
        of_kind = self._values.setdefault(kind, {})
        if blob is None:
            of_kind.pop(key, None)
        else:
            of_kind[key] = blob

    async def close(self) -> None:
        """See `Store.close`."""
        await self._writer.close()
        await asyncio.to_thread(self._history.close)
        await asyncio.to_thread(self._reader.close)
        for _, future in self._waiting:
            future.cancel()
        self._getting.close()
        self._writing.close()
        self._lock.close()

    async def _in_thread(self, work: Callable[..., T], *args: Any) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._reader.threads, work, *args)


def _all_values(connection: sqlite3.Connection) -> dict[str, dict[str, bytes]]:
    kinds: dict[str, dict[str, bytes]] = {}
    for kind, key, value in connection.execute("SELECT kind, key, value FROM value"):
        kinds.setdefault(kind, {})[key] = value
    return kinds

"""History of every attribute instance: the hot end in the change log, the rest in Parquet, read by DuckDB as one."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from threading import Lock
from typing import Any, TypeVar

import duckdb
import msgspec
import pyarrow as pa
import pyarrow.compute as pc

from noren.errors import BadInput
from noren.store import stretch
from noren.store.codec import EPOCH, decode, decode_names, encode, micros
from noren.store.cold import ROW_GROUP, FileLock, Month, Shelf, is_late, recover, replaced
from noren.store.instances import Row, month_of, rows_of_change, table
from noren.store.interface import HISTORY, Aggregate, HistoryQuery
from noren.store.reader import Reader
from noren.store.schema import Connection
from noren.store.session import DELETED
from noren.store.state import State
from noren.store.writer import Writer

CHUNK = 50_000
"""Rows of the log moved at a time: bounds memory, and how long the writer is busy with trimming."""
RETAINED = 100_000
"""Rows of the log that compaction leaves to cursors nobody told it of."""
SETTINGS: dict[str, Any] = {
    "threads": 2,
    "memory_limit": "320MB",
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
}

T = TypeVar("T")


class History:
    """Writes go through one thread (`in_order`), reading happens on the reader's threads."""

    def __init__(self, root: Path, reader: Reader, state: State) -> None:
        self._root, self._reader, self._state = root, reader, state
        recover(root)
        self._lock = FileLock()
        self._opening = Lock()
        self._opened: duckdb.DuckDBPyConnection | None = None
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="noren-history")

    @property
    def _duck(self) -> duckdb.DuckDBPyConnection:
        """Made on first use: a store that is only written to never needs it."""
        with self._opening:
            if self._opened is None:
                self._opened = _open_duck(self._root / "spill.tmp")
            return self._opened

    async def in_order(self, work: Callable[..., T], *args: Any) -> T:
        """Do one piece of writing after the other."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, work, *args)

    def close(self) -> None:
        """Finish writing, then let go."""
        self._thread.shutdown()
        if self._opened is not None:
            self._opened.close()

    # reading

    def stretch(self, query: HistoryQuery) -> pa.Table:
        """See `Store.history`."""
        return self._ask(query, lambda rows: stretch.history(query, rows)).cast(HISTORY)

    def aggregate(self, query: HistoryQuery, methods: Sequence[Aggregate], period: float | None) -> pa.Table:
        """See `Store.aggregate`."""
        if period is not None and query.start is None and not query.ids:
            first = self._ask(query, lambda rows: stretch.first(query, rows))[0][0].as_py()
            query = msgspec.structs.replace(query, start=first or EPOCH)
        return self._ask(query, lambda rows: stretch.aggregate(query, rows, methods, period))

    def _ask(self, query: HistoryQuery, question: Callable[[str], str]) -> pa.Table:
        typesets = [types for types in list(self._state.typesets) if not set(query.types).isdisjoint(types)]
        homes = {*typesets, *((type,) for type in query.types)}
        hot = self._hot(query, typesets)
        with self._lock.reading(), self._duck.cursor() as cursor:
            months = [month for types in homes for month in Shelf(self._root, types).months(*_months(query))]
            segments = [file for month in months for file in month.segments]
            late = [file for month in months for file in month.late]
            if hot.num_rows:
                cursor.register("hot", hot)
            apart = all(len(types) == 1 for types in homes)
            rows = stretch.spanning(query, segments, late, bool(hot.num_rows), apart)
            return cursor.execute(question(rows)).to_arrow_table()

    def _hot(self, query: HistoryQuery, typesets: Iterable[tuple[str, ...]]) -> pa.Table:
        numbers = [self._state.typesets[types] for types in typesets]
        wanted = {self._state.names.get(name) for name in query.attributes} if query.attributes else None
        with self._reader.looker() as looker:
            conditions = [f"typeset IN ({','.join(map(str, numbers))})"]
            if query.ids:
                conditions.append(f"num IN ({','.join(map(str, _numbers(looker.connection, query.ids)))})")
            rows = list(self._instances(_logged(looker.connection, " AND ".join(conditions)), wanted))
        return table(rows).append_column("position", pa.array(range(len(rows)), pa.int64()))

    def _instances(self, logged: Iterable[Any], wanted: set[int | None] | None) -> Iterable[Row]:
        name_of = self._state.name_of
        for _, at, kind, _, touched, doc in logged:
            names = [name_of[n] for n in decode_names(touched) if wanted is None or n in wanted]
            if names:
                yield from rows_of_change(decode(doc), names, kind == DELETED, at)

    # writing

    def append(self, type: str, rows: pa.Table) -> int:
        """See `Store.append`."""
        try:
            cast = rows.select(HISTORY.names).cast(HISTORY)
        except (KeyError, pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
            raise BadInput(f"The rows are not a stretch of history ({error}).", where=f"history of {type}") from error
        if any(cast[field.name].null_count for field in HISTORY if not field.nullable):
            raise BadInput("Entity, attribute and time of modification may not be empty.", where=f"history of {type}")
        return self._shelve(Shelf(self._root, (type,)), cast)

    def _shelve(self, shelf: Shelf, rows: pa.Table) -> int:
        """Split rows by month, and write each; returns rows kept."""
        kept = 0
        for label, of_month in _by_month(rows):
            kept += self._write(of_month, shelf, shelf.month(label))
            if files := shelf.month(label).due():
                self._merge(shelf, files)
        return kept

    def _write(self, rows: pa.Table, shelf: Shelf, month: Month) -> int:
        """A segment, or corrections when a file of the month has one of the instances already."""
        with self._duck.cursor() as cursor:
            cursor.register("incoming", rows.append_column("rank", pa.array(range(rows.num_rows), pa.int64())))
            late = bool(month.files) and _yes(cursor, stretch.clashes(month.files, _bounds(rows)))
            source = "FROM incoming"
            if _yes(cursor, stretch.repeats(source)):
                source = stretch.merged(source)
            with replaced(shelf.next_file(month, late)) as temporary:
                return _copy(cursor, source, temporary)

    def _merge(self, shelf: Shelf, files: list[Path]) -> None:
        """One file from several; they go only when the new one is safe."""
        segments = [file for file in files if not is_late(file)]
        late = [file for file in files if is_late(file)]
        rows = stretch.joined(
            stretch.files(segments) if segments else "", stretch.files(late, rank=True) if late else ""
        )
        merged = files[0].with_suffix(".merged")
        with self._duck.cursor() as cursor, replaced(merged) as temporary:
            _copy(cursor, rows, temporary)
        with self._lock.swapping():
            shelf.replace(merged, files)

    async def compact(self, writer: Writer, keep_after: int | None) -> int:
        """See `Store.compact`."""
        moved = 0
        newest = self._state.committed
        while self._state.moved < newest:
            last, count = await self.in_order(self._move, newest)
            moved += count
            await writer.submit((), partial(_mark, upto=last))
        limit = newest - RETAINED if keep_after is None else min(keep_after, newest)
        while self._state.trimmed < limit:
            upto = min(limit, max(self._state.trimmed, await self.in_order(self._first)) + CHUNK)
            await writer.submit((), partial(_trim, upto=upto))
        return moved

    def _first(self) -> int:
        with self._reader.looker() as looker:
            return int(looker.connection.execute("SELECT coalesce(min(seq), 1) FROM log").fetchone()[0]) - 1

    def _move(self, newest: int) -> tuple[int, int]:
        """Write the next rows of the log to Parquet; returns the last of them and how many instances they held."""
        with self._reader.looker() as looker:
            logged = list(_logged(looker.connection, f"seq <= {newest}", CHUNK))
        shelves: dict[int, list[Row]] = {}
        for row in logged:
            shelves.setdefault(row[3], []).extend(self._instances([row], None))
        for typeset, rows in shelves.items():
            if rows:
                self._shelve(Shelf(self._root, self._state.types_of[typeset]), table(rows))
        return (logged[-1][0] if logged else newest), sum(map(len, shelves.values()))


def _open_duck(spill: Path) -> duckdb.DuckDBPyConnection:
    duck = duckdb.connect(":memory:", config=SETTINGS | {"temp_directory": str(spill)})
    duck.execute("SET enable_progress_bar = false")
    duck.execute("SET GLOBAL TimeZone = 'UTC'")
    # Footers cost as much as a narrow answer; no file changes, and none takes the name of another.
    duck.execute("SET GLOBAL parquet_metadata_cache = true")
    duck.register("empty", HISTORY.empty_table())
    duck.execute("CREATE TABLE nothing AS FROM empty")
    return duck


def _copy(cursor: duckdb.DuckDBPyConnection, rows: str, file: Path) -> int:
    """Write rows sorted; returns how many."""
    name = str(file).replace("'", "''")
    sql = f"SELECT * EXCLUDE rank FROM ({rows}) ORDER BY {stretch.SORTED}"
    options = f"FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE {ROW_GROUP}"
    return int(cursor.execute(f"COPY ({sql}) TO '{name}' ({options})").fetchall()[0][0])


def _yes(cursor: duckdb.DuckDBPyConnection, sql: str) -> bool:
    return bool(cursor.execute(sql).fetchall()[0][0])


def _bounds(rows: pa.Table) -> tuple[str, str, int, int]:
    """First and last entity and time."""
    entity = pc.min_max(rows["entity"]).as_py()
    time = pc.min_max(pc.cast(pc.coalesce(rows["observed"], rows["modified"]), pa.int64())).as_py()
    return entity["min"], entity["max"], time["min"], time["max"]


def _mark(connection: sqlite3.Connection, state: State, upto: int) -> None:
    state.set_meta(connection, "moved", upto)


def _trim(connection: sqlite3.Connection, state: State, upto: int) -> None:
    connection.execute("DELETE FROM log WHERE seq <= ?", (upto,))
    still = "SELECT 1 FROM log WHERE log.num = grave.num AND seq > ?"
    connection.execute(f"DELETE FROM grave WHERE NOT EXISTS ({still})", (state.moved,))
    state.set_meta(connection, "trimmed", upto)


def _logged(connection: Connection, condition: str, limit: int = -1) -> Iterable[Any]:
    """Rows of the log that are not in cold history yet."""
    moved = connection.execute("SELECT value FROM meta WHERE key = 'moved'").fetchone()
    sql = f"SELECT seq, at, kind, typeset, touched, doc FROM log WHERE seq > ? AND {condition} ORDER BY seq LIMIT ?"
    return connection.execute(sql, (moved[0] if moved else 0, limit))


def _numbers(connection: Connection, ids: Sequence[str]) -> list[int]:
    """Numbers of entities, those deleted but still in the log included."""
    wanted = "SELECT value FROM json_each(?)"
    sql = f"SELECT num FROM entity WHERE id IN ({wanted}) UNION SELECT num FROM grave WHERE id IN ({wanted})"
    text = encode(ids).decode()
    return [num for (num,) in connection.execute(sql, (text, text))]


def _months(query: HistoryQuery) -> tuple[str, str]:
    """First and last month that can hold what is asked; files go by time of observation."""
    if query.time != "observed":
        return "0000-00", "9999-99"
    first = "0000-00" if query.start is None else month_of(micros(query.start))
    return first, "9999-99" if query.end is None else month_of(micros(query.end))


def _by_month(rows: pa.Table) -> Iterable[tuple[str, pa.Table]]:
    if not rows.num_rows:
        return
    since = pc.cast(pc.coalesce(rows["observed"], rows["modified"]), pa.int64())
    lowest, highest = pc.min(since).as_py(), pc.max(since).as_py()
    if month_of(lowest) == month_of(highest):
        yield month_of(lowest), rows
        return
    labels = pc.strftime(moment_column(since), "%Y-%m")
    labels = pc.if_else(pc.less(since, 0), "0000-00", labels)
    labels = pc.if_else(pc.greater_equal(since, 4_102_444_800_000_000), "9999-99", labels)
    for label in pc.unique(labels).to_pylist():
        yield label, rows.filter(pc.equal(labels, label))


def moment_column(since: pa.ChunkedArray) -> pa.ChunkedArray:
    """Microseconds as times."""
    return pc.cast(since, pa.timestamp("us", "UTC"))

"""The journal: one SQLite row an entry, in the order of the log. Everything else about a log can be made again from
it."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from pathlib import Path

from noren.errors import Conflict, NotFound
from noren.store.schema import connect

VERSION = 1
JOURNAL = "journal.db"
_TABLES = """
CREATE TABLE entry(num INTEGER PRIMARY KEY, at INTEGER NOT NULL, hash BLOB NOT NULL, data BLOB NOT NULL) STRICT;
CREATE INDEX entry_hash ON entry(hash);
CREATE TABLE meta(key TEXT PRIMARY KEY, value ANY NOT NULL) STRICT, WITHOUT ROWID;
"""
Row = tuple[int, int, bytes, bytes]
"""Index, seconds since 1970, hash of the leaf, entry."""
_MOST_AT_ONCE = 10_000


class Journal:
    """The rows of one log. Written by one thread, read by any."""

    def __init__(self, file: Path) -> None:
        """Open or make the file; raises `Conflict` when it is broken or rows are missing in it."""
        self._file = file
        self._writer = connect(file)
        try:
            self._prepare()
            self._reader = connect(file, read_only=True)
            self._reader.execute("SELECT 1 FROM entry LIMIT 1")
        except sqlite3.DatabaseError as error:
            self._writer.close()
            raise Conflict(
                f"The ledger's journal cannot be read ({error}).", where=str(file), hint="Restore it from its backup."
            ) from error
        except Conflict:
            self._writer.close()
            raise

    def _prepare(self) -> None:
        for setting in ("journal_mode=WAL", "synchronous=FULL", "wal_autocheckpoint=4096"):
            self._writer.execute(f"PRAGMA {setting}")
        version = self._writer.execute("PRAGMA user_version").fetchone()[0]
        if version == 0:
            self._writer.executescript(f"BEGIN;{_TABLES}PRAGMA user_version={VERSION};COMMIT;")
        elif version != VERSION:
            raise Conflict(f"The journal has format {version}, not {VERSION}.", where=str(self._file))
        count, last = self._writer.execute("SELECT count(*), coalesce(max(num), -1) FROM entry").fetchone()
        if count != last + 1:
            raise Conflict(
                f"{last + 1 - count} entries are missing in the ledger's journal.",
                where=str(self._file),
                hint="Restore it from its backup; nothing was signed or changed.",
            )
        self.size = int(count)
        self.last_at = self._one("SELECT coalesce(max(at), 0) FROM entry WHERE num = ?", last)

    def _one(self, sql: str, *values: object) -> int:
        return int(self._writer.execute(sql, values).fetchone()[0])

    def add(self, rows: Sequence[Row]) -> None:
        """Append rows, all or none, durable on return; raises `sqlite3.OperationalError` when the disk refuses."""
        with Transaction(self._writer):
            self._writer.executemany("INSERT INTO entry VALUES (?, ?, ?, ?)", rows)
        self.size += len(rows)
        if rows:
            self.last_at = rows[-1][1]

    def keep(self, **values: str | int | float | bytes) -> None:
        """Remember facts about the log, durably."""
        with Transaction(self._writer):
            self._writer.executemany("INSERT OR REPLACE INTO meta VALUES (?, ?)", values.items())

    def kept(self, key: str) -> str | int | float | bytes | None:
        """A fact that was kept; None when it never was."""
        row = self._reader.execute("SELECT value FROM meta WHERE key = ?", (key,)).fetchone()
        return row[0] if row else None

    def find(self, hash: bytes) -> int | None:
        """Index of the first entry with this leaf hash."""
        row = self._reader.execute("SELECT min(num) FROM entry WHERE hash = ?", (hash,)).fetchone()
        return None if row[0] is None else int(row[0])

    def entry(self, index: int) -> bytes:
        """One entry; raises `NotFound`."""
        row = self._reader.execute("SELECT data FROM entry WHERE num = ?", (index,)).fetchone()
        if row is None:
            raise NotFound("There is no such entry.", where=str(index))
        return bytes(row[0])

    def entries(self, begin: int, end: int) -> Iterator[bytes]:
        """Entries from `begin` up to, not including, `end`."""
        for at in range(begin, end, _MOST_AT_ONCE):
            until = min(end, at + _MOST_AT_ONCE)
            rows = self._reader.execute("SELECT data FROM entry WHERE num >= ? AND num < ? ORDER BY num", (at, until))
            yield from (row[0] for row in rows.fetchall())

    def close(self) -> None:
        """Let go of the file."""
        self._reader.close()
        self._writer.close()


class Transaction:
    """`with` block that is committed whole or undone."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def __enter__(self) -> None:
        self._connection.execute("BEGIN IMMEDIATE")

    def __exit__(self, kind: type[BaseException] | None, *rest: object) -> None:
        try:
            if kind is None:
                self._connection.execute("COMMIT")
        finally:
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")

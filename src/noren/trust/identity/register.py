"""The file `data/identity.db`: who is known, what they were given, and which sessions are open.

Several processes share it (the running city, `noren token`, `noren identity`). What one of them changes, all others
see with their next question: SQLite's `data_version` says that somebody wrote, the row `epoch` whether it matters.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from noren.errors import BadInput
from noren.trust.identity.clock import Wall

_TABLES = """
CREATE TABLE IF NOT EXISTS account (
    id TEXT PRIMARY KEY, kind TEXT NOT NULL, name TEXT NOT NULL, handle BLOB NOT NULL UNIQUE, opened REAL NOT NULL,
    stopped REAL
) STRICT;
CREATE TABLE IF NOT EXISTS organisation (
    name TEXT PRIMARY KEY, kind TEXT NOT NULL, opened REAL NOT NULL, stopped REAL
) STRICT;
CREATE TABLE IF NOT EXISTS entrusted (
    holder TEXT NOT NULL, tenant TEXT NOT NULL, what TEXT NOT NULL, name TEXT NOT NULL, source TEXT NOT NULL,
    PRIMARY KEY (holder, tenant, what, name, source)
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS login (
    issuer TEXT NOT NULL, subject TEXT NOT NULL, kind TEXT NOT NULL, account TEXT NOT NULL, opened REAL NOT NULL,
    PRIMARY KEY (issuer, subject, kind)
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS passkey (
    id BLOB PRIMARY KEY, account TEXT NOT NULL, key BLOB NOT NULL, counter INTEGER NOT NULL, label TEXT NOT NULL,
    opened REAL NOT NULL, used REAL
) STRICT;
CREATE TABLE IF NOT EXISTS device (
    id TEXT PRIMARY KEY, kind TEXT NOT NULL, organisation TEXT NOT NULL, tenant TEXT NOT NULL, key BLOB NOT NULL,
    purposes TEXT NOT NULL, writes TEXT NOT NULL, opened REAL NOT NULL, revoked REAL
) STRICT;
CREATE TABLE IF NOT EXISTS session (
    id TEXT PRIMARY KEY, kind TEXT NOT NULL, holder TEXT NOT NULL, tenant TEXT NOT NULL, secret BLOB UNIQUE,
    parent TEXT NOT NULL, principal BLOB, label TEXT NOT NULL, how TEXT NOT NULL, opened REAL NOT NULL,
    seen REAL NOT NULL, until REAL NOT NULL, idle REAL NOT NULL, ended REAL
) STRICT;
CREATE INDEX IF NOT EXISTS session_holder ON session (holder);
CREATE TABLE IF NOT EXISTS once (
    kind TEXT NOT NULL, key BLOB NOT NULL, facts BLOB NOT NULL, until REAL NOT NULL, PRIMARY KEY (kind, key)
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS client (
    id TEXT PRIMARY KEY, organisation TEXT NOT NULL, secret BLOB, redirects TEXT NOT NULL, opened REAL NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS pairwise (organisation TEXT PRIMARY KEY, secret BLOB NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS attribute (
    account TEXT NOT NULL, name TEXT NOT NULL, value BLOB NOT NULL, source TEXT NOT NULL, evidence TEXT NOT NULL,
    said REAL NOT NULL, PRIMARY KEY (account, name)
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS epoch (n INTEGER NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS moment (at REAL NOT NULL) STRICT;
INSERT INTO epoch SELECT 1 WHERE NOT EXISTS (SELECT 1 FROM epoch);
INSERT INTO moment SELECT 0.0 WHERE NOT EXISTS (SELECT 1 FROM moment);
"""
# Whatever may end somebody's access raises the epoch by itself: a function that forgot to could not be found by a test.
_MATTERS = ("account", "organisation", "entrusted", "device", "client", "UPDATE OF ended ON session")
_SETTLE = 1.0
_KINDS = ("INSERT", "UPDATE", "DELETE")


class Register:
    """The open file. Reading is one statement, writing a `change`, which is kept whole or not at all."""

    def __init__(self, file: Path, clock: Callable[[], float] | None = None) -> None:
        """Open or make the file; raises `BadInput` when others may read it."""
        file.parent.mkdir(parents=True, exist_ok=True)
        if not file.exists():
            os.close(os.open(file, os.O_CREAT | os.O_RDWR, 0o600))
        elif file.stat().st_mode & 0o077:
            raise BadInput("Others may read who is known here.", where=str(file), hint=f"Run: chmod 600 {file}")
        self._db = sqlite3.connect(file, check_same_thread=False, isolation_level=None, timeout=30)
        try:
            self._db.executescript(
                "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA secure_delete=ON;"
                f"BEGIN IMMEDIATE; {_TABLES} {_triggers()} COMMIT;"
            )
        except sqlite3.DatabaseError as error:
            self._db.close()
            raise BadInput(f"This file cannot be read: {error}.", where=str(file), hint="Restore a backup.") from error
        self._wall = Wall(clock)
        self._seen, self._epoch, self._settled = -1, 0, 0.0
        self.version()

    def now(self) -> float:
        """Wall time in seconds since 1970, never earlier than it was for any process before."""
        return self._wall.now()

    def version(self) -> int:
        """Rises with every change by which somebody's access may have ended, in any process; takes five µs."""
        seen = self._db.execute("PRAGMA data_version").fetchone()[0]
        if seen != self._seen:
            self._epoch = int(self._db.execute("SELECT n FROM epoch").fetchone()[0])
            self._wall.remember(float(self._db.execute("SELECT at FROM moment").fetchone()[0]))
            self._seen = seen
        return self._epoch

    def rows(self, sql: str, *values: Any) -> list[tuple[Any, ...]]:
        """All rows."""
        return self._db.execute(sql, values).fetchall()

    def row(self, sql: str, *values: Any) -> tuple[Any, ...] | None:
        """The first row, None without one."""
        found: tuple[Any, ...] | None = self._db.execute(sql, values).fetchone()
        return found

    @contextmanager
    def change(self) -> Iterator[Callable[..., sqlite3.Cursor]]:
        """A change of several statements, durable at the end of the block; within another one it is part of that."""
        if self._db.in_transaction:
            yield self._run
            return
        self._db.execute("BEGIN IMMEDIATE")
        try:
            yield self._run
            self._db.execute("UPDATE moment SET at = max(at, ?)", (self._wall.now(),))
            self._db.execute("COMMIT")
        except BaseException:
            self._db.execute("ROLLBACK")
            raise
        finally:
            self._seen = -1

    def settle(self) -> None:
        """Remember how late it is, for others and for the case that a clock is set back; once a second at most."""
        if self._wall.now() >= self._settled + _SETTLE:
            with self.change():
                self._settled = self._wall.now()

    def close(self) -> None:
        """Let go of the file."""
        self._db.close()

    def _run(self, sql: str, *values: Any) -> sqlite3.Cursor:
        return self._db.execute(sql, values)


def _triggers() -> str:
    texts = []
    for table in _MATTERS:
        events = [table] if " " in table else [f"{kind} ON {table}" for kind in _KINDS]
        for event in events:
            name = "matters_" + "".join(c if c.isalpha() else "_" for c in event.lower())
            texts.append(f"CREATE TRIGGER IF NOT EXISTS {name} AFTER {event} BEGIN UPDATE epoch SET n = n + 1; END;")
    return " ".join(texts)

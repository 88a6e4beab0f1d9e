"""Tables of the SQLite engine, how its connections are opened, and what is checked before the first one.

`scalar` holds index rows only for declared attributes, `area` one bounding box an entity and geometry attribute
(`id` = entity number * 16 + slot of the attribute), `log` is outbox and hot history at once, `tally` counts entities
per set of types, class and attribute (attribute 0: the entities themselves).
"""

from __future__ import annotations

import sqlite3
from pathlib import Path

from noren.errors import Conflict, NorenError, Unavailable

VERSION = 1
SLOTS = 16
"""Geometry attributes that can have areas; the slot is the low digit of `area.id`."""

TABLES = """
CREATE TABLE meta(key TEXT PRIMARY KEY, value ANY) STRICT, WITHOUT ROWID;
CREATE TABLE typeset(id INTEGER PRIMARY KEY, types TEXT NOT NULL UNIQUE) STRICT;
CREATE TABLE name(id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT;
CREATE TABLE entity(
  num INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, typeset INTEGER NOT NULL, class INTEGER NOT NULL, subject BLOB,
  doc BLOB NOT NULL
) STRICT;
CREATE INDEX entity_typeset ON entity(typeset);
CREATE INDEX entity_subject ON entity(subject) WHERE subject IS NOT NULL;
CREATE TABLE scalar(
  attr INTEGER NOT NULL, value ANY NOT NULL, num INTEGER NOT NULL, PRIMARY KEY(attr, value, num)
) STRICT, WITHOUT ROWID;
CREATE VIRTUAL TABLE area USING rtree(id, west, east, south, north);
CREATE TABLE log(
  seq INTEGER PRIMARY KEY, at INTEGER NOT NULL, kind INTEGER NOT NULL, num INTEGER NOT NULL, typeset INTEGER NOT NULL,
  class INTEGER NOT NULL, subject BLOB, touched TEXT NOT NULL, doc BLOB NOT NULL
) STRICT;
CREATE INDEX log_entity ON log(num);
CREATE TABLE grave(id TEXT NOT NULL, num INTEGER NOT NULL, PRIMARY KEY(id, num)) STRICT, WITHOUT ROWID;
CREATE TABLE tally(
  typeset INTEGER NOT NULL, class INTEGER NOT NULL, attr INTEGER NOT NULL, n INTEGER NOT NULL,
  PRIMARY KEY(typeset, class, attr)
) STRICT, WITHOUT ROWID;
CREATE TABLE value(kind TEXT NOT NULL, key TEXT NOT NULL, value BLOB NOT NULL, PRIMARY KEY(kind, key)) STRICT;
"""

Connection = sqlite3.Connection


def hold(folder: Path) -> Connection:
    """Claim the folder for this process until the connection is closed or the process dies; `Conflict` if it is taken.

    A second SQLite file that stays locked: works on every system, and no stale lock outlives a crash.
    """
    lock = sqlite3.connect(folder / "lock.db", isolation_level=None, check_same_thread=False, timeout=0)
    try:
        lock.execute("PRAGMA locking_mode=EXCLUSIVE")
        lock.execute("BEGIN EXCLUSIVE")
    except sqlite3.OperationalError as error:
        lock.close()
        raise _unusable(folder, error) from error
    return lock


def _unusable(folder: Path, error: sqlite3.OperationalError) -> NorenError:
    if "locked" in str(error):
        return Conflict(
            "Another process is using this data.",
            where=str(folder),
            hint="Stop the other `noren`, or give this one a folder of its own.",
        )
    return Unavailable(
        f"The data folder cannot be written ({error}).", where=str(folder), hint="Check rights and free space."
    )


def connect(file: Path, *, read_only: bool = False, cache_mib: int = 16) -> Connection:
    """A connection for one thread at a time, in autocommit; `Unavailable` when the file cannot be opened."""
    try:
        connection = sqlite3.connect(
            f"{file.absolute().as_uri()}?mode={'ro' if read_only else 'rwc'}",
            uri=True,
            isolation_level=None,
            check_same_thread=False,
            cached_statements=512,
            timeout=10,
        )
        connection.execute(f"PRAGMA cache_size=-{cache_mib * 1024}")
        connection.execute("PRAGMA temp_store=MEMORY")
    except sqlite3.DatabaseError as error:
        raise _broken(file, error) from error
    return connection


def prepare(file: Path) -> Connection:
    """The writer's connection, with tables made on first use; `Conflict` for a file of another version."""
    connection = connect(file, cache_mib=64)
    try:
        connection.execute("PRAGMA page_size=4096")
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute("PRAGMA wal_autocheckpoint=16384")
        _make(connection, file)
    except sqlite3.DatabaseError as error:
        connection.close()
        raise _broken(file, error) from error
    except NorenError:
        connection.close()
        raise
    return connection


def _broken(file: Path, error: sqlite3.DatabaseError) -> NorenError:
    if isinstance(error, sqlite3.OperationalError):
        return _unusable(file, error)
    return Conflict(
        f"This is not a store of Noren ({error}).", where=str(file), hint="Restore it from a backup, or move it away."
    )


def _make(connection: Connection, file: Path) -> None:
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    if version == 0:
        connection.executescript(f"BEGIN;{TABLES}PRAGMA user_version={VERSION};COMMIT;")
    elif version != VERSION:
        raise Conflict(
            f"The data has format {version}, this Noren reads format {VERSION}.",
            where=str(file),
            hint="Install the Noren that wrote it, or a newer one.",
        )

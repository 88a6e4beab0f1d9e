"""The file in which keys lie: its tables, how it is opened, and how it and the root key stay together.

A wrapped key always takes the same number of bytes, and what takes its place is written over it where it lies: nothing
of a destroyed key is left in a page that SQLite moved about. `gone` says that zeros lie there.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec

from noren.errors import BadInput, Conflict, NorenError, Unavailable
from noren.trust.vault.erasures import Erasure
from noren.trust.vault.root import WRAPPED, Root, coming, find, put_in_place

VERSION = 1
_TABLES = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value BLOB NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE organisation (name TEXT PRIMARY KEY, kind TEXT NOT NULL, secret BLOB NOT NULL) STRICT;
CREATE TABLE subject (
    num INTEGER PRIMARY KEY, hash BLOB NOT NULL, generation INTEGER NOT NULL, organisation TEXT NOT NULL,
    gone INTEGER NOT NULL, key BLOB NOT NULL, UNIQUE (hash, generation)
) STRICT;
CREATE INDEX subject_gone ON subject (hash, generation) WHERE gone = 1;
CREATE TABLE erasure (
    line BLOB PRIMARY KEY, hash BLOB NOT NULL, generation INTEGER NOT NULL, told INTEGER NOT NULL
) STRICT;
CREATE INDEX erasure_hash ON erasure (hash);
"""


class KeyFile:
    """An open key file with its root key."""

    root: Root

    def __init__(self, file: Path, root_file: Path) -> None:
        """Open or make both files; raises `BadInput` when others may read them, `Unavailable` or `Conflict` when one of
        them is lost or not the one that belongs to the other."""
        self._file, self._root_file = file, root_file
        self._db = _connect(file)
        try:
            with self._said():
                self._db.executescript("PRAGMA journal_mode=TRUNCATE; PRAGMA synchronous=FULL; PRAGMA secure_delete=ON")
            self._prepare()
        except BaseException:
            self._db.close()
            raise

    def reload(self) -> None:
        """Take up the root key anew, which another process may have changed."""
        with self._looking():
            self.root = find(self._root_file, self._root_id())

    def _insert(self, subject: bytes, generation: int, organisation: str, key: bytes | None) -> None:
        wrapped = bytes(WRAPPED) if key is None else self.root.wrap(key, label(subject, generation))
        self._db.execute(
            "INSERT INTO subject (hash, generation, organisation, gone, key) VALUES (?, ?, ?, ?, ?)",
            (subject, generation, organisation, int(key is None), wrapped),
        )

    def _take_up(self, root: Root, work: Callable[[Root], None]) -> None:
        """Inside a transaction: do `work` and let `root` be the root key, which lies on disk before."""
        root.keep(coming(self._root_file))
        work(root)
        self._db.execute("INSERT OR REPLACE INTO meta VALUES ('root', ?)", (root.id,))

    def _settle_root(self) -> None:
        """Put the root key that holds in its place."""
        if coming(self._root_file).exists():
            with self._transaction():
                put_in_place(self._root_file, self._root_id())
        self.reload()

    def _root_id(self) -> bytes:
        return bytes(self._rows("SELECT value FROM meta WHERE key = 'root'")[0][0])

    def _prepare(self) -> None:
        if self._stands() < VERSION:
            with self._transaction():
                if self._stands() < VERSION:  # no other process was quicker
                    self._begin_with_root()
        self._settle_root()

    def _begin_with_root(self) -> None:
        legacy = bool(self._rows("SELECT 1 FROM sqlite_master WHERE name = 'organisation'"))
        if not legacy and self._root_file.exists():
            raise Conflict(
                "The keys of personal data are gone; only the root key is left.",
                where=str(self._file),
                hint=f"Restore them: noren vault restore FILE. If there never were any, delete {self._root_file}.",
            )
        root = Root.read(self._root_file) if self._root_file.exists() else Root.new()
        self._take_up(root, self._take_over if legacy else self._make)

    def _stands(self) -> int:
        version = int(self._rows("PRAGMA user_version")[0][0])
        if version > VERSION:
            raise Conflict(
                f"The keys have format {version}, this Noren reads format {VERSION}.",
                where=str(self._file),
                hint="Install the Noren that wrote them, or a newer one.",
            )
        return version

    def _make(self, _: Root) -> None:
        for statement in _TABLES.split(";\n"):
            self._db.execute(statement)
        self._db.execute(f"PRAGMA user_version={VERSION}")

    def _take_over(self, root: Root) -> None:
        """Wrap what an older Noren kept unwrapped; `secure_delete` writes zeros over every page of the old tables."""
        self._db.execute("ALTER TABLE organisation RENAME TO old_organisation")
        self._db.execute("ALTER TABLE subject RENAME TO old_subject")
        self._make(root)
        self.root = root
        for name, kind, secret in self._db.execute("SELECT name, kind, secret FROM old_organisation").fetchall():
            self._db.execute(
                "INSERT INTO organisation VALUES (?, ?, ?)", (name, kind, root.wrap(secret, name.encode()))
            )
        for hash, generation, organisation, key in self._db.execute(
            "SELECT hash, generation, organisation, key FROM old_subject ORDER BY hash, generation"
        ).fetchall():
            self._insert(hash, generation, organisation, key)
        self._db.execute("DROP TABLE old_subject")
        self._db.execute("DROP TABLE old_organisation")

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        with self._said():
            self._db.execute("BEGIN IMMEDIATE")
            yield
            self._db.execute("COMMIT")

    @contextmanager
    def _looking(self) -> Iterator[None]:
        """Nobody changes the file meanwhile."""
        if self._db.in_transaction:
            yield
            return
        with self._said():
            self._db.execute("BEGIN")
            yield
            self._db.execute("COMMIT")

    @contextmanager
    def _said(self) -> Iterator[None]:
        """What goes wrong is undone, and said in words."""
        try:
            yield
        except sqlite3.DatabaseError as error:
            self._undo()
            raise self._told(error) from error
        except BaseException:
            self._undo()
            raise

    def _undo(self) -> None:
        if self._db.in_transaction:
            self._db.execute("ROLLBACK")

    def _rows(self, sql: str, *values: bytes | int) -> list[Any]:
        try:
            return self._db.execute(sql, values).fetchall()
        except sqlite3.DatabaseError as error:
            raise self._told(error) from error

    def _told(self, error: sqlite3.DatabaseError) -> NorenError:
        if isinstance(error, sqlite3.IntegrityError):
            return Unavailable("Another process made the same key at the same time.", hint="Try again.")
        if isinstance(error, sqlite3.OperationalError):
            return Unavailable(
                f"The keys of personal data cannot be read or written ({error}).",
                where=self._file.name,
                hint="Check rights and free space; nothing that was acknowledged is lost.",
            )
        return Conflict(
            f"The keys of personal data cannot be read ({error}).",
            where=self._file.name,
            hint="Restore them: noren vault restore FILE",
        )


def label(subject: bytes, generation: int) -> bytes:
    """What a wrapped key is bound to."""
    return subject + generation.to_bytes(8, "big")


def _connect(file: Path) -> sqlite3.Connection:
    """A connection to a file that only its owner may read, made when absent."""
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        if not file.exists():
            os.close(os.open(file, os.O_CREAT | os.O_RDWR, 0o600))
        elif file.stat().st_mode & 0o077:
            raise BadInput("Others may read the keys of personal data.", where=str(file), hint=f"Run: chmod 600 {file}")
        return sqlite3.connect(file, isolation_level=None, check_same_thread=False, timeout=10)
    except (OSError, sqlite3.OperationalError) as error:
        raise Unavailable(
            f"The keys of personal data cannot be opened ({error}).",
            where=str(file),
            hint="Check rights and free space.",
        ) from error


def lines_of(file: Path) -> list[Erasure]:
    """The erasures that a key file remembers, without any root key; none when it cannot be read."""
    if not file.exists():
        return []
    connection = sqlite3.connect(file)
    try:
        return [msgspec.json.decode(row[0], type=Erasure) for row in connection.execute("SELECT line FROM erasure")]
    except (sqlite3.DatabaseError, msgspec.DecodeError):
        return []
    finally:
        connection.close()

"""The key file: SQLite, every key in it wrapped under the root key.

A wrapped key always takes the same number of bytes, and what takes its place is written over it where it lies: nothing
of a destroyed key is left in a page that SQLite moved about. `gone` says that zeros lie there.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from noren.errors import BadInput, Conflict, NorenError, NotFound, Unavailable
from noren.trust.principals import OrganisationKind
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
_AT_ONCE = 10_000


class Newest(NamedTuple):
    """The newest key of a subject: its number, whether it is destroyed, and who collected under it."""

    generation: int
    gone: bool
    organisation: str


class Keyring:
    """Keys by subject and generation, secrets by organisation, as they are given to the vault: unwrapped. New keys lie
    in a transaction until `settle`, and are offered to the disk again when it refused them."""

    def __init__(self, file: Path, root_file: Path) -> None:
        """Open or make both files; raises `BadInput` when others may read them, `Unavailable` or `Conflict` when one of
        them is lost or not the one that belongs to the other."""
        self._file, self._root_file, self._closed = file, root_file, False
        self._fresh: dict[bytes, dict[int, tuple[str, bytes]]] = {}
        self._db = _connect(file)
        try:
            with self._said():
                self._db.executescript("PRAGMA journal_mode=TRUNCATE; PRAGMA synchronous=FULL; PRAGMA secure_delete=ON")
            self._prepare()
        except BaseException:
            self._db.close()
            raise

    # what lies there

    def version(self) -> int:
        """Changes whenever another process has changed the file."""
        return int(self._rows("PRAGMA data_version")[0][0])

    def reload(self) -> None:
        """Take up the root key anew, which another process may have changed."""
        with self._looking():
            self.root = find(self._root_file, self._root_id())

    def organisations(self) -> dict[str, tuple[OrganisationKind, bytes]]:
        """Kind and secret of each organisation, by name."""
        rows = self._rows("SELECT name, kind, secret FROM organisation ORDER BY name")
        return {name: (kind, self._unwrapped(secret, name.encode())) for name, kind, secret in rows}

    def newest(self, subject: bytes) -> Newest | None:
        """The newest key of a subject, None for an unknown one."""
        fresh = [(number, 0, organisation) for number, (organisation, _) in self._fresh.get(subject, {}).items()]
        rows = self._rows(
            "SELECT generation, gone, organisation FROM subject WHERE hash = ? ORDER BY generation DESC LIMIT 1",
            subject,
        )
        found = max([*fresh, *rows], default=None)
        return Newest(found[0], bool(found[1]), found[2]) if found else None

    def key(self, subject: bytes, generation: int) -> bytes:
        """One key; raises `NotFound` when it was destroyed or never made."""
        if fresh := self._fresh.get(subject, {}).get(generation):
            return fresh[1]
        rows = self._rows("SELECT gone, key FROM subject WHERE hash = ? AND generation = ?", subject, generation)
        if not rows or rows[0][0]:
            raise NotFound("The key of this value was destroyed.")
        return self._unwrapped(rows[0][1], _label(subject, generation))

    def _unwrapped(self, wrapped: bytes, what: bytes) -> bytes:
        try:
            return self.root.unwrap(wrapped, what)
        except Conflict:
            before = self.root.id
            self.reload()
            if self.root.id == before:
                raise
            return self.root.unwrap(wrapped, what)

    def erased_up_to(self, subject: bytes) -> int:
        """The number of the newest key of a subject that was erased; 0 when none ever was."""
        return int(self._rows("SELECT coalesce(max(generation), 0) FROM erasure WHERE hash = ?", subject)[0][0])

    def lines(self, *, untold: bool = False) -> list[Erasure]:
        """The lines of the list of erasures that the key file remembers; `untold`: those no ledger has yet."""
        rows = self._rows("SELECT line FROM erasure WHERE told = 0 OR ? ORDER BY rowid", not untold)
        return [msgspec.json.decode(line, type=Erasure) for (line,) in rows]

    def unlisted(self) -> list[tuple[bytes, int]]:
        """Subjects whose keys, up to this number, are destroyed though no line says so: an older Noren wrote none."""
        return self._rows(
            "SELECT hash, max(generation) FROM subject AS s WHERE gone = 1 AND NOT EXISTS"
            " (SELECT 1 FROM erasure AS e WHERE e.hash = s.hash AND e.generation >= s.generation) GROUP BY hash"
        )

    def rows(self) -> Iterator[tuple[bytes, int, str, bytes | None]]:
        """Every key: subject, generation, organisation, and the key itself (None: destroyed)."""
        for _, hash, generation, organisation, gone, key in self._each():
            label = _label(hash, generation)
            yield hash, generation, organisation, None if gone else self.root.unwrap(key, label)

    def count(self) -> dict[str, int]:
        """How many organisations, subjects, keys and destroyed keys there are."""
        subjects, keys, gone = self._rows("SELECT count(DISTINCT hash), count(*), coalesce(sum(gone), 0) FROM subject")[
            0
        ]
        organisations = self._rows("SELECT count(*) FROM organisation")[0][0]
        return {"organisations": organisations, "subjects": subjects, "keys": keys - gone, "destroyed": gone}

    # changing it

    def add(self, subject: bytes, generation: int, organisation: str, key: bytes) -> None:
        """A new key, durable after `settle`."""
        self._fresh.setdefault(subject, {})[generation] = organisation, key
        with self._said():
            if not self._db.in_transaction:
                self._begin()
            else:
                self._insert(subject, generation, organisation, key)

    def settle(self) -> None:
        """Make what was added durable; raises `Unavailable`, and tries again the next time."""
        if not self._fresh and not self._db.in_transaction:
            return
        with self._said():
            if not self._db.in_transaction:
                self._begin()
            self._db.execute("COMMIT")
        self._fresh.clear()

    def add_organisation(self, name: str, kind: OrganisationKind, secret: bytes) -> None:
        """Keep an organisation's secret durably, unless another process has made one meanwhile."""
        with self._said():
            if not self._db.in_transaction:
                self._begin()
            wrapped = self.root.wrap(secret, name.encode())
            self._db.execute("INSERT OR IGNORE INTO organisation VALUES (?, ?, ?)", (name, kind, wrapped))
        self.settle()

    def name_kind(self, name: str, kind: OrganisationKind) -> None:
        """Keep of which kind an organisation is, durably."""
        self.settle()
        with self._transaction():
            self._db.execute("UPDATE organisation SET kind = ? WHERE name = ?", (kind, name))

    def destroy(self, lines: Iterable[Erasure], *, told: bool = False) -> None:
        """Carry out lines of the list of erasures, durable on return: zeros are written over the keys."""
        self.settle()
        with self._transaction():
            for line in lines:
                row = (line.line(), line.hash, line.generation, told or not line.subject)
                self._db.execute("INSERT OR IGNORE INTO erasure VALUES (?, ?, ?, ?)", row)
                self._db.execute(
                    "UPDATE subject SET gone = 1, key = ? WHERE hash = ? AND generation <= ? AND gone = 0",
                    (bytes(WRAPPED), line.hash, line.generation),
                )

    def tell(self, lines: Iterable[Erasure]) -> None:
        """Remember that a ledger has these."""
        self.settle()
        with self._transaction():
            self._db.executemany("UPDATE erasure SET told = 1 WHERE line = ?", [(line.line(),) for line in lines])

    def rotate(self) -> None:
        """Wrap everything under a new root key. The new one is on disk before the keys take it up, and takes the old
        one's place only after that: whenever the power fails, one of the two files opens everything."""
        self.settle()
        with self._transaction():
            put_in_place(self._root_file, self._root_id())
            self.root = find(self._root_file, self._root_id())
            self._take_up(Root.new(), self._wrap_again)
        self._settle_root()

    def fill(self, rows: Iterable[tuple[Any, ...]]) -> None:
        """Put what a backup held into a new key file, all of it or nothing."""
        with self._transaction():
            for kind, *row in rows:
                if kind == "key":
                    self._insert(*row)
                else:
                    wrapped = self.root.wrap(row[2], row[0].encode())
                    self._db.execute("INSERT INTO organisation VALUES (?, ?, ?)", (row[0], row[1], wrapped))

    def close(self) -> None:
        """Let go of the file; closing again does nothing."""
        try:
            if not self._closed:
                self.settle()
        finally:
            self._closed = True
            self._db.close()

    def _begin(self) -> None:
        """Open a transaction that holds everything that was added and is not durable yet, under the root key that
        holds: another process may just have changed it."""
        self._db.execute("BEGIN IMMEDIATE")
        if self._root_id() != self.root.id:
            self.reload()
        for subject, keys in self._fresh.items():
            for generation, (organisation, key) in keys.items():
                self._insert(subject, generation, organisation, key)

    def _insert(self, subject: bytes, generation: int, organisation: str, key: bytes | None) -> None:
        wrapped = bytes(WRAPPED) if key is None else self.root.wrap(key, _label(subject, generation))
        self._db.execute(
            "INSERT INTO subject (hash, generation, organisation, gone, key) VALUES (?, ?, ?, ?, ?)",
            (subject, generation, organisation, int(key is None), wrapped),
        )

    def _each(self) -> Iterator[tuple[int, bytes, int, str, int, bytes]]:
        sql = "SELECT num, hash, generation, organisation, gone, key FROM subject WHERE num > ? ORDER BY num LIMIT ?"
        last = 0
        while rows := self._rows(sql, last, _AT_ONCE):
            yield from rows
            last = rows[-1][0]

    def _wrap_again(self, root: Root) -> None:
        for name, (_, secret) in self.organisations().items():
            wrapped = root.wrap(secret, name.encode())
            self._db.execute("UPDATE organisation SET secret = ? WHERE name = ?", (wrapped, name))
        for num, hash, generation, _, gone, key in self._each():
            if not gone:
                label = _label(hash, generation)
                wrapped = root.wrap(self.root.unwrap(key, label), label)
                self._db.execute("UPDATE subject SET key = ? WHERE num = ?", (wrapped, num))

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
            self._fresh.clear()
            return Unavailable("Another process made the same key at the same time.", hint="Try again.")
        if isinstance(error, sqlite3.OperationalError):
            return Unavailable(
                f"The keys of personal data cannot be read or written ({error}).",
                where=str(self._file),
                hint="Check rights and free space; nothing that was acknowledged is lost.",
            )
        return Conflict(
            f"The keys of personal data cannot be read ({error}).",
            where=str(self._file),
            hint="Restore them: noren vault restore FILE",
        )


def _label(subject: bytes, generation: int) -> bytes:
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

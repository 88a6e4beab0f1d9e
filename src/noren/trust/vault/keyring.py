"""The keys by subject and number, and the secrets of organisations: read, added, destroyed, wrapped anew."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from noren.errors import Conflict, NorenError, NotFound
from noren.trust.principals import OrganisationKind
from noren.trust.vault.erasures import Erasure
from noren.trust.vault.keyfile import KeyFile, label
from noren.trust.vault.root import WRAPPED, Root, find, put_in_place

_AT_ONCE = 10_000


class Newest(NamedTuple):
    """The newest key of a subject: its number, whether it is destroyed, and who collected under it."""

    generation: int
    gone: bool
    organisation: str


class Keyring(KeyFile):
    """Keys by subject and generation, secrets by organisation, as they are given to the vault: unwrapped. New keys lie
    in a transaction until `settle`, and are offered to the disk again when it refused them."""

    def __init__(self, file: Path, root_file: Path) -> None:
        """See `KeyFile`."""
        self._fresh: dict[bytes, dict[int, tuple[str, bytes]]] = {}
        self._closed = False
        super().__init__(file, root_file)

    # what lies there

    def version(self) -> int:
        """Changes whenever another process has changed the file."""
        return int(self._rows("PRAGMA data_version")[0][0])

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
        return self._unwrapped(rows[0][1], label(subject, generation))

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
            what = label(hash, generation)
            yield hash, generation, organisation, None if gone else self.root.unwrap(key, what)

    def count(self) -> dict[str, int]:
        """How many organisations, subjects, keys and destroyed keys there are."""
        sql = "SELECT count(DISTINCT hash), count(*), coalesce(sum(gone), 0) FROM subject"
        ((subjects, keys, gone),) = self._rows(sql)
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

    def _unwrapped(self, wrapped: bytes, what: bytes) -> bytes:
        """A key; once more when another process has just changed the root key."""
        try:
            return self.root.unwrap(wrapped, what)
        except Conflict:
            before = self.root.id
            self.reload()
            if self.root.id == before:
                raise
            return self.root.unwrap(wrapped, what)

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
                what = label(hash, generation)
                wrapped = root.wrap(self.root.unwrap(key, what), what)
                self._db.execute("UPDATE subject SET key = ? WHERE num = ?", (wrapped, num))

    def _told(self, error: sqlite3.DatabaseError) -> NorenError:
        if isinstance(error, sqlite3.IntegrityError):
            self._fresh.clear()
        return super()._told(error)

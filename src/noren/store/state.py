"""What the engine remembers between transactions: numbers given out, names, sets of types, the newest change."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, NamedTuple

from noren.errors import BadInput
from noren.store.codec import decode, encode, micros
from noren.store.interface import Indexing
from noren.store.rows import Declared, area, fingerprint, scalars
from noren.store.schema import SLOTS

KINDS = ("created", "updated", "deleted")


class Stored(NamedTuple):
    """One entity row."""

    num: int
    typeset: int
    data_class: int
    subject: bytes | None
    doc: bytes


class State:
    """Read by every thread, changed by the writer only; `load` brings it back to what is on disk."""

    def __init__(self, connection: sqlite3.Connection, indexing: Indexing, clock: Callable[[], datetime]) -> None:
        self.clock = clock
        self.names: dict[str, int] = {}
        self.name_of: dict[int, str] = {}
        self.typesets: dict[tuple[str, ...], int] = {}
        self.types_of: dict[int, tuple[str, ...]] = {}
        self.load(connection)
        self.declared = self._declare(connection, indexing)

    def load(self, connection: sqlite3.Connection) -> None:
        """Take everything from the tables again: at start, and after a transaction that failed."""

        def one(sql: str) -> int:
            return int(connection.execute(sql).fetchone()[0] or 0)

        names = connection.execute("SELECT name, id FROM name").fetchall()
        typesets = connection.execute("SELECT types, id FROM typeset").fetchall()
        self.names = dict(names)
        self.name_of = {number: name for name, number in names}
        self.typesets = {tuple(decode(types)): number for types, number in typesets}
        self.types_of = {number: types for types, number in self.typesets.items()}
        self.meta: dict[str, Any] = dict(connection.execute("SELECT key, value FROM meta"))
        self.newest = self.committed = max(one("SELECT max(seq) FROM log"), self.trimmed)
        self.next_num = 1 + max(one(f"SELECT max(num) FROM {table}") for table in ("entity", "log", "grave"))
        last = connection.execute("SELECT at FROM log ORDER BY seq DESC LIMIT 1").fetchone()
        self.last_at = last[0] if last else 0

    @property
    def trimmed(self) -> int:
        """Rows of the log up to here may be gone."""
        return int(self.meta.get("trimmed", 0))

    @property
    def moved(self) -> int:
        """Rows of the log up to here stand in cold history."""
        return int(self.meta.get("moved", 0))

    def set_meta(self, connection: sqlite3.Connection, key: str, value: Any) -> None:
        """Keep one fact about the store; part of the writer's transaction."""
        connection.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (key, value))
        self.meta[key] = value

    def name(self, connection: sqlite3.Connection, name: str) -> int:
        """The number of an attribute, given out when new."""
        number = self.names.get(name)
        if number is None:
            number = len(self.names) + 1
            connection.execute("INSERT INTO name VALUES (?, ?)", (number, name))
            self.names[name], self.name_of[number] = number, name
        return number

    def typeset(self, connection: sqlite3.Connection, types: tuple[str, ...]) -> int:
        """The number of a set of types, given out when new."""
        number = self.typesets.get(types)
        if number is None:
            number = len(self.typesets) + 1
            connection.execute("INSERT INTO typeset VALUES (?, ?)", (number, encode(types).decode()))
            self.typesets[types], self.types_of[number] = number, types
        return number

    def tick(self) -> int:
        """The clock's time in microseconds, but never before the last change."""
        return max(self.last_at, micros(self.clock()))

    def _declare(self, connection: sqlite3.Connection, indexing: Indexing) -> Declared:
        if len(indexing.geometries) > SLOTS:
            raise BadInput(f"At most {SLOTS} geometry attributes can be indexed.", where=str(len(indexing.geometries)))
        connection.execute("BEGIN IMMEDIATE")
        declared = Declared(
            {name: (self.name(connection, name), tuple(path)) for name, path in indexing.scalars.items()},
            {name: (slot, tuple(path)) for slot, (name, path) in enumerate(sorted(indexing.geometries.items()))},
        )
        if self.meta.get("indexing") != (mark := fingerprint(indexing)):
            _rebuild(connection, declared)
            self.set_meta(connection, "indexing", mark)
        connection.execute("COMMIT")
        return declared


def _rebuild(connection: sqlite3.Connection, declared: Declared) -> None:
    """Make all index rows again, since other attributes are declared than when they were made."""
    connection.execute("DELETE FROM scalar")
    connection.execute("DELETE FROM area")
    for num, doc in connection.execute("SELECT num, doc FROM entity"):
        attrs = decode(doc)["attrs"]
        for name in declared.scalars.keys() & attrs.keys():
            attr, path = declared.scalars[name]
            rows = [(attr, value, num) for value in scalars(attrs[name], path)]
            connection.executemany("INSERT OR IGNORE INTO scalar VALUES (?, ?, ?)", rows)
        for name in declared.areas.keys() & attrs.keys():
            slot, path = declared.areas[name]
            if found := area(attrs[name], path):
                west, south, east, north = found
                row = (num * SLOTS + slot, west, east, south, north)
                connection.execute("INSERT INTO area VALUES (?, ?, ?, ?, ?)", row)


def wall_clock() -> datetime:
    """Now, in UTC."""
    return datetime.now(UTC)

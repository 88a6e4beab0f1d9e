"""One transaction of the writer: changes are applied in memory, then each table is written once."""

from __future__ import annotations

import logging
import sqlite3
from collections import Counter
from typing import Any

import msgspec

from noren.errors import BadInput, NorenError
from noren.store.codec import decode, encode, encode_names
from noren.store.geometry import Box
from noren.store.interface import Change, Outcome
from noren.store.query import Doc
from noren.store.rows import Scalar, area, scalars
from noren.store.schema import SLOTS
from noren.store.state import State, Stored

CREATED, UPDATED, DELETED = range(3)
Key = tuple[int, Scalar, int]
_NOTHING: dict[str, Any] = {}
_log = logging.getLogger(__name__)


class Session:
    """Collects what the changes of one commit do; `flush` writes it. Several changes of one entity write it once."""

    def __init__(self, connection: sqlite3.Connection, state: State, cache: dict[str, Stored]) -> None:
        self.connection, self.state, self.cache = connection, state, cache
        self.rows: dict[str, Stored | None] = {}
        self.on_disk: dict[str, int] = {}
        self.gone: list[tuple[int]] = []
        self.graves: list[tuple[str, int]] = []
        self.log: list[tuple[Any, ...]] = []
        self.added: set[Key] = set()
        self.removed: set[Key] = set()
        self.areas: dict[int, Box | None] = {}
        self.tally: Counter[tuple[int, int, int]] = Counter()

    def load(self, ids: set[str]) -> None:
        """Bring the rows of these entities in, from the cache or in one query."""
        missing = []
        for id in ids:
            stored = self.cache.get(id)
            if stored is None:
                missing.append(id)
            else:
                self.rows[id] = stored
                self.on_disk[id] = stored.num
        if missing:
            sql = (
                "SELECT id, num, typeset, class, subject, doc FROM entity WHERE id IN (SELECT value FROM json_each(?))"
            )
            for id, *row in self.connection.execute(sql, (encode(missing).decode(),)):
                self.rows[id] = Stored(*row)
                self.on_disk[id] = row[0]

    def change(self, change: Change) -> Outcome:
        """Apply one change; refusals, and faults of the caller's function, become the outcome of this change alone."""
        stored = self.rows.get(change.id)
        old = None if stored is None else decode(stored.doc)
        try:
            new = change.apply(old)
            if new is old:
                return Outcome(change.id, "unchanged")
            doc = None if new is None else encode(new)
        except NorenError as error:
            return Outcome(change.id, "refused", error)
        except (TypeError, ValueError, OverflowError, RecursionError, msgspec.MsgspecError) as error:
            _log.warning("change of %s cannot be applied", change.id, exc_info=True)
            return Outcome(change.id, "refused", BadInput(f"The entity cannot be stored ({error}).", where=change.id))
        except Exception as error:
            _log.exception("change of %s failed", change.id)
            return Outcome(change.id, "refused", NorenError(f"The change failed ({error!r}).", where=change.id))
        if stored is None:
            assert new is not None and doc is not None  # noqa: S101
            return self._create(change, new, doc)
        assert old is not None  # noqa: S101
        if new is None or doc is None:
            return self._delete(change.id, old, stored)
        return self._update(change, old, new, doc, stored)

    def _create(self, change: Change, new: Doc, doc: bytes) -> Outcome:
        state, attrs = self.state, new["attrs"]
        num = state.next_num
        state.next_num += 1
        stored = Stored(num, self._typeset(new), change.data_class, change.subject, doc)
        touched = self._numbers(attrs)
        self._count(stored, touched, 1)
        self.rows[change.id] = stored
        self._index(num, attrs, _NOTHING, attrs)
        return Outcome(change.id, "created", seq=self._note(CREATED, stored, touched))

    def _update(self, change: Change, old: Doc, new: Doc, doc: bytes, before: Stored) -> Outcome:
        was, now = old["attrs"], new["attrs"]
        names = [name for name, value in now.items() if was.get(name) is not value]
        if len(now) - len(names) < len(was):
            names += [name for name in was if name not in now]
        typeset = before.typeset if new["type"] == old["type"] else self._typeset(new)
        stored = Stored(before.num, typeset, change.data_class, change.subject, doc)
        if was.keys() != now.keys() or stored[1:3] != before[1:3]:
            self._count(before, self._numbers(was), -1)
            self._count(stored, self._numbers(now), 1)
        self.rows[change.id] = stored
        self._index(stored.num, names, was, now)
        return Outcome(change.id, "updated", seq=self._note(UPDATED, stored, self._numbers(names)))

    def _delete(self, id: str, old: Doc, stored: Stored) -> Outcome:
        attrs = old["attrs"]
        touched = self._numbers(attrs)
        self._count(stored, touched, -1)
        self._index(stored.num, attrs, attrs, _NOTHING)
        self.rows[id] = None
        self.graves.append((id, stored.num))
        if self.on_disk.get(id) == stored.num:
            self.gone.append((stored.num,))
            del self.on_disk[id]
        return Outcome(id, "deleted", seq=self._note(DELETED, stored, touched))

    def _typeset(self, doc: Doc) -> int:
        types = tuple(doc["type"])
        return self.state.typesets.get(types) or self.state.typeset(self.connection, types)

    def _numbers(self, names: Any) -> tuple[int, ...]:
        known = self.state.names
        try:
            return tuple([known[name] for name in names])
        except KeyError:
            return tuple([self.state.name(self.connection, name) for name in names])

    def _note(self, kind: int, stored: Stored, touched: tuple[int, ...]) -> int:
        state = self.state
        state.newest += 1
        self.log.append((state.newest, state.tick(), kind, stored.num, stored.typeset, stored.data_class,
                         stored.subject, encode_names(touched), stored.doc))  # fmt: skip
        return state.newest

    def _count(self, stored: Stored, touched: tuple[int, ...], by: int) -> None:
        tally, typeset, data_class = self.tally, stored.typeset, stored.data_class
        tally[typeset, data_class, 0] += by
        for attr in touched:
            tally[typeset, data_class, attr] += by

    def _index(self, num: int, names: Any, was: Doc, now: Doc) -> None:
        declared = self.state.declared
        for name in names:
            if (scalar := declared.scalars.get(name)) is not None:
                attr, path = scalar
                before, after = scalars(was.get(name), path), scalars(now.get(name), path)
                if before != after:
                    self._move(attr, num, before - after, after - before)
            if (place := declared.areas.get(name)) is not None and _geometry_differs(was.get(name), now.get(name)):
                slot, path = place
                self.areas[num * SLOTS + slot] = area(now.get(name), path)

    def _move(self, attr: int, num: int, before: set[Scalar], after: set[Scalar]) -> None:
        for value in before:
            key = (attr, value, num)
            if key in self.added:
                self.added.remove(key)
            else:
                self.removed.add(key)
        for value in after:
            key = (attr, value, num)
            if key in self.removed:
                self.removed.remove(key)
            else:
                self.added.add(key)

    def flush(self) -> None:
        """Write everything collected, table by table; the caller commits."""
        many = self.connection.executemany
        many("DELETE FROM entity WHERE num = ?", self.gone)
        many("INSERT INTO grave VALUES (?, ?)", self.graves)
        touched = {row[3] for row in self.log}
        update, insert = [], []
        for id, row in self.rows.items():
            if row is None or row.num not in touched:
                continue
            if id in self.on_disk:
                update.append((row.typeset, row.data_class, row.subject, row.doc, row.num))
            else:
                insert.append((row.num, id, row.typeset, row.data_class, row.subject, row.doc))
        many("UPDATE entity SET typeset = ?, class = ?, subject = ?, doc = ? WHERE num = ?", update)
        many("INSERT INTO entity VALUES (?, ?, ?, ?, ?, ?)", insert)
        self._flush_indexes()
        many("INSERT INTO log VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", self.log)

    def _flush_indexes(self) -> None:
        many = self.connection.executemany
        many("DELETE FROM scalar WHERE attr = ? AND value = ? AND num = ?", sorted(self.removed, key=_place))
        many("INSERT OR IGNORE INTO scalar VALUES (?, ?, ?)", sorted(self.added, key=_place))
        many("DELETE FROM area WHERE id = ?", [(id,) for id in self.areas])
        many(
            "INSERT INTO area VALUES (?, ?, ?, ?, ?)",
            [(id, box[0], box[2], box[1], box[3]) for id, box in self.areas.items() if box],
        )
        counts = [(*key, n) for key, n in self.tally.items() if n]
        many("INSERT INTO tally VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET n = n + excluded.n", counts)


def _place(key: Any) -> Any:
    """Order of the index, so that neighbouring rows are written together."""
    return (key[0], type(key[1]) is str, key[1], key[2])


def _geometry_differs(was: Any, now: Any) -> bool:
    return bool(was != now)

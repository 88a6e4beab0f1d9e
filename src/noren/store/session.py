"""One transaction of the writer: changes are applied in memory, then each table is written once."""

from __future__ import annotations

import logging
import sqlite3
from collections import Counter
from collections.abc import Iterable
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
Values = tuple[Scalar, ...]
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
        self.inserts: list[tuple[Any, ...]] = []
        self.updates: list[tuple[Any, ...]] = []
        self.reframes: list[tuple[Any, ...]] = []
        self.scalars: dict[tuple[int, int], tuple[Values, Values]] = {}
        self.areas: dict[int, Box | None] = {}
        self.at = state.tick()
        self.tally: Counter[tuple[int, int, int]] = Counter()
        self.reframed: set[int] = set()

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
        same = was.keys() == now.keys()
        if not same:
            names += [name for name in was if name not in now]
        typeset = before.typeset if new["type"] == old["type"] else self._typeset(new)
        stored = Stored(before.num, typeset, change.data_class, change.subject, doc)
        if not same or typeset != before.typeset or change.data_class != before.data_class:
            self._count(before, self._numbers(was), -1)
            self._count(stored, self._numbers(now), 1)
        if stored[1:4] != before[1:4]:
            self.reframed.add(stored.num)
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
        seq = self.state.newest = self.state.newest + 1
        self.at += 1
        num, typeset, data_class, subject, doc = stored
        self.log.append((seq, self.at, kind, num, typeset, data_class, subject, encode_names(touched), doc))
        return seq

    def _count(self, stored: Stored, touched: tuple[int, ...], by: int) -> None:
        tally, typeset, data_class = self.tally, stored.typeset, stored.data_class
        tally[typeset, data_class, 0] += by
        for attr in touched:
            tally[typeset, data_class, attr] += by

    def _index(self, num: int, names: Iterable[str], was: Doc, now: Doc) -> None:
        declared = self.state.declared
        for name in names:
            if name not in declared.names:
                continue
            before, after = was.get(name), now.get(name)
            if (scalar := declared.scalars.get(name)) is not None:
                attr, path = scalar
                earlier = self.scalars.get((attr, num))
                first = scalars(before, path) if earlier is None else earlier[0]
                self.scalars[attr, num] = (first, scalars(after, path))
            if (place := declared.areas.get(name)) is not None and before != after:
                slot, path = place
                self.areas[num * SLOTS + slot] = area(after, path)

    def flush(self) -> None:
        """Write everything collected, table by table; the caller commits."""
        many = self.connection.executemany
        many("DELETE FROM entity WHERE num = ?", self.gone)
        many("INSERT INTO grave VALUES (?, ?)", self.graves)
        self._flush_rows({row[3] for row in self.log})
        self._flush_scalars()
        many("DELETE FROM area WHERE id = ?", [(id,) for id, box in self.areas.items() if box is None])
        boxes = [(id, box[0], box[2], box[1], box[3]) for id, box in self.areas.items() if box]
        many("INSERT OR REPLACE INTO area VALUES (?, ?, ?, ?, ?)", boxes)
        counts = [(*key, n) for key, n in self.tally.items() if n]
        many("INSERT INTO tally VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET n = n + excluded.n", counts)
        many("INSERT INTO log VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", self.log)
        self.state.last_at = self.at

    def _flush_rows(self, written: set[int]) -> None:
        many = self.connection.executemany
        for id, row in self.rows.items():
            if row is None or row.num not in written:
                continue
            if id not in self.on_disk:
                self.inserts.append((row.num, id, row.typeset, row.data_class, row.subject, row.doc))
            elif row.num in self.reframed:
                self.reframes.append((row.typeset, row.data_class, row.subject, row.doc, row.num))
            else:
                self.updates.append((row.doc, row.num))
        # Naming a column in UPDATE rewrites its indexes even when the value stays: so not, when nothing else changed.
        many("UPDATE entity SET doc = ? WHERE num = ?", self.updates)
        many("UPDATE entity SET typeset = ?, class = ?, subject = ?, doc = ? WHERE num = ?", self.reframes)
        many("INSERT INTO entity VALUES (?, ?, ?, ?, ?, ?)", self.inserts)

    def _flush_scalars(self) -> None:
        removed, added = [], []
        for (attr, num), (before, after) in self.scalars.items():
            if before != after:
                removed += [(attr, value, num) for value in before if value not in after]
                added += [(attr, value, num) for value in after if value not in before]
        self.connection.executemany("DELETE FROM scalar WHERE attr = ? AND value = ? AND num = ?", removed)
        self.connection.executemany("INSERT INTO scalar VALUES (?, ?, ?)", added)

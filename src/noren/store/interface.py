"""What every engine offers, in shapes that say nothing of SQL."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, Literal, Protocol

import msgspec
import pyarrow as pa

from noren.errors import NorenError
from noren.store.query import Doc, Path, Query

Apply = Callable[[Doc | None], Doc | None]
"""Given the stored document or None, returns the document to store, the same object for no change, or None to delete;
raises `NorenError` to refuse this one change and no other. Must be pure and quick: it runs inside the transaction."""

HISTORY = pa.schema(
    [
        pa.field("entity", pa.string(), nullable=False),
        pa.field("attribute", pa.string(), nullable=False),
        pa.field("dataset", pa.string()),
        pa.field("observed", pa.timestamp("us", "UTC")),
        pa.field("modified", pa.timestamp("us", "UTC"), nullable=False),
        pa.field("number", pa.float64()),
        pa.field("value", pa.string()),
        pa.field("meta", pa.string()),
    ]
)
"""One row an attribute instance. `number` holds numeric values; `value` any other as JSON; `meta` the other members
of the instance as JSON (type, unitCode, sub-attributes), so that the instance can be made again. A row whose `number`
and `value` are both null is a deletion; with `STRUCK` as `meta` it takes an instance of its time out of history."""
STRUCK = '{"struck":true}'


class Indexing(msgspec.Struct, frozen=True):
    """What an engine keeps index rows for: attribute name to the path of its scalar below the instance, and the
    geometry attributes that get area cells."""

    scalars: dict[str, Path]
    geometries: dict[str, Path]


class Change(msgspec.Struct):
    """One write; `data_class` and `subject` go into columns that queries filter by.

    `time` names where an instance keeps its time of observation; the engine needs it to split the change row into
    history.
    """

    id: str
    apply: Apply
    data_class: int = 0
    subject: bytes | None = None


class Outcome(msgspec.Struct):
    """What became of one change."""

    id: str
    kind: Literal["created", "updated", "deleted", "unchanged", "refused"]
    error: NorenError | None = None
    seq: int = 0
    """Where the change stands in the log; 0 when nothing changed."""


class ChangeRow(msgspec.Struct):
    """One row of the change log: the document after the change and the names of the attributes touched.

    For a deletion `doc` is the document as it was before. `seq` rises strictly, without regard to gaps.
    """

    seq: int
    at: datetime
    kind: Literal["created", "updated", "deleted"]
    doc: Doc
    touched: tuple[str, ...]
    data_class: int
    subject: bytes | None


class Found(msgspec.Struct):
    """Rows of a query; `classes[i]` and `subjects[i]` belong to `docs[i]`. `total` is None unless it was asked for.

    `last` is where a query without order can go on (`Query.after`), 0 when its page was not filled.
    """

    docs: list[Doc]
    classes: list[int]
    subjects: list[bytes | None]
    total: int | None = None
    last: int = 0


Aggregate = Literal["totalCount", "distinctCount", "sum", "avg", "min", "max", "stddev", "sumsq"]


class HistoryQuery(msgspec.Struct, frozen=True, kw_only=True):
    """Which stretch of history: half-open [start, end) on `time`, at most `last` newest instances per entity and
    attribute. `ids` empty: all entities of the types. `undated`: with instances that were never observed, behind the
    others."""

    types: tuple[str, ...]
    ids: tuple[str, ...] = ()
    attributes: tuple[str, ...] = ()
    time: Literal["observed", "modified"] = "observed"
    start: datetime | None = None
    end: datetime | None = None
    last: int | None = None
    undated: bool = False


class Store(Protocol):
    """State, change log and history of one tenant. Safe to call from one event loop."""

    async def write(self, changes: Sequence[Change]) -> list[Outcome]:
        """Apply the changes in order, in one transaction together with whatever else is waiting; returns after fsync.

        A refused change leaves the others standing. One id may occur more than once.
        """
        ...

    def get(self, ids: Sequence[str]) -> Found:
        """The documents of these ids that exist, in the order asked; quick enough for the event loop."""
        ...

    async def find(self, query: Query) -> Found:
        """The documents that match; raises `BadInput` for a regular expression that does not compile."""
        ...

    async def types(self, max_class: int) -> dict[str, dict[str, int]]:
        """Per type: how many entities hold each attribute; "" counts the entities themselves."""
        ...

    async def changes(self, after: int, limit: int = 1000) -> list[ChangeRow]:
        """Rows of the log behind `after`, oldest first; raises `NotFound` when they have been compacted away."""
        ...

    def before(self, seq: int) -> ChangeRow | None:
        """The change of the same entity before change `seq`; None when there was none or it has been compacted away.
        Quick enough for the event loop."""
        ...

    async def wait(self, after: int) -> int:
        """Sleep until the log has grown beyond `after`; returns its newest `seq`."""
        ...

    def newest(self) -> int:
        """`seq` of the newest change, 0 when there is none."""
        ...

    async def append(self, type: str, rows: pa.Table) -> int:
        """Add a stretch of history of one type (schema `HISTORY`) directly; durable on return; returns rows kept.

        A row that repeats (entity, attribute, dataset, observed) replaces the older one when read.
        """
        ...

    async def history(self, query: HistoryQuery) -> pa.Table:
        """The stretch, schema `HISTORY`, by entity, attribute and time; repeated instances merged, the newest kept."""
        ...

    async def aggregate(self, query: HistoryQuery, methods: Sequence[Aggregate], period: float | None) -> pa.Table:
        """One row an entity, attribute and period of `period` seconds (None: the whole stretch), counted from
        `query.start` or else the first instance of all; columns entity, attribute, start, end and one a method.

        Periods in which no method finds anything are absent. All but the counts look at numbers only; `stddev` is
        that of the whole population."""
        ...

    async def compact(self, keep_after: int | None = None) -> int:
        """Turn the log into monthly Parquet per type; returns instances moved.

        Rows of the log behind `keep_after` stay readable by `changes`: give the oldest cursor that is still wanted.
        None keeps the newest 100,000. What is answered by `history` and `aggregate` does not change.
        """
        ...

    def values(self, kind: str) -> dict[str, Any]:
        """Small records that are not entities (subscriptions, cursors, contexts), by key."""
        ...

    async def put_value(self, kind: str, key: str, value: Any) -> None:
        """Keep or, with None, remove such a record; durable on return."""
        ...

    async def close(self) -> None:
        """Finish what was accepted and let go of files."""
        ...

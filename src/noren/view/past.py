"""The past on its way out and in: stretches of history, aggregates and bulk records, never beyond the city's now."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pyarrow as pa
import pyarrow.compute as pc

from noren.broker.requests import EntityQuery, Operation, Past, TemporalQuery
from noren.errors import BadInput, NotAllowed
from noren.store import Aggregate, HistoryQuery
from noren.store.interface import HISTORY
from noren.store.query import Doc, Query
from noren.terms import ATTRIBUTES, DataClass, iri
from noren.terms.record import stamp
from noren.view import sifting
from noren.view.curtain import Curtain
from noren.view.desk import Desk
from noren.view.reading import Reading
from noren.view.writing import Writing

SERIES = pa.schema(
    [
        pa.field("entity", pa.string()),
        pa.field("observed", pa.timestamp("us", "UTC")),
        pa.field("number", pa.float64()),
        pa.field("value", pa.string()),
    ]
)
_INSTANT = timedelta(microseconds=1)
_MICROS = pa.timestamp("us", "UTC")
_NARROW = {"entity": pa.string(), "attribute": pa.string(), "observed": _MICROS}
_NOBODY = "urn:noren:nobody"


class History:
    """The past as one principal may see it for one purpose, by IRIs of type and attribute."""

    def __init__(self, desk: Desk, curtain: Curtain, reading: Reading, writing: Writing) -> None:
        self._desk, self._curtain, self._reading, self._writing = desk, curtain, reading, writing

    async def series(
        self,
        kind: str,
        attribute: str,
        ids: Sequence[str],
        start: datetime | None,
        end: datetime | None,
        last: int | None,
    ) -> pa.Table:
        """Readings of an attribute, by entity and time, in schema `SERIES`."""
        query = await self._stretch(kind, attribute, ids, start, end, last)
        return (await self._desk.store.history(query)).select(SERIES.names)

    async def aggregate(
        self,
        kind: str,
        attribute: str,
        ids: Sequence[str],
        start: datetime | None,
        end: datetime | None,
        period: float | None,
        methods: Sequence[Aggregate],
    ) -> pa.Table:
        """Aggregates of an attribute by entity and period: columns entity, start, end and one a method."""
        query = await self._stretch(kind, attribute, ids, start, end, None)
        return (await self._desk.store.aggregate(query, methods, period)).drop_columns(["attribute"])

    async def past(self, query: TemporalQuery) -> Past:
        """What NGSI-LD's temporal interface asks: refused like a query, filtered like one."""
        types = list(dict.fromkeys(name for together in query.select.types for name in together))
        level = self._reading.level(query.select)
        if query.select.attributes and types:
            self._reading.permit(types, query.select.attributes)
        bounded = msgspec.structs.replace(
            query,
            end=self._until(query.end) if query.time == "observed" else query.end,
            select=msgspec.structs.replace(query.select, max_class=level, subject=None),
        )
        found = await self._desk.broker.past(bounded)
        docs = [shown for doc in found.docs if (shown := self._visible(doc)) is not None]
        return Past(docs, found.total)

    async def record(self, kind: str, series: pa.Table) -> int:
        """Keep a stretch of history of entities that exist, and bring their current values up to date; see `View`."""
        names = series.column("attribute").unique().to_pylist()
        addresses = {name: iri(name) for name in names}
        self._curtain.require("write", [kind], addresses.values())
        for name, address in addresses.items():
            if self._curtain.classes.of_attribute(kind, address) == DataClass.PERSONAL:
                raise NotAllowed("Personal data does not come in as a bulk series.", where=name)
        sifting.require(kind, series)
        held = self._held(series.column("entity").unique().to_pylist())
        kept = await self._desk.store.append(kind, _rows(series, addresses))
        await self._writing.apply(self._news(series, addresses, held))
        return kept

    def _held(self, ids: list[str]) -> dict[str, Doc]:
        found = {doc["id"]: doc for doc in self._desk.store.get(ids).docs}
        for id in ids:
            if id not in found:
                raise BadInput("There is no such entity to record history of.", where=id, hint="Add the entity first.")
        return found

    def _news(self, series: pa.Table, addresses: dict[str, str], held: dict[str, Doc]) -> list[Operation]:
        """For each entity the readings that are newer than what stands, none of them later than now."""
        plain = pa.table({name: series.column(name).cast(kind) for name, kind in _NARROW.items()})
        rest = series.select([name for name in ("number", "value") if name in series.column_names])
        for name in rest.column_names:
            plain = plain.append_column(name, rest.column(name))
        by_now = plain.filter(pc.less_equal(plain.column("observed"), pa.scalar(self._now(), _MICROS)))
        newest = by_now.group_by(["entity", "attribute"]).aggregate([("observed", "max")])
        newest = newest.rename_columns({"observed_max": "observed"})
        fresh: dict[str, dict[str, Any]] = {}
        for row in by_now.join(newest, list(_NARROW), join_type="left semi").to_pylist():
            address, observed = addresses[row["attribute"]], stamp(row["observed"].replace(tzinfo=UTC))
            standing = held[row["entity"]]["attrs"].get(address)
            if isinstance(standing, dict) and standing.get("observedAt", "") >= observed:
                continue
            instance = _instance(row, observed)
            if instance is not None:
                fresh.setdefault(row["entity"], {})[address] = instance
        return [
            Operation(kind="append", id=id, fragment={"id": id, "type": held[id]["type"], "attrs": attrs})
            for id, attrs in fresh.items()
        ]

    async def _stretch(
        self,
        kind: str,
        attribute: str,
        ids: Sequence[str],
        start: datetime | None,
        end: datetime | None,
        last: int | None,
    ) -> HistoryQuery:
        self._reading.permit([kind], [attribute])
        return HistoryQuery(
            types=(kind,),
            ids=await self._visible_ids(kind, ids),
            attributes=(attribute,),
            start=start,
            end=self._until(end),
            last=last,
        )

    async def _visible_ids(self, kind: str, ids: Sequence[str]) -> tuple[str, ...]:
        """The entities whose history may be seen; empty for all of the type."""
        if ids:
            found = self._desk.store.get(list(ids))
            seen = [doc["id"] for doc in found.docs if self._reading.readable(doc)]
            return tuple(seen) or (_NOBODY,)
        if not await self._some_hidden(kind):
            return ()
        level = self._reading.level(EntityQuery(types=((kind,),)))
        shown = await self._desk.store.find(Query(types=((kind,),), max_class=level, limit=10**9))
        return tuple(doc["id"] for doc in shown.docs) or (_NOBODY,)

    async def _some_hidden(self, kind: str) -> bool:
        """Whether entities of the type exist that carry another type, too, and are hidden for it."""
        level = self._reading.level(EntityQuery(types=((kind,),)))
        counts = [
            (await self._desk.store.types(up_to)).get(kind, {}).get("", 0) for up_to in (level, int(DataClass.PERSONAL))
        ]
        return counts[0] != counts[1]

    def _visible(self, doc: Doc) -> Doc | None:
        lens = self._curtain.lens(doc["type"])
        return lens.through(doc) if lens.readable else None

    def _now(self) -> datetime:
        return self._desk.clock.now()

    def _until(self, end: datetime | None) -> datetime:
        now = self._now() + _INSTANT
        return now if end is None else min(end, now)


def _rows(series: pa.Table, addresses: dict[str, str]) -> pa.Table:
    """The series in the store's schema, each attribute under its IRI and with its unit."""
    encoded = series.column("attribute").combine_chunks().dictionary_encode()
    names = encoded.dictionary.to_pylist()
    spelled = pa.DictionaryArray.from_arrays(encoded.indices, pa.array([addresses[name] for name in names]))
    metas = pa.DictionaryArray.from_arrays(encoded.indices, pa.array([_meta(name) for name in names], pa.string()))
    rows = series.num_rows
    columns = {
        "entity": series.column("entity"),
        "attribute": spelled.cast(pa.string()),
        "dataset": pa.nulls(rows, pa.string()),
        "observed": series.column("observed").cast(_MICROS),
        "modified": pa.repeat(pa.scalar(datetime.now(UTC), _MICROS), rows),
        "number": series.column("number").cast(pa.float64()),
        "value": series.column("value") if "value" in series.column_names else pa.nulls(rows, pa.string()),
        "meta": metas.cast(pa.string()),
    }
    return pa.table(columns, schema=HISTORY)


def _meta(name: str) -> str:
    unit = ATTRIBUTES[name].unit if name in ATTRIBUTES else ""
    return msgspec.json.encode({"type": "Property"} | ({"unitCode": unit} if unit else {})).decode()


def _instance(row: dict[str, Any], observed: str) -> dict[str, Any] | None:
    value = row["number"]
    if value is None and row.get("value") is not None:
        value = msgspec.json.decode(row["value"])
    if value is None or value != value:
        return None
    name = row["attribute"]
    unit = ATTRIBUTES[name].unit if name in ATTRIBUTES else ""
    return {"type": "Property", "value": value, "observedAt": observed} | ({"unitCode": unit} if unit else {})

"""Questions about the past (CIM 009, 5.7.3 and 5.7.4): which entities, which stretch, instances or aggregates."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Iterator, Sequence
from datetime import datetime
from typing import Any

import msgspec
import pyarrow as pa

from noren.broker.corrections import instance_id
from noren.broker.requests import Past, TemporalQuery, TooManyResults
from noren.store import ChangeRow, HistoryQuery, Store
from noren.store.instances import instance_of
from noren.store.query import Doc, predicate
from noren.terms.record import stamp

MOST = 200_000
"""Instances that are handed out at once."""
_PAGE, _AT_ONCE = 500, 50_000
_DATASETS = 16
"""Newest instances of an attribute among which those of all its datasets are sought."""


async def past(store: Store, query: TemporalQuery) -> Past:
    """A page of the entities that have anything in the stretch, each with its instances or aggregates.

    Predicates are asked of the instances within the stretch, and of the current one where the stretch has none. Raises
    `TooManyResults` for more instances than are handed out at once.
    """
    if query.methods and query.select.where is None:
        return await _sums_alone(store, query)
    select, found = query.select, Past([], 0 if query.select.count else None)
    test = predicate(select.where) if select.where is not None else None
    seen = instances = 0
    async for evolution in _evolutions(store, query):
        if test is not None and not test(_overlaid(evolution)):
            continue
        if select.offset <= seen < select.offset + select.limit:
            instances += sum(map(len, evolution.instances.values()))
            _bounded(instances, query)
            found.docs.append(_shown(evolution, select.attributes))
        seen += 1
        if not select.count and seen >= select.offset + select.limit:
            break
    if select.count:
        found.total = seen
    if query.methods:
        found.docs = await _aggregated(store, query, found.docs)
    return found


def _bounded(instances: int, query: TemporalQuery) -> None:
    if instances > MOST and not query.methods:
        raise TooManyResults(
            f"More than {MOST:,} instances lie in this stretch.",
            hint="Ask for a shorter one, fewer attributes or entities, lastN, or aggregatedValues.",
        )


class _Evolution(msgspec.Struct):
    """An entity as it stands, with its instances in the stretch by attribute."""

    doc: Doc
    instances: dict[str, list[Any]]


async def _evolutions(store: Store, query: TemporalQuery) -> AsyncIterator[_Evolution]:
    page = msgspec.structs.replace(query.select, where=None, limit=_PAGE, offset=0, count=False).plain()
    while True:
        docs = (await store.find(page)).docs
        counts = await _counts(store, query, docs) if docs else {}
        for some in _parts([doc for doc in docs if doc["id"] in counts], counts, query):
            rows = await store.history(_stretch(query, some))
            by_entity = _by_entity(rows, backwards=query.last is not None)
            for doc in some:
                if doc["id"] in by_entity and (instances := _wanted(by_entity[doc["id"]], query)):
                    yield _Evolution(doc, instances)
        if len(docs) < _PAGE:
            return
        page = msgspec.structs.replace(page, offset=page.offset + _PAGE)


async def _counts(store: Store, query: TemporalQuery, docs: Sequence[Doc]) -> dict[str, int]:
    """How many instances each entity has in the stretch; entities without any are left out."""
    counts: Counter[str] = Counter()
    for row in (await store.aggregate(_stretch(query, docs), ["totalCount"], None)).to_pylist():
        most = row["totalCount"] if query.last is None else min(query.last, row["totalCount"])
        counts[row["entity"]] += int(most)
    return +counts


def _parts(docs: list[Doc], counts: dict[str, int], query: TemporalQuery) -> Iterator[list[Doc]]:
    """The entities in parts that memory holds easily, and of which few are read in vain."""
    part: list[Doc] = []
    held = 0
    for doc in docs:
        count = counts[doc["id"]]
        _bounded(count, query)
        if part and (held + count > _AT_ONCE or len(part) >= max(query.select.limit, 1)):
            yield part
            part, held = [], 0
        part.append(doc)
        held += count
    if part:
        yield part


def _stretch(query: TemporalQuery, docs: Sequence[Doc]) -> HistoryQuery:
    wanted = {*query.select.attributes, *query.select.uses()} if query.select.attributes else ()
    return HistoryQuery(
        types=tuple(sorted({kind for doc in docs for kind in doc["type"]})),
        ids=tuple(doc["id"] for doc in docs),
        attributes=tuple(sorted(wanted)),
        time=query.time,
        start=query.start,
        end=query.end,
        last=query.last,
        undated=query.undated,
    )


def _by_entity(rows: pa.Table, *, backwards: bool) -> dict[str, dict[str, list[Any]]]:
    found: dict[str, dict[str, list[Any]]] = {}
    for row in rows.to_pylist():
        instance = instance_of(row)
        if instance is not None:
            instance.setdefault("instanceId", instance_id(row))
            found.setdefault(row["entity"], {}).setdefault(row["attribute"], []).append(instance)
    if backwards:
        for attributes in found.values():
            for instances in attributes.values():
                instances.reverse()
    return found


def _wanted(instances: dict[str, list[Any]], query: TemporalQuery) -> dict[str, list[Any]] | None:
    """The instances, None when the attributes asked for have none of them."""
    asked = query.select.attributes
    return instances if not asked or any(name in instances for name in asked) else None


def _overlaid(evolution: _Evolution) -> Doc:
    return {**evolution.doc, "attrs": {**evolution.doc["attrs"], **evolution.instances}}


def _shown(evolution: _Evolution, asked: tuple[str, ...]) -> Doc:
    kept = {name: list_ for name, list_ in evolution.instances.items() if not asked or name in asked}
    return {**evolution.doc, "attrs": kept}


async def _sums_alone(store: Store, query: TemporalQuery) -> Past:
    """As `past`, for aggregates without predicates: no instance is looked at here."""
    select, found, seen = query.select, Past([], 0 if query.select.count else None), 0
    page = msgspec.structs.replace(select, limit=max(1, min(_PAGE, select.limit)), offset=0, count=False).plain()
    while docs := (await store.find(page)).docs:
        for doc in await _aggregated(store, query, docs):
            if doc["attrs"] and select.offset <= seen < select.offset + select.limit:
                found.docs.append(doc)
            seen += bool(doc["attrs"])
        if len(docs) < page.limit or (not select.count and seen >= select.offset + select.limit):
            break
        page = msgspec.structs.replace(page, offset=page.offset + page.limit)
    if select.count:
        found.total = seen
    return found


async def before(store: Store, row: ChangeRow) -> Doc | None:
    """The entity before a change, None when it was made by it. Where the log was compacted, what history holds of the
    attributes touched: without the values that were corrected under the same time of observation."""
    if row.kind != "updated":
        return row.doc if row.kind == "deleted" else None
    if (earlier := store.before(row.seq)) is not None:
        return earlier.doc
    query = HistoryQuery(
        types=tuple(row.doc["type"]),
        ids=(row.doc["id"],),
        attributes=row.touched,
        time="modified",
        end=datetime.fromisoformat(row.doc["modifiedAt"]),
        last=_DATASETS,
    )
    held = _by_entity(await store.history(query), backwards=True).get(row.doc["id"], {})
    return {**row.doc, "attrs": {name: _newest(instances) for name, instances in held.items()}}


def _newest(instances: list[Any]) -> list[Any]:
    """Of instances, newest first, the first of each dataset, without what only history has."""
    newest: dict[Any, Any] = {}
    for instance in instances:
        newest.setdefault(instance.get("datasetId"), {k: v for k, v in instance.items() if k != "instanceId"})
    return list(newest.values())


async def _aggregated(store: Store, query: TemporalQuery, docs: list[Doc]) -> list[Doc]:
    if not docs:
        return docs
    table = await store.aggregate(_stretch(query, docs), query.methods, query.period)
    sums: dict[str, dict[str, dict[str, list[list[Any]]]]] = {}
    for row in table.to_pylist():
        slices = sums.setdefault(row["entity"], {}).setdefault(row["attribute"], {})
        for method, value in _values(row, query.methods):
            slices.setdefault(method, []).append([value, stamp(row["start"]), stamp(row["end"])])
    return [{**doc, "attrs": _with_kind(doc["attrs"], sums.get(doc["id"], {}))} for doc in docs]


def _values(row: dict[str, Any], methods: Sequence[str]) -> Iterator[tuple[str, Any]]:
    for method in methods:
        if row[method] is not None:
            yield method, row[method]


def _with_kind(held: dict[str, Any], sums: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """Aggregates under the kind of the attribute that they are of."""
    return {name: {"type": _kind(held.get(name)), **found} for name, found in sums.items()}


def _kind(held: Any) -> str:
    instance = held[0] if isinstance(held, list) and held else held
    return str(instance["type"]) if isinstance(instance, dict) else "Property"

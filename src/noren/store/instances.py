"""From documents of the change log to rows of history, and from a row back to the instance."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import pyarrow as pa

from noren.store.codec import decode, encode, moment, parse_time
from noren.store.interface import HISTORY

VALUE_KEYS = {
    "Property": "value",
    "GeoProperty": "value",
    "Relationship": "object",
    "LanguageProperty": "languageMap",
    "VocabProperty": "vocab",
    "JsonProperty": "json",
    "ListProperty": "valueList",
    "ListRelationship": "objectList",
}
"""Where an instance of a `type` keeps its value; an instance without a type keeps it under "value"."""
OBSERVED, MODIFIED, DATASET, KIND = "observedAt", "modifiedAt", "datasetId", "type"
_ASIDE = frozenset({OBSERVED, MODIFIED, DATASET})
_EXACT = 2**53

Row = tuple[str, str, str | None, int | None, int, float | None, str | None, str | None]
"""Entity, attribute, dataset, observed, modified (microseconds), number, value, meta."""


def rows_of_change(doc: dict[str, Any], names: Iterable[str], deleted: bool, at: int) -> Iterator[Row]:
    """The instances that one change touched; a name that the document lacks, or a deleted document, is a deletion."""
    entity, attrs = doc["id"], doc["attrs"]
    modified = None if deleted else parse_time(doc.get(MODIFIED))
    for name in names:
        found = None if deleted else attrs.get(name)
        if found is None:
            yield (entity, name, None, None, modified or at, None, None, None)
            continue
        for instance in found if isinstance(found, list) else (found,):
            yield _row(entity, name, instance, modified or at)


def _row(entity: str, name: str, instance: Any, modified: int) -> Row:
    if not isinstance(instance, dict):
        instance = {"value": instance}
    key = VALUE_KEYS.get(instance.get(KIND, ""), "value")
    value = instance.get(key)
    number = float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None
    keeps = number is None or (isinstance(value, int) and abs(value) > _EXACT)
    meta = {k: v for k, v in instance.items() if k != key and k not in _ASIDE}
    return (
        entity,
        name,
        instance.get(DATASET),
        parse_time(instance.get(OBSERVED)),
        parse_time(instance.get(MODIFIED)) or modified,
        number,
        encode(value).decode() if keeps else None,
        encode(meta).decode() if meta else None,
    )


def instance_of(row: dict[str, Any]) -> dict[str, Any] | None:
    """The instance again, from one row of `HISTORY` as a dict; None for a deletion.

    >>> from datetime import UTC, datetime
    >>> instance_of({"number": 1.5, "value": None, "meta": '{"type":"Property","unitCode":"MTR"}', "dataset": None,
    ...              "observed": datetime(2024, 5, 1, tzinfo=UTC), "modified": datetime(2024, 5, 2, tzinfo=UTC)})
    {'type': 'Property', 'value': 1.5, 'unitCode': 'MTR', 'observedAt': '2024-05-01T00:00:00Z', \
'modifiedAt': '2024-05-02T00:00:00Z'}
    """
    if row["number"] is None and row["value"] is None:
        return None
    meta = decode(row["meta"]) if row["meta"] else {}
    value = row["number"] if row["value"] is None else decode(row["value"])
    instance = {KIND: meta.pop(KIND)} if KIND in meta else {}
    instance[VALUE_KEYS.get(instance.get(KIND, ""), "value")] = value
    instance |= meta
    for key, member in ((OBSERVED, row["observed"]), (MODIFIED, row["modified"])):
        if member is not None:
            instance[key] = member.isoformat().replace("+00:00", "Z")
    if row["dataset"] is not None:
        instance[DATASET] = row["dataset"]
    return instance


def table(rows: Iterable[Row]) -> pa.Table:
    """Rows as a table of schema `HISTORY`."""
    columns = list(zip(*rows, strict=True)) or [()] * len(HISTORY)
    arrays = [pa.array(column, _raw(field.type)) for column, field in zip(columns, HISTORY, strict=True)]
    return pa.table([array.cast(field.type) for array, field in zip(arrays, HISTORY, strict=True)], schema=HISTORY)


def _raw(type: pa.DataType) -> pa.DataType:
    return pa.int64() if pa.types.is_timestamp(type) else type


def month_of(since: int) -> str:
    """The month that a file is named for; everything before 1970 and after 2100 shares a file each.

    >>> month_of(0), month_of(-1), month_of(2**62)
    ('1970-01', '0000-00', '9999-99')
    """
    if since < 0:
        return "0000-00"
    return moment(since).strftime("%Y-%m") if since < _LATEST else "9999-99"


_LATEST = 4_102_444_800_000_000

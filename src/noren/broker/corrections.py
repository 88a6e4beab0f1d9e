"""The past corrected (CIM 009, 5.6.13 to 5.6.16): one instance replaced, or instances struck out.

An instance is known by entity, attribute, dataset and time; of these its `instanceId` is made, so that none has to be
kept. Only an instance that was moved to another time keeps the id that it had.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from noren.errors import NotFound
from noren.store import HistoryQuery, Store
from noren.store.codec import micros, moment, parse_time
from noren.store.instances import instance_of, rows_of_change, table
from noren.store.interface import STRUCK
from noren.store.query import Doc
from noren.terms.record import stamp

PREFIX = "urn:ngsi-ld:Instance:"
_INSTANT = timedelta(microseconds=1)
Row = dict[str, Any]


def instance_id(row: Row) -> str:
    """What an instance is called, given its row of history."""
    observed = row["observed"]
    at = f"o{micros(observed)}" if observed is not None else f"m{micros(row['modified'])}"
    return f"{PREFIX}{_series(row['entity'], row['attribute'], row['dataset'])}:{at}"


@lru_cache(4096)
def _series(entity: str, attribute: str, dataset: str | None) -> str:
    return hashlib.blake2b("\n".join((entity, attribute, dataset or "")).encode(), digest_size=8).hexdigest()


def _called(row: Row) -> str:
    instance = instance_of(row) or {}
    return str(instance.get("instanceId") or instance_id(row))


async def rows(
    store: Store, doc: Doc, attribute: str = "", time: Any = "modified", at: datetime | None = None
) -> list[Row]:
    """Instances of an entity, or of one attribute of it, as rows of history; those of one moment if `at` is given."""
    query = HistoryQuery(
        types=tuple(doc["type"]),
        ids=(doc["id"],),
        attributes=(attribute,) if attribute else (),
        time=time,
        start=at,
        end=None if at is None else at + _INSTANT,
    )
    found: list[Row] = (await store.history(query)).to_pylist()
    return [row for row in found if row["number"] is not None or row["value"] is not None]


async def find(store: Store, doc: Doc, attribute: str, id: str) -> Row:
    """The row of an instance by its id; raises `NotFound`."""
    found = next((row for row in await rows(store, doc, attribute, *_hinted(id)) if _called(row) == id), None)
    if found is None:
        found = next((row for row in await rows(store, doc, attribute) if _called(row) == id), None)
    if found is None:
        raise NotFound("The attribute has no such instance.", where=id)
    return found


def _hinted(id: str) -> tuple[Any, ...]:
    """Which time the id speaks of, and when; nothing for an id that is made otherwise."""
    mark, digits = id.rpartition(":")[2][:1], id.rpartition(":")[2][1:]
    if mark not in ("o", "m") or not digits.lstrip("-").isdecimal() or len(digits) > 18:
        return ()
    return ("observed" if mark == "o" else "modified"), moment(int(digits))


async def replace(store: Store, doc: Doc, row: Row, instance: dict[str, Any], now: datetime) -> None:
    """Put `instance` (in stored form) in the place of an old one; its `createdAt` stays, `modifiedAt` is now."""
    old = instance_of(row) or {}
    later = _later(row, now)
    new = {name: item for name, item in instance.items() if name not in ("createdAt", "modifiedAt")}
    new |= {"createdAt": old["createdAt"]} if "createdAt" in old else {}
    new["modifiedAt"] = stamp(later)
    moved = row["observed"] is None or _key(new) != (row["dataset"], micros(row["observed"]))
    if moved or "instanceId" in old:
        new["instanceId"] = _called(row)
    changed = {"id": doc["id"], "modifiedAt": new["modifiedAt"], "attrs": {row["attribute"]: new}}
    made = list(rows_of_change(changed, [row["attribute"]], False, micros(later)))
    await store.append(doc["type"][0], table([*made, *([_struck(row, now)] if moved else ())]))


def _key(instance: dict[str, Any]) -> tuple[str | None, int | None]:
    return instance.get("datasetId"), parse_time(instance.get("observedAt"))


async def strike(store: Store, doc: Doc, found: Iterable[Row], now: datetime) -> None:
    """Take these instances out of the past."""
    await store.append(doc["type"][0], table([_struck(row, now) for row in found]))


def _struck(row: Row, now: datetime) -> Any:
    """The row that takes another out: of its time where it was observed at one, else of the same time of storing."""
    observed = row["observed"]
    modified = micros(row["modified"] if observed is None else _later(row, now))
    when = None if observed is None else micros(observed)
    return row["entity"], row["attribute"], row["dataset"], when, modified, None, None, STRUCK


def _later(row: Row, now: datetime) -> datetime:
    """Now, or just behind the time of storing where the city's clock runs in the past."""
    behind: datetime = row["modified"] + _INSTANT
    return max(now, behind)


Choice = Callable[[Row], bool]


def of_dataset(dataset: str | None) -> Choice:
    """The instances of one dataset, None for the default one."""
    return lambda row: bool(row["dataset"] == dataset)

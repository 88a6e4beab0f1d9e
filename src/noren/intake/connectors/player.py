"""Recorded readings as a tape: what stood at a moment, what comes between two moments, and where the next one waits.

The tape's own time is the files'; in a loop it is laid end to end along the city's time, each round shifted by the
loop's length, so that a moment of the city is always the same moment of the tape, whenever the city was started.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import numpy as np
import pyarrow as pa

from noren.contract import Push
from noren.intake.connectors import values
from noren.terms.record import stamp

Entity = dict[str, Any]
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICRO = timedelta(microseconds=1)
TICK = 0.1
_BATCH = 1000


def micros(time: datetime) -> int:
    """Microseconds since 1970."""
    return (time - _EPOCH) // _MICRO


def moment(number: int) -> datetime:
    """The time that many microseconds after 1970."""
    return _EPOCH + number * _MICRO


class Tape:
    """Readings of `table` (columns type, entity, attribute, observed, number, value) from `start` on, before `end`.

    `loop` is the length of a round, None to play once. Times are aware datetimes.
    """

    def __init__(
        self,
        table: pa.Table,
        *,
        start: datetime | None = None,
        end: datetime | None = None,
        loop: timedelta | None = None,
    ) -> None:
        observed = table.column("observed").cast(pa.timestamp("us", "UTC")).to_numpy().astype("datetime64[us]")
        times = observed.astype(np.int64)
        order = np.argsort(times, kind="stable")
        low = np.searchsorted(times[order], micros(start)) if start else 0
        high = np.searchsorted(times[order], micros(end)) if end else len(order)
        self._times = times[order][low:high]
        self._rows = table.take(pa.array(order[low:high]))
        self._loop = loop // _MICRO if loop else None
        first = micros(start) if start else (int(self._times[0]) if len(self._times) else 0)
        self._first = first if start or not loop else _midnight(first)

    def __len__(self) -> int:
        return len(self._times)

    @property
    def span(self) -> tuple[datetime, datetime] | None:
        """First and last time of observation on the tape; None when it is empty."""
        return (moment(int(self._times[0])), moment(int(self._times[-1]))) if len(self) else None

    def between(self, after: datetime, until: datetime) -> list[Entity]:
        """What was observed in (after, until], in order, as entities; in a loop at most the last round."""
        low, high = micros(after), micros(until)
        if self._loop is not None:
            low = max(low, high - self._loop)
        found: list[Entity] = []
        for shift in self._shifts(low, high):
            begin, end = np.searchsorted(self._times, (low - shift, high - shift), side="right")
            found += self._entities(range(int(begin), int(end)), shift)
        return found

    def standing(self, at: datetime) -> list[Entity]:
        """The newest reading of every entity and attribute that is not later than `at`."""
        if self._loop is not None:
            return _newest(self.between(at - self._loop * _MICRO, at))
        end = int(np.searchsorted(self._times, micros(at), side="right"))
        return _newest(self._entities(self._last_rows(end), 0))

    def next(self, after: datetime) -> datetime | None:
        """When the first reading behind `after` was observed; None when there is none."""
        number = micros(after)
        for shift in self._shifts(number, number + (self._loop or 0)):
            place = int(np.searchsorted(self._times, number - shift, side="right"))
            if place < len(self._times):
                return moment(int(self._times[place]) + shift)
        return None

    def _shifts(self, low: int, high: int) -> Sequence[int]:
        """By how much the tape is shifted in each round that touches [low, high]."""
        if not len(self._times):
            return ()
        if self._loop is None:
            return (0,)
        rounds = range((low - self._first) // self._loop, (high - self._first) // self._loop + 1)
        return [number * self._loop for number in rounds]

    def _last_rows(self, end: int) -> list[int]:
        """Rows before `end` that are the last of their entity and attribute."""
        if not end:
            return []
        head = self._rows.slice(0, end).select(["entity", "attribute"])
        head = head.append_column("row", pa.array(np.arange(end)))
        last = head.group_by(["entity", "attribute"]).aggregate([("row", "max")])
        return sorted(last.column("row_max").to_pylist())

    def _entities(self, rows: Sequence[int], shift: int) -> Iterator[Entity]:
        """One entity a moment: readings of it that were observed together stay together."""
        made: dict[tuple[str, int], Entity] = {}
        for index, row in zip(rows, self._rows.take(pa.array(rows, pa.int64())).to_pylist(), strict=True):
            time = int(self._times[index]) + shift
            value = row["number"] if row["number"] is not None else _decoded(row.get("value"))
            if value is None or value != value:
                continue
            blank = {"id": row["entity"], "type": row["type"]}
            entity = made.setdefault((row["entity"], time), blank)
            entity[row["attribute"]] = values.instance(row["type"], row["attribute"], value, stamp(moment(time)))
        yield from made.values()


def _midnight(number: int) -> int:
    return number - number % (86_400 * 1_000_000)


def _decoded(text: str | None) -> Any:
    return msgspec.json.decode(text) if text else None


def _newest(entities: Iterable[Entity]) -> list[Entity]:
    """Entities in order of time merged into one each, the later value winning."""
    merged: dict[str, Entity] = {}
    for entity in entities:
        merged.setdefault(entity["id"], {}).update(entity)
    return list(merged.values())


async def play(tape: Tape, push: Push) -> None:
    """Push readings when the city's clock reaches them; starts anew when the clock is set back."""
    at = push.now()
    await _push(tape.standing(at), push)
    while (coming := tape.next(at)) is not None:
        await push.sleep((coming - push.now()).total_seconds())
        await asyncio.sleep(TICK)  # readings that come close together go in one batch
        now = push.now()
        await _push(tape.standing(now) if now < at else tape.between(at, now), push)
        at = now


async def _push(entities: list[dict[str, object]], push: Push) -> None:
    for start in range(0, len(entities), _BATCH):
        await push(entities[start : start + _BATCH])

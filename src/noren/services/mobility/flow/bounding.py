"""Counting people by place and hour, each person's part in a day cut to a bound. Plain functions on arrays."""

from __future__ import annotations

from typing import Any

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

Ints = np.ndarray[Any, np.dtype[np.int64]]
HOUR = 3600


class Counts(msgspec.Struct, frozen=True):
    """People by cell and hour of one day: `hours` are whole hours since 1970, in UTC; only counts above 0 are there.

    This is raw: it does not leave.
    """

    cells: list[str]
    hours: Ints
    people: Ints


def bounded(table: pa.Table, contributions: int, zone: str, random: np.random.Generator) -> dict[str, Counts]:
    """Counts by local day, from rows of person, cell and time (a timestamp with zone).

    Who was in a cell several times within an hour counts once there. Of the cells and hours of one person in one day
    `contributions` are kept, chosen at random, so that no person changes more counts than that.
    """
    if not table.num_rows:
        return {}
    person, cell = (_codes(table[name]) for name in ("person", "cell"))
    hours = pc.cast(pc.cast(table["time"], pa.timestamp("s", "UTC")), pa.int64()).to_numpy() // HOUR
    first, span = int(hours.min()), int(hours.max() - hours.min()) + 1
    names, days = cell.dictionary.to_pylist(), _days(first, span, zone)
    own = _numbers(person) * (int(days.max()) + 1) + days[hours - first]
    visits = (own * len(names) + _numbers(cell)) * span + (hours - first)
    visits.sort()
    visits = visits[_starts(visits)]
    kept = visits[_some_of_each(visits // (span * len(names)), contributions, random)]
    return _by_day(kept // span % len(names), kept % span, first, days, names, zone)


def _starts(values: Ints) -> Ints:
    """Where runs of equal values begin in sorted ones."""
    found: Ints = np.flatnonzero(np.r_[True, values[1:] != values[:-1]])
    return found


def _some_of_each(groups: Ints, most: int, random: np.random.Generator) -> Ints:
    """Indexes of at most `most` members of each group, any of them as likely as another; groups are sorted."""
    starts = _starts(groups)
    sizes = np.diff(np.r_[starts, len(groups)])
    large = np.flatnonzero(np.repeat(sizes > most, sizes))
    if not len(large):
        return np.arange(len(groups))
    # Groups one after another, their members in random order: whole numbers and fractions sort as one.
    dense = np.repeat(np.arange(np.count_nonzero(sizes > most)), sizes[sizes > most])
    order = large[np.argsort(dense + random.random(len(large)))]
    begins = np.repeat(np.cumsum(sizes[sizes > most]) - sizes[sizes > most], sizes[sizes > most])
    chosen = order[np.arange(len(order)) - begins < most]
    return np.concatenate([np.flatnonzero(np.repeat(sizes <= most, sizes)), chosen])


def _by_day(where: Ints, when: Ints, first: int, days: Ints, names: list[str], zone: str) -> dict[str, Counts]:
    keys = when * len(names) + where
    keys.sort()
    starts = _starts(keys)
    people, keys = np.diff(np.r_[starts, len(keys)]), keys[starts]
    hour, cell = keys // len(names), keys % len(names)
    found = {}
    for day in np.unique(days[hour]):
        own = days[hour] == day
        told = [names[index] for index in cell[own]]
        found[_date(first + int(hour[own][0]), zone)] = Counts(told, hour[own] + first, people[own])
    return found


def _days(first: int, span: int, zone: str) -> Ints:
    """Number of the local day of each hour, from 0 on."""
    local = pc.cast(pc.floor_temporal(_local(np.arange(first, first + span), zone), unit="day"), pa.int64()).to_numpy()
    found: Ints = np.unique(local, return_inverse=True)[1].astype(np.int64)
    return found


def _date(hour: int, zone: str) -> str:
    return str(_local(np.array([hour]), zone)[0].as_py().date())


def _local(hours: Ints, zone: str) -> Any:
    return pc.local_timestamp(pc.cast(pa.array(hours * HOUR), pa.timestamp("s", zone)))


def _codes(column: Any) -> Any:
    return pc.cast(
        column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column, pa.string()
    ).dictionary_encode()


def _numbers(codes: Any) -> Ints:
    found: Ints = codes.indices.to_numpy(zero_copy_only=False).astype(np.int64)
    return found

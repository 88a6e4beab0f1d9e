"""A release: each day's counts cut, paid for in the ledger, noised and told, in this order."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Mapping

import msgspec
import numpy as np
import pyarrow as pa

from noren.errors import BadInput, Conflict
from noren.services.mobility.flow import budget, noise
from noren.services.mobility.flow.bounding import HOUR, Counts, Ints
from noren.services.mobility.flow.budget import Book
from noren.services.mobility.flow.noise import Draw, Mechanism

_NAME = re.compile(r"[a-z][a-z-]{0,40}")


class Wish(msgspec.Struct, frozen=True, kw_only=True):
    """What shall be told about whom; costs in millionths of rho and 10^-12 of delta."""

    population: str
    contributions: int = 9
    rho: int = 10_000
    delta: int = 10_000
    month_rho: int = 310_000
    month_delta: int = 310_000


class Told(msgspec.Struct, frozen=True):
    """What a day's release tells: rows of cell, time (the end of the hour) and people; `index` is where its cost stands
    in the ledger."""

    day: str
    index: int
    how: Mechanism
    rows: pa.Table


async def release(
    book: Book, days: Mapping[str, Counts], wish: Wish, *, draw: Draw = noise.draw, again: bool = False
) -> AsyncIterator[Told]:
    """Tell day after day. Raises `TooMany` when the month's budget is used up, `Conflict` for a day that was told
    before unless `again`, and as `noise.mechanism`; the days that came before stand."""
    if not _NAME.fullmatch(wish.population):
        raise BadInput(f"“{wish.population}” is no name of a group of people.", hint="Lower-case letters and hyphens.")
    how, account = noise.mechanism(wish.contributions, wish.rho, wish.delta), budget.Account()
    for day in sorted(days):
        await account.catch_up(book)
        if account.told(wish.population, day) and not again:
            raise Conflict(
                "This day was told already; telling it again costs again.",
                where=f"{wish.population}, {day}",
                hint="Use what was told, or say --again.",
            )
        spend = budget.planned(wish.population, day, how, wish.month_rho, wish.month_delta)
        index = await budget.spend(book, account, spend)
        yield Told(day, index, how, _rows(days[day], draw(how, days[day].people)))


def _rows(counts: Counts, noised: Ints) -> pa.Table:
    shown = np.flatnonzero(noised)
    ends = (counts.hours[shown] + 1) * HOUR
    return pa.table(
        {
            "cell": pa.array([counts.cells[index] for index in shown], pa.string()),
            "time": pa.array(ends, pa.timestamp("s", "UTC")),
            "people": pa.array(noised[shown], pa.int64()),
        }
    ).sort_by([("cell", "ascending"), ("time", "ascending")])

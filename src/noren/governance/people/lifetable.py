"""Life tables: from death rates to the share that survives a step.

Method of the United Nations' abridged tables (MortPak, and `LifeTable` of the R package MortCast): separation factors
under five after Coale and Demeny (West), from 15 on after Greville, 1/m in the open class.
"""

from __future__ import annotations

from typing import cast

import msgspec
import numpy as np

from noren.errors import BadInput
from noren.governance.people.records import SEXES, Floats

ABRIDGED = (0, 1, *range(5, 101, 5))
"""First ages of the classes of an abridged table; the last is open."""


class LifeTable(msgspec.Struct, frozen=True):
    """A table of one sex; `starts` are the first ages of its classes, the last of which is open.

    `rates` deaths per person-year, `within` years lived in the class by those who die in it, `dying` the chance to die
    in it, `alive` survivors of one birth at its start, `lived` person-years in it.
    """

    starts: Floats
    rates: Floats
    within: Floats
    dying: Floats
    alive: Floats
    lived: Floats

    @property
    def expectancy(self) -> float:
        """Years that a newborn lives on average under these rates."""
        return float(self.lived.sum())


def life_table(rates: Floats, sex: str, starts: tuple[int, ...] = ABRIDGED) -> LifeTable:
    """The life table of death rates by class; raises `BadInput` for rates missing, negative, or zero at the end."""
    rates = np.asarray(rates, dtype=np.float64)
    if len(rates) != len(starts) or not np.isfinite(rates).all() or (rates < 0).any() or rates[-1] <= 0:
        raise BadInput(
            "Death rates must be given for every age, none negative, the last above zero.",
            where=f"{sex}, ages {starts[0]} to {starts[-1]}+",
            hint="Complete the table of death rates.",
        )
    first = np.asarray(starts, dtype=np.float64)
    widths = np.diff(first)
    within = _within(rates, sex, widths)
    closed = rates[:-1]
    dying = np.append(widths * closed / (1 + (widths - within[:-1]) * closed), 1.0)
    alive = np.append(1.0, np.cumprod(1 - dying[:-1]))
    dead = alive[:-1] - alive[1:]
    lived = np.append(widths * alive[1:] + within[:-1] * dead, alive[-1] / rates[-1])
    return LifeTable(first, rates, within, dying, alive, lived)


def _within(rates: Floats, sex: str, widths: Floats) -> Floats:
    within = np.append(widths / 2, 1 / rates[-1])
    infant, toddler = _young(float(rates[0]), sex)
    if widths[0] == 1:
        within[0] = infant
    if widths[1] == 4:
        within[1] = toddler
    for i in range(1, len(widths)):
        if widths[i] == 5 and widths[i - 1] == 5 and within[:i].size > 3 and rates[i - 1] > 0 and rates[i + 1] > 0:
            slope = 0.1 * np.log(rates[i + 1] / rates[i - 1])
            within[i] = np.clip(2.5 - 25 / 12 * (rates[i] - slope), 0.0, 5.0)
    return _possible(within, rates, widths)


def _possible(within: Floats, rates: Floats, widths: Floats) -> Floats:
    """Where a class would lose everybody before its end, deaths at an even risk through it instead."""
    closed = np.maximum(rates[:-1], 1e-300)
    even = 1 / closed - widths / np.expm1(np.minimum(widths * closed, 700.0))
    within[:-1] = np.where(within[:-1] * closed >= 1, even, within[:-1])
    return np.asarray(within)


def _young(rate: float, sex: str) -> tuple[float, float]:
    """Years lived by those who die at 0 and at 1-4, from the rate at 0 (Preston, Heuveline and Guillot, table 3.3)."""
    if sex == SEXES[0]:
        return (0.33, 1.352) if rate >= 0.107 else (0.045 + 2.684 * rate, 1.651 - 2.816 * rate)
    return (0.35, 1.361) if rate >= 0.107 else (0.053 + 2.8 * rate, 1.522 - 1.518 * rate)


def survivorship(table: LifeTable, width: int, classes: int, shift: int = 1) -> Floats:
    """Shares that survive a step of `shift` classes of `width` years (shape: classes + 1, as `Rates.survival`).

    People in a class are spread in it as in the stationary population of the table. For the open class the share is
    the one of all who may reach it together, as the United Nations take it.
    """
    lived = _by_class(table, width, classes)
    born = lived[:shift] / width
    last = lived[-1] / lived[-1 - shift :].sum()
    shares = np.concatenate([born, lived[shift:-1] / lived[: -1 - shift], [last, last]])
    return np.asarray(np.minimum(shares, 1.0))  # above 1 by rounding alone


def _by_class(table: LifeTable, width: int, classes: int) -> Floats:
    starts = np.arange(classes) * float(width)
    missing = sorted(set(starts.tolist()) - set(table.starts.tolist()))
    if missing:
        raise BadInput(
            f"The life table has no class that begins at age {missing[0]:.0f}.",
            hint=f"It cannot be used for classes of {width} years up to {int(starts[-1])}+.",
        )
    return cast(Floats, np.add.reduceat(table.lived, np.searchsorted(table.starts, starts)))

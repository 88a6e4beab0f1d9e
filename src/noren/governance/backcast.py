"""Planning backwards: from a target to targets on the way, to what must start when at the latest, and to the gap.

Plain functions on numbers. Backcasting after Robinson, “Futures under glass” (Futures 22, 1990): the target is set
first, the steps follow from it. The outlook is the median slope of all pairs of readings (Theil–Sen; Sen, JASA 63,
1968), which a few odd years do not bend, with an interval from the spread of what it left over.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
import numpy as np

from noren.errors import BadInput

_Z80 = 1.2816


class Step(msgspec.Struct, rename="camel"):
    """Something that must be done on the way: how long it takes, by which year it must be done, what it needs first,
    the rule that stands in its way, and whether it has begun."""

    name: str
    takes_years: float
    by: int
    needs: tuple[str, ...] = ()
    rule: str = ""
    title: dict[str, str] = {}
    begun: bool = False


class Outlook(msgspec.Struct, rename="camel"):
    """One year ahead: what the measure will be if things go on (with an 80 % range), the target, and the gap between.

    A positive gap is missing towards the target, whichever way the target lies.
    """

    year: int
    expected: float
    low: float
    high: float
    target: float
    gap: float


def interim(base_year: int, base: float, target_year: int, target: float, every: int = 5) -> dict[int, float]:
    """Targets on the way, on a straight line, each `every` years and in the target year.

    >>> interim(2025, 40, 2035, 60)
    {2030: 50.0, 2035: 60.0}
    """
    if target_year <= base_year:
        raise BadInput("The target year does not come after the base year.", where="targetYear")
    years = [*range(base_year + every, target_year, every), target_year]
    return {year: base + (target - base) * (year - base_year) / (target_year - base_year) for year in years}


def on_the_way(year: float, base_year: int, base: float, targets: Mapping[int, float]) -> float:
    """The target of any year: between the years that have one on a straight line, afterwards the last one."""
    years = sorted({base_year: base, **targets})
    values = [{base_year: base, **targets}[each] for each in years]
    return float(np.interp(year, years, values))


def latest_starts(steps: Sequence[Step]) -> dict[str, float]:
    """By step the year in which it must start at the latest, so that what needs it can still be done in time.

    Raises `BadInput` for a step that needs itself in the end, an unknown one, or negative time.
    """
    known = {step.name: step for step in steps}
    finish = {step.name: float(step.by) for step in steps}
    for name in reversed(order(steps)):
        step = known[name]
        if step.takes_years < 0:
            raise BadInput(f"“{name}” takes less than no time.", where="takesYears")
        start = finish[name] - step.takes_years
        for needed in step.needs:
            finish[needed] = min(finish[needed], start)
    return {name: finish[name] - known[name].takes_years for name in known}


def order(steps: Sequence[Step]) -> list[str]:
    """The steps so that each comes behind what it needs; raises `BadInput` that names the circle, or a name given
    twice."""
    known = {step.name: step for step in steps}
    if len(known) < len(steps):
        twice = next(name for name in known if sum(step.name == name for step in steps) > 1)
        raise BadInput(f"Two steps are called “{twice}”.", where="steps", hint="Give each a name of its own.")
    done: list[str] = []
    path: list[str] = []

    def visit(name: str, asked_by: str) -> None:
        if name not in known:
            raise BadInput(f"“{asked_by}” needs “{name}”, which is no step.", where="needs")
        if name in path:
            raise BadInput(f"The steps go in a circle: {' → '.join([*path[path.index(name) :], name])}.", where="needs")
        if name in done:
            return
        path.append(name)
        for needed in known[name].needs:
            visit(needed, name)
        done.append(path.pop())

    for step in steps:
        visit(step.name, step.name)
    return done


def trend(years: Sequence[float], values: Sequence[float]) -> tuple[float, float, float]:
    """Slope a year, value in year 0, and spread of what is left (standard deviation, robust): Theil–Sen.

    Raises `BadInput` for fewer than three readings.
    """
    x, y = np.asarray(years, float), np.asarray(values, float)
    if len(x) < 3 or np.ptp(x) == 0:
        raise BadInput("A trend needs three readings of different years.", where="readings")
    i, j = np.triu_indices(len(x), 1)
    apart = x[j] != x[i]
    slope = float(np.median((y[j] - y[i])[apart] / (x[j] - x[i])[apart]))
    start = float(np.median(y - slope * x))
    rest = y - (start + slope * x)
    return slope, start, float(1.4826 * np.median(np.abs(rest - np.median(rest))))


def outlook(
    readings: Sequence[tuple[float, float]],
    base_year: int,
    base: float,
    targets: Mapping[int, float],
    first_year: int,
) -> list[Outlook]:
    """Every year from `first_year` to the last target: what is to be expected, the target, and the gap."""
    slope, start, spread = trend([year for year, _ in readings], [value for _, value in readings])
    upwards = targets[max(targets)] >= base
    last = max(year for year, _ in readings)
    found = []
    for year in range(first_year, max(targets) + 1):
        expected = start + slope * year
        half = _Z80 * spread * float(np.sqrt(1 + max(0.0, year - last) / max(1.0, last - min(y for y, _ in readings))))
        target = on_the_way(year, base_year, base, targets)
        gap = target - expected if upwards else expected - target
        found.append(Outlook(year, expected, expected - half, expected + half, target, gap))
    return found


def contradictions(outcomes: Sequence[Any]) -> list[tuple[str, str, int]]:
    """Pairs of outcomes that want different values of one measure in one year: their ids and the year."""
    wanted: dict[tuple[str, int], tuple[str, float]] = {}
    found = []
    for outcome in outcomes:
        for measure in outcome.measured_by or ():
            if outcome.target_year is None or outcome.target_value is None:
                continue
            key = (measure, int(outcome.target_year))
            other = wanted.setdefault(key, (outcome.id, outcome.target_value))
            if other[0] != outcome.id and other[1] != outcome.target_value:
                found.append((other[0], outcome.id, key[1]))
    return found

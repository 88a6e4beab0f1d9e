"""Whether a trial changed anything: difference in differences, with its doubts.

Each unit (a street, a clinic) counts once before and once after, so that many readings of one unit do not pass for many
units (Bertrand, Duflo and Mullainathan, “How much should we trust differences-in-differences estimates?”, QJE 119,
2004). The interval is Welch's on the units' changes; beside it stands the share of random assignments that would have
shown as much (Fisher's permutation test), which asks nothing of how changes are spread.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations
from math import comb, sqrt

import msgspec
import numpy as np
import numpy.typing as npt

from noren.errors import BadInput
from noren.extras import optional

MOST_ASSIGNMENTS = 20_000
FEW = 5


class Effect(msgspec.Struct, rename="camel"):
    """What a trial showed for one measure, in the measure's unit.

    `effect` is the change where it was tried minus the change where it was not (None for the latter: then it is only
    before and after). `low` and `high` bound it with 95 %; None where too few units were compared. `chance` is the
    share of assignments at random that show as much. `doubts` are keys of messages.
    """

    before: float
    after: float
    effect: float
    compared: bool
    before_elsewhere: float | None = None
    after_elsewhere: float | None = None
    low: float | None = None
    high: float | None = None
    chance: float | None = None
    units: int = 0
    units_elsewhere: int = 0
    doubts: tuple[str, ...] = ()


Floats = npt.NDArray[np.float64]
Unit = tuple[float, float]
"""Mean before and mean after."""


def effect(treated: Mapping[str, Unit], elsewhere: Mapping[str, Unit], seed: int = 1) -> Effect:
    """The effect from each unit's mean before and after; raises `BadInput` when nothing was measured at the trial."""
    if not treated:
        raise BadInput("Nothing was measured where it was tried.", where="treated", hint="Name the measuring points.")
    ours, others = _changes(treated), _changes(elsewhere)
    before, after = (float(np.mean([unit[i] for unit in treated.values()])) for i in (0, 1))
    found = Effect(before, after, float(ours.mean()), bool(elsewhere), units=len(ours), units_elsewhere=len(others))
    if not elsewhere:
        found.doubts = ("alone", *(("few",) if len(ours) < FEW else ()))
        found.low, found.high = _around(found.effect, [ours])
        return found
    found.before_elsewhere, found.after_elsewhere = (
        float(np.mean([unit[i] for unit in elsewhere.values()])) for i in (0, 1)
    )
    found.effect = float(ours.mean() - others.mean())
    found.low, found.high = _around(found.effect, [ours, others])
    found.chance = _chance(ours, others, seed)
    found.doubts = ("few",) if min(len(ours), len(others)) < FEW else ()
    return found


def _changes(units: Mapping[str, Unit]) -> Floats:
    return np.array([after - before for before, after in units.values()], float)


def _around(middle: float, groups: Sequence[Floats]) -> tuple[float | None, float | None]:
    """Welch's 95 % interval of a difference of means; none where a group has a single unit."""
    if any(len(group) < 2 for group in groups):
        return None, None
    parts = [group.var(ddof=1) / len(group) for group in groups]
    total = sum(parts)
    if total == 0:
        return middle, middle
    # As shares of the total, so that squares of small spreads do not vanish.
    freedom = 1 / sum((part / total) ** 2 / (len(group) - 1) for part, group in zip(parts, groups, strict=True))
    half = float(optional("scipy.stats", "governance").t.ppf(0.975, float(freedom))) * sqrt(float(total))
    return middle - half, middle + half


def _chance(ours: Floats, others: Floats, seed: int) -> float:
    pooled, size = np.concatenate([ours, others]), len(ours)
    seen = abs(float(ours.mean() - others.mean())) - 1e-12
    if comb(len(pooled), size) <= MOST_ASSIGNMENTS:
        picks = np.array(list(combinations(range(len(pooled)), size)))
    else:
        draw = np.random.default_rng(seed)
        picks = np.array([draw.permutation(len(pooled))[:size] for _ in range(MOST_ASSIGNMENTS)])
    sums = pooled[picks].sum(1)
    apart = sums / size - (pooled.sum() - sums) / (len(pooled) - size)
    return float(np.mean(np.abs(apart) >= seen))


def halves(times: Sequence[float], values: Sequence[float], start: float, end: float, span: float) -> Unit | None:
    """A unit's mean in the `span` before `start` and from `start` to `end`; None when one of them is empty."""
    t, v = np.asarray(times, float), np.asarray(values, float)
    before, after = v[(t >= start - span) & (t < start)], v[(t >= start) & (t < end)]
    if not len(before) or not len(after):
        return None
    return float(before.mean()), float(after.mean())

"""Measures of a row of yearly sums: present value, all internal rates, payback. Row `t` is `t` years from the base.

>>> npv(0.08, np.array([-40_000, 5_000, 8_000, 12_000, 30_000.0])).round(2).item()
3065.22
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from noren.extras import optional
from noren.governance.money.yen import Floats

LOWEST, HIGHEST = -0.99, 100.0


def factors(rate: npt.ArrayLike, years: int, before: int = 0) -> Floats:
    """Discount factors, `(…, years)`; the first row lies `before` years after the base year."""
    steps = np.arange(years) + before
    return np.asarray((1 + np.asarray(rate, dtype=np.float64)[..., None]) ** -steps)


def npv(rate: float, flows: Floats) -> np.float64:
    """What the sums are worth in the year of the first."""
    return np.float64(factors(rate, len(flows)) @ flows)


def internal_rates(flows: Floats) -> list[float]:
    """Every rate between -99 % and 10,000 % at which the sums are worth nothing, rising; none or several may exist.

    Every change of sign on a fine grid is closed in upon; where the curve comes near to zero and turns back, the turn
    is looked at closely, so that two rates near each other, or one that only touches, are not passed over.
    """
    if (flows >= 0).all() or (flows <= 0).all():
        return []
    grid = np.linspace(np.log1p(LOWEST), np.log1p(HIGHEST), 4001)
    found = [_close_in(flows, a, b) for a, b in _changes(flows, grid)]
    found += [grid[i] for i in np.flatnonzero(_scaled(flows, grid) == 0)]
    for turn in _turns(flows, grid):
        found += turn
    rates = sorted(float(np.expm1(each)) for each in found)
    return [rate for place, rate in enumerate(rates) if not place or rate - rates[place - 1] > 1e-6]


def payback(flows: Floats) -> float | None:
    """Years until what came in has made up for what went out, for good; between two years in proportion.

    None when that never happens; 0 when nothing has to be made up for.
    """
    total = np.cumsum(flows)
    if total[-1] < 0:
        return None
    below = np.flatnonzero(total < 0)
    if not len(below):
        return 0.0
    last = int(below[-1])
    return float(last + -total[last] / flows[last + 1])


def _scaled(flows: Floats, logs: npt.ArrayLike) -> Floats:
    """Present value over the present value of all sums without sign: between -1 and 1 at every rate."""
    powers = np.exp(-np.multiply.outer(np.asarray(logs), np.arange(len(flows))))
    return np.asarray((powers @ flows) / (powers @ np.abs(flows)))


def _changes(flows: Floats, grid: Floats) -> list[tuple[float, float]]:
    signs = np.sign(_scaled(flows, grid))
    return [(grid[i], grid[i + 1]) for i in np.flatnonzero(signs[:-1] * signs[1:] < 0)]


def _close_in(flows: Floats, low: float, high: float) -> float:
    return float(
        optional("scipy.optimize", "governance").brentq(lambda x: float(_scaled(flows, x)), low, high, xtol=1e-14)
    )


def _turns(flows: Floats, grid: Floats) -> list[list[float]]:
    height = np.abs(_scaled(flows, grid))
    nearest = np.flatnonzero((height[1:-1] < height[:-2]) & (height[1:-1] <= height[2:]) & (height[1:-1] > 0)) + 1
    signs = np.sign(_scaled(flows, grid))
    return [_touch(flows, grid[i - 1], grid[i + 1]) for i in nearest if signs[i - 1] == signs[i] == signs[i + 1] != 0]


def _touch(flows: Floats, low: float, high: float) -> list[float]:
    side = float(np.sign(_scaled(flows, low)))
    turn = float(
        optional("scipy.optimize", "governance")
        .minimize_scalar(
            lambda x: side * float(_scaled(flows, x)), bounds=(low, high), method="bounded", options={"xatol": 1e-12}
        )
        .x
    )
    depth = side * float(_scaled(flows, turn))
    if depth < 0:
        return [_close_in(flows, low, turn), _close_in(flows, turn, high)]
    return [turn] if depth < 1e-10 else []

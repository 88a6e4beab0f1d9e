"""A case as rows of yearly sums: what each line moves in each year, for central figures or for many draws at once.

Sums are in yen, in the prices that the discount rate counts (`real`: of the first year). Arrays end in `(…, years)`.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from noren.governance.money.case import SOCIAL_RATE, Case, Line, Prices, Spread, central
from noren.governance.money.yen import Floats


class Streams(NamedTuple):
    """What one line moves: `sums` each year, and `left` of its worth at the end, both not below zero."""

    sums: Floats
    left: Floats

    @property
    def both(self) -> Floats:
        """Payments less what is left at the end."""
        return self.sums - self.left


class Drawn(NamedTuple):
    """The uncertain figures of a case: by driver name one value, or one for each draw `(draws, 1)`."""

    values: dict[str, Floats]

    @property
    def draws(self) -> int:
        """How many draws there are; one of central figures."""
        return max(len(each) if each.ndim else 1 for each in self.values.values())

    def of(self, driver: str) -> Floats:
        """The value of a driver."""
        return self.values[driver]


def drivers(case: Case) -> dict[str, float | Spread]:
    """Every figure of a case that may be uncertain, by a name such as `line.0.amount`."""
    found: dict[str, float | Spread] = {"discount": SOCIAL_RATE if case.discount is None else case.discount}
    for place, line in enumerate(case.line):
        found[f"line.{place}.amount"] = 1.0 if line.amount is None else line.amount
        found[f"line.{place}.growth"] = line.growth
        found[f"line.{place}.residual"] = line.residual
    return found


def middle(case: Case) -> Drawn:
    """The central figures."""
    return Drawn({name: np.asarray(central(figure)) for name, figure in drivers(case).items()})


def streams(case: Case, drawn: Drawn, target: Prices | None = None) -> list[Streams]:
    """What every line moves, in the rate's prices or in `target` prices."""
    return [_stream(case, line, drawn, f"line.{place}", target) for place, line in enumerate(case.line)]


def cash(every: list[Streams]) -> list[Streams]:
    """The same without what is left at the end, which is worth something but is no money."""
    return [Streams(each.sums, np.zeros_like(each.sums)) for each in every]


def party_rows(case: Case, every: list[Streams]) -> dict[str, Floats]:
    """What comes in less what goes out for each party and year."""
    shape = np.broadcast_shapes(*(each.sums.shape for each in every))
    rows = {party: np.zeros(shape) for party in case.parties}
    for line, each in zip(case.line, every, strict=True):
        for party, part in (line.payers or {}).items():
            rows[party] = rows[party] - part * each.both
        if line.payee is not None:
            rows[line.payee] = rows[line.payee] + (each.sums if line.payers else each.sums + each.left)
    return rows


def whole_rows(case: Case, every: list[Streams]) -> tuple[Floats, Floats]:
    """Costs and benefits of all parties together by year; what changes hands is neither, what is left is a benefit."""
    costs = sum((each.sums for line, each in zip(case.line, every, strict=True) if line.payee is None), np.zeros(1))
    gains = sum((each.sums for line, each in zip(case.line, every, strict=True) if not line.payers), np.zeros(1))
    left = sum((each.left for each in every), np.zeros(1))
    return np.broadcast_arrays(costs, gains + left + 0 * costs)[0], np.asarray(gains + left + 0 * costs)


def _stream(case: Case, line: Line, drawn: Drawn, name: str, target: Prices | None) -> Streams:
    years = np.arange(case.years)
    first = (line.first or case.start) - case.start
    last = (line.last or case.span[-1]) - case.start
    amount, growth = drawn.of(f"{name}.amount"), drawn.of(f"{name}.growth")
    grown = (1 + growth) ** (years - first) * _prices(case, line, target)
    if line.amounts:
        sums = np.array([line.amounts.get(str(year), 0.0) for year in case.span]) * _prices(case, line, target)
    elif line.once:
        sums = amount * np.where((years == first) | _again(line, years, first, last), grown, 0.0)
    else:
        sums = amount * np.where((years >= first) & (years <= last), grown, 0.0)
    left = np.where(years == case.years - 1, drawn.of(f"{name}.residual") * _prices(case, line, target), 0.0)
    if line.once and line.lifetime is not None:
        bought = first + (last - first) // line.lifetime * line.lifetime
        unused = max(0.0, 1 - (case.years - bought) / line.lifetime)
        left = left + np.where(years == case.years - 1, amount * grown * unused, 0.0)
    return Streams(sums * case.unit, np.broadcast_to(left * case.unit, np.broadcast_shapes(sums.shape, left.shape)))


def _again(line: Line, years: npt.NDArray[Any], first: int, last: int) -> npt.NDArray[np.bool_]:
    if line.lifetime is None:
        return np.zeros(len(years), dtype=bool)
    return np.asarray((years > first) & (years <= last) & ((years - first) % line.lifetime == 0))


def _prices(case: Case, line: Line, target: Prices | None) -> Floats:
    """What turns the line's prices into those that are asked for, by year."""
    have, want = line.prices or case.prices, target or case.discount_prices
    step = 0 if have == want else 1 if want == "nominal" else -1
    return np.asarray((1 + (case.inflation or 0.0)) ** (step * np.arange(case.years)))

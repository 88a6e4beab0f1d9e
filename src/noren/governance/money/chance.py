"""What uncertainty does to a case: many draws, which figure matters most, and where the answer turns over.

Draws are independent of one another; each figure has its own stream of random numbers, so that adding a line does not
change the others' draws.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from statistics import NormalDist

import msgspec
import numpy as np

from noren.governance.money import flows, measures
from noren.governance.money.case import Case, Prices, Spread, central
from noren.governance.money.flows import Drawn
from noren.governance.money.yen import Floats

LOW, HIGH = 0.05, 0.95
AT_ONCE = 5_000_000


class Interval(msgspec.Struct, frozen=True):
    """Where 90 of 100 draws lie, and their mean and median; `losing` is the share of draws below zero."""

    low: float
    median: float
    high: float
    mean: float
    losing: float


class Driver(msgspec.Struct, frozen=True):
    """One uncertain figure: its 5 % and 95 % values, and the net present value at each with all else central."""

    figure: str
    low: float
    high: float
    npv_low: float
    npv_high: float

    @property
    def swing(self) -> float:
        """How far it moves the answer."""
        return abs(self.npv_high - self.npv_low)


class BreakEven(msgspec.Struct, frozen=True):
    """The amount of a line, as a multiple of the central one, at which the net present value is zero."""

    line: int
    times: float


def uncertain(case: Case) -> dict[str, Spread]:
    """The figures that the case gives a spread."""
    return {name: figure for name, figure in flows.drivers(case).items() if isinstance(figure, Spread)}


def draw(case: Case) -> Drawn:
    """All figures, the uncertain ones drawn `(draws, 1)` from the case's seed; none falls below what is possible."""
    values: dict[str, Floats] = {}
    for name, figure in flows.drivers(case).items():
        least = 0.0 if name.endswith(("amount", "residual")) else -0.99
        if isinstance(figure, Spread):
            random = np.random.default_rng([case.seed, zlib.crc32(name.encode())])
            values[name] = np.maximum(_drawn(figure, random, case.draws), least)[:, None]
        else:
            values[name] = np.asarray(figure)
    return Drawn(values)


def intervals(case: Case) -> dict[str, Interval]:
    """The interval of the net present value for the whole (named `""`) and each party; empty without uncertainty."""
    if not uncertain(case):
        return {}
    worths: dict[str, list[Floats]] = {}
    for drawn in _pieces(case):
        every, weights = flows.streams(case, drawn), discounting(case, drawn)
        costs, gains = flows.whole_rows(case, every)
        for name, row in {"": gains - costs, **flows.party_rows(case, every)}.items():
            worth = (row * weights).sum(axis=-1)
            worths.setdefault(name, []).append(np.broadcast_to(worth, drawn.draws).copy())
    return {name: _interval(np.concatenate(parts)) for name, parts in worths.items()}


def dry(case: Case, prices: Prices) -> float | None:
    """In which share of draws the case's account lacks money in some year; None without account or uncertainty."""
    if case.balance is None or not uncertain(case):
        return None
    short = 0
    for drawn in _pieces(case):
        rows = flows.party_rows(case, flows.cash(flows.streams(case, drawn, prices)))[case.balance.account]
        holds = case.balance.opening * case.unit + np.cumsum(rows, axis=-1)
        short += int(np.broadcast_to((holds < -0.5).any(axis=-1), drawn.draws).sum())
    return short / case.draws


def tornado(case: Case) -> list[Driver]:
    """The uncertain figures that move the answer, the strongest first; what only changes hands moves none."""
    base, found = flows.middle(case), []
    for name, spread in uncertain(case).items():
        low, high = quantiles(spread)
        ends = [_npv(case, Drawn(base.values | {name: np.asarray(value)})) for value in (low, high)]
        found.append(Driver(name, low, high, *ends))
    return sorted((each for each in found if each.swing), key=lambda driver: -driver.swing)


def break_even(case: Case) -> list[BreakEven]:
    """For each line that is a cost or a benefit, how many times its amount would make the answer zero.

    A line that would have to turn round (below zero times) is left out: nothing it could do changes the answer.
    """
    drawn = flows.middle(case)
    whole, weights, found = _npv(case, drawn), discounting(case, drawn), []
    for place, (line, each) in enumerate(zip(case.line, flows.streams(case, drawn), strict=True)):
        if line.payee is not None and line.payers:
            continue
        worth = float(((each.both if line.payers else each.sums + each.left) * weights).sum())
        signed = -worth if line.payers else worth
        if signed and 1 - whole / signed >= 0:
            found.append(BreakEven(place, 1 - whole / signed))
    return found


def discounting(case: Case, drawn: Drawn) -> Floats:
    """Discount factors by year, for every draw of the rate."""
    before = case.start - (case.start if case.base_year is None else case.base_year)
    rate = drawn.of("discount")
    return measures.factors(rate[..., 0] if rate.ndim else rate, case.years, before)


def _pieces(case: Case) -> Iterator[Drawn]:
    """The draws in pieces that fit into memory."""
    drawn, step = draw(case), max(1, AT_ONCE // (case.years * len(case.line)))
    for first in range(0, case.draws, step):
        piece = slice(first, first + step)
        yield Drawn({name: each[piece] if each.ndim else each for name, each in drawn.values.items()})


def _npv(case: Case, drawn: Drawn) -> float:
    costs, gains = flows.whole_rows(case, flows.streams(case, drawn))
    return float(((gains - costs) * discounting(case, drawn)).sum())


def _interval(worth: Floats) -> Interval:
    low, median, high = np.quantile(worth, [LOW, 0.5, HIGH])
    return Interval(float(low), float(median), float(high), float(worth.mean()), float((worth < 0).mean()))


def _drawn(spread: Spread, random: np.random.Generator, count: int) -> Floats:
    if spread.mean is not None:
        return random.normal(spread.mean, spread.sd or 0.0, count)
    low, high = spread.low or 0.0, spread.high or 0.0
    if spread.likely is None or low == high:
        return random.uniform(low, high, count)
    return random.triangular(low, spread.likely, high, count)


def quantiles(spread: Spread) -> tuple[float, float]:
    """The 5 % and 95 % values in closed form."""
    if spread.mean is not None:
        reach = NormalDist().inv_cdf(HIGH) * (spread.sd or 0.0)
        return spread.mean - reach, spread.mean + reach
    low, high = spread.low or 0.0, spread.high or 0.0
    if spread.likely is None:
        return low + LOW * (high - low), low + HIGH * (high - low)
    return _triangular(LOW, low, central(spread), high), _triangular(HIGH, low, central(spread), high)


def _triangular(share: float, low: float, likely: float, high: float) -> float:
    width = high - low
    if not width:
        return low
    if share <= (likely - low) / width:
        return float(low + np.sqrt(share * width * (likely - low)))
    return float(high - np.sqrt((1 - share) * width * (high - likely)))

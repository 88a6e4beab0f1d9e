"""Weighted means and shares of a survey, always with their 95 % interval.

A mean's variance is linearised (Taylor; Särndal, Swensson and Wretman 1992, section 5.6), with Student's t. A share's
interval is Wilson's (1927) with the effective sample size of Korn and Graubard (1998), so that it stays between 0 and 1
and is no point where everybody agrees. Both leave out what raking gains, and are rather too wide than too narrow.
Names to know: `Estimate`, `mean`, `share`.
"""

from __future__ import annotations

from statistics import NormalDist

import msgspec
import numpy as np
from numpy.typing import NDArray

from noren.civic.pulse.weights import Floats, effective_size
from noren.errors import Conflict

FEWEST = 10
"""Fewer answers than this are people, not a group: nothing is told of them."""
LEVEL = 0.95


class Estimate(msgspec.Struct, frozen=True):
    """What the answers say of all: the estimate with its 95 % interval, from how many answers, worth how many."""

    estimate: float
    low: float
    high: float
    answers: int
    effective: float

    @property
    def margin(self) -> float:
        """Half the interval."""
        return (self.high - self.low) / 2


def _enough(values: Floats) -> None:
    if len(values) < FEWEST:
        raise Conflict(
            f"Only {len(values)} people answered, which is too few to speak of all.",
            where="answers",
            hint=f"It needs {FEWEST} at least: with fewer, chance decides and single people can be recognised.",
        )


def mean(values: Floats, weights: Floats | None = None) -> Estimate:
    """Weighted mean; raises `Conflict` for fewer than ten answers."""
    _enough(values)
    w = np.ones(len(values)) if weights is None else weights
    n, total = len(values), float(w.sum())
    estimate = float((w * values).sum() / total)
    half = student(n - 1) * float(np.sqrt(_variance(values, w, estimate)))
    return Estimate(estimate, estimate - half, estimate + half, n, effective_size(w))


def share(holds: NDArray[np.bool_], weights: Floats | None = None) -> Estimate:
    """Weighted share of those for whom it holds, 0 to 1; raises `Conflict` for fewer than ten answers."""
    values = np.asarray(holds, float)
    _enough(values)
    w = np.ones(len(values)) if weights is None else weights
    estimate = float((w * values).sum() / w.sum())
    n = len(values)
    size = _worth(values, w, estimate)
    low, high = wilson(estimate, size)
    return Estimate(estimate, low, high, n, size)


def _variance(values: Floats, weights: Floats, estimate: float) -> float:
    """Linearised variance of a weighted mean."""
    n, total = len(values), float(weights.sum())
    return float(n / (n - 1) * ((weights * (values - estimate)) ** 2).sum() / total**2)


def _worth(values: Floats, weights: Floats, estimate: float) -> float:
    """Korn and Graubard's effective sample size of a share, with their factor for degrees of freedom; never more than
    there are answers."""
    n, variance = len(values), _variance(values, weights, estimate)
    plain = estimate * (1 - estimate) / variance if variance > 0 else effective_size(weights)
    return min(float(n), plain * (_normal() / student(n - 1)) ** 2)


def wilson(estimate: float, size: float) -> tuple[float, float]:
    """Wilson's 95 % interval of a share from `size` answers.

    >>> [round(each, 3) for each in wilson(0.0, 10)]
    [0.0, 0.278]
    """
    z2 = _normal() ** 2 / size
    middle = (estimate + z2 / 2) / (1 + z2)
    half = float(np.sqrt(estimate * (1 - estimate) * z2 + z2**2 / 4)) / (1 + z2)
    return max(0.0, middle - half), min(1.0, middle + half)


def _normal() -> float:
    return NormalDist().inv_cdf((1 + LEVEL) / 2)


def student(freedom: int) -> float:
    """Two-sided 95 % point of Student's t (Cornish-Fisher expansion, Abramowitz and Stegun 26.7.5): right to three
    decimals from nine degrees of freedom on.

    >>> round(student(9), 3), round(student(30), 3)
    (2.262, 2.042)
    """
    z, v = _normal(), float(freedom)
    terms = (
        (z**3 + z) / 4,
        (5 * z**5 + 16 * z**3 + 3 * z) / 96,
        (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / 384,
        (79 * z**9 + 776 * z**7 + 1482 * z**5 - 1920 * z**3 - 945 * z) / 92160,
    )
    return z + sum(term / v**power for power, term in enumerate(terms, 1))

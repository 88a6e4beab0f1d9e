"""The noise: OpenDP's discrete Gaussian with a threshold, and what a release with it costs.

The measurement is `make_gaussian_threshold` (Rogers 2023, "A Unifying Privacy Analysis Framework for Unknown Domain
Algorithms"; noise after Canonne, Kamath, Steinke 2020): keys that nobody, or too few, are behind do not appear. What it
costs is OpenDP's own bound, in zero-concentrated differential privacy (rho) and as the chance (delta) that somebody who
alone was somewhere shows all the same. OpenDP comes with the extra `noren[privacy]`.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from statistics import NormalDist
from typing import Any

import msgspec
import numpy as np

from noren.errors import BadInput
from noren.extras import optional
from noren.services.mobility.flow.bounding import Ints

RHO_UNIT, DELTA_UNIT = 10**6, 10**12
"""Costs are kept as whole numbers: millionths of rho, and of delta 10^-12, always rounded up."""
MARGIN = NormalDist().inv_cdf(0.95)
"""Times the standard deviation: nine times in ten noise is not larger."""
_MOST = 100


class Mechanism(msgspec.Struct, frozen=True):
    """How counts are released: standard deviation of the noise, the least value that is shown, and the cost of one
    release of a day in whole units."""

    contributions: int
    scale: float
    threshold: int
    rho: int
    delta: int

    @property
    def margin(self) -> int:
        """Nine times in ten the noise is not larger than this."""
        return math.ceil(MARGIN * self.scale)


Draw = Callable[[Mechanism, Ints], Ints]
"""Counts to noised counts, 0 for those that are not shown."""


def mechanism(contributions: int, rho: int, delta: int) -> Mechanism:
    """The least noise for a person's bound and a cost in whole units; raises `BadInput` for what makes no sense,
    `Unavailable` without OpenDP."""
    if not 1 <= contributions <= _MOST or rho < 1 or delta < 1:
        raise BadInput("A bound is from 1 to 100, and a cost more than nothing.", where="flow")
    scale = math.ceil(math.sqrt(contributions / (2 * rho / RHO_UNIT)) * 1000) / 1000
    tail = NormalDist().inv_cdf(1 - delta / DELTA_UNIT / contributions)
    threshold = max(3, math.floor(2 + scale * tail))
    while True:
        # OpenDP 0.16 bounds the tail above the threshold and shows what is at it: the bound of one less holds for both.
        cost = _measurement(scale, threshold - 1).map((contributions, math.isqrt(contributions - 1) + 1, 1))
        spent = math.ceil(cost[0] * RHO_UNIT), math.ceil(cost[1] * DELTA_UNIT)
        if spent[1] <= delta:
            return Mechanism(contributions, scale, threshold, *spent)
        threshold += 1


def draw(mechanism: Mechanism, counts: Ints) -> Ints:
    """Noised counts, with the operating system's randomness; 0 for those below the threshold."""
    measurement = _measurement(mechanism.scale, mechanism.threshold)
    shown = measurement(dict(enumerate(counts.tolist())))
    found = np.zeros(len(counts), np.int64)
    for index, value in shown.items():
        found[index] = max(0, value)
    return found


def _measurement(scale: float, threshold: int) -> Any:
    dp = optional("opendp.prelude", "privacy")
    dp.enable_features("contrib")
    whole = dp.atom_domain(T="i64")
    space = dp.map_domain(whole, whole), dp.l02inf_distance(dp.absolute_distance(T="i64"))
    return space >> dp.m.then_gaussian_threshold(scale=scale, threshold=threshold)

"""Weights that make those who answered stand for all: raking to margins of the population, trimmed.

Iterative proportional fitting (Deming and Stephan 1940); weights beyond a bound are cut and the rest fitted again, as
survey practice does (Battaglia and others 2009); what the weights cost is Kish's effective sample size (1965).
Names to know: `rake`, `Weights`.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
import numpy as np
from numpy.typing import NDArray

from noren.errors import BadInput

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
LARGEST = 5.0
"""How many times the mean a weight may be."""
_ROUNDS, _CLOSE, _TRIMS = 500, 1e-9, 50
_WITHIN = 1e-9, 1e9


class Weights(msgspec.Struct, frozen=True):
    """One weight an answer, 1 on average; `effective` answers that many are worth; `trimmed` how many weights were cut;
    `missed` the largest difference between a weighted share and its margin (0.02: two points)."""

    weights: Floats
    effective: float
    trimmed: int
    missed: float


def rake(groups: Sequence[Ints], margins: Sequence[Floats], largest: float = LARGEST) -> Weights:
    """Weights for answers whose group in each dimension is `groups[d][i]` (-1: not told), so that the shares of groups
    are those of `margins[d]` (any positive scale).

    Who did not tell a dimension is left out of it. Raises `BadInput` for a margin whose group nobody answered from and
    for one that is not positive. Where trimming, or margins that contradict each other for these answers, keep the
    shares from being met, `missed` says by how much.
    """
    if largest < 1:
        raise BadInput("A weight cannot be bounded below the mean.", where="largest", hint="2 to 10 are usual.")
    shares = [_shares(each, margin, at) for at, (each, margin) in enumerate(zip(groups, margins, strict=True))]
    n = len(groups[0]) if groups else 0
    weights, capped = np.ones(n), np.zeros(n, bool)
    for _ in range(_TRIMS):
        weights = _fitted(weights, groups, shares, capped)
        beyond = ~capped & (weights > largest * (1 + 1e-12))
        if not beyond.any():
            break
        capped |= beyond
        weights[capped] = largest
    weights = np.minimum(weights, largest)
    missed = max(
        (float(np.abs(_weighted(w, weights, len(s)) - s).max()) for w, s in zip(groups, shares, strict=True)),
        default=0.0,
    )
    return Weights(weights, effective_size(weights), int(capped.sum()), missed)


def _shares(groups: Ints, margin: Floats, at: int) -> Floats:
    margin = np.asarray(margin, float)
    if not np.isfinite(margin).all() or (margin <= 0).any():
        raise BadInput("A group of the population is not a positive number.", where=f"margins[{at}]")
    answered = np.bincount(groups[groups >= 0], minlength=len(margin))
    if len(answered) > len(margin):
        raise BadInput("Somebody answered from a group that the population does not have.", where=f"margins[{at}]")
    if (answered == 0).any():
        empty = int(np.flatnonzero(answered == 0)[0])
        raise BadInput(
            "Nobody answered from a group of the population.",
            where=f"margins[{at}][{empty}]",
            hint="Put it together with its neighbour.",
        )
    return np.asarray(margin / margin.sum())


def _fitted(weights: Floats, groups: Sequence[Ints], shares: Sequence[Floats], fixed: NDArray[np.bool_]) -> Floats:
    """Weights after fitting every dimension in turn until nothing moves; those in `fixed` stay as they are."""
    free = ~fixed
    for _ in range(_ROUNDS):
        before = weights.copy()
        for group, share in zip(groups, shares, strict=True):
            told = group >= 0
            wanted = share * told.sum()
            held = np.bincount(group[told & fixed], weights[told & fixed], len(share))
            have = np.bincount(group[told & free], weights[told & free], len(share))
            factor = np.divide(np.maximum(wanted - held, 1e-9), have, out=np.ones(len(share)), where=have > 0)
            # Where bounds and margins cannot both hold, weights would run off to nought and beyond all numbers.
            weights = np.where(told & free, np.clip(weights * factor[group], *_WITHIN), weights)
        if np.abs(weights - before).max(initial=0.0) < _CLOSE:
            break
    return weights


def _weighted(groups: Ints, weights: Floats, count: int) -> Floats:
    told = groups >= 0
    total = np.bincount(groups[told], weights[told], count)
    return np.asarray(total / max(total.sum(), 1e-300))


def effective_size(weights: Floats) -> float:
    """Kish's effective sample size: as many answers of equal weight would tell as much."""
    squares = float((weights**2).sum())
    return float(weights.sum() ** 2 / squares) if squares else 0.0

"""Groups of voters: k-means twice, as the Polis server does it.

More than a hundred voters are first gathered into a hundred base clusters, then base clusters (weighted by their
voters) into two to five groups. The silhouette says how many; of numbers that are equally good (within 0.02) the
smallest is taken: the server waits some updates before it changes the number, files have no updates. Names to know:
`Grouping`, `group`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from noren.civic.opinions.votes import Floats

Labels = NDArray[np.int64]
_STARTS = 20
_POOR = 1.25
_NOISE = 0.02


@dataclass(frozen=True)
class Grouping:
    """`base` and `group` of each voter (0 is the largest group), centres, and the silhouette of each k tried."""

    base: Labels
    group: Labels
    centres: Floats
    silhouettes: dict[int, float]


def group(points: Floats, *, base: int = 100, most: int = 5, seed: int = 0) -> Grouping:
    """Group voters by their coordinates (voters × 2); at least two different places are needed, else all are one."""
    ones = np.ones(len(points))
    nearest, _ = kmeans(points, base, ones, rounds=100)
    _, nearest = np.unique(nearest, return_inverse=True)
    weights = np.bincount(nearest).astype(float)
    places = np.column_stack([np.bincount(nearest, points[:, axis]) / weights for axis in range(points.shape[1])])
    most = min(most, 2 + len(places) // 12, len(np.unique(places, axis=0)))
    tried = {k: best_kmeans(places, k, weights, seed) for k in range(2, most + 1)}
    silhouettes = {k: silhouette(places, labels) for k, (labels, _) in tried.items()}
    if not tried:
        return Grouping(nearest, np.zeros(len(points), dtype=np.int64), places.mean(axis=0)[None], {})
    best = max(silhouettes.values())
    labels, centres = tried[min(k for k, each in silhouettes.items() if each > best - _NOISE)]
    order = np.argsort(-np.bincount(labels[nearest], minlength=len(centres)), kind="stable")
    rank = np.argsort(order)
    return Grouping(nearest, rank[labels[nearest]], centres[order], silhouettes)


def kmeans(
    points: Floats, k: int, weights: Floats, start: Floats | None = None, rounds: int = 20, still: float = 0.01
) -> tuple[Labels, Floats]:
    """Labels and centres; starts from `start`, else from the first `k` different points, as the Polis server does.

    Ends when no centre moves by `still`, or after `rounds`. A centre that loses all its points is dropped.
    """
    centres = _first(points, k) if start is None else start
    for _ in range(rounds + 1):
        labels = distances(points, centres).argmin(axis=1)
        kept, labels = np.unique(labels, return_inverse=True)
        mass = np.bincount(labels, weights)
        moved = np.column_stack([np.bincount(labels, weights * column) / mass for column in points.T])
        if len(kept) == len(centres) and np.linalg.norm(moved - centres, axis=1).max() < still:
            return labels, moved
        centres = moved
    return labels, centres


def best_kmeans(points: Floats, k: int, weights: Floats, seed: int = 0) -> tuple[Labels, Floats]:
    """k-means from the server's start, or from the best of several k-means++ starts where the server's is poor.

    The server goes on from the groups of its last update and so carries the whole history of a conversation, which
    files do not hold. Its start without history (the first `k` points) can be caught in a corner; we call it poor when
    another start leaves at least a fifth less weighted spread.
    """
    random = np.random.default_rng(seed)
    served = kmeans(points, k, weights)
    others = [kmeans(points, k, weights, _spread(points, k, weights, random)) for _ in range(_STARTS)]
    best = min(others, key=lambda each: _spread_of(points, weights, each[1]))
    poor = _spread_of(points, weights, served[1]) > _POOR * _spread_of(points, weights, best[1])
    return best if poor else served


def _spread_of(points: Floats, weights: Floats, centres: Floats) -> float:
    return float(weights @ distances(points, centres).min(axis=1) ** 2)


def silhouette(points: Floats, labels: Labels) -> float:
    """Mean silhouette (Rousseeuw 1987); a point alone in its group counts 0."""
    between, sizes = distances(points, points), np.bincount(labels)
    sums = np.column_stack([between[:, labels == each].sum(axis=1) for each in range(len(sizes))])
    rows = np.arange(len(points))
    own = sums[rows, labels] / np.maximum(sizes[labels] - 1, 1)
    other = sums / sizes
    other[rows, labels] = np.inf
    nearest = other.min(axis=1)
    larger = np.maximum(own, nearest)
    scores = np.where((sizes[labels] > 1) & (larger > 0), (nearest - own) / np.where(larger > 0, larger, 1), 0.0)
    return float(scores.mean())


def distances(points: Floats, centres: Floats) -> Floats:
    """Euclidean distances (points × centres)."""
    return np.asarray(np.linalg.norm(points[:, None, :] - centres[None, :, :], axis=2))


def _first(points: Floats, k: int) -> Floats:
    _, index = np.unique(points, axis=0, return_index=True)
    return points[np.sort(index)[:k]]


def _spread(points: Floats, k: int, weights: Floats, random: np.random.Generator) -> Floats:
    """k-means++ (Arthur and Vassilvitskii 2007), with weights."""
    chosen = [int(random.choice(len(points), p=weights / weights.sum()))]
    while len(chosen) < k:
        far = weights * distances(points, points[chosen]).min(axis=1) ** 2
        if far.sum() == 0:
            break
        chosen.append(int(random.choice(len(points), p=far / far.sum())))
    return points[chosen]

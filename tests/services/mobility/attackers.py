"""Four published attackers on counts of people, each as its paper describes it, as strong as it can be here.

- `recovered`: Xu, Tu, Li, Zhang, Fu, Jin: Trajectory recovery from ash (WWW 2017).
- `Membership`: Pyrgelis, Troncoso, De Cristofaro: Knock knock, who's there? (NDSS 2018).
- `averaged`, `difference`: repeated and overlapping questions, as old as statistical data bases.
- `reconstructed`: Dinur, Nissim: Revealing information while preserving privacy (PODS 2003).
"""

from __future__ import annotations

import numpy as np
from scipy.optimize import linear_sum_assignment

Floats = np.ndarray


def slots(counts: Floats, people: int) -> Floats:
    """As many places as there are people, each cell as often as its count says; noised counts are scaled to the number
    of people, which the attacker knows. Cells `[person]`."""
    weight = np.maximum(counts.astype(float), 0)
    if not weight.sum():
        weight = np.ones_like(weight)
    share = weight / weight.sum() * people
    whole = np.floor(share).astype(int)
    order = np.argsort(whole - share, kind="stable")
    whole[order[: people - whole.sum()]] += 1
    return np.repeat(np.arange(len(counts)), whole)


def recovered(counts: Floats, people: int, side: int) -> Floats:
    """Trajectories `[person, hour]` from counts `[hour, cell]`: by night people stay, by day they stay or go on as they
    went; the cheapest assignment links each hour to the next."""
    found = np.empty((people, len(counts)), int)
    found[:, 0] = slots(counts[0], people)
    for hour in range(1, len(counts)):
        here, night = found[:, hour - 1], hour % 24 < 6
        now, there = _place(here, side), slots(counts[hour], people)
        far = _far(now, _place(there, side))
        if not night and hour > 1:
            far = np.minimum(far, _far(2 * now - _place(found[:, hour - 2], side), _place(there, side)))
        chosen = linear_sum_assignment(far)[1]
        found[:, hour] = there[chosen]
    return found


def days_linked(days: list[Floats], size: int) -> Floats:
    """Days of trajectories put together: two pieces are somebody's when joining them adds least information."""
    whole = days[0]
    for day in days[1:]:
        apart = np.array([[_gain(one, other, size) for other in day] for one in whole])
        whole = np.hstack([whole, day[linear_sum_assignment(apart)[1]]])
    return whole


def hits(found: Floats, truth: Floats) -> float:
    """Share of hours at the right cell, by the pairing of trajectories that favours the attacker most."""
    same = (found[:, None] == truth[None]).mean(axis=2)
    rows, columns = linear_sum_assignment(-same)
    return float(same[rows, columns].mean())


def _far(here: Floats, there: Floats) -> Floats:
    found: Floats = np.linalg.norm(here[:, None] - there[None], axis=2)
    return found


def _place(cells: Floats, side: int) -> Floats:
    return np.stack([cells // side, cells % side], axis=1).astype(float)


def _gain(one: Floats, other: Floats, size: int) -> float:
    p, q = (np.bincount(each, minlength=size) for each in (one, other))
    return _entropy(p + q) - (_entropy(p) + _entropy(q)) / 2


def _entropy(counts: Floats) -> float:
    share = counts[counts > 0] / counts.sum()
    return float(-(share * np.log2(share)).sum())


class Membership:
    """Learns from groups with and without its target, whose data it knows; then tells them apart by their counts."""

    def __init__(self, inside: Floats, outside: Floats) -> None:
        """Counts `[group, feature]` of groups made of people whom the attacker knows."""
        both = np.vstack([inside, outside]).astype(float)
        self._middle, self._spread = both.mean(axis=0), both.std(axis=0) + 1e-9
        known = (both - self._middle) / self._spread
        label = np.r_[np.ones(len(inside)), -np.ones(len(outside))]
        kernel = known @ known.T
        self._weights = known.T @ np.linalg.solve(kernel + np.trace(kernel) / len(kernel) * np.eye(len(kernel)), label)

    def score(self, counts: Floats) -> Floats:
        """The larger the likelier the target is in."""
        found: Floats = (counts - self._middle) / self._spread @ self._weights
        return found


def auc(inside: Floats, outside: Floats) -> float:
    """Chance that somebody who is in scores above somebody who is not: 0.5 is guessing."""
    order = np.argsort(np.concatenate([inside, outside]), kind="stable")
    ranks = np.empty(len(order))
    ranks[order] = np.arange(1, len(order) + 1)
    _, where, count = np.unique(np.concatenate([inside, outside]), return_inverse=True, return_counts=True)
    tied = np.bincount(where, ranks) / count
    total = tied[where][: len(inside)].sum() - len(inside) * (len(inside) + 1) / 2
    return float(total / (len(inside) * len(outside)))


def reconstructed(questions: Floats, answers: Floats) -> Floats:
    """The secret of each person from answers about many groups `[question, person]`: least squares, rounded."""
    asked = questions.astype(float)
    square = asked.T @ asked + 1e-6 * np.eye(asked.shape[1])
    found: Floats = np.linalg.solve(square, asked.T @ answers) > 0.5
    return found

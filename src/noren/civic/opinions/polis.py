"""A whole conversation analysed: groups, what they stand for, what is common and what divides.

Names to know: `Opinions`, `analyse`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from noren.civic.opinions.groups import Grouping, group
from noren.civic.opinions.space import Space, space_of
from noren.civic.opinions.standing import (
    Side,
    Stand,
    Tally,
    consensus,
    divisive,
    group_aware_consensus,
    priorities,
    representative,
)
from noren.civic.opinions.votes import Floats, VoteMatrix

FEWEST = 10


@dataclass(frozen=True)
class Opinions:
    """Result for a matrix: `inside` are the rows that were placed; `points` their coordinates, in that order.

    Arrays by statement follow the matrix's columns. With fewer than `FEWEST` voters nothing but counts is given
    (`grouping` is None): groups of nine people are people, not groups.
    """

    matrix: VoteMatrix
    inside: NDArray[np.bool_]
    everybody: Tally
    space: Space | None = None
    points: Floats | None = None
    grouping: Grouping | None = None
    tallies: tuple[Tally, ...] = ()
    stands: tuple[list[Stand], ...] = ()
    common: dict[Side, list[Stand]] | None = None
    group_aware: Floats | None = None
    dividing: Floats | None = None
    priorities: Floats | None = None


def analyse(matrix: VoteMatrix, *, seed: int = 0, inside: NDArray[np.bool_] | None = None) -> Opinions:
    """Analyse a conversation; `inside` says who is placed, where that is known better than by the rule of seven votes.

    Deterministic for a seed. Memory grows with voters × statements (a few bytes each) plus statements squared.
    """
    inside = matrix.taking_part() if inside is None else inside
    everybody = Tally.of(matrix, np.ones(len(matrix.voters), dtype=bool))
    if int(inside.sum()) < FEWEST or not matrix.shown.any():
        return Opinions(matrix, inside, everybody)
    rated = matrix.rated
    space = space_of(rated)
    points = space.place(rated[inside])
    grouping = group(points, seed=seed)
    tallies = tallies_of(matrix, inside, grouping.group)
    return Opinions(
        matrix,
        inside,
        everybody,
        space,
        points,
        grouping,
        tallies,
        tuple(representative(matrix, tallies)),
        consensus(matrix),
        group_aware_consensus(tallies),
        divisive(tallies),
        priorities(matrix, tallies, space.extremity),
    )


def tallies_of(matrix: VoteMatrix, inside: NDArray[np.bool_], labels: NDArray[np.int64]) -> tuple[Tally, ...]:
    """Votes of each group; `labels` is by row of those inside."""
    rows = np.flatnonzero(inside)
    return tuple(Tally(*matrix.tally(rows[labels == each])) for each in range(int(labels.max()) + 1))

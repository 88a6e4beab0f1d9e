"""Rules for ranked ballots where one thing is chosen and nothing is paid: first choices, run-off, Schulze.

Rankings come as a matrix (voter, place) of candidates, -1 where a ballot ends; whoever is not ranked stands below all
who are. Names to know: `plurality`, `runoff`, `schulze`, `pairs`.

>>> ballots = np.array([[0, 1], [0, 1], [1, 0], [2, 1], [2, 1]])
>>> plurality(ballots, 3).tolist(), runoff(ballots, [0, 1, 2], [0, 1, 2]).winners
([2, 1, 2], (0, 2, 1))
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

import numpy as np

from noren.civic.ballots.counting import Ints
from noren.civic.ballots.greedy import Chosen, Tie


def plurality(ranked: Ints, candidates: int) -> Ints:
    """First choices of each candidate."""
    first = ranked[:, 0]
    return np.bincount(first[first >= 0], minlength=candidates)


def runoff(ranked: Ints, among: Collection[int], order: Sequence[int]) -> Chosen:
    """Instant run-off: whoever has the fewest first choices leaves, and their ballots go to the next choice.

    It ends when one has more than half of the ballots still in play. Winners are listed with whoever left last first;
    of those who tie for leaving, the last in `order` goes. `facts["rounds"]` holds the first choices of every round.
    """
    left, gone, ties, rounds = set(among), [], [], []
    while left:
        tally = _first_choices(ranked, left)
        rounds.append(tally)
        if len(left) == 1 or max(tally.values()) * 2 > sum(tally.values()):
            break
        fewest = [p for p in sorted(left, key=order.index) if tally[p] == min(tally.values())]
        if len(fewest) > 1:
            ties.append(Tie(tuple(fewest), fewest[0]))
        left.remove(fewest[-1])
        gone.append(fewest[-1])
    ahead = sorted(left, key=lambda p: (-rounds[-1][p], order.index(p)))
    return Chosen((*ahead, *reversed(gone)), tuple(ties), {"rounds": rounds})


def _first_choices(ranked: Ints, left: Collection[int]) -> dict[int, int]:
    size = int(ranked.max(initial=-1)) + 2
    alive = np.zeros(max(size, max(left) + 2), bool)
    alive[list(left)] = True
    standing = alive[ranked] & (ranked >= 0)
    has = standing.any(axis=1)
    first = ranked[np.arange(len(ranked)), standing.argmax(axis=1)][has]
    counts = np.bincount(first, minlength=len(alive))
    return {p: int(counts[p]) for p in sorted(left)}


def pairs(ranked: Ints, candidates: int) -> Ints:
    """Matrix of how many voters put the row's candidate above the column's."""
    place = np.full((len(ranked), candidates + 1), ranked.shape[1], np.int64)
    for at in reversed(range(ranked.shape[1])):
        place[np.arange(len(ranked)), ranked[:, at]] = at
    place = place[:, :candidates]
    above = [(place[:, [p]] < place).sum(axis=0) for p in range(candidates)]
    return np.array(above, np.int64).reshape(candidates, candidates)


def schulze(ranked: Ints, among: Collection[int], candidates: int, order: Sequence[int]) -> Chosen:
    """Schulze's rule (2011), by winning votes: candidates by how many they beat on the strongest path.

    A candidate who beats every other one directly (Condorcet) always stands first and is named in the facts.
    """
    members = sorted(among)
    duel = pairs(ranked, candidates)[np.ix_(members, members)]
    path = np.where(duel > duel.T, duel, 0)
    for middle in range(len(members)):
        path = np.maximum(path, np.minimum(path[:, [middle]], path[[middle], :]))
    beaten = (path > path.T).sum(axis=1)
    wins = dict(zip(members, (int(n) for n in beaten), strict=True))
    listed = sorted(members, key=lambda p: (-wins[p], order.index(p)))
    condorcet = [p for p, row in zip(members, duel > duel.T, strict=True) if row.sum() == len(members) - 1]
    return Chosen(tuple(listed), _level(listed, wins), {"condorcet": condorcet[0] if condorcet else None})


def _level(listed: list[int], wins: dict[int, int]) -> tuple[Tie, ...]:
    groups: dict[int, list[int]] = {}
    for p in listed:
        groups.setdefault(wins[p], []).append(p)
    return tuple(Tie(tuple(group), group[0]) for group in groups.values() if len(group) > 1)

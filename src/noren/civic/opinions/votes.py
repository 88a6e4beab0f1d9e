"""Who voted how on what: the matrix that everything about opinion groups is computed from.

A vote is 1 (agree), -1 (disagree) or 0 (pass); what nobody voted on is unseen. Names to know: `Vote`, `VoteMatrix`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
UNSEEN = -2


class Vote(NamedTuple):
    """One vote of a voter on a statement; `time` orders votes (any number; later ones replace earlier ones)."""

    voter: int
    statement: int
    value: int
    time: float = 0.0


@dataclass(frozen=True)
class VoteMatrix:
    """Votes of `voters` (rows) on `statements` (columns): int8 of 1, 0, -1, or `UNSEEN`.

    Statements in `hidden` (moderated out, or about the voters themselves) stay in the matrix and take no part in the
    picture; those in `meta` ask about the voters and are always worth showing.
    """

    voters: NDArray[np.int64]
    statements: NDArray[np.int64]
    values: NDArray[np.int8]
    hidden: frozenset[int] = frozenset()
    meta: frozenset[int] = frozenset()

    @classmethod
    def of(cls, votes: Iterable[Vote], hidden: Iterable[int] = (), meta: Iterable[int] = ()) -> VoteMatrix:
        """The matrix of the last vote of each voter on each statement; of two at the same time, the later in order."""
        last = {(each.voter, each.statement): each.value for each in sorted(votes, key=lambda each: each.time)}
        pairs = np.array(list(last), dtype=np.int64).reshape(-1, 2)
        voters, rows = np.unique(pairs[:, 0], return_inverse=True)
        statements, columns = np.unique(pairs[:, 1], return_inverse=True)
        values = np.full((len(voters), len(statements)), UNSEEN, dtype=np.int8)
        values[rows, columns] = list(last.values())
        return cls(voters, statements, values, frozenset(hidden), frozenset(meta))

    @property
    def shown(self) -> NDArray[np.bool_]:
        """Which columns take part: those that are not hidden."""
        return ~np.isin(self.statements, list(self.hidden))

    @property
    def rated(self) -> NDArray[np.int8]:
        """The values with hidden columns set to "pass" for everybody, as the Polis server does."""
        return np.where(self.shown, self.values, 0).astype(np.int8)

    @property
    def counts(self) -> NDArray[np.int64]:
        """Votes of each voter, on hidden statements too."""
        return np.asarray((self.values != UNSEEN).sum(axis=1), dtype=np.int64)

    def taking_part(self, least: int = 7, few: int = 15) -> NDArray[np.bool_]:
        """Who voted enough to be placed: `least` votes, or on all statements if those are fewer.

        If fewer than `few` did, those with the most votes are added (the Polis server's rule).
        """
        counts = self.counts
        inside = counts >= min(least, len(self.statements))
        missing = few - int(inside.sum())
        if missing > 0:
            order = np.argsort(-counts, kind="stable")
            inside[order[~inside[order]][:missing]] = True
        return inside

    def tally(self, rows: NDArray[np.bool_] | NDArray[np.int64]) -> tuple[Floats, Floats, Floats]:
        """Agreements, disagreements and votes of some rows, by statement."""
        part = self.values[rows]
        return tuple(np.asarray(each.sum(axis=0), dtype=float) for each in (part == 1, part == -1, part != UNSEEN))  # type: ignore[return-value]

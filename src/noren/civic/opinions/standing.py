"""What groups stand for: representative statements, common ground, and which statements to ask about next.

Tests, pseudo-counts and thresholds are the Polis server's (Small et al. 2021; its `math` component), so that figures
can be compared: one imagined vote for and against in every share, one in every test, and a one-sided level of 90 %.
Names to know: `representative`, `consensus`, `group_aware_consensus`, `priorities`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from noren.civic.opinions.votes import Floats, VoteMatrix

Side = Literal["agree", "disagree"]
SIGNIFICANT = 1.2816
_MOST = 5
_META = 7.0


@dataclass(frozen=True)
class Stand:
    """How a group, or everybody, stands on a statement.

    `yes` of `votes` chose `side`; `share` is that share with pseudo-counts and `test` its z against one half;
    `ratio` is the share over that of the other groups and `apart` its z (1 and 0 for everybody).
    """

    statement: int
    side: Side
    yes: int
    votes: int
    share: float
    test: float
    ratio: float = 1.0
    apart: float = 0.0
    best_agree: bool = False

    @property
    def weight(self) -> float:
        """By this, representative statements are ordered."""
        return self.ratio * self.apart * self.share * self.test


@dataclass(frozen=True)
class Tally:
    """Agreements, disagreements and votes by statement, of one group or of everybody."""

    agree: Floats
    disagree: Floats
    votes: Floats

    @classmethod
    def of(cls, matrix: VoteMatrix, rows: NDArray[np.bool_]) -> Tally:
        """Counted over the voters in `rows`."""
        return cls(*matrix.tally(rows))

    def __add__(self, other: Tally) -> Tally:
        return Tally(self.agree + other.agree, self.disagree + other.disagree, self.votes + other.votes)

    def chosen(self, side: Side) -> Floats:
        """Votes for `side`."""
        return self.agree if side == "agree" else self.disagree


def share(yes: Floats, votes: Floats) -> Floats:
    """Share with one imagined vote for and one against."""
    return np.asarray((yes + 1) / (votes + 2))


def against_half(yes: Floats, votes: Floats) -> Floats:
    """z of one proportion against one half, with one imagined success."""
    return np.asarray(2 * np.sqrt(votes + 1) * ((yes + 1) / (votes + 1) - 0.5))


def against_others(yes: Floats, others: Floats, votes: Floats, other_votes: Floats) -> Floats:
    """z of two proportions, with one imagined success in each; 0 where both are 0 or 1."""
    a, b, n, m = yes + 1, others + 1, votes + 1, other_votes + 1
    pooled = (a + b) / (n + m)
    spread = np.sqrt(np.maximum(pooled * (1 - pooled) * (1 / n + 1 / m), 0))
    return np.asarray(np.where(spread > 0, (a / n - b / m) / np.where(spread > 0, spread, 1), 0.0))


def representative(matrix: VoteMatrix, tallies: Sequence[Tally]) -> list[list[Stand]]:
    """For each group at most five statements: the best agreed one first, then by weight, agreements before the rest.

    A statement counts when its side is significant in the group and against the other groups together. A group
    without any has the one that comes nearest.
    """
    if len(tallies) < 2:
        return [[] for _ in tallies]
    return [_of_group(matrix, own, _rest(tallies, index)) for index, own in enumerate(tallies)]


def _rest(tallies: Sequence[Tally], index: int) -> Tally:
    first, *more = (each for position, each in enumerate(tallies) if position != index)
    return sum(more, first)


def _of_group(matrix: VoteMatrix, own: Tally, rest: Tally) -> list[Stand]:
    sides: tuple[Side, Side] = ("agree", "disagree")
    both = [_stands(matrix, own, rest, side) for side in sides]
    shown = [(yes, no) for yes, no, visible in zip(*both, matrix.shown, strict=True) if visible]
    chosen = [yes if yes.apart > no.apart else no for yes, no in shown]
    head = _best_agree([yes for yes, _ in shown], own, matrix)
    enough = [each for each, pair in zip(chosen, shown, strict=True) if any(_passes(stand) for stand in pair)]
    if not enough:
        return [head] if head else _nearest(chosen)
    rest_of = sorted((e for e in enough if not head or e.statement != head.statement), key=lambda each: -each.weight)
    top = ([head] if head else []) + rest_of
    return sorted(top[:_MOST], key=lambda each: each.side != "agree")


def _stands(matrix: VoteMatrix, own: Tally, rest: Tally, side: Side) -> list[Stand]:
    yes, others = own.chosen(side), rest.chosen(side)
    shares, tests = share(yes, own.votes), against_half(yes, own.votes)
    ratios = shares / share(others, rest.votes)
    apart = against_others(yes, others, own.votes, rest.votes)
    columns = zip(matrix.statements.tolist(), yes, own.votes, shares, tests, ratios, apart, strict=True)
    return [Stand(s, side, int(y), int(n), float(p), float(t), float(r), float(a)) for s, y, n, p, t, r, a in columns]


def _passes(stand: Stand) -> bool:
    return stand.apart > SIGNIFICANT and stand.test > SIGNIFICANT


def _nearest(chosen: list[Stand]) -> list[Stand]:
    return [max(chosen, key=lambda each: each.apart)] if chosen else []


def _best_agree(agreeing: list[Stand], own: Tally, matrix: VoteMatrix) -> Stand | None:
    """The statement to put first: what the group agrees on, more than others do if there is such a one."""
    spoken = dict(zip(matrix.statements.tolist(), own.agree + own.disagree > 0, strict=True))
    best: Stand | None = None
    for each in agreeing:
        if spoken[each.statement] and _beats(each, best):
            best = each
    if best is None:
        return None
    return Stand(**{**best.__dict__, "best_agree": True})


def _beats(stand: Stand, best: Stand | None) -> bool:
    if best is None:
        return stand.test > SIGNIFICANT or (stand.ratio > 1.0 and stand.share > 0.5)
    if best.ratio > 1.0:
        return stand.weight > best.weight
    return stand.share * stand.test > best.share * best.test


def consensus(matrix: VoteMatrix, most: int = _MOST) -> dict[Side, list[Stand]]:
    """What most voters agree, or disagree, on, whatever their group: at most `most` statements each way."""
    everybody = Tally.of(matrix, np.ones(len(matrix.voters), dtype=bool))
    return {
        "agree": _common(matrix, everybody, "agree", most),
        "disagree": _common(matrix, everybody, "disagree", most),
    }


def _common(matrix: VoteMatrix, everybody: Tally, side: Side, most: int) -> list[Stand]:
    yes = everybody.chosen(side)
    columns = zip(
        matrix.statements.tolist(),
        yes,
        everybody.votes,
        share(yes, everybody.votes),
        against_half(yes, everybody.votes),
        matrix.shown,
        strict=True,
    )
    found = [
        Stand(s, side, int(y), int(n), float(p), float(t))
        for s, y, n, p, t, visible in columns
        if visible and p > 0.5 and t > SIGNIFICANT
    ]
    return sorted(found, key=lambda each: -each.share * each.test)[:most]


def group_aware_consensus(tallies: Sequence[Tally]) -> Floats:
    """By statement the product over groups of the share that agrees: high only where no group is left out."""
    return np.asarray(np.prod([share(each.agree, each.votes) for each in tallies], axis=0))


def divisive(tallies: Sequence[Tally]) -> Floats:
    """By statement the widest gap between two groups in (agree - disagree) / votes, with pseudo-counts; 0 to 2."""
    leanings = np.array([(each.agree - each.disagree) / (each.votes + 2) for each in tallies])
    return np.asarray(leanings.max(axis=0) - leanings.min(axis=0))


def priorities(matrix: VoteMatrix, tallies: Sequence[Tally], extremity: Floats) -> Floats:
    """By statement how much a vote on it would tell: few passes, far out, agreed with, and new ones first."""
    total = sum(tallies[1:], tallies[0])
    passed = share(total.votes - total.agree - total.disagree, total.votes)
    importance = (1 - passed) * (extremity + 1) * share(total.agree, total.votes)
    fresh = 1 + 8 * 2 ** (-total.votes / 5)
    about_voters = np.isin(matrix.statements, list(matrix.meta))
    return np.asarray(np.where(about_voters, _META, importance * fresh) ** 2)

"""An election ready for the rules: whole numbers and arrays, made once from the ballots that are counted.

Money is counted in the smallest unit that makes every cost and the budget whole, points likewise, so that rules can
compare exactly. Names to know: `Profile`, `profile`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from decimal import Decimal
from itertools import pairwise
from math import lcm

import msgspec
import numpy as np

from noren.civic.ballots.counting import Ints, Table
from noren.civic.ballots.election import ORDINAL, SCORING, WITHDRAWN_COST, Election


class Profile(msgspec.Struct, frozen=True):
    """Costs and `budget` times `unit`; `merit` by which projects are ranked (points times the table's unit, or votes).

    `supporters[p]` are the voters who stand behind project p, `values[p]` how much each of them does (all 1 where a
    ballot only approves); `eligible` are the projects that may be chosen at all, in the file's order.
    """

    ids: tuple[str, ...]
    costs: tuple[int, ...]
    budget: int
    unit: int
    voters: int
    merit: tuple[int, ...]
    merit_unit: int
    votes: tuple[int, ...]
    supporters: tuple[Ints, ...]
    values: tuple[Ints, ...]
    plain: bool
    eligible: tuple[int, ...]
    threshold: int

    def passing(self) -> tuple[int, ...]:
        """Eligible projects that reach the threshold."""
        return tuple(p for p in self.eligible if self.merit[p] >= self.threshold)

    def spent(self, winners: Iterable[int]) -> int:
        """What projects cost together, in the profile's unit of money."""
        return sum(self.costs[p] for p in winners)

    def money(self, amount: int) -> Decimal:
        """An amount in the election's currency."""
        return Decimal(amount) if self.unit == 1 else Decimal(amount) / self.unit

    def order(self, prefer: Collection[int] = ()) -> list[tuple[bool, int, int, int]]:
        """How ties are broken, per project: `prefer`, then the cheaper, then more votes, then the first listed."""
        each = enumerate(zip(self.costs, self.votes, strict=True))
        return [(p not in prefer, cost, -votes, p) for p, (cost, votes) in each]


def profile(election: Election, table: Table, without: Collection[str] = ()) -> Profile:
    """The election for the rules; projects in `without` cannot be chosen."""
    unit = _unit([*(project.cost for project in election.projects), election.budget or Decimal(0)])
    costs = tuple(int(project.cost * unit) for project in election.projects)
    behind = _behind(election, table)
    merit = _merit(election, table)
    return Profile(
        tuple(project.id for project in election.projects),
        costs,
        int((election.budget or 0) * unit),
        unit,
        table.voters,
        merit,
        table.unit if election.ranked_by_points else 1,
        tuple(int(n) for n in table.votes(len(costs))),
        tuple(voters for voters, _ in behind),
        tuple(values for _, values in behind),
        not election.ranked_by_points,
        tuple(p for p, each in enumerate(election.projects) if each.id not in without and each.cost != WITHDRAWN_COST),
        int(election.threshold * (table.unit if election.ranked_by_points else 1)),
    )


def _unit(amounts: Iterable[Decimal]) -> int:
    return min(lcm(*(amount.as_integer_ratio()[1] for amount in amounts)), 10**6)


def _merit(election: Election, table: Table) -> tuple[int, ...]:
    if not election.ranked_by_points:
        return tuple(int(n) for n in table.votes(len(election.projects)))
    score = table.score(len(election.projects))
    if election.vote_type == SCORING and (given := int(election.limits.default_score * table.unit)):
        score = score + given * (table.voters - table.votes(len(election.projects)))
    return tuple(int(n) for n in score)


def _behind(election: Election, table: Table) -> list[tuple[Ints, Ints]]:
    """Per project the voters behind it and what they give it; a default above nothing stands behind every project."""
    value = table.value if election.ranked_by_points else np.ones(len(table.voter), np.int64)
    order = np.argsort(table.project, kind="stable")
    bounds = np.searchsorted(table.project[order], np.arange(len(election.projects) + 1))
    default = int(election.limits.default_score * table.unit) if election.vote_type == SCORING else 0
    found = []
    for start, end in pairwise(bounds):
        at = order[start:end]
        voters, values = table.voter[at], value[at]
        if default > 0:
            others = np.setdiff1d(np.arange(table.voters), voters)
            voters, values = np.concatenate([voters, others]), np.append(values, np.full(len(others), default))
        found.append((voters[values > 0], values[values > 0]))
    return found


def rankings(election: Election, table: Table) -> Ints:
    """Ranked ballots as a matrix (voter, place) of projects, -1 where a ballot ends."""
    if election.vote_type != ORDINAL or not len(table.voter):
        return np.full((table.voters, 1), -1, np.int64)
    starts = np.searchsorted(table.voter, np.arange(table.voters))
    place = np.arange(len(table.voter)) - starts[table.voter]
    ranked = np.full((table.voters, int(place.max()) + 1), -1, np.int64)
    ranked[table.voter, place] = table.project
    return ranked

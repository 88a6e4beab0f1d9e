"""Which ballots hold, and the count: votes and points per project, against what the file says.

A ballot outside the election's own limits is marked with its reasons. Strictly, marked ballots are not counted; some
cities count them all the same, so the count is made both ways, and the one that gives the published figures stands.
Names to know: `count`, `Count`, `Table`.

>>> from noren.civic.ballots.pb import parse
>>> head = "META\\nbudget;6\\nvote_type;approval\\nPROJECTS\\nproject_id;cost;votes\\na;5;1\\n"
>>> found = count(parse(head + "VOTES\\nvoter_id;vote\\n1;a\\n1;a"))
>>> found.votes, [(mark.voter, mark.reasons) for mark in found.marks]
({'a': Decimal('1')}, [('1', ('double-voter',))])
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal
from math import lcm
from typing import Any, Literal

import msgspec
import numpy as np
import numpy.typing as npt

from noren.civic.ballots.election import CUMULATIVE, ORDINAL, SCORING, Ballot, Election, number

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]
Counting = Literal["published", "strict", "all", "doubles"]
_LARGEST = 2**53


class Mark(msgspec.Struct, frozen=True):
    """A ballot that does not hold, and why; `row` is its line in the file."""

    voter: str
    row: int
    reasons: tuple[str, ...]


class Difference(msgspec.Struct, frozen=True):
    """Where the count and the file's own column do not agree."""

    project: str
    column: str
    published: Decimal
    counted: Decimal


class Count(msgspec.Struct, frozen=True):
    """The recount: per project its votes and points, ballots counted and marked, and where the file says otherwise.

    `counting` tells whether marked ballots were left out (strict), counted as far as they can be read (all), or even
    where their voter has one already (doubles), `scoring` how places of a ranking became points, `compared` how many
    figures of the file were compared.
    """

    votes: dict[str, Decimal]
    score: dict[str, Decimal]
    ballots: int
    counted: int
    marks: list[Mark]
    differences: list[Difference]
    compared: int
    counting: str
    scoring: str


class Table(msgspec.Struct, frozen=True):
    """Ballots as arrays, one entry a (voter, project): columns of equal length, points times `unit` as integers."""

    voters: int
    voter: Ints
    project: Ints
    value: Ints
    unit: int

    def votes(self, projects: int) -> Ints:
        """Ballots on which each project stands."""
        return np.bincount(self.project, minlength=projects)

    def score(self, projects: int) -> Ints:
        """Points of each project, times `unit`."""
        total = np.zeros(projects, np.int64)
        np.add.at(total, self.project, self.value)
        return total


def count(election: Election, counting: Counting = "published") -> Count:
    """Recount the ballots; `published` counts marked ballots only where that alone gives the file's figures."""
    return tally(election, counting)[0]


def tally(election: Election, counting: Counting = "published") -> tuple[Count, Table]:
    """The count, and the ballots counted as arrays (voters renumbered from 0)."""
    read = _Reading(election)
    if counting != "published":
        return read.tally(counting)
    strict = read.tally("strict")
    if not strict[0].differences or not strict[0].marks:
        return strict
    lenient: tuple[Counting, ...] = ("all", "doubles") if "double-voter" in read.reasons else ("all",)
    ways = [strict, *map(read.tally, lenient)]
    return min(ways, key=lambda way: len(way[0].differences))


class _Reading:
    """All ballots as arrays, and which of them are marked."""

    def __init__(self, election: Election) -> None:
        self.election = election
        index = {project.id: at for at, project in enumerate(election.projects)}
        ballots = election.ballots
        self.lengths = np.fromiter((len(ballot.projects) for ballot in ballots), np.int64, len(ballots))
        found = [index.get(id, -1) for ballot in ballots for id in ballot.projects]
        self.project = np.array(found, np.int64)
        self.voter = np.repeat(np.arange(len(ballots)), self.lengths)
        starts = np.cumsum(self.lengths) - self.lengths
        self.place = np.arange(len(found)) - np.repeat(starts, self.lengths)
        self.points, self.unit = _points(ballots, self.lengths, election.vote_type)
        self.doubled = self._doubled()
        self.reasons = _reasons(self)
        self.marked = np.zeros(len(ballots), bool)
        for holds in self.reasons.values():
            self.marked |= holds

    def _doubled(self) -> Bools:
        """Entries that repeat a project of the same ballot."""
        key = self.voter * (len(self.election.projects) + 1) + self.project
        first = np.zeros(len(key), bool)
        first[np.unique(key, return_index=True)[1]] = True
        return ~first & (self.project >= 0)

    def marks(self) -> list[Mark]:
        names = list(self.reasons)
        rows = np.array(list(self.reasons.values()))
        ballots = self.election.ballots
        return [
            Mark(ballots[at].voter, ballots[at].row, tuple(names[row] for row in np.flatnonzero(rows[:, at])))
            for at in np.flatnonzero(self.marked)
        ]

    def tally(self, counting: Counting) -> tuple[Count, Table]:
        """The count by the way of scoring that agrees best with the file; where the file tells nothing, the first."""
        stays = ~self.marked if counting == "strict" else self.lengths > 0
        if counting == "all" and "double-voter" in self.reasons:
            stays &= ~self.reasons["double-voter"]
        keep = stays[self.voter] & (self.project >= 0) & ~self.doubled
        renumbered = np.cumsum(stays) - 1
        best: tuple[Count, Table] | None = None
        for name, value in self._scorings():
            table = Table(int(stays.sum()), renumbered[self.voter[keep]], self.project[keep], value[keep], self.unit)
            made = self._count(table, counting, name)
            if best is None or len(made.differences) < len(best[0].differences):
                best = made, table
            if not made.differences:
                break
        assert best is not None  # noqa: S101
        return best

    def _scorings(self) -> list[tuple[str, Ints]]:
        """Ways in which an entry gets its points, the likeliest first."""
        kind, one = self.election.vote_type, np.full(len(self.voter), self.unit, np.int64)
        if kind in (CUMULATIVE, SCORING):
            return [("points", self.points)]
        if kind != ORDINAL:
            return [("votes", one)]
        longest = min(self.election.limits.max_length, len(self.election.projects))
        ways = [
            ("places", np.maximum(longest - self.place, 0) * self.unit),
            ("places-all", (len(self.election.projects) - self.place) * self.unit),
            ("places-below", (len(self.election.projects) - 1 - self.place) * self.unit),
            ("places-own", (self.lengths[self.voter] - self.place) * self.unit),
        ]
        return [("points", self.points), *ways] if self.points.any() else ways

    def _count(self, table: Table, counting: str, scoring: str) -> Count:
        projects = self.election.projects
        votes, score = table.votes(len(projects)), table.score(len(projects))
        given = Decimal(0)
        if self.election.vote_type == SCORING and (given := self.election.limits.default_score):
            score = score + np.int64(given * self.unit) * (table.voters - votes)
        counted = {
            "votes": {each.id: Decimal(int(n)) for each, n in zip(projects, votes, strict=True)},
            "score": {each.id: _plain(int(n), table.unit) for each, n in zip(projects, score, strict=True)},
        }
        told, differences = 0, []
        for column, figures in counted.items():
            for each in projects:
                if (published := number(each.fields.get(column, ""))) is not None:
                    told += 1
                    if published != figures[each.id]:
                        differences.append(Difference(each.id, column, published, figures[each.id]))
        return Count(
            counted["votes"],
            counted["score"],
            len(self.election.ballots),
            table.voters,
            self.marks(),
            differences,
            told,
            counting,
            scoring,
        )


def _plain(value: int, unit: int) -> Decimal:
    return Decimal(value) if unit == 1 else Decimal(value) / unit


def _points(ballots: Sequence[Ballot], lengths: Ints, kind: str) -> tuple[Ints, int]:
    """Points of every entry times a unit that makes them whole; 0 where a ballot gives fewer points than projects."""
    if not any(ballot.points for ballot in ballots):
        return np.zeros(int(lengths.sum()), np.int64), 1
    flat: list[Decimal] = []
    for ballot in ballots:
        short = len(ballot.projects) - len(ballot.points)
        flat += ballot.points[: len(ballot.projects)] + (Decimal(0),) * max(0, short)
    unit = min(lcm(*(point.as_integer_ratio()[1] for point in set(flat))), 10**6)
    whole = [int(point * unit) for point in flat]
    return np.array(whole, np.int64) if max(map(abs, whole), default=0) < _LARGEST // 10**6 else _capped(whole), unit


def _capped(values: list[int]) -> Ints:
    """Points beyond all sense, cut to what can be added up exactly (their ballots are marked)."""
    most = _LARGEST // 10**6
    return np.array([max(-most, min(most, value)) for value in values], np.int64)


def _reasons(read: _Reading) -> dict[str, Bools]:
    """Per reason, which ballots it marks; reasons that mark none are left out."""
    election, limits, n = read.election, read.election.limits, len(read.election.ballots)

    def some(entries: Bools) -> Bools:
        return np.bincount(read.voter[entries], minlength=n) > 0

    chosen = np.bincount(read.voter[~read.doubled], minlength=n)
    found = {
        "blank": read.lengths == 0,
        "unknown-project": some(read.project < 0),
        "double-project": some(read.doubled),
        "double-voter": _double_voters(election.ballots),
        "too-long": chosen > limits.max_length,
        "too-short": (chosen < limits.min_length) & (read.lengths > 0),
        **_cost_reasons(read, n),
        **(_point_reasons(read, n, some) if election.vote_type in (CUMULATIVE, SCORING) else {}),
    }
    return {name: holds for name, holds in found.items() if holds.any()}


def _double_voters(ballots: Sequence[Ballot]) -> Bools:
    """Ballots of a voter who has one already; ballots without a voter's id cannot be told apart and stand."""
    seen: set[str] = set()
    marks = np.zeros(len(ballots), bool)
    for at, ballot in enumerate(ballots):
        if ballot.voter in seen:
            marks[at] = True
        elif ballot.voter:
            seen.add(ballot.voter)
    return marks


def _cost_reasons(read: _Reading, n: int) -> dict[str, Bools]:
    limits = read.election.limits
    if limits.min_sum_cost is None and limits.max_sum_cost is None:
        return {}
    known = (read.project >= 0) & ~read.doubled
    costs = np.array([float(project.cost) for project in read.election.projects])
    total = np.bincount(read.voter[known], costs[read.project[known]], n)
    found = {}
    if limits.max_sum_cost is not None:
        found["over-cost"] = total > float(limits.max_sum_cost) * (1 + 1e-12)
    if limits.min_sum_cost is not None:
        found["under-cost"] = (total < float(limits.min_sum_cost) * (1 - 1e-12)) & (read.lengths > 0)
    return found


def _point_reasons(read: _Reading, n: int, some: Callable[[Bools], Bools]) -> dict[str, Bools]:
    election, limits = read.election, read.election.limits
    total = np.bincount(read.voter, read.points, n).astype(float)
    given = np.fromiter((len(ballot.points) for ballot in election.ballots), np.int64, n)
    found: dict[str, Any] = {"points-missing": given != read.lengths}
    if election.vote_type == CUMULATIVE:
        found["points-negative"] = some(read.points < 0)
    for name, limit, above in (
        ("points-low", limits.min_points, False),
        ("points-high", limits.max_points, True),
    ):
        if limit is not None:
            bound = float(limit) * read.unit
            found[name] = some((read.points > bound) if above else (read.points < bound))
    if limits.max_sum_points is not None:
        found["sum-high"] = total > float(limits.max_sum_points) * read.unit + 1e-6
    if limits.min_sum_points is not None:
        found["sum-low"] = (total < float(limits.min_sum_points) * read.unit - 1e-6) & (read.lengths > 0)
    return found

"""The nucleolus: the shares under which the worst-off group is as well off as can be, then the next, and so on.

How badly off a group is: what it would have by itself less what it gets (its *excess*). Successive linear programmes
(B. Peleg; A. Kopelowitz 1967; method as in M. Guajardo and K. Jörnsten, EJOR 241 (2015), whose warnings on degenerate
programmes are heeded: a group is settled only where a positive dual proves that it is tight in *every* best solution,
and a group that settled ones determine is settled with them). `is_nucleolus` judges any shares by E. Kohlberg's
criterion (SIAM J. Appl. Math. 20 (1971)) and shares no step with the search.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from noren.errors import Unavailable
from noren.extras import optional
from noren.governance.money.games import Game, groups
from noren.governance.money.yen import Floats

CLOSE = 1e-9
AT_ONCE = 200
Masks = npt.NDArray[np.int64]


class Settled(NamedTuple):
    """Groups that are tight at a level; `alone` marks parties that are held at what they have alone."""

    groups: Masks
    alone: Masks


def nucleolus(game: Game) -> Floats:
    """Shares of n parties, `(n,)`: nobody worse off than alone where that is possible, else without that floor.

    Raises `Unavailable` when the solver gives up.
    """
    search = _Search(game)
    levels = []
    while search.rank < len(game.parties):
        levels.append(search.settle())
    shares = search.polished(levels)
    return -shares if game.cost else shares


def least_excess(game: Game) -> float:
    """How badly off the worst-off group must be, in yen; the core is empty where this is above zero."""
    if len(game.parties) == 1:
        return 0.0
    search = _Search(game, floor=False)
    return float(search.solve().x[-1]) * search.scale


def is_nucleolus(game: Game, shares: Floats, close: float = 1e-7) -> bool:
    """Whether the shares are the nucleolus, by Kohlberg's criterion.

    From the worst-off groups on: no shift of money that hurts none of the groups so far (and nobody who is held at
    what they have alone) may help one of them. `close` is relative to the largest sum in the game.
    """
    n = len(game.parties)
    scale = max(float(np.abs(game.worth).max()), 1e-300)
    got = (-shares if game.cost else shares) / scale
    value = game.value / scale
    if abs(got.sum() - value[-1]) > close:
        return False
    floors = _floors(value, n)
    if floors is not None and (got < floors - close).any():
        return False
    held = np.eye(n)[np.abs(got - floors) <= close] if floors is not None else np.zeros((0, n))
    member = groups(n)[1:-1]
    excess = value[1:-1] - member @ got
    return all(_balanced(member[excess >= level - close], held) for level in _levels(excess, member, close))


def of_airport(sizes: Floats) -> Floats:
    """The nucleolus where each needs a facility of some size, `(n,)`; any number (S. Littlechild, IJGT 3 (1974))."""
    order = np.argsort(sizes, kind="stable")
    cost, n = sizes[order], len(sizes)
    shares, first, paid, rate = np.empty(n), 0, 0.0, 0.0
    while first < n:
        inner = np.arange(first, n - 1)
        rates = np.append((cost[inner] - paid + rate) / (inner - first + 2), (cost[-1] - paid + rate) / (n - first))
        last = first + int(np.flatnonzero(rates <= rates.min() * (1 + 1e-12))[-1])
        rate, paid = float(rates.min()), float(cost[last])
        shares[order[first : last + 1]] = rate
        first = last + 1
    return shares


class _Search:
    """The programmes: `(x, e)` with the largest excess `e` of all groups that are not settled yet made least."""

    def __init__(self, game: Game, *, floor: bool = True) -> None:
        self.n = len(game.parties)
        self.scale = max(float(np.abs(game.worth).max()), 1e-300)
        self.value = game.value / self.scale
        self.member = groups(self.n)
        self.floors = _floors(self.value, self.n) if floor else None
        self.known = [(np.ones(self.n), self.value[-1])]
        self.basis = np.ones((1, self.n)) / np.sqrt(self.n)
        self.open = np.arange(1, (1 << self.n) - 1)

    @property
    def rank(self) -> int:
        return len(self.basis)

    def settle(self) -> Settled:
        """Solve one level and settle the groups that are tight in all its solutions."""
        found = self.solve()
        duals = np.abs(found.ineqlin.marginals)
        tight = self.rows[duals > CLOSE] if (duals > CLOSE).any() else self.rows[[int(duals.argmax())]]
        held = np.abs(found.lower.marginals[:-1]) > CLOSE if self.floors is not None else np.zeros(self.n, dtype=bool)
        excess = found.x[-1]
        for row, worth in [(self.member[mask], self.value[mask] - excess) for mask in tight]:
            self._learn(row, worth)
        self._drop_determined()
        return Settled(tight, np.flatnonzero(held))

    def solve(self) -> Any:
        """The best solution; rows join as they are broken, so that 65,000 groups need not stand in one programme."""
        sizes = self.member[self.open].sum(axis=1)
        self.rows = self.open[(sizes == 1) | (sizes == self.n - 1)] if len(self.open) > AT_ONCE else self.open
        if not len(self.rows):
            self.rows = self.open[:1]
        while True:
            found = self._programme()
            excess = self.value[self.open] - self.member[self.open] @ found.x[:-1]
            broken = np.flatnonzero(excess > found.x[-1] + CLOSE)
            new = np.setdiff1d(self.open[broken[np.argsort(-excess[broken], kind="stable")[:AT_ONCE]]], self.rows)
            if not len(new):
                return found
            self.rows = np.concatenate([self.rows, new])

    def polished(self, levels: list[Settled]) -> Floats:
        """The shares once more from the settled groups alone: one linear system, free of the solver's tolerance."""
        rows, right = [np.append(np.ones(self.n), np.zeros(len(levels)))], [self.value[-1]]
        for place, level in enumerate(levels):
            for mask in level.groups:
                rows.append(np.append(self.member[mask], np.eye(len(levels))[place]))
                right.append(self.value[mask])
            for party in level.alone if self.floors is not None else ():
                rows.append(np.append(np.eye(self.n)[party], np.zeros(len(levels))))
                right.append(self.value[1 << party])
        solution, _, rank, _ = np.linalg.lstsq(np.array(rows), np.array(right), rcond=None)
        if rank < self.n + len(levels):
            known, worths = zip(*self.known, strict=True)
            solution = np.linalg.lstsq(np.array(known), np.array(worths), rcond=None)[0]
        return np.asarray(solution[: self.n] * self.scale)

    def _programme(self) -> Any:
        least = [(None if self.floors is None else float(self.floors[i]), None) for i in range(self.n)]
        found = optional("scipy.optimize", "governance").linprog(
            np.append(np.zeros(self.n), 1.0),
            A_ub=np.column_stack([-self.member[self.rows], -np.ones(len(self.rows))]),
            b_ub=-self.value[self.rows],
            A_eq=np.array([np.append(row, 0.0) for row, _ in self.known]),
            b_eq=np.array([worth for _, worth in self.known]),
            bounds=[*least, (None, None)],
            method="highs",
        )
        if found.status != 0:
            raise Unavailable(f"The solver stopped: {found.message}", where="nucleolus", hint="Use the Shapley value.")
        return found

    def _learn(self, row: Floats, worth: float) -> None:
        rest = row - self.basis.T @ (self.basis @ row)
        rest -= self.basis.T @ (self.basis @ rest)
        length = float(np.linalg.norm(rest))
        if length > 1e-7:
            self.basis = np.vstack([self.basis, rest / length])
            self.known.append((row, worth))

    def _drop_determined(self) -> None:
        rows = self.member[self.open]
        rest = rows - (rows @ self.basis.T) @ self.basis
        self.open = self.open[np.linalg.norm(rest, axis=1) > 1e-7]


def _floors(value: Floats, n: int) -> Floats | None:
    alone = value[1 << np.arange(n)]
    return alone if alone.sum() <= value[-1] + CLOSE else None


def _levels(excess: Floats, member: Floats, close: float) -> list[float]:
    """The distinct excesses from the largest on, until the groups so far leave no room for any shift of money."""
    levels: list[float] = []
    for level in np.sort(excess)[::-1]:
        if not levels or level < levels[-1] - close:
            levels.append(float(level))
            so_far = np.vstack([np.ones(member.shape[1]), member[excess >= level - close]])
            if np.linalg.matrix_rank(so_far) == member.shape[1]:
                break
    return levels


def _balanced(tight: Floats, held: Floats) -> bool:
    n = tight.shape[1]
    kept = np.vstack([tight, held])
    found = optional("scipy.optimize", "governance").linprog(
        -tight.sum(axis=0),
        A_ub=-kept,
        b_ub=np.zeros(len(kept)),
        A_eq=np.ones((1, n)),
        b_eq=np.zeros(1),
        bounds=[(-1, 1)] * n,
        method="highs",
    )
    return bool(found.status == 0 and -found.fun <= 1e-7)

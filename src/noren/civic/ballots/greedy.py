"""Greedy rules: projects in the order of their votes or points, as long as there is money.

`greedy` passes over what does not fit; with `stop` it ends there; with `over` (a share below 1) it also takes the first
that does not fit, when the money left covers that share of its cost. Ties go to the cheaper project.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from fractions import Fraction
from itertools import groupby
from types import MappingProxyType
from typing import NamedTuple

from noren.civic.ballots.profile import Profile


class Tie(NamedTuple):
    """Projects that stood equal, and the one that was put first."""

    projects: tuple[int, ...]
    first: int


class Chosen(NamedTuple):
    """What a rule chooses, in its order, and where it had to break a tie; `facts` for whoever explains it."""

    winners: tuple[int, ...]
    ties: tuple[Tie, ...] = ()
    facts: Mapping[str, object] = MappingProxyType({})


def greedy(
    profile: Profile,
    *,
    among: Collection[int] | None = None,
    budget: int | None = None,
    stop: bool = False,
    over: Fraction | None = None,
    prefer: Collection[int] = (),
    start: tuple[int, ...] = (),
) -> Chosen:
    """Choose from `among` (all eligible projects when left out) within `budget`, on top of those in `start`."""
    order = profile.order(prefer)
    candidates = sorted(
        (p for p in (profile.eligible if among is None else among) if p not in start),
        key=lambda p: (-profile.merit[p], order[p]),
    )
    left = (profile.budget if budget is None else budget) - profile.spent(start)
    winners = list(start)
    for p in candidates:
        if profile.costs[p] <= left:
            winners.append(p)
            left -= profile.costs[p]
        elif stop:
            if over is not None and left >= over * profile.costs[p]:
                winners.append(p)
            break
    return Chosen(tuple(winners), _ties(profile, candidates))


def by_part(profile: Profile, parts: dict[str, tuple[int, list[int]]], prefer: Collection[int] = ()) -> Chosen:
    """Greedy within each part (a category, a district), by that part's own budget."""
    each = [greedy(profile, among=members, budget=budget, prefer=prefer) for budget, members in parts.values()]
    return Chosen(
        tuple(p for chosen in each for p in chosen.winners), tuple(tie for chosen in each for tie in chosen.ties)
    )


def top(profile: Profile, merit: Collection[int], seats: int, prefer: Collection[int] = ()) -> Chosen:
    """The `seats` highest by `merit`, where nothing is paid."""
    values, order = list(merit), profile.order(prefer)
    ranked = sorted(profile.passing(), key=lambda p: (-values[p], order[p]))
    return Chosen(tuple(ranked[:seats]), _equal(ranked, lambda p: values[p]))


def _ties(profile: Profile, candidates: list[int]) -> tuple[Tie, ...]:
    return _equal(candidates, lambda p: profile.merit[p])


def _equal(ranked: list[int], key: Callable[[int], int]) -> tuple[Tie, ...]:
    groups = (tuple(group) for _, group in groupby(ranked, key=key))
    return tuple(Tie(group, group[0]) for group in groups if len(group) > 1)

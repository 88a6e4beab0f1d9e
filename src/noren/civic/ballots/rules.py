"""What a rule gives: winners in order, ties with what another break would change, figures for the voters.

Names to know: `decide`, `Outcome`, `Figures`.
"""

from __future__ import annotations

from collections.abc import Collection
from decimal import Decimal
from typing import Any

import msgspec
import numpy as np

from noren.civic.ballots.greedy import Chosen, Tie
from noren.civic.ballots.methods import Case, choose
from noren.civic.ballots.profile import Profile

_TIES_TRIED = 40
"""How many other ways to break ties are tried in one outcome."""


class Figures(msgspec.Struct, frozen=True):
    """What an outcome means for the voters: money spent; voters with at least one winner they voted for, and their
    share; how many winners, and winners' cost, a voter has on average."""

    spent: Decimal
    of_budget: float | None
    voters_with_winner: int
    share_with_winner: float
    winners_per_voter: float
    cost_per_voter: float


class Change(msgspec.Struct, frozen=True):
    """What would be otherwise if a tie were broken for `first`."""

    first: str
    gained: tuple[str, ...]
    lost: tuple[str, ...]


class BrokenTie(msgspec.Struct, frozen=True):
    """Projects that stood equal, how that was broken (cost, votes, order), for whom, and what else could have been."""

    projects: tuple[str, ...]
    by: str
    first: str
    changes: tuple[Change, ...]


class Outcome(msgspec.Struct, frozen=True):
    """What one rule gives; `facts` are words of the rule's own (share of a voter, rounds of a run-off)."""

    rule: str
    winners: tuple[str, ...]
    ties: tuple[BrokenTie, ...]
    figures: Figures
    facts: dict[str, Any]


def decide(case: Case, rule: str) -> Outcome:
    """The outcome under `rule`; raises `BadInput` for a name that is no rule."""
    chosen = choose(case, rule)
    return Outcome(
        rule,
        case.names(chosen.winners),
        tuple(_broken(case, rule, chosen, tie, tries) for tie, tries in _tries(chosen.ties)),
        figures(case.profile, chosen.winners),
        _facts(case, chosen),
    )


def _tries(ties: Collection[Tie]) -> list[tuple[Tie, int]]:
    """Each tie with how many other breaks of it are tried: an outcome with very many ties does not take for ever."""
    left, found = _TIES_TRIED, []
    for tie in ties:
        found.append((tie, min(left, len(tie.projects) - 1)))
        left -= found[-1][1]
    return found


def figures(profile: Profile, winners: Collection[int]) -> Figures:
    """Equality and representation of an outcome."""
    has = np.zeros(profile.voters, np.int64)
    for p in winners:
        has[profile.supporters[p]] += 1
    some, voters, spent = int((has > 0).sum()), max(1, profile.voters), profile.spent(winners)
    cost = sum(profile.costs[p] * len(profile.supporters[p]) for p in winners) / profile.unit
    of_budget = spent / profile.budget if profile.budget else None
    return Figures(profile.money(spent), of_budget, some, some / voters, float(has.sum()) / voters, cost / voters)


def _facts(case: Case, chosen: Chosen) -> dict[str, Any]:
    facts = dict(chosen.facts)
    if "share" in facts:
        facts["share"] = round(float(facts["share"]), 4)  # type: ignore[arg-type]
    if isinstance(rounds := facts.get("rounds"), list):
        facts["rounds"] = [{case.profile.ids[p]: n for p, n in each.items()} for each in rounds]
    for key in ("condorcet", "added"):
        if isinstance(value := facts.get(key), (int, tuple)):
            facts[key] = case.profile.ids[value] if isinstance(value, int) else case.names(value)
    return facts


def _broken(case: Case, rule: str, chosen: Chosen, tie: Tie, tried: int) -> BrokenTie:
    order = case.profile.order()
    costs = {order[p][1] for p in tie.projects}
    votes = {order[p][2] for p in tie.projects if order[p][1] == min(costs)}
    by = "cost" if len(costs) > 1 else "votes" if len(votes) > 1 else "order"
    others = [p for p in tie.projects if p != tie.first][:tried]
    changes = (_change(case, rule, chosen, p) for p in others)
    return BrokenTie(case.names(tie.projects), by, case.profile.ids[tie.first], tuple(each for each in changes if each))


def _change(case: Case, rule: str, chosen: Chosen, first: int) -> Change | None:
    """What putting `first` first would change."""
    other = choose(case, rule, (first,)).winners
    gained = [p for p in other if p not in chosen.winners]
    lost = [p for p in chosen.winners if p not in other]
    return Change(case.profile.ids[first], case.names(gained), case.names(lost)) if gained or lost else None

"""Rules as the literature defines them, in fractions, with no thought for speed: what the fast ones are judged by."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction
from itertools import combinations

from hypothesis import strategies as st

from noren.civic.ballots import Ballot, Election, Project

Utilities = list[dict[int, Fraction]]


def utilities(election: Election, cost: bool) -> Utilities:
    """Per voter what each project is worth to them."""
    at = {project.id: n for n, project in enumerate(election.projects)}
    found: Utilities = []
    for ballot in election.ballots:
        worth: dict[int, Fraction] = {}
        for place, id in enumerate(ballot.projects):
            value = Fraction(1)
            if election.vote_type == "cumulative":
                value = Fraction(ballot.points[place])
            elif election.vote_type == "ordinal":
                value = Fraction(len(election.projects) - place)
            worth[at[id]] = value * (Fraction(election.projects[at[id]].cost) if cost else 1)
        found.append({p: value for p, value in worth.items() if value > 0})
    return found


def price(cost: Fraction, supporters: Sequence[tuple[Fraction, Fraction]]) -> Fraction | None:
    """The least rho with sum(min(money, rho * utility)) = cost, found among all ways to split supporters at rho."""
    if sum((money for money, _ in supporters), Fraction(0)) < cost:
        return None
    for rho in sorted({money / worth for money, worth in supporters}):
        if sum((min(money, rho * worth) for money, worth in supporters), Fraction(0)) >= cost:
            poor = sum((money for money, worth in supporters if money < rho * worth), Fraction(0))
            rich = sum((worth for money, worth in supporters if money >= rho * worth), Fraction(0))
            return (cost - poor) / rich
    raise AssertionError("the richest pay it all")


def equal_shares(election: Election, cost: bool, money: Fraction) -> list[int]:
    """The method of equal shares with `money` for each voter; ties to the cheaper, more voted for, first listed."""
    worth, purses = utilities(election, cost), [money for _ in election.ballots]
    costs = [Fraction(project.cost) for project in election.projects]
    votes = [sum(p in each for each in worth) for p in range(len(costs))]
    chosen: list[int] = []
    while True:
        prices = {}
        for p in set(range(len(costs))) - set(chosen):
            behind = [(purses[i], each[p]) for i, each in enumerate(worth) if p in each]
            if behind and (rho := price(costs[p], behind)) is not None:
                prices[p] = rho
        if not prices:
            return chosen
        least = min(prices.values())
        best = min((p for p in prices if prices[p] == least), key=lambda p: (costs[p], -votes[p], p))
        for i, each in enumerate(worth):
            if best in each:
                purses[i] -= min(purses[i], least * each[best])
        chosen.append(best)


def add1(election: Election, cost: bool, exhaustive: bool = False) -> list[int]:
    """Every step of 1, one after the other."""
    budget, voters = Fraction(election.budget or 0), len(election.ballots)
    costs = [Fraction(project.cost) for project in election.projects]
    wanted = {p for each in utilities(election, cost) for p in each if costs[p] <= budget}
    raised = 0
    chosen = equal_shares(election, cost, budget / voters)
    while True:
        left = budget - sum((costs[p] for p in chosen), Fraction(0))
        waiting = wanted - set(chosen)
        if not waiting or (exhaustive and all(costs[p] > left for p in waiting)):
            return chosen
        raised += 1
        following = equal_shares(election, cost, budget / voters + raised)
        if sum((costs[p] for p in following), Fraction(0)) > budget:
            return chosen
        chosen = following


def best_bundles(costs: Sequence[Fraction], budget: Fraction) -> set[frozenset[int]]:
    """Every set of projects that fits."""
    every = range(len(costs))
    sets = (frozenset(each) for size in range(len(costs) + 1) for each in combinations(every, size))
    return {each for each in sets if sum((costs[p] for p in each), Fraction(0)) <= budget}


@st.composite
def elections(draw: st.DrawFn, kinds: Sequence[str] = ("approval", "cumulative", "ordinal")) -> Election:
    """Small elections in which ties and projects that can just be paid are common."""
    kind = draw(st.sampled_from(kinds))
    costs = draw(st.lists(st.integers(1, 12), min_size=1, max_size=6))
    ids = [f"p{n}" for n in range(len(costs))]
    ballots = []
    for voter in range(draw(st.integers(1, 8))):
        chosen = tuple(draw(st.lists(st.sampled_from(ids), unique=True, min_size=1)))
        points = tuple(Decimal(draw(st.integers(1, 4))) for _ in chosen) if kind == "cumulative" else ()
        ballots.append(Ballot(str(voter), chosen, points))
    budget = Decimal(draw(st.integers(max(costs), 30)))
    return Election(kind, [Project(id, Decimal(cost)) for id, cost in zip(ids, costs, strict=True)], ballots, budget)

"""Every rule by its name, and what it gives: winners in order, ties with what another break would change, figures.

Names follow Pabulib's `rule` field where it has one. Names to know: `RULES`, `decide`, `applicable`, `Outcome`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from decimal import Decimal
from fractions import Fraction
from functools import partial
from typing import Any

import msgspec
import numpy as np

from noren.civic.ballots import ranked, shares
from noren.civic.ballots.counting import Count, Counting, Ints, tally
from noren.civic.ballots.election import APPROVAL, CHOOSE_ONE, ORDINAL, Election, number
from noren.civic.ballots.greedy import Chosen, Tie, by_part, greedy, top
from noren.civic.ballots.profile import Profile, profile, rankings
from noren.errors import BadInput

Told = Callable[[float], None]
_TIES_TRIED = 40
"""How many other ways to break ties are tried in one outcome."""
_RULES_OF_PARTS = (("category", "categories"), ("neighborhood", "neighborhoods"), ("district", "subdistricts"))
_ENOUGH = re.compile(r"(\d{2})\s*% of (?:that|the|this) project")


_CHOICES_OF = {
    ORDINAL: ["plurality", "borda", "runoff", "schulze"],
    CHOOSE_ONE: ["plurality"],
    APPROVAL: ["approval"],
}


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


class Case(msgspec.Struct):
    """An election counted and ready to be decided by any rule; results of costly rules are kept."""

    election: Election
    count: Count
    profile: Profile
    rankings: Ints
    told: Told | None = None
    kept: dict[Any, Chosen] = {}

    @classmethod
    def of(cls, election: Election, counting: Counting = "published", told: Told | None = None) -> Case:
        """Count the ballots and make them ready; `told` hears of progress as a share of the whole."""
        count, table = tally(election, counting)
        return cls(election, count, profile(election, table), rankings(election, table), told)

    def names(self, projects: Collection[int]) -> tuple[str, ...]:
        """Ids of projects given by their place in the list."""
        return tuple(self.profile.ids[p] for p in projects)


Rule = Callable[[Case, Collection[int]], Chosen]


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


def choose(case: Case, rule: str, prefer: Collection[int] = ()) -> Chosen:
    """Winners under `rule`, ties broken for those in `prefer`."""
    if rule not in RULES:
        raise BadInput(f"There is no rule {rule!r}.", hint=f"Rules: {', '.join(RULES)}.")
    key = (rule, tuple(prefer))
    if key not in case.kept:
        case.kept[key] = RULES[rule](case, prefer)
    return case.kept[key]


def applicable(election: Election) -> list[str]:
    """The rules that make sense for the election: by its kind of ballot, and whether there is a budget."""
    if election.budget is None:
        return _CHOICES_OF.get(election.vote_type, ["points"])
    found = ["greedy"]
    found += ["greedy-threshold"] if election.threshold else []
    found += ["greedy-no-skip"]
    found += ["greedy-reserve"] if enough(election) else []
    found += ["greedy-parts"] if parts(election) else []
    found += ["equalshares", "equalshares/add1", "equalshares/add1u", "equalshares-count/add1u"]
    return found + [rule for rule in [stated(election)] if rule and rule not in found]


def stated(election: Election) -> str:
    """The rule by which the file says that it was decided, one of `RULES`; "" when unknown or told in words."""
    if election.rule == "greedy-custom":
        return "greedy-reserve" if enough(election) else ""
    if election.rule == "greedy-exclusive":
        return "greedy-threshold" if election.threshold else "greedy"
    return election.rule if election.rule in RULES else ""


def enough(election: Election) -> Fraction | None:
    """The share of a project's cost that must be left so that a reserve pays the rest, where the comment tells one."""
    found = _ENOUGH.search(election.meta.get("comment", ""))
    return Fraction(int(found[1]), 100) if found else None


def parts(election: Election) -> dict[str, tuple[Decimal, list[int]]]:
    """Budgets of parts (categories, neighbourhoods, districts) and their projects, where META states them."""
    for column, names in _RULES_OF_PARTS:
        told = _listed(election.meta.get(f"budget_per_{column}", ""))
        budgets = [number(each) for each in told]
        named = _listed(election.meta.get(names, ""))
        if told and len(named) == len(budgets) and None not in budgets:
            where = [each.fields.get(column) for each in election.projects]
            members = {name: [p for p, at in enumerate(where) if at == name] for name in named}
            return {name: (budget or Decimal(0), members[name]) for name, budget in zip(named, budgets, strict=True)}
    return {}


def _listed(text: str) -> list[str]:
    return [part for each in text.strip("[](){} ").split(",") if (part := each.strip(" '\""))]


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


def _greedy(case: Case, prefer: Collection[int], *, passing: bool = False, stop: bool = False) -> Chosen:
    among = case.profile.passing() if passing else case.profile.eligible
    return greedy(case.profile, among=among, stop=stop, prefer=prefer)


def _reserve(case: Case, prefer: Collection[int]) -> Chosen:
    over = enough(case.election) or Fraction(4, 5)
    return greedy(case.profile, among=case.profile.passing(), stop=True, over=over, prefer=prefer)


def _by_part(case: Case, prefer: Collection[int]) -> Chosen:
    eligible = set(case.profile.passing())
    found = {
        name: (int(budget * case.profile.unit), [p for p in members if p in eligible])
        for name, (budget, members) in parts(case.election).items()
    }
    return by_part(case.profile, found, prefer)


def _shares(
    case: Case, prefer: Collection[int], *, cost: bool, add1: bool, full: bool = False, rule: str = ""
) -> Chosen:
    key = ("shares", cost, add1, full, tuple(prefer))
    if key not in case.kept:
        case.kept[key] = (
            shares.add1(case.profile, cost_utility=cost, exhaustive=full, prefer=prefer, told=case.told)
            if add1
            else shares.equal_shares(case.profile, cost_utility=cost, prefer=prefer)
        )
    return _completed(case, rule, case.kept[key], prefer)


def _completed(case: Case, rule: str, made: Chosen, prefer: Collection[int] = ()) -> Chosen:
    """The completion that the rule's name tells: greedy with what is left (u), or the comparison with greedy."""
    if rule.endswith("u"):
        more = greedy(case.profile, among=case.profile.passing(), start=made.winners, prefer=prefer)
        return more._replace(ties=made.ties, facts={**made.facts, "added": more.winners[len(made.winners) :]})
    if rule.endswith("comparison"):
        return _compared(case, made, prefer)
    return made


def _compared(case: Case, made: Chosen, prefer: Collection[int]) -> Chosen:
    """Equal shares, unless more voters have more winners under greedy (the step of Wieliczka 2023)."""
    usual = greedy(case.profile, among=case.profile.passing(), prefer=prefer)
    gain = np.zeros(case.profile.voters, np.int64)
    for winners, sign in ((made.winners, 1), (usual.winners, -1)):
        for p in winners:
            gain[case.profile.supporters[p]] += sign
    better, worse = int((gain > 0).sum()), int((gain < 0).sum())
    kept = made if better >= worse else usual
    return kept._replace(facts={**made.facts, "prefer_shares": better, "prefer_greedy": worse})


def _top(case: Case, prefer: Collection[int], merit: Collection[int]) -> Chosen:
    return top(case.profile, merit, case.election.seats, prefer)


def _plurality(case: Case, prefer: Collection[int]) -> Chosen:
    if case.election.vote_type != ORDINAL:
        return _top(case, prefer, case.profile.votes)
    return _top(case, prefer, [int(n) for n in ranked.plurality(case.rankings, len(case.profile.ids))])


def _runoff(case: Case, prefer: Collection[int]) -> Chosen:
    chosen = ranked.runoff(case.rankings, case.profile.passing(), _listing(case, prefer))
    return chosen._replace(winners=chosen.winners[: case.election.seats])


def _schulze(case: Case, prefer: Collection[int]) -> Chosen:
    listing, among = _listing(case, prefer), case.profile.passing()
    chosen = ranked.schulze(case.rankings, among, len(case.profile.ids), listing)
    return chosen._replace(winners=chosen.winners[: case.election.seats])


def _listing(case: Case, prefer: Collection[int]) -> list[int]:
    """All projects, those that a tie is broken for first: more points, then the first listed."""
    merit = case.profile.merit
    return sorted(range(len(merit)), key=lambda p: (p not in prefer, -merit[p], p))


def _equal(cost: bool, add1: bool, rule: str, full: bool = False) -> Rule:
    return partial(_shares, cost=cost, add1=add1, full=full, rule=rule)


CHOICES: dict[str, Rule] = {
    "plurality": _plurality,
    "approval": lambda case, prefer: _top(case, prefer, case.profile.votes),
    "points": lambda case, prefer: _top(case, prefer, case.profile.merit),
    "borda": lambda case, prefer: _top(case, prefer, case.profile.merit),
    "runoff": _runoff,
    "schulze": _schulze,
}
"""Rules that choose without money."""
RULES: dict[str, Rule] = {
    "greedy": _greedy,
    "greedy-threshold": partial(_greedy, passing=True),
    "greedy-no-skip": partial(_greedy, passing=True, stop=True),
    "greedy-reserve": _reserve,
    "greedy-parts": _by_part,
    "equalshares": _equal(True, False, "equalshares"),
    "equalshares-comparison": _equal(True, False, "equalshares-comparison"),
    "equalshares/u": _equal(True, False, "equalshares/u"),
    "equalshares/add1": _equal(True, True, "equalshares/add1"),
    "equalshares/add1-full": _equal(True, True, "equalshares/add1-full", full=True),
    "equalshares/add1-comparison": _equal(True, True, "equalshares/add1-comparison"),
    "equalshares/add1u": _equal(True, True, "equalshares/add1u"),
    "equalshares-count": _equal(False, False, "equalshares-count"),
    "equalshares-count/add1": _equal(False, True, "equalshares-count/add1"),
    "equalshares-count/add1u": _equal(False, True, "equalshares-count/add1u"),
    **CHOICES,
}

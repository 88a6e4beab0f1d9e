"""The official outcome beside the rules: which rule gives it, and what explains it where none does.

An explanation is only given when the file bears it out: a tie broken the other way, a project left out, a reserve, a
budget or parts of a budget under which the rule gives exactly what was decided. What stays open is said to be open.
Names to know: `explain`, `Official`, `Reason`.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from difflib import SequenceMatcher
from typing import Any

import msgspec

from noren.civic.ballots.election import WITHDRAWN_COST, Project
from noren.civic.ballots.greedy import Chosen, greedy
from noren.civic.ballots.profile import Profile
from noren.civic.ballots.rules import Case, Outcome, choose, stated

_ALIKE = 0.8
_PARTS = ("category", "district", "neighborhood", "subunit")
Choose = Callable[[Collection[int], Collection[int]], Chosen]


class Reason(msgspec.Struct, frozen=True):
    """One thing that explains (or fails to): `kind` is the key of a sentence in the messages, `values` fill it."""

    kind: str
    projects: tuple[str, ...] = ()
    values: dict[str, Any] = {}


class Official(msgspec.Struct, frozen=True):
    """The decision in the file, and how it is met.

    `rule` is the rule that the file names; `same` the rules that give exactly the decision; `reproduced` whether the
    named rule does. `missing` and `added` are the differences from `base`, the named (or likeliest) rule. `explained`
    is "told" where the file itself bears out the whole decision, "supposed" where the reasons lead exactly to it but
    the file does not say that they hold, "open" where nothing does.
    """

    winners: tuple[str, ...]
    special: dict[int, tuple[str, ...]]
    rule: str
    base: str
    reproduced: bool
    same: tuple[str, ...]
    missing: tuple[str, ...]
    added: tuple[str, ...]
    explained: str
    reasons: tuple[Reason, ...]


def explain(case: Case, outcomes: Collection[Outcome]) -> Official | None:
    """The official outcome against every rule; None when the file carries none."""
    told = case.election.official
    if told is None:
        return None
    every = frozenset().union(*told.values())
    readings = [told[1], told[1] | told.get(2, frozenset()), every]
    same = tuple(outcome.rule for outcome in outcomes if frozenset(outcome.winners) in readings)
    rule = stated(case.election)
    base = rule or (same[0] if same else "greedy-threshold" if case.election.threshold else "greedy")
    given = frozenset(case.names(choose(case, base).winners))
    aim = min(readings, key=lambda reading: len(reading ^ given))
    reasons, explained = _reasons(case, base, aim, same)
    return Official(
        _listed(case, told[1]),
        {value: _listed(case, ids) for value, ids in told.items() if value > 1},
        case.election.rule,
        base,
        bool(rule) and rule in same,
        same,
        _listed(case, aim - given),
        _listed(case, given - aim),
        explained,
        (*reasons, *_special(case, told), *_comments(case, reasons)),
    )


def _listed(case: Case, ids: Collection[str]) -> tuple[str, ...]:
    return tuple(id for id in case.profile.ids if id in ids)


def _reasons(case: Case, base: str, aim: frozenset[str], same: tuple[str, ...]) -> tuple[list[Reason], str]:
    """Why the decision differs from rule `base`; and how well that explains it."""
    if base in same:
        return [], "told" if stated(case.election) else "supposed"
    wanted = {p for p, id in enumerate(case.profile.ids) if id in aim}
    found = _other_rule(case, base, same)
    for step in (_tie_only, _conflicts, _own_parts, _exclusions, _other_budget):
        if (base.startswith("greedy") or step is _tie_only) and (reasons := step(case, base, wanted)):
            sure = ("tie", "conflict") if case.election.rule == "greedy-exclusive" else ("tie",)
            told = all(reason.kind in sure for reason in reasons)
            return [*found, *reasons], "told" if told else "supposed"
    return [*found, *_left_open(case, wanted)], "supposed" if found else "open"


def _other_rule(case: Case, base: str, same: tuple[str, ...]) -> list[Reason]:
    return [Reason("other-rule", values={"rule": base, "rules": list(same)})] if same else []


def _tie_only(case: Case, base: str, wanted: set[int]) -> list[Reason]:
    chosen, other = choose(case, base), choose(case, base, tuple(sorted(wanted)))
    if set(other.winners) != wanted:
        return []
    return _tie_reasons(case, chosen, wanted)


def _tie_reasons(case: Case, chosen: Chosen, wanted: set[int]) -> list[Reason]:
    """The ties that stand between those who were officially chosen and those who were not."""
    found = []
    for tie in chosen.ties:
        lost = [p for p in tie.projects if p in chosen.winners and p not in wanted]
        won = [p for p in tie.projects if p in wanted and p not in chosen.winners]
        if lost or won:
            values = {"first": case.profile.ids[tie.first], "points": _merit(case, tie.first)}
            found.append(Reason("tie", case.names(tie.projects), values))
    return found


def _merit(case: Case, p: int) -> str:
    value, unit = case.profile.merit[p], case.profile.merit_unit
    return f"{value / unit:g}" if unit > 1 else str(value)


def _ruled(case: Case, base: str) -> Choose:
    """The greedy rule `base` among some projects, ties broken for some."""
    profile, stop = case.profile, base in ("greedy-no-skip", "greedy-reserve")
    passing = set(profile.eligible if base == "greedy" else profile.passing())

    def chosen(without: Collection[int], prefer: Collection[int]) -> Chosen:
        return greedy(profile, among=[p for p in passing if p not in without], stop=stop, prefer=prefer)

    return chosen


def _conflicts(case: Case, base: str, wanted: set[int]) -> list[Reason]:
    """Exclusions all of which a chosen project explains."""
    reasons = _exclusions(case, base, wanted)
    return reasons if all(reason.kind in ("tie", "conflict") for reason in reasons) else []


def _exclusions(case: Case, base: str, wanted: set[int]) -> list[Reason]:
    """Break ties for the official winners, then leave out, one by one, whoever the rule takes and the city did not.

    [] when that does not lead to the decision: something was then chosen that the rule could not take.
    """
    ruled, without = _ruled(case, base), list[int]()
    plain, prefer = ruled((), ()), tuple(sorted(wanted))
    made = first = ruled((), prefer)
    while set(made.winners) != wanted:
        wrong = next((p for p in made.winners if p not in wanted), None)
        if wrong is None and base in ("greedy-no-skip", "greedy-reserve"):
            wrong = _stopper(case, ruled, without, prefer, wanted)
        if wrong is None:
            return []
        without.append(wrong)
        made = ruled(without, prefer)
    ties = _tie_reasons(case, plain, wanted) if set(first.winners) != set(plain.winners) else []
    return [*ties, *(_excluded(case, p, wanted) for p in without)]


def _stopper(case: Case, ruled: Choose, without: list[int], prefer: tuple[int, ...], wanted: set[int]) -> int | None:
    """The project at which a rule that passes over nothing ended, when the city passed over it."""
    order = case.profile.order(prefer)
    queue = sorted(case.profile.passing(), key=lambda p: (-case.profile.merit[p], order[p]))
    made = ruled(without, prefer).winners
    waiting = [p for p in queue if p not in made and p not in without]
    return waiting[0] if waiting and waiting[0] not in wanted else None


def _excluded(case: Case, p: int, wanted: set[int]) -> Reason:
    """A project that the rule takes and the city did not: in conflict with a chosen one, or not told why."""
    project = case.election.projects[p]
    twins = [other for other in sorted(wanted) if _alike(project, case.election.projects[other])]
    if twins:
        return Reason("conflict", (project.id,), {"others": list(case.names(twins))})
    if case.election.rule == "greedy-exclusive":
        return Reason("exclusive", (project.id,))
    return Reason("excluded", (project.id,), {"points": _merit(case, p), "cost": str(project.cost)})


def _alike(one: Project, other: Project) -> bool:
    """Whether two projects may be about the same thing: the same place, or nearly the same name."""
    places = [(each.fields.get("latitude", ""), each.fields.get("longitude", "")) for each in (one, other)]
    if all(places[0]) and places[0] == places[1]:
        return True
    first, second = one.name.casefold(), other.name.casefold()
    return bool(first and second) and SequenceMatcher(None, first, second).ratio() >= _ALIKE


def _own_parts(case: Case, base: str, wanted: set[int]) -> list[Reason]:
    """Parts (categories, districts) in each of which greedy gives the decision with what was spent there."""
    for column in _PARTS:
        names = [project.fields.get(column, "") for project in case.election.projects]
        passing = set(case.profile.eligible if base == "greedy" else case.profile.passing())
        members = {name: [p for p in passing if names[p] == name] for name in sorted(set(names))}
        if len(members) < 2 or len(members) > len(names) / 2 or "" in members:
            continue
        ranges = {name: budget_range(case.profile, part, wanted & set(part), base) for name, part in members.items()}
        if all(ranges.values()) and case.profile.spent(wanted) <= case.profile.budget and wanted <= passing:
            told = {name: _money(case, found) for name, found in ranges.items() if found}
            return [Reason("parts", values={"column": column, "budgets": told})]
    return []


def _other_budget(case: Case, base: str, wanted: set[int]) -> list[Reason]:
    members = case.profile.eligible if base == "greedy" else case.profile.passing()
    if wanted <= set(members) and (found := budget_range(case.profile, members, wanted, base)):
        low, high = _money(case, found)
        return [Reason("budget", values={"low": low, "high": high, "budget": str(case.election.budget)})]
    return []


def _money(case: Case, found: tuple[int, int | None]) -> list[str | None]:
    return [None if each is None else f"{case.profile.money(each):f}" for each in found]


def budget_range(
    profile: Profile, members: Collection[int], wanted: Collection[int], base: str = "greedy"
) -> tuple[int, int | None] | None:
    """The budgets (from, below) with which greedy among `members` gives just `wanted`; None when none does.

    If any budget does, then what `wanted` costs does, too: with less money left, what did not fit fits even less.
    """
    stop, spent = base in ("greedy-no-skip", "greedy-reserve"), profile.spent(wanted)
    if set(greedy(profile, among=members, budget=spent, stop=stop, prefer=wanted).winners) != set(wanted):
        return None
    order, above, limits = profile.order(wanted), 0, []
    for p in sorted(members, key=lambda p: (-profile.merit[p], order[p])):
        if p in wanted:
            above += profile.costs[p]
        else:
            limits.append(above + profile.costs[p])
            if stop:
                break
    return spent, min(limits, default=None)


def _left_open(case: Case, wanted: set[int]) -> list[Reason]:
    """What can be said of a decision that nothing in the file explains."""
    profile, found = case.profile, []
    over = profile.spent(wanted) - profile.budget
    if over > 0:
        found.append(Reason("overspent", values={"amount": f"{profile.money(over):f}"}))
    below = [p for p in sorted(wanted) if profile.merit[p] < profile.threshold]
    if below:
        found.append(Reason("below-threshold", case.names(below), {"threshold": str(case.election.threshold)}))
    return [*found, Reason("open")]


def _special(case: Case, told: dict[int, frozenset[str]]) -> list[Reason]:
    """Projects marked 2, 3 … and those that Pabulib marks as withdrawn."""
    found = [Reason("special", _listed(case, ids), {"value": value}) for value, ids in told.items() if value > 1]
    gone = [project.id for project in case.election.projects if project.cost == WITHDRAWN_COST]
    return [*found, Reason("withdrawn", tuple(gone))] if gone else found


def _comments(case: Case, reasons: list[Reason]) -> list[Reason]:
    """What the file itself says, where the decision needs explaining or the rule is told in words."""
    comment = case.election.meta.get("comment", "").strip()
    telling = reasons or case.election.rule in ("unknown", "greedy-custom")
    return [Reason("comment", values={"text": comment})] if comment and telling else []

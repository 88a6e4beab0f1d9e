"""Which initiatives to choose under a budget for each year: short against long returns, what one more million does.

A mixed-integer programme (scipy's HiGHS). An initiative may need others, exclude others, or be a must; a share says
that a layer, function or district gets at least so much of the money spent. Names to know: `choose`, `Choice`.
"""

from __future__ import annotations

import math
from typing import Any

import msgspec
import numpy as np

from noren.errors import Unavailable
from noren.extras import optional
from noren.governance.money.plans import Least, Plan
from noren.governance.money.words import Words, joined, money, told, words
from noren.governance.money.yen import Floats

MILLION = 1_000_000
FRONT = 60
FINE = 1e4  # the solver forgives a millionth; larger rows make that less than a yen


class Point(msgspec.Struct, frozen=True):
    """A choice that no other beats in the short and the long run at once."""

    short: float
    long: float
    chosen: tuple[str, ...]


class More(msgspec.Struct, frozen=True):
    """More money in one year: the gain of one more million yen, and how much it takes until something changes."""

    year: str
    gain: float
    joins: tuple[str, ...]
    leaves: tuple[str, ...]
    enough: float | None
    says: Words


class Choice(msgspec.Struct, frozen=True):
    """The best choice, what it leaves of each year's budget, the front, and what more money would do.

    Where nothing is possible, `chosen` is None and `clash` says which demands cannot stand together.
    """

    title: Words
    names: dict[str, Words]
    chosen: tuple[str, ...] | None
    short: float
    long: float
    spent: dict[str, float]
    left: dict[str, float]
    front: list[Point]
    whole_front: bool
    more: list[More]
    clash: list[Words]


class Row(msgspec.Struct, frozen=True):
    """One demand: `low <= coefficients @ chosen <= high`, and what it is in words."""

    says: Words
    coefficients: Floats
    low: float
    high: float


def choose(plan: Plan) -> Choice:
    """The best choice under the plan, or the demands that clash."""
    rows, ids = demands(plan), list(plan.initiative)
    names = {name: told(each.name) for name, each in plan.initiative.items()}
    best = _solve(_gains(plan), rows)
    if best is None:
        clash = [row.says for row in clashing(rows, len(ids))]
        return Choice(told(plan.title), names, None, 0.0, 0.0, {}, {}, [], True, [], clash)
    front, whole = pareto(plan, rows)
    spent = {year: float(_costs(plan, year) @ best) for year in plan.budget}
    left = {year: plan.budget[year] * plan.unit - spent[year] for year in plan.budget}
    short, long = _returns(plan)
    more = [_more(plan, year, best) for year in plan.budget]
    chosen = _named(ids, best)
    return Choice(
        told(plan.title), names, chosen, float(short @ best), float(long @ best), spent, left, front, whole, more, []
    )


def demands(plan: Plan, added: dict[str, float] | None = None) -> list[Row]:
    """Every demand of the plan as a row, budgets first; `added` is more money by year, in yen."""
    ids = list(plan.initiative)
    found = []
    for year, budget in plan.budget.items():
        most = budget * plan.unit + (added or {}).get(year, 0.0)
        found.append(Row(words("money.demand.budget", year=year, most=money(most)), _costs(plan, year), -np.inf, most))
    for place, (name, each) in enumerate(plan.initiative.items()):
        unit, says = np.eye(len(ids)), {"name": told(each.name)}
        if each.must:
            found.append(Row(words("money.demand.must", **says), unit[place], 1, 1))
        for other in each.needs:
            other_name = told(plan.initiative[other].name)
            row = unit[place] - unit[ids.index(other)]
            found.append(Row(words("money.demand.needs", **says, other=other_name), row, -np.inf, 0))
        for other in each.excludes:
            if name < other or name not in plan.initiative[other].excludes:
                other_name = told(plan.initiative[other].name)
                row = unit[place] + unit[ids.index(other)]
                found.append(Row(words("money.demand.excludes", **says, other=other_name), row, -np.inf, 1))
    return found + [_least(plan, least) for least in plan.least]


def clashing(rows: list[Row], n: int) -> list[Row]:
    """Demands that cannot stand together, while they could without any one of them (deletion filter)."""
    kept = list(rows)
    for row in reversed(rows):
        fewer = [each for each in kept if each is not row]
        if _solve(np.zeros(n), fewer) is None:
            kept = fewer
    return kept


def pareto(plan: Plan, rows: list[Row]) -> tuple[list[Point], bool]:
    """Every choice that none beats in both runs, the best in the short run first, and whether these are all."""
    ids, (short, long) = list(plan.initiative), _returns(plan)
    found: list[Point] = []
    bound = -np.inf
    step = 1e-7 * max(float(np.abs(long).sum()), 1e-9)
    while len(found) < FRONT:
        asked = [*rows, Row({}, long, bound, np.inf)]
        best = _solve(short, asked)
        if best is None:
            return found, True
        best = _solve(long, [*rows, Row({}, short, float(short @ best) - step, np.inf)], start=best)
        found.append(Point(float(short @ best), float(long @ best), _named(ids, best)))
        bound = float(long @ best) + 2 * step
    return found, False


def _more(plan: Plan, year: str, best: Floats) -> More:
    ids, gains = list(plan.initiative), _gains(plan)
    richer = _solve(gains, demands(plan, {year: MILLION}), start=best)
    gain = float(gains @ (richer - best))
    if gain <= 1e-9 * max(1.0, float(np.abs(gains).sum())):
        enough = _enough(plan, year, float(gains @ best))
        key = "money.more.never" if enough is None else "money.more.later"
        says = words(key, year=year, enough=money(0 if enough is None else math.ceil(enough)))
        return More(year, 0.0, (), (), enough, says)
    joins, leaves = _named(ids, np.maximum(richer - best, 0)), _named(ids, np.maximum(best - richer, 0))
    listed = {"joins": _listed(plan, joins), "leaves": _listed(plan, leaves), "gain": f"{gain:,.1f}"}
    says = words("money.more.swap" if leaves else "money.more.joins", year=year, **listed)
    return More(year, gain, joins, leaves, 0.0, says)


def _enough(plan: Plan, year: str, have: float) -> float | None:
    """The least further money in one year with which a better choice becomes possible."""
    gains, rows = _gains(plan), demands(plan, {year: np.inf})
    step = 1e-6 * max(1.0, float(np.abs(gains).sum()))
    found = _solve(-_costs(plan, year), [*rows, Row({}, gains, have + step, np.inf)])
    if found is None:
        return None
    return float(_costs(plan, year) @ found) - plan.budget[year] * plan.unit


def _solve(gains: Floats, rows: list[Row], start: Floats | None = None) -> Any:
    """The choice with the most gain as 0 and 1, or None where the demands clash; `start` stands in where it ties."""
    optimize, n = optional("scipy.optimize", "governance"), len(gains)
    limits = [_scaled(row) for row in rows]
    found = optimize.milp(
        -gains * FINE / max(float(np.abs(gains).max(initial=0.0)), 1e-300),
        constraints=[optimize.LinearConstraint(a[None, :], low, high) for a, low, high in limits],
        integrality=np.ones(n),
        bounds=optimize.Bounds(0, 1),
        options={"mip_rel_gap": 0},
    )
    if found.status == 2:
        return start
    if found.x is None or found.status != 0:
        raise Unavailable(f"The solver stopped: {found.message}", where="portfolio", hint="Ask for fewer initiatives.")
    chosen = np.round(found.x)
    return start if start is not None and gains @ chosen <= gains @ start else chosen


def _scaled(row: Row) -> tuple[Floats, float, float]:
    size = max(float(np.abs(row.coefficients).max(initial=0.0)), 1e-300) / FINE
    return row.coefficients / size, row.low / size, row.high / size


def _least(plan: Plan, least: Least) -> Row:
    inside = np.array([getattr(each, least.by) == least.of for each in plan.initiative.values()], dtype=np.float64)
    if least.count is not None:
        says = words("money.demand.count", of=least.of, count=least.count)
        return Row(says, inside, least.count, np.inf)
    cost = np.sum([_costs(plan, year) for year in plan.budget], axis=0)
    says = words("money.demand.share", of=least.of, share=f"{100 * (least.share or 0):.0f}")
    return Row(says, cost * (inside - (least.share or 0.0)), 0, np.inf)


def _costs(plan: Plan, year: str) -> Floats:
    return np.array([each.cost.get(year, 0.0) for each in plan.initiative.values()]) * plan.unit


def _returns(plan: Plan) -> tuple[Floats, Floats]:
    every = plan.initiative.values()
    return np.array([each.short for each in every]), np.array([each.long for each in every])


def _gains(plan: Plan) -> Floats:
    short, long = _returns(plan)
    return plan.weight * short + (1 - plan.weight) * long


def _named(ids: list[str], chosen: Floats) -> tuple[str, ...]:
    return tuple(name for name, taken in zip(ids, chosen, strict=True) if taken > 0.5)


def _listed(plan: Plan, ids: tuple[str, ...]) -> Words:
    return joined(told(plan.initiative[name].name) for name in ids)

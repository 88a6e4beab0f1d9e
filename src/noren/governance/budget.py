"""Money of the platform and its initiatives: planned and spent, who pays and who gains, what it is worth.

Worth and shares come from `governance/money`; here stands only how an initiative's own figures are put to it, and which
assumptions that takes.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

import msgspec

from noren.errors import BadInput, NorenError
from noren.governance.initiatives import Cost, Gain, each_of
from noren.governance.money import Asked, allocate, appraise, problem
from noren.governance.money.appraisal import Appraisal
from noren.governance.money.case import parse
from noren.governance.money.words import Words, words
from noren.governance.vision import Wrong
from noren.terms.records import BudgetLine, Initiative

if TYPE_CHECKING:
    from noren.view import View

Plain = dict[str, Any]
COMES_IN = ("saving", "benefit")
LONGEST = 100


async def lines_of(view: View, initiative: str) -> list[BudgetLine]:
    """The lines of an initiative's budget."""
    return [each async for each in view.find(BudgetLine, q=f'ofInitiative=="{initiative}"')]


async def gather(view: View) -> Plain:
    """The whole budget by year and payer; of the platform and of each initiative."""
    lines = [each async for each in view.find(BudgetLine)]
    names = {each.id: each.name or each.id async for each in view.find(Initiative)}
    of: dict[str | None, list[BudgetLine]] = defaultdict(list)
    for each in lines:
        of[each.of_initiative].append(each)
    parts = [{"id": id, "name": names.get(id, id) if id else None, "rows": totals(of[id])} for id in of]
    parts.sort(key=lambda part: (part["id"] is not None, str(part["name"])))
    return {"rows": totals(lines), "parts": parts, "initiatives": len(names)}


def totals(lines: Iterable[BudgetLine]) -> list[Plain]:
    """Sums by year, kind and payer; `actual` is None where nothing is known yet. Lines without a year stand last."""
    sums: dict[tuple[float, str, str, str], list[float | None]] = {}
    for each in lines:
        year = float("inf") if each.year is None else each.year
        row = sums.setdefault((year, each.line_kind or "cost", each.payer or "", each.receiver or ""), [None, None])
        for place, amount in enumerate((each.planned, each.actual)):
            if amount is not None:
                row[place] = (row[place] or 0.0) + amount
    return [
        {
            "year": None if year == float("inf") else int(year),
            "kind": kind,
            "payer": payer,
            "receiver": receiver,
            "planned": planned,
            "actual": actual,
        }
        for (year, kind, payer, receiver), (planned, actual) in sorted(sums.items(), key=lambda item: item[0])
    ]


class Worth(msgspec.Struct, rename="camel"):
    """What an initiative is worth, in yen of its first year, and what was assumed; or what is missing or wrong.

    `lacks`: "costs" or "gains" when it states none in money.
    """

    found: Appraisal | None = None
    years: tuple[int, int] | None = None
    assumed: list[Words] = []
    lacks: list[str] = []
    wrong: Wrong | None = None


def worth(initiative: Initiative, now: datetime) -> Worth:
    """The net present value of an initiative for all together and for each party, from its costs and gains."""
    try:
        costs, gains = each_of(initiative, "costs", Cost), each_of(initiative, "gains", Gain)
        counted = [each for each in gains if each.amount is not None]
        lacks = [name for name, there in (("costs", costs), ("gains", counted)) if not there]
        if lacks:
            return Worth(lacks=lacks)
        first, last = _span(initiative, costs, counted, now)
        found = appraise(parse(_case(initiative, costs, counted, first, last)))
    except NorenError as error:
        return Worth(wrong=Wrong(error.what, error.where, error.hint))
    return Worth(found, (first, last), [*found.assumptions, *_assumed(costs, gains, first, last)])


def _span(initiative: Initiative, costs: Sequence[Cost], gains: Sequence[Gain], now: datetime) -> tuple[int, int]:
    """First and last year that count."""
    dates = [each.year for each in (initiative.starts_on, initiative.ends_on) if each]
    years = [*dates, *(each.year for each in costs), *(y for each in gains for y in (each.first, each.last) if y)]
    first, last = min(years or [now.year]), max(years or [now.year])
    if last - first >= LONGEST:
        raise BadInput(f"It lasts from {first} to {last}.", where="costs, gains", hint="Correct a year.")
    return first, last


def _case(initiative: Initiative, costs: Sequence[Cost], gains: Sequence[Gain], first: int, last: int) -> Plain:
    parties = [*(each.payer for each in costs), *(each.who for each in gains)]
    return {
        "title": initiative.name or initiative.id,
        "start": first,
        "years": last - first + 1,
        "parties": {name: name for name in parties},
        "line": [*_spent(costs), *(_gained(each, first, last) for each in gains)],
    }


def _spent(costs: Sequence[Cost]) -> Iterable[Plain]:
    """A line for each payer; what comes back to the payer stands on the other side, transfers on none."""
    sums: dict[tuple[str, str], dict[str, float]] = defaultdict(dict)
    for each in costs:
        if each.kind == "cost" or each.kind in COMES_IN:
            amounts = sums[each.payer, each.kind]
            amounts[str(each.year)] = amounts.get(str(each.year), 0.0) + each.amount
    for (payer, kind), amounts in sums.items():
        side = "payer" if kind == "cost" else "payee"
        yield {"name": payer, "kind": kind, side: payer, "amounts": amounts}


def _gained(gain: Gain, first: int, last: int) -> Plain:
    kind = "saving" if gain.kind == "saving" else "benefit"
    span = {"from": gain.first or first, "to": gain.last or last}
    return {"name": gain.text or gain.who, "kind": kind, "payee": gain.who, "amount": gain.amount, **span}


def _assumed(costs: Sequence[Cost], gains: Sequence[Gain], first: int, last: int) -> Iterable[Words]:
    if any(each.amount is not None and not (each.first and each.last) for each in gains):
        yield words("governance.assume.gains", first=first, last=last)
    if any(each.kind != "cost" and each.kind not in COMES_IN for each in costs):
        yield words("governance.assume.transfers")
    if any(each.amount is None for each in gains):
        yield words("governance.assume.quality")


def shares(initiative: Initiative) -> Plain | None:
    """Who should pay how much of what is done together, where somebody stated what groups would pay by themselves.

    The rule is the first that applies (docs/money.md); the others are named with what each party would pay.
    """
    if initiative.sharing is None:
        return None
    try:
        shared = allocate(problem(msgspec.convert(initiative.sharing, Asked)))
        chosen = shared.under()
    except msgspec.ValidationError as error:
        what, _, where = str(error).partition(" - at ")
        return {"wrong": Wrong(f"{what}.", "sharing" + where.strip("`").removeprefix("$"), "docs/money.md shows it.")}
    except NorenError as error:
        return {"wrong": Wrong(error.what, f"sharing, {error.where}" if error.where else "sharing", error.hint)}
    return {
        "cost": shared.cost,
        "total": shared.total,
        "marks": shared.marks,
        "rule": chosen.name,
        "meaning": chosen.meaning,
        "says": chosen.says,
        "shares": [
            {"party": each.party, "name": each.name, "yen": each.yen, "alone": each.alone, "why": each.why}
            for each in chosen.shares
        ],
        "others": [
            {"rule": each.name, "yen": {share.party: share.yen for share in each.shares}}
            for each in shared.allocations
            if each.rule != chosen.rule
        ],
    }

"""`noren appraise`: is an undertaking worth its money, for whom, how surely, and does its account hold out?"""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Annotated

import msgspec
from cyclopts import Parameter
from rich.table import Table

from noren.cli.words import language, paper, tell
from noren.errors import BadInput
from noren.governance.money import Appraisal, Choice, appraisal, case, models, plans, portfolio
from noren.governance.money.words import Words, money, percent


def appraise(
    file: Path | None = None,
    /,
    *,
    model: str = "",
    draws: int | None = None,
    seed: int | None = None,
    as_json: Annotated[bool, Parameter(name="--json")] = False,
) -> None:
    """Appraise a case, or choose a portfolio under a budget; with --model print a template to fill in.

    Parameters
    ----------
    file
        A CASE.toml (costs and benefits by party) or a PLAN.toml (budgets and initiatives). docs/money.md shows both.
    model
        Print a template instead: office-area, residential-area or regional-city.
    draws
        How often uncertain figures are drawn; the file's number when left out.
    seed
        Another number, other draws; the same number, the same answer.
    as_json
        Report everything as JSON, for scripts.
    """
    if model:
        print(models.template(model), end="")
        return
    if file is None:
        raise BadInput("Nothing to appraise.", hint="Name a CASE.toml, or print one with --model office-area.")
    found = _found(file, draws, seed)
    if as_json:
        print(msgspec.json.encode(found).decode())
    elif isinstance(found, Choice):
        _show_choice(found)
    else:
        _show(found)


def _found(file: Path, draws: int | None, seed: int | None) -> Appraisal | Choice:
    if _is_plan(file):
        return portfolio.choose(plans.read(file))
    return appraisal.appraise(case.read(file, draws=draws, seed=seed))


def _is_plan(file: Path) -> bool:
    try:
        return "initiative" in tomllib.loads(file.read_text("utf-8"))
    except (OSError, ValueError):
        return False  # the reader of cases says what is wrong


def _show(found: Appraisal) -> None:
    for says in found.says:
        _say(says)
    paper.print(_measures(found))
    paper.print(_parties(found))
    for party in found.parties:
        _say(party.says)
    for table in (_life(found), _drivers(found), _turning(found), _account(found), _actual(found)):
        if table.row_count:
            paper.print(table)
    for says in found.assumptions:
        _say(says)


def _measures(found: Appraisal) -> Table:
    table = Table(title=tell("money.appraise.measures"), show_header=False)
    rates = ", ".join(f"{percent(each)} %" for each in found.rates) or tell("money.appraise.none")
    table.add_row(tell("money.appraise.npv"), money(found.npv))
    table.add_row(tell("money.appraise.ratio"), "—" if found.ratio is None else f"{found.ratio:.2f}")
    for each in found.other_rates:
        ratio = "—" if each.ratio is None else f"{each.ratio:.2f}"
        table.add_row(tell("money.appraise.at", rate=percent(each.rate)), f"{money(each.npv)} ({ratio})")
    table.add_row(tell("money.appraise.rates"), rates)
    table.add_row(tell("money.appraise.payback"), _years(found.payback))
    table.add_row(tell("money.appraise.paybackDiscounted"), _years(found.payback_discounted))
    return table


def _years(years: float | None) -> str:
    return tell("money.appraise.never") if years is None else f"{years:.1f}"


def _parties(found: Appraisal) -> Table:
    table = _table("parties", "pays", "gains", "net", "ninety", first="money.table.party")
    for each in found.parties:
        ends = f"{money(each.interval.low)} … {money(each.interval.high)}" if each.interval else "—"
        table.add_row(each.name[language()], money(each.pays), money(each.gains), money(each.npv), ends)
    return table


def _life(found: Appraisal) -> Table:
    table = _table("life", "unit", "yearly", "whole", first="money.appraise.what")
    for each in found.life:
        name = f"{each.name[language()]} ({each.party[language()]})"
        yearly = f"{each.yearly:,.0f}" if each.low == each.high else f"{each.low:,.0f} … {each.high:,.0f}"
        table.add_row(name, each.unit[language()], yearly, f"{each.whole:,.0f}")
    return table


def _drivers(found: Appraisal) -> Table:
    table = _table("drivers", "low", "high", first="money.appraise.what")
    for each in found.drivers[:10]:
        table.add_row(each.name[language()], money(each.driver.npv_low), money(each.driver.npv_high))
    return table


def _turning(found: Appraisal) -> Table:
    table = _table("turning", "amount", "times", first="money.appraise.what")
    for each in found.turning:
        table.add_row(each.name[language()], "—" if each.amount is None else money(each.amount), f"{each.times:.2f}")
    return table


def _account(found: Appraisal) -> Table:
    name = found.account.name[language()] if found.account else ""
    table = _table("account", "comes", "goes", "holds", first="money.appraise.year", party=name)
    for each in found.account.years if found.account else []:
        sums = money(each.comes), money(each.goes), money(each.holds)
        table.add_row(str(each.year), *sums, style="red" if each.holds < 0 else "")
    return table


def _actual(found: Appraisal) -> Table:
    table = _table("actual", "what", "payer", "planned", "spent", first="money.appraise.year")
    for each in found.budget:
        if each.actual is not None:
            table.add_row(
                str(each.year), each.line[language()], each.payer[language()], money(each.planned), money(each.actual)
            )
    return table


def _show_choice(found: Choice) -> None:
    if found.chosen is None:
        paper.print(tell("money.plan.clash"), style="red", soft_wrap=True)
        for says in found.clash:
            _say(says)
        return
    paper.print(f"{tell('money.plan.chosen')}: {_named(found, found.chosen)}", style="bold", soft_wrap=True)
    table = _table("", "money.plan.spent", "money.plan.left", first="money.appraise.year")
    for year, spent in found.spent.items():
        table.add_row(year, money(spent), money(found.left[year]))
    paper.print(table)
    for more in found.more:
        _say(more.says)
    front = Table(title=tell("money.plan.front"))
    for key in ("money.plan.short", "money.plan.long", "money.plan.chosen"):
        front.add_column(tell(key))
    for point in found.front:
        front.add_row(f"{point.short:,.1f}", f"{point.long:,.1f}", _named(found, point.chosen))
    paper.print(front)
    if not found.whole_front:
        paper.print(tell("money.plan.frontCut"), soft_wrap=True)


def _named(found: Choice, ids: tuple[str, ...]) -> str:
    return ", ".join(found.names[each][language()] for each in ids) or tell("money.appraise.none")


def _table(title: str, *keys: str, first: str, **values: object) -> Table:
    table = Table(title=tell(f"money.appraise.{title}", **values) if title else tell("money.plan.budget"))
    table.add_column(tell(first))
    for key in keys:
        right = key not in ("what", "payer", "unit")
        table.add_column(tell(key if "." in key else f"money.appraise.{key}"), justify="right" if right else "left")
    return table


def _say(says: Words) -> None:
    paper.print(f"- {says[language()]}", soft_wrap=True)

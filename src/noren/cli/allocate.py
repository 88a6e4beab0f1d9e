"""`noren allocate`: share the cost or benefit of something done together, under every rule, with reasons."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import msgspec
from cyclopts import Parameter
from rich.console import Console
from rich.table import Table

from noren.cli.words import language, tell
from noren.governance.money import Allocation, Shared, allocation
from noren.governance.money.problem import read
from noren.governance.money.words import money

FEW = 4


def allocate(game: Path, /, *, rule: str = "", as_json: Annotated[bool, Parameter(name="--json")] = False) -> None:
    """Share a cost or benefit among parties under every rule that fits, to the whole yen, and say why.

    Parameters
    ----------
    game
        A GAME.json: what groups of parties would pay by themselves, or claims and an estate, or a cost and its use.
        docs/money.md shows each form.
    rule
        The rule whose reasons are told: equal, by-use, by-benefit, by-alone, talmud, shapley, nucleolus, …
    as_json
        Report everything as JSON, for scripts.
    """
    shared = allocation.allocate(read(game))
    told = shared.under(rule or None)
    if as_json:
        print(msgspec.json.encode(shared).decode())
        return
    console = Console()
    for mark in shared.marks:
        console.print(mark[language()], style="yellow", soft_wrap=True)
    console.print(_table(shared))
    console.print(tell("money.table.why", rule=told.name[language()]), style="bold", soft_wrap=True)
    for sentence in (*(share.why for share in told.shares), told.says):
        console.print(f"- {sentence[language()]}", soft_wrap=True)


def _table(shared: Shared) -> Table:
    title = " · ".join(part for part in (shared.title[language()], tell("money.table.yen")) if part)
    rows = _rows(shared)
    if len(shared.allocations[0].shares) > FEW:
        rows = [list(row) for row in zip(*rows, strict=True)]
    table = Table(title=title)
    for place, heading in enumerate(rows[0]):
        table.add_column(heading, justify="right" if place else "left")
    for row in rows[1:]:
        table.add_row(*row)
    return table


def _rows(shared: Shared) -> list[list[str]]:
    """A row a rule, a column a party; turned round where the parties are many."""
    first = shared.allocations[0].shares
    rows = [[tell("money.table.rule"), *(each.name[language()] for each in first), tell("money.table.core")]]
    for each in shared.allocations:
        rows.append([each.name[language()], *(f"{share.yen:,}" for share in each.shares), _stands(each)])
    if all(share.alone is not None for share in first):
        rows.append([tell("money.table.alone"), *(money(share.alone or 0.0) for share in first), ""])
    return rows


def _stands(each: Allocation) -> str:
    return tell(f"money.table.{ {None: 'unknown', True: 'yes', False: 'no'}[each.stands] }")

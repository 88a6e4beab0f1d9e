"""`noren allocate`: share the cost or benefit of something done together, under every rule, with reasons."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import msgspec
from cyclopts import Parameter
from rich.table import Table

from noren.cli.words import language, paper, tell
from noren.governance.money import Allocation, Shared, allocation
from noren.governance.money.problem import read
from noren.governance.money.words import money

COLUMNS = 4


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
    for mark in shared.marks:
        paper.print(mark[language()], style="yellow", soft_wrap=True)
    for table in _tables(shared):
        paper.print(table)
    paper.print(tell("money.table.why", rule=told.name[language()]), style="bold", soft_wrap=True)
    for sentence in (*(share.why for share in told.shares), told.says):
        paper.print(f"- {sentence[language()]}", soft_wrap=True)


def _tables(shared: Shared) -> Iterator[Table]:
    """A row a rule, a column a party; many parties in several tables, so that no figure is cut off."""
    first = shared.allocations[0].shares
    for start in range(0, len(first), COLUMNS):
        places = range(start, min(start + COLUMNS, len(first)))
        table = Table(title=" · ".join(part for part in (shared.title[language()], tell("money.table.yen")) if part))
        table.add_column(tell("money.table.rule"), overflow="fold")
        for place in places:
            table.add_column(first[place].name[language()], justify="right")
        table.add_column(tell("money.table.core"))
        for each in shared.allocations:
            table.add_row(each.name[language()], *(f"{each.shares[place].yen:,}" for place in places), _stands(each))
        if all(share.alone is not None for share in first):
            table.add_row(tell("money.table.alone"), *(money(first[place].alone or 0.0) for place in places), "")
        yield table


def _stands(each: Allocation) -> str:
    return tell(f"money.table.{ {None: 'unknown', True: 'yes', False: 'no'}[each.stands] }")

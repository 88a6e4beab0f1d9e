"""`noren performance`: what public services cost per use, per user and per resident, place by place."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import msgspec
from cyclopts import Parameter
from rich.table import Table

from noren.cli.words import console, language, paper, tell
from noren.governance.money.performance import Performance, measure
from noren.governance.money.usage import read
from noren.governance.money.words import money


def performance(file: Path, /, *, as_json: Annotated[bool, Parameter(name="--json")] = False) -> None:
    """Tell what each public service costs per use, per user and per resident in each place, with how sure that is.

    Places keep the order of the file: no rank is made of them.

    Parameters
    ----------
    file
        A CSV or XLSX with the headings service, place, cost, uses and, where they are known, users, residents and
        reach (the share of residents who can get there, from 0 to 1).
    as_json
        Report everything as JSON, for scripts.
    """
    uses, wrong = read(file)
    found = measure(uses)
    for error in wrong:
        console.print(f"{error}", style="yellow", soft_wrap=True)
    if as_json:
        print(msgspec.json.encode({"rows": found, "refused": [str(each) for each in wrong]}).decode())
        return
    paper.print(_table(found))
    for row in found:
        for said in row.says:
            paper.print(f"- {row.service}, {row.place}: {said[language()]}", soft_wrap=True)


def _table(found: list[Performance]) -> Table:
    table = Table(title=tell("performance.title"))
    for key in ("service", "place"):
        table.add_column(tell(f"performance.{key}"), overflow="fold")
    for key in ("perUse", "range", "perUser", "perResident"):
        table.add_column(tell(f"performance.{key}"), justify="right")
    for row in found:
        mark = " *" if row.differs else ""
        span = f"{_yen(row.low)}–{_yen(row.high)}{mark}"
        table.add_row(row.service, row.place, _yen(row.per_use), span, _yen(row.per_user), _yen(row.per_resident))
    table.caption = tell("performance.note")
    return table


def _yen(amount: float | None) -> str:
    return "–" if amount is None else money(amount)

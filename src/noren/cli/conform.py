"""`noren conform`: hold a running city against the Japanese model."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import Annotated, Any

import msgspec
from cyclopts import Parameter
from rich.table import Table
from rich.text import Text

from noren.cli.words import console, language, paper, tell
from noren.conformance import REQUIREMENTS, City, Finding, Report
from noren.conformance import conform as judge
from noren.errors import BadInput

_COLOURS = {"met": "green", "broken": "red", "not shown": "yellow"}


def conform(
    url: str,
    /,
    *,
    token: list[str] | None = None,
    write: bool = False,
    mirror: list[str] | None = None,
    memory: Path | None = None,
    only: list[str] | None = None,
    as_json: Annotated[bool, Parameter(name="--json")] = False,
) -> None:
    """Ask a running city for what the Japanese model requires (docs/model). Another vendor's is asked in the same way.

    Ends with 1 when a MUST was seen broken, with 2 when a MUST that can be judged from outside was not shown, else 0.

    Parameters
    ----------
    url
        The city's address.
    token
        On whose behalf to ask, like government=TOKEN; roles are government, company, resident and other. Several may
        be given, also separated by commas.
    write
        Create test data about the resident of the token, as the company, and remove it afterwards.
    mirror
        Another place where the ledger can be read; several may be given.
    memory
        File with what was seen of the ledger before; it is kept for the next time.
    only
        Number of a requirement to ask for, like JM-4.1; several may be given. Everything when left out.
    as_json
        Report as JSON, for scripts.
    """
    city = City(url, _tokens(token or []), write=write, mirrors=mirror or (), memory=memory)
    with console.status(tell("conform.asking", url=city.url)):
        report = asyncio.run(_judge(city, only or []))
    if as_json:
        print(msgspec.json.encode(_plain(report)).decode())
    else:
        _show(report)
    sys.exit(report.status)


def _tokens(given: list[str]) -> dict[str, str]:
    found = {}
    for each in [part for text in given for part in text.split(",") if part]:
        role, equals, token = each.partition("=")
        if not equals or not token:
            raise BadInput("A token has a role.", where="--token", hint="Write government=TOKEN.")
        found[role] = token
    return found


async def _judge(city: City, only: list[str]) -> Report:
    try:
        return await judge(city, only)
    finally:
        await city.close()


def _because(finding: Finding) -> str:
    return tell(f"conform.because.{finding.because}", **finding.values)


def _plain(report: Report) -> dict[str, Any]:
    found = [
        {
            "requirement": each.requirement,
            "level": REQUIREMENTS[each.requirement].level,
            "says": REQUIREMENTS[each.requirement].said(language()),
            "state": each.state,
            "because": _because(each),
        }
        for each in report.findings
    ]
    counts = {state: report.count(state) for state in _COLOURS}
    return {"url": report.url, "status": report.status, "must": counts, "left": report.left, "findings": found}


def _show(report: Report) -> None:
    table = Table(title=Text(tell("conform.title", url=report.url)))
    for key in ("number", "requirement", "state", "why"):
        table.add_column(tell(f"conform.{key}"), overflow="fold", no_wrap=key == "number")
    for each in report.findings:
        one = REQUIREMENTS[each.requirement]
        state = Text(tell(f"conform.state.{each.state.replace(' ', '')}"), style=_COLOURS[each.state])
        table.add_row(f"{one.id}\n{one.level}", Text(one.said(language())), state, Text(_because(each)))
    paper.print(table)
    for key, level in (("conform.sum", "MUST"), ("conform.sumShould", "SHOULD")):
        met, broken, hidden = (report.count(state, level) for state in _COLOURS)
        paper.print(Text(tell(key, met=met, broken=broken, hidden=hidden)))
    paper.print(Text(tell("conform.note")))
    if report.left:
        paper.print(Text(tell("conform.left", ids=", ".join(report.left)), style="red"))

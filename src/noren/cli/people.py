"""`noren people`: how many people will live here, how old, what they need and who can do it."""

from __future__ import annotations

from math import isfinite
from pathlib import Path
from typing import Annotated

import msgspec
from cyclopts import Parameter
from rich.table import Table
from rich.text import Text

from noren.cli.words import console, paper, tell
from noren.governance.people import Outlook, look_ahead
from noren.governance.people.demand import STRAINED
from noren.governance.people.outlook import District
from noren.governance.people.picture import pyramid
from noren.governance.people.records import plain

MOST = 20
"""So many districts are listed; all are in the JSON."""
LEAST = 100
"""Districts of fewer people are not listed: their projection means little, and says much about the few."""


def people(
    folder: Path,
    /,
    *,
    place: str = "",
    to: int,
    scenario: str = "median",
    start: int | None = None,
    shares: Path | None = None,
    as_json: Annotated[bool, Parameter(name="--json")] = False,
) -> None:
    """Project the people of a place by age, and say what they need and who is left to do it.

    Parameters
    ----------
    folder
        A folder with tables in the United Nations' form (popM.tsv …), or a register of residents by district, sex and
        age: a folder of tables or one CSV or Excel file. Two counts five years apart give much better results than one.
    place
        The country in the tables; of a register, one of its districts. The whole register when left out.
    to
        The year to look ahead to.
    scenario
        median, low-fertility, high-fertility, no-migration, families-return, or a TOML file with your own figures.
    start
        The year of the count to begin with, where there are later ones (or forecasts); the newest when left out.
    shares
        A table with columns function and share: who works in what here. Japan's when left out.
    as_json
        Report as JSON, for scripts: every year by sex and age.
    """
    with console.status(tell("people.working")):
        found = look_ahead(folder, place, to, scenario, shares, start)
    if as_json:
        print(msgspec.json.encode(found, enc_hook=plain).decode())
        return
    show(found)


def show(found: Outlook) -> None:
    """The outlook in words, tables and two pyramids."""
    last = found.people[-1]
    name = found.scenario.name
    known = tell(f"people.scenario.{name}")
    words = name if known.startswith("people.") else known
    place = found.place or tell("people.place")
    paper.print(Text(tell("people.title", place=place, year=last.year, scenario=words), style="bold"))
    paper.print(tell(f"people.method.{found.method}"), soft_wrap=True)
    paper.print(_years(found))
    _pyramids(found)
    paper.print(_needs(found))
    paper.print(_first(found), soft_wrap=True)
    if len(found.districts) > 1:
        _districts(found)
    if found.remarks:
        paper.print(Text(tell("people.remarks"), style="bold"))
        for each in found.remarks[:MOST]:
            where = ", ".join(str(part) for part in (each.file, each.row, each.field) if part)
            paper.print(Text(f"  · {where}: {each.what}"), soft_wrap=True)
    for key in (*found.words, "people.assumed"):
        paper.print(f"- {tell(key)}", soft_wrap=True)


def _table(title: str, words: tuple[str, ...], figures: tuple[str, ...]) -> Table:
    table = Table(title=title or None)
    for heading in words:
        table.add_column(heading, overflow="fold")
    for heading in figures:
        table.add_column(heading, justify="right", overflow="fold")
    return table


def _years(found: Outlook) -> Table:
    keys = ("total", "young", "middle", "old", "oldest", "dependency", "workers")
    table = _table("", (tell("people.year"),), tuple(tell(f"people.{key}") for key in keys))
    unit = _unit(found)
    for y in found.years:
        counts = (y.total, y.under_15, y.from_15_to_64, y.from_65, y.from_75)
        figures = (f"{each / unit:,.0f}" for each in counts)
        table.add_row(
            str(y.year), *figures, f"{y.dependency:.0f}" if isfinite(y.dependency) else "–", f"{y.workers / unit:,.0f}"
        )
    table.caption = tell("people.thousands") if unit > 1 else None
    return table


def _unit(found: Outlook) -> int:
    """A country is shown in thousands."""
    return 1000 if found.people[0].total >= 1_000_000 else 1


def _pyramids(found: Outlook) -> None:
    ends = (found.people[0], found.people[-1])
    most = max(float(each.counts[:, :-1].max()) for each in ends) or 1.0
    for each in ends:
        paper.print(Text(tell("people.pyramid", year=each.year), style="bold"))
        drawn = pyramid(each, tell("people.men"), tell("people.women"), most=most)
        paper.print(Text(drawn), soft_wrap=True)


def _needs(found: Outlook) -> Table:
    first, last = str(found.people[0].year), str(found.people[-1].year)
    words = (tell("people.function"), tell("people.need"))
    table = _table(tell("people.needs"), words, (first, last, tell("people.load"), tell("people.breaks")))
    unit = _unit(found)
    table.caption = tell("people.thousands") if unit > 1 else None
    for each in found.strains:
        row = (tell(f"function.{each.function}"), tell(f"people.need.{each.need}"))
        amounts = (f"{each.amount[0] / unit:,.0f}", f"{each.amount[-1] / unit:,.0f}", f"{100 * each.ratio[-1]:.0f}")
        table.add_row(*row, *amounts, str(each.breaks or ""))
    return table


def _first(found: Outlook) -> str:
    broken = [each for each in found.strains if each.breaks]
    year = found.people[-1].year
    if not broken:
        return tell("people.nothing", year=year, percent=round(100 * STRAINED - 100))
    first = min(broken, key=lambda each: (each.breaks or year, -each.ratio[-1]))
    need, function = tell(f"people.need.{first.need}"), tell(f"function.{first.function}")
    percent = round(100 * first.ratio[-1] - 100)
    return tell("people.first", need=need, function=function, year=year, percent=percent, breaks=first.breaks)


def _districts(found: Outlook) -> None:
    first, last = str(found.people[0].year), str(found.people[-1].year)
    figures = (first, last, tell("people.change"), tell("people.share"))
    table = _table(tell("people.districts"), (tell("people.district"),), figures)
    listed = sorted((each for each in found.districts if each.now >= LEAST), key=_change)[:MOST]
    for each in listed:
        change = f"{100 * _change(each):+.0f} %"
        old = f"{100 * each.old_then / each.then:.0f} %" if each.then else ""
        table.add_row(each.name, f"{each.now:,.0f}", f"{each.then:,.0f}", change, old)
    paper.print(table)
    if len(found.districts) > len(listed):
        paper.print(tell("people.more", count=len(found.districts) - len(listed), least=LEAST), soft_wrap=True)


def _change(each: District) -> float:
    return each.then / each.now - 1 if each.now else 0.0

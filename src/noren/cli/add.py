"""`noren add`: bring a city's own files in."""

from __future__ import annotations

import asyncio
import sys
from datetime import datetime
from pathlib import Path
from typing import Annotated

import msgspec
from cyclopts import Parameter
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.prompt import Confirm
from rich.table import Table

from noren.city import City
from noren.cli.words import console, language, tell
from noren.errors import Conflict, NorenError
from noren.intake.add import Added, Adder, Tick
from noren.intake.convert import Place
from noren.intake.inbox import HandOver
from noren.intake.plans import Options, Plan, plan
from noren.terms import TYPES


def add(
    *files: Path,
    city: Path = Path(),
    yes: bool = False,
    as_json: Annotated[bool, Parameter(name="--json")] = False,
    type: str = "",
    name: str = "",
    licence: str = "",
    owner: str = "",
    source: str = "",
    until: datetime | None = None,
) -> None:
    """Bring files into a city: tables, maps, timetables, rasters, series. What they are is guessed, shown, then kept.

    The guess is written as a small file under mappings/ in the city's folder. Correct it there and add the file again.
    A city that is running takes the files in itself, and goes on running.

    Parameters
    ----------
    files
        The files to bring in.
    city
        The city's folder; the current one when left out.
    yes
        Keep without asking.
    as_json
        Report as JSON, for scripts. Nothing is asked.
    type
        What the rows are (like Shelter), where the guess is wrong.
    name
        A title for people.
    licence
        The licence of the data, like CC-BY-4.0.
    owner
        Who publishes it.
    source
        Where it comes from.
    until
        Leave out readings from this time on.
    """
    options = Options(
        type=type, title=name, licence=licence, owner=owner, source=source, until=until and until.astimezone()
    )
    done, wrong = asyncio.run(_add(list(files), city, options, ask=not (yes or as_json), quiet=as_json))
    if as_json:
        report = {
            "added": msgspec.to_builtins(done),
            "refused": [{"what": e.what, "where": e.where, "hint": e.hint} for e in wrong],
        }
        print(msgspec.json.encode(report).decode())
    for error in wrong if not as_json else ():
        console.print(f"[red]{error.what}[/red] {error.where}\n  {error.hint}", highlight=False)
    if wrong and not done:
        sys.exit(1)


async def _add(
    files: list[Path], folder: Path, options: Options, *, ask: bool, quiet: bool
) -> tuple[list[Added], list[NorenError]]:
    done: list[Added] = []
    wrong: list[NorenError] = []
    columns = (SpinnerColumn(), TextColumn("{task.description}"), TextColumn("{task.completed:,}"), TimeElapsedColumn())
    async with City.open(folder) as city:
        with Progress(*columns, console=console, transient=True, disable=quiet) as progress:
            task = progress.add_task("", total=None)
            keeper = _keeper(city, folder, lambda name, rows: progress.update(task, completed=rows))
            for path in files:
                progress.update(task, description=tell("add.looking", name=path.name), completed=0)
                try:
                    for each in await asyncio.to_thread(plan, path, folder, options):
                        if ask and not _agreed(each, progress):
                            continue
                        progress.update(task, description=tell("add.keeping", name=each.item.name))
                        done.append(await keeper.add(each, options))
                        if not quiet:
                            _report(done[-1])
                except NorenError as error:
                    wrong.append(error)
    return done, wrong


def _keeper(city: City, folder: Path, tick: Tick) -> Adder | HandOver:
    """Who keeps things: this process, or the one that has the city open."""
    try:
        return Adder(city.view(city.staff), folder, Place(city.config.slug, city.config.timezone), tick)
    except Conflict:
        return HandOver(folder, tick)


def _agreed(each: Plan, progress: Progress) -> bool:
    progress.stop()
    console.print(shown(each))
    agreed = Confirm.ask(tell("add.ask"), console=console, default=True)
    progress.start()
    return agreed


def shown(each: Plan) -> Table:
    """The guess as a table: what the file is, and what becomes of each column."""
    found = each.mapping
    kind = TYPES[found.type].meaning.get(language(), found.type) if found.type in TYPES else found.type
    table = Table(title=f"{each.item.name}: {found.kind}, {found.type} ({kind})", caption=tell("add.guess"))
    for key in ("add.column", "add.attribute", "add.unit", "add.example"):
        table.add_column(tell(key))
    sample = each.item.source.sample(50) if each.item.source else None
    for heading, column in found.columns.items():
        values = sample[heading].drop_null() if sample is not None else []
        table.add_row(heading, column.attribute, column.unit, str(values[0])[:40] if len(values) else "")
    return table


def _report(added: Added) -> None:
    words = tell("add.kept", title=added.title, rows=f"{added.kept:,}", type=added.type, refused=len(added.findings))
    console.print(f"[bold]{words}[/bold]", highlight=False)
    for finding in added.findings[:6]:
        console.print(f"  · {finding.text[language()]}", highlight=False)

"""`noren demo`: the sample city, ready to open."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import msgspec
from cyclopts import Parameter
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from noren.cli.generate import STEPS
from noren.run import demo as room


def demo(
    folder: Path,
    /,
    *,
    population: int = 30_000,
    seed: int = 1,
    days: int = 45,
    as_json: Annotated[bool, Parameter(name="--json")] = False,
) -> None:
    """Make a sample city: a town that does not exist, with its history, and a storm on the way. Once made, it is kept.

    Parameters
    ----------
    folder
        Where the city shall live.
    population
        How many people live there.
    seed
        Another number, another town.
    days
        Days of history.
    as_json
        Report as JSON, for scripts.
    """
    console = Console(stderr=True, quiet=as_json)
    columns = TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn()
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task("", total=1.0)

        def tell(step: str, share: float) -> None:
            bar.update(task, description=STEPS.get(step, step), completed=share)

        found = room.demo(folder, population, seed, days, tell)
    if as_json:
        print(msgspec.json.encode(found, enc_hook=str).decode())
        return
    if not found.made:
        console.print(f"The sample city stands in {folder} already.")
        return
    for error in found.wrong:
        console.print(f"[red]Left out:[/red] {error}", highlight=False)
    readings = sum(one.readings for one in found.added)
    console.print(f"Kawabe is ready in {folder}: {len(found.added)} datasets, {readings:,} readings.")

"""`noren generate`: a believable town as ordinary files."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import msgspec
from cyclopts import Parameter
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from noren import sample

STEPS = {
    "land": "river, hills, streets, houses",
    "survey": "maps",
    "river": "rain and river",
    "lists": "lists and timetables",
    "city": "traffic, car parks, meters",
    "loop": "what residents say and the town does",
    "done": "done",
}


def generate(
    folder: Path,
    /,
    *,
    population: int = 30_000,
    seed: int = 1,
    days: int = 45,
    as_json: Annotated[bool, Parameter(name="--json")] = False,
) -> None:
    """Write a town that does not exist, as the ordinary files that a municipality would publish.

    Parameters
    ----------
    folder
        Where to write; new or empty.
    population
        How many people live there.
    seed
        Another number, another town; the same number, the same files.
    days
        Days of history before the live part.
    as_json
        Report as JSON, for scripts.
    """
    console = Console(stderr=True, quiet=as_json)
    wait = sample.expected_seconds(population, days)
    console.print(f"A town of {population:,} people: this takes about {_spoken(wait)}.")
    made = watched(folder, population, seed, days, console)
    if as_json:
        print(msgspec.json.encode(made, enc_hook=str).decode())
        return
    size = sum(made.files.values()) / 1e6
    console.print(f"{len(made.files)} files, {size:.0f} MB, in {folder} after {made.seconds:.0f} seconds.")
    console.print(f"What they are: {folder / 'README.md'}")
    console.print(f"Bring them in: noren init CITY, then noren add --city CITY {folder}/*.{{csv,gpkg,tif,zip,jsonld}}")


def watched(folder: Path, population: int, seed: int, days: int, console: Console) -> sample.Made:
    """Generate with a bar that shows what is being made."""
    columns = TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn()
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task("", total=1.0)

        def show(step: str, share: float) -> None:
            bar.update(task, description=STEPS[step], completed=share)

        return sample.generate(folder, population, seed, days, show)


def _spoken(seconds: float) -> str:
    return f"{seconds:.0f} seconds" if seconds < 100 else f"{seconds / 60:.0f} minutes"

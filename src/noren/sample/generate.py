"""From three numbers to a folder of ordinary files."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec

from noren.errors import AlreadyExists
from noren.sample.diary import write_calendar
from noren.sample.faults import Faults
from noren.sample.layout import make_town, write_survey
from noren.sample.loop import write_loop
from noren.sample.meters import write_car_parks, write_meters
from noren.sample.readme import write_readme
from noren.sample.registers import write_registers
from noren.sample.sensors import make_sky, write_rain, write_rivers
from noren.sample.site import Site
from noren.sample.traffic import write_traffic
from noren.sample.transit import write_gtfs

LIVE, CALM = "live", "calm"
Progress = Callable[[str, float], None]
"""Called with the name of the step that starts (a message key's end) and the share done, 0 to 1."""


class Made(msgspec.Struct):
    """What was written: files with their bytes, seconds it took, faults put in."""

    folder: Path
    population: int
    seed: int
    days: int
    seconds: float = 0.0
    files: dict[str, int] = {}
    faults: list[str] = []


def expected_seconds(population: int, days: int) -> float:
    """About how long a town of this size takes on one core, said before the work starts."""
    return float(8 + population * 6e-5 + days * 0.08 * (population / 30_000) ** 0.5)


def generate(folder: Path, population: int, seed: int, days: int = 45, progress: Progress | None = None) -> Made:
    """Write the town into `folder`, which must be new or empty; the same three numbers give the same bytes.

    Raises `AlreadyExists` when something lies there, `BadInput` for a town that cannot be laid out.
    """
    site = Site(population, seed, days)
    if folder.exists() and any(folder.iterdir()):
        raise AlreadyExists(f"{folder} is not empty.", hint="Name a new folder, so that nothing is overwritten.")
    for part in (folder, folder / LIVE, folder / CALM):
        part.mkdir(parents=True, exist_ok=True)
    made = Made(folder, population, seed, days)
    with _timed(made):
        _write(site, folder, made, progress or (lambda step, share: None))
    made.files = {str(p.relative_to(folder)): p.stat().st_size for p in sorted(folder.rglob("*")) if p.is_file()}
    return made


@contextmanager
def _timed(made: Made) -> Iterator[None]:
    begun = time.perf_counter()
    yield
    made.seconds = time.perf_counter() - begun


def _write(site: Site, folder: Path, made: Made, progress: Progress) -> None:
    faults = Faults(site)
    progress("land", 0.0)
    town = make_town(site)
    progress("survey", 0.35)
    write_survey(town, folder)
    progress("river", 0.5)
    sky = make_sky(town.land)
    write_rivers(town.land, sky, folder, faults)
    write_rain(town.land, sky, folder, faults)
    progress("lists", 0.6)
    write_registers(town, folder)
    write_calendar(town, folder)
    write_gtfs(town, folder / "gtfs_kawabe.zip")
    progress("city", 0.7)
    write_traffic(town, sky, folder, faults)
    write_car_parks(town, sky, folder, faults)
    write_meters(town, sky, folder, faults)
    progress("loop", 0.95)
    trials = write_loop(town, folder)
    progress("done", 1.0)
    made.faults = faults.told
    write_readme(site, folder, made.faults, trials)

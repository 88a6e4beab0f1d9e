"""Adds the files of a folder to a fresh city one by one: `python -m bench.add FOLDER… [--city DIR]`.

Prints what each was taken for, rows kept and refused, readings and seconds; ends with status 1 when a file is refused
whole, or when anything but a `NorenError` is raised.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
import time
import traceback
from pathlib import Path

from noren.city import City
from noren.city.create import create
from noren.errors import NorenError
from noren.intake.add import Adder
from noren.intake.convert import Place
from noren.intake.plans import Options, plan

PASSED_OVER = {".md"}


def files_of(folders: list[str]) -> list[Path]:
    """Every file below the folders, in order of name."""
    found = [path for folder in map(Path, folders) for path in (folder.rglob("*") if folder.is_dir() else [folder])]
    return sorted(path for path in found if path.is_file() and path.suffix not in PASSED_OVER)


async def add_all(files: list[Path], folder: Path) -> int:
    """Add the files; returns how many were refused whole."""
    wrong = 0
    async with City.open(folder) as city:
        adder = Adder(city.view(city.staff), folder, Place(city.config.slug, city.config.timezone))
        for path in files:
            start = time.perf_counter()
            try:
                for each in plan(path, folder, Options()):
                    done = await adder.add(each, Options())
                    seconds, start = time.perf_counter() - start, time.perf_counter()
                    print(
                        f"{done.file:52.52} {each.item.form:8.8} {each.mapping.kind:8.8} {done.type:40.40} "
                        f"{done.kept:>9,} {done.refused:>6,} {done.readings:>9,} {seconds:7.2f} s",
                        flush=True,
                    )
            except NorenError as error:
                wrong += 1
                print(f"{path.name:52.52} REFUSED  {error}", flush=True)
            except Exception:
                wrong += 1
                print(f"{path.name:52.52} CRASHED", flush=True)
                traceback.print_exc()
    return wrong


def main() -> None:
    """Read the arguments, make the city, add."""
    parser = argparse.ArgumentParser(prog="python -m bench.add", description=__doc__)
    parser.add_argument("folders", nargs="+")
    parser.add_argument("--city", type=Path)
    parser.add_argument("--timezone", default="UTC")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        folder = chosen.city or Path(scratch) / "city"
        if not (folder / "noren.toml").exists():
            create(folder, name="Bench", timezone=chosen.timezone)
        sys.exit(min(asyncio.run(add_all(files_of(chosen.folders), folder)), 1))


if __name__ == "__main__":
    main()

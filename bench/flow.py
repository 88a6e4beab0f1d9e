"""What telling a million person-days takes: `python -m bench.flow` (half a minute). `--people` names another number.

One day of so many people, each seen `--seen` times among 1,000 cells: read from CSV, cut to a bound of 9, paid for in a
ledger, noised by OpenDP.
"""

from __future__ import annotations

import argparse
import asyncio
import resource
import tempfile
import time
from pathlib import Path

import numpy as np
import pyarrow as pa
from pyarrow import csv

from noren.services.mobility.flow import files
from noren.services.mobility.flow.bounding import bounded
from noren.services.mobility.flow.budget import Opened
from noren.services.mobility.flow.release import Told, Wish, release
from noren.trust.ledger import Ledger, Signer

CELLS = 1000


def write(file: Path, people: int, seen: int) -> None:
    random = np.random.default_rng(1)
    rows = people * seen
    minutes = random.integers(0, 1440, rows)
    home = np.repeat(random.integers(0, CELLS, people), seen)
    cell = np.where(random.random(rows) < 0.5, home, np.minimum(random.exponential(CELLS / 5, rows), CELLS - 1))
    clock = pa.array([f"2026-06-01T{m // 60:02}:{m % 60:02}:00+09:00" for m in range(1440)])
    person = pa.array(np.repeat(np.arange(people), seen)).cast(pa.string())
    table = {"person": person, "cell": pa.array(cell.astype(np.int64)).cast(pa.string()), "time": clock.take(minutes)}
    csv.write_csv(pa.table(table), file)


async def told(folder: Path, days: object) -> list[Told]:
    async with Ledger(folder / "ledger", Signer.new("bench/ledger")) as ledger:
        return [each async for each in release(Opened(ledger), days, Wish(population="phones"))]  # type: ignore[arg-type]


def main() -> None:
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--people", type=int, default=1_000_000)
    arguments.add_argument("--seen", type=int, default=6)
    asked = arguments.parse_args()
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        write(folder / "seen.csv", asked.people, asked.seen)
        begun = time.perf_counter()
        table, _ = files.visits(folder / "seen.csv", "Asia/Tokyo")
        read = time.perf_counter()
        days = bounded(table, 9, "Asia/Tokyo", np.random.default_rng())
        cut = time.perf_counter()
        found = asyncio.run(told(folder, days))
        done = time.perf_counter()
    counts, shown = (sum(len(each.people) for each in days.values()), sum(each.rows.num_rows for each in found))
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{table.num_rows:,} rows of {asked.people:,} people: {done - begun:.1f} s, {most:,.0f} MiB at most")
    print(f"  read {read - begun:.1f} s, cut {cut - read:.1f} s, paid, noised and told {done - cut:.1f} s")
    print(f"  {counts:,} counts, of which {shown:,} told")


if __name__ == "__main__":
    main()

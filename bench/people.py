"""Measure the look ahead: `python -m bench.people` (seconds). Reading a register is what takes time; no city runs."""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path

from noren.governance.people import look_ahead
from noren.governance.people.register import read_registers


def write(path: Path, districts: int) -> int:
    """Two counts of so many districts by sex and single age; how many rows."""
    rows = [
        f"d{d},{sex},{age},{(age * 7 + d) % 23},{year}"
        for year in (2020, 2025)
        for d in range(districts)
        for sex in ("male", "female")
        for age in range(101)
    ]
    path.write_text("district,sex,age,count,year\n" + "\n".join(rows) + "\n", "utf-8")
    return len(rows)


def main() -> None:
    """Read, then read and project to 2050."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--districts", type=int, default=1500)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "register.csv"
        rows = write(path, parser.parse_args().districts)
        for name, work in (("read", lambda: read_registers(path)), ("read, 2050", lambda: look_ahead(path, "", 2050))):
            wall, own = time.perf_counter(), time.process_time()
            work()
            wall, own = time.perf_counter() - wall, time.process_time() - own
            print(f"{name:12}{rows:10,} rows {wall:8.2f} s {own:8.2f} s of processor time")


if __name__ == "__main__":
    main()

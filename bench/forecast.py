"""Skill and speed of the stage forecast on real rivers: `python -m bench.forecast` (half a minute, needs shared data).

Skill is the share of persistence's error (root mean square) that the forecast saves, by hours ahead; each model has
seen nothing of the time that it is judged on. Then: share of levels inside the 80 % range, and processor time.
"""

from __future__ import annotations

import csv
import gzip
import os
import time
from pathlib import Path
from typing import NamedTuple

import numpy as np

from noren.services.disaster.forecast import NOTHING, Model, fit
from noren.services.disaster.series import HOUR, Floats, Readings, tidy, trusted

DATA = Path(os.environ.get("NOREN_SHARED_DATA", Path(__file__).parents[2] / "shared" / "data"))
PERIODS = (
    ("Guaíba, flood of Nov 2023", "2023-11-10", "2023-12-09"),
    ("Guaíba, record flood 2024", "2024-04-27", "2024-05-15"),
    ("Guaíba, May and June 2024", "2024-04-27", "2024-06-26"),
    ("Guaíba, calm autumn 2024", "2024-09-15", "2024-12-31"),
)
BASINS = ("01022500", "01547700", "02064000", "03015500")
SHOWN = (1, 3, 6, 12, 24)


class Judged(NamedTuple):
    """What a model missed and what persistence missed, inside the range or not, `(n, H)`; milliseconds."""

    missed: Floats
    still: Floats
    inside: Floats
    milliseconds: float

    @property
    def gain(self) -> Floats:
        """Share of persistence's error saved, by horizon."""
        error, still = (np.sqrt(np.nanmean(each**2, axis=0)) for each in (self.missed, self.still))
        return np.asarray(1 - error / still)


def seconds(moment: str) -> float:
    """Local time in Porto Alegre (UTC-3) as seconds since 1970."""
    return float(np.datetime64(moment, "s").astype(np.float64)) + 3 * HOUR


def guaiba() -> Readings:
    """The gauge's three files as one series."""
    rows: list[tuple[float, float]] = []
    for path in sorted((DATA / "city/porto-alegre/hydromet").glob("guaiba_level_*.csv.gz")):
        with gzip.open(path, "rt") as file:
            rows += [(seconds(row["time_local"]), float(row["level_m"])) for row in csv.DictReader(file)]
    times, values = np.array(rows).T
    return tidy(times, values)


def camels(basin: str) -> tuple[Readings, Readings]:
    """Daily stage (a usual rating: power 0.4 of the flow in m³/s) and rain of a CAMELS-US basin."""
    folder = DATA / "flood/camels_us_sample"
    flow = [line.split() for line in (folder / f"{basin}_streamflow_qc.txt").read_text().splitlines()]
    weather = [line.split() for line in (folder / f"{basin}_daymet_forcing.txt").read_text().splitlines()[4:]]
    days = [np.array([seconds("-".join(r[i : i + 3])) for r in rows]) for i, rows in ((1, flow), (0, weather))]
    level = np.array([float(r[4]) * 0.0283 for r in flow]) ** 0.4
    return tidy(days[0], level), Readings(days[1], np.array([float(r[5]) for r in weather]))


def judge(model: Model, river: Readings, rain: Readings, start: float, end: float, every: float) -> Judged:
    """Forecast `every` so many seconds in the period; broken readings are no truth."""
    good = trusted(river, model.bounds)
    truth = Readings(river.times[good], river.values[good])
    rows, spent = [], 0.0
    for now in np.arange(start, end, every):
        seen = river.until(now).since(now - 2 * model.span)
        if not len(seen.times) or now - seen.times[-1] > every:
            continue
        fallen = rain.until(now) if len(rain.times) else NOTHING
        begun = time.thread_time()
        ahead = model.predict(seen, fallen)
        spent += time.thread_time() - begun
        later = ahead.issued + ahead.hours * HOUR
        near = np.abs(truth.times[:, None] - later).min(axis=0) < HOUR / 2
        level = np.where(near, np.interp(later, *truth), np.nan)
        inside = np.where(near, (level >= ahead.low) & (level <= ahead.high), np.nan)
        rows.append((level - ahead.median, level - ahead.level, inside))
    missed, still, within = (np.array(each) for each in zip(*rows, strict=True))
    return Judged(missed, still, within, spent / len(rows) * 1e3)


def line(name: str, model: Model, found: Judged, fitted: float, shown: list[int]) -> None:
    """One row of the table."""
    gains = " | ".join(f"{100 * found.gain[i]:.0f} %" for i in shown)
    inside = f"{100 * np.nanmean(found.inside):.0f} %"
    print(f"| {name} | {model.method} | {gains} | {inside} | {fitted:.1f} s | {found.milliseconds:.1f} ms |")


def main() -> None:
    """Print the two tables of bench/README.md."""
    river = guaiba()
    print("| gauge | method chosen | 1 h | 3 h | 6 h | 12 h | 24 h | in range | fit | forecast |\n" + "|---" * 10 + "|")
    for name, first, last in PERIODS:
        begun = time.thread_time()
        model = fit(river.until(seconds(first)))
        fitted = time.thread_time() - begun
        found = judge(model, river, NOTHING, seconds(first), seconds(last), HOUR)
        line(name, model, found, fitted, [each - 1 for each in SHOWN])
    print("\n| basin | method chosen | 1 day | 2 days | 3 days | in range | fit | forecast |\n" + "|---" * 8 + "|")
    for basin in BASINS:
        level, rain = camels(basin)
        cut = level.times[730]
        begun = time.thread_time()
        model = fit(level.until(cut), rain.until(cut))
        fitted = time.thread_time() - begun
        found = judge(model, level, rain, cut + 86400, level.times[-1] - 3 * 86400, 86400.0)
        line(basin, model, found, fitted, [0, 1, 2])


if __name__ == "__main__":
    main()

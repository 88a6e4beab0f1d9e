"""Rivers made for tests, and the real ones beside the checkout."""

from __future__ import annotations

import csv
import gzip
from collections.abc import Callable
from pathlib import Path

import numpy as np

from noren.services.disaster.series import HOUR, Readings, tidy

GUAIBA = (
    "guaiba_level_15min_2023-08_2023-12.csv.gz",
    "guaiba_level_15min_2024-04-08_2024-05-06.csv.gz",
    "guaiba_level_15min_2024-04-30_2024-12-31.csv.gz",
)


def seconds(moment: str) -> float:
    """Local time in Porto Alegre (UTC-3 all year) as seconds since 1970."""
    return float(np.datetime64(moment, "s").astype(np.float64)) + 3 * HOUR


def guaiba(shared: Callable[[str], Path]) -> Readings:
    """The Guaíba at Porto Alegre as three files tell it: two floods of 2023 and the record flood of May 2024."""
    times, values = [], []
    for name in GUAIBA:
        with gzip.open(shared("city/porto-alegre/hydromet") / name, "rt") as file:
            for row in csv.DictReader(file):
                times.append(seconds(row["time_local"]))
                values.append(float(row["level_m"]))
    return tidy(np.array(times), np.array(values))


def storms(days: int = 120, seed: int = 5, interval: float = HOUR) -> tuple[Readings, Readings]:
    """Stage and rain of a small river: a linear reservoir that rain fills, with a centimetre of noise."""
    rng = np.random.default_rng(seed)
    hours = int(days * 24)
    rain = np.where(rng.random(hours) < 0.01, rng.gamma(2.0, 6.0, hours), 0.0)
    rain = np.convolve(rain, np.full(6, 1 / 6))[:hours]
    stored = np.zeros(hours)
    for i in range(1, hours):
        stored[i] = stored[i - 1] * 0.96 + (rain[i - 6] if i >= 6 else 0.0)
    times = np.arange(hours) * HOUR
    fine = np.arange(0, times[-1] + 1, interval)
    level = 0.8 + 0.06 * np.interp(fine, times, stored) + rng.normal(0, 0.005, len(fine))
    return Readings(fine, level), Readings(times, rain)

"""Detectors on main roads: vehicles in five minutes, by the rhythm of day and week, slowed by rain, shut by floods."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import shapely

from noren.sample import files
from noren.sample.faults import Faults, minute, text_times
from noren.sample.layout import Town, road_names
from noren.sample.river import Gauge, make_gauges
from noren.sample.sensors import Sky, stages
from noren.sample.site import LIVE_HOURS, Bools, Floats, Ints
from noren.sample.streets import SPEED
from noren.sample.trials import changes, tried
from noren.sample.weather import PER_DAY, Spell

_HEADINGS = ["計測日時", "検知器ID", "交通量(台/5分)", "平均速度(km/h)", "占有率(%)"]
_WEEKDAY = np.array([5, 3, 2, 2, 4, 12, 34, 78, 86, 58, 50, 50, 52, 51, 53, 58, 68, 84, 80, 56, 38, 27, 17, 10]) / 41.6
_WEEKEND = np.array([8, 5, 4, 3, 3, 7, 15, 26, 40, 54, 62, 64, 62, 62, 64, 65, 62, 56, 46, 36, 27, 20, 14, 9]) / 41.6
_TICKS = 288


class Detectors:
    """Where the detectors are and how busy each place is (vehicles a day)."""

    def __init__(self, town: Town) -> None:
        streets = town.streets
        draw = town.site.rng("detectors")
        count = int(np.clip(round(22 * (town.site.population / 30_000) ** 0.55), 8, 1200))
        main = np.flatnonzero((streets.road <= 1) & (streets.length > 40))
        point = shapely.line_interpolate_point(streets.lines[main], 0.5, normalized=True)
        x, y = shapely.get_x(point), shapely.get_y(point)
        busy = (town.growth.density(x, y) + 0.08) * np.where(streets.road[main] == 0, 1.6, 1.0) + 0.5 * streets.bridge[
            main
        ]
        rows = np.sort(draw.choice(len(main), min(count, len(main)), replace=False, p=busy / busy.sum()))
        self.segment: Ints = main[rows]
        self.x, self.y = x[rows], y[rows]
        self.bridge = streets.bridge[self.segment] == 1
        base = np.where(streets.road[self.segment] == 0, 11_000, 5_200) * (0.55 + town.growth.density(self.x, self.y))
        self.daily = (
            base * np.where(self.bridge, 1.35, 1.0) * draw.lognormal(0, 0.22, len(rows)) * town.site.growth**0.35
        )
        self.free = SPEED[streets.road[self.segment]] * draw.uniform(0.86, 1.02, len(rows))
        self.early = draw.normal(0, 0.35, len(rows))
        self.ids = [f"T{i + 1:03d}" for i in range(len(rows))]
        self.trials = tried(town.site, "TrafficFlowObserved", self.ids)


def write_traffic(town: Town, sky: Sky, folder: Path, faults: Faults) -> None:
    """The list of detectors, history day by day, and both live parts."""
    found = Detectors(town)
    lon, lat = town.site.lonlat(found.x, found.y)
    names = road_names(town.streets)
    rows = [
        [key, names[s], f"{la:.6f}", f"{lo:.6f}", int(SPEED[town.streets.road[s]]), "橋梁部" if b else "一般部"]
        for key, s, la, lo, b in zip(found.ids, found.segment, lat, lon, found.bridge, strict=True)
    ]
    files.write_table(
        folder / "traffic_detectors.csv", ["検知器ID", "路線名", "緯度", "経度", "制限速度(km/h)", "設置区分"], rows
    )
    gauges = make_gauges(town.land)[1:2]
    _write(town, found, sky.storm, gauges, sky.area, folder / "traffic_5min.csv", town.site.days, faults)
    for part, spell in (("live", sky.storm), ("calm", sky.calm)):
        _write(town, found, spell, gauges, sky.area, folder / part / "traffic_5min.csv", -LIVE_HOURS // 24, None)


def _write(
    town: Town,
    found: Detectors,
    spell: Spell,
    gauges: list[Gauge],
    area: float,
    path: Path,
    days: int,
    faults: Faults | None,
) -> None:
    """`days` of history, or with a negative number the days of the live part."""
    first = spell.first if days > 0 else spell.live
    stage = stages(town.land, spell, area, gauges)[0][:, 0]
    centre = town.site.to_map(np.array([0.46 * town.site.extent]), np.array([0.12 * town.site.extent]))
    rain = spell.rain(*centre)[:, 0]
    draw = town.site.rng(f"traffic {path.parent.name if days < 0 else ''}")
    closed_at = gauges[0].thresholds[4]
    with files.SeriesFile(path, _HEADINGS) as out:
        for day in range(abs(days)):
            steps = first + day * PER_DAY + np.arange(_TICKS) // 2
            times = (
                spell.times[first + day * PER_DAY]
                - np.timedelta64(300, "s")
                + np.arange(_TICKS) * np.timedelta64(300, "s")
            )
            counts, speed, cover = _day(found, times, rain[steps], stage[steps] > closed_at, draw)
            keep = np.ones(counts.shape, dtype=bool)
            if faults is not None:
                counts = _spoil(found, counts, keep, day, days, times, faults)
            _append(out, found, times, counts, speed, cover, keep)


def _day(
    found: Detectors, times: np.ndarray, rain: Floats, closed: Bools, draw: np.random.Generator
) -> tuple[Floats, Floats, Floats]:
    """Counts, mean speed and share of time covered, `[tick, detector]`."""
    hour = np.arange(_TICKS) / 12
    weekday = (int(times[0].astype("datetime64[D]").astype(int)) + 3) % 7
    shape = _WEEKDAY if weekday < 5 else _WEEKEND * (0.94 if weekday == 5 else 0.82)
    rhythm = np.interp((hour[:, None] + found.early) % 24, np.arange(25) + 0.0, np.append(shape, shape[0]))
    wet = np.clip(rain, 0, 4)[:, None]
    mean = found.daily / _TICKS * rhythm * (1 - 0.05 * wet) * draw.normal(1, 0.05)
    mean = np.where(closed[:, None] & found.bridge, 0.0, mean) * changes(found.trials, "intensity", found.ids, times)
    counts = draw.poisson(np.clip(mean, 0, None)).astype(float)
    load = counts / (found.daily / _TICKS * 2.6)
    speed = found.free * (1 - 0.38 * np.clip(load, 0, 1.3) ** 3) * (1 - 0.045 * wet) + draw.normal(0, 1.6, counts.shape)
    speed = speed * changes(found.trials, "averageVehicleSpeed", found.ids, times)
    speed = np.where(counts > 0, np.clip(speed, 5, None), np.nan)
    cover = np.where(counts > 0, counts * 100 * 5.6 / (np.nan_to_num(speed, nan=30) / 3.6) / 300, 0.0)
    return counts, np.asarray(np.round(speed, 1)), np.asarray(np.round(np.clip(cover, 0, 96), 1))


def _spoil(
    found: Detectors, counts: Floats, keep: Bools, day: int, days: int, times: np.ndarray, faults: Faults
) -> Floats:
    """One detector falls silent but keeps sending zeros, one sends nothing for a night, all lose an hour once."""
    if day == round(days * 0.4):
        keep[150:162] = False
        faults.told.append(f"traffic_5min.csv: no readings from any detector for 1 hour from {minute(times[150])}")
    if day in (round(days * 0.6), round(days * 0.6) + 1):
        counts[:, 3] = 0
        faults.told.append(f"traffic_5min.csv {found.ids[3]}: zero all day on {str(times[0])[:10]}")
    if day == round(days * 0.75):
        keep[200:, 5] = False
        faults.told.append(f"traffic_5min.csv {found.ids[5]}: no readings from {minute(times[200])} to midnight")
    return counts


def _append(
    out: files.SeriesFile,
    found: Detectors,
    times: np.ndarray,
    counts: Floats,
    speed: Floats,
    cover: Floats,
    keep: Bools,
) -> None:
    tick, detector = np.nonzero(keep)
    clock = text_times(times, "%Y-%m-%dT%H:%M:%S+09:00")
    columns = [v[tick, detector] for v in (counts, speed, cover)]
    out.write([clock.take(tick), pa.array(found.ids).take(detector), columns[0].astype(int), columns[1], columns[2]])

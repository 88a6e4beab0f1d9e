"""Rain gauges, weather stations and river gauges: the lists of stations and what they report, faults included."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from noren.sample import files
from noren.sample.faults import Faults, text_times
from noren.sample.land import Course, Land
from noren.sample.river import Gauge, basin_area, flows, make_gauges, stage_of
from noren.sample.site import Floats, Site
from noren.sample.weather import PER_DAY, Spell, conditions, make_spell, tips

RAIN = (
    ("R01", "川辺", "Kawabe", 0.46, 0.12, "気象台"),
    ("R02", "上青瀬", "Kami-Aose", 0.05, 0.06, "県"),
    ("R03", "小篠", "Kozasa", 0.42, 0.45, "県"),
    ("R04", "青瀬ダム", "Aose Dam", -1.1, 0.1, "国"),
    ("R05", "奥青瀬", "Oku-Aose", -2.3, 0.2, "国"),
    ("R06", "下河原", "Shimogawara", 0.85, -0.1, "市"),
)
GAUGE_HEADINGS = (
    "観測所ID",
    "観測所名",
    "観測所名_英字",
    "河川名",
    "緯度",
    "経度",
    "零点高(T.P.m)",
    "水防団待機水位(m)",
    "氾濫注意水位(m)",
    "避難判断水位(m)",
    "氾濫危険水位(m)",
    "計画高水位(m)",
    "管理者",
)


@dataclass(frozen=True)
class Sky:
    """Both courses of the weather with the rivers they make: the storm's and the quiet one's."""

    storm: Spell
    calm: Spell
    area: float


def make_sky(land: Land) -> Sky:
    """Weather for the town, and the basin that makes its river dangerous."""
    storm = make_spell(land.site, storm=True)
    return Sky(storm, make_spell(land.site, storm=False), basin_area(land, storm))


def stages(land: Land, spell: Spell, area: float, gauges: list[Gauge]) -> tuple[Floats, Floats]:
    """True stage and discharge `[step, gauge]`; a gauge's offset is its own lie."""
    by_reach = flows(land, spell)
    flow = np.stack([by_reach[g.reach] * area for g in gauges], axis=1)
    stage = np.stack([stage_of(_course(land, g), flow[:, i]) + g.offset for i, g in enumerate(gauges)], axis=1)
    return stage, flow


def _course(land: Land, gauge: Gauge) -> Course:
    return land.branch if gauge.reach == "branch" else land.river


def write_rivers(land: Land, sky: Sky, folder: Path, faults: Faults) -> None:
    """Stations, history and both live parts of the river gauges."""
    gauges = make_gauges(land)
    x, y = np.array([g.x for g in gauges]), np.array([g.y for g in gauges])
    lon, lat = land.site.lonlat(x, y)
    rows = [
        [g.id, g.name, g.en, g.river, f"{la:.6f}", f"{lo:.6f}", g.zero, *g.thresholds, g.keeper]
        for g, lo, la in zip(gauges, lon, lat, strict=True)
    ]
    files.write_table(folder / "river_gauges.csv", GAUGE_HEADINGS, rows)
    for part, spell, span in _parts(sky, folder):
        stage, flow = stages(land, spell, sky.area, gauges)
        _write_stages(land.site, part / "river_level_10min.csv", spell, span, gauges, stage, flow, faults)


def _parts(sky: Sky, folder: Path) -> list[tuple[Path, Spell, slice]]:
    history = slice(sky.storm.first, sky.storm.live)
    live = slice(sky.storm.live, sky.storm.steps)
    return [(folder, sky.storm, history), (folder / "live", sky.storm, live), (folder / "calm", sky.calm, live)]


def _write_stages(
    site: Site, path: Path, spell: Spell, span: slice, gauges: list[Gauge], stage: Floats, flow: Floats, faults: Faults
) -> None:
    history = span.start == spell.first
    draw = site.rng(f"stage noise {'history' if history else path.parent.name}")
    times = spell.times[span]
    clock = text_times(times)
    rows: list[tuple[np.ndarray, str, Floats, Floats]] = []
    for i, gauge in enumerate(gauges):
        rough = 0.004 if gauge.offset == 0 else 0.02
        level = np.round(stage[span, i] + draw.normal(0, rough, len(times)), 2)
        order = np.arange(len(times))
        if history:
            level, order = _spoil(gauge, times, level, order, faults)
        seen = np.round(flow[span, i], 1) if gauge.offset == 0 else np.full(len(times), np.nan)
        rows.append((order, gauge.id, level[order], seen[order]))
    step = np.concatenate([r[0] for r in rows])
    by_time = np.argsort(step, kind="stable")
    ids = np.concatenate([np.full(len(r[0]), r[1]) for r in rows])
    columns = [np.concatenate([r[k] for r in rows])[by_time] for k in (2, 3)]
    with files.SeriesFile(path, ["観測日時", "観測所ID", "水位(m)", "流量(m3/s)"]) as out:
        out.write([clock.take(step[by_time]), ids[by_time], *columns])


def _spoil(
    gauge: Gauge, times: np.ndarray, level: Floats, order: np.ndarray, faults: Faults
) -> tuple[Floats, np.ndarray]:
    """Each gauge has its own trouble in the history."""
    count = len(times)
    keep = np.ones(count, dtype=bool)
    peak = int(np.argmax(level[: round(0.6 * count)]))
    name = f"river_level_10min.csv {gauge.id}"
    if gauge.id == "G03":
        level = faults.stuck(name, times, level, max(0, peak - 9), 54)
    if gauge.id == "G01":
        faults.gap(name, times, keep, round(count * 0.22), 27)
        faults.gap(name, times, keep, round(count * 0.61), 15)
    if gauge.id == "G04":
        order = faults.twice(name, times, order, round(count * 0.45), 36)
        level = faults.spike(name, times, level, round(count * 0.7), 99.99)
    if gauge.id == "G05":
        faults.told.append(f"{name}: reads {gauge.offset} m higher than G02 at the same bridge, all the time")
        faults.gap(name, times, keep, round(count * 0.83), PER_DAY // 4)
    return level, order[keep[order]]


def write_rain(land: Land, sky: Sky, folder: Path, faults: Faults) -> None:
    """Rain gauges, two of them far up the valley, and the town's weather station."""
    site = land.site
    reach = 6400 * site.growth**0.5
    inside = np.array([abs(r[3] - 0.45) < 0.6 for r in RAIN])
    unit = np.where(inside, site.extent, reach)
    x, y = site.to_map(np.array([r[3] for r in RAIN]) * unit, np.array([r[4] for r in RAIN]) * unit)
    lon, lat = site.lonlat(x, y)
    height = np.where(inside, land.sample(x, y), 24 + np.abs(lon - lon[0]) * 1900)
    rows = [
        [r[0], r[1], r[2], f"{la:.6f}", f"{lo:.6f}", round(float(h), 1), r[5]]
        for r, lo, la, h in zip(RAIN, lon, lat, height, strict=True)
    ]
    files.write_table(
        folder / "rain_gauges.csv",
        ["観測所ID", "観測所名", "観測所名_英字", "緯度", "経度", "標高(m)", "管理者"],
        rows,
        encoding="cp932",
    )
    station = [
        [
            "W01",
            "川辺特別地域気象観測所",
            "Kawabe Weather Station",
            f"{lat[0]:.6f}",
            f"{lon[0]:.6f}",
            round(float(height[0]), 1),
        ]
    ]
    files.write_table(
        folder / "weather_stations.csv", ["station_id", "名称", "名称_英字", "緯度", "経度", "標高(m)"], station
    )
    for part, spell, span in _parts(sky, folder):
        rain = spell.rain(x, y)
        _write_rain(part, spell, span, rain, faults)
        _write_weather(part, spell, span, rain[:, 0])


def _write_rain(folder: Path, spell: Spell, span: slice, rain: Floats, faults: Faults) -> None:
    times = spell.times[span]
    clock, fallen = text_times(times), tips(rain)[span]
    keep = np.ones((len(times), len(RAIN)), dtype=bool)
    if span.start == spell.first:
        faults.gap("rain_10min.csv R06", times, keep[:, 5], round(len(times) * 0.52), 48)
    step, station = np.nonzero(keep)
    ids = np.array([r[0] for r in RAIN])[station]
    with files.SeriesFile(folder / "rain_10min.csv", ["観測日時", "観測所ID", "10分雨量(mm)"]) as out:
        out.write([clock.take(step), ids, fallen[step, station]])


def _write_weather(folder: Path, spell: Spell, span: slice, rain: Floats) -> None:
    now = {k: v[span] for k, v in conditions(spell, rain, 0).items()}
    times = text_times(spell.times[span], "%Y-%m-%dT%H:%M:%S+09:00")
    headings = [
        "日時",
        "station_id",
        "気温(℃)",
        "相対湿度(%)",
        "降水量(mm)",
        "気圧(hPa)",
        "風速(m/s)",
        "最大瞬間風速(m/s)",
        "風向(度)",
        "日射量(W/m2)",
    ]
    columns = [
        now["temperature"],
        now["humidity"],
        tips(rain)[span],
        now["pressure"],
        now["wind"],
        now["gust"],
        now["direction"],
        now["solar"],
    ]
    digits = [1, 0, 1, 1, 1, 1, 0, 0]
    rounded = [np.round(c, d) for c, d in zip(columns, digits, strict=True)]
    with files.SeriesFile(folder / "weather_10min.csv", headings) as out:
        out.write([times, np.full(len(times), "W01"), *rounded])

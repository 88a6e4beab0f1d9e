"""From rain to stage: soil, unit hydrographs (cascades of linear reservoirs), reaches, and Manning's rating.

Every reservoir keeps its books: what rains is stored, evaporates or flows out, to rounding. Discharge is in m3/s, stage
in metres above the gauge's zero, which is the bed. The basin above the town is as large as the chosen storm needs to
reach `LIVE_PEAK` at the town's gauge.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from noren.sample.land import BERM, LEVEE, NOTCH, Course, Land
from noren.sample.site import Floats
from noren.sample.weather import STEP, Spell

LIVE_PEAK = 6.15
"""Stage that the live storm reaches at the town's gauge: over the unfinished levee."""
SOIL = 150.0
"""Millimetres that the soil holds."""


@dataclass(frozen=True)
class Basin:
    """Land that drains to a point: centre on the map, share of the whole area, reservoirs and their hours."""

    name: str
    x: float
    y: float
    share: float
    reservoirs: int
    hours: float


@dataclass(frozen=True)
class Gauge:
    """A river gauge on the map; `reach` says whose flow it sees; `zero` is the bed's height above the datum."""

    id: str
    name: str
    en: str
    river: str
    x: float
    y: float
    zero: float
    reach: str
    thresholds: tuple[float, float, float, float, float]
    keeper: str
    offset: float = 0.0


def drain(rain: Floats, hours: float, reservoirs: int) -> tuple[Floats, Floats]:
    """Effective rain through a cascade of equal linear reservoirs: outflow a step and what is left in them at the end.

    Both in the unit of `rain`, columns are independent. Outflow and rest add up to the inflow.
    """
    keep = np.exp(-STEP / 3600 / hours)
    gain = hours * 3600 / STEP * (1 - keep)
    flow = rain
    left = np.zeros(rain.shape[1:])
    for _ in range(reservoirs):
        out = np.empty_like(flow)
        store = np.zeros(flow.shape[1:])
        for i, inflow in enumerate(flow):
            after = store * keep + inflow * gain
            out[i] = store + inflow - after
            store = after
        flow, left = out, left + store
    return flow, left


@dataclass(frozen=True)
class Soil:
    """What became of the rain on a basin, mm a step: swift runoff, slow outflow, evaporation; what is left, mm."""

    swift: Floats
    slow: Floats
    evaporated: Floats
    left: Floats


def soak(rain: Floats, wet: float = 0.45) -> Soil:
    """Rain meets the soil: the wetter it is, the more runs off; the rest seeps out over days."""
    count = rain.shape[1]
    store, deep = np.full(count, SOIL * wet), np.full(count, 22.0)
    swift, slow, dry = np.empty_like(rain), np.empty_like(rain), np.empty_like(rain)
    per_step = STEP / 86400
    for i, fall in enumerate(rain):
        wetness = np.clip(store / SOIL, 0, 1)
        swift[i] = fall * (0.08 + 0.80 * wetness**1.6)
        dry[i] = np.minimum(store, 3.6 * per_step * wetness)
        seep = store * per_step / 9
        store = store + fall - swift[i] - dry[i] - seep
        over = np.maximum(store - SOIL, 0)
        swift[i] += over
        store -= over
        slow[i] = deep * per_step / 16
        deep = deep + seep - slow[i]
    return Soil(swift, slow, dry, store + deep)


def basins(land: Land) -> list[Basin]:
    """The upper basin far upstream, the middle one, the branch's and the town's own."""
    site = land.site
    growth, reach = site.growth**0.35, 6400 * site.growth**0.5
    spots = {
        "upper": (-2.2, 0.15, 0.68, 3, 1.75),
        "middle": (-0.6, -0.25, 0.14, 3, 1.0),
        "branch": (0.2, 1.0, 0.13, 3, 0.85),
        "town": (0.5, 0.0, 0.05, 2, 0.6),
    }
    made = []
    for name, (s, n, share, count, hours) in spots.items():
        x, y = site.to_map(np.array([s * reach]), np.array([n * reach]))
        made.append(Basin(name, float(x[0]), float(y[0]), share, count, hours * growth))
    return made


def flows(land: Land, spell: Spell) -> dict[str, Floats]:
    """Discharge at the reaches `upper`, `centre`, `branch`, `lower` for each square kilometre of the whole basin."""
    parts = basins(land)
    rain = spell.rain(np.array([b.x for b in parts]), np.array([b.y for b in parts]))
    soil = soak(rain)
    metres = 1e6 / 1000 / STEP
    out = {}
    for i, basin in enumerate(parts):
        swift, _ = drain(soil.swift[:, i : i + 1], basin.hours, basin.reservoirs)
        out[basin.name] = (swift[:, 0] + soil.slow[:, i]) * basin.share * metres
    pace = 0.30 * land.site.growth
    upper = out["upper"]
    centre = _travel(upper, pace) + out["middle"]
    lower = _travel(centre, pace) + out["branch"] + out["town"]
    return {"upper": upper, "centre": centre, "branch": out["branch"], "lower": lower}


def _travel(flow: Floats, hours: float) -> Floats:
    """Through a reach of two reservoirs that starts in balance."""
    return np.asarray(drain((flow - flow[0])[:, None], hours / 2, 2)[0][:, 0] + flow[0])


def rating(course: Course, stage: Floats) -> Floats:
    """Discharge at a stage by Manning's formula in a channel with berms."""
    slope = 1 / 2400 if course.levee == LEVEE else 1 / 700
    stage = np.maximum(stage, 0.0)
    width = 2 * course.channel * 0.85
    area = stage * (width + stage * 1.5)
    wetted = width + 2 * stage * np.hypot(1, 1.5)
    channel = area ** (5 / 3) / wetted ** (2 / 3) * np.sqrt(slope) / 0.033
    over = np.maximum(stage - course.depth, 0)
    berm = max(2 * (course.corridor - course.channel), 1.0)
    return np.asarray(channel + berm * over ** (5 / 3) * np.sqrt(slope) / 0.055)


def stage_of(course: Course, flow: Floats) -> Floats:
    """Stage at a discharge: the rating read backwards."""
    table = np.linspace(0, 14, 2801)
    return np.interp(flow, rating(course, table), table)


def basin_area(land: Land, storm: Spell) -> float:
    """Square kilometres that drain through the town, so that the live storm peaks at `LIVE_PEAK`."""
    peak = flows(land, storm)["centre"][storm.live :].max()
    return float(rating(land.river, np.array([LIVE_PEAK]))[0] / peak)


def make_gauges(land: Land) -> list[Gauge]:
    """Gauges at bridges from the upper to the lower end, one on the branch, and a cheap one beside the town's."""
    brim = land.river.depth + BERM
    crest = brim + LEVEE
    main = (brim - 1.0, brim, brim + 1.0, brim + 1.6, crest - NOTCH)
    small_brim = land.branch.depth + BERM
    small = tuple(round(small_brim * k, 1) for k in (0.45, 0.6, 0.75, 0.9, 1.15))
    spots = [
        ("G01", "上青瀬", "Kami-Aose", "upper", 0.07, "県"),
        ("G02", "川辺大橋", "Kawabe Ohashi", "centre", 0.47, "国"),
        ("G03", "下青瀬", "Shimo-Aose", "lower", 0.90, "県"),
    ]
    gauges = [_on_river(land, *spot[:5], tuple(round(v, 1) for v in main), spot[5]) for spot in spots]
    x, y = land.branch.line.interpolate(0.62, normalized=True).coords[0]
    zero = float(land.sample(np.array([x]), np.array([y]))[0])
    gauges.append(Gauge("G04", "小篠橋", "Kozasabashi", "小篠川", x, y, round(zero, 2), "branch", small, "県"))  # type: ignore[arg-type]
    twin = gauges[1]
    gauges.append(
        Gauge(
            "G05",
            "川辺大橋（危機管理型）",
            "Kawabe Ohashi (low-cost)",
            twin.river,
            twin.x + 18,
            twin.y + 9,
            twin.zero,
            "centre",
            twin.thresholds,
            "市",
            0.34,
        )
    )
    return gauges


def _on_river(
    land: Land, key: str, name: str, en: str, reach: str, at: float, thresholds: tuple[float, ...], keeper: str
) -> Gauge:
    s, _ = land.site.to_valley(land.river.x, land.river.y)
    vertex = int(np.argmin(np.abs(s - at * land.site.extent)))
    x, y = float(land.river.x[vertex]), float(land.river.y[vertex])
    zero = float(land.bed(np.array([x]), np.array([y]))[0])
    return Gauge(key, name, en, "青瀬川", x, y, round(zero, 2), reach, thresholds, keeper)  # type: ignore[arg-type]

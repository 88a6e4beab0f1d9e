"""Rain that moves over the basin, and the rest of the weather with it.

Times are steps of ten minutes. A `Spell` is one stretch of weather: the history with its warm-up, then either a storm
or two quiet days. Rain is in millimetres a step.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

import numpy as np
import numpy.typing as npt

from noren.sample.site import LIVE_HOURS, Floats, Site

STEP = 600.0
"""Seconds."""
PER_DAY = 144
WARM_UP = 12
"""Days before the history in which soil and river find their level."""
Times = npt.NDArray[np.datetime64]


@dataclass(frozen=True)
class Storm:
    """Hours from the start of the spell, hours it lasts, millimetres in its middle, bursts, track."""

    start: float
    lasts: float
    depth: float
    burst: float
    peak: float
    drift: tuple[float, float]
    centre: tuple[float, float]
    width: float


@dataclass(frozen=True)
class Spell:
    """Weather over history and live part, which start at the steps `first` and `live`."""

    site: Site
    storms: tuple[Storm, ...]
    steps: int
    first: int
    live: int

    @property
    def times(self) -> Times:
        """Local time at the end of each step."""
        start = np.datetime64((self.site.start - timedelta(days=WARM_UP)).replace(tzinfo=None), "s")
        return start + (np.arange(self.steps) + 1) * np.timedelta64(600, "s")

    def rain(self, x: Floats, y: Floats) -> Floats:
        """Millimetres a step at map points: `[step, point]`."""
        hours = (np.arange(self.steps) + 0.5)[:, None] / 6
        total = np.zeros((self.steps, len(x)))
        for storm in self.storms:
            total += _fall(storm, hours, x, y)
        return total


def make_spell(site: Site, *, storm: bool) -> Spell:
    """History with storms small and large, the last well before its end, then a storm that floods or quiet days."""
    draw = site.rng("storms")
    first, live = WARM_UP * PER_DAY, (WARM_UP + site.days) * PER_DAY
    storms = [_draw(draw, site, day * 24.0, depth) for day, depth in _calendar(site, draw)]
    if storm:
        storms.append(
            Storm(
                (WARM_UP + site.days) * 24 + 4.0,
                15.0,
                205.0,
                0.6,
                0.46,
                (9.0, -3.0),
                (0.0, 0.0),
                38_000.0 * site.growth**0.5,
            )
        )
    return Spell(site, tuple(storms), live + LIVE_HOURS * 6, first, live)


def _calendar(site: Site, draw: np.random.Generator) -> list[tuple[float, float]]:
    """Day of the spell and depth in mm of each storm: two large ones, some in between, showers."""
    days = site.days
    end = WARM_UP + days - 3.2
    large = [(WARM_UP + 0.34 * days, 196.0)] + ([(WARM_UP + 0.78 * days - 1.5, 202.0)] if days >= 12 else [])
    middle = [
        (d, draw.uniform(25, 95))
        for d in np.arange(1.5, end - 1.5, 5.5) + draw.uniform(-1, 1, len(np.arange(1.5, end - 1.5, 5.5)))
    ]
    showers = [(d, draw.uniform(2, 11)) for d in draw.uniform(0, end - 0.5, int(end / 3))]
    quiet = [m for m in middle if all(abs(m[0] - big[0]) > 2.2 for big in large)]
    return sorted(large + quiet + showers)


def _draw(draw: np.random.Generator, site: Site, start: float, depth: float) -> Storm:
    lasts = float(np.clip(draw.normal(6 + depth / 18, 2), 1.5, 22))
    turn = draw.uniform(-0.9, 0.9)
    drift = (float(9 * np.cos(turn)), float(9 * np.sin(turn)))
    aside = 0.2 if depth > 150 else 1.0
    reach = 9_000 * site.growth**0.5
    centre = (float(draw.uniform(-1.3, 0.9) * aside * reach), float(draw.uniform(-1, 1) * aside * reach))
    peak, burst = float(draw.uniform(0.3, 0.65)), float(draw.uniform(0.3, 0.9))
    return Storm(start, lasts, depth, burst, peak, drift, centre, float(draw.uniform(3.4, 4.6)) * reach)


def _fall(storm: Storm, hours: Floats, x: Floats, y: Floats) -> Floats:
    """A beta-shaped hyetograph with bursts, later where the storm comes later, thinner away from its track."""
    speed = np.hypot(*storm.drift)
    direction = np.array(storm.drift) / speed
    px, py = x - storm.centre[0], y - storm.centre[1]
    late = (px * direction[0] + py * direction[1]) / 1000 / (speed * 3.6)
    beside = -px * direction[1] + py * direction[0]
    share = np.clip((hours - storm.start - late) / storm.lasts, 0, 1)
    a, b = 1 + 4 * storm.peak, 1 + 4 * (1 - storm.peak)
    body = share ** (a - 1) * (1 - share) ** (b - 1)
    bursts = 1 + storm.burst * np.sin(2 * np.pi * share * (2.5 + 3 * storm.burst) + storm.depth) * (body > 0)
    shape = body * np.clip(bursts, 0.02, None)
    total = shape.sum(0, keepdims=True)
    fallen: Floats = shape / np.where(total > 0, total, 1) * storm.depth * np.exp(-((beside / storm.width) ** 2))
    return fallen


def conditions(spell: Spell, rain: Floats, station: int) -> dict[str, Floats]:
    """Weather at a place with this rain (mm a step), by column: degrees C, %, hPa, m/s, degrees, W/m2."""
    draw = spell.site.rng(f"weather {station}")
    count = spell.steps
    hour = (np.arange(count) + 1) / 6 % 24
    wet = _recent(rain, 36)
    slow = _slow(draw, count, 260)
    sun = np.clip(np.sin((hour - 5) / 14 * np.pi), 0, None) * (hour > 5) * (hour < 19)
    cloud = np.clip(0.35 + 0.25 * _slow(draw, count, 90) + wet / 6, 0.05, 1)
    solar = 980 * sun**1.15 * (1 - 0.82 * cloud)
    season = 21.5 + 4.0 * np.linspace(-0.4, 0.6, count)
    temperature = (
        season + 1.6 * slow + (1 - 0.7 * cloud) * 5.2 * np.sin((hour - 9) / 24 * 2 * np.pi) - np.clip(wet * 0.4, 0, 3)
    )
    humidity = np.clip(74 - 1.9 * (temperature - season) + wet * 5 + 4 * _slow(draw, count, 60), 28, 99)
    pressure = 1011 + 3.0 * slow - np.clip(wet * 1.3, 0, 16) + draw.normal(0, 0.08, count)
    wind = np.clip(1.7 + 1.3 * sun + 0.6 * wet + 0.7 * _slow(draw, count, 12), 0, None)
    direction = (200 + 55 * _slow(draw, count, 130) + 20 * draw.standard_normal(count)) % 360
    return {
        "temperature": temperature, "humidity": humidity, "pressure": pressure, "wind": wind,
        "gust": wind * (1.5 + 0.25 * draw.random(count)), "direction": direction, "solar": solar,
    }  # fmt: skip


def _recent(rain: Floats, steps: int) -> Floats:
    """Rain of the last `steps`, smoothed, in mm an hour."""
    weights = np.hanning(2 * steps)[steps:]
    recent: Floats = np.convolve(rain, weights / weights.sum())[: len(rain)] * 6
    return recent


def _slow(draw: np.random.Generator, count: int, steps: int) -> Floats:
    """A slowly wandering line of unit size that forgets within `steps`."""
    knots = draw.standard_normal(count // steps + 3)
    return np.interp(np.arange(count) / steps, np.arange(len(knots)), knots)


def tips(rain: Floats) -> Floats:
    """What a bucket of 0.5 mm counts: whole tips, none lost."""
    return np.diff(np.floor(np.cumsum(rain, axis=0) / 0.5), axis=0, prepend=0) * 0.5

"""A gauge as the city holds it: its readings, its stages, the rain around it, and what was learnt of it.

Names to know: `Gauge`, `Memory`, `learn`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from noren.errors import NotAllowed
from noren.services.disaster.exposure import Index
from noren.services.disaster.forecast import NOTHING, Model, fit
from noren.services.disaster.inundation import Terrain
from noren.services.disaster.risk import Risk
from noren.services.disaster.series import HOUR, Readings, mean_rain, tidy
from noren.services.disaster.thresholds import Levels, Thresholds, choose, same
from noren.terms.records import StageThresholds, WaterObserved

if TYPE_CHECKING:
    from noren.view import View

HISTORY = timedelta(days=3 * 365)
RENEW = timedelta(hours=24)
RAIN_TYPES = ("RainfallObserved", "WeatherObserved")
_NEAREST_RAIN = 8


class Gauge(msgspec.Struct):
    """What the watch remembers of one gauge between two readings; lost with the process, and learnt again."""

    model: Model | None = None
    learnt: datetime | None = None
    seen: float = 0.0
    written: float = 0.0
    near: tuple[float, float] | None = None
    terrain: Terrain | None = None
    risks: dict[float, Risk | None] = {}


class Memory(msgspec.Struct):
    """What the watch remembers of a city."""

    gauges: dict[str, Gauge] = {}
    index: Index | None = None
    indexed: datetime | None = None

    def of(self, id: str) -> Gauge:
        """What is remembered of the gauge."""
        return self.gauges.setdefault(id, Gauge())


def readings(table: pa.Table) -> Readings:
    """Readings of a table of `View.series`."""
    times = table.column("observed").cast(pa.int64()).to_numpy() / 1e6
    return tidy(times, table.column("number").to_numpy().astype(np.float64))


def by_entity(table: pa.Table) -> dict[str, Readings]:
    """Readings of each entity in a table of `View.series`."""
    found = {}
    for id in table.column("entity").unique().to_pylist():
        found[id] = readings(table.filter(pc.equal(table.column("entity"), id)))
    return found


async def latest(view: View) -> dict[str, float]:
    """Time of the newest reading of each gauge that reported in the last week."""
    table = await view.series("WaterObserved", "waterLevel", start=view.now() - timedelta(days=7), last=1)
    return {id: float(each.times[-1]) for id, each in by_entity(table).items() if len(each.times)}


async def learn(view: View, gauge: WaterObserved, known: Gauge) -> Model:
    """The model of the gauge: the one learnt before, or a new one when a day of the city's time has passed."""
    now = view.now()
    fresh = known.learnt is not None and timedelta(0) <= now - known.learnt < RENEW
    if known.model is None or not fresh:
        history = readings(
            await view.series("WaterObserved", "waterLevel", ids=[gauge.id], start=now - HISTORY, end=None)
        )
        rain = await rainfall(view, gauge, now - HISTORY)
        known.model = await asyncio.to_thread(fit, history, rain)
        known.learnt = now
    return known.model


async def recent(view: View, gauge: WaterObserved, span: float) -> Readings:
    """The readings that a forecast looks at: `span` seconds and a day's gap before now."""
    start = view.now() - timedelta(seconds=span + 48 * HOUR)
    return readings(await view.series("WaterObserved", "waterLevel", ids=[gauge.id], start=start, end=None))


async def rainfall(view: View, gauge: WaterObserved, start: datetime) -> Readings:
    """Mean rain of the nearest stations in millimetres an hour since `start`; nothing where no station is known."""
    for kind in RAIN_TYPES:
        stations = await _rain_stations(view, kind, gauge)
        if stations:
            table = await view.series(kind, "precipitation", ids=stations, start=start, end=None)
            if table.num_rows:
                return mean_rain(list(by_entity(table).values()))
    return NOTHING


async def _rain_stations(view: View, kind: str, gauge: WaterObserved) -> list[str]:
    try:
        found = [(_far(gauge.location, each.get("location")), each["id"]) async for each in view.find(kind)]
    except NotAllowed:
        return []
    return [id for _, id in sorted(found)[:_NEAREST_RAIN]]


def _far(one: dict[str, Any] | None, other: dict[str, Any] | None) -> float:
    """A measure of distance that sorts; far when a place is not known."""
    a, b = point(one), point(other)
    return (a[0] - b[0]) ** 2 + (a[1] - b[1]) ** 2 if a and b else float("inf")


def point(location: dict[str, Any] | None) -> tuple[float, float] | None:
    """Longitude and latitude of a GeoJSON point; None for anything else."""
    if not location or location.get("type") != "Point":
        return None
    return float(location["coordinates"][0]), float(location["coordinates"][1])


def stages(gauge: WaterObserved, tables: Sequence[StageThresholds], settings: dict[str, Any]) -> Thresholds:
    """The stages that hold for the gauge; `settings` is `[disaster]` of noren.toml with alert, flood and severe."""
    named = [_levels(each) for each in _for_gauge(gauge, tables)]
    city = [_levels(each) for each in tables if not each.applies_to]
    own = settings.get("thresholds", settings)
    return choose(_levels(gauge), named, city, Levels(own.get("alert"), own.get("flood"), own.get("severe")))


def _for_gauge(gauge: WaterObserved, tables: Sequence[StageThresholds]) -> list[StageThresholds]:
    """The tables that hold for the gauge by its id, else the one for a single station whose name fits the gauge's."""
    if found := [each for each in tables if gauge.id in (each.applies_to or ())]:
        return found
    alike = [each for each in tables if each.applies_to and same(gauge.name or "", each.name or "")]
    return alike if len(alike) == 1 else []


def _levels(source: WaterObserved | StageThresholds) -> Levels:
    return Levels(source.alert_level, source.flood_level, source.severe_level)


def moment(seconds: float) -> datetime:
    """The time as an aware datetime."""
    return datetime.fromtimestamp(seconds, UTC)

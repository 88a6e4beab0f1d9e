"""The service: new readings in, forecasts, areas at risk and alerts out.

For each gauge with a new reading it forecasts, compares with the stages, finds who lies in the water, and writes
three entities with stable ids: `FloodForecast`, `FloodRiskArea` and `Alert`. A city without terrain, stages, buildings
or rain gets what can be done without, and reads what is missing.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from noren.contract import Function, Layer, service
from noren.errors import NotAllowed
from noren.services.disaster import entities, gauges, risk
from noren.services.disaster.decide import decide, situation
from noren.services.disaster.exposure import Index
from noren.services.disaster.forecast import NOTHING, Forecast, Model
from noren.services.disaster.gauges import Memory
from noren.services.disaster.inundation import Terrain, middle, read
from noren.services.disaster.series import HOUR, Readings, trusted
from noren.services.disaster.thresholds import Levels, Thresholds, hint
from noren.services.disaster.words import Picture
from noren.terms.records import (
    Alert,
    Building,
    District,
    FireStation,
    FloodForecast,
    FloodRiskArea,
    GtfsStop,
    Hospital,
    Nursery,
    PopulationCell,
    RainfallObserved,
    RoadSegment,
    School,
    SeniorFacility,
    Shelter,
    StageThresholds,
    WaterObserved,
    WeatherObserved,
)

if TYPE_CHECKING:
    from noren.view import View

_log = logging.getLogger(__name__)
_MEMORY = "disaster"
_SILENT_INTERVALS = 4
_SILENT = HOUR
_FORGOTTEN = 7 * 24 * HOUR
_INDEX_KEPT = timedelta(hours=6)
_STAGE_STEP = 0.1
_REFRESH = HOUR


@service(
    functions=[Function.DISASTER],
    layers=[Layer.SAFETY],
    purpose="flood-warning",
    reads=[WaterObserved],
    optional=[
        StageThresholds,
        RainfallObserved,
        WeatherObserved,
        Building,
        PopulationCell,
        District,
        Hospital,
        SeniorFacility,
        School,
        Nursery,
        Shelter,
        FireStation,
        GtfsStop,
        RoadSegment,
        FloodForecast,
        FloodRiskArea,
        Alert,
    ],
    needs={"WaterObserved": ("waterLevel",)},
    writes=[FloodForecast, FloodRiskArea, Alert],
    on=[WaterObserved],
    every="1h",
    stage="practice",
    title={"en": "Watching rivers", "ja": "河川の見守り"},
    summary={
        "en": "Forecasts each gauge up to 24 hours ahead, finds who lies in the water, and warns before it comes.",
        "ja": "水位を24時間先まで予測し、浸水のおそれのある区域と人を見つけ、水が来る前にお知らせします。",
    },
    serves=("flooding",),
    measures=("hours between warning and flood", "warnings without a flood", "floods without a warning"),
    owner="disaster management",
    exit_test="Each year: fewer than one warning in two without a flood, and no flood without a warning.",
    cost="One gauge and its readings; a terrain model and an address register add the area and the people.",
    gains="Everyone who lives, works or is cared for near the water.",
)
async def watch_floods(view: View) -> None:
    """Forecasts each gauge with a new reading and writes forecast, area at risk and alert."""
    memory: Memory = view.home.memory.setdefault(_MEMORY, Memory())
    newest = await gauges.latest(view)
    tables = await _all(view, StageThresholds)
    for gauge in await _all(view, WaterObserved):
        if gauge.id in newest:
            await _attend(view, memory, gauge, tables, newest[gauge.id])


async def _all(view: View, kind: type[Any]) -> list[Any]:
    try:
        return [each async for each in view.find(kind)]
    except NotAllowed:
        return []


async def _attend(
    view: View, memory: Memory, gauge: WaterObserved, tables: Sequence[StageThresholds], newest: float
) -> None:
    """Look at one gauge; nothing happens when it has no new reading, unless it has just fallen silent."""
    known, now = memory.of(gauge.id), view.now().timestamp()
    if now - newest > _FORGOTTEN or (newest == known.seen and now - known.written < _REFRESH):
        return
    model = await gauges.learn(view, gauge, known)
    readings = await gauges.recent(view, gauge, model.span)
    if not len(readings.times):
        return
    rain = await gauges.rainfall(view, gauge, view.now() - timedelta(days=6)) if model.winner.rain else NOTHING
    forecast = model.predict(readings, rain)
    thresholds = gauges.stages(gauge, tables, view.home.settings.get("disaster", {}))
    picture = _picture(view, gauge, thresholds, model, forecast, readings)
    await _publish(view, memory, gauge, picture, model)
    known.seen, known.written = newest, now


def _picture(
    view: View, gauge: WaterObserved, thresholds: Thresholds, model: Model, forecast: Forecast, readings: Readings
) -> Picture:
    last = float(readings.times[-1])
    silent = view.now().timestamp() - last > max(_SILENT_INTERVALS * readings.interval, _SILENT)
    suggested = hint(model.levels) if thresholds.source == "unknown" else Levels()
    unknown = ("thresholds" if suggested.any else "hint",) if thresholds.source == "unknown" else ()
    return Picture(
        place=entities.place(gauge),
        forecast=forecast,
        thresholds=thresholds,
        skill=model.skill,
        rivals=len(model.scores),
        zone=view.home.zone,
        missing=unknown,
        silent_since=last if silent else None,
        suspect=None if trusted(readings, model.bounds)[-1] else float(readings.values[-1]),
        hint=suggested,
    )


async def _publish(view: View, memory: Memory, gauge: WaterObserved, picture: Picture, model: Model) -> None:
    """Write what the picture shows: always the forecast, the area when there is something to warn of, and the alert."""
    standing = await view.get(Alert, entities.sibling(gauge.id, "Alert"))
    before = situation(standing.sub_category) if standing and standing.status == entities.ACTIVE else None
    now = decide(picture.forecast, picture.thresholds, before, silent=picture.silent_since is not None)
    out: list[Any] = [entities.forecast(gauge, picture, model)]
    if now is not None:
        found, missing = await _risk(view, memory, gauge, picture, model)
        picture = picture._replace(missing=(*picture.missing, *missing))
        if found:
            picture = picture._replace(exposure=found.exposure, at_most=found.at_most)
        out += [entities.area(gauge, found, picture)] if found else []
        out += entities.warning(gauge, picture, now, standing, view.home.languages, bool(found))
    elif before is not None and standing is not None:
        out.append(entities.all_clear(gauge, picture, standing, view.home.languages))
    for outcome in await view.upsert(out):
        if outcome.error:
            _log.error("%s was refused: %s", outcome.id, outcome.error)
    if now is None and before is not None:
        await view.delete([entities.sibling(gauge.id, "FloodRiskArea")])


async def _risk(
    view: View, memory: Memory, gauge: WaterObserved, picture: Picture, model: Model
) -> tuple[risk.Risk | None, tuple[str, ...]]:
    """Area at the highest stage expected (upper edge of the range not counted), and what is missing to say more."""
    if "terrain" not in view.coverages():
        return None, ("terrain",)
    known, own = memory.of(gauge.id), gauges.point(gauge.location)
    near = own or await asyncio.to_thread(_assumed, view)
    if near is None:
        return None, ("place",)
    index = await _index(view, memory)
    if known.terrain is None or known.near != near:
        known.near, known.risks = near, {}
        known.terrain = await asyncio.to_thread(_terrain, view, near)
    stage = round(max(float(picture.forecast.median.max()), picture.forecast.level) / _STAGE_STEP) * _STAGE_STEP
    if stage not in known.risks:
        known.risks.clear()
        known.risks[stage] = await asyncio.to_thread(
            risk.assess, known.terrain, near, stage, model.low_water, gauge.gauge_zero, index
        )
    found = known.risks[stage]
    lacking = () if found is None else (*(() if own else ("assumed",)), *_lacking(found))
    return found, lacking


def _lacking(found: risk.Risk) -> list[str]:
    people = ["people"] if found.exposure.people is None else []
    return people + (["buildings"] if found.exposure.buildings is None else [])


async def _index(view: View, memory: Memory) -> Index:
    now = view.now()
    if memory.index is None or memory.indexed is None or not timedelta(0) <= now - memory.indexed < _INDEX_KEPT:
        memory.index, memory.indexed = await risk.things(view), now
        for each in memory.gauges.values():
            each.risks.clear()
    return memory.index


def _assumed(view: View) -> tuple[float, float] | None:
    """Where a gauge of unknown place is taken to stand."""
    files = view.coverages()
    return middle(files["terrain"], files["water"]) if "water" in files else None


def _terrain(view: View, near: tuple[float, float]) -> Terrain:
    files = view.coverages()
    return read(files["terrain"], files.get("water"), near)

"""What matters here and now: alerts, what changes, what is as usual."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from noren.catalogue.bridging import rule_of
from noren.services import all_services
from noren.terms import TYPES, records
from noren.web.api.answers import answer, caller, kept, number

if TYPE_CHECKING:
    from noren.view import View

KEEP_S = 2.0
NEAR_M = 1500.0
ALERTS_WITHIN_M = 5000.0
PER_TYPE, CHANGED, NORMAL = 60, 8, 12
CHANGING, LEAPING = 0.12, 0.5
"""Share of its day's span by which a level, and an amount or count, must have moved within an hour to be changing."""
GRAVITY = {"critical": 0, "high": 1, "medium": 2, "low": 3, "informational": 4}


class Reading(msgspec.Struct, rename="camel"):
    """A sensor's newest value; `change` is against an hour ago, None when that is not known."""

    id: str
    type: str
    name: str
    attribute: str
    value: float
    unit: str | None
    observed_at: datetime
    change: float | None
    stale: bool
    location: dict[str, Any] | None
    mark: int
    moved: float = 0.0


def main_attribute(type_name: str) -> str | None:
    """The measured attribute that stands for a type: its first indexed numeric one."""
    kind = TYPES.get(type_name)
    if kind is None:
        return None
    return next((a.name for a in kind.attributes.values() if a.kind == "number" and a.indexed), None)


async def now(request: Request) -> Response:
    """The answer for the whole city, or around `lon`, `lat`."""
    view = caller(request)
    lon, lat = number(request, "lon"), number(request, "lat")
    near = None if lon is None or lat is None else (round(lon, 4), round(lat, 4))
    return answer(await kept(request, view, near).latest(lambda: look(view, near), KEEP_S))


async def look(view: View, near: tuple[float, float] | None) -> dict[str, Any]:
    """Alerts by gravity, readings that move, readings that do not, and the areas at risk.

    Everything written up to `seq` is in it, so that a page that heard of a later change knows to ask again.
    """
    seq = view.newest()
    around: dict[str, Any] = {} if near is None else {"near": near, "within_m": NEAR_M}
    found = await asyncio.gather(*(read(view, kind, around) for kind in await sensing(view)))
    readings = [reading for some in found for reading in some]
    moving = sorted(filter(changing, readings), key=lambda r: (r.type != "WaterObserved", -r.moved))
    still = sorted((r for r in readings if not changing(r)), key=lambda r: (r.type != "WaterObserved", r.stale))
    alerts = await current_alerts(view, near)
    areas = [a async for a in view.find("FloodRiskArea", limit=50)] if alerts else []
    return {
        "at": view.now(),
        "seq": seq,
        "alerts": alerts,
        "changed": moving[:CHANGED],
        "normal": mixed(still)[:NORMAL],
        "areas": areas,
        "place": None,
    }


def changing(reading: Reading) -> bool:
    """Whether a reading moves by more than such readings always do."""
    return reading.moved >= (LEAPING if rule_of(reading.attribute) == "step" else CHANGING)


def mixed(readings: list[Reading]) -> list[Reading]:
    """The readings dealt by type in turn, so that a hundred detectors do not hide the one river."""
    piles: dict[str, list[Reading]] = {}
    for reading in readings:
        piles.setdefault(reading.type, []).append(reading)
    rounds = max(map(len, piles.values()), default=0)
    return [pile[i] for i in range(rounds) for pile in piles.values() if i < len(pile)]


async def current_alerts(view: View, near: tuple[float, float] | None = None) -> list[dict[str, Any]]:
    """Alerts that hold now and were not withdrawn, gravest first; those near the place where one is given."""
    around: dict[str, Any] = {} if near is None else {"near": near, "within_m": ALERTS_WITHIN_M}
    at = view.now()
    found = [a async for a in view.find("Alert", limit=200, **around) if a.get("confirmation") != "withdrawn"]
    holding = [a for a in found if _holds(a, at)]
    return sorted(holding, key=lambda a: (GRAVITY.get(str(a.get("severity")), 5), str(a.get("dateIssued"))))


def _holds(alert: dict[str, Any], at: datetime) -> bool:
    ends = alert.get("validTo")
    return not isinstance(ends, str) or datetime.fromisoformat(ends) >= at


async def sensing(view: View) -> list[str]:
    """Types that the city holds and that have a main attribute; what services work out is no reading."""
    worked_out = {name for service in all_services() for name in service.declaration.writes}
    return [name for name in await view.type_names() if main_attribute(name) and name not in worked_out]


async def read(view: View, type_name: str, around: dict[str, Any]) -> list[Reading]:
    """The newest readings of a type with their movement within the last hour."""
    attribute = main_attribute(type_name) or ""
    record = getattr(records, type_name)
    found = [r async for r in view.find(record, limit=PER_TYPE, **around) if r.observed_at is not None]
    found = [r for r in found if isinstance(r.entity().get(attribute), dict)]
    if not found:
        return []
    spans = await movement(view, type_name, attribute, [r.id for r in found])
    return [_reading(r, type_name, attribute, spans.get(r.id), view.now()) for r in found]


async def movement(
    view: View, type_name: str, attribute: str, ids: Iterable[str]
) -> dict[str, tuple[float, float, float]]:
    """Per entity the lowest and highest value of the last day and the mean of the hour before the last."""
    at = view.now()
    day = await view.aggregate(
        type_name,
        attribute,
        ids=list(ids),
        start=at - timedelta(hours=24),
        end=at,
        period=3600,
        methods=["min", "max", "avg"],
    )
    spans: dict[str, tuple[float, float, float]] = {}
    for row in day.to_pylist():
        if row["min"] is None:
            continue
        low, high, before = spans.get(row["entity"], (row["min"], row["max"], row["avg"]))
        hour_ago = row["avg"] if row["start"] < at - timedelta(hours=1) else before
        spans[row["entity"]] = (min(low, row["min"]), max(high, row["max"]), hour_ago)
    return spans


def _reading(
    record: records.Record, type_name: str, attribute: str, span: tuple[float, float, float] | None, at: datetime
) -> Reading:
    instance = record.entity()[attribute]
    value = float(instance["value"])
    change = value - span[2] if span else None
    width = max(span[1], value) - min(span[0], value) if span else 0.0
    observed = record.observed_at
    assert observed is not None  # noqa: S101 - `read` keeps only observed records
    return Reading(
        id=record.id,
        type=type_name,
        name=record.name or record.id.rsplit(":", 1)[-1],
        attribute=attribute,
        value=value,
        unit=instance.get("unitCode"),
        observed_at=observed,
        change=change,
        stale=at - observed > timedelta(hours=3),
        location=record.location,
        mark=TYPES[type_name].class_of(attribute),
        moved=abs(change) / width if change is not None and width > 0 else 0.0,
    )

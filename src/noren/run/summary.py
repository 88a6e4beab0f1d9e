"""What a rehearsal showed: when the first warning was given, and when the water really came."""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from noren.city import City
from noren.intake.connectors.player import Tape
from noren.run.services import Work

LEVELS = {"alert": "alertLevel", "flood": "floodLevel", "severe": "severeLevel"}
OBSERVED = "observed"


class Told(msgspec.Struct, rename="camel", frozen=True):
    """One thing that the city told its people; `at` is the city's time, `stands` is False for an all-clear."""

    at: datetime
    stands: bool
    gauge: str
    sub_category: str
    severity: str
    certainty: str
    headline: str


class Crossing(msgspec.Struct, rename="camel", frozen=True):
    """The first reading of a gauge at or above a stage, and since when a warning of it had stood without a break.

    `lead_hours` is from the warning to the reading; None when none stood. A warning that was taken back before the
    water came does not count, nor does one that only says what is seen.
    """

    gauge: str
    stage: str
    level: float
    at: datetime
    warned: datetime | None
    lead_hours: float | None


class Ran(msgspec.Struct, rename="camel", frozen=True):
    """How a service did."""

    name: str
    runs: int
    failures: int
    last_error: str


class Summary(msgspec.Struct, rename="camel", frozen=True):
    """The whole rehearsal; `seconds` of real time."""

    start: datetime
    until: datetime
    readings: int
    first_warning: Told | None
    crossings: list[Crossing]
    told: list[Told]
    services: list[Ran]
    seconds: float
    timezone: str = "UTC"

    def text(self) -> str:
        """The summary in words."""
        lines = [f"From {self._day(self.start)} to {self._day(self.until)}, {self.timezone}."]
        lines.append(f"{self.readings} readings, rehearsed in {self.seconds:.0f} s.")
        if self.first_warning:
            lines.append(f"{self._day(self.first_warning.at)}: first warning, “{self.first_warning.headline}”")
        else:
            lines.append("No warning was given.")
        lines += [self._crossed(crossing) for crossing in self.crossings] or ["No reading crossed a stage."]
        lines += [f"{ran.name} failed {ran.failures} times: {ran.last_error}" for ran in self.services if ran.failures]
        return "\n".join(lines)

    def _crossed(self, crossing: Crossing) -> str:
        what = f"{crossing.stage} stage {crossing.level:.2f} m at {crossing.gauge.rpartition(':')[2]}"
        if crossing.lead_hours is None:
            return f"{self._day(crossing.at)}: {what} crossed, without a warning."
        return f"{self._day(crossing.at)}: {what} crossed; the warning came {crossing.lead_hours:.1f} h before."

    def _day(self, moment: datetime) -> str:
        return f"{moment.astimezone(ZoneInfo(self.timezone)):%Y-%m-%d %H:%M}"


class Watch:
    """Looks at the city's alerts while a rehearsal runs and remembers when each said something new."""

    def __init__(self, city: City, tape: Tape, start: datetime, until: datetime) -> None:
        self._city, self._tape, self.start, self.until = city, tape, start, until
        self._said: dict[str, tuple[str, str]] = {}
        self._begun = time.monotonic()
        self.told: list[Told] = []
        self.services: Sequence[Work] = ()

    async def look(self) -> None:
        """Note every alert that stands and says another thing than before."""
        async for alert in self._city.view(self._city.staff).find("Alert"):
            said = (str(alert.get("status") or "active"), str(alert.get("subCategory") or ""))
            if self._said.get(alert["id"]) == said:
                continue
            self._said[alert["id"]] = said
            self.told.append(_told_by(alert, said[0] == "active", await self._gauge(alert), self._city.clock.now()))

    async def _gauge(self, alert: dict[str, Any]) -> str:
        """The gauge that the alert was found from, by way of its forecast."""
        source = str(alert.get("alertSource") or "")
        forecast = await self._city.view(self._city.staff).get("FloodForecast", source)
        return str((forecast or {}).get("gauge") or source)

    async def summary(self) -> Summary:
        """What was seen so far."""
        await self.look()
        until = min(self.until, self._city.clock.now())
        return Summary(
            start=self.start,
            until=until,
            readings=len(self._tape.between(self.start, until)),
            first_warning=next((told for told in self.told if told.stands), None),
            crossings=await self._crossings(until),
            told=self.told,
            services=[Ran(w.name, w.runs, w.failures, w.last_error) for w in self.services],
            seconds=round(time.monotonic() - self._begun, 1),
            timezone=self._city.config.timezone,
        )

    async def _crossings(self, until: datetime) -> list[Crossing]:
        stages = await self._stages()
        found: dict[tuple[str, str], Crossing] = {}
        for entity in self._tape.between(self.start, until):
            level = entity.get("waterLevel")
            for name, stage in stages.get(entity["id"], {}).items():
                if level is not None and level["value"] >= stage and (entity["id"], name) not in found:
                    at = datetime.fromisoformat(level["observedAt"])
                    found[entity["id"], name] = self._crossing(entity["id"], name, stage, at)
        return sorted(found.values(), key=lambda crossing: crossing.at)

    def _crossing(self, gauge: str, name: str, stage: float, at: datetime) -> Crossing:
        warned = standing_since([told for told in self.told if told.gauge in ("", gauge)], name, at)
        lead = round((at - warned).total_seconds() / 3600, 2) if warned else None
        return Crossing(gauge, name, stage, at, warned, lead)

    async def _stages(self) -> dict[str, dict[str, float]]:
        """Stages by gauge: those that the city's forecast went by; without one the gauge's own, else those that name
        it, else those that name no gauge, else the settings'."""
        view = self._city.view(self._city.staff)
        used = {each["gauge"]: each.get("forecast") async for each in view.find("FloodForecast") if "gauge" in each}
        tables = [table async for table in view.find("StageThresholds")]
        stages = {}
        async for gauge in view.find("WaterObserved"):
            named = [table for table in tables if gauge["id"] in _list(table.get("appliesTo"))]
            general = [table for table in tables if not table.get("appliesTo")]
            if isinstance(told := used.get(gauge["id"]), dict) and told.get("stages"):
                stages[gauge["id"]] = {name: float(stage) for name, stage in told["stages"].items()}
                continue
            candidates = map(_levels, (gauge, *named, *general))
            settings = self._city.config.disaster.get("thresholds", self._city.config.disaster)
            stages[gauge["id"]] = next((levels for levels in candidates if levels), _settings(settings))
        return stages


def standing_since(told: Sequence[Told], stage: str, at: datetime) -> datetime | None:
    """Since when a warning of `stage`, or of a graver one, had stood without a break at `at`; None when none did."""
    since: datetime | None = None
    for each in told:
        if each.at > at:
            break
        if not each.stands or _rank(each.sub_category.partition("-")[0]) < _rank(stage):
            since = None
        elif each.certainty != OBSERVED or _rank(each.sub_category.partition("-")[0]) > _rank(stage):
            since = since or each.at
    return since


def _rank(stage: str) -> int:
    names = list(LEVELS)
    return names.index(stage) if stage in names else -1


def _told_by(alert: dict[str, Any], stands: bool, gauge: str, now: datetime) -> Told:
    headline = alert.get("headline") or {}
    words = headline.get("en") or next(iter(headline.values()), "") if isinstance(headline, dict) else str(headline)
    return Told(
        at=now.replace(microsecond=0),
        stands=stands,
        gauge=gauge,
        sub_category=str(alert.get("subCategory") or ""),
        severity=str(alert.get("severity") or ""),
        certainty=str(alert.get("certainty") or ""),
        headline=words or str(alert.get("name") or ""),
    )


def _levels(entity: dict[str, Any]) -> dict[str, float]:
    return {name: float(entity[key]) for name, key in LEVELS.items() if isinstance(entity.get(key), int | float)}


def _settings(settings: dict[str, Any]) -> dict[str, float]:
    return {name: float(settings[name]) for name in LEVELS if isinstance(settings.get(name), int | float)}


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]

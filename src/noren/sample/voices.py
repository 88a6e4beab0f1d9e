"""A year of what residents reported, as an Open311-like export: seasons, storms, the same lamp told by several."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np

from noren.sample import files
from noren.sample.layout import Town
from noren.sample.site import CITY, PREFECTURE
from noren.sample.tables import Row, rows

HEADINGS = (
    "service_request_id", "service_code", "description", "lat", "long", "requested_datetime", "updated_datetime",
    "status", "status_notes", "agency_responsible", "media_url", "address",
)  # fmt: skip
MONTHS = {"winter": (12, 1, 2), "summer": (6, 7, 8, 9), "storm": (6, 7, 9, 10)}
OFFICES = {
    "道路課": {"road-damage", "street-light", "road-safety", "traffic-signal", "snow-ice", "bicycle"},
    "上下水道課": {"drainage", "water-supply"},
    "危機管理課": {"flooding", "slope", "disaster-prevention", "crime-prevention"},
    "環境課": {"waste", "dumping", "graffiti", "noise-smell", "animals"},
    "福祉課": {"accessibility", "shopping", "care-places"},
}
_PEOPLE_A_THING = 140
_MOST = 20_000
_YEAR = 365
_ENGLISH = 0.15
_APART_M = 200.0
_DONE = "ました。"
"""How an answer ends that tells what was done; another one tells what goes on."""


@dataclass
class Thing:
    """Something that several reported: where, when each told it, in which words, what became of it."""

    row: Row
    x: float
    y: float
    district: int
    told: list[datetime]
    texts: list[str]
    status: str = "open"
    notes: str = ""
    updated: datetime | None = None
    numbers: list[str] = field(default_factory=list)


def write_voices(town: Town, folder: Path) -> dict[str, str]:
    """Write the export; returns by category the number of the first report of its most reported thing, away from
    others of its kind."""
    draw = town.site.rng("voices")
    themes = rows("voices")
    weight = np.array([float(row["weight"]) for row in themes])
    count = min(_MOST, max(0, round(town.site.population / _PEOPLE_A_THING) - len(themes)))
    chosen = [*range(len(themes)), *draw.choice(len(themes), count, p=weight / weight.sum()).tolist()]
    storms = _days(town, draw, "storm", 6)
    things = [_thing(town, themes[i], storms, draw) for i in chosen]
    _number(town, things)
    files.write_table(folder / "service_requests.csv", HEADINGS, _lines(town, things, draw), encoding="utf-8")
    return _anchors(things)


def _days(town: Town, draw: np.random.Generator, season: str, count: int) -> list[datetime]:
    """Midnights of days of a season in the year before the live part, enough of them to draw from."""
    months = MONTHS.get(season)
    days = [town.site.live_start - timedelta(days=int(n)) for n in range(1, _YEAR)]
    fit = [day for day in days if months is None or day.month in months]
    return [fit[int(i)] for i in draw.integers(0, len(fit), count)]


def _thing(town: Town, row: Row, storms: list[datetime], draw: np.random.Generator) -> Thing:
    house = int(draw.integers(len(town.buildings.x)))
    day = (
        storms[int(draw.integers(len(storms)))] if row["season"] == "storm" else _days(town, draw, row["season"], 1)[0]
    )
    first = day + timedelta(minutes=int(draw.triangular(300, 1110, 1430)))
    several = int(min(draw.geometric(0.55), 9))
    waits = np.sort(draw.exponential(40, several - 1)).cumsum() if several > 1 else np.array([])
    told = [first, *(first + timedelta(hours=float(each)) for each in waits)]
    told = [each.replace(second=0, microsecond=0) for each in told if each < town.site.live_start]
    x, y = town.buildings.x[house] + draw.normal(0, 8), town.buildings.y[house] + draw.normal(0, 8)
    thing = Thing(row, float(x), float(y), _district(town, float(x), float(y)), told, _texts(row, len(told), draw))
    _answer(thing, town.site.live_start, draw)
    return thing


def _district(town: Town, x: float, y: float) -> int:
    return int(np.argmin(np.hypot(town.people.x - x, town.people.y - y)))


def _texts(row: Row, count: int, draw: np.random.Generator) -> list[str]:
    """Several people say it in several ways; of what has no place only the words tell that it is the same."""
    pools = [row["ja"].split("|"), row["en"].split("|")]
    if row["placed"] != "yes":
        return [pools[0][0]] * count
    found = []
    for _ in range(count):
        pool = pools[int(draw.random() < _ENGLISH)]
        found.append(pool[int(draw.integers(len(pool)))])
    return found


def _answer(thing: Thing, now: datetime, draw: np.random.Generator) -> None:
    """Most things are answered within weeks; some are refused, some stand open, and the newest are only received."""
    waited = float(draw.gamma(2.0, 5.0)) + 0.5
    at = thing.told[-1] + timedelta(days=waited)
    luck = draw.random()
    if at >= now or luck < 0.08:
        return
    thing.updated = at.replace(second=0, microsecond=0)
    thing.notes = thing.row["done_ja"]
    done = thing.notes.endswith(_DONE)
    thing.status = "closed" if done and luck > 0.2 else "in progress"
    if luck > 0.95:
        thing.status, thing.notes = "declined", "市の管理する場所ではないため、持ち主にお伝えしました。"


def _number(town: Town, things: list[Thing]) -> None:
    """Numbers in the order in which the reports came in."""
    order = sorted((at, i, k) for i, thing in enumerate(things) for k, at in enumerate(thing.told))
    for thing in things:
        thing.numbers = [""] * len(thing.told)
    for number, (at, i, k) in enumerate(order, 1):
        things[i].numbers[k] = f"SR-{at:%y%m}-{number:05d}"


def _lines(town: Town, things: list[Thing], draw: np.random.Generator) -> list[list[str]]:
    told = [(thing, k) for thing in things for k in range(len(thing.told))]
    # Some do not stand beside it; the first does, and nobody further than a few steps.
    shift = draw.uniform(-12, 12, (len(told), 2)) * np.array([[k > 0] for _, k in told])
    spots = np.array([[thing.x, thing.y] for thing, _ in told]) + shift
    lon, lat = town.site.lonlat(spots[:, 0], spots[:, 1])
    lines = [_line(town, thing, k, f"{y:.6f}", f"{x:.6f}") for (thing, k), x, y in zip(told, lon, lat, strict=True)]
    return sorted(lines, key=lambda line: (line[5], line[0]))


def _line(town: Town, thing: Thing, k: int, lat: str, lon: str) -> list[str]:
    placed, category = thing.row["placed"] == "yes", thing.row["category"]
    district = town.people.names[thing.district].ja
    return [
        thing.numbers[k],
        category,
        thing.texts[k],
        lat if placed else "",
        lon if placed else "",
        thing.told[k].isoformat(),
        (thing.updated or thing.told[k]).isoformat(),
        thing.status,
        thing.notes if thing.updated else "",
        _office(category),
        "",
        f"{PREFECTURE}{CITY}{district}" if placed else "",
    ]


def _office(category: str) -> str:
    return next((office for office, own in OFFICES.items() if category in own), "市民課")


def _anchors(things: list[Thing]) -> dict[str, str]:
    """Things that stand open come first, then those that most people told."""
    by_category: dict[str, list[Thing]] = {}
    for thing in sorted(things, key=lambda each: (each.updated is not None, -len(each.told), each.numbers[0])):
        by_category.setdefault(thing.row["category"], []).append(thing)
    found = {category: next(filter(None, map(_alone(own), own)), None) for category, own in by_category.items()}
    return {category: thing.numbers[0] for category, thing in found.items() if thing}


def _alone(things: list[Thing]) -> Callable[[Thing], Thing | None]:
    """Tells a thing that is away from all others of its kind; of what has no place, the only one."""
    x, y = np.array([each.x for each in things]), np.array([each.y for each in things])

    def alone(thing: Thing) -> Thing | None:
        near = np.hypot(x - thing.x, y - thing.y) <= _APART_M
        others = near.sum() > 1 if thing.row["placed"] == "yes" else len(things) > 1
        return None if others else thing

    return alone

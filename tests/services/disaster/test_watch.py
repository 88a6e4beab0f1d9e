"""The service in a real city: what it writes, when it warns, and what it does without."""

from __future__ import annotations

import logging
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import numpy as np
import pyarrow as pa
import pytest
import rasterio
from affine import Affine

from noren.city import City, create
from noren.services.disaster import cap, entities, watch_floods
from noren.services.disaster.series import HOUR, Readings
from noren.terms.records import (
    Alert,
    Building,
    FloodForecast,
    FloodRiskArea,
    Hospital,
    StageThresholds,
    WaterObserved,
)
from tests.services.disaster.rivers import guaiba, seconds
from tests.services.disaster.test_cap import SCHEMA

GAUGE = "urn:ngsi-ld:WaterObserved:town:bridge"
START = datetime(2024, 3, 1, tzinfo=UTC)
PLACE = (134.0, 34.0)


class Town:
    """A city with one gauge, whose clock the test moves."""

    def __init__(self, city: City) -> None:
        self.city, self.staff = city, city.view(city.staff)
        self.service = city.view(city.service(watch_floods.declaration))

    async def add_gauge(self, river: Readings, **more: object) -> None:
        gauge = WaterObserved(id=GAUGE, name="Bridge", water_body="Kawa", **more)
        await self.staff.upsert([gauge])
        observed = pa.array((river.times * 1e6).astype(np.int64), pa.timestamp("us", "UTC"))
        rows = len(river.times)
        columns = {"entity": [GAUGE] * rows, "attribute": ["waterLevel"] * rows, "observed": observed}
        await self.staff.record("WaterObserved", pa.table(columns | {"number": river.values}))

    async def at(self, moment: datetime) -> Alert | None:
        """The alert after the watch has run at that time."""
        self.city.clock.jump(moment)
        await watch_floods(self.service)
        return await self.get(Alert)

    async def get(self, kind):
        return await self.staff.get(kind, entities.sibling(GAUGE, kind.__name__))


@pytest.fixture
async def town(tmp_path):
    create(tmp_path / "town", "Town")
    settings = (tmp_path / "town" / "noren.toml").read_text()
    (tmp_path / "town" / "noren.toml").write_text(
        "languages = ['en', 'ja', 'pt-BR']\n" + _without(settings, "languages")
    )
    async with City.open(tmp_path / "town") as city:
        city.clock.jump(START)
        yield Town(city)


def _without(text: str, key: str) -> str:
    return "\n".join(line for line in text.splitlines() if not line.startswith(key))


def made() -> Readings:
    """A slow river: every eight days it rises for two and falls for three, by half a metre and more; then by three."""
    rng = np.random.default_rng(4)
    hours = np.arange(46 * 24)
    peaks = [1.8, 1.4, 2.3, 1.6, 2.0, 4.0]
    corners = [(8 * 24 * n + offset, level) for n, peak in enumerate(peaks) for offset, level in _wave(peak)]
    level = np.interp(hours, *np.array(corners).T) + rng.normal(0, 0.004, len(hours))
    return Readings(hours * HOUR + START.timestamp(), level)


def _wave(peak: float) -> list[tuple[float, float]]:
    return [(0, 0.9), (48, peak), (120, 0.9)]


RISES = START + timedelta(days=40)


def lay_ground(city: City) -> None:
    """A valley of 2 km: a river at 5 m in its middle, banks that rise 1 m in 100 m."""
    size, cell = 100, 0.0002
    distance = np.abs(np.arange(size) - size // 2)
    heights = np.where(distance < 2, 5.0, 5.5 + 0.2 * distance)[None, :] + np.zeros((size, 1))
    place = Affine(cell, 0, PLACE[0] - cell * size / 2, 0, -cell, PLACE[1] + cell * size / 2)
    for name, data in (("terrain", heights), ("water", heights == 5.0)):
        (city.folder / "files").mkdir(exist_ok=True)
        with rasterio.open(
            city.folder / "files" / f"{name}.tif", "w", driver="GTiff", width=size, height=size, count=1,
            dtype="float32", crs="EPSG:4326", transform=place,
        ) as file:  # fmt: skip
            file.write(data.astype("float32"), 1)
        (city.folder / "mappings" / f"{name}.toml").write_text(f'role = "{name}"\nfile = "files/{name}.tif"\n')


def point(lon: float, lat: float) -> dict:
    return {"type": "Point", "coordinates": [lon, lat]}


async def test_a_city_with_everything_is_warned_before_the_water_comes(town):
    lay_ground(town.city)
    await town.add_gauge(made(), location=point(*PLACE), alert_level=2.0, flood_level=3.0, severe_level=6.0)
    near, far = point(PLACE[0] + 0.001, PLACE[1]), point(PLACE[0] + 0.009, PLACE[1])
    await town.staff.upsert(
        [
            Building(id="urn:ngsi-ld:Building:town:near", location=near, residents=4),
            Building(id="urn:ngsi-ld:Building:town:far", location=far, residents=8),
            Hospital(id="urn:ngsi-ld:Hospital:town:one", name="St. Luke", location=near),
        ]
    )
    assert await town.at(RISES - timedelta(hours=2)) is None
    first = await town.get(FloodForecast)
    assert first.gauge == GAUGE and first.method and len(first.forecast["hours"]) == 24
    assert first.skill["moments"] > 100 and "persistence" in first.skill["methods"]

    said = {}
    for hour in range(0, 49, 2):
        alert = await town.at(RISES + timedelta(hours=hour))
        if alert:
            said.setdefault(alert.sub_category, (hour, alert))
    level_at_warning = 0.9 + 3.1 * said["flood-expected"][0] / 48
    assert level_at_warning < 2.9, "the forecast crosses before the reading does"
    assert said["flood-expected"][0] < said["flood-reached"][0]
    warned = said["flood-expected"][1]
    assert warned.severity == "high" and warned.certainty == "likely" and warned.confirmation == "automatic"
    assert set(warned.headline) == set(warned.instruction) == set(warned.details) == {"en", "ja", "pt"}
    assert "Kawa, Bridge" in warned.headline["en"] and "3.00 m" in warned.headline["en"]
    assert warned.valid_from > warned.date_issued and warned.valid_to > warned.valid_from

    reached = said["flood-reached"][1]
    area = await town.get(FloodRiskArea)
    assert reached.affected_area == area.id and area.gauge == GAUGE
    assert (area.buildings, area.people) == (1, 4)
    assert area.affected["Hospital"]["items"][0]["name"] == "St. Luke"
    assert "About 4 people live in the area shown." in reached.details["en"]
    SCHEMA.assertValid(_parsed(cap.document(reached, area=area, sender="town")))


def _parsed(document: bytes):
    from lxml import etree

    return etree.fromstring(document)


async def test_an_alert_is_updated_not_multiplied_and_ends(town):
    await town.add_gauge(made(), flood_level=3.0)
    seen = []
    for hour in range(24, 142, 2):
        if alert := await town.at(RISES + timedelta(hours=hour)):
            seen.append(alert)
    alerts = [each async for each in town.staff.find(Alert)]
    assert len(alerts) == 1
    over = alerts[0]
    assert (over.status, over.sub_category, over.urgency) == ("over", "flood-over", "past")
    assert over.headline["en"] == "Kawa, Bridge: the warning has ended"
    assert await town.get(FloodRiskArea) is None
    chain = {each.date_issued: each for each in seen}
    for each in chain.values():
        if each.supersedes:
            assert datetime.fromisoformat(each.supersedes[0]) in chain
    codes = [each.sub_category for each in seen]
    assert codes.index("flood-reached") < codes.index("flood-over")
    changes = sum(a != b for a, b in pairwise(codes))
    assert changes <= 6, f"it flutters: {codes}"


async def test_without_terrain_or_place_it_says_what_is_missing(town):
    await town.add_gauge(made(), flood_level=3.0)
    alert = await town.at(RISES + timedelta(hours=46))
    assert alert.sub_category == "flood-reached"
    assert "the city has no terrain model" in alert.details["en"]
    await town.staff.upsert([WaterObserved(id=GAUGE, location=point(*PLACE))])
    alert = await town.at(RISES + timedelta(hours=48))
    assert "the city has no terrain model" in alert.details["en"]
    assert alert.affected_area is None


async def test_without_stages_it_forecasts_and_hints_but_raises_no_alert(town):
    await town.add_gauge(made())
    assert await town.at(RISES + timedelta(hours=46)) is None
    forecast = await town.get(FloodForecast)
    assert forecast.forecast["stagesFrom"] == "unknown"
    assert forecast.forecast["missing"] == ["thresholds"]
    assert forecast.probability is None and forecast.peak_level > 3


async def test_stages_of_the_city_hold_where_the_gauge_has_none(town):
    await town.add_gauge(made())
    await town.staff.upsert([StageThresholds(id="urn:ngsi-ld:StageThresholds:town:all", flood_level=3.0)])
    alert = await town.at(RISES + timedelta(hours=46))
    assert alert.sub_category == "flood-reached"
    assert "the city's for all gauges" in alert.details["en"]


async def test_a_silent_gauge_keeps_its_warning_and_says_so(town):
    river = made()
    await town.add_gauge(river.until((RISES + timedelta(hours=46)).timestamp()), flood_level=3.0)
    assert (await town.at(RISES + timedelta(hours=46))).sub_category == "flood-reached"
    alert = await town.at(RISES + timedelta(hours=60))
    assert alert.sub_category == "flood-reached" and alert.status == "active"
    forecast = await town.get(FloodForecast)
    assert forecast.issued <= RISES + timedelta(hours=46)


async def test_what_a_person_decided_stands_until_it_gets_graver(town):
    await town.add_gauge(made(), alert_level=2.0, flood_level=3.0)
    alert = await town.at(RISES + timedelta(hours=18))
    assert alert.confirmation == "automatic"
    before = alert.sub_category
    await town.staff.upsert([Alert(id=alert.id, confirmation="withdrawn")])
    alert = await town.at(RISES + timedelta(hours=20))
    if alert.sub_category == before:
        assert alert.confirmation == "withdrawn"
    alert = await town.at(RISES + timedelta(hours=46))
    assert alert.sub_category == "flood-reached" and alert.confirmation == "automatic"


async def test_nothing_is_written_twice_for_one_reading(town):
    await town.add_gauge(made(), flood_level=3.0)
    await town.at(RISES)
    before = town.staff.newest()
    await watch_floods(town.service)
    assert town.staff.newest() == before


async def test_a_city_without_gauges_has_peace(town):
    await watch_floods(town.service)
    assert await town.get(Alert) is None


async def test_a_refused_entity_is_logged_not_swallowed(town, monkeypatch, caplog):
    await town.add_gauge(made())
    monkeypatch.setattr(entities, "forecast", lambda *_: {"id": "no uri", "type": "FloodForecast"})
    with caplog.at_level(logging.ERROR):
        await town.at(RISES)
    assert "was refused" in caplog.text


async def test_the_record_flood_of_2024_is_announced_before_it_comes(town, shared):
    """Replayed from 27 April: the warning of the flood stage stands hours before a reading crosses it."""
    river = guaiba(shared)
    await town.add_gauge(river, alert_level=1.56, flood_level=2.6, severe_level=3.5)
    said = {}
    for hour in range(102, 150, 3):
        moment = datetime.fromtimestamp(seconds("2024-04-27") + hour * HOUR, UTC)
        if alert := await town.at(moment):
            said.setdefault(alert.sub_category, moment)
    late = river.since(seconds("2024-04-27"))
    crossed = datetime.fromtimestamp(late.times[np.argmax(late.values >= 2.6)], UTC)
    assert crossed - said["flood-possible"] >= timedelta(hours=9)
    assert crossed - said["flood-expected"] >= timedelta(hours=3)
    assert said["severe-expected"] < said["severe-reached"]

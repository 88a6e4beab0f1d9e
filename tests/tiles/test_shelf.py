"""The shelf follows the city: what is built appears, a reading changes nothing, what is not open is never drawn."""

from __future__ import annotations

import asyncio
import gzip
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import mapbox_vector_tile as judge
import numpy as np
import pytest

from noren.city import City, create
from noren.tiles import Shelf, shelf
from noren.tiles.mercator import to_world

PLACE = (139.21, 36.10)
Z = 15
X, Y = (int(v) for v in to_world(np.array([PLACE]))[0] >> (30 - Z))
SCHOOL = "urn:ngsi-ld:School:town:1"
GAUGE = "urn:ngsi-ld:WaterObserved:town:1"
PERSON = "urn:ngsi-ld:Person:town:1"


def _thing(id: str, name: str, east: float = 0.0) -> dict[str, Any]:
    place = {"type": "Point", "coordinates": [PLACE[0] + east, PLACE[1]]}
    return {"id": id, "type": id.split(":")[2], "name": name, "location": place}


@pytest.fixture
async def city(tmp_path: Path) -> AsyncIterator[City]:
    create(tmp_path / "town", "Town")
    async with City.open(tmp_path / "town") as city:
        await city.view(city.staff).upsert([_thing(SCHOOL, "School"), _thing(GAUGE, "Gauge")])
        yield city


@pytest.fixture
async def tiles(city: City, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Shelf]:
    monkeypatch.setattr(shelf, "_PAUSE_S", 0.01)
    monkeypatch.setattr(shelf, "_REST", 0.0)
    made = Shelf(city.view(city.anonymous), city.folder / "data" / "tiles")
    yield made
    await made.close()


async def _names(tiles: Shelf, z: int = Z, x: int = X, y: int = Y) -> dict[str, list[str]]:
    body, _ = await tiles.tile(z, x, y)
    found = judge.decode(gzip.decompress(body))
    return {kind: sorted(f["properties"]["name"] for f in held["features"]) for kind, held in found.items()}


async def _until(tiles: Shelf, kind: str, names: list[str]) -> None:
    async with asyncio.timeout(20):
        while (await _names(tiles)).get(kind, []) != names:
            await asyncio.sleep(0.02)


async def test_layers_say_what_they_are(tiles: Shelf) -> None:
    listed = {layer["type"]: layer for layer in await tiles.listing()}
    school = listed["School"]
    assert school["title"] == {"en": "School", "ja": "学校"}
    assert (school["geometry"], school["count"]) == ("point", 1)
    assert school["bounds"] == pytest.approx([*PLACE, *PLACE], abs=1e-6)


async def test_a_new_school_appears_and_a_removed_one_goes(city: City, tiles: Shelf) -> None:
    await _until(tiles, "School", ["School"])
    await city.view(city.staff).upsert([_thing("urn:ngsi-ld:School:town:2", "Second", 0.001)])
    await _until(tiles, "School", ["School", "Second"])
    await city.view(city.staff).delete([SCHOOL])
    await _until(tiles, "School", ["Second"])


async def test_a_reading_leaves_the_tile_as_it_is(city: City, tiles: Shelf) -> None:
    _body, _tag = await tiles.tile(Z, X, Y)
    reading = {"id": GAUGE, "type": "WaterObserved", "waterLevel": {"value": 2.5, "observedAt": "2024-05-01T11:00:00Z"}}
    await city.view(city.staff).upsert([reading])
    await city.view(city.staff).upsert([_thing("urn:ngsi-ld:Toilet:town:1", "Toilet")])
    await _until(tiles, "Toilet", ["Toilet"])
    await city.view(city.staff).upsert([_thing("urn:ngsi-ld:BikeParking:town:1", "Bicycles")])
    await _until(tiles, "BikeParking", ["Bicycles"])
    versions = tiles._versions
    assert versions["WaterObserved"] == 1
    assert versions["Toilet"] == 1


async def test_the_same_tile_has_the_same_tag(tiles: Shelf) -> None:
    assert await tiles.tile(Z, X, Y) == await tiles.tile(Z, X, Y)


async def test_what_is_not_open_is_not_drawn(city: City, tiles: Shelf) -> None:
    hidden = [
        _thing(PERSON, "Somebody"),
        _thing("urn:ngsi-ld:Device:town:1", "Sensor"),
        _thing("urn:ngsi-ld:MeterReading:town:1", "Meter"),
    ]
    await city.view(city.staff).upsert(hidden[1:])
    assert set(await _names(tiles)) == {"School", "WaterObserved"}


async def test_layers_are_found_again_after_a_restart(city: City, tiles: Shelf) -> None:
    await _until(tiles, "School", ["School"])
    await tiles.close()
    await city.view(city.staff).upsert([_thing("urn:ngsi-ld:School:town:2", "Second", 0.001)])
    again = Shelf(city.view(city.anonymous), city.folder / "data" / "tiles")
    try:
        await _until(again, "School", ["School", "Second"])
        assert again._versions["WaterObserved"] == 1
    finally:
        await again.close()


@pytest.mark.parametrize("damage", ["layers.json", "School.npz", "School.parquet"])
async def test_damaged_files_are_made_anew(city: City, tiles: Shelf, damage: str) -> None:
    await _until(tiles, "School", ["School"])
    await tiles.close()
    (city.folder / "data" / "tiles" / damage).write_bytes(b"not what it was")
    again = Shelf(city.view(city.anonymous), city.folder / "data" / "tiles")
    try:
        assert (await _names(again))["School"] == ["School"]
    finally:
        await again.close()

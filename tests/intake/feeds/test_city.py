"""From a message at a real broker to a reading in a real city, its history, and the feed as an entity."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path

from noren.city import City, create
from noren.contract import Here
from noren.intake.feeds import Feeds, Line, Status, supervisor
from noren.net import Guard, mqtt

FEED = {
    "kind": "mqtt",
    "name": "river",
    "title": "River gauges",
    "topic": "city/{station}/level",
    "type": "WaterObserved",
    "id": "{station}",
    "attributes": {"waterLevel": "level"},
    "observed": "time",
    "usual": "10min",
    "publisher": "The town",
    "licence": "CC BY 4.0",
}


async def test_from_broker_to_city(mosquitto: str, tmp_path: Path, monkeypatch) -> None:  # type: ignore[no-untyped-def]
    monkeypatch.setattr(supervisor, "TICK", 0.02)
    monkeypatch.setattr(supervisor, "REPORT", 0.05)
    create(tmp_path, "Town")
    async with City.open(tmp_path) as city:
        here = Here(city="town", allow=("localhost",))
        feeds = Feeds([FEED | {"url": mosquitto}], view=city.view(city.device("feeds")), clock=city.clock, here=here)
        task = asyncio.create_task(feeds.run())
        view, start = city.view(city.staff), city.clock.now()
        id = "urn:ngsi-ld:WaterObserved:town:bridge"
        async with asyncio.timeout(20), mqtt.connect(mosquitto, Guard(["localhost"])) as client:
            number = 0
            while not (await view.get("WaterObserved", id)) or feeds.status["river"].refused < 1:
                time = (start - timedelta(seconds=60 - number)).isoformat()
                number += 1
                await client.publish("city/bridge/level", f'{{"level": {number}, "time": "{time}"}}'.encode(), qos=1)
                await client.publish("city/bridge/level", b'{"level": "wet", "time": "%s"}' % time.encode(), qos=1)
                await asyncio.sleep(0.02)
            feed = None
            while not (feed and feed["refused"] and feed["feedState"] == "running"):
                feed = await view.get("Feed", "urn:ngsi-ld:Feed:town:river")
                await asyncio.sleep(0.02)
        task.cancel()
        await asyncio.wait([task])
        reading = await view.get("WaterObserved", id)
        dataset = await view.get("Dataset", "urn:ngsi-ld:Dataset:town:feed-river")
        series = await view.series("WaterObserved", "waterLevel", ids=[id])
    assert reading is not None
    assert reading["waterLevel"] == series.column("number").to_pylist()[-1]
    assert feed["name"] == "River gauges"
    assert feed["feedState"] == "running"
    assert "“wet” is not a number" in feed["lastError"]
    assert "topic city/bridge/level, field level" in feed["lastError"]
    assert reading["inDataset"] == "urn:ngsi-ld:Dataset:town:feed-river"
    assert dataset is not None
    assert (dataset["title"], dataset["publisher"], dataset["license"]) == ("River gauges", "The town", "CC BY 4.0")
    assert dataset["entityTypes"] in ("WaterObserved", ["WaterObserved"])


async def test_what_was_there_keeps_its_dataset(tmp_path: Path) -> None:
    create(tmp_path, "Town")
    async with City.open(tmp_path) as city:
        view, own = city.view(city.staff), "urn:ngsi-ld:Dataset:town:gauges"
        id = "urn:ngsi-ld:WaterObserved:town:bridge"
        held = {"type": "Relationship", "object": own}
        await view.upsert([{"id": id, "type": "WaterObserved", "name": "Bridge", "inDataset": held}])
        here = Here(city="town")
        line = Line(city.view(city.device("feeds")), city.clock, here, Status("river", "mqtt"))
        await line(
            [
                {"id": id, "type": "WaterObserved", "waterLevel": 1.5},
                {"id": f"{id}2", "type": "WaterObserved", "waterLevel": 2},
            ]
        )
        old, new = await view.get("WaterObserved", id), await view.get("WaterObserved", f"{id}2")
    assert old is not None
    assert new is not None
    assert (old["inDataset"], old["waterLevel"]) == (own, 1.5)
    assert new["inDataset"] == "urn:ngsi-ld:Dataset:town:feed-river"

"""Cameras at the edge: counts come in, by MQTT and HTTP; what could be a picture or somebody is refused and told."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from noren.city import City, create
from noren.errors import BadInput
from noren.intake.connectors.camera import Camera, CameraSettings
from noren.net import Guard, mqtt

GATE = {
    "camera": "gate-north",
    "from": "2026-07-01T20:50:00+09:00",
    "to": "2026-07-01T20:55:00+09:00",
    "peopleCount": 12,
    "averageCrowdSpeed": 4.2,
    "incident": "none",
}
ROAD = {"intensity": 31, "averageVehicleSpeed": 42.5}
PEOPLE_ID = "urn:ngsi-ld:CrowdFlowObserved:town:gate-north"
SECRET = "b8:27:eb:12:34:56"
BAD: dict[str, Any] = {
    "unknown field": GATE | {"track": [[1, 2], [3, 4]]},
    "field named after somebody": GATE | {SECRET: 1},
    "picture": GATE | {"image": base64.b64encode(b"\xff\xd8\xff" * 99).decode()},
    "picture in a known field": GATE | {"incident": "data:image/png;base64,AAAA"},
    "plate": GATE | {"plate": "品川500さ1234"},
    "list of counts": GATE | {"peopleCount": [1, 1, 1]},
    "half a person": GATE | {"peopleCount": 0.5},
    "unknown camera": GATE | {"camera": SECRET},
    "no camera": {name: value for name, value in GATE.items() if name != "camera"},
    "no count": {"camera": "gate-north", "from": GATE["from"], "to": GATE["to"]},
    "seconds": GATE | {"from": "2026-07-01T20:50:01+09:00"},
    "one second": GATE | {"to": GATE["from"]},
    "a minute of people": GATE | {"to": "2026-07-01T20:51:00+09:00"},
    "no zone": GATE | {"to": "2026-07-01T20:55:00"},
    "tomorrow": GATE | {"from": "2026-07-02T20:50:00+09:00", "to": "2026-07-02T20:55:00+09:00"},
    "years": GATE | {"from": "2020-07-01T20:50:00+09:00"},
    "text": "somebody passed",
    "number": 7,
    "nothing": None,
}
RAW = {
    "a JPEG picture": b"\xff\xd8\xff\xe0" + b"x" * 100,
    "a PNG picture": b"\x89PNG\r\n\x1a\n",
    "no JSON": b"hello",
    "at most": json.dumps([GATE] * 1000).encode(),
}


def made(**more: Any) -> Camera:
    plain = {
        "url": "mqtt://localhost:1",
        "topic": "cameras/+",
        "cameras": {"gate-north": {"name": "North gate", "lon": 134.047, "lat": 34.351}},
    }
    return Camera(msgspec.convert(plain | more, CameraSettings))


def test_a_count_becomes_people_and_vehicles(line) -> None:  # type: ignore[no-untyped-def]
    people, traffic = made().read(json.dumps(GATE | ROAD).encode(), line)
    assert people["id"] == PEOPLE_ID and people["peopleCount"]["value"] == 12
    assert people["peopleCount"]["observedAt"] == "2026-07-01T11:55:00Z"
    assert people["location"]["value"]["coordinates"] == [134.047, 34.351]
    assert traffic["type"] == "TrafficFlowObserved" and traffic["intensity"]["value"] == 31
    assert "peopleCount" not in traffic and "intensity" not in people
    assert not line.refusals


@pytest.mark.parametrize("what", BAD)
def test_what_is_no_count_is_refused_and_not_repeated(line, what: str) -> None:  # type: ignore[no-untyped-def]
    raw = json.dumps([GATE, BAD[what], GATE | ROAD]).encode()
    assert len(made().read(raw, line, "a message")) == 3
    assert [(count, where) for _, where, count in line.refusals] == [(1, "a message")]
    told = str(line.refusals)
    assert SECRET not in told and "base64" not in told and "品川" not in told, told


@pytest.mark.parametrize("what", RAW)
def test_bytes_that_are_no_counts_are_refused(line, what: str) -> None:  # type: ignore[no-untyped-def]
    assert made().read(RAW[what], line) == []
    assert what in line.refusals[0][0]


@given(st.binary(max_size=300))
def test_no_bytes_break_it(raw: bytes) -> None:
    class Told(list[str]):
        def refuse(self, what: str, *, where: str = "", count: int = 1) -> None:
            self.append(what)

    told = Told()
    assert made().read(raw, told) == [] and (told or raw.strip() == b"[]")  # type: ignore[arg-type]


def test_settings_name_places_and_nobody() -> None:
    for wrong in ({"cameras": {}}, {"cameras": {SECRET: {"lon": 1, "lat": 2}}}, {"topic": "#/a"}):
        with pytest.raises((msgspec.ValidationError, BadInput)):
            made(**wrong)


async def test_what_a_camera_says_the_city_admits(tmp_path, line) -> None:  # type: ignore[no-untyped-def]
    """The connector and the curtain hold the same rules: what the one makes the other takes."""
    create(tmp_path / "town", "Town")
    camera = made()
    everything = GATE | ROAD | {"peopleCountTowards": 5, "averageHeadwayTime": 2.5, "occupancy": 0.4, "congested": True}
    card = camera.card(line, "gate-north", camera.settings.cameras["gate-north"])
    found = [card, *camera.read(json.dumps(everything).encode(), line)]
    async with City.open(tmp_path / "town") as city:
        outcomes = await city.view(city.device("feeds")).upsert(found)
        assert [outcome.error for outcome in outcomes] == [None] * 3
        seen = await city.view(city.anonymous).get("Camera", card["id"])
        assert seen and "No picture" in seen["description"] and "映像" in seen["description"]


async def test_over_mqtt(mosquitto: str, line, at_work: Callable[..., Any]) -> None:  # type: ignore[no-untyped-def]
    async with at_work(made(url=mosquitto, topic="cameras/+/counts"), line):
        await line.until(lambda: line.entities)  # the cameras themselves
        async with mqtt.connect(mosquitto, Guard(["localhost"])) as client:
            for _ in range(200):
                await client.publish("cameras/a/counts", json.dumps(GATE).encode(), qos=1)
                await client.publish("cameras/a/counts", b"\xff\xd8\xff\xe0", qos=1)
                if any(entity["id"] == PEOPLE_ID for entity in line.entities) and line.refusals:
                    break
        await line.until(lambda: any(entity["id"] == PEOPLE_ID for entity in line.entities))
        await line.until(lambda: line.refusals)
    assert "JPEG" in line.refusals[0][0]


async def test_over_http(site, line, at_work: Callable[..., Any]) -> None:  # type: ignore[no-untyped-def]
    site.pages["/counts"] = json.dumps([GATE, BAD["plate"]]).encode()
    async with at_work(made(url=f"{site.address}/counts", topic=""), line):
        await line.until(lambda: any(entity["id"] == PEOPLE_ID for entity in line.entities))
    assert line.refusals

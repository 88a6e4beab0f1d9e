"""MQTT feeds against a real mosquitto: topics, payloads, floods, and a broker that goes away."""

from __future__ import annotations

import asyncio
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from noren.errors import BadInput, Unavailable
from noren.intake.connectors.mqtt import Mqtt, MqttSettings, Topic, decode
from noren.net import Guard, mqtt

LORAWAN = b"""{"deviceInfo": {"devEui": "a84041", "deviceName": "Bridge 2"}, "time": "2026-07-01T11:59:00.123+00:00",
 "fCnt": 7, "object": {"water_level_cm": 184, "battery": 3.6}, "rxInfo": [{"rssi": -97}]}"""


def made(**more: Any) -> Mqtt:
    plain = {"type": "WaterObserved", "attributes": {"waterLevel": ""}, "id": "{station}"} | more
    return Mqtt(msgspec.convert(plain, MqttSettings))


def level(entity: dict[str, Any]) -> object:
    return entity["waterLevel"]["value"]


async def publish(url: str, *messages: tuple[str, bytes], retain: bool = False) -> None:
    async with mqtt.connect(url, Guard(["localhost"])) as client:
        for topic, payload in messages:
            await client.publish(topic, payload, qos=1, retain=retain)


async def listening(url: str, line, probe: str) -> None:  # type: ignore[no-untyped-def]
    """Publish to `probe` until the first reading came: from then on nothing is missed."""
    async with asyncio.timeout(60):
        while not line.entities:
            await publish(url, (probe, b"1"))
            await asyncio.sleep(0.02)
    line.entities.clear()
    line.refusals.clear()


async def test_a_plain_number(mosquitto: str, line, at_work) -> None:  # type: ignore[no-untyped-def]
    connector = made(url=mosquitto, topic="plain/{station}/level")
    async with at_work(connector, line):
        await listening(mosquitto, line, "plain/probe/level")
        await publish(mosquitto, ("plain/bridge 1/level", b" 1,84 "), ("plain/other/rain", b"3"))
        await line.until(lambda: any(level(entity) == 1.84 for entity in line.entities))
    found = next(entity for entity in line.entities if level(entity) == 1.84)
    assert found == {
        "id": "urn:ngsi-ld:WaterObserved:town:bridge-1",
        "type": "WaterObserved",
        "waterLevel": {"type": "Property", "value": 1.84, "unitCode": "MTR", "observedAt": "2026-07-01T12:00:00Z"},
    }
    assert not line.refusals


async def test_lorawan_and_bad_payloads(mosquitto: str, line, at_work) -> None:  # type: ignore[no-untyped-def]
    connector = made(
        url=mosquitto,
        topic="application/+/device/{eui}/event/up",
        id="{deviceInfo.deviceName}",
        attributes={"waterLevel": {"path": "object.water_level_cm", "unit": "cm", "highest": 20}},
        observed="time",
    )
    up = "application/1/device/a84041/event/up"
    bad = [
        b'{"object": {',
        b"\xff\xfe\x00",
        b'{"deviceInfo": {"deviceName": "x"}, "object": {"water_level_cm": "wet"}, "time": "2026-07-01T11:00:00Z"}',
        b'{"deviceInfo": {"deviceName": "x"}, "object": {"water_level_cm": 1}, "time": "1900-01-01T00:00:00Z"}',
        b'{"deviceInfo": {"deviceName": "x"}, "object": {"water_level_cm": 9999}, "time": "2026-07-01T11:00:00Z"}',
        b'{"deviceInfo": {"deviceName": "x"}, "object": {"ph": 7}, "time": "2026-07-01T11:00:00Z"}',
        b'{"deviceInfo": {}, "object": {"water_level_cm": 1}, "time": "2026-07-01T11:00:00Z"}',
        b"<html>gateway error</html>",
    ]
    async with at_work(connector, line):
        async with asyncio.timeout(60):
            while not line.entities:
                await publish(mosquitto, (up, LORAWAN))
        await publish(mosquitto, *((up, payload) for payload in bad))
        await line.until(lambda: len(line.refusals) >= len(bad))
    assert line.entities[0]["id"] == "urn:ngsi-ld:WaterObserved:town:bridge-2"
    assert level(line.entities[0]) == 1.84
    assert line.entities[0]["waterLevel"]["observedAt"] == "2026-07-01T11:59:00.123000Z"
    said = [f"{where}: {what}" for what, where, _ in line.refusals]
    for text, words in zip(
        said,
        [
            "JSON",
            "payload formatter",
            "“wet” is not a number",
            "1900",
            "outside",
            "water_level_cm",
            "deviceName",
            "<htm",
        ],
        strict=True,
    ):
        assert words in text
        assert up in text


async def test_a_flood_is_dropped_counted_and_survived(mosquitto: str, line, at_work) -> None:  # type: ignore[no-untyped-def]
    connector = made(url=mosquitto, topic="flood/{station}", waiting=100)
    async with at_work(connector, line):
        await listening(mosquitto, line, "flood/probe")
        line.busy = asyncio.Event()
        await publish(mosquitto, *((f"flood/{number % 3}", b"%d" % number) for number in range(3000)))
        line.busy.set()
        await line.until(lambda: line.refusals)
        # The broker, too, drops what waits for too long: only what is sent after the flood must come.
        async with asyncio.timeout(60):
            while not any(entity["id"].endswith(":last") for entity in line.entities):
                await publish(mosquitto, ("flood/last", b"1"))
    dropped = sum(count for _, _, count in line.refusals)
    assert dropped > 100
    assert sum(1 for entity in line.entities if not entity["id"].endswith(":last")) < 1500
    assert "Send less often" in line.refusals[0][0]
    assert "flood/" in line.refusals[0][1]


async def test_retained_messages_need_a_time_of_their_own(mosquitto: str, line, at_work) -> None:  # type: ignore[no-untyped-def]
    payload = b'{"v": 1.5, "t": "2020-01-01T00:00:00Z"}'
    await publish(mosquitto, ("kept/a", payload), retain=True)
    timeless = made(url=mosquitto, topic="kept/{station}", attributes={"waterLevel": "v"})
    async with at_work(timeless, line):
        await line.until(lambda: True)
        async with asyncio.timeout(60):
            while not line.entities:
                await publish(mosquitto, ("kept/probe", b'{"v": 1}'))
    assert all(entity["id"].endswith(":probe") for entity in line.entities)
    timed = made(url=mosquitto, topic="kept/{station}", attributes={"waterLevel": "v"}, observed="t")
    line.entities.clear()
    async with at_work(timed, line):
        await line.until(lambda: line.entities)
    assert line.entities[0]["waterLevel"]["observedAt"] == "2020-01-01T00:00:00Z"
    await publish(mosquitto, ("kept/a", b""), retain=True)


async def test_many_readings_in_one_message(mosquitto: str, line, at_work) -> None:  # type: ignore[no-untyped-def]
    connector = made(url=mosquitto, topic="many", rows="data", id="{gauge}", attributes={"waterLevel": "v"})
    payload = b'{"data": [{"gauge": "a", "v": 1}, {"gauge": "b", "v": "?"}, {"gauge": "c", "v": 3}]}'
    async with at_work(connector, line):
        async with asyncio.timeout(60):
            while not line.entities:
                await publish(mosquitto, ("many", payload))
    assert [level(entity) for entity in line.entities[:2]] == [1, 3]
    assert line.refusals[0][1] == "topic many, row 2, field v"


async def test_nobody_there_and_not_allowed(line) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(Unavailable, match="broker does not serve"):
        await made(url="mqtt://localhost:1", topic="x/{station}").run(line)
    with pytest.raises(BadInput, match=r"noren\.toml"):
        await made(url="mqtt://10.1.1.1", topic="x/{station}").run(line)


@pytest.mark.parametrize(
    ("pattern", "listens", "topic", "parts"),
    [
        ("a/{b}/c", "a/+/c", "a/x/c", {"b": "x"}),
        ("a/s-{b}/{c}", "a/+/+", "a/s-1/t", {"b": "1", "c": "t"}),
        ("a/{b}/#", "a/+/#", "a/x/y/z", {"b": "x"}),
        ("a/{b}/#", "a/+/#", "a/x", {"b": "x"}),
        ("+/{b}", "+/+", "q/x", {"b": "x"}),
        ("a.b/{c}", "a.b/+", "a.b/1", {"c": "1"}),
        ("a.b/{c}", "a.b/+", "axb/1", None),
        ("a/s-{b}", "a/+", "a/t-1", None),
    ],
)
def test_topic(pattern: str, listens: str, topic: str, parts: dict[str, str] | None) -> None:
    found = Topic(pattern)
    assert (found.filter, found.parts(topic)) == (listens, parts)


@pytest.mark.parametrize("pattern", ["", "a/#/b", "a/b#", "{x}/{x}"])
def test_no_topic(pattern: str) -> None:
    with pytest.raises(BadInput):
        Topic(pattern)


@given(st.binary(max_size=60))
def test_any_payload_is_read_or_refused(raw: bytes) -> None:
    try:
        decode(raw)
    except BadInput as error:
        assert "payload" in str(error)

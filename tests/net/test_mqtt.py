"""MQTT against a real mosquitto."""

from __future__ import annotations

import asyncio

import pytest

from noren.errors import BadInput, Unavailable
from noren.net import Guard, mqtt

OPEN = Guard(["localhost"])


async def test_there_and_back(mosquitto: str) -> None:
    async with asyncio.timeout(60), mqtt.connect(mosquitto, OPEN) as client:
        await client.subscribe("a/+")
        await client.publish("a/b", b"1.5", qos=1)
        message = await anext(client.messages)
    assert (str(message.topic), message.payload) == ("a/b", b"1.5")


async def test_a_name_with_several_addresses(mosquitto: str) -> None:
    """mosquitto listens on 127.0.0.1 alone; `localhost` may mean ::1 first."""
    async with asyncio.timeout(60), mqtt.connect(mosquitto.replace("127.0.0.1", "localhost"), OPEN) as client:
        await client.publish("a/b", b"", qos=1)


async def test_a_flood_drops_the_oldest_and_counts(mosquitto: str) -> None:
    async with asyncio.timeout(20), mqtt.connect(mosquitto, OPEN, waiting=10, largest=100) as client:
        await client.subscribe("flood")
        await client.publish("flood", b"x" * 101, qos=1)
        for number in range(50):
            await client.publish("flood", str(number).encode(), qos=1)
        while client.dropped["flood"] < 41:
            await asyncio.sleep(0.01)
        newest = [(await anext(client.messages)).payload for _ in range(10)]
    assert newest == [str(number).encode() for number in range(40, 50)]


async def test_the_guard_holds_for_mqtt(mosquitto: str) -> None:
    with pytest.raises(BadInput, match=r"noren\.toml"):
        async with mqtt.connect(mosquitto, Guard()):
            pass
    with pytest.raises(BadInput, match="begins with mqtt"):
        async with mqtt.connect("http://example.org", Guard()):
            pass


async def test_no_broker_there() -> None:
    with pytest.raises(Unavailable, match="does not serve"):
        async with mqtt.connect("mqtt://127.0.0.1:1", OPEN):
            pass


@pytest.mark.parametrize("topic", ["", "a/#", "a/+/b", "x" * 70_000])
def test_topics_that_cannot_be_published_to(topic: str) -> None:
    with pytest.raises(BadInput):
        mqtt.check_topic(topic)
    mqtt.check_topic("city/alerts/1")

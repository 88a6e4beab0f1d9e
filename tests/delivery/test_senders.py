"""Delivery over MQTT, to a real mosquitto."""

from __future__ import annotations

import asyncio
import contextlib
import json
import uuid
from collections.abc import AsyncIterator
from typing import Any

import aiomqtt
import pytest

from noren.broker.subscription import patch_subscription

from .conftest import Town, delivering, until

A = "urn:ngsi-ld:WaterObserved:town:a"


@contextlib.asynccontextmanager
async def listening(address: str, topic: str) -> AsyncIterator[list[tuple[int, dict[str, Any]]]]:
    heard: list[tuple[int, dict[str, Any]]] = []
    host, _, port = address.removeprefix("mqtt://").partition(":")
    async with aiomqtt.Client(host, int(port)) as client:
        await client.subscribe(topic, qos=2)

        async def hear() -> None:
            async for message in client.messages:
                heard.append((message.qos, json.loads(message.payload)))  # type: ignore[arg-type]

        task = asyncio.create_task(hear())
        yield heard
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


@pytest.mark.parametrize("version", ["mqtt3.1.1", "mqtt5.0"])
@pytest.mark.parametrize("quality", ["0", "1", "2"])
async def test_a_change_is_published(town: Town, mosquitto: str, version: str, quality: str) -> None:
    topic = f"city/{uuid.uuid4().hex}/levels"
    settings = [{"key": "MQTT-Version", "value": version}, {"key": "MQTT-QoS", "value": quality}]
    receiver = [{"key": "Zone", "value": "north"}]
    async with listening(mosquitto, topic) as heard, delivering(town.city):
        id = await town.subscribe(f"{mosquitto}/{topic}", endpoint={"notifierInfo": settings, "receiverInfo": receiver})
        for level in range(3):
            await town.write(A, level)
            await asyncio.sleep(0.05)
        await until(lambda: len(heard) >= 3)
    assert [message["body"]["data"][0]["waterLevel"]["value"] for _, message in heard] == [0, 1, 2]
    assert {quality for quality, _ in heard} == {int(quality)}
    metadata = heard[0][1]["metadata"]
    assert metadata["Content-Type"] == "application/json"
    assert metadata["Link"].startswith("<http://city.example/context.jsonld>")
    assert metadata["Zone"] == "north"
    assert heard[0][1]["body"]["subscriptionId"] == id


async def test_a_broker_that_is_away_is_tried_again(town: Town, mosquitto: str) -> None:
    topic = uuid.uuid4().hex
    id = await town.subscribe("mqtt://127.0.0.1:1/nowhere")
    async with delivering(town.city):
        await town.write(A, 1)
        await until(lambda: town.progress(id).times_failed >= 2)
        async with listening(mosquitto, topic) as heard:
            subscription = town.view.subscriptions.get(id).subscription
            body = {**subscription.body, "notification": {"endpoint": {"uri": f"{mosquitto}/{topic}"}}}
            changed = patch_subscription(subscription, body, town.city.contexts, "2020-01-01T00:00:00Z")
            await town.view.subscriptions.change(changed)
            await until(lambda: heard)
    assert heard[0][1]["body"]["data"][0]["waterLevel"]["value"] == 1


async def test_a_topic_with_wildcards_is_never_published_to(town: Town, mosquitto: str) -> None:
    id = await town.subscribe(f"{mosquitto}/all/%23")
    async with delivering(town.city):
        await town.write(A, 1)
        await until(lambda: town.progress(id).times_failed)
    assert "topic" in town.progress(id).trouble

from __future__ import annotations

import asyncio
import socket
from typing import Any

import pytest
from aiohttp import web

from noren.city import City
from noren.delivery import Limits, wanted

from .conftest import QUICK, Receiver, Town, delivering, until

A, B = "urn:ngsi-ld:WaterObserved:town:a", "urn:ngsi-ld:WaterObserved:town:b"


async def test_a_change_is_told_with_its_context(town: Town, receiver: Receiver) -> None:
    id = await town.subscribe(receiver.url, endpoint={"receiverInfo": [{"key": "X-Key", "value": "abc"}]})
    async with delivering(town.city):
        await town.write(A, 1.5)
        await until(lambda: receiver.messages)
    message, headers = receiver.messages[0], receiver.headers[0]
    assert message["type"] == "Notification"
    assert message["subscriptionId"] == id
    assert message["data"] == [{"id": A, "type": "WaterObserved", "waterLevel": {"type": "Property", "value": 1.5}}]
    assert headers["Content-Type"] == "application/json"
    assert headers["Link"].startswith("<http://city.example/context.jsonld>")
    assert headers["X-Key"] == "abc"
    progress = town.progress(id)
    assert (progress.times_sent, progress.times_failed, progress.status) == (1, 0, "ok")


async def test_changes_of_one_entity_come_in_order_and_all(town: Town, receiver: Receiver) -> None:
    await town.subscribe(receiver.url)
    async with delivering(town.city):
        for level in range(50):
            await town.write(A, level)
        await until(lambda: len(receiver.levels()) >= 50)
    assert receiver.levels() == list(range(50))


async def test_what_waits_is_told_together_each_entity_once_a_message(town: Town, receiver: Receiver) -> None:
    await town.subscribe(receiver.url)
    receiver.pause = 0.2
    async with delivering(town.city):
        await town.write(A, 0)
        await asyncio.sleep(0.1)
        for level in range(1, 4):
            await town.write(A, level)
            await town.write(B, level)
        await until(lambda: len(receiver.levels()) >= 7)
    told = [[entity["id"] for entity in message["data"]] for message in receiver.messages]
    assert all(len(ids) == len(set(ids)) for ids in told)
    assert len(told) < 7
    assert [e["waterLevel"]["value"] for m in receiver.messages for e in m["data"] if e["id"] == A] == [0, 1, 2, 3]


async def test_an_endpoint_that_fails_is_tried_again_and_misses_nothing(town: Town, receiver: Receiver) -> None:
    id = await town.subscribe(receiver.url)
    receiver.answer = 503
    async with delivering(town.city):
        for level in range(5):
            await town.write(A, level)
        await until(lambda: town.progress(id).times_failed >= 2)
        assert town.progress(id).status == "failed"
        assert "503" in town.progress(id).trouble
        receiver.answer = 200
        await until(lambda: len(receiver.levels()) >= 5)
        await town.write(A, 5)
        await until(lambda: len(receiver.levels()) >= 6)
    assert receiver.levels() == [0, 1, 2, 3, 4, 5]
    assert town.progress(id).status == "ok"


async def test_a_dead_endpoint_slows_no_other(town: Town, receiver: Receiver) -> None:
    with socket.create_server(("127.0.0.1", 0), backlog=100) as silent:
        for _ in range(20):
            await town.subscribe(f"http://127.0.0.1:{silent.getsockname()[1]}/")
        good = await town.subscribe(receiver.url)
        async with delivering(town.city, Limits(first_pause=0.05, longest_pause=0.2, timeout=30.0)):
            for level in range(30):
                await town.write(A, level)
            await until(lambda: len(receiver.levels(good)) >= 30, 10)
    assert receiver.levels(good) == list(range(30))


async def test_a_new_start_goes_on_where_it_was(town: Town, receiver: Receiver, tmp_path: Any) -> None:
    await town.subscribe(receiver.url)
    async with delivering(town.city):
        await town.write(A, 1)
        await until(lambda: receiver.messages)
    await town.write(A, 2)
    await town.city.close()
    async with City.bare(tmp_path) as again, delivering(again):
        await Town(again).write(A, 3)
        await until(lambda: len(receiver.levels()) >= 3)
    assert receiver.levels() == [1, 2, 3]


async def test_a_lane_that_is_full_reads_the_log_again(town: Town, receiver: Receiver) -> None:
    await town.subscribe(receiver.url)
    receiver.pause = 0.3
    async with delivering(town.city, Limits(waiting=3, together=1, first_pause=0.05)):
        for level in range(20):
            await town.write(A, level)
        await asyncio.sleep(0.2)
        receiver.pause = 0.0
        await until(lambda: len(receiver.levels()) >= 20)
    assert receiver.levels() == list(range(20))


async def test_throttling_tells_the_newest_after_the_pause(town: Town, receiver: Receiver) -> None:
    await town.subscribe(receiver.url, throttling=1)
    async with delivering(town.city):
        await town.write(A, 0)
        await until(lambda: receiver.messages)
        for level in range(1, 10):
            await town.write(A, level)
        await until(lambda: 9 in receiver.levels())
    assert receiver.levels() == [0, 9]


async def test_nothing_is_told_while_paused_or_expired(town: Town, receiver: Receiver) -> None:
    await town.subscribe(receiver.url, isActive=False)
    seen = await town.subscribe(receiver.url)
    async with delivering(town.city):
        await town.write(A, 1)
        await until(lambda: receiver.messages)
    assert {message["subscriptionId"] for message in receiver.messages} == {seen}


async def test_a_query_decides_and_deletions_are_told_when_asked_for(town: Town, receiver: Receiver) -> None:
    await town.subscribe(receiver.url, q="waterLevel>2")
    gone = await town.subscribe(receiver.url, notificationTrigger=["entityDeleted"])
    async with delivering(town.city):
        await town.write(A, 1)
        await town.write(A, 3)
        await until(lambda: receiver.messages)
        await town.delete(A)
        await until(lambda: len(receiver.messages) >= 2)
    assert receiver.messages[0]["data"][0]["waterLevel"]["value"] == 3
    assert receiver.messages[1]["subscriptionId"] == gone
    assert set(receiver.messages[1]["data"][0]) == {"id", "type", "deletedAt"}


async def test_a_removed_subscription_is_told_no_more(town: Town, receiver: Receiver) -> None:
    id, other = await town.subscribe(receiver.url), await town.subscribe(receiver.url)
    async with delivering(town.city):
        await town.write(A, 1)
        await until(lambda: len(receiver.messages) == 2)
        await town.view.subscriptions.remove(id)
        await town.write(A, 2)
        await until(lambda: 2 in receiver.levels(other))
        await asyncio.sleep(0.1)
    assert receiver.levels(id) == [1]


@pytest.mark.parametrize("accept", ["application/ld+json", "application/geo+json"])
async def test_other_forms_carry_their_context(town: Town, receiver: Receiver, accept: str) -> None:
    await town.subscribe(receiver.url, endpoint={"accept": accept}, notification={"format": "keyValues"})
    place = {"type": "GeoProperty", "value": {"type": "Point", "coordinates": [-51.2, -30.0]}}
    async with delivering(town.city):
        await town.write(A, 1, location=place)
        await until(lambda: receiver.messages)
    message = receiver.messages[0]
    assert message["@context"] == "http://city.example/context.jsonld"
    assert receiver.headers[0]["Content-Type"] == accept
    assert "Link" not in receiver.headers[0]
    if accept == "application/geo+json":
        feature = message["data"]["features"][0]
        assert feature["geometry"] == place["value"]
        assert feature["properties"]["waterLevel"] == 1
    else:
        assert message["data"][0]["waterLevel"] == 1


async def test_an_interval_tells_how_things_stand(town: Town, receiver: Receiver) -> None:
    await town.write(A, 7)
    await town.subscribe(receiver.url, timeInterval=1)
    async with delivering(town.city):
        await until(lambda: len(receiver.messages) >= 2)
    assert receiver.levels()[:2] == [7, 7]


async def test_a_gap_is_seen(town: Town, receiver: Receiver) -> None:
    id = await town.subscribe(receiver.url)
    receiver.answer = 500
    async with delivering(town.city):
        await town.write(A, 1)
        await until(lambda: town.progress(id).times_failed)
    await town.write(A, 2)
    store = town.city.desk().store
    await store.compact(keep_after=store.newest())
    receiver.answer = 200
    async with delivering(town.city):
        await until(lambda: town.progress(id).gaps)
        await town.write(A, 3)
        await until(lambda: 3 in receiver.levels())
    gap = town.progress(id).told()["gaps"][0]
    assert gap["after"] < gap["until"]


async def test_tenants_are_told_apart(town: Town, receiver: Receiver) -> None:
    other = Town(town.city)
    other.view = town.city.view(town.city.visitor("harbour"))
    desk = town.city.desk("harbour")
    async with delivering(town.city):
        await town.subscribe(receiver.url)
        await other.write(A, 1)
        await town.write(A, 2)
        await until(lambda: receiver.messages)
    assert receiver.levels() == [2]
    assert len(desk.broker.subscriptions) == 0


async def test_redirects_are_not_followed(town: Town, receiver: Receiver) -> None:
    async def away(request: web.Request) -> web.Response:
        raise web.HTTPTemporaryRedirect(receiver.url)

    app = web.Application()
    app.router.add_post("/", away)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    id = await town.subscribe(f"http://127.0.0.1:{runner.addresses[0][1]}/")
    async with delivering(town.city, QUICK):
        await town.write(A, 1)
        await until(lambda: town.progress(id).times_failed)
    await runner.cleanup()
    assert receiver.messages == []


async def test_compaction_leaves_what_was_not_told(
    town: Town, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("noren.delivery.office.READ_AGAIN", 0)
    store = town.city.desk().store
    id = await town.subscribe(receiver.url)
    receiver.answer = 500
    async with delivering(town.city):
        await town.write(A, 1)
        await until(lambda: town.progress(id).times_failed)
    await town.write(A, 2)
    assert wanted(store) == 0
    await store.compact(keep_after=wanted(store))
    receiver.answer = 200
    async with delivering(town.city):
        await until(lambda: receiver.levels() == [1, 2])
    assert wanted(store) == store.newest()
    assert not town.progress(id).gaps

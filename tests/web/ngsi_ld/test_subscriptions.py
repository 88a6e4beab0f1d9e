from __future__ import annotations

from typing import Any

import pytest

from noren.city import City
from noren.trust import Principal

from .conftest import Client

BODY: dict[str, Any] = {
    "type": "Subscription",
    "entities": [{"type": "Gauge"}],
    "watchedAttributes": ["level"],
    "q": "level>3",
    "notification": {"endpoint": {"uri": "http://127.0.0.1:9/notify"}, "attributes": ["level"]},
}


async def test_made_read_changed_removed(client: Client) -> None:
    reply = await client.post("subscriptions", BODY)
    assert reply.status == 201
    path = reply.headers["location"]
    assert path.startswith("/ngsi-ld/v1/subscriptions/urn:ngsi-ld:Subscription:")
    told = (await client.get(path)).data
    assert told["status"] == "active"
    assert told["notification"]["timesSent"] == 0
    assert {name: told[name] for name in ("entities", "watchedAttributes", "q")} == {
        name: BODY[name] for name in ("entities", "watchedAttributes", "q")
    }
    assert (await client.patch(path, {"isActive": False, "q": "level>5"})).status == 204
    told = (await client.get(f"{path}?options=sysAttrs")).data
    assert (told["status"], told["q"]) == ("paused", "level>5")
    assert told["modifiedAt"] >= told["createdAt"]
    assert (await client.delete(path)).status == 204
    assert (await client.get(path)).status == 404
    assert (await client.delete(path)).status == 404
    assert (await client.patch(path, {"isActive": True})).status == 404


async def test_an_id_of_ones_own_and_the_list(client: Client) -> None:
    for number in range(3):
        assert (await client.post("subscriptions", {**BODY, "id": f"urn:x:{number}"})).status == 201
    assert (await client.post("subscriptions", {**BODY, "id": "urn:x:1"})).status == 409
    reply = await client.get("subscriptions?limit=2&count=true")
    assert [one["id"] for one in reply.data] == ["urn:x:0", "urn:x:1"]
    assert reply.headers["ngsild-results-count"] == "3"
    assert 'rel="next"' in reply.headers["link"]


@pytest.mark.parametrize(
    "change",
    [
        {"type": "Wish"},
        {"notification": {}},
        {"notification": {"endpoint": {"uri": "no uri"}}},
        {"notification": {"endpoint": {"uri": "ftp://127.0.0.1/x"}}},
        {"notification": {"endpoint": {"uri": "http://169.254.169.254/latest"}}},
        {"q": "level>"},
        {"watchedAttributes": []},
        {"entities": []},
        {"entities": [{"id": "urn:x:1"}]},
        {"expiresAt": "2001-01-01T00:00:00Z"},
        {"throttling": -1},
        {"timeInterval": 5, "throttling": 5},
        {"notificationTrigger": ["moonrise"]},
        {"isActive": "yes"},
    ],
)
async def test_what_is_no_subscription(client: Client, change: dict[str, Any]) -> None:
    reply = await client.post("subscriptions", {**BODY, **change})
    assert reply.status == 400, reply
    assert reply.data["title"]


async def test_strangers_subscribe_to_nothing_and_see_nobodys(client: Client, city: City) -> None:
    await client.post("subscriptions", {**BODY, "id": "urn:x:1"})
    other = Principal(id="urn:noren:organisation:other", kind="organisation", organisation="other")
    token = city.tokens.issue(other, seconds=60)
    assert (await client.get("subscriptions", authorization=f"Bearer {token}")).data == []
    assert (await client.get("subscriptions/urn:x:1", authorization=f"Bearer {token}")).status == 404
    assert (await client.delete("subscriptions/urn:x:1", authorization=f"Bearer {token}")).status == 404
    assert (await client.get("subscriptions/urn:x:1")).status == 200


async def test_a_subscription_outlives_the_process(client: Client, city: City) -> None:
    context = [{"level": "https://example.org/level"}]
    linked = {**BODY, "id": "urn:x:1", "@context": context}
    assert (await client.post("subscriptions", linked, content_type="application/ld+json")).status == 201
    folder = city.folder
    await city.close()
    async with City.bare(folder) as again:
        kept = again.desk().broker.subscriptions.get("urn:x:1")
        assert kept.subscription.watched == {"https://example.org/level"}
        assert kept.owner.purpose == "public-information"

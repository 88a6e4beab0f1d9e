from __future__ import annotations

from typing import Any

from .conftest import Client


def lamp(number: int, **more: Any) -> dict[str, Any]:
    return {"id": f"urn:x:{number}", "type": "Lamp", "power": {"type": "Property", "value": number}, **more}


async def values(client: Client) -> dict[str, Any]:
    found = (await client.get("entities?type=Lamp&options=keyValues&limit=100")).data
    return {entity["id"]: {k: v for k, v in entity.items() if k not in ("id", "type")} for entity in found}


async def test_create_keeps_the_good_and_says_which_were_refused(client: Client) -> None:
    first = await client.post("entityOperations/create", [lamp(1), lamp(2)])
    assert (first.status, first.data) == (201, ["urn:x:1", "urn:x:2"])
    second = await client.post("entityOperations/create", [lamp(2), lamp(3), {"id": "no uri", "type": "Lamp"}])
    assert second.status == 207
    assert second.data["success"] == ["urn:x:3"]
    assert {error["entityId"] for error in second.data["errors"]} == {"urn:x:2", "no uri"}
    assert {error["error"]["status"] for error in second.data["errors"]} == {400, 409}


async def test_upsert_replaces_or_updates(client: Client) -> None:
    assert (await client.post("entityOperations/upsert", [lamp(1, colour="red")])).data == ["urn:x:1"]
    both = await client.post("entityOperations/upsert", [lamp(1), lamp(2)])
    assert (both.status, both.data) == (201, ["urn:x:2"])
    assert await values(client) == {"urn:x:1": {"power": 1}, "urn:x:2": {"power": 2}}
    update = {"id": "urn:x:1", "type": "Lamp", "colour": "blue"}
    assert (await client.post("entityOperations/upsert?options=update", [update])).status == 204
    assert (await values(client))["urn:x:1"] == {"power": 1, "colour": "blue"}


async def test_the_same_entity_twice_lives_through_both(client: Client) -> None:
    twice = [lamp(1), {**lamp(1), "power": {"type": "Property", "value": 5}}]
    assert (await client.post("entityOperations/upsert", twice)).status == 201
    assert (await values(client))["urn:x:1"] == {"power": 5}
    assert (await client.post("entityOperations/create", [lamp(7), lamp(7)])).status == 207


async def test_update_and_what_it_leaves(client: Client) -> None:
    await client.post("entityOperations/create", [lamp(1)])
    reply = await client.post("entityOperations/update", [{"id": "urn:x:1", "power": 9}, {"id": "urn:x:2", "power": 9}])
    assert (reply.status, reply.data["success"]) == (207, ["urn:x:1"])
    assert reply.data["errors"][0]["error"]["status"] == 404
    kept = await client.post("entityOperations/update?options=noOverwrite", [{"id": "urn:x:1", "power": 1, "a": 2}])
    assert kept.status == 207
    assert (await values(client))["urn:x:1"] == {"power": 9, "a": 2}


async def test_merge_and_delete(client: Client) -> None:
    await client.post("entityOperations/create", [lamp(1), lamp(2)])
    patch = [{"id": "urn:x:1", "power": "urn:ngsi-ld:null", "colour": "red"}]
    assert (await client.post("entityOperations/merge", patch)).status == 204
    assert (await values(client))["urn:x:1"] == {"colour": "red"}
    gone = await client.post("entityOperations/delete", ["urn:x:1", "urn:x:9"])
    assert (gone.status, gone.data["success"]) == (207, ["urn:x:1"])
    assert (await client.post("entityOperations/delete", ["urn:x:2"])).status == 204
    assert await values(client) == {}


async def test_what_is_no_batch(client: Client) -> None:
    for body in ([], {}, [None], "x"):
        assert (await client.post("entityOperations/create", body)).status == 400
    assert (await client.post("entityOperations/delete", [1])).status == 400
    assert (await client.post("entityOperations/create", [{}] * 10_001)).status == 403


async def test_each_item_of_json_ld_has_its_context(client: Client) -> None:
    items = [{**lamp(1), "@context": {"power": "https://example.org/power"}}, lamp(2)]
    reply = await client.post("entityOperations/create", items, content_type="application/ld+json")
    assert (reply.status, reply.data["success"]) == (207, ["urn:x:1"])
    assert "https://example.org/power" in (await values(client))["urn:x:1"]

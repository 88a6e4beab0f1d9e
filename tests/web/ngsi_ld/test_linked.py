"""Linked entities: CIM 009, 4.5.23, 4.5.4 (examples 9 to 18) and tables 6.4.3.2-1 and 6.5.3.1-1."""

from __future__ import annotations

from typing import Any

import pytest

from .conftest import Client

STATION, DEVICE, MAKER = "urn:x:station", "urn:x:device", "urn:x:maker"
FOUND: list[dict[str, Any]] = [
    {
        "id": STATION,
        "type": "Station",
        "providedBy": {"type": "Relationship", "object": DEVICE},
        "nobody": {"type": "Relationship", "object": "urn:x:none"},
        "all": {"type": "Relationship", "object": [DEVICE, "urn:x:none"]},
        "route": {"type": "ListRelationship", "objectList": [DEVICE, MAKER]},
    },
    {"id": DEVICE, "type": "Device", "speed": 60, "madeBy": {"type": "Relationship", "object": MAKER}},
    {"id": MAKER, "type": "Maker", "name": "Works", "first": {"type": "Relationship", "object": STATION}},
]


@pytest.fixture
async def town(client: Client) -> Client:
    assert (await client.post("entityOperations/create", FOUND)).status == 201
    return client


async def test_4_5_23_2_inline(town: Client) -> None:
    shown = (await town.get(f"entities/{STATION}?join=inline")).data
    assert shown["providedBy"]["object"] == DEVICE
    assert shown["providedBy"]["entity"] == (await town.get(f"entities/{DEVICE}")).data
    assert "entity" not in shown["nobody"]
    assert [one["id"] for one in shown["all"]["entity"]] == [DEVICE]
    assert [one["id"] for one in shown["route"]["entityList"]] == [DEVICE, MAKER]


async def test_4_5_23_levels_are_followed_and_rings_end(town: Client) -> None:
    one = (await town.get(f"entities/{STATION}?join=inline&joinLevel=1")).data["providedBy"]["entity"]
    assert "entity" not in one["madeBy"]
    deep = (await town.get(f"entities/{STATION}?join=inline&joinLevel=5")).data["providedBy"]["entity"]
    maker = deep["madeBy"]["entity"]
    assert maker["name"]["value"] == "Works"
    assert "entity" not in maker["first"]


async def test_4_5_4_inline_and_simplified(town: Client) -> None:
    shown = (await town.get(f"entities/{STATION}?join=inline&format=simplified")).data
    device = {"id": DEVICE, "type": "Device", "speed": 60, "madeBy": MAKER}
    assert (shown["providedBy"], shown["nobody"]) == (device, "urn:x:none")
    assert shown["all"] == [device, "urn:x:none"]
    assert [one["id"] for one in shown["route"]] == [DEVICE, MAKER]


async def test_4_5_23_3_flat_is_always_an_array_of_each_entity_once(town: Client) -> None:
    reply = (await town.get(f"entities/{STATION}?join=flat&joinLevel=3&options=keyValues")).data
    assert [one["id"] for one in reply] == [STATION, DEVICE, MAKER]
    assert reply[0]["providedBy"] == DEVICE
    query = (await town.get("entities?type=Station,Device&join=flat&joinLevel=2&pick=id")).data
    assert [one["id"] for one in query] == [STATION, DEVICE]
    query = (await town.get("entities?type=Station,Device&join=flat&joinLevel=2")).data
    assert [one["id"] for one in query] == [STATION, DEVICE, MAKER]


async def test_6_5_3_1_what_was_met_before_is_not_shown_again(town: Client) -> None:
    shown = (await town.get(f"entities/{STATION}?join=inline&joinLevel=2&containedBy={DEVICE}")).data
    assert "entity" not in shown["providedBy"]
    assert [one["id"] for one in shown["route"]["entityList"]] == [MAKER]


async def test_5_2_23_in_a_query_that_is_a_body(town: Client) -> None:
    body = {
        "type": "Query",
        "entities": [{"type": "Station"}],
        "join": "inline",
        "joinLevel": 1,
        "containedBy": [MAKER],
    }
    (shown,) = (await town.post("entityOperations/query", body)).data
    assert shown["providedBy"]["entity"]["id"] == DEVICE
    assert [one["id"] for one in shown["route"]["entityList"]] == [DEVICE]


@pytest.mark.parametrize(
    "query", ["join=sideways", "join=inline&joinLevel=0", "join=flat&joinLevel=99", "join=flat&containedBy=no%20uri"]
)
async def test_what_cannot_be_joined(town: Client, query: str) -> None:
    for path in (f"entities/{STATION}?{query}", f"entities?type=Station&{query}"):
        assert (await town.get(path)).status == 400

"""Context source registrations (CIM 009, 5.9 and 5.10), and what plain sources are asked."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from noren.city import City
from noren.custody import Federation
from noren.web.app import create as application
from tests.custody.conftest import Houses, served

REGISTRATION = {
    "id": "urn:ngsi-ld:ContextSourceRegistration:village",
    "type": "ContextSourceRegistration",
    "information": [{"entities": [{"type": "WaterObserved"}], "propertyNames": ["waterLevel"]}],
}
Send = Any


@pytest.fixture
async def village(tmp_path: Path) -> AsyncIterator[str]:
    """Another city's broker."""
    async with City.bare(tmp_path / "village") as city:
        await city.view(city.anonymous).upsert(
            [
                {"id": f"urn:ngsi-ld:WaterObserved:village:{i}", "type": "WaterObserved", "waterLevel": i, "secret": 1}
                for i in range(3)
            ]
        )
        async with served(application(city)) as address:
            yield address


@pytest.fixture
async def send(houses: Houses) -> AsyncIterator[Send]:
    await houses.open()
    token = houses.city.tokens.issue(houses.city.staff, seconds=600)
    base = f"{houses.address}/ngsi-ld/v1/"
    async with aiohttp.ClientSession(headers={"Authorization": f"Bearer {token}"}) as session:

        async def one(method: str, path: str, body: Any = None) -> tuple[int, Any, Any]:
            async with session.request(method, base + path, json=body) as reply:
                text = await reply.text()
                return reply.status, json.loads(text) if text else None, reply.headers

        yield one


async def test_made_listed_read_changed_removed(send: Send, village: str) -> None:
    status, _, headers = await send("POST", "csourceRegistrations", REGISTRATION | {"endpoint": village})
    assert status == 201 and headers["Location"].endswith(REGISTRATION["id"])
    assert (await send("POST", "csourceRegistrations", REGISTRATION | {"endpoint": village}))[0] == 409
    assert (await send("GET", "csourceRegistrations"))[0] == 400
    _, (found,), _ = await send("GET", "csourceRegistrations?type=WaterObserved")
    assert found["information"] == REGISTRATION["information"] and found["endpoint"] == village
    assert (await send("GET", "csourceRegistrations?type=WaterObserved&attrs=flow"))[1] == []
    assert (await send("GET", "csourceRegistrations?type=Building"))[1] == []
    path = f"csourceRegistrations/{REGISTRATION['id']}"
    change = {"information": [{"entities": [{"type": "Building"}]}], "description": "Buildings"}
    assert (await send("PATCH", path, change))[0] == 204
    _, found, _ = await send("GET", path)
    assert found["description"] == "Buildings" and found["information"] == change["information"]
    assert (await send("DELETE", path))[0] == 204
    assert (await send("GET", path))[0] == 404


async def test_what_a_village_measures_is_read_in_the_town(houses: Houses, send: Send, village: str) -> None:
    await send("POST", "csourceRegistrations", REGISTRATION | {"endpoint": f"{village}/ngsi-ld/v1"})
    status, found, warnings = await houses.get("entities?type=WaterObserved&options=keyValues")
    assert (status, warnings, sorted(each["waterLevel"] for each in found)) == (200, [], [0, 1, 2])
    assert all("secret" not in each for each in found)
    _, found, _ = await houses.get("entities?type=WaterObserved&q=waterLevel>1&options=keyValues")
    assert [each["waterLevel"] for each in found] == [2]
    _, one, _ = await houses.get("entities/urn:ngsi-ld:WaterObserved:village:1?options=keyValues")
    assert one["waterLevel"] == 1
    assert (await houses.get("entities?type=WaterObserved", Via="1.1 noren-town"))[1] == []


async def test_it_is_kept(send: Send, houses: Houses, village: str) -> None:
    await send("POST", "csourceRegistrations", REGISTRATION | {"endpoint": village})
    async with Federation(houses.city) as again:
        assert [source.id for source in again.sources()] == [REGISTRATION["id"]]


async def test_only_staff_register_and_only_what_may_be_reached(send: Send, houses: Houses, village: str) -> None:
    async with aiohttp.ClientSession() as session:
        url = f"{houses.address}/ngsi-ld/v1/csourceRegistrations"
        async with session.post(url, json=REGISTRATION | {"endpoint": village}) as reply:
            assert reply.status == 403
        async with session.get(f"{url}?type=WaterObserved") as reply:
            assert reply.status == 403
    assert (await send("POST", "csourceRegistrations", REGISTRATION | {"endpoint": "http://169.254.169.254"}))[0] == 400


@pytest.mark.parametrize(
    ("change", "where"),
    [
        ({"type": "Registration"}, "type"),
        ({"endpoint": 5}, "endpoint"),
        ({"endpoint": "file:///etc/passwd"}, ""),
        ({"information": []}, "information"),
        ({"information": [{}]}, "information"),
        ({"information": [{"propertyNames": []}]}, "information.propertyNames"),
        ({"information": [{"entities": [{"id": "urn:x:1"}]}]}, "information.entities"),
        ({"information": [{"entities": [{"type": "A", "idPattern": "(a+)+$"}]}]}, "information.entities.idPattern"),
        ({"mode": "shared"}, "mode"),
        ({"mode": "exclusive"}, "information"),
        ({"expiresAt": "2020-01-01T00:00:00Z"}, "expiresAt"),
        ({"location": {"type": "Point"}}, "location"),
        ({"contextSourceInfo": "key"}, "contextSourceInfo"),
        ({"contextSourceInfo": [{"key": "noren:key", "value": "none"}]}, ""),
        ({"contextSourceInfo": [{"key": "noren:kind", "value": "sect"}]}, "noren:kind"),
    ],
)
async def test_what_is_no_registration_is_told_by_its_member(
    send: Send, village: str, change: dict[str, Any], where: str
) -> None:
    status, problem, _ = await send("POST", "csourceRegistrations", REGISTRATION | {"endpoint": village} | change)
    assert status == 400, problem
    assert not where or problem["where"] == where


async def test_an_entity_has_one_exclusive_source(send: Send, village: str, houses: Houses) -> None:
    id = "urn:ngsi-ld:WaterObserved:village:1"
    information = [{"entities": [{"type": "WaterObserved", "id": id}], "propertyNames": ["waterLevel"]}]
    exclusive = REGISTRATION | {"endpoint": village, "mode": "exclusive", "information": information}
    assert (await send("POST", "csourceRegistrations", exclusive))[0] == 201
    assert (await send("POST", "csourceRegistrations", exclusive | {"id": "urn:ngsi-ld:x:2"}))[0] == 409
    redirect = REGISTRATION | {"endpoint": village, "mode": "redirect", "id": "urn:ngsi-ld:x:3"}
    assert (await send("POST", "csourceRegistrations", redirect))[0] == 409
    body = {"id": id, "type": "WaterObserved", "waterLevel": 99, "flow": 7}
    await houses.city.view(houses.city.staff).upsert([body])
    _, found, _ = await houses.get(f"entities/{id}?options=keyValues")
    assert (found["waterLevel"], found["flow"]) == (1, 7)


async def test_a_source_without_a_key_is_asked_for_open_data_alone(send: Send, houses: Houses) -> None:
    asked: list[tuple[str, str]] = []

    async def app(scope: Any, receive: Any, sending: Any) -> None:
        if scope["type"] == "http":
            asked.append((scope["query_string"].decode(), dict(scope["headers"])[b"via"].decode()))
            await sending({"type": "http.response.start", "status": 200, "headers": []})
            await sending({"type": "http.response.body", "body": b"[]"})

    async with served(app) as address:
        entities = [{"type": "HealthRecord"}, {"type": "Depot"}, {"type": "WaterObserved"}]
        everything = REGISTRATION | {"endpoint": address, "information": [{"entities": entities}]}
        assert (await send("POST", "csourceRegistrations", everything))[0] == 201
        await houses.get("entities?type=HealthRecord", houses.city.staff)
        await houses.get("entities?type=Depot", houses.city.staff)
        assert asked == []
        await houses.get("entities?type=WaterObserved,Depot", houses.city.staff)
        ((query, via),) = asked
        assert "WaterObserved" in query and "Depot" not in query and via == "1.1 noren-town"

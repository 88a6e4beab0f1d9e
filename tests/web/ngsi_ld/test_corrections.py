"""The past corrected: CIM 009, 5.6.13 to 5.6.16, before and after compaction."""

from __future__ import annotations

from typing import Any

import pytest

from noren.city import City

from .conftest import Client

ID = "urn:ngsi-ld:Gauge:1"
PAST = f"temporal/entities/{ID}"
RADAR = "urn:ngsi-ld:Dataset:radar"


def level(value: Any, hour: int, **more: Any) -> dict[str, Any]:
    return {"type": "Property", "value": value, "observedAt": f"2024-05-01T{hour:02}:00:00Z", **more}


@pytest.fixture(params=[False, True], ids=["hot", "cold"])
async def past(client: Client, city: City, request: pytest.FixtureRequest) -> Client:
    """A gauge with four levels of two datasets and a name that was never observed, in the log or in Parquet."""
    levels = [level(1, 10), level(2, 11), level(3, 12), level(9, 11, datasetId=RADAR)]
    body = {"id": ID, "type": "Gauge", "level": levels, "flow": [level(5, 10)]}
    assert (await client.post("temporal/entities", body)).status == 201
    for name in ("Bridge", "Weir"):
        assert (await client.post(f"entities/{ID}/attrs", {"name": name})).status == 204
    if request.param:
        await city.desk().store.compact(keep_after=city.desk().store.newest())
    return client


async def instances(client: Client, name: str, query: str = "") -> list[dict[str, Any]]:
    reply = await client.get(f"{PAST}?{query}")
    assert reply.status == 200, reply
    held = reply.data.get(name, [])
    return held if isinstance(held, list) else [held]


async def values(client: Client, name: str = "level", query: str = "") -> list[Any]:
    return [one["value"] for one in await instances(client, name, query)]


async def test_4_5_7_every_instance_has_an_id_of_its_own_that_lasts(past: Client, city: City) -> None:
    before = await instances(past, "level")
    ids = [one["instanceId"] for one in before]
    assert len(set(ids)) == 4
    await city.desk().store.compact(keep_after=city.desk().store.newest())
    assert await instances(past, "level") == before


async def test_5_6_14_an_instance_is_replaced_whole(past: Client) -> None:
    old = (await instances(past, "level", "options=sysAttrs"))[1]
    assert old["value"] == 2
    address = f"{PAST}/attrs/level/{old['instanceId']}"
    body = {"level": [level(2.5, 11, unitCode="MTR")]}
    assert (await past.patch(address, body)).status == 204
    found = await instances(past, "level", "options=sysAttrs")
    new = next(one for one in found if one["instanceId"] == old["instanceId"])
    assert (len(found), new["value"], new["unitCode"]) == (4, 2.5, "MTR")
    assert new["createdAt"] == old["createdAt"]
    assert new["modifiedAt"] > old["modifiedAt"]
    assert (await past.get(f"entities/{ID}")).data["level"][0]["value"] == 3


async def test_5_6_14_an_instance_that_moves_in_time_keeps_its_id(past: Client, city: City) -> None:
    first = (await instances(past, "level"))[0]["instanceId"]
    assert (await past.patch(f"{PAST}/attrs/level/{first}", level(1.5, 9))).status == 204
    moved = (await instances(past, "level"))[0]
    assert (moved["value"], moved["observedAt"], moved["instanceId"]) == (1.5, "2024-05-01T09:00:00Z", first)
    assert (await past.patch(f"{PAST}/attrs/level/{first}", {"level": level(1.75, 9)})).status == 204
    await city.desk().store.compact(keep_after=city.desk().store.newest())
    assert [one["value"] for one in await instances(past, "level")] == [1.75, 2, 9, 3]
    assert (await instances(past, "level"))[0]["instanceId"] == first
    assert (await past.delete(f"{PAST}/attrs/level/{first}")).status == 204
    assert await values(past) == [2, 9, 3]


async def test_5_6_14_an_instance_that_was_never_observed(past: Client, city: City) -> None:
    query = "timeproperty=modifiedAt&timerel=after&timeAt=2000-01-01T00:00:00Z"
    first = (await instances(past, "name", query))[0]
    assert first["value"] == "Bridge"
    body = {"type": "Property", "value": "Old bridge"}
    assert (await past.patch(f"{PAST}/attrs/name/{first['instanceId']}", body)).status == 204
    assert sorted(await values(past, "name", query)) == ["Old bridge", "Weir"]
    await city.desk().store.compact(keep_after=city.desk().store.newest())
    assert sorted(await values(past, "name", query)) == ["Old bridge", "Weir"]
    assert (await past.delete(f"{PAST}/attrs/name/{first['instanceId']}")).status == 204
    assert await values(past, "name", query) == ["Weir"]


async def test_5_6_15_an_instance_is_struck_out(past: Client, city: City) -> None:
    found = await instances(past, "level")
    assert (await past.delete(f"{PAST}/attrs/level/{found[3]['instanceId']}")).status == 204
    assert await values(past) == [1, 2, 9]
    assert sorted(await values(past, query="lastN=2")) == [2, 9]
    assert (await past.delete(f"{PAST}/attrs/level/{found[3]['instanceId']}")).status == 404
    sums = (await past.get(f"{PAST}?options=aggregatedValues&aggrMethods=totalCount,max&attrs=level")).data
    assert [row[0] for row in sums["level"]["totalCount"]] == [3]
    await city.desk().store.compact(keep_after=city.desk().store.newest())
    assert await values(past) == [1, 2, 9]
    again = {"level": [level(30, 12)]}
    assert (await past.post(f"{PAST}/attrs", again)).status == 204
    assert await values(past) == [1, 2, 9, 30]


async def test_5_6_13_one_dataset_or_all_of_an_attribute(past: Client) -> None:
    assert (await past.delete(f"{PAST}/attrs/level?datasetId={RADAR}")).status == 204
    assert await values(past) == [1, 2, 3]
    assert (await past.delete(f"{PAST}/attrs/level?datasetId={RADAR}")).status == 404
    assert (await past.delete(f"{PAST}/attrs/level")).status == 204
    assert (await values(past), await values(past, "flow")) == ([], [5])
    await past.post(f"{PAST}/attrs", {"level": [level(4, 13), level(8, 13, datasetId=RADAR)]})
    assert (await past.delete(f"{PAST}/attrs/level?deleteAll=true")).status == 204
    assert await values(past) == []


async def test_5_6_16_a_whole_past_goes_and_the_entity_stays(past: Client) -> None:
    assert (await past.delete(PAST)).status == 204
    assert set((await past.get(PAST)).data) == {"id", "type"}
    assert (await past.get(f"entities/{ID}")).data["flow"]["value"] == 5
    assert (await past.delete(PAST)).status == 404


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("DELETE", "temporal/entities/urn:x:none", 404),
        ("DELETE", "temporal/entities/no%20uri", 400),
        ("DELETE", f"{PAST}/attrs/colour", 404),
        ("DELETE", f"{PAST}/attrs/a%20b", 400),
        ("DELETE", f"{PAST}/attrs/level?datasetId=no%20uri", 400),
        ("DELETE", f"{PAST}/attrs/level/urn:x:none", 404),
        ("DELETE", f"{PAST}/attrs/level/none", 400),
        ("PATCH", f"{PAST}/attrs/level/urn:x:none", 404),
        ("PATCH", "temporal/entities/urn:x:none/attrs/level/urn:x:none", 404),
        ("PATCH", f"{PAST}/attrs/level/none", 400),
    ],
)
async def test_5_6_13_to_5_6_16_what_cannot_be_corrected(past: Client, method: str, path: str, status: int) -> None:
    body = level(1, 10) if method == "PATCH" else None
    assert (await past.send(method, path, body)).status == status
    assert await values(past) == [1, 2, 9, 3]

from __future__ import annotations

from typing import Any

import pytest

from .conftest import Client

ID = "urn:ngsi-ld:WaterObserved:town:1"
ENTITY: dict[str, Any] = {
    "id": ID,
    "type": "WaterObserved",
    "waterLevel": {"type": "Property", "value": 1.5, "unitCode": "MTR", "observedAt": "2024-05-01T12:00:00Z"},
    "refDevice": {"type": "Relationship", "object": "urn:ngsi-ld:Device:town:9"},
    "location": {"type": "GeoProperty", "value": {"type": "Point", "coordinates": [-51.2, -30.0]}},
}
CORE = "https://uri.etsi.org/ngsi-ld/v1/ngsi-ld-core-context-v1.9.jsonld"
ERRORS = "https://uri.etsi.org/ngsi-ld/errors/"


async def made(client: Client) -> str:
    assert (await client.post("entities", ENTITY)).status == 201
    return f"entities/{ID}"


async def test_an_entity_is_made_and_read_back_alike(client: Client) -> None:
    reply = await client.post("entities", ENTITY)
    assert (reply.status, reply.body) == (201, b"")
    assert reply.headers["location"] == f"/ngsi-ld/v1/entities/{ID}"
    back = await client.get(reply.headers["location"])
    assert back.data == ENTITY
    assert back.headers["content-type"] == "application/json"
    assert back.headers["link"].startswith(f"<{CORE}>")


async def test_an_entity_cannot_be_made_twice(client: Client) -> None:
    await made(client)
    again = await client.post("entities", ENTITY)
    assert again.status == 409
    assert again.data["type"] == ERRORS + "AlreadyExists"


async def test_forms(client: Client) -> None:
    path = await made(client)
    simple = {"waterLevel": 1.5, "refDevice": "urn:ngsi-ld:Device:town:9", "location": ENTITY["location"]["value"]}
    for query in ("options=keyValues", "options=simplified", "format=simplified", "format=keyValues"):
        assert (await client.get(f"{path}?{query}")).data == {"id": ID, "type": "WaterObserved", **simple}
    concise = (await client.get(f"{path}?format=concise")).data
    assert concise["refDevice"] == {"object": "urn:ngsi-ld:Device:town:9"}
    sys = (await client.get(f"{path}?options=sysAttrs")).data
    assert sys["createdAt"] == sys["waterLevel"]["modifiedAt"]
    linked = await client.get(path, accept="application/ld+json")
    assert linked.data == {"@context": CORE, **ENTITY}
    assert "link" not in linked.headers
    feature = (await client.get(path, accept="application/geo+json")).data
    assert feature["type"] == "Feature"
    assert feature["geometry"] == ENTITY["location"]["value"]
    assert feature["@context"] == CORE
    assert feature["properties"]["waterLevel"] == ENTITY["waterLevel"]
    plain = await client.get(path, accept="application/geo+json", prefer="body=json")
    assert "@context" not in plain.data
    assert CORE in plain.headers["link"]


async def test_projection(client: Client) -> None:
    path = await made(client)
    assert set((await client.get(f"{path}?attrs=waterLevel")).data) == {"id", "type", "waterLevel"}
    assert set((await client.get(f"{path}?pick=id,waterLevel")).data) == {"id", "waterLevel"}
    assert set((await client.get(f"{path}?omit=type,location")).data) == {"id", "waterLevel", "refDevice"}
    assert (await client.get(f"{path}?attrs=colour")).status == 404
    assert (await client.get(f"{path}?type=Building")).status == 404
    assert (await client.get(f"{path}?type=WaterObserved,Building")).status == 200


async def test_replace_keeps_when_it_was_made(client: Client) -> None:
    path = await made(client)
    before = (await client.get(f"{path}?options=sysAttrs")).data
    assert (await client.put(path, {"type": "WaterObserved", "flow": 3})).status == 204
    after = (await client.get(f"{path}?options=sysAttrs")).data
    assert after["createdAt"] == before["createdAt"]
    assert set(after) == {"id", "type", "createdAt", "modifiedAt", "flow"}


async def test_merge_goes_deep_and_takes_away(client: Client) -> None:
    path = await made(client)
    patch = {"waterLevel": {"value": 2}, "refDevice": "urn:ngsi-ld:null", "name": "Bridge"}
    assert (await client.patch(path, patch, content_type="application/merge-patch+json")).status == 204
    now = (await client.get(path)).data
    assert now["waterLevel"] == {**ENTITY["waterLevel"], "value": 2}
    assert "refDevice" not in now
    assert now["name"]["value"] == "Bridge"
    assert (await client.patch("entities/urn:x:none", patch)).status == 404


async def test_merge_renews_the_time_of_observation(client: Client) -> None:
    path = await made(client)
    assert (await client.patch(f"{path}?observedAt=2024-05-02T00:00:00Z", {"waterLevel": {"value": 3}})).status == 204
    assert (await client.get(path)).data["waterLevel"]["observedAt"] == "2024-05-02T00:00:00Z"


async def test_append_and_what_is_left_as_it_was(client: Client) -> None:
    path = await made(client)
    more = {"flow": {"value": 12}, "waterLevel": {"value": 9}}
    partial = await client.post(f"{path}/attrs?options=noOverwrite", more)
    assert partial.status == 207
    assert partial.data["updated"] == ["https://uri.etsi.org/ngsi-ld/default-context/flow"]
    assert partial.data["notUpdated"][0]["attributeName"].endswith("/waterLevel")
    assert (await client.get(path)).data["waterLevel"]["value"] == 1.5
    assert (await client.post(f"{path}/attrs", more)).status == 204
    assert (await client.get(path)).data["waterLevel"]["value"] == 9


async def test_update_takes_away_by_null(client: Client) -> None:
    path = await made(client)
    assert (
        await client.patch(f"{path}/attrs", {"waterLevel": {"value": 4}, "location": "urn:ngsi-ld:null"})
    ).status == 204
    now = (await client.get(path)).data
    assert now["waterLevel"] == {"type": "Property", "value": 4}
    assert "location" not in now


async def test_one_attribute(client: Client) -> None:
    path = await made(client) + "/attrs/waterLevel"
    assert (await client.patch(path, {"unitCode": "CMT"})).status == 204
    assert (await client.get(f"entities/{ID}")).data["waterLevel"] == {**ENTITY["waterLevel"], "unitCode": "CMT"}
    assert (await client.put(path, {"type": "Property", "value": 7})).status == 204
    assert (await client.get(f"entities/{ID}")).data["waterLevel"] == {"type": "Property", "value": 7}
    assert (await client.delete(path)).status == 204
    assert (await client.delete(path)).status == 404
    assert (await client.patch(path, {"value": 1})).status == 404


async def test_instances_by_dataset(client: Client) -> None:
    path = await made(client)
    second = {"type": "Property", "value": 2, "datasetId": "urn:ngsi-ld:Dataset:radar"}
    assert (await client.post(f"{path}/attrs", {"waterLevel": second})).status == 204
    both = (await client.get(path)).data["waterLevel"]
    assert [one["value"] for one in both] == [1.5, 2]
    chosen = (await client.get(f"{path}?datasetId=urn:ngsi-ld:Dataset:radar")).data
    assert chosen["waterLevel"]["value"] == 2
    assert (await client.delete(f"{path}/attrs/waterLevel?datasetId=urn:ngsi-ld:Dataset:radar")).status == 204
    assert (await client.get(path)).data["waterLevel"]["value"] == 1.5
    await client.post(f"{path}/attrs", {"waterLevel": second})
    assert (await client.delete(f"{path}/attrs/waterLevel?deleteAll=true")).status == 204
    assert "waterLevel" not in (await client.get(path)).data


async def test_delete(client: Client) -> None:
    path = await made(client)
    assert (await client.delete(path)).status == 204
    gone = await client.get(path)
    assert (gone.status, gone.data["type"]) == (404, ERRORS + "ResourceNotFound")
    assert (await client.delete(path)).status == 404


async def test_an_id_with_slashes_is_one_segment(client: Client) -> None:
    id = "https://example.org/things/1?a=b"
    reply = await client.post("entities", {**ENTITY, "id": id})
    assert reply.headers["location"].endswith("https:%2F%2Fexample.org%2Fthings%2F1%3Fa=b")
    assert (await client.get(reply.headers["location"])).data["id"] == id


async def test_a_language_is_chosen(client: Client) -> None:
    names = {"type": "LanguageProperty", "languageMap": {"en": "Bridge", "ja": "橋"}}
    await client.post("entities", {**ENTITY, "name": names})
    assert (await client.get(f"entities/{ID}?lang=ja")).data["name"] == {
        "type": "Property",
        "value": "橋",
        "lang": "ja",
    }


async def test_tenants_do_not_see_each_other(client: Client) -> None:
    await made(client)
    there = await client.get(f"entities/{ID}", ngsild_tenant="harbour")
    assert (there.status, there.headers["ngsild-tenant"]) == (404, "harbour")
    assert there.data["type"] == ERRORS + "NonexistentTenant"
    assert (await client.post("entities", ENTITY, ngsild_tenant="harbour")).status == 201
    await client.delete(f"entities/{ID}", ngsild_tenant="harbour")
    assert (await client.get(f"entities/{ID}")).status == 200
    assert (await client.get(f"entities/{ID}", ngsild_tenant="../../etc")).status == 400


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"", "InvalidRequest"),
        (b'{"id": "urn:x:1", "type": "T"', "InvalidRequest"),
        (b"\xff\xfe", "InvalidRequest"),
        (b"[" * 100_000, "InvalidRequest"),
        ({"type": "T"}, "BadRequestData"),
        ({"id": "urn:x:1"}, "BadRequestData"),
        ({"id": "no uri", "type": "T"}, "BadRequestData"),
        ({"id": "urn:x:1", "type": "T", "a": None, "b": {"type": "Property"}}, "BadRequestData"),
        ({"id": "urn:x:1", "type": "T", "a": {"type": "Property", "value": "urn:ngsi-ld:null"}}, "BadRequestData"),
        ({"id": "urn:x:1", "type": "T", "a": {"type": "Relationship", "object": "no uri"}}, "BadRequestData"),
        (
            {
                "id": "urn:x:1",
                "type": "T",
                "a": {"type": "GeoProperty", "value": {"type": "Point", "coordinates": [0, 95]}},
            },
            "BadRequestData",
        ),
        ({"id": "urn:x:1", "type": "T", "a": {"value": 1, "observedAt": "yesterday"}}, "BadRequestData"),
        ([], "BadRequestData"),
        ("text", "BadRequestData"),
    ],
)
async def test_what_is_no_entity_is_refused(client: Client, body: Any, kind: str) -> None:
    reply = await client.post("entities", body)
    assert reply.status == 400
    assert reply.data["type"] == ERRORS + kind
    assert reply.data["title"]
    assert reply.headers["content-type"] == "application/json"


async def test_malformed_json_says_where(client: Client) -> None:
    reply = await client.post("entities", b'{"id": "urn:x:1",\n "type": "T",\n "a": }')
    assert reply.data["where"] == "line 3, column 7"

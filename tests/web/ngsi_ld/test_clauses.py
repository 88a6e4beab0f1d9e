"""What clauses of CIM 009 v1.9.1 say that no other test here does; each test names its clause."""

from __future__ import annotations

from typing import Any

import pytest

from noren.city import City

from .conftest import Client

ID = "urn:ngsi-ld:Gauge:1"
ERRORS = "https://uri.etsi.org/ngsi-ld/errors/"
GAUGE: dict[str, Any] = {
    "id": ID,
    "type": "Gauge",
    "scope": "/town/north",
    "level": {"type": "Property", "value": 3, "unitCode": "MTR", "observedAt": "2024-05-01T12:00:00Z"},
    "location": {"type": "GeoProperty", "value": {"type": "Point", "coordinates": [134.0, 34.3]}},
}


@pytest.fixture
async def gauge(client: Client) -> str:
    assert (await client.post("entities", GAUGE)).status == 201
    return f"entities/{ID}"


async def test_6_3_2_a_context_that_is_not_at_hand_is_a_gateway_timeout(client: Client) -> None:
    link = '<https://example.org/c.jsonld>; rel="http://www.w3.org/ns/json-ld#context"; type="application/ld+json"'
    reply = await client.get("types", link=link)
    assert (reply.status, reply.data["type"]) == (504, ERRORS + "LdContextNotAvailable")


@pytest.mark.parametrize(
    ("query", "status"),
    [
        (f"id={ID}", 400),
        ("idPattern=Gauge", 400),
        ("scopeQ=/town/%23", 400),
        ("q=createdAt>2024-01-01T00:00:00Z", 400),
        ("type=*&local=false", 400),
        ("type=*", 200),
        (f"id={ID}&type=Gauge", 200),
        (f"id={ID}&local=true", 200),
        ("attrs=level", 200),
        ("q=level", 200),
        ("georel=near;maxDistance==1000&geometry=Point&coordinates=[134,34.3]", 200),
    ],
)
async def test_5_7_2_4_a_query_that_is_too_wide(client: Client, gauge: str, query: str, status: int) -> None:
    reply = await client.get(f"entities?{query}")
    assert reply.status == status, reply
    if status == 200:
        assert [entity["id"] for entity in reply.data] == [ID]


async def test_5_7_2_4_only_a_local_query_is_sorted(client: Client, gauge: str) -> None:
    assert (await client.get("entities?type=Gauge&orderBy=level")).status == 400
    assert (await client.get("entities?type=Gauge&orderBy=level&local=true")).status == 200


async def test_4_23_3_sorted_by_distance(client: Client) -> None:
    places = {"a": [134.2, 34.3], "b": [134.0, 34.3], "c": [134.1, 34.3]}
    for name, place in places.items():
        point = {"type": "Point", "coordinates": place}
        await client.post("entities", {"id": f"urn:x:{name}", "type": "Stop", "location": point})
    await client.post("entities", {"id": "urn:x:nowhere", "type": "Stop"})
    base = "entities?type=Stop&local=true&pick=id&orderBy=location"

    async def sorted_by(query: str) -> list[str]:
        reply = await client.get(f"{base}{query}")
        assert reply.status == 200, reply
        return [entity["id"][6:] for entity in reply.data]

    assert await sorted_by(";dist-asc&orderFrom=[134,34.3]") == ["b", "c", "a", "nowhere"]
    assert await sorted_by(";dist-desc&orderFrom=[134,34.3]") == ["a", "c", "b", "nowhere"]
    line = "&orderFrom=[[134.19,34.2],[134.19,34.4]]&orderGeometry=LineString"
    assert await sorted_by(f";dist-asc{line}") == ["a", "c", "b", "nowhere"]
    assert (await client.get(f"{base};dist-asc")).status == 400
    assert (await client.get(f"{base};dist-asc&orderFrom=[134]")).status == 400


async def test_5_2_43_ordering_and_geo_query_have_their_own_coordinates(client: Client, gauge: str) -> None:
    other = {**GAUGE, "id": "urn:ngsi-ld:Gauge:2", "location": {"type": "Point", "coordinates": [134.001, 34.3]}}
    await client.post("entities", other)
    body = {
        "type": "Query",
        "entities": [{"type": "Gauge"}],
        "geoQ": {"georel": "near;maxDistance==5000", "geometry": "Point", "coordinates": [134.0, 34.3]},
        "ordering": {"orderBy": ["location;dist-desc"], "geometry": "Point", "coordinates": [134.0, 34.3]},
    }
    reply = await client.post("entityOperations/query?local=true", body)
    assert [entity["id"][-1] for entity in reply.data] == ["2", "1"]


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("PUT", "", {"type": "Gauge", "level": 4}),
        ("PATCH", "", {"level": 4}),
        ("POST", "/attrs", {"level": 4}),
        ("PATCH", "/attrs", {"level": 4}),
        ("PUT", "/attrs/level", {"value": 4}),
        ("PATCH", "/attrs/level", {"value": 4}),
        ("DELETE", "/attrs/level", None),
        ("DELETE", "", None),
    ],
)
async def test_5_6_a_change_is_only_for_entities_of_the_type_that_is_asked(
    client: Client, gauge: str, method: str, path: str, body: Any
) -> None:
    wrong = await client.send(method, f"{gauge}{path}?type=Building", body)
    assert (wrong.status, wrong.data["type"]) == (404, ERRORS + "ResourceNotFound")
    assert (await client.get(gauge)).data["level"]["value"] == 3
    assert (await client.send(method, f"{gauge}{path}?type=Building,Gauge", body)).status == 204


async def test_5_6_4_and_5_6_5_a_scope_is_no_attribute_but_can_be_removed(client: Client, gauge: str) -> None:
    for send in (client.patch, client.put):
        reply = await send(f"{gauge}/attrs/scope", {"type": "Property", "value": "/other"})
        assert (reply.status, reply.data["type"]) == (400, ERRORS + "BadRequestData")
    assert (await client.delete(f"{gauge}/attrs/scope")).status == 204
    assert "scope" not in (await client.get(gauge)).data
    assert (await client.delete(f"{gauge}/attrs/scope")).status == 404


@pytest.mark.parametrize(
    "attribute",
    [
        {"type": "LanguageProperty", "languageMap": {"en": "x"}, "unitCode": "MTR"},
        {"type": "VocabProperty", "vocab": "x", "unitCode": "MTR"},
        {"type": "JsonProperty", "json": {"a": 1}, "unitCode": "MTR"},
        {"type": "Property", "value": 1, "previousObject": "urn:x:1"},
        {"type": "Property", "value": 1, "entity": {"id": "urn:x:1", "type": "T"}},
        {"type": "ListRelationship", "objectList": ["urn:x:1"], "entity": {"id": "urn:x:1", "type": "T"}},
    ],
)
async def test_4_5_members_that_a_kind_never_has(client: Client, attribute: dict[str, Any]) -> None:
    reply = await client.post("entities", {"id": "urn:x:1", "type": "T", "thing": attribute})
    assert (reply.status, reply.data["where"].startswith("thing.")) == (400, True)


async def test_5_2_5_what_only_answers_have_is_passed_over(client: Client) -> None:
    given = {
        "level": {"type": "Property", "value": 1, "previousValue": 0, "instanceId": "urn:x:7", "createdAt": "1999"},
        "device": {"type": "Relationship", "object": "urn:x:2", "previousObject": "urn:x:3", "entity": {"id": "x"}},
    }
    assert (await client.post("entities", {"id": "urn:x:1", "type": "T", **given})).status == 201
    shown = (await client.get("entities/urn:x:1")).data
    assert shown["level"] == {"type": "Property", "value": 1}
    assert shown["device"] == {"type": "Relationship", "object": "urn:x:2"}


async def test_5_6_8_4_updating_in_a_batch_takes_away_by_null(client: Client, gauge: str) -> None:
    path = "entityOperations/upsert?options=update"
    change = {"id": ID, "type": "Gauge", "level": "urn:ngsi-ld:null", "name": "Bridge"}
    assert (await client.post(path, [change])).status == 204
    assert set((await client.get(gauge)).data) == {"id", "type", "scope", "location", "name"}
    fresh = await client.post(path, [{**change, "id": "urn:x:new"}])
    assert (fresh.status, fresh.data["errors"][0]["error"]["type"]) == (207, ERRORS + "BadRequestData")
    assert (await client.get("entities/urn:x:new")).status == 404
    assert (await client.post(path, [{"id": "urn:x:new", "a": 1}])).data["errors"]


async def test_5_8_1_4_a_subscription_says_by_which_context_it_will_be_told(client: Client) -> None:
    body = {
        "id": "urn:x:1",
        "type": "Subscription",
        "entities": [{"type": "Gauge"}],
        "notification": {"endpoint": {"uri": "http://127.0.0.1:9/"}},
    }
    assert (await client.post("subscriptions", body)).status == 201
    shown = (await client.get("subscriptions/urn:x:1")).data
    assert shown["jsonldContext"].endswith("ngsi-ld-core-context-v1.9.jsonld")


async def test_5_13_4_4_a_context_from_elsewhere_is_described_and_not_served(client: Client, city: City) -> None:
    url = "https://example.org/c.jsonld"
    city.contexts.add(url, {"@context": {"a": "https://example.org/a"}})
    address = "jsonldContexts/https:%2F%2Fexample.org%2Fc.jsonld"
    reply = await client.get(address)
    assert (reply.status, reply.data["type"]) == (422, ERRORS + "OperationNotSupported")
    assert (await client.get(f"{address}?details=true")).data["kind"] == "Cached"


STRETCH = "timerel=after&timeAt=2024-01-01T00:00:00Z"
PAST = f"temporal/entities/{ID}"


@pytest.mark.parametrize(
    ("query", "status"),
    [
        (f"{PAST}?format=temporalValues", 200),
        (f"{PAST}?format=aggregatedValues&aggrMethods=max", 200),
        (f"{PAST}?format=concise", 400),
        (f"{PAST}?options=temporalValues,aggregatedValues&aggrMethods=max", 400),
        (f"{PAST}?options=aggregatedValues&format=temporalValues", 200),
        (f"temporal/entities?type=Gauge&{STRETCH}&orderBy=id;desc&local=true", 200),
        (f"temporal/entities?type=Gauge&{STRETCH}&orderBy=level&local=true", 400),
        (f"temporal/entities?type=Gauge&{STRETCH}&orderBy=id", 400),
    ],
)
async def test_6_3_12_and_5_7_4_4_representations_and_order(
    client: Client, gauge: str, query: str, status: int
) -> None:
    assert (await client.get(query)).status == status


async def test_6_3_12_the_format_is_shown(client: Client, gauge: str) -> None:
    pairs = (await client.get(f"{PAST}?format=temporalValues")).data["level"]
    assert pairs == {"type": "Property", "values": [[3, "2024-05-01T12:00:00Z"]]}
    sums = (await client.get(f"{PAST}?format=aggregatedValues&aggrMethods=max,totalCount")).data["level"]
    assert (set(sums), sums["max"][0][0]) == ({"type", "max", "totalCount"}, 3)


async def test_5_7_3_4_without_a_stretch_of_time_what_was_never_observed_is_shown_too(
    client: Client, gauge: str
) -> None:
    for name in ("Bridge", "Weir"):
        assert (await client.post(f"{gauge}/attrs", {"name": name})).status == 204
    everything = (await client.get(PAST)).data
    assert [one["value"] for one in everything["name"]] == ["Bridge", "Weir"]
    assert [one["value"] for one in everything["level"]] == [3]
    assert [one["value"] for one in (await client.get(f"{PAST}?lastN=1")).data["name"]] == ["Weir"]
    stretch = (await client.get(f"{PAST}?{STRETCH}")).data
    assert set(stretch) == {"id", "type", "scope", "level"}

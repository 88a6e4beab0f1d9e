from __future__ import annotations

from typing import Any

import pytest

from .conftest import Client


def sensor(number: int) -> dict[str, Any]:
    return {
        "id": f"urn:ngsi-ld:Sensor:{number:02}",
        "type": ["Sensor", "Odd"] if number % 2 else "Sensor",
        "scope": f"/town/{'north' if number < 5 else 'south'}",
        "level": {"type": "Property", "value": number, "observedAt": "2024-05-01T12:00:00Z"},
        "name": f"Sensor {number}",
        "location": {"type": "GeoProperty", "value": {"type": "Point", "coordinates": [number / 100, 0]}},
    }


@pytest.fixture
async def full(client: Client) -> Client:
    assert (await client.post("entityOperations/create", [sensor(n) for n in range(10)])).status == 201
    return client


async def found(client: Client, query: str) -> list[int]:
    reply = await client.get(f"entities?{query}")
    assert reply.status == 200, reply
    return [int(entity["id"][-2:]) for entity in reply.data]


@pytest.mark.parametrize(
    ("query", "numbers"),
    [
        ("type=Sensor", list(range(10))),
        ("type=Odd", [1, 3, 5, 7, 9]),
        ("type=(Sensor;Odd)", [1, 3, 5, 7, 9]),
        ("type=Building", []),
        ("type=*", list(range(10))),
        ("local=true&limit=3", [0, 1, 2]),
        ("type=Sensor&id=urn:ngsi-ld:Sensor:03,urn:ngsi-ld:Sensor:05", [3, 5]),
        ("type=Sensor&idPattern=.*0[12]$", [1, 2]),
        ("q=level>=8", [8, 9]),
        ("type=Sensor&q=level==2..4", [2, 3, 4]),
        ("type=Sensor&q=name==%22Sensor%207%22", [7]),
        ("type=Sensor&q=level>2;level<5", [3, 4]),
        ("type=Sensor&q=level<1|level>8", [0, 9]),
        ("type=Sensor&q=name~=r%205$", [5]),
        ("type=Sensor&scopeQ=/town/south", [5, 6, 7, 8, 9]),
        ("type=Sensor&scopeQ=/town/%23&limit=1", [0]),
        ("georel=near;maxDistance==2500&geometry=Point&coordinates=[0,0]", [0, 1, 2]),
        ("georel=near;minDistance==8000&geometry=Point&coordinates=[0,0]", [8, 9]),
        ("georel=within&geometry=Polygon&coordinates=[[[0.035,-1],[0.055,-1],[0.055,1],[0.035,1],[0.035,-1]]]", [4, 5]),
        ("type=Sensor&local=true&orderBy=level;desc&limit=3", [9, 8, 7]),
        ("type=Sensor&local=true&orderBy=level&limit=2&offset=4", [4, 5]),
        ("attrs=level&limit=2", [0, 1]),
        ("attrs=colour", []),
    ],
)
async def test_who_is_found(full: Client, query: str, numbers: list[int]) -> None:
    assert await found(full, query) == numbers


async def test_pages(full: Client) -> None:
    seen: list[str] = []
    path = "/ngsi-ld/v1/entities?type=Sensor&limit=4&count=true"
    for _ in range(3):
        reply = await full.get(path)
        assert reply.headers["ngsild-results-count"] == "10"
        seen += [entity["id"] for entity in reply.data]
        links = dict(reversed(part.strip().split("; ")[:2]) for part in reply.headers["link"].split(", <"))
        following = links.get('rel="next"')
        if following:
            path = following.strip("<>").partition(">")[0]
    assert seen == [sensor(n)["id"] for n in range(10)]
    last = reply.headers["link"]
    assert 'rel="prev"' in last
    assert 'rel="next"' not in last
    assert 'type="application/json"' in last


async def test_only_the_count(full: Client) -> None:
    reply = await full.get("entities?type=Sensor&limit=0&count=true")
    assert (reply.data, reply.headers["ngsild-results-count"]) == ([], "10")


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("", 400),
        ("limit=5", 400),
        ("type=Sensor&limit=0", 400),
        ("type=Sensor&limit=-1", 400),
        ("type=Sensor&limit=1001", 403),
        ("type=Sensor&limit=x", 400),
        ("type=Sensor&offset=1e3", 400),
        ("type=Sensor&q=level>", 400),
        ("type=Sensor&q=((", 400),
        ("type=Sensor&q=name~=(", 400),
        ("type=Sensor&idPattern=(", 400),
        ("type=Sensor&count=maybe", 400),
        ("type=Sensor&format=poem", 400),
        ("type=", 400),
        ("type=Sensor&id=no%20uri", 400),
        ("georel=near&geometry=Point&coordinates=[0,0]", 400),
        ("georel=near;maxDistance==10", 400),
        ("georel=above&geometry=Point&coordinates=[0,0]", 400),
        ("georel=within&geometry=Polygon&coordinates=[[0,0]]", 400),
        ("type=Sensor&geometryProperty=location", 400),
        ("type=Sensor&attrs=id", 400),
        ("type=Sensor&pick=level&omit=level", 400),
        ("type=Sensor&scopeQ=//", 400),
    ],
)
async def test_what_cannot_be_asked(full: Client, query: str, status: int) -> None:
    reply = await full.get(f"entities?{query}")
    assert reply.status == status, reply
    assert reply.data["title"]


async def test_geojson(full: Client) -> None:
    reply = await full.get("entities?type=Sensor&limit=2&options=keyValues", accept="application/geo+json")
    assert reply.data["type"] == "FeatureCollection"
    assert [feature["geometry"]["coordinates"] for feature in reply.data["features"]] == [[0, 0], [0.01, 0]]
    assert reply.data["features"][1]["properties"]["level"] == 1


async def test_json_ld_carries_the_context_in_each(full: Client) -> None:
    reply = await full.get("entities?type=Sensor&limit=2", accept="application/ld+json")
    assert all("@context" in entity for entity in reply.data)


async def test_a_query_in_a_body(full: Client) -> None:
    query = {
        "type": "Query",
        "entities": [{"type": "Sensor"}],
        "q": "level>2",
        "geoQ": {"georel": "near;maxDistance==5500", "geometry": "Point", "coordinates": [0, 0]},
        "attrs": ["level"],
    }
    reply = await full.post("entityOperations/query?limit=2&count=true&options=keyValues", query)
    assert [entity["level"] for entity in reply.data] == [3, 4]
    assert set(reply.data[0]) == {"id", "type", "scope", "level"}
    assert reply.headers["ngsild-results-count"] == "2"
    either = {"type": "Query", "entities": [{"type": "Odd", "id": sensor(3)["id"]}, {"type": "*", "idPattern": "08$"}]}
    assert [e["id"][-2:] for e in (await full.post("entityOperations/query", either)).data] == ["03", "08"]
    wrong: list[Any] = [
        {},
        [],
        {"type": "Query", "entities": []},
        {"type": "Query", "entities": [{}]},
        {"type": "Query", "q": 3},
        {"type": "Query", "entities": [{"type": "A"}], "attrs": []},
        {"type": "Query", "entities": [{"type": "A"}], "geoQ": 1},
    ]
    for body in wrong:
        assert (await full.post("entityOperations/query", body)).status == 400, body


async def test_purge(full: Client) -> None:
    assert (await full.delete("entities?type=Sensor&q=level>7&drop=name")).status == 204
    assert "name" not in (await full.get(f"entities/{sensor(8)['id']}")).data
    assert "name" in (await full.get(f"entities/{sensor(7)['id']}")).data
    assert (await full.delete("entities?type=Odd")).status == 204
    assert await found(full, "type=Sensor") == [0, 2, 4, 6, 8]
    assert (await full.delete("entities")).status == 400


async def test_types_and_attributes(full: Client) -> None:
    assert (await full.get("types")).data["typeList"] == ["Odd", "Sensor"]
    details = {each["typeName"]: each for each in (await full.get("types?details=true")).data}
    assert sorted(details["Odd"]["attributeNames"]) == ["level", "location", "name"]
    one = (await full.get("types/Sensor")).data
    assert one["entityCount"] == 10
    kinds = {each["attributeName"]: each["attributeTypes"] for each in one["attributeDetails"]}
    assert kinds == {"level": ["Property"], "name": ["Property"], "location": ["GeoProperty"]}
    assert (await full.get("types/Building")).status == 404
    assert (await full.get("attributes")).data["attributeList"] == ["level", "location", "name"]
    level = (await full.get("attributes/level")).data
    assert (level["attributeTypes"], level["typeNames"]) == (["Property"], ["Odd", "Sensor"])
    assert (await full.get("attributes/colour")).status == 404
    assert len((await full.get("attributes?details=true")).data) == 3

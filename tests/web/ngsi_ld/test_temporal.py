from __future__ import annotations

from typing import Any

import pytest

from noren.errors import BadInput
from noren.web.ngsi_ld.temporal import duration

from .conftest import Client

ID = "urn:ngsi-ld:Gauge:1"
PATH = f"temporal/entities/{ID}"


def level(value: Any, at: str, **more: Any) -> dict[str, Any]:
    return {"type": "Property", "value": value, "observedAt": f"2024-05-01T{at}Z", **more}


@pytest.fixture
async def past(client: Client) -> Client:
    """A gauge with three readings, and one without any in May."""
    await client.post("entities", {"id": ID, "type": "Gauge", "level": level(1, "10:00:00"), "name": "Bridge"})
    for value, at in ((2, "11:00:00"), (4, "12:00:00")):
        assert (await client.patch(f"entities/{ID}/attrs", {"level": level(value, at)})).status == 204
    old = {"type": "Property", "value": 9, "observedAt": "2020-01-01T00:00:00Z"}
    await client.post("entities", {"id": "urn:ngsi-ld:Gauge:2", "type": "Gauge", "level": old})
    return client


def pairs(entity: dict[str, Any]) -> list[Any]:
    return [(one["value"], one["observedAt"][11:16]) for one in entity["level"]]


async def test_the_whole_past_of_one(past: Client) -> None:
    entity = (await past.get(PATH)).data
    assert (entity["id"], entity["type"]) == (ID, "Gauge")
    assert pairs(entity) == [(1, "10:00"), (2, "11:00"), (4, "12:00")]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("timerel=before&timeAt=2024-05-01T11:00:00Z", [1]),
        ("timerel=after&timeAt=2024-05-01T11:00:00Z", [2, 4]),
        ("timerel=between&timeAt=2024-05-01T10:00:00Z&endTimeAt=2024-05-01T12:00:00Z", [1, 2]),
        ("timerel=between&timeAt=2024-05-01T12:00:00%2B02:00&endTimeAt=2024-05-01T13:30:00%2B02:00", [1, 2]),
        ("lastN=2&timerel=after&timeAt=2024-05-01T00:00:00Z", [4, 2]),
        ("lastN=1", [4]),
    ],
)
async def test_stretches(past: Client, query: str, expected: list[int]) -> None:
    assert [value for value, _ in pairs((await past.get(f"{PATH}?attrs=level&{query}")).data)] == expected


async def test_pairs_of_value_and_time(past: Client) -> None:
    entity = (await past.get(f"{PATH}?options=temporalValues&attrs=level")).data
    assert entity["level"]["values"][0] == [1, "2024-05-01T10:00:00Z"]
    assert len(entity["level"]["values"]) == 3


async def test_only_who_has_something_in_the_stretch(past: Client) -> None:
    stretch = "timerel=after&timeAt=2024-01-01T00:00:00Z"
    assert [e["id"] for e in (await past.get(f"temporal/entities?type=Gauge&{stretch}")).data] == [ID]
    everything = await past.get("temporal/entities?type=Gauge&timerel=before&timeAt=2024-06-01T00:00:00Z&count=true")
    assert everything.headers["ngsild-results-count"] == "2"
    none = await past.get(f"temporal/entities?type=Gauge&q=level>4&{stretch}")
    assert none.data == []
    once = await past.get(f"temporal/entities?type=Gauge&q=level==2&{stretch}")
    assert [pairs(entity) for entity in once.data] == [[(1, "10:00"), (2, "11:00"), (4, "12:00")]]


async def test_aggregates(past: Client) -> None:
    query = "attrs=level&options=aggregatedValues&aggrMethods=max,avg,totalCount&aggrPeriodDuration=PT2H"
    stretch = "timerel=between&timeAt=2024-05-01T10:00:00Z&endTimeAt=2024-05-01T14:00:00Z"
    told = (await past.get(f"temporal/entities?type=Gauge&{query}&{stretch}")).data[0]["level"]
    assert told["type"] == "Property"
    assert told["max"] == [
        [2, "2024-05-01T10:00:00Z", "2024-05-01T12:00:00Z"],
        [4, "2024-05-01T12:00:00Z", "2024-05-01T14:00:00Z"],
    ]
    assert [value for value, _, _ in told["avg"]] == [1.5, 4]
    assert [value for value, _, _ in told["totalCount"]] == [2, 1]


async def test_a_past_is_handed_in(past: Client) -> None:
    body = {"id": "urn:ngsi-ld:Gauge:3", "type": "Gauge", "level": [level(1, "01:00:00"), level(2, "02:00:00")]}
    reply = await past.post("temporal/entities", body)
    assert (reply.status, reply.headers["location"]) == (201, "/ngsi-ld/v1/temporal/entities/urn:ngsi-ld:Gauge:3")
    more = {"level": [level(0, "00:00:00"), level(3, "03:00:00", unitCode="MTR")]}
    assert (await past.post("temporal/entities/urn:ngsi-ld:Gauge:3/attrs", more)).status == 204
    assert [v for v, _ in pairs((await past.get("temporal/entities/urn:ngsi-ld:Gauge:3")).data)] == [0, 1, 2, 3]
    now = (await past.get("entities/urn:ngsi-ld:Gauge:3")).data["level"]
    assert (now["value"], now["unitCode"]) == (3, "MTR")
    assert (await past.post("temporal/entities", {**body, "level": [level(7, "07:00:00")]})).status == 204
    assert (await past.post("temporal/entities/urn:ngsi-ld:Gauge:99/attrs", more)).status == 404


async def test_a_query_in_a_body(past: Client) -> None:
    body = {
        "type": "Query",
        "entities": [{"type": "Gauge"}],
        "attrs": ["level"],
        "temporalQ": {"timerel": "after", "timeAt": "2024-05-01T11:00:00Z"},
    }
    reply = await past.post("temporal/entityOperations/query", body)
    assert [pairs(entity) for entity in reply.data] == [[(2, "11:00"), (4, "12:00")]]


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("temporal/entities?type=Gauge", 400),
        ("temporal/entities?timerel=before&timeAt=2024-05-01T11:00:00Z", 400),
        ("temporal/entities?type=Gauge&timerel=during&timeAt=2024-05-01T11:00:00Z", 400),
        ("temporal/entities?type=Gauge&timerel=before", 400),
        ("temporal/entities?type=Gauge&timerel=before&timeAt=yesterday", 400),
        ("temporal/entities?type=Gauge&timerel=between&timeAt=2024-05-01T11:00:00Z", 400),
        (f"{PATH}?timeAt=2024-05-01T11:00:00Z", 400),
        (f"{PATH}?lastN=0", 400),
        (f"{PATH}?timeproperty=mood", 400),
        (f"{PATH}?timeproperty=deletedAt", 422),
        (f"{PATH}?options=aggregatedValues", 400),
        (f"{PATH}?options=aggregatedValues&aggrMethods=mode", 400),
        (f"{PATH}?options=aggregatedValues&aggrMethods=max&aggrPeriodDuration=1h", 400),
        ("temporal/entities/urn:ngsi-ld:Gauge:99", 404),
    ],
)
async def test_what_cannot_be_asked(past: Client, query: str, status: int) -> None:
    assert (await past.get(query)).status == status


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("PT1H", 3600), ("P1D", 86400), ("P1W", 604800), ("PT0S", None), ("P0D", None), ("P1DT1H1M1.5S", 90061.5)],
)
def test_durations(text: str, seconds: float | None) -> None:
    assert duration(text) == seconds


@pytest.mark.parametrize("text", ["", "P", "PT", "1H", "PT1", "P1H", "P-1D", "P1W2D", "P99999999999999Y"])
def test_what_is_no_duration(text: str) -> None:
    with pytest.raises(BadInput):
        duration(text)

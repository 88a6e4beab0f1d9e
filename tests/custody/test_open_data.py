"""What is open, asked of the city and answered by whoever has it; some of whom are down, slow or lying."""

from __future__ import annotations

import asyncio
import socket
from typing import Any

import pytest

from noren.city import City
from noren.trust.ledger import Signer
from tests.custody.conftest import Houses, answered, whole

STOP = "urn:ngsi-ld:GtfsStop:bus:1"


def stop(id: str = STOP, **attributes: Any) -> dict[str, Any]:
    return {"id": id, "type": "GtfsStop", "name": "Market", **attributes}


async def with_stops(houses: Houses, **attributes: Any) -> City:
    bus = await houses.custodian("bus", "company", ["GtfsStop"])
    await bus.view(bus.staff).upsert([stop(**attributes), stop("urn:ngsi-ld:GtfsStop:bus:2", name="Harbour")])
    return bus


async def test_what_a_custodian_holds_is_answered_by_the_city(houses: Houses) -> None:
    await with_stops(houses)
    await houses.open()
    city = houses.city
    await city.view(city.staff).upsert([stop("urn:ngsi-ld:GtfsStop:town:9", name="Town hall")])
    status, found, warnings = await houses.get("entities?type=GtfsStop&options=keyValues&count=true")
    assert (status, warnings) == (200, [])
    assert [each["name"] for each in found] == ["Town hall", "Market", "Harbour"]
    status, found, _ = await houses.get("entities?type=GtfsStop&options=keyValues&local=true")
    assert [each["name"] for each in found] == ["Town hall"]
    status, found, _ = await houses.get("entities?type=GtfsStop&options=keyValues&limit=1&offset=1")
    assert [each["name"] for each in found] == ["Market"]
    status, found, _ = await houses.get('entities?type=GtfsStop&q=name=="Harbour"&options=keyValues')
    assert [each["name"] for each in found] == ["Harbour"]
    status, found, _ = await houses.get(f"entities/{STOP}?options=keyValues")
    assert (status, found["name"]) == (200, "Market")
    assert (await houses.get("entities/urn:ngsi-ld:GtfsStop:bus:3"))[0] == 404
    assert (await houses.get(f"entities/{STOP}?local=true"))[0] == 404


async def test_two_houses_know_the_same_stop(houses: Houses) -> None:
    await with_stops(houses, wheelChairAccessible="yes")
    await houses.open()
    await houses.city.view(houses.city.staff).upsert([stop(code="A1", name="Old market")])
    _, found, _ = await houses.get(f"entities/{STOP}?options=keyValues")
    assert (found["name"], found["code"], found["wheelChairAccessible"]) == ("Old market", "A1", "yes")


async def test_operational_data_needs_a_role_in_both_houses(houses: Houses) -> None:
    bus = await houses.custodian("bus", "company", ["Depot"], operators=("town",))
    await bus.view(bus.staff).upsert([{"id": "urn:ngsi-ld:Depot:bus:1", "type": "Depot", "fuel": 20}])
    tram = await houses.custodian("tram", "company", ["Depot"])
    await tram.view(tram.staff).upsert([{"id": "urn:ngsi-ld:Depot:tram:1", "type": "Depot", "fuel": 30}])
    await houses.open()
    assert (await houses.get("entities?type=Depot"))[0] == 403
    _, found, warnings = await houses.get("entities?type=Depot&options=keyValues", houses.city.staff)
    assert [each["id"] for each in found] == ["urn:ngsi-ld:Depot:bus:1"]
    assert warnings == ['299 noren-town "Tram: it refuses (403)"']


async def test_one_that_is_down_or_silent_costs_the_others_nothing(houses: Houses) -> None:
    await with_stops(houses)
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    never = Signer.new("never/custody").verifier
    houses.register("closed", "company", ["GtfsStop"], f"http://127.0.0.1:{port}", str(never))
    released = asyncio.Event()

    async def waits(text: str) -> Any:
        await released.wait()
        return 200, {}, b""

    await houses.lying("slow", "company", ["GtfsStop"], waits)
    houses._registered[-1] = houses._registered[-1].replace("seconds = 20.0", "seconds = 0.3")
    await houses.open()
    status, found, warnings = await houses.get("entities?type=GtfsStop")
    assert (status, len(found)) == (200, 2)
    assert warnings == [
        '199 noren-town "Closed: It does not answer: nobody listens there."',
        '199 noren-town "Slow: no answer within 0.3 s"',
    ]
    for _ in range(3):
        status, found, warnings = await houses.get("entities?type=GtfsStop")
    assert [text.split(": ")[1] for text in warnings] == ["it is left alone for a while"] * 2
    assert len(found) == 2
    assert (await houses.get("entities/urn:ngsi-ld:GtfsStop:bus:7"))[2]
    released.set()


@pytest.mark.parametrize(
    ("body", "why", "cut"),
    [
        ({"entities": [whole(name="x"), whole("urn:ngsi-ld:GtfsTrip:x:1", "GtfsTrip")]}, "type", True),
        ({"entities": [whole(name="x", secret="y")]}, "attributes", True),
        ({"entities": [whole(name="x")], "subjects": ["urn:ngsi-ld:Person:town:1"]}, "whom", True),
        ({"entities": [whole(f"urn:ngsi-ld:GtfsStop:x:{i}", name="x") for i in range(1001)]}, "more entities", True),
        ({"entities": [{"id": "no uri", "type": "GtfsStop"}]}, "no entity", False),
        ({"entities": "many"}, "cannot be read", False),
        (b"<html>", "cannot be read", False),
        (b"[" * 100_000, "cannot be read", False),
        (b"x" * (9 << 20), "larger than", False),
    ],
)
async def test_an_answer_that_is_none_harms_nobody(houses: Houses, body: Any, why: str, cut: bool) -> None:
    await with_stops(houses)
    key = Signer.new("liar/custody")

    async def lies(text: str) -> Any:
        return answered(key, text, body)

    await houses.lying("liar", "company", ["GtfsStop.name"], lies, key)
    await houses.open()
    status, found, (warning,) = await houses.get("entities?type=GtfsStop&limit=999")
    assert (status, [each["id"] for each in found]) == (200, [STOP, "urn:ngsi-ld:GtfsStop:bus:2"])
    assert warning.startswith('111 noren-town "Liar: ') and why in warning
    assert ("liar" in houses.federation.cuts.all()) is cut
    noted = houses.city.book.public("custodian-cut")
    assert [line.facts["custodian"] for line in noted] == (["liar"] if cut else [])
    if cut:
        assert "cut off" in (await houses.get("entities?type=GtfsStop"))[2][0]
        houses.federation.cuts.restore("liar")
        assert why in (await houses.get("entities?type=GtfsStop"))[2][0]


async def test_an_old_answer_one_to_another_ask_and_one_of_another_key_are_not_taken(houses: Houses) -> None:
    key, kept = Signer.new("liar/custody"), list[Any]()
    turns = ["honest", "old", "other key", "unsigned"]

    async def lies(text: str) -> Any:
        turn, good = turns.pop(0), answered(key, text, {"entities": [whole(name="x")]})
        kept.append(good)
        if turn == "old":
            return kept[0]
        if turn == "other key":
            return answered(Signer.new("liar/custody"), text, {"entities": [whole(name="x")]})
        return (200, {}, good[2]) if turn == "unsigned" else good

    await houses.lying("liar", "company", ["GtfsStop"], lies, key)
    await houses.open()
    assert len((await houses.get("entities?type=GtfsStop"))[1]) == 1
    for says in ("no answer to what was asked", "not signed", "not signed"):
        _, found, (warning,) = await houses.get("entities?type=GtfsStop")
        assert found == [] and warning.startswith("111 ") and says in warning

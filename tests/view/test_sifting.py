"""Pictures, identities and tracks are refused on every way in, and good data beside them is kept."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pyarrow as pa
import pytest

from noren.city import City
from noren.errors import BadInput
from noren.intake.add import Adder, Options, add_all
from noren.intake.convert import Place
from noren.view import View, sifting

ID = "urn:ngsi-ld:CrowdFlowObserved:town:gate-north"
AT = "2024-05-01T10:05:00Z"


def crowd(**more: Any) -> dict[str, Any]:
    count = {"type": "Property", "value": 12, "observedAt": AT}
    return {"id": ID, "type": "CrowdFlowObserved", "name": "North gate", "peopleCount": count} | more


def count(value: Any = 12, **more: Any) -> dict[str, Any]:
    return {"type": "Property", "value": value, "observedAt": AT} | more


BAD: dict[str, dict[str, Any]] = {
    "unknown field": crowd(faceVector=[0.1, 0.2]),
    "picture": crowd(image="data:image/jpeg;base64,/9j/4AAQSkZJRgABAQ"),
    "picture in the name": crowd(name="data:image/jpeg;base64,/9j/4AAQSkZJRgABAQ"),
    "link to a picture": crowd(description="see http://10.0.0.3/snapshot.jpg"),
    "stream": crowd(source="rtsp://10.0.0.3/live"),
    "plate": crowd(name="品川 500 さ 12-34"),
    "network address": crowd(source="counter b8:27:eb:12:34:56"),
    "identifier": crowd(source="3f2504e0-4f89-11d3-9a0c-0305e82c3301"),
    "id of a phone": crowd(id="urn:ngsi-ld:CrowdFlowObserved:town:b827eb123456"),
    "id of a plate": crowd(id="urn:ngsi-ld:TrafficFlowObserved:town:ABC1234", type="TrafficFlowObserved"),
    "subject": crowd(dataSubject={"type": "Relationship", "object": "urn:ngsi-ld:Person:town:1"}),
    "list of people": crowd(peopleCount=count([1, 2, 3])),
    "people as objects": crowd(peopleCount=count({"person-1": [1, 2]})),
    "half a person": crowd(peopleCount=count(1.5)),
    "fewer than none": crowd(peopleCount=count(-1)),
    "a number that is an identifier": crowd(peopleCount=count(353879234252633)),
    "count as text": crowd(peopleCount=count("twelve")),
    "count as truth": crowd(peopleCount=count(True)),
    "too fine in time": crowd(peopleCount=count(observedAt="2024-05-01T10:05:01Z")),
    "too fine an interval": crowd(dateObservedFrom="2024-05-01T10:05:00Z", dateObservedTo="2024-05-01T10:05:00Z"),
    "no time": crowd(peopleCount=12),
    "something beside the value": crowd(peopleCount=count(track={"type": "Property", "value": 1})),
    "one series a person": crowd(peopleCount=[count(), count(datasetId="urn:x:person-1")]),
    "unknown event": crowd(incident="man in red coat"),
    "a track in a geometry": crowd(location={"type": "Point", "coordinates": [134.0, 34.0], "times": [1]}),
    "two types": crowd(type=["CrowdFlowObserved", "PersonSeen"], height=1.8),
    "reader of plates": {"id": "urn:ngsi-ld:AnprFlowObserved:town:1", "type": "AnprFlowObserved"},
    "camera with a picture": {"id": "urn:ngsi-ld:Camera:town:1", "type": "Camera", "imageSnapshot": "http://x/1"},
    "device that is a camera": {
        "id": "urn:ngsi-ld:Device:town:c1", "type": "Device", "category": ["camera"], "snapshot": "x",
    },
}  # fmt: skip


async def refusal(view: View, entity: dict[str, Any]) -> BadInput:
    outcome = (await view.upsert([entity]))[0]
    assert isinstance(outcome.error, BadInput), entity
    return outcome.error


@pytest.mark.parametrize("what", BAD)
async def test_what_is_no_count_is_refused_and_its_neighbour_kept(city: City, what: str) -> None:
    view = city.view(city.staff)
    good = crowd(id="urn:ngsi-ld:CrowdFlowObserved:town:gate-south")
    bad, kept = await view.upsert([BAD[what], good])
    assert isinstance(bad.error, BadInput) and bad.error.where and bad.error.hint, what
    assert kept.error is None
    assert await view.get_normalized(BAD[what]["id"]) is None


async def test_counts_speeds_and_events_come_in(city: City) -> None:
    view = city.view(city.staff)
    good = [
        crowd(
            averageCrowdSpeed=count(4.5), congested=count(False), incident="fall", direction="inbound",
            location={"type": "Point", "coordinates": [134.05, 34.34]},
            refDevice={"type": "Relationship", "object": "urn:ngsi-ld:Camera:town:gate-north"},
            inDataset={"type": "Relationship", "object": "urn:ngsi-ld:Dataset:town:feed-eyes"},
        ),
        {
            "id": "urn:ngsi-ld:TrafficFlowObserved:town:1", "type": "TrafficFlowObserved", "intensity": 31,
            "averageVehicleSpeed": count(42.5, observedAt="2024-05-01T10:06:00Z"), "name": "国道193号 塩江線 3",
        },
        {
            "id": "urn:ngsi-ld:Camera:town:gate-north", "type": "Camera", "name": "North gate",
            "controlledProperty": ["peopleCount"], "location": {"type": "Point", "coordinates": [134.05, 34.34]},
        },
        {"id": "urn:ngsi-ld:Device:town:c1", "type": "Device", "category": "camera", "batteryLevel": 0.9},
        {"id": "urn:ngsi-ld:Device:town:lamp", "type": "Device", "picture": "lamp.jpg", "batteryLevel": 0.9},
    ]  # fmt: skip
    assert [outcome.error for outcome in await view.upsert(good)] == [None] * len(good)
    assert await city.view(city.anonymous).get("Camera", "urn:ngsi-ld:Camera:town:gate-north")


async def test_a_place_does_not_move(city: City) -> None:
    view = city.view(city.staff)
    for lon in (134.05, 134.05, 134.06):
        place = {"type": "Point", "coordinates": [lon, 34.34]}
        outcome = (await view.upsert([crowd(location=place)]))[0]
        assert (outcome.error is None) == (lon == 134.05)
    taken = await view.apply([_operation("delete_attribute", ID, attribute="location")])
    assert isinstance(taken[0].error, BadInput)


def _operation(kind: str, id: str, attribute: str) -> Any:
    from noren.broker.requests import Operation
    from noren.terms import iri

    return Operation(kind=kind, id=id, attribute=iri(attribute))  # type: ignore[arg-type]


async def test_what_was_no_camera_cannot_become_one_with_its_picture(city: City) -> None:
    view, id = city.view(city.staff), "urn:ngsi-ld:Device:town:lamp"
    await view.upsert([{"id": id, "type": "Device", "picture": "lamp.jpg"}])
    assert "picture" in (await refusal(view, {"id": id, "type": "Device", "category": "camera"})).where
    both = {"id": id, "type": ["Device", "CrowdFlowObserved"]}
    assert isinstance((await view.upsert([both]))[0].error, BadInput)


def series(*rows: tuple[str, str, float]) -> pa.Table:
    moments = pa.array([datetime.fromisoformat(at).replace(tzinfo=UTC) for _, at, _ in rows], pa.timestamp("us", "UTC"))
    return pa.table(
        {
            "entity": [ID] * len(rows),
            "attribute": [name for name, _, _ in rows],
            "observed": moments,
            "number": [value for *_, value in rows],
        }
    )


ROWS = (
    ("peopleCount", "2024-05-01T09:00", 5.0),
    ("peopleCount", "2024-05-01T09:05", 5.5),
    ("peopleCount", "2024-05-01T09:07", 5.0),
    ("peopleCount", "2024-05-01T09:10", 353879234252633.0),
    ("height", "2024-05-01T09:00", 1.8),
    ("averageCrowdSpeed", "2024-05-01T09:15", 4.5),
)


async def test_a_series_is_sifted_and_refused_as_a_whole_where_nobody_sifted_it(city: City) -> None:
    from noren.terms import iri

    view = city.view(city.staff)
    await view.upsert([crowd()])
    found = sifting.sift(iri("CrowdFlowObserved"), series(*ROWS))
    assert [row["number"] for row in found.good.to_pylist()] == [5.0, 4.5]
    assert sum(count for *_, count in found.refused) == 4
    for row in ROWS[1:5]:
        with pytest.raises(BadInput):
            await view.record("CrowdFlowObserved", series(row))
    assert await view.record("CrowdFlowObserved", found.good) == 2


async def test_a_past_is_sifted(city: City) -> None:
    from noren.terms import iri

    view = city.view(city.staff)
    await view.upsert([crowd()])
    head = {"id": ID, "type": [iri("CrowdFlowObserved")], "attrs": {}}
    for name, value, at in (("peopleCount", 3, "2024-04-01T10:05:03Z"), ("face", 3, AT), ("peopleCount", 0.5, AT)):
        with pytest.raises(BadInput):
            await view.remember(head, {iri(name): [{"type": "Property", "value": value, "observedAt": at}]})
    track = [
        {"type": "GeoProperty", "value": {"type": "Point", "coordinates": [lon, 34]}, "observedAt": at}
        for lon, at in ((134.0, "2024-03-01T10:05:00Z"), (134.1, "2024-03-01T10:10:00Z"))
    ]
    with pytest.raises(BadInput, match="track"):
        await view.remember(head, {iri("location"): track})
    good = {"type": "Property", "value": 3, "observedAt": "2024-04-01T10:05:00Z"}
    assert not await view.remember(head, {iri("peopleCount"): [good]})


async def test_a_file_loses_its_columns_of_identities_and_keeps_its_counts(city: City) -> None:
    file = city.folder / "crowd_counts.csv"
    file.write_text(
        "id,name,lat,lon,timestamp,people count,mac address\n"
        "gate-north,駅前,34.34,134.05,2024-05-01T10:05:00Z,12,b8:27:eb:12:34:56\n"
        "gate-south,港,34.35,134.05,2024-05-01T10:05:00Z,7,b8:27:eb:12:34:57\n"
        "b827eb123456,川,34.36,134.05,2024-05-01T10:05:00Z,7,b8:27:eb:12:34:57\n"
    )
    view = city.view(city.staff)
    adder = Adder(view, city.folder, Place("town", "Asia/Tokyo"))
    done, wrong = await add_all(adder, [file], Options(type="CrowdFlowObserved"))
    assert not wrong and any("left out" in str(each.text) for each in done[0].findings), done[0].findings
    held = [each async for each in view.find("CrowdFlowObserved")]
    assert held and "b8:27" not in str(held), held
    assert {each["id"].rsplit(":", 1)[-1] for each in held} == {"gate-north", "gate-south"}

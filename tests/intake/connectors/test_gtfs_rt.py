"""GTFS Realtime: messages made here, and recorded ones of real operators where they lie beside the checkout."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest
from google.protobuf.json_format import MessageToJson
from google.transit.gtfs_realtime_pb2 import FeedMessage

from noren.errors import BadInput
from noren.intake.connectors import polling
from noren.intake.connectors.gtfs_rt import GtfsRt, GtfsRtSettings

AT = int(datetime(2026, 7, 1, 11, 59, tzinfo=UTC).timestamp())


def message() -> FeedMessage:
    made = FeedMessage()
    made.header.gtfs_realtime_version, made.header.timestamp = "2.0", AT
    late = made.entity.add(id="1").trip_update
    late.trip.trip_id, late.trip.route_id = "trip 1", "R1"
    late.stop_time_update.add(stop_id="s0")
    late.stop_time_update.add(stop_id="s1").arrival.delay = 120
    late.stop_time_update.add(stop_id="s2").arrival.delay = 999
    gone = made.entity.add(id="2").trip_update
    gone.trip.trip_id, gone.trip.schedule_relationship = "trip2", gone.trip.CANCELED
    bus = made.entity.add(id="3").vehicle
    bus.vehicle.id, bus.vehicle.label, bus.trip.route_id = "v9", "Bus 9", "R1"
    bus.position.latitude, bus.position.longitude, bus.position.bearing, bus.position.speed = 34.35, 134.05, 90, 10
    lost = made.entity.add(id="4").vehicle
    lost.vehicle.id, lost.position.latitude, lost.position.longitude = "v10", 0, 0
    alert = made.entity.add(id="5").alert
    alert.effect, alert.severity_level = alert.DETOUR, alert.WARNING
    alert.header_text.translation.add(text="Detour")
    alert.header_text.translation.add(text="迂回運転", language="ja")
    alert.active_period.add(start=AT, end=AT + 3600)
    made.entity.add(id="6").trip_update.trip.route_id = "nameless"
    made.entity.add(id="7", is_deleted=True).trip_update.trip.trip_id = "deleted"
    return made


@pytest.mark.parametrize("form", ["protobuf", "json", "wrapped"])
async def test_what_a_message_becomes(site, line, at_work, form: str) -> None:  # type: ignore[no-untyped-def]
    plain = MessageToJson(message()).encode()
    wrapped = b'{"status": "OK", "response": ' + plain + b"}"
    site.pages["/rt"] = {"protobuf": message().SerializeToString(), "json": plain, "wrapped": wrapped}[form]
    async with at_work(GtfsRt(GtfsRtSettings(url=site.address + "/rt")), line):
        await line.until(lambda: line.entities)
    found = {entity["id"].removeprefix("urn:ngsi-ld:"): entity for entity in line.entities}
    assert set(found) == {"GtfsTrip:town:trip-1", "GtfsTrip:town:trip2", "Vehicle:town:v9", "Alert:town:transit-5"}
    late = found["GtfsTrip:town:trip-1"]
    assert late["delay"] == {
        "type": "Property",
        "value": 120,
        "unitCode": "SEC",
        "observedAt": "2026-07-01T11:59:00Z",
    }
    assert late["hasRoute"]["object"] == "urn:ngsi-ld:GtfsRoute:town:R1"
    assert found["GtfsTrip:town:trip2"]["status"]["value"] == "cancelled"
    bus = found["Vehicle:town:v9"]
    assert (bus["speed"]["value"], bus["heading"]["value"]) == (36.0, 90.0)
    assert bus["location"]["value"] == {"type": "Point", "coordinates": [134.05, 34.35]}
    assert found["Alert:town:transit-5"]["headline"]["languageMap"] == {"en": "Detour", "ja": "迂回運転"}
    assert found["Alert:town:transit-5"]["validTo"]["value"] == "2026-07-01T12:59:00Z"
    assert [where for _, where, _ in line.refusals] == ["entity 4", "entity 6"]


@pytest.mark.parametrize("body", [b"PK\x03\x04 a timetable", b'{"a": 1}', b"\x00\x01", b'{"header"', b'{"entity": 3}'])
async def test_something_else_came(site, line, body: bytes) -> None:  # type: ignore[no-untyped-def]
    site.pages["/rt"] = body
    with pytest.raises(BadInput, match="GTFS Realtime"):
        await GtfsRt(GtfsRtSettings(url=site.address + "/rt")).run(line)


async def served(site: Any, line: Any, at_work: Callable[..., Any], body: bytes) -> list[dict[str, Any]]:
    """Entities of the first answer; the second asks tell that all of the first was pushed."""
    site.pages["/rt"], line.entities, site.seen = (200, {"ETag": '"1"'}, body), [], []
    async with at_work(GtfsRt(GtfsRtSettings(url=site.address + "/rt", every="0.01s")), line):
        await line.until(lambda: len(site.seen) > 1)
    return list(line.entities)


@pytest.fixture(autouse=True)
def quickly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(polling, "SHORTEST", 0.01)


async def test_auckland(site, line, at_work, shared: Callable[[str], Path]) -> None:  # type: ignore[no-untyped-def]
    folder = shared("city/gtfs-realtime/auckland_tripupdates")
    for path in sorted(folder.glob("*.json.gz")):
        body = gzip.decompress(path.read_bytes())
        plain = msgspec.json.decode(body)
        found = await served(site, line, at_work, body)
        inside = (plain.get("response") or plain)["entity"]
        assert len({entity["id"] for entity in found}) == len({e["trip_update"]["trip"]["trip_id"] for e in inside})
        assert all("delay" in entity or entity["status"]["value"] == "cancelled" for entity in found)


async def test_a_real_protobuf(site, line, at_work, shared: Callable[[str], Path]) -> None:  # type: ignore[no-untyped-def]
    """2,847 trip updates, as its README counts them."""
    body = gzip.decompress(shared("city/gtfs-realtime/trip_updates_2014-11-30.pb.gz").read_bytes())
    found = await served(site, line, at_work, body)
    assert len(found) + len(line.refusals) == 2847

"""The message of a camera at the edge: how many, how fast, what happened, over which time. Nothing else is read.

    {"camera": "gate-north", "from": "2026-07-01T09:00:00+09:00", "to": "2026-07-01T09:05:00+09:00",
     "peopleCount": 12, "peopleCountTowards": 7, "averageCrowdSpeed": 4.2, "incident": "none"}

Whatever else stands in a message is a reason to refuse it whole: a camera that sends more than it should is mended at
the camera. A refusal never repeats what it refuses, since a refusal is shown.
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Any, Literal

import msgspec

from noren.errors import BadInput
from noren.terms.eyes import GRAIN
from noren.terms.records import CrowdFlowObserved, Record, TrafficFlowObserved

LARGEST = 64 * 1024
_AHEAD = timedelta(minutes=15)
_LONGEST = timedelta(days=1)
_MAGIC = {
    b"\xff\xd8\xff": "a JPEG picture",
    b"\x89PNG": "a PNG picture",
    b"GIF8": "a GIF picture",
    b"RIFF": "a picture or a film",
    b"II*\x00": "a TIFF picture",
    b"MM\x00*": "a TIFF picture",
    b"BM": "a bitmap",
    b"\x1aE\xdf\xa3": "a film",
    b"\x00\x00\x00\x01": "a film",
}
_PEOPLE = ("peopleCount", "peopleCountTowards", "peopleCountAway", "averageCrowdSpeed", "averageHeadwayTime")
_TRAFFIC = ("intensity", "averageVehicleSpeed")
_HINT = "Send only what docs/eyes.md lists; mend it at the camera."
Incident = Literal["none", "congestion", "wrong-way", "obstacle", "stopped-vehicle", "fall", "smoke", "flooding"]


class Message(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, rename="camel"):
    """What one camera counted between two moments; speeds in km/h, times of headway in seconds, shares from 0 to 1."""

    camera: str
    begin: datetime = msgspec.field(name="from")
    end: datetime = msgspec.field(name="to")
    people_count: int | None = None
    people_count_towards: int | None = None
    people_count_away: int | None = None
    average_crowd_speed: float | None = None
    average_headway_time: float | None = None
    intensity: int | None = None
    average_vehicle_speed: float | None = None
    occupancy: float | None = None
    congested: bool | None = None
    incident: Incident | None = None


class Placed(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A camera that the city knows: its place comes from the city's own file, never from a message."""

    name: str = ""
    """Name for people, like the corner where it hangs."""
    lon: float
    """Longitude in degrees of WGS 84."""
    lat: float
    """Latitude."""
    road: str = ""
    """Id of the road section that it looks at."""


def read(raw: bytes | bytearray, where: str) -> tuple[list[Message], list[BadInput]]:
    """The messages of a payload, one or a list, and what is wrong with the others; nothing of those is repeated."""
    if len(raw) > LARGEST:
        return [], [BadInput(f"Counts take at most {LARGEST} bytes.", where=where, hint=_HINT)]
    if what := next((what for magic, what in _MAGIC.items() if bytes(raw[:4]).startswith(magic)), ""):
        return [], [BadInput(f"This is {what}: pictures stay at the camera.", where=where, hint=_HINT)]
    try:
        payload = msgspec.json.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return [], [BadInput("This is no JSON.", where=where, hint=_HINT)]
    good: list[Message] = []
    wrong: list[BadInput] = []
    for each in payload if isinstance(payload, list) else [payload]:
        try:
            good.append(msgspec.convert(each, Message))
        except msgspec.ValidationError as error:
            wrong.append(BadInput(_words(str(error)), where=where, hint=_HINT))
    return good, wrong


def _words(message: str) -> str:
    """What is wrong with a message, by the field; neither values nor names of unknown fields are repeated."""
    what, _, path = message.partition(" - at ")
    if "unknown field" in what:
        return "It has a field that is not listed."
    if missing := re.search(r"missing required field `(\w+)`", what):
        return f"The field “{missing[1]}” is missing."
    return f"{path.strip('`').removeprefix('$.') or 'It'} is not what it should be."


def entities(message: Message, cameras: dict[str, Placed], city: str, now: datetime, where: str) -> list[Record]:
    """What a message becomes: people, vehicles or both. Raises `BadInput` for a camera that the city does not know, for
    times that are finer than they may be or lie ahead, and for a message without a count."""
    placed = cameras.get(message.camera)
    if placed is None:
        raise BadInput("The city does not know this camera.", where=where, hint="List it under `cameras` of the feed.")
    made = [kind for kind, names in (("people", _PEOPLE), ("traffic", _TRAFFIC)) if _any(message, names)]
    if not made:
        raise BadInput("It counts nothing.", where=where, hint=_HINT)
    for what in made:
        _check_time(message, GRAIN["CrowdFlowObserved" if what == "people" else "TrafficFlowObserved"], now, where)
    return [_people(message, placed, city) if what == "people" else _traffic(message, placed, city) for what in made]


def _any(message: Message, names: tuple[str, ...]) -> bool:
    return any(value is not None for name, value in _named(message).items() if name in names)


def _named(message: Message) -> dict[str, Any]:
    pairs = zip(message.__struct_encode_fields__, message.__struct_fields__, strict=True)
    return {name: getattr(message, field) for name, field in pairs}


def _check_time(message: Message, grain: int, now: datetime, where: str) -> None:
    if message.begin.tzinfo is None or message.end.tzinfo is None:
        raise BadInput("Its times have no zone.", where=where, hint="Write 2026-07-01T09:00:00+09:00.")
    if any(moment.timestamp() % grain for moment in (message.begin, message.end)):
        raise BadInput(f"Its times are no whole multiples of {grain} seconds.", where=where, hint=_HINT)
    if not timedelta(seconds=grain) <= message.end - message.begin <= _LONGEST:
        raise BadInput(f"It counts over less than {grain} seconds, or over more than a day.", where=where, hint=_HINT)
    if message.end > now + _AHEAD:
        raise BadInput("It ends in the future.", where=where, hint="Set the camera's clock.")


def _shared(message: Message, kind: str, placed: Placed, city: str) -> dict[str, Any]:
    return {
        "id": f"urn:ngsi-ld:{kind}:{city}:{message.camera}",
        "observed_at": message.end,
        "name": placed.name or None,
        "location": {"type": "Point", "coordinates": [placed.lon, placed.lat]},
        "date_observed_from": message.begin,
        "date_observed_to": message.end,
        "occupancy": message.occupancy,
        "congested": message.congested,
        "incident": message.incident,
        "ref_road_segment": placed.road or None,
        "ref_device": [camera_id(city, message.camera)],
    }


def camera_id(city: str, name: str) -> str:
    """Id of a camera as an entity."""
    return f"urn:ngsi-ld:Camera:{city}:{name}"


def _people(message: Message, placed: Placed, city: str) -> Record:
    return CrowdFlowObserved(
        **_shared(message, "CrowdFlowObserved", placed, city),
        people_count=message.people_count,
        people_count_towards=message.people_count_towards,
        people_count_away=message.people_count_away,
        average_crowd_speed=message.average_crowd_speed,
        average_headway_time=message.average_headway_time,
    )


def _traffic(message: Message, placed: Placed, city: str) -> Record:
    return TrafficFlowObserved(
        **_shared(message, "TrafficFlowObserved", placed, city),
        intensity=message.intensity,
        average_vehicle_speed=message.average_vehicle_speed,
    )

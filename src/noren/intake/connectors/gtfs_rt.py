"""GTFS Realtime, as protobuf or its JSON form: trip updates, vehicle positions, service alerts."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, ClassVar

import msgspec
from google.protobuf.json_format import ParseDict, ParseError
from google.protobuf.message import DecodeError
from google.transit.gtfs_realtime_pb2 import (
    Alert,
    FeedEntity,
    FeedMessage,
    TranslatedString,
    TripUpdate,
    VehiclePosition,
)

from noren.contract import Push
from noren.errors import BadInput
from noren.intake.connectors import values
from noren.intake.connectors.polling import Poller
from noren.net import Answer, shown
from noren.terms.record import stamp

_BATCH = 1000
_KMH = 3.6
_SEVERITY = {1: "informational", 2: "informational", 3: "medium", 4: "high"}
Entity = dict[str, Any]


class GtfsRtSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Address and rhythm; what is in it, it says itself."""

    url: str
    """Address of the feed: `https://…/TripUpdates.pb`."""
    every: str = "30s"
    """How often to ask, in real time; never more often than once a second."""
    headers: dict[str, str] = {}
    """Headers to send, for example a key: `{ "X-Api-Key" = "$API_KEY" }`."""
    jitter: float = 0.1
    """Share of `every` by which the moment of asking varies."""
    language: str = "en"
    """Language of alerts that state none."""


class GtfsRt:
    """Delays become `delay` of GtfsTrip, positions become Vehicle, service alerts become Alert."""

    kind: ClassVar[str] = "gtfs_rt"
    Settings: ClassVar[type[msgspec.Struct]] = GtfsRtSettings

    def __init__(self, settings: GtfsRtSettings) -> None:
        self.settings = settings
        self.poller = Poller(settings.url, settings.every, settings.headers, settings.jitter)

    async def run(self, push: Push) -> None:
        """Push what each new message says; raises when the address gives something else."""
        async for answer in self.poller.changes(push):
            found = list(self.entities(read(answer), push))
            for start in range(0, len(found), _BATCH):
                await push(found[start : start + _BATCH])

    def entities(self, message: FeedMessage, push: Push) -> Iterator[Entity]:
        """The entities of a message; an item that cannot be used is refused by its id."""
        at = message.header.timestamp
        for item in message.entity:
            try:
                if not item.is_deleted:
                    yield from self._item(item, at, push)
            except BadInput as error:
                push.refuse(str(error), where=f"entity {item.id}")

    def _item(self, item: FeedEntity, at: int, push: Push) -> Iterator[Entity]:
        if item.HasField("trip_update"):
            yield _trip(item.trip_update, _time(item.trip_update.timestamp or at, push), push.here.city)
        if item.HasField("vehicle"):
            yield _vehicle(item.vehicle, item.id, _time(item.vehicle.timestamp or at, push), push.here.city)
        if item.HasField("alert"):
            yield _alert(item.alert, item.id, _time(at, push), push.here.city, self.settings.language)


def read(answer: Answer) -> FeedMessage:
    """The message, from protobuf or JSON; raises `BadInput` for anything else."""
    body = answer.body.lstrip()
    message = FeedMessage()
    try:
        if body[:1] == b"{":
            ParseDict(_bare(msgspec.json.decode(body)), message, ignore_unknown_fields=True)
        else:
            message.ParseFromString(answer.body)
    except (DecodeError, ParseError, msgspec.DecodeError, UnicodeDecodeError) as error:
        raise BadInput(
            f"The answer is no GTFS Realtime message: {error}.",
            where=shown(answer.url),
            hint="Correct `url`: it must lead to trip updates, positions or alerts, not to the timetable (zip).",
        ) from None
    if not message.header.gtfs_realtime_version:
        raise BadInput("The message has no GTFS Realtime header.", where=shown(answer.url), hint="Correct `url`.")
    return message


def _bare(found: Any) -> Any:
    """Some providers wrap the message: {"status": "OK", "response": {…}}."""
    if isinstance(found, dict) and "header" not in found:
        return next((value for value in found.values() if isinstance(value, dict) and "header" in value), found)
    return found


def _time(number: int, push: Push) -> str:
    return stamp(values.when(number, "UTC", "", push.now())) if number else stamp(push.now())


def _id(kind: str, city: str, name: str) -> str:
    if not name:
        raise BadInput(f"It does not say which {kind} it is about.")
    return f"urn:ngsi-ld:{kind}:{city}:{values.local(name)}"


def _measured(type_name: str, name: str, value: Any, at: str) -> Entity:
    return {name: values.instance(type_name, name, value, at)}


def _route(type_name: str, name: str, city: str, route: str) -> Entity:
    return {name: {"type": "Relationship", "object": _id("GtfsRoute", city, route)}} if route else {}


def _trip(update: TripUpdate, at: str, city: str) -> Entity:
    trip = update.trip
    entity: Entity = {"id": _id("GtfsTrip", city, trip.trip_id), "type": "GtfsTrip"}
    entity |= _route("GtfsTrip", "hasRoute", city, trip.route_id)
    if trip.schedule_relationship == trip.CANCELED:
        return entity | _measured("GtfsTrip", "status", "cancelled", at)
    entity |= _measured("GtfsTrip", "status", "running", at)
    delay = _delay(update)
    return entity | (_measured("GtfsTrip", "delay", delay, at) if delay is not None else {})


def _delay(update: TripUpdate) -> int | None:
    """Seconds behind the timetable: of the whole trip where stated, else at the first stop that states one."""
    if update.HasField("delay"):
        return update.delay
    events = (event for stop in update.stop_time_update for event in (stop.arrival, stop.departure))
    return next((event.delay for event in events if event.HasField("delay")), None)


def _vehicle(found: VehiclePosition, item: str, at: str, city: str) -> Entity:
    position = found.position
    entity: Entity = {"id": _id("Vehicle", city, found.vehicle.id or found.vehicle.label or item), "type": "Vehicle"}
    entity |= _route("Vehicle", "servesRoute", city, found.trip.route_id)
    if found.vehicle.label:
        entity["name"] = {"type": "Property", "value": found.vehicle.label}
    if found.HasField("position"):
        place = values.point([round(position.longitude, 5), round(position.latitude, 5)])
        entity["location"] = {"type": "GeoProperty", "value": place, "observedAt": at}
    if position.HasField("speed"):
        entity |= _measured("Vehicle", "speed", round(position.speed * _KMH, 1), at)
    if position.HasField("bearing"):
        entity |= _measured("Vehicle", "heading", round(position.bearing, 1), at)
    return entity


def _alert(found: Alert, item: str, at: str, city: str, language: str) -> Entity:
    entity: Entity = {"id": _id("Alert", city, f"transit-{item}"), "type": "Alert"}
    entity["category"] = {"type": "Property", "value": "traffic"}
    entity["subCategory"] = {"type": "Property", "value": Alert.Effect.Name(found.effect).lower()}
    entity["severity"] = {"type": "Property", "value": _SEVERITY.get(found.severity_level, "low")}
    entity["dateIssued"] = {"type": "Property", "value": at}
    for name, words in (("headline", found.header_text), ("details", found.description_text)):
        if words.translation:
            entity[name] = {"type": "LanguageProperty", "languageMap": _words(words, language)}
    for period in found.active_period[:1]:
        for name, moment in (("validFrom", period.start), ("validTo", period.end)):
            if moment:
                entity[name] = {"type": "Property", "value": stamp(datetime.fromtimestamp(moment, UTC))}
    return entity


def _words(text: TranslatedString, language: str) -> dict[str, str]:
    return {(translation.language or language): translation.text for translation in text.translation}

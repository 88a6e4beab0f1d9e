"""What a payload means: the settings by which a message or a row becomes an entity, and the making of it.

A path leads into a payload: `level`, `object.level`, `values[0].v`; empty is the payload itself. A name that itself
has points in it is tried first.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

import msgspec

from noren.contract import Push
from noren.errors import BadInput
from noren.intake.connectors import values
from noren.terms.eyes import floor
from noren.terms.record import stamp


class _Absent:
    def __repr__(self) -> str:
        return "nothing"


ABSENT: Any = _Absent()
_STEP = re.compile(r"([^.\[\]]+)|\[(\d+)\]")
_PLACE = re.compile(r"\{([^{}]*)\}")
_TERM = re.compile(r"[A-Za-z][A-Za-z0-9_]*")


class Field(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where an attribute's value stands and what must be done to it."""

    path: str = ""
    """Where the value stands; empty is the payload itself."""
    unit: str = ""
    """Unit in which the number comes ("cm", "°F", or a UN/CEFACT code); it is turned into the city's."""
    scale: float = 1.0
    """The number is multiplied by this, before its unit is looked at."""
    offset: float = 0.0
    """This is added after scaling."""
    lowest: float | None = None
    """A number below (in the city's unit) is refused."""
    highest: float | None = None
    """A number above (in the city's unit) is refused."""
    words: dict[str, Any] = {}
    """Words of the source and what they mean here: `{ "1" = "open" }`."""

    def __post_init__(self) -> None:
        if self.unit and not values.unit_code(self.unit):
            raise ValueError(f"“{self.unit}” is no unit that Noren knows; use `scale`")


class Position(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where longitude and latitude stand, in degrees of WGS 84."""

    lon: str
    """Path of the longitude."""
    lat: str
    """Path of the latitude."""


class Meaning(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The part of a `[[feeds]]` entry that says what comes."""

    type: str
    """Type of the entities: `WaterObserved`, `OffStreetParking`, … or one of your own."""
    id: str = "{id}"
    """Last part of the entity's id (or a whole `urn:`): text with `{parts}` of topic, payload or column."""
    attributes: dict[str, str | Field]
    """Attribute to the path of its value, or to a table: `{ path = "cm", scale = 0.01 }`."""
    rows: str = ""
    """Path of the list, where one payload holds many readings; empty is the payload itself."""
    observed: str = ""
    """Path of the time of observation; empty takes the time at which it came."""
    observed_format: str = ""
    """How the time is written (`%d.%m.%Y %H:%M`); empty takes ISO 8601 and seconds or milliseconds since 1970."""
    timezone: str = ""
    """Zone of times that state none; empty is the city's."""
    location: str | Position = ""
    """Path of a GeoJSON point, or `{ lon = "x", lat = "y" }`, for what moves or is not known otherwise."""
    set: dict[str, Any] = {}
    """Attributes that are no reading: `{ waterBody = "Katsuga", name = "Gauge {station}" }`, `{parts}` as in `id`."""
    missing: tuple[str, ...] = ()
    """Values that mean "nothing measured", besides null, empty, - and NaN: `["-999", "err"]`."""

    def __post_init__(self) -> None:
        for name in (self.type, *self.attributes, *self.set):
            if not _TERM.fullmatch(name):
                raise ValueError(f"“{name}” is no name of a type or attribute: letters and digits, a letter first")
        if not self.attributes:
            raise ValueError("`attributes` names no attribute")


def follow(payload: Any, path: str) -> Any:
    """The value at `path`, or `ABSENT`."""
    if not path or (isinstance(payload, Mapping) and path in payload):
        return payload[path] if path else payload
    for name, number in _STEP.findall(path):
        if number and isinstance(payload, list) and int(number) < len(payload):
            payload = payload[int(number)]
        elif name and isinstance(payload, Mapping) and name in payload:
            payload = payload[name]
        else:
            return ABSENT
    return payload


def fill(template: str, payload: Any, names: Mapping[str, str]) -> str:
    """`template` with its `{parts}` taken from `names` or the payload; raises `BadInput` for one that is absent."""

    def part(match: re.Match[str]) -> str:
        found = names.get(match[1], ABSENT)
        found = follow(payload, match[1]) if found is ABSENT else found
        if found is ABSENT or isinstance(found, bool | dict | list) or found is None or not str(found).strip():
            raise BadInput(f"There is no “{match[1]}” to fill in.", where=f"field {match[1]}")
        return str(found).strip()

    return _PLACE.sub(part, template)


def entities(
    meaning: Meaning, payload: Any, push: Push, *, names: Mapping[str, str] | None = None, where: str = ""
) -> list[dict[str, Any]]:
    """The entities of a payload; what cannot be used is refused through `push`, row by row and field by field."""
    found = []
    for row, spot in _rows(meaning, payload, push, where):
        entity = _one(meaning, row, push, names or {}, spot)
        if entity is not None:
            found.append(entity)
    return found


def _rows(meaning: Meaning, payload: Any, push: Push, where: str) -> Iterator[tuple[Any, str]]:
    rows: Any = follow(payload, meaning.rows)
    if isinstance(rows, list):
        yield from ((row, _spot(where, f"row {number}")) for number, row in enumerate(rows, 1))
    elif meaning.rows and isinstance(rows, Mapping):
        yield from (({"key": key, **row}, _spot(where, key)) for key, row in rows.items() if isinstance(row, dict))
    elif rows is ABSENT:
        push.refuse(f"There is no “{meaning.rows}” in it. {_has(payload)}", where=where)
    else:
        yield rows, where


def _one(meaning: Meaning, row: Any, push: Push, names: Mapping[str, str], where: str) -> dict[str, Any] | None:
    try:
        local = values.local(fill(meaning.id, row, names))
        observed = _observed(meaning, row, push)
        given = {name: _given(value, row, names) for name, value in meaning.set.items()}
    except BadInput as error:
        push.refuse(f"{error.what} {_has(row)}", where=_spot(where, error.where))
        return None
    good = dict(_attributes(meaning, row, stamp(observed), push, where))
    if not good and all(_path(path) and follow(row, _path(path)) is ABSENT for path in meaning.attributes.values()):
        push.refuse(f"None of {', '.join(map(_path, meaning.attributes.values()))} is in it. {_has(row)}", where=where)
    if not good:
        return None
    whole = local if local.startswith("urn:") else f"urn:ngsi-ld:{meaning.type}:{push.here.city}:{local}"
    fixed = {name: values.instance(meaning.type, name, value, "") for name, value in given.items()}
    return {"id": whole, "type": meaning.type, **fixed, **_location(meaning, row, push, where), **good}


def _given(value: Any, row: Any, names: Mapping[str, str]) -> Any:
    return fill(value, row, names) if isinstance(value, str) and _PLACE.search(value) else value


def _observed(meaning: Meaning, row: Any, push: Push) -> Any:
    now = push.now()
    if not meaning.observed:
        return datetime.fromtimestamp(floor(meaning.type, now.timestamp()), UTC)
    found = follow(row, meaning.observed)
    zone = meaning.timezone or push.here.timezone
    try:
        if found is ABSENT:
            raise BadInput("The time of observation is missing.")
        return values.when(found, zone, meaning.observed_format, now)
    except BadInput as error:
        raise BadInput(str(error), where=f"field {meaning.observed}") from None


def _attributes(
    meaning: Meaning, row: Any, observed: str, push: Push, where: str
) -> Iterator[tuple[str, dict[str, Any]]]:
    for name, entry in meaning.attributes.items():
        field = Field(path=entry) if isinstance(entry, str) else entry
        found = follow(row, field.path)
        if found is ABSENT or values.is_missing(found, meaning.missing):
            continue
        try:
            yield name, values.instance(meaning.type, name, _value(meaning.type, name, field, found), observed)
        except BadInput as error:
            push.refuse(str(error), where=_spot(where, f"field {field.path}" if field.path else ""))


def _value(type_name: str, name: str, field: Field, found: Any) -> Any:
    if field.words:
        if str(found) not in field.words:
            raise BadInput(f"“{found}” has no meaning here.", hint=f"Add it to `words` of {name}.")
        return field.words[str(found)]
    kind = values.kind(type_name, name)
    factor, zero = values.conversion(field.unit, type_name, name)
    scale, offset = field.scale * factor, field.offset * factor + zero
    if kind != "number" and (scale, offset) == (1.0, 0.0):
        return values.of_kind(found, kind)
    number = values.number(found)
    number = number if (scale, offset) == (1.0, 0.0) else round(number * scale + offset, 9)
    low, high = field.lowest, field.highest
    if (low is not None and number < low) or (high is not None and number > high):
        raise BadInput(f"{number:g} is outside {low} to {high}.", hint="Look at the sensor, or widen the range.")
    return number


def _location(meaning: Meaning, row: Any, push: Push, where: str) -> dict[str, Any]:
    if not meaning.location:
        return {}
    try:
        return {"location": {"type": "GeoProperty", "value": values.point(_place(meaning.location, row))}}
    except BadInput as error:
        push.refuse(str(error), where=_spot(where, "field location"))
        return {}


def _place(location: str | Position, row: Any) -> Any:
    if isinstance(location, Position):
        return [follow(row, location.lon), follow(row, location.lat)]
    geometry = follow(row, location)
    return geometry.get("coordinates") if isinstance(geometry, Mapping) else None


def _path(entry: str | Field) -> str:
    return entry if isinstance(entry, str) else entry.path


def _spot(*parts: str) -> str:
    return ", ".join(part for part in parts if part)


def _has(payload: Any) -> str:
    if isinstance(payload, Mapping):
        return f"It has: {', '.join(list(map(str, payload))[:12]) or 'nothing'}."
    return f"It is: {str(payload)[:60]}."

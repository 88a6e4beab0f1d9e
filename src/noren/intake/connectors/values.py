"""Single values as sensors write them; each check says what is wrong and how to mend it."""

from __future__ import annotations

import math
import re
import sys
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote
from zoneinfo import ZoneInfo

from noren.errors import BadInput
from noren.intake import units
from noren.intake.looks import UNITS
from noren.intake.names import slug
from noren.terms import ATTRIBUTES, TYPES
from noren.terms.record import stamp
from noren.terms.tables import Attribute

_MISSING = frozenset({"", "-", "--", "nan", "null", "none", "n/a", "na"})
_LARGEST = sys.float_info.max
_AHEAD = timedelta(minutes=15)
_FIRST = datetime(1970, 1, 2, tzinfo=UTC)
_WHOLE = re.compile(r"[+-]?\d{1,15}", re.ASCII)
_SAFE = "-._~:@!$&'()*+,;="


def attribute(type_name: str, name: str) -> Attribute | None:
    """What the tables say of the attribute, where they know it."""
    known = TYPES.get(type_name)
    return (known.attribute(name) if known else None) or ATTRIBUTES.get(name)


def kind(type_name: str, name: str) -> str:
    """Kind of the attribute; "json" (anything) for one that the tables do not know."""
    found = attribute(type_name, name)
    return found.kind if found else "json"


def unit_code(unit: str) -> str:
    """UN/CEFACT code of a unit as people write it; "" for one that is not known.

    >>> unit_code("cm"), unit_code("°F"), unit_code("CMT")
    ('CMT', 'FAH', 'CMT')
    """
    words = unit.lower().replace("°f", "f").replace("/", " ").replace("³", "3")
    return UNITS.get(unit) or UNITS.get(words) or (unit if unit in UNITS.values() else "")


def conversion(unit: str, type_name: str, name: str) -> tuple[float, float]:
    """Factor and offset from `unit` to the unit that the tables state for the attribute."""
    known = attribute(type_name, name)
    return units.conversion(unit_code(unit), known.unit if known else "") if unit else (1.0, 0.0)


def instance(type_name: str, name: str, value: Any, observed: str) -> dict[str, Any]:
    """The attribute in normalized form, with unit and time of observation where it is a measurement."""
    known = attribute(type_name, name)
    match known.kind if known else "":
        case "geometry":
            return {"type": "GeoProperty", "value": value}
        case "relation" | "relations":
            return {"type": "Relationship", "object": value}
        case "language":
            return {"type": "LanguageProperty", "languageMap": value}
    made = {"type": "Property", "value": stamp(value) if isinstance(value, datetime) else value}
    if known and known.unit:
        made["unitCode"] = known.unit
    if observed:
        made["observedAt"] = observed
    return made


def is_missing(value: Any, more: Sequence[str] = ()) -> bool:
    """Whether the value says that nothing was measured."""
    if value is None:
        return True
    text = str(value).strip()
    return text.lower() in _MISSING or text in more or text.removesuffix(".0") in more


def number(value: Any) -> float:
    """The number in a JSON number or a text with decimal point or comma; raises `BadInput` for all else.

    >>> number("1,5"), number(" 12 "), number(3)
    (1.5, 12, 3)
    """
    if isinstance(value, str):
        value = _read(value.strip())
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise BadInput(f"{_named(value)} came where a number should.", hint="Check which field the value stands in.")
    if abs(value) > _LARGEST or not math.isfinite(value):
        raise BadInput("The number is infinite or NaN.", hint='Name it in `missing` if it means "nothing measured".')
    return value


def _read(text: str) -> float:
    text = text.replace(",", ".") if text.count(",") == 1 and "." not in text else text
    if _WHOLE.fullmatch(text):
        return int(text)
    try:
        if "_" not in text:
            return float(text)
    except ValueError:
        pass
    raise BadInput(f"“{text[:40]}” is not a number.", hint="Check which field the value stands in.")


def of_kind(value: Any, wanted: str) -> Any:
    """The value as an attribute of that kind keeps it; raises `BadInput` when it is of another kind."""
    match wanted:
        case "number":
            return number(value)
        case "boolean":
            return _boolean(value)
        case "datetime":
            return stamp(moment(value, "UTC"))
        case "text" | "relation" if isinstance(value, dict | list):
            raise BadInput(f"{_named(value)} came where a text should.", hint="Lead the path one step further.")
        case "text" | "relation":
            return str(value)
        case "texts" | "relations":
            return [str(item) for item in value] if isinstance(value, list) else [str(value)]
    if isinstance(value, float) and not math.isfinite(value):
        raise BadInput("The number is infinite or NaN.")
    return value


def _boolean(value: Any) -> bool:
    words = {"true": True, "1": True, "yes": True, "on": True, "false": False, "0": False, "no": False, "off": False}
    if (found := words.get(str(value).strip().lower())) is None:
        raise BadInput(f"“{value}” is neither true nor false.", hint="Say in `words` what it means.")
    return found


def moment(value: Any, zone: str, written: str = "") -> datetime:
    """The time in ISO 8601, seconds, milliseconds or microseconds since 1970, or written as `written` (strptime)."""
    try:
        if written:
            found = datetime.strptime(str(value).strip(), written)
        elif isinstance(value, int | float) or re.fullmatch(r"\d{9,17}(\.\d+)?", str(value).strip()):
            found = _since_1970(number(value))
        else:
            found = datetime.fromisoformat(str(value).strip())
        return (found if found.tzinfo else found.replace(tzinfo=ZoneInfo(zone))).astimezone(UTC)
    except (ValueError, OverflowError, OSError):
        how = f"as {written}" if written else "in ISO 8601"
        raise BadInput(f"“{str(value)[:40]}” is not a time {how}.", hint="Give `observed_format`.") from None


def _since_1970(number: float) -> datetime:
    for limit, unit in ((1e11, 1), (1e14, 1e3), (1e17, 1e6)):
        if abs(number) < limit:
            return datetime.fromtimestamp(number / unit, UTC)
    raise ValueError("too far away")


def when(value: Any, zone: str, written: str, now: datetime) -> datetime:
    """A time of observation: `moment`, and refused when it lies before 1970 or ahead of the city's clock."""
    found = moment(value, zone, written)
    if found < _FIRST:
        raise BadInput(f"It says it was observed in {found.year}.", hint="Set the clock of the sensor.")
    if found > now + _AHEAD:
        ahead = f"{found:%Y-%m-%d %H:%M} UTC lies ahead of the city's clock"
        raise BadInput(f"{ahead} ({now:%Y-%m-%d %H:%M}).", hint="Set the clock of the sensor, or give `timezone`.")
    return found


def point(place: Any) -> dict[str, Any]:
    """GeoJSON point of [longitude, latitude]; raises `BadInput` for impossible places."""
    if not isinstance(place, list) or len(place) < 2:
        raise BadInput("A position is longitude and latitude.")
    lon, lat = number(place[0]), number(place[1])
    if abs(lat) > 90 >= abs(lon):
        raise BadInput(f"{lat:g} is no latitude.", hint="Longitude and latitude seem to be swapped.")
    if abs(lon) > 180 or abs(lat) >= 90:
        raise BadInput(f"{lon:g}, {lat:g} is no place on the map.", hint="Give degrees of WGS 84.")
    if lon == lat == 0:
        raise BadInput("The position is 0, 0, which is what a device without a fix sends.")
    return {"type": "Point", "coordinates": [lon, lat]}


def local(name: str) -> str:
    """`name` as the last part of an id, as `noren add` makes it, so that both mean one thing; a whole `urn:` stays.

    >>> local("Bridge 2")
    'bridge-2'
    """
    return quote(name, safe=_SAFE, errors="replace") if name.startswith("urn:") else slug(name)


def _named(value: Any) -> str:
    names = {bool: "true or false", str: "a text", list: "a list", dict: "an object", type(None): "nothing"}
    return names.get(type(value), f"a {type(value).__name__}").capitalize()

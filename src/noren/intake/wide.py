"""Wide tables: a row is a time, a column is a station."""

from __future__ import annotations

from noren.intake.looks import UNITS, Look, meaning_of
from noren.intake.mapping import Column, Mapping
from noren.intake.words import Meaning, meanings
from noren.terms import ATTRIBUTES

WIDE = 3
"""From how many columns on they are stations."""
_BY_UNIT = {
    "MMT": Meaning("precipitation", "MMT"),
    "MTR": Meaning("waterLevel", "MTR"),
    "CEL": Meaning("temperature", "CEL"),
}
_MAIN = {
    "WaterObserved": Meaning("waterLevel", "MTR"),
    "RainfallObserved": Meaning("precipitation", "MMT"),
    "TrafficFlowObserved": Meaning("intensity", ""),
    "OffStreetParking": Meaning("availableSpotNumber", ""),
    "MeterReading": Meaning("consumption", ""),
}
"""What a station of a type measures first of all."""
_KINDS = {"precipitation": "RainfallObserved", "waterLevel": "WaterObserved", "temperature": "WeatherObserved"}


def is_wide(mapping: Mapping, looks: dict[str, Look]) -> bool:
    """Whether each of several columns is a station."""
    if mapping.id_columns or mapping.has_place:
        return False
    return len(_alike(mapping, looks) or _unknown(mapping)) >= WIDE


def _unknown(mapping: Mapping) -> dict[str, Meaning]:
    """The columns of numbers of a timed table, when none means anything known and the name says what is measured."""
    main = _MAIN.get(mapping.type) if mapping.time else None
    numbers = [name for name, column in mapping.columns.items() if column.kind == "number"]
    if main is None or any(mapping.columns[name].attribute in ATTRIBUTES for name in numbers):
        return {}
    return {name: Meaning(main.attribute, mapping.columns[name].unit or main.unit) for name in numbers}


def _alike(mapping: Mapping, looks: dict[str, Look]) -> dict[str, Meaning]:
    """Columns whose heading is a place's name and a unit or meaning that several share ("vacaria_mm", "guapore_mm")."""
    by_end: dict[str, list[str]] = {}
    for name, column in mapping.columns.items():
        words = looks[name].heading.split()
        if column.kind == "number" and len(words) > 1:
            by_end.setdefault(words[-1], []).append(name)
    found: dict[str, Meaning] = {}
    for end, names in by_end.items():
        unit = UNITS.get(end, "")
        meaning = next(iter(meanings().get(end, [])), _BY_UNIT.get(unit))
        if meaning and len(names) >= WIDE:
            found |= dict.fromkeys(names, Meaning(meaning.attribute, unit or meaning.unit))
    return found


def name_stations(mapping: Mapping, looks: dict[str, Look]) -> None:
    """Give each column of a wide table its station, attribute and type."""
    alike = _alike(mapping, looks)
    unknown = {} if alike else _unknown(mapping)
    for name, column in mapping.columns.items():
        if name in unknown:
            _name(mapping, name, unknown[name], name)
            continue
        known = alike.get(name) or (meaning_of(looks[name].heading) if column.kind == "number" else None)
        if known is None:
            continue
        station = " ".join(looks[name].heading.split()[:-1]) or looks[name].heading
        _name(mapping, name, known, station)
    counts = [c.type for c in mapping.columns.values() if c.type]
    mapping.type = max(set(counts), key=counts.count)


def _name(mapping: Mapping, name: str, known: Meaning, station: str) -> None:
    old = mapping.columns[name]
    kind = _KINDS.get(known.attribute, mapping.type)
    mapping.columns[name] = Column(
        known.attribute, unit=known.unit, kind="number", decimal=old.decimal, station=station, type=kind
    )

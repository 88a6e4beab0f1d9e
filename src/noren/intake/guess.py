"""What a table is about: each column's role, then the type, then how rows become things or readings."""

from __future__ import annotations

import re

import pyarrow as pa

from noren.intake import reported
from noren.intake.gather import gather, gathered
from noren.intake.grids import Whereabouts
from noren.intake.looks import HALF, Look, fits, look, meaning_of
from noren.intake.mapping import PERSONAL, SKIP, Column, Mapping
from noren.intake.names import camel, first_day, own_name, pace_of, stem
from noren.intake.placing import drop_repeated, place
from noren.intake.source import GEOMETRY, Source
from noren.intake.text import plain
from noren.intake.timing import has_hours, time
from noren.intake.wide import is_wide, name_stations
from noren.intake.words import meanings, occurs, role_words, type_words
from noren.terms import ATTRIBUTES, COMMON, TYPES

SENSING = (
    "WaterObserved",
    "RainfallObserved",
    "WeatherObserved",
    "TrafficFlowObserved",
    "OffStreetParking",
    "MeterReading",
    "AirQualityObserved",
    "KeyPerformanceIndicator",
)
NAMED, MOST_NAMED = 2.0, 0.6
"""What it says for a type that so large a share of the names bear its word ("Fire Station 12")."""
GATHERED = 5.0
"""What columns that make up an attribute of a type say for it."""
_WHEN = {"Event": "startDate", "SurveyResult": "measuredAt"}
"""Attribute that says when the thing of a row is, for types that have a word of their own for it."""
_CODED = re.compile(
    r"(^|[^a-z])(id|code|cod|codigo|cep|plz|postcode|zip|zip code|postal code|postnummer|postnr|postinumero)$"
    r"|コード$|番号$|코드$|번호$|編號$|代碼$|id$"
)
_OWN = frozenset(
    [
        "StageThresholds",
        "Dataset",
        "Feed",
        "Person",
        "FloodForecast",
        "FloodRiskArea",
        "WeatherForecast",
        "SurveyResult",
    ]
)
"""Types that Noren makes itself, or that no table is of by its attributes alone."""
COUNTS = frozenset(
    ["population", "households", "intensity", "pupils", "beds", "capacity", "jobs", "places", "totalSpotNumber"]
)
"""Attributes that count and have no decimals: "1.234" is a thousand."""
_COUNTED = frozenset(["property", "fid", "_id", "OBJECTID", "FID", "ogc_fid", "gml_id", "lowerCorner", "upperCorner"])
"""Headings of columns that only count rows, or that a program wrote for itself."""
_THINGS = frozenset(
    [
        "Building",
        "LandUse",
        "RoadSegment",
        "Hospital",
        "PointOfInterest",
        "Facility",
        "WasteContainer",
        "District",
        "PopulationCell",
    ]
)
"""Types whose entities stand somewhere or bear a name: a table of neither is a table about them."""


def mapping_for(source: Source, *, wanted: str = "", where: Whereabouts | None = None) -> Mapping:
    """The best guess for a table; `wanted` is a type that the user names, `where` what is known of the city's place."""
    sample = source.sample()
    looks = {name: look(name, sample[name], source.labels.get(name, "")) for name in source.columns if name != GEOMETRY}
    _decimals(looks)
    mapping = Mapping(source.name, "rows", "", title=title_of(source), licence=source.lead.get("licence", ""))
    mapping.crs = source.lead.get("crs", "EPSG:4326")
    mapping.attribution = source.lead.get("attribution", "")
    place(mapping, looks, sample, where or Whereabouts(), f"{plain(source.name)} {plain(mapping.title)}")
    time(mapping, looks)
    _columns(mapping, looks)
    _name(mapping, looks)
    if wanted == reported.TYPE or (not wanted and reported.is_reported(stem(source.name), mapping.title, looks)):
        reported.columns(mapping, looks)
        return mapping
    mapping.type = wanted or source.lead.get("type") or type_of(source, mapping, looks, _extended(sample))
    _prefer(mapping, looks)
    gather(mapping, {name: source.labels.get(name) or name for name in looks})
    _settle(mapping, looks, sample.num_rows)
    return mapping


def _decimals(looks: dict[str, Look]) -> None:
    """One way of writing decimals holds in a whole file, where the columns can be read so; counts have none."""
    written = any(each.decimal == "comma" for each in looks.values())
    for each in looks.values():
        meaning = meaning_of(each.heading)
        counted = meaning is not None and meaning.attribute in COUNTS and each.thousands
        if counted or (written and each.commas >= each.share):
            each.decimal = "comma"


def title_of(source: Source) -> str:
    """A title for people, from the file's own or its name."""
    return source.lead.get("title") or re.sub(r"(\.\w{2,8}){1,2}$", "", source.name).replace("_", " ")


def _columns(mapping: Mapping, looks: dict[str, Look]) -> None:
    taken = {mapping.latitude, mapping.longitude, mapping.point, mapping.wkt, *mapping.time}
    given: set[str] = set()
    for each in looks.values():
        if each.name in taken or not each.filled:
            continue
        role = role_words().get(each.heading)
        if role == "personal":
            mapping.columns[each.name] = Column(PERSONAL)
            continue
        meaning = meaning_of(each.heading)
        if meaning and meaning.attribute not in given and fits(meaning.attribute, each):
            given.add(meaning.attribute)
            unit = each.unit or meaning.unit
            mapping.columns[each.name] = _column(meaning.attribute, each, unit)
        else:
            own = own_name(each.label, given)
            given.add(own)
            mapping.columns[each.name] = _column(own, each, each.unit)


def _name(mapping: Mapping, looks: dict[str, Look]) -> None:
    """A heading that ends in a word for name ("Hospital Name") names the things where no other tells them apart."""
    held = [name for name, c in mapping.columns.items() if c.attribute == "name"]
    if held and (looks[held[0]].key or mapping.time):
        return
    found = [
        n
        for n, c in mapping.columns.items()
        if c.kind == "text" and c.attribute not in ATTRIBUTES and _is_name(looks[n])
    ]
    best = max(found, key=lambda name: (looks[name].key, looks[name].distinct), default=None)
    if best is None or (held and not looks[best].key):
        return
    if held:
        used = {c.attribute for c in mapping.columns.values()}
        mapping.columns[held[0]] = Column(own_name(looks[held[0]].label, used - {"name"} | {"name"}))
    mapping.columns[best] = Column("name")


def _is_name(column: Look) -> bool:
    last = column.heading.rsplit(" ", 1)[-1]
    return any(m.attribute == "name" for m in meanings().get(last, [])) and not column.numeric


def _prefer(mapping: Mapping, looks: dict[str, Look]) -> None:
    """Once the type is known, a heading of several meanings takes the one that the type has."""
    used = {column.attribute for column in mapping.columns.values()}
    own = TYPES[mapping.type].attributes if mapping.type in TYPES else {}
    for name, column in mapping.columns.items():
        if column.attribute in ATTRIBUTES and column.attribute not in COMMON and column.attribute not in own:
            used.discard(column.attribute)
            mapping.columns[name] = _column(own_name(looks[name].label, used), looks[name], looks[name].unit)
            used.add(mapping.columns[name].attribute)
        meaning = meaning_of(looks[name].heading, mapping.type)
        if meaning and meaning.attribute not in own and meaning.attribute not in COMMON:
            continue
        if (
            meaning
            and meaning.attribute not in used
            and fits(meaning.attribute, looks[name])
            and column.attribute != PERSONAL
        ):
            mapping.columns[name] = _column(meaning.attribute, looks[name], looks[name].unit or meaning.unit)
            used.add(meaning.attribute)


def _column(attribute: str, look: Look, unit: str) -> Column:
    if attribute in ATTRIBUTES and ATTRIBUTES[attribute].kind == "boolean":
        return Column(attribute, kind="yes-no")
    named = attribute in ATTRIBUTES and ATTRIBUTES[attribute].kind == "number" and look.share >= HALF
    if (look.numeric or named) and attribute not in ("name", "address", "telephone", "code", "category"):
        if _CODED.search(look.heading) or any(t.startswith("0") and t.isdigit() and len(t) > 1 for t in look.texts):
            return Column(attribute)
        return Column(attribute, unit=unit, kind="number", decimal=look.decimal)
    if look.form:
        return Column(attribute, kind="time", format=look.form)
    if look.texts and all(t[:1] in "[{" for t in look.texts[:5]):
        return Column(attribute, kind="json")
    return Column(attribute)


def _extended(sample: pa.Table) -> bool:
    """Whether the sample's geometries are lines or areas: no sensor is one."""
    if GEOMETRY not in sample.column_names:
        return False
    first = next((text for text in sample[GEOMETRY].to_pylist() if text), "")
    return "POINT" not in first[:40].upper() and '"Point"' not in first[:80]


def type_of(source: Source, mapping: Mapping, looks: dict[str, Look], extended: bool = False) -> str:
    """The type whose words, attributes and shape fit the file best."""
    name = stem(source.name.rsplit("#", 1)[-1])
    title = plain(" ".join([source.lead.get("title", ""), source.lead.get("description", "")]))
    headings = " | ".join(each.heading for each in looks.values())
    named = [plain(text) for n, c in mapping.columns.items() if c.attribute == "name" for text in looks[n].texts]
    values = plain(" ".join(text for each in looks.values() if not each.numeric for text in each.texts[:15])[:4_000])
    scores: dict[str, float] = {}
    for word, kind in type_words():
        weight = (
            4 * occurs(word, name) + 3 * occurs(word, title) + 1.5 * occurs(word, headings) + 0.4 * occurs(word, values)
        )
        weight += NAMED * (bool(weight) and sum(occurs(word, each) for each in named) >= MOST_NAMED * len(named) > 0)
        scores[kind] = max(scores.get(kind, 0.0), weight + (0.05 * len(word) if weight else 0))
    for kind, term in TYPES.items():
        own = [c for c in mapping.columns.values() if c.attribute in term.attributes]
        measured = sum(term.attributes[c.attribute].kind == "number" for c in own)
        if own and kind not in _OWN:
            bonus = 2.2 * measured + 0.6 * (len(own) - measured)
            scores[kind] = scores.get(kind, 0.0) + (bonus if kind in scores or measured else 0)
    sure = set()
    for attribute in gathered({name: source.labels.get(name) or name for name in looks}):
        for kind in (kind for kind, term in TYPES.items() if attribute in term.attributes):
            scores[kind] = scores.get(kind, 0.0) + GATHERED
            sure.add(kind)
    timed = bool(mapping.time) and any(c.kind == "number" for c in mapping.columns.values())
    if timed:
        for kind in SENSING:
            if scores.get(kind, 0) > 2:
                scores[kind] += 1.5
    for kind in SENSING if extended else ():
        scores.pop(kind, None)
    if not (timed or mapping.has_place):
        scores.pop("MeterReading", None)
    for kind in _THINGS - sure if not _tells_things(mapping, looks) else ():
        scores.pop(kind, None)
    best = max(scores, key=lambda kind: scores[kind], default="")
    if best and scores[best] >= 1.5:
        return best
    return "PointOfInterest" if mapping.has_place else "StatisticalObservation"


def _tells_things(mapping: Mapping, looks: dict[str, Look]) -> bool:
    named = [name for name, column in mapping.columns.items() if column.attribute == "name"]
    return mapping.has_place or any(looks[name].key for name in named)


def _settle(mapping: Mapping, looks: dict[str, Look], rows: int) -> None:
    numbers = [
        name for name, c in mapping.columns.items() if c.kind == "number" and looks[name].name not in mapping.id_columns
    ]
    _identity(mapping, looks)
    wide = is_wide(mapping, looks)
    if not mapping.time and wide and (pace := pace_of(mapping.file)) and (first := first_day(mapping.file)):
        mapping.first, mapping.step = first, pace
    repeated = bool(mapping.station) or any(looks[c].distinct < 0.9 * rows for c in mapping.id_columns)
    hourly = bool(mapping.time) and (_times_of_day(mapping, looks))
    alone = not mapping.id_columns and not mapping.has_place
    measures = mapping.type in SENSING or wide
    fixed = not mapping.has_place or (repeated and bool(mapping.id_columns))
    if numbers and (mapping.step or (mapping.time and measures and (repeated or alone or hourly) and fixed)):
        mapping.kind = "series"
        if wide:
            name_stations(mapping, looks)
        elif not mapping.id_columns:
            mapping.station = stem(mapping.file)
    else:
        mapping.kind = "places" if mapping.has_place else "rows"
        _as_attribute(mapping, looks)
        _tell_apart(mapping, looks)
    drop_repeated(mapping, SKIP, _COUNTED)


def _times_of_day(mapping: Mapping, looks: dict[str, Look]) -> bool:
    return len(mapping.time) == 2 or has_hours(looks[mapping.time[0]])


def _identity(mapping: Mapping, looks: dict[str, Look]) -> None:
    stations = [c for c in looks.values() if role_words().get(c.heading) == "station" and c.filled]
    ids = [c for c in looks.values() if role_words().get(c.heading) == "id" and c.filled]
    names = [name for name, c in mapping.columns.items() if c.attribute == "name"]
    taken = {mapping.latitude, mapping.longitude, mapping.point, mapping.wkt, *mapping.time}
    coded = [c for c in looks.values() if c.key and _CODED.search(c.heading) and not c.form]
    free = [[c for c in group if c.name not in taken] for group in (stations, [c for c in ids if c.key], coded)]
    for each in next((group for group in free if group), []):
        mapping.id_columns = [each.name]
        mapping.columns.pop(each.name, None)
        mapping.numbered = each in ids and _counts(each)
        return
    if names and (looks[names[0]].key or (mapping.time and mapping.type in SENSING)):
        mapping.id_columns = [names[0]]


def _tell_apart(mapping: Mapping, looks: dict[str, Look]) -> None:
    """A column that is the same in many rows is no id of things: it becomes an attribute, and the contents tell."""
    used = {column.attribute for column in mapping.columns.values()}
    for name in mapping.id_columns:
        if not looks[name].key and name not in mapping.columns:
            mapping.columns[name] = _column(own_name(looks[name].label, used), looks[name], "")
    if any(not looks[name].key for name in mapping.id_columns):
        mapping.id_columns, mapping.numbered = [], False


def _counts(column: Look) -> bool:
    return column.numeric and column.high is not None and column.high <= 10 * max(column.distinct, 10)


def _as_attribute(mapping: Mapping, looks: dict[str, Look]) -> None:
    """In a table of things, the time of a row is an attribute like any other."""
    for name in mapping.time:
        if len(mapping.time) == 1:
            attribute = _WHEN.get(mapping.type, "dateObserved")
            used = {c.attribute for c in mapping.columns.values()}
            mapping.columns[name] = Column(
                attribute if attribute not in used else camel(name), kind="time", format=mapping.time_format
            )
        else:
            mapping.columns[name] = Column(camel(name))
    mapping.time, mapping.time_format = [], ""

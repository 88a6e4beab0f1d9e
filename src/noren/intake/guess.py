"""What a table is about: each column's role, then the type, then how rows become things or readings."""

from __future__ import annotations

import re
from pathlib import Path

import msgspec
import pyarrow as pa
import pyarrow.compute as pc

from noren.intake import parse
from noren.intake.gather import gather, gathered
from noren.intake.mapping import PERSONAL, SKIP, Column, Mapping
from noren.intake.source import GEOMETRY, Source
from noren.intake.text import plain
from noren.intake.words import Meaning, meanings, occurs, role_words, type_words
from noren.terms import ATTRIBUTES, COMMON, TYPES

UNITS = {
    "m": "MTR", "cm": "CMT", "mm": "MMT", "km": "KMT", "km h": "KMH", "kmh": "KMH", "m s": "MTS", "ms": "MTS",
    "c": "CEL", "°c": "CEL", "℃": "CEL", "hpa": "A97", "mb": "A97", "m3 s": "MQS", "%": "P1", "kwh": "KWH", "m3": "MTQ",
    "sec": "SEC", "ft": "FOT", "in": "INH", "kn": "KNT", "mph": "HM", "f": "FAH",
}  # fmt: skip
SENSING = (
    "WaterObserved",
    "RainfallObserved",
    "WeatherObserved",
    "TrafficFlowObserved",
    "OffStreetParking",
    "MeterReading",
)
GATHERED = 5.0
"""What columns that make up an attribute of a type say for it."""
WIDE = 3
MOSTLY, HALF = 0.9, 0.5
"""Share of numbers from which a column is one of numbers, and from which a heading that says so is believed."""
_CODED = re.compile(r"(^|[^a-z])(id|code|cod|codigo)$|コード$|番号$|id$")
_IN_BRACKETS = re.compile(r"[(（\[]([^)）\]]*)[)）\]]")
_DATES = re.compile(r"(19|20)\d{2}([-_]?(0[1-9]|1[0-2]))?([-_]?[0-3]\d)?(?=\D|$)")
_PACE = re.compile(r"(?<![a-z0-9])(\d+)?\s*(min|minutes?|hourly|hours?|h|daily|days?|日別|時間別|分値)(?![a-z0-9])")
_SECONDS = {"m": 60, "h": 3600, "d": 86400, "日": 86400, "時": 3600, "分": 60}
_LATLON = re.compile(r"^\s*[(\[]?\s*(-?\d{1,3}\.\d+)\s*[,; ]\s*(-?\d{1,3}\.\d+)\s*[)\]]?\s*$")
_WKT = re.compile(r"^\s*(SRID=\d+;)?\s*(MULTI)?(POINT|LINESTRING|POLYGON)\s*Z?\s*\(", re.IGNORECASE)


class Look(msgspec.Struct):
    """A column as its sample shows it."""

    name: str
    heading: str
    unit: str
    filled: int
    distinct: int
    share: float
    """Which share of the filled cells are numbers."""
    decimal: parse.NumberStyle
    middle: float | None
    high: float | None
    form: str | None
    texts: list[str]

    @property
    def numeric(self) -> bool:
        """Whether it is a column of numbers, a stray cell forgiven."""
        return self.share >= MOSTLY

    @property
    def key(self) -> bool:
        """Whether its cells tell the rows of the sample apart."""
        return self.filled > 0 and self.distinct == self.filled


def mapping_for(source: Source, *, wanted: str = "") -> Mapping:
    """The best guess for a table; `wanted` is a type that the user names."""
    sample = source.sample()
    looks = {name: look(name, sample[name], source.labels.get(name, "")) for name in source.columns if name != GEOMETRY}
    if any(each.decimal == "comma" for each in looks.values()):
        for each in looks.values():
            each.decimal = "comma"
    mapping = Mapping(source.name, "rows", "", title=title_of(source), licence=source.lead.get("licence", ""))
    mapping.crs = source.lead.get("crs", "EPSG:4326")
    mapping.attribution = source.lead.get("attribution", "")
    _place(mapping, looks, GEOMETRY in source.columns)
    _time(mapping, looks, source.name)
    _columns(mapping, looks)
    mapping.type = wanted or source.lead.get("type") or type_of(source, mapping, looks, _extended(sample))
    _prefer(mapping, looks)
    gather(mapping, {name: source.labels.get(name) or name for name in looks})
    _settle(mapping, looks, sample.num_rows)
    return mapping


def look(name: str, column: pa.ChunkedArray, label: str = "") -> Look:
    """What the sample says of a column."""
    heading = label or name
    brackets = _IN_BRACKETS.findall(heading)
    bare = plain(_IN_BRACKETS.sub(" ", heading)) or plain(heading)
    style: parse.NumberStyle = "point"
    share, commas = parse.share_of_numbers(column, "point"), parse.share_of_numbers(column, "comma")
    if share < commas:
        style, share = "comma", commas
    numeric = share >= MOSTLY
    values = parse.numbers(column, style) if numeric else None
    middle = pc.quantile(parse.numbers(column, style), 0.5)[0].as_py()
    filled = column.drop_null()
    form = None if numeric and not _like_a_date(bare) else parse.time_format(filled)
    return Look(
        name,
        bare,
        unit_in(bare, brackets),
        len(filled),
        pc.count_distinct(filled).as_py(),
        share,
        style,
        middle,
        pc.max(values).as_py() if values is not None else None,
        form,
        [str(v) for v in filled.slice(0, 50).to_pylist()],
    )


def _like_a_date(heading: str) -> bool:
    return role_words().get(heading) in ("time", "date", "hour")


def unit_in(heading: str, brackets: list[str]) -> str:
    """UN/CEFACT code of the unit that a heading states in brackets or as its last word, "" for none."""
    for text in [*reversed(brackets), heading.rsplit(" ", 1)[-1] if " " in heading else ""]:
        first = re.split(r"[/／]\d*分|[ 　]", text.strip())[0]
        for form in (text.strip().casefold(), plain(text), plain(first)):
            if form in UNITS:
                return UNITS[form]
    return ""


def meaning_of(heading: str, kind: str = "") -> Meaning | None:
    """What a heading stands for, by the whole of it, then without its last word, then by a word within it; of several
    meanings the one that the type `kind` has."""
    found = _meanings(heading)
    own = TYPES[kind].attributes if kind in TYPES else {}
    return next((m for m in found if m.attribute in own), found[0] if found else None)


def _meanings(heading: str) -> list[Meaning]:
    known = meanings()
    short = heading.rsplit(" ", 1)[0]
    if found := known.get(heading) or known.get(heading.replace(" ", "")):
        return found
    if short != heading and plain(heading.rsplit(" ", 1)[-1]) in UNITS and (found := known.get(short)):
        return found
    if any(ord(c) > 0x2E7F for c in heading):
        hits = [word for word in known if len(word) > 1 and any(ord(c) > 0x2E7F for c in word) and word in heading]
        return known[max(hits, key=len)] if hits and len(heading) <= len(max(hits, key=len)) + 2 else []
    return []


def title_of(source: Source) -> str:
    """A title for people, from the file's own or its name."""
    return source.lead.get("title") or re.sub(r"(\.\w{2,8}){1,2}$", "", source.name).replace("_", " ")


def stem(name: str) -> str:
    """A file's name without endings, dates and intervals, so that two files of one gauge have one stem.

    >>> stem("guaiba_level_15min_2024-04-08_2024-05-06.csv.gz")
    'guaiba level'
    """
    bare = re.sub(r"(\.[A-Za-z]\w{1,8}){1,2}$", "", Path(name).name)
    bare = _DATES.sub(" ", bare)
    return plain(_PACE.sub(" ", plain(bare))) or plain(bare) or "file"


def _place(mapping: Mapping, looks: dict[str, Look], shaped: bool) -> None:
    by_role: dict[str, list[Look]] = {}
    for each in looks.values():
        role = role_words().get(each.heading)
        if role:
            by_role.setdefault(role, []).append(each)
    lat = [c for c in by_role.get("latitude", []) if c.share >= HALF]
    lon = [c for c in by_role.get("longitude", []) if c.share >= HALF]
    if shaped:
        mapping.wkt = GEOMETRY
        return
    if lat and lon:
        mapping.latitude, mapping.longitude, mapping.decimal = lat[0].name, lon[0].name, lat[0].decimal
        mapping.swapped = abs(lat[0].middle or 0) > 90 >= abs(lon[0].middle or 0)
        return
    for each in looks.values():
        matched = [_LATLON.match(text) for text in each.texts]
        if each.texts and sum(m is not None for m in matched) >= 0.8 * len(matched):
            mapping.point = each.name
            return
        if each.texts and _WKT.match(each.texts[0]):
            mapping.wkt = each.name
            return


def _time(mapping: Mapping, looks: dict[str, Look], name: str) -> None:
    timed = [c for c in looks.values() if c.form and role_words().get(c.heading) in ("time", "date") and c.filled]
    hours = [c for c in looks.values() if role_words().get(c.heading) == "hour" and c.filled]
    exact = [c for c in timed if c.form and ("%H" in c.form or _has_hours(c))]
    if not exact and timed and hours:
        joined = [f"{a} {b}" for a, b in zip(timed[0].texts, hours[0].texts, strict=False)]
        zone = "UTC" if "utc" in hours[0].heading or all(t.endswith("UTC") for t in joined) else ""
        form = parse.time_format(pa.chunked_array([[_without_zone(t) for t in joined]], pa.string()))
        if form:
            mapping.time, mapping.time_format, mapping.zone = [timed[0].name, hours[0].name], form, zone
            return
    chosen = exact or timed or [c for c in looks.values() if c.form and _has_hours(c)]
    if chosen:
        best = max(chosen, key=lambda c: (role_words().get(c.heading) == "time", c.distinct))
        mapping.time, mapping.time_format = [best.name], best.form or ""
        mapping.zone = "UTC" if "utc" in best.heading else ""
        return
    for each in looks.values():
        if role_words().get(each.heading) == "time" and each.numeric:
            form = parse.epoch_format(pa.chunked_array([each.texts], pa.string()))
            if form:
                mapping.time, mapping.time_format = [each.name], form


def _without_zone(text: str) -> str:
    return re.sub(r"\s*(UTC|GMT|Z)$", "", text)


def _has_hours(column: Look) -> bool:
    return any(":" in text or re.search(r"\d{8}\s?\d{4}", text) for text in column.texts)


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
        if meaning and meaning.attribute not in given and _fits(meaning.attribute, each):
            given.add(meaning.attribute)
            unit = each.unit or meaning.unit
            mapping.columns[each.name] = _column(meaning.attribute, each, unit)
        else:
            own = own_name(each.name, given)
            given.add(own)
            mapping.columns[each.name] = _column(own, each, each.unit)


def _prefer(mapping: Mapping, looks: dict[str, Look]) -> None:
    """Once the type is known, a heading of several meanings takes the one that the type has."""
    used = {column.attribute for column in mapping.columns.values()}
    own = TYPES[mapping.type].attributes if mapping.type in TYPES else {}
    for name, column in mapping.columns.items():
        if column.attribute in ATTRIBUTES and column.attribute not in COMMON and column.attribute not in own:
            used.discard(column.attribute)
            mapping.columns[name] = _column(own_name(name, used), looks[name], looks[name].unit)
            used.add(mapping.columns[name].attribute)
        meaning = meaning_of(looks[name].heading, mapping.type)
        if meaning and meaning.attribute not in own and meaning.attribute not in COMMON:
            continue
        if (
            meaning
            and meaning.attribute not in used
            and _fits(meaning.attribute, looks[name])
            and column.attribute != PERSONAL
        ):
            mapping.columns[name] = _column(meaning.attribute, looks[name], looks[name].unit or meaning.unit)
            used.add(meaning.attribute)


def _fits(attribute: str, column: Look) -> bool:
    known = COMMON.get(attribute) or next(
        (t.attributes[attribute] for t in TYPES.values() if attribute in t.attributes), None
    )
    if known is None:
        return True
    if known.kind == "number":
        return column.share >= HALF
    return column.form is not None or known.kind != "datetime"


def _column(attribute: str, look: Look, unit: str) -> Column:
    if attribute in ATTRIBUTES and ATTRIBUTES[attribute].kind == "boolean":
        return Column(attribute, kind="yes-no")
    named = attribute in ATTRIBUTES and ATTRIBUTES[attribute].kind == "number" and look.share >= HALF
    if (look.numeric or named) and attribute not in ("name", "address", "telephone", "code", "category"):
        if any(t.startswith("0") and t.isdigit() and len(t) > 1 for t in look.texts):
            return Column(attribute)
        return Column(attribute, unit=unit, kind="number", decimal=look.decimal)
    if look.form:
        return Column(attribute, kind="time", format=look.form)
    if look.texts and all(t[:1] in "[{" for t in look.texts[:5]):
        return Column(attribute, kind="json")
    return Column(attribute)


def own_name(heading: str, given: set[str]) -> str:
    """A name for a column that means nothing known, unlike those already given and those that NGSI-LD keeps."""
    name = camel(heading)
    known = COMMON.get(name)
    taken = (
        name in given
        or name in ("id", "type", "scope")
        or (known is not None and known.kind in ("geometry", "relation"))
    )
    return f"{name}Text" if taken else name


def camel(heading: str) -> str:
    """A heading as an attribute's name; NGSI-LD allows letters of any script.

    >>> camel("ÚLTIMA ATUALIZAÇÃO")
    'ultimaAtualizacao'
    """
    words = plain(_IN_BRACKETS.sub(" ", heading)).split() or plain(heading).split() or ["value"]
    name = words[0] + "".join(word[:1].upper() + word[1:] for word in words[1:])
    return name if not name[0].isdigit() else f"column{name}"


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
    values = plain(" ".join(text for each in looks.values() if not each.numeric for text in each.texts[:15])[:4_000])
    scores: dict[str, float] = {}
    for word, kind in type_words():
        weight = (
            4 * occurs(word, name) + 3 * occurs(word, title) + 1.5 * occurs(word, headings) + 0.4 * occurs(word, values)
        )
        scores[kind] = max(scores.get(kind, 0.0), weight + (0.05 * len(word) if weight else 0))
    for kind, term in TYPES.items():
        own = [c for c in mapping.columns.values() if c.attribute in term.attributes]
        measured = sum(term.attributes[c.attribute].kind == "number" for c in own)
        if own and kind != "StageThresholds":
            bonus = 2.2 * measured + 0.6 * (len(own) - measured)
            scores[kind] = scores.get(kind, 0.0) + (bonus if kind in scores or measured else 0)
    for attribute in gathered({name: source.labels.get(name) or name for name in looks}):
        for kind in (kind for kind, term in TYPES.items() if attribute in term.attributes):
            scores[kind] = scores.get(kind, 0.0) + GATHERED
    timed = bool(mapping.time) and any(c.kind == "number" for c in mapping.columns.values())
    if timed:
        for kind in SENSING:
            if scores.get(kind, 0) > 2:
                scores[kind] += 1.5
    for kind in SENSING if extended else ():
        scores.pop(kind, None)
    best = max(scores, key=lambda kind: scores[kind], default="")
    if best and scores[best] >= 1.5:
        return best
    return "PointOfInterest" if _has_place(mapping) else "StatisticalObservation"


def _has_place(mapping: Mapping) -> bool:
    return bool(mapping.latitude or mapping.point or mapping.wkt)


def _settle(mapping: Mapping, looks: dict[str, Look], rows: int) -> None:
    numbers = [
        name for name, c in mapping.columns.items() if c.kind == "number" and looks[name].name not in mapping.id_columns
    ]
    _identity(mapping, looks)
    wide = _wide(mapping, looks)
    if not mapping.time and wide and (pace := pace_of(mapping.file)) and (first := first_day(mapping.file)):
        mapping.first, mapping.step = first, pace
    repeated = bool(mapping.station) or any(looks[c].distinct < 0.9 * rows for c in mapping.id_columns)
    hourly = bool(mapping.time) and (_times_of_day(mapping, looks))
    alone = not mapping.id_columns and not _has_place(mapping)
    measures = mapping.type in SENSING or wide
    if numbers and (
        mapping.step or (mapping.time and measures and (repeated or alone or hourly) and not _has_place(mapping))
    ):
        mapping.kind = "series"
        if wide:
            _name_stations(mapping, looks)
        elif not mapping.id_columns:
            mapping.station = stem(mapping.file)
    else:
        mapping.kind = "places" if _has_place(mapping) else "rows"
        _as_attribute(mapping, looks)
    _drop_what_places_say(mapping)


def _times_of_day(mapping: Mapping, looks: dict[str, Look]) -> bool:
    return len(mapping.time) == 2 or _has_hours(looks[mapping.time[0]])


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
    if names and looks[names[0]].key:
        mapping.id_columns = [names[0]]


def _counts(column: Look) -> bool:
    return column.numeric and column.high is not None and column.high <= 10 * max(column.distinct, 10)


def _wide(mapping: Mapping, looks: dict[str, Look]) -> bool:
    if mapping.id_columns or _has_place(mapping):
        return False
    return len(_alike(mapping, looks)) >= WIDE


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


_BY_UNIT = {
    "MMT": Meaning("precipitation", "MMT"),
    "MTR": Meaning("waterLevel", "MTR"),
    "CEL": Meaning("temperature", "CEL"),
}


def _name_stations(mapping: Mapping, looks: dict[str, Look]) -> None:
    alike = _alike(mapping, looks)
    kinds = {"precipitation": "RainfallObserved", "waterLevel": "WaterObserved", "temperature": "WeatherObserved"}
    for name, column in mapping.columns.items():
        meaning = alike.get(name)
        known = meaning or (meaning_of(looks[name].heading) if column.kind == "number" else None)
        if known is None:
            continue
        station = " ".join(looks[name].heading.split()[:-1]) or looks[name].heading
        kind = kinds.get(known.attribute, mapping.type)
        mapping.columns[name] = Column(
            known.attribute, unit=known.unit, kind="number", decimal=column.decimal, station=station, type=kind
        )
    counts = [c.type for c in mapping.columns.values() if c.type]
    mapping.type = max(set(counts), key=counts.count)


def _as_attribute(mapping: Mapping, looks: dict[str, Look]) -> None:
    """In a table of things, the time of a row is an attribute like any other."""
    for name in mapping.time:
        if len(mapping.time) == 1:
            attribute = "startDate" if mapping.type == "Event" else "dateObserved"
            used = {c.attribute for c in mapping.columns.values()}
            mapping.columns[name] = Column(
                attribute if attribute not in used else camel(name), kind="time", format=mapping.time_format
            )
        else:
            mapping.columns[name] = Column(camel(name))
    mapping.time, mapping.time_format = [], ""


def _drop_what_places_say(mapping: Mapping) -> None:
    """Columns that only repeat the place or count rows are left out."""
    for name in mapping.columns:
        role = role_words().get(plain(_IN_BRACKETS.sub(" ", name)))
        if (role in ("latitude", "longitude", "x", "y") and _has_place(mapping)) or name in (
            "property",
            "fid",
            "_id",
            "OBJECTID",
        ):
            mapping.columns[name] = Column(SKIP)


def pace_of(name: str) -> float:
    """Seconds from row to row that a file's name states ("daily", "15min"), 0 for none."""
    match = _PACE.search(plain(name))
    if not match:
        return 0.0
    return float(int(match[1] or 1) * _SECONDS[match[2][0]])


def first_day(name: str) -> str:
    """The first date in a file's name as ISO, "" for none."""
    match = re.search(r"((?:19|20)\d{2})[-_]?(0[1-9]|1[0-2])(?:[-_]?([0-3]\d))?(?=\D|$)", name)
    return f"{match[1]}-{match[2]}-{match[3] or '01'}" if match else ""

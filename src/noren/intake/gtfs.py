"""Timetables (GTFS, gtfs.org/schedule/reference): agencies, stops, lines with their course, runs."""

from __future__ import annotations

import csv
import io
import zipfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from noren.errors import BadInput
from noren.intake import text
from noren.intake.convert import Reader
from noren.intake.names import slug
from noren.intake.places import impossible
from noren.intake.source import Refused

Row = dict[str, str]
NEEDED = ("stops.txt", "routes.txt")


def is_gtfs(names: list[str]) -> bool:
    """Whether a zip's members are a timetable's."""
    return any(n.rsplit("/", 1)[-1] == "stops.txt" for n in names)


def tables(path: Path) -> dict[str, list[Row]]:
    """The tables needed; raises `BadInput` for one that is missing or not UTF-8."""
    wanted = ("agency.txt", "stops.txt", "routes.txt", "trips.txt", "shapes.txt", "feed_info.txt")
    found: dict[str, list[Row]] = {}
    try:
        with zipfile.ZipFile(path) as archive:
            for name in archive.namelist():
                base = name.rsplit("/", 1)[-1]
                if base in wanted:
                    raw = archive.read(name)
                    lines = io.StringIO(raw.decode(text.encoding_of(raw), "replace"), newline="")
                    found[base] = [
                        {k.strip(): (v or "").strip() for k, v in row.items() if k} for row in csv.DictReader(lines)
                    ]
    except (zipfile.BadZipFile, *text.BROKEN) as error:
        raise text.damaged(path) from error
    if missing := [name for name in NEEDED if name not in found]:
        raise BadInput(
            f"The timetable lacks {', '.join(missing)}.",
            where=path.name,
            hint="Ask the operator for a whole GTFS feed.",
        )
    return found


def entities(path: Path, reader: Reader) -> Iterator[list[dict[str, Any]]]:
    """Entities of the timetable, a list a table; stops without a place are refused."""
    found = tables(path)
    yield [_agency(row, reader) for row in found.get("agency.txt", [])]
    yield list(_stops(found["stops.txt"], reader))
    lines = _courses(found.get("trips.txt", []), found.get("shapes.txt", []))
    yield [
        _route(row, lines.get(row.get("route_id", "")), reader) for row in found["routes.txt"] if row.get("route_id")
    ]
    yield [_trip(row, reader) for row in found.get("trips.txt", []) if row.get("trip_id")]


def _id(reader: Reader, kind: str, key: str) -> str:
    return reader.urn(kind, slug(key or "agency"))


def _agency(row: Row, reader: Reader) -> dict[str, Any]:
    key = row.get("agency_id") or row.get("agency_name", "")
    return _made(
        reader,
        "GtfsAgency",
        key,
        name=row.get("agency_name"),
        url=row.get("agency_url"),
        telephone=row.get("agency_phone"),
    )


def _stops(rows: list[Row], reader: Reader) -> Iterator[dict[str, Any]]:
    for number, row in enumerate(rows, 2):
        try:
            lat, lon = float(row.get("stop_lat") or "nan"), float(row.get("stop_lon") or "nan")
        except ValueError:
            lat = lon = float("nan")
        if not row.get("stop_id"):
            reader.refused.append(Refused(number, "stops.txt stop_id", "", "The stop has no id."))
            continue
        if wrong := impossible(lat, lon):
            reader.refused.append(
                Refused(number, "stops.txt stop_lat", f"{row.get('stop_lat')}, {row.get('stop_lon')}", wrong)
            )
            continue
        place = {"type": "Point", "coordinates": [lon, lat]}
        wheels = {"1": "yes", "2": "no"}.get(row.get("wheelchair_boarding", ""))
        yield _made(
            reader,
            "GtfsStop",
            row.get("stop_id", ""),
            name=row.get("stop_name"),
            code=row.get("stop_code"),
            location=place,
            wheelChairAccessible=wheels,
        )


def _courses(trips: list[Row], shapes: list[Row]) -> dict[str, dict[str, Any]]:
    """Course of each line: the shape that most of its runs follow."""
    points: dict[str, list[tuple[float, float, float]]] = {}
    for row in shapes:
        if point := _corner(row):
            points.setdefault(row.get("shape_id", ""), []).append(point)
    usual: dict[str, Counter[str]] = {}
    for trip in trips:
        if trip.get("shape_id") in points:
            usual.setdefault(trip.get("route_id", ""), Counter())[trip["shape_id"]] += 1
    return {
        route: {"type": "LineString", "coordinates": [[x, y] for _, x, y in sorted(points[shape.most_common(1)[0][0]])]}
        for route, shape in usual.items()
        if len(points[shape.most_common(1)[0][0]]) > 1
    }


def _corner(row: Row) -> tuple[float, float, float] | None:
    try:
        place, lon, lat = (float(row[f"shape_pt_{name}"]) for name in ("sequence", "lon", "lat"))
    except (KeyError, ValueError):
        return None
    return None if impossible(lat, lon) else (place, lon, lat)


def _route(row: Row, course: dict[str, Any] | None, reader: Reader) -> dict[str, Any]:
    agency = row.get("agency_id")
    operator = _id(reader, "GtfsAgency", agency) if agency else None
    colour = f"#{row['route_color']}" if row.get("route_color") else None
    made = _made(
        reader, "GtfsRoute", row["route_id"], name=row.get("route_long_name") or row.get("route_short_name"),
        shortName=row.get("route_short_name"), routeType=row.get("route_type"), routeColor=colour, location=course,
    )  # fmt: skip
    if operator:
        made["operatedBy"] = {"type": "Relationship", "object": operator}
    return made


def _trip(row: Row, reader: Reader) -> dict[str, Any]:
    made = _made(reader, "GtfsTrip", row["trip_id"], headSign=row.get("trip_headsign"))
    made["hasRoute"] = {"type": "Relationship", "object": _id(reader, "GtfsRoute", row.get("route_id", ""))}
    return made


def _made(reader: Reader, kind: str, key: str, **values: Any) -> dict[str, Any]:
    reader.kept += 1
    kept = {name: value for name, value in values.items() if value}
    return {"id": _id(reader, kind, key), "type": kind, "inDataset": reader.dataset} | kept

"""The timetable holds together: every reference leads somewhere, no bus arrives before it left."""

from __future__ import annotations

import csv
import io
import zipfile
from collections import defaultdict
from pathlib import Path

import numpy as np
import pytest
import shapely

Table = list[dict[str, str]]


@pytest.fixture(scope="module")
def feed(folder: Path) -> dict[str, Table]:
    with zipfile.ZipFile(folder / "gtfs_kawabe.zip") as held:
        assert held.testzip() is None
        return {
            name.removesuffix(".txt"): list(csv.DictReader(io.StringIO(held.read(name).decode("utf-8"))))
            for name in held.namelist()
        }


def test_every_file_that_gtfs_asks_for_is_there(feed: dict[str, Table]) -> None:
    needed = {"agency", "stops", "routes", "trips", "stop_times", "calendar", "feed_info", "shapes", "translations"}
    assert needed <= feed.keys()
    assert all(feed[name] for name in needed)


@pytest.mark.parametrize(
    ("table", "column", "other"),
    [
        ("routes", "agency_id", "agency"), ("trips", "route_id", "routes"), ("trips", "service_id", "calendar"),
        ("trips", "shape_id", "shapes"), ("stop_times", "trip_id", "trips"), ("stop_times", "stop_id", "stops"),
        ("calendar_dates", "service_id", "calendar"),
    ],
)  # fmt: skip
def test_references_lead_somewhere(feed: dict[str, Table], table: str, column: str, other: str) -> None:
    known = {row[column] for row in feed[other]}
    assert {row[column] for row in feed[table]} <= known


@pytest.mark.parametrize(("table", "key"), [("stops", "stop_id"), ("routes", "route_id"), ("trips", "trip_id")])
def test_ids_are_unique(feed: dict[str, Table], table: str, key: str) -> None:
    ids = [row[key] for row in feed[table]]
    assert len(ids) == len(set(ids))


def _seconds(clock: str) -> int:
    hours, minutes, seconds = clock.split(":")
    return int(hours) * 3600 + int(minutes) * 60 + int(seconds)


def test_runs_go_forward_in_time_and_along_their_shape(feed: dict[str, Table]) -> None:
    shapes = defaultdict(list)
    for row in feed["shapes"]:
        shapes[row["shape_id"]].append((float(row["shape_pt_lon"]), float(row["shape_pt_lat"])))
    lines = {key: shapely.LineString(points) for key, points in shapes.items()}
    stops = {row["stop_id"]: shapely.Point(float(row["stop_lon"]), float(row["stop_lat"])) for row in feed["stops"]}
    by_trip = defaultdict(list)
    for row in feed["stop_times"]:
        by_trip[row["trip_id"]].append(row)
    for trip in feed["trips"]:
        rows = by_trip[trip["trip_id"]]
        assert len(rows) >= 2
        assert [int(row["stop_sequence"]) for row in rows] == list(range(1, len(rows) + 1))
        clock = [_seconds(row["arrival_time"]) for row in rows]
        assert clock == sorted(clock)
        points = [stops[row["stop_id"]] for row in rows]
        line = lines[trip["shape_id"]]
        assert max(line.distance(point) for point in points) < 2e-4
        assert _in_order(np.array(line.coords), [point.coords[0] for point in points])


def _in_order(shape: np.ndarray, stops: list[tuple[float, float]]) -> bool:
    """Whether the shape passes the stops one after the other; it may come back the way it went."""
    at = 0
    for x, y in stops:
        away = np.hypot(shape[at:, 0] - x, shape[at:, 1] - y)
        near = np.flatnonzero(away < 1.5e-3)
        if not len(near):
            return False
        at += int(near[0])
    return True


def test_every_stop_is_served(feed: dict[str, Table]) -> None:
    assert {row["stop_id"] for row in feed["stop_times"]} == {row["stop_id"] for row in feed["stops"]}

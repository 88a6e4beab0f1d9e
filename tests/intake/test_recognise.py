"""What a file is, and what is said of one that is nothing."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import pytest
from google.transit.gtfs_realtime_pb2 import FeedMessage
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from noren.errors import BadInput, NorenError
from noren.intake import realtime
from noren.intake.convert import Place, Reader
from noren.intake.mapping import Mapping
from noren.intake.recognise import recognise

FEATURE = {"type": "Feature", "properties": {"name": "x"}, "geometry": {"type": "Point", "coordinates": [1, 2]}}


def forms(path: Path) -> list[str]:
    return [item.source.format if item.source else item.form for item in recognise(path)]


def test_content_decides_not_the_name(tmp_path: Path) -> None:
    path = tmp_path / "data.csv"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": [FEATURE]}))
    assert forms(path) == ["GeoJSON"]
    path.write_text(json.dumps([{"id": "urn:ngsi-ld:A:1", "type": "A", "name": "x"}]))
    assert forms(path) == ["ngsi-ld"]
    path.write_text(json.dumps([{"a": 1}, {"b": 2}]))
    assert forms(path) == ["JSON"]


def test_a_timetable_is_known(tmp_path: Path) -> None:
    path = tmp_path / "bus.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("stops.txt", "stop_id,stop_name,stop_lat,stop_lon\nA,Alpha,35,139\n")
        archive.writestr("routes.txt", "route_id,route_short_name,route_type\n1,1,3\n")
    assert forms(path) == ["gtfs"]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "empty"),
        (b"<!doctype html><html><body>login</body></html>", "web page"),
        (b'{"type": "FeatureCollection", "features": [', "broken"),
        (b"\x00\x01\x02\x03binary\x00", "does not know"),
        (b"PK\x03\x04 cut short", "damaged"),
        (b"\x1f\x8b\x08 cut short", "damaged"),
        (b"# A title\n\nSome prose, with commas, here.\n\nAnd a line.\n- one\n- two, three\n", "does not know"),
    ],
)
def test_bad_files_are_refused_in_words(tmp_path: Path, content: bytes, said: str) -> None:
    path = tmp_path / "file.bin"
    path.write_bytes(content)
    with pytest.raises(BadInput, match=said) as error:
        recognise(path)
    assert "file.bin" in error.value.where


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(content=st.binary(min_size=1, max_size=400))
def test_nothing_but_words_comes_of_noise(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "noise"
    path.write_bytes(content)
    try:
        for item in recognise(path):
            if item.source:
                list(item.source.open([]))
    except NorenError:
        pass


def test_an_archive_of_tables_is_each_of_them(tmp_path: Path) -> None:
    path = tmp_path / "tables.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("toilets.csv", "name,lat,lon\nA,35.1,139.1\nB,35.2,139.2\n")
        archive.writestr("inner/schools.csv", "name,pupils\nA,3\nB,4\n")
        archive.writestr("__MACOSX/._toilets.csv", "\x00\x05")
        archive.writestr("readme.md", "hello")
    assert [item.name for item in recognise(path)] == ["tables.zip#toilets.csv", "tables.zip#schools.csv"]


def test_a_recorded_message_of_delays(tmp_path: Path) -> None:
    message = FeedMessage()
    message.header.gtfs_realtime_version = "2.0"
    message.header.timestamp = 1_463_601_613
    update = message.entity.add(id="1").trip_update
    update.trip.trip_id = "T1"
    update.delay = 90
    path = tmp_path / "updates.pb"
    path.write_bytes(message.SerializeToString())
    assert [item.form for item in recognise(path)] == ["gtfs-rt"]
    reader = Reader(Mapping("updates.pb", "gtfs", "GtfsTrip"), Place("city", "UTC"), "urn:ngsi-ld:Dataset:city:updates")
    (trip,) = realtime.entities(path, reader)
    assert trip["id"] == "urn:ngsi-ld:GtfsTrip:city:T1"
    assert (trip["delay"]["value"], reader.kept) == (90, 1)


def cityjson(tmp_path: Path, metadata: dict[str, str]) -> Path:
    ground = {"type": "MultiSurface", "lod": "0", "boundaries": [[[0, 1, 2, 3]]]}
    document = {
        "type": "CityJSON",
        "version": "2.0",
        "metadata": metadata,
        "vertices": [[139.0, 35.0, 0], [139.1, 35.0, 0], [139.1, 35.1, 0], [139.0, 35.1, 0]],
        "CityObjects": {
            "b": {"type": "Building", "attributes": {"usage": "411"}, "geometry": [ground]},
            "r": {"type": "Road", "geometry": [ground]},
        },
    }
    path = tmp_path / "small.city.json"
    path.write_text(json.dumps(document))
    return path


def test_kinds_of_a_3d_city_come_apart(tmp_path: Path) -> None:
    found = recognise(cityjson(tmp_path, {"referenceSystem": "https://www.opengis.net/def/crs/EPSG/0/4326"}))
    kinds = {item.name: item.source.lead["type"] for item in found if item.source}
    assert kinds == {"small.city.json#Building": "Building", "small.city.json#RoadSegment": "RoadSegment"}


def test_a_3d_city_that_lies_nowhere_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="in which coordinates"):
        recognise(cityjson(tmp_path, {}))

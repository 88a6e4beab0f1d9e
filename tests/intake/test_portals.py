"""Forms in which portals publish, with the headings that they use: known with no code change."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pyogrio
import pytest
import shapely

from noren.intake import guess
from noren.intake.convert import Place, Reader
from noren.intake.grids import Whereabouts
from noren.intake.mapping import Mapping
from noren.intake.recognise import recognise

Read = tuple[Mapping, list[dict[str, Any]], Reader]


def read(path: Path, where: Whereabouts | None = None) -> Read:
    """The first table of a file: its mapping, its entities, and the reader with what it refused."""
    source = recognise(path)[0].source
    assert source is not None
    mapping = guess.mapping_for(source, where=where)
    reader = Reader(mapping, Place("town", "Asia/Tokyo"), "urn:ngsi-ld:Dataset:town:x")
    made = [entity for batch in source.open(reader.refused) for entity in reader.entities(batch)]
    return mapping, made, reader


def first(entities: list[dict[str, Any]]) -> tuple[float, float]:
    lon, lat = next(e["location"] for e in entities if "location" in e)["coordinates"]
    return round(lon, 2), round(lat, 2)


def rows(count: int, line: Callable[[int], str]) -> str:
    return "\n".join(line(i) for i in range(count)) + "\n"


TEXTS = {
    "hydrants.csv": ("euc_jp", "Facility", "種別,コード,緯度,経度", "消火栓,{i},34.3{i},134.05"),
    "korean.csv": (
        "cp949",
        "OffStreetParking",
        "주차장명,주소,총 주차면,위도,경도",
        "종묘{i},서울,1{i},37.5{i},126.99",
    ),
    "aed.csv": ("big5", "Defibrillator", "場所名稱,場所地址,地點LAT,地點LNG", "車站{i},路,25.0{i},121.5"),
    "kyiv.csv": ("cp1251", "Shelter", "Назва;Широта;Довгота;Тип споруди", "Укриття {i};50,45{i};30,52{i};сховище"),
    "park.csv": ("utf-16", "Facility", "Bezeichnung;Breitengrad;Längengrad", "Spielplatz {i};48,10{i};11,50{i}"),
}


@pytest.mark.parametrize("name", TEXTS)
def test_every_script_is_read(tmp_path: Path, name: str) -> None:
    encoding, kind, head, line = TEXTS[name]
    path = tmp_path / name
    path.write_bytes((f"{head}\n" + rows(8, lambda i: line.format(i=i))).encode(encoding))
    mapping, entities, _ = read(path)
    assert mapping.type == kind
    assert all("location" in entity for entity in entities)


@pytest.mark.parametrize(
    ("head", "line", "where", "crs", "place"),
    [
        ("nom,x_l93,y_l93\n", "Toilettes {i},84300{i},6520000", Whereabouts(), "EPSG:2154", (4.84, 45.76)),
        ("name,epgs_25831_x,epgs_25831_y\n", "A{i},43100{i},4582000", Whereabouts(), "EPSG:25831", (2.17, 41.39)),
        ("name,Easting,Northing\n", "A{i},53200{i},181000", Whereabouts("GB"), "EPSG:27700", (-0.1, 51.51)),
        ("name,x_coord,y_coord\n", "A{i},3031{i},31490", Whereabouts("SG"), "EPSG:3414", (103.85, 1.30)),
        ("名称,X座標,Y座標\n", "A{i},14700{i},53000", Whereabouts("JP", (134.05, 34.34)), "EPSG:6672", (134.08, 34.32)),
        ("name,x,y\n", "A{i},39200{i},5820000", Whereabouts("DE", (13.4, 52.5)), "EPSG:25833", (13.41, 52.52)),
        ("name,x,y\n", "A{i},39200{i},5820000", Whereabouts("DE"), "unknown", None),
    ],
)  # fmt: skip
def test_national_grids(
    tmp_path: Path, head: str, line: str, where: Whereabouts, crs: str, place: tuple[float, float] | None
) -> None:
    path = tmp_path / "places.csv"
    path.write_text(head + rows(5, lambda i: line.format(i=i)))
    mapping, entities, reader = read(path, where)
    assert mapping.crs == crs
    if place:
        assert first(entities) == place
    else:
        assert "EPSG:" in reader.refused[0].what and len(entities) == 5


@pytest.mark.parametrize(
    ("cells", "place"),
    [
        (("34°20′30″", "134°03′00″"), (134.05, 34.34)),
        (("34.3417N", "134.05E"), (134.05, 34.34)),
        (("23°33'00\"S", "46°38'00\"W"), (-46.63, -23.55)),
        (("-23550000", "-46630000"), (-46.63, -23.55)),
    ],
)
def test_degrees_in_other_ways(tmp_path: Path, cells: tuple[str, str], place: tuple[float, float]) -> None:
    path = tmp_path / "toilets.tsv"
    path.write_text("name\tlat\tlon\n" + rows(4, lambda i: "\t".join([f"T{i}", *cells])))
    assert first(read(path)[1]) == place


WRAPPED: dict[str, Any] = {
    "ckan": {"result": {"fields": [{"id": "name"}], "records": [{"name": "Park", "lat": 1.5, "lon": 2.5}]}},
    "opendatasoft": {"results": [{"nom": "Parc", "geo_point_2d": {"lat": 1.5, "lon": 2.5}}]},
    "gbfs": {"ttl": 1, "data": {"stations": [{"station_id": "1", "name": "a", "lat": 1.5, "lon": 2.5}]}},
    "esri": {"geometryType": "esriGeometryPoint", "spatialReference": {"wkid": 4326},
             "features": [{"attributes": {"NAME": "Park"}, "geometry": {"x": 2.5, "y": 1.5}}]},
    "socrata": {"meta": {"view": {"columns": [{"name": n} for n in ("Name", "Latitude", "Longitude")]}},
                "data": [["a", 1.5, 2.5]]},
    "by key": {"a": {"lat": 1.5, "lon": 2.5}, "b": {"lat": 1.6, "lon": 2.6}},
    "sensorthings": {"value": [{"Locations": [{"location": {"type": "Point", "coordinates": [2.5, 1.5]}}]}]},
    "lists": [["name", "lat", "lon"], ["a", 1.5, 2.5]],
}  # fmt: skip


@pytest.mark.parametrize("service", WRAPPED)
def test_answers_of_services(tmp_path: Path, service: str) -> None:
    path = tmp_path / "answer.json"
    path.write_text(json.dumps(WRAPPED[service]))
    assert first(read(path)[1]) == (2.5, 1.5)


def test_lines_of_json_keep_the_good_ones(tmp_path: Path) -> None:
    path = tmp_path / "lines.jsonl"
    path.write_text('{"name":"A","lat":1.5,"lon":2.5}\n{"name":\n{"name":"C","lat":1.5,"lon":2.5}\n')
    _, entities, reader = read(path)
    assert (len(entities), [r.row for r in reader.refused]) == (2, [2])


def test_entities_of_orion(tmp_path: Path) -> None:
    path = tmp_path / "entities.json"
    place = {"type": "geo:point", "value": "34.34, 134.05", "metadata": {}}
    path.write_text(
        json.dumps([{"id": "a1", "type": "Aed", "name": {"type": "Text", "value": "A"}, "location": place}])
    )
    (item,) = recognise(path)
    where = {"type": "Point", "coordinates": [134.05, 34.34]}
    assert item.entities == [{"id": "a1", "type": "Defibrillator", "name": "A", "location": where}]


@pytest.mark.parametrize(
    ("ending", "driver"), [("kml", "LIBKML"), ("gpx", "GPX"), ("fgb", "FlatGeobuf"), ("gml", "GML")]
)
def test_maps_of_other_programs(tmp_path: Path, ending: str, driver: str) -> None:
    path = tmp_path / f"toilets.{ending}"
    point = np.array([shapely.to_wkb(shapely.Point(2.5, 1.5))], object)
    fields = [np.array(["Toilet A"], object)]
    pyogrio.raw.write(
        path, geometry=point, field_data=fields, fields=["name"], geometry_type="Point", crs="EPSG:4326", driver=driver
    )
    before = sorted(tmp_path.iterdir())
    mapping, entities, _ = read(path)
    assert (mapping.type, first(entities), sorted(tmp_path.iterdir())) == ("Toilet", (2.5, 1.5), before)


def test_a_shapefile_in_shift_jis_that_does_not_say_so(tmp_path: Path) -> None:
    point = np.array([shapely.to_wkb(shapely.Point(134.05, 34.34))], object)
    fields = [np.array(["第一避難所"], object)]
    pyogrio.raw.write(
        tmp_path / "a.shp", geometry=point, field_data=fields, fields=["名称"], geometry_type="Point", crs="EPSG:6668",
        driver="ESRI Shapefile", encoding="CP932",
    )  # fmt: skip
    with zipfile.ZipFile(tmp_path / "map.zip", "w") as archive:
        for part in tmp_path.glob("a.*"):
            if part.suffix != ".cpg":
                archive.write(part, f"避難所{part.suffix}")
    mapping, entities, _ = read(tmp_path / "map.zip")
    assert (mapping.type, entities[0]["name"]) == ("Shelter", "第一避難所")


def test_geoparquet(tmp_path: Path) -> None:
    about = {
        "primary_column": "geom",
        "columns": {"geom": {"encoding": "WKB", "crs": {"id": {"authority": "EPSG", "code": 25832}}}},
    }
    table = pa.table(
        {"navn": ["Park"], "geom": pa.array([shapely.to_wkb(shapely.Point(588000, 6140000))], pa.binary())}
    )
    pq.write_table(table.replace_schema_metadata({"geo": json.dumps(about)}), tmp_path / "parks.parquet")
    assert first(read(tmp_path / "parks.parquet")[1]) == (10.39, 55.4)


def test_a_day_a_row_and_an_hour_a_column(tmp_path: Path) -> None:
    path = tmp_path / "hourly.csv"
    hours = ",".join(f"{h}時" for h in range(1, 25))
    path.write_text(
        f"観測日,観測局,測定項目,{hours}\n"
        + rows(3, lambda d: f"2024/4/{d + 1},栗林,気温," + ",".join(map(str, range(24))))
    )
    source = recognise(path)[0].source
    assert source is not None
    mapping = guess.mapping_for(source)
    reader = Reader(mapping, Place("town", "UTC"), "urn:x:d")
    (table,) = [reader.readings(batch) for batch in source.open(reader.refused)]
    assert (mapping.type, mapping.kind, table.num_rows) == ("WeatherObserved", "series", 72)
    assert str(table["observed"][23].as_py()) == "2024-04-02 00:00:00+00:00"


def test_headings_of_two_rows_and_a_sum(tmp_path: Path) -> None:
    path = tmp_path / "people.csv"
    path.write_text("町名,世帯数,人口,,\n,,計,男,女\n本町,10,20,10,10\n港町,11,22,11,11\n合計,21,42,21,21\n")
    mapping, entities, reader = read(path)
    assert [e["name"] for e in entities] == ["本町", "港町"]
    assert list(mapping.columns) == ["町名", "世帯数", "計", "男", "女"]
    assert [(r.row, r.what) for r in reader.refused] == [(5, "The row is the sum of the others.")]


def test_no_column_is_lost_to_another_of_its_name(tmp_path: Path) -> None:
    path = tmp_path / "toilets.csv"
    path.write_text(
        "名称,緯度,経度,数（和式）,数（洋式）,数（小便器）\n" + rows(3, lambda i: f"T{i},34.{i},134.1,1,2,3")
    )
    found = [c.attribute for c in read(path)[0].columns.values()]
    assert len(found) == len(set(found))


def test_a_station_that_stands_in_many_rows_is_no_id_of_things(tmp_path: Path) -> None:
    path = tmp_path / "requests.csv"
    path.write_text("station,remark\n" + rows(6, lambda i: f"A,remark {i}"))
    assert len({entity["id"] for entity in read(path)[1]}) == 6

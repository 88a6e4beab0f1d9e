"""What a table is taken for. The files are made here; cities' own files are tried in test_cities.py."""

from __future__ import annotations

from pathlib import Path

import pytest

from noren.intake import delimited, guess
from noren.intake.mapping import Mapping
from noren.intake.names import stem
from noren.intake.recognise import recognise


def guessed(folder: Path, name: str, content: str, encoding: str = "utf-8") -> Mapping:
    path = folder / name
    path.write_bytes(content.encode(encoding))
    return guess.mapping_for(delimited.source(path))


@pytest.mark.parametrize(
    ("name", "content", "kind", "type"),
    [
        (
            "shelters.csv",
            "名称,緯度,経度,想定収容人数\n一小,34.1,134.0,200\n二小,34.2,134.1,300\n",
            "places",
            "Shelter",
        ),
        ("aed.csv", "名称;住所;緯度;経度\nA;x;34,1;134,0\nB;y;34,2;134,1\n", "places", "Defibrillator"),
        (
            "river_level_10min.csv",
            "日時,観測所ID,水位(m)\n" + "2026/05/22 00:10,G1,0.5\n2026/05/22 00:10,G2,0.6\n" * 9,
            "series",
            "WaterObserved",
        ),
        (
            "vejr.csv",
            "tid,temp,hum\n" + "".join(f"2014-08-01T{h:02}:00:00,18,{50 + h}\n" for h in range(20)),
            "series",
            "WeatherObserved",
        ),
        (
            "hospitais.tsv",
            "nome\tlat\tlon\tleitos\nSanta Casa\t-30.03\t-51.2\t900\nClínicas\t-30.04\t-51.3\t800\n",
            "places",
            "Hospital",
        ),
        ("births.csv", "month,births,deaths\n1,3,4\n2,5,6\n", "rows", "StatisticalObservation"),
        ("things.csv", "id,wkt\n1,POINT (10 50)\n2,POINT (11 51)\n", "places", "PointOfInterest"),
    ],
)
def test_what_it_is(tmp_path: Path, name: str, content: str, kind: str, type: str) -> None:
    found = guessed(tmp_path, name, content)
    assert (found.kind, found.type) == (kind, type)


def test_units_stand_in_headings(tmp_path: Path) -> None:
    rows = "".join(f"2026-01-01T{h:02}:00:00,W1,{h},{h}\n" for h in range(12))
    found = guessed(tmp_path, "weather.csv", "time,station,風速(km/h),気圧(mb)\n" + rows)
    assert found.columns["風速(km/h)"].unit == "KMH"
    assert found.columns["風速(km/h)"].attribute == "windSpeed"
    assert found.columns["気圧(mb)"].unit == "A97"


def test_latitude_and_longitude_in_one_cell(tmp_path: Path) -> None:
    found = guessed(tmp_path, "toilets.csv", 'name,location\nA,"34.1,134.2"\nB,"34.2,134.3"\n')
    assert (found.point, found.type) == ("location", "Toilet")


def test_coordinates_that_changed_places_are_noticed(tmp_path: Path) -> None:
    found = guessed(tmp_path, "schools.csv", "name,lat,lon\nA,139.1,35.1\nB,139.2,35.2\nC,139.3,35.3\n")
    assert found.swapped


def test_a_wide_table_is_a_series_a_column(tmp_path: Path) -> None:
    rows = "".join("1.0,2.0,0.0\n" for _ in range(30))
    found = guessed(tmp_path, "rain_daily_2023-08_2023-09.csv", "alto_mm,porto_mm,vale_mm\n" + rows)
    assert (found.kind, found.first, found.step) == ("series", "2023-08-01", 86_400)
    assert [c.station for c in found.columns.values()] == ["alto", "porto", "vale"]


def test_columns_about_people_stay_out(tmp_path: Path) -> None:
    found = guessed(
        tmp_path, "clubs.csv", "name,lat,lon,e-mail,担当者氏名\nA,35,139,a@example.org,某\nB,36,140,b@example.org,某\n"
    )
    assert {found.columns["e-mail"].attribute, found.columns["担当者氏名"].attribute} == {"personal"}


def test_two_files_of_one_gauge_have_one_name() -> None:
    names = ["guaiba_level_15min_2024-04-08_2024-05-06.csv.gz", "guaiba_level_15min_2024-04-30_2024-12-31.csv"]
    assert {stem(name) for name in names} == {"guaiba level"}


def test_linked_csv_names_its_columns_and_licence(tmp_path: Path) -> None:
    lines = ["#LINK,,", "#lang,ja,", "#license,http://creativecommons.org/licenses/by/4.0/,", "#property,name,location"]
    path = tmp_path / "0060.csv"
    path.write_text("\n".join([*lines, "#object_type_xsd,string,string", '1,一小,"34.1,134.0"']), "utf-8-sig")
    source = delimited.source(path)
    assert (source.columns, source.lead["licence"]) == (
        ["property", "name", "location"],
        "http://creativecommons.org/licenses/by/4.0/",
    )
    assert next(source.open([])).table.num_rows == 1


def test_thresholds_are_known_by_their_names(tmp_path: Path) -> None:
    path = tmp_path / "stages.json"
    path.write_text('{"thresholds": {"atencao": 1.5, "inundacao": 2.6, "severa": 3.5}, "stations": [{"name": "Cais"}]}')
    stages = next(item for item in recognise(path) if item.entities)
    assert stages.entities == [{"type": "StageThresholds", "alertLevel": 1.5, "floodLevel": 2.6, "severeLevel": 3.5}]


def test_unknown_columns_of_a_timed_table_are_stations(tmp_path: Path) -> None:
    rows = "".join(f"2026-01-01 {h:02}:00;1,{h};2,{h};0,{h}\n" for h in range(20))
    found = guessed(tmp_path, "pegelstand.csv", "Zeitpunkt;Altstadt;Brücke Nord;Hafen\n" + rows)
    assert (found.kind, found.type) == ("series", "WaterObserved")
    stations = [(c.attribute, c.station, c.decimal) for c in found.columns.values()]
    assert stations == [("waterLevel", name, "comma") for name in ("Altstadt", "Brücke Nord", "Hafen")]


def test_stages_of_single_stations_are_known_by_the_stations_words(tmp_path: Path) -> None:
    path = tmp_path / "thresholds.json"
    path.write_text(
        '{"thresholds": {"atencao": 1.5, "inundacao": 2.6, "severa": 3.5, "cota_cais_maua": 3.0, "cota_rio": 9.0,'
        ' "referencia_mai2024": 5.3, "atencao_gasometro": 1.4},'
        ' "stations": [{"id": "04", "name": "Cais Mauá, rio"}, {"id": "20", "name": "Usina do Gasômetro, rio"}]}'
    )
    (city, *single) = recognise(path)[0].entities
    assert city == {"type": "StageThresholds", "alertLevel": 1.5, "floodLevel": 2.6, "severeLevel": 3.5}
    assert [(each["id"], each["appliesTo"]) for each in single] == [("04", ["04"]), ("20", ["20"])]
    assert single[0]["floodLevel"] == 3.0 and single[1]["alertLevel"] == 1.4

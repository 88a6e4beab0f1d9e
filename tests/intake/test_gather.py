"""Columns that together are one attribute: told by their headings, kept under one key each."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from noren.intake import delimited, gather, guess
from noren.intake.convert import Place, Reader


@pytest.mark.parametrize(
    ("heading", "part"),
    [
        ("0-4歳の男性", "male 0-4"),
        ("85歳以上の女性", "female 85+"),
        ("０～４歳（男）", "male 0-4"),
        ("male_0_4", "male 0-4"),
        ("pop_0_14", "0-14"),
        ("Frauen 65 bis 69", "female 65-69"),
        ("hommes 90 ans et plus", "male 90+"),
        ("Mujeres 10 a 14 años", "female 10-14"),
        ("mænd 20-24 år", "male 20-24"),
        ("남자 15~19세", "male 15-19"),
        ("85+", "85+"),
        ("dist_0_14", ""),
        ("2019-2024", ""),
        ("lat 35 40", ""),
        ("14-0", ""),
        ("人口", ""),
    ],
)
def test_ages_in_headings(heading: str, part: str) -> None:
    assert gather.age_part(heading) == part


@given(st.text(max_size=30))
def test_any_heading_is_read(heading: str) -> None:
    gather.age_part(heading), gather.hazard_part(heading)


def test_numbered_classes_need_a_whole_life() -> None:
    whole = {f"{sex}{i}": f"{sex}{i}" for sex in ("man", "woman") for i in range(1, 19)}
    found = gather.gathered(whole)["populationByAge"]
    assert (found["man1"], found["woman17"], found["man18"]) == ("male 0-4", "female 80-84", "male 85+")
    assert gather.gathered({f"man{i}": f"man{i}" for i in range(1, 5)}) == {}


@pytest.mark.parametrize(
    ("heading", "part"),
    [
        ("災害種別_洪水", "flood"),
        ("災害種別_崖崩れ、土石流及び地滑り", "landslide"),
        ("災害種別_内水氾濫", "inlandFlood"),
        ("flood_L1", "flood"),
        ("stormSurge", "stormSurge"),
        ("tunami", "tsunami"),
        ("Inondation", "flood"),
        ("fire station", ""),
        ("災害種別", ""),
    ],
)
def test_hazards_in_headings(heading: str, part: str) -> None:
    assert gather.hazard_part(heading) == part


def entities(path: Path) -> list[dict[str, object]]:
    source = delimited.source(path)
    reader = Reader(guess.mapping_for(source), Place("town", "Asia/Tokyo"), "urn:x:dataset")
    return [entity for batch in source.open(reader.refused) for entity in reader.entities(batch)]


def test_a_shelter_says_for_which_hazard_it_is_fit(tmp_path: Path) -> None:
    path = tmp_path / "refuges.csv"
    head = "名称,緯度,経度,災害種別_洪水,flood_L2,災害種別_地震,津波,災害種別_火山現象\n"
    path.write_text(head + "一小,35.1,139.1,○,△,1,×,\n二小,35.2,139.2,○,○,0,2階以上,1\n", "utf-8")
    first, second = entities(path)
    assert first["type"] == "Shelter"
    assert first["suitableFor"] == {"flood": "partly", "earthquake": "yes", "tsunami": "no", "volcano": "no"}
    assert second["suitableFor"] == {"flood": "yes", "earthquake": "no", "tsunami": "2階以上", "volcano": "yes"}


def test_people_by_age_are_one_attribute_of_a_district(tmp_path: Path) -> None:
    path = tmp_path / "statistik.csv"
    path.write_text("Stadtteil;Männer 0-17;Männer 18-64;Männer 65+;Frauen 65+\nAltstadt;10;20;5;7\nNeustadt;1;2;3;4\n")
    first, _ = entities(path)
    ages = {"male 0-17": 10, "male 18-64": 20, "male 65+": 5, "female 65+": 7}
    assert (first["type"], first["populationByAge"]) == ("District", ages)


def test_a_table_and_a_map_of_districts_meet(tmp_path: Path) -> None:
    ages, shapes = tmp_path / "population_by_age.csv", tmp_path / "districts.csv"
    ages.write_text("地域コード,地域名,0-4歳の男性,5-9歳の男性,10-14歳の男性\n101,東,1,2,3\n102,西,4,5,6\n", "utf-8")
    shapes.write_text(
        '町丁字コード,町名,wkt\n101,東,"POLYGON ((0 1, 1 1, 1 2, 0 1))"\n102,西,"POLYGON ((1 1, 2 1, 2 2, 1 1))"\n'
    )
    assert [e["id"] for e in entities(ages)] == [e["id"] for e in entities(shapes)]

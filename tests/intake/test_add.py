"""From files to the city and its catalogue; bad rows never cost good ones."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from noren.city import City, create
from noren.intake.add import Added, Adder, add_all
from noren.intake.convert import Place
from noren.intake.mapping import path_for
from noren.intake.plans import Options, plan


@pytest.fixture
async def city(tmp_path: Path) -> AsyncIterator[City]:
    create(tmp_path / "city", "Test", timezone="Asia/Tokyo")
    async with City.open(tmp_path / "city") as opened:
        yield opened


async def added(city: City, *paths: Path, **options: str) -> list[Added]:
    adder = Adder(city.view(city.staff), city.folder, Place(city.config.slug, city.config.timezone))
    done, wrong = await add_all(adder, paths, Options(**options))
    assert wrong == []
    return done


def write(folder: Path, name: str, content: str, encoding: str = "utf-8") -> Path:
    path = folder / name
    path.write_bytes(content.encode(encoding))
    return path


async def test_good_rows_stay_and_bad_ones_are_told(city: City, tmp_path: Path) -> None:
    rows = [
        "良い,35.1,139.1,100",
        "入替,139.2,35.2,100",
        "海上,0,0,100",
        "極点,-90,0,100",
        "なし,,,100",
        "数字でない,35.3,139.3,たくさん",
        "多い,35.4,139.4,100,余り",
        "最後,35.5,139.5,200",
    ]
    path = write(tmp_path, "shelters.csv", "名称,緯度,経度,想定収容人数\n" + "\n".join(rows), "cp932")
    (found,) = await added(city, path)
    kept = {s["name"] async for s in city.view(city.staff).find("Shelter")}
    assert kept == {"良い", "入替", "なし", "数字でない", "最後"}
    exchanged = [
        s["location"]["coordinates"] async for s in city.view(city.staff).find("Shelter") if s["name"] == "入替"
    ]
    assert exchanged == [[139.2, 35.2]]
    assert (found.kept, found.refused) == (5, 3)
    told = " ".join(f.text["en"] for f in found.findings)
    for words in ("each other's place", "ocean", "pole", "no place", "not a number", "5 cells"):
        assert words in told
    rows_told = {e["row"] for f in found.findings for e in f.examples}
    assert rows_told == {3, 4, 5, 6, 7, 8}


async def test_a_missing_decimal_point_is_set_again(city: City, tmp_path: Path) -> None:
    rows = ["A,-30.01,-51.2", "B,-30.02,-51.21", "C,-30.03,-51.22", "D,-29985000,-51.23"]
    (found,) = await added(city, write(tmp_path, "toilets.csv", "name,lat,lon\n" + "\n".join(rows)))
    places = {t["name"]: t["location"]["coordinates"] async for t in city.view(city.staff).find("Toilet")}
    assert places["D"] == [-51.23, -29.985]
    assert [(f.kind, f.count) for f in found.findings] == [("mended", 1)]


async def test_adding_again_changes_nothing(city: City, tmp_path: Path) -> None:
    path = write(tmp_path, "toilets.csv", "name,lat,lon\nA,35.1,139.1\nB,35.2,139.2\n")
    await added(city, path)
    first = sorted([t["id"] async for t in city.view(city.staff).find("Toilet")])
    await added(city, path)
    assert sorted([t["id"] async for t in city.view(city.staff).find("Toilet")]) == first


async def test_a_corrected_mapping_is_used(city: City, tmp_path: Path) -> None:
    path = write(tmp_path, "places.csv", "name,lat,lon,n\nA,35.1,139.1,5\n")
    await added(city, path)
    mapping = path_for(city.folder, path)
    mapping.write_text(
        mapping.read_text()
        .replace('type = "PointOfInterest"', 'type = "School"')
        .replace('attribute = "n"', 'attribute = "pupils"')
    )
    await added(city, path)
    assert [s["pupils"] async for s in city.view(city.staff).find("School")] == [5]


async def test_a_mapping_that_does_not_fit_says_which_column(city: City, tmp_path: Path) -> None:
    path = write(tmp_path, "places.csv", "name,lat,lon\nA,35.1,139.1\n")
    await added(city, path)
    path.write_text("title,lat,lon\nA,35.1,139.1\n")
    with pytest.raises(Exception, match="“name”, which the file does not have"):
        plan(path, city.folder, Options())


async def test_a_series_becomes_history_and_the_newest_reading_counts(city: City, tmp_path: Path) -> None:
    start = datetime(2026, 1, 1, tzinfo=UTC)
    rows = [f"{start + timedelta(hours=h):%Y-%m-%dT%H:%M:%SZ},G1,{h / 10}" for h in range(48)]
    await added(
        city, write(tmp_path, "gauges.csv", "station,name,lat,lon,水位(m)\nG1,大橋,35.1,139.1,\n"), type="WaterObserved"
    )
    (found,) = await added(city, write(tmp_path, "water_level.csv", "time,station,water level (m)\n" + "\n".join(rows)))
    view = city.view(city.staff)
    gauge = await view.get("WaterObserved", "urn:ngsi-ld:WaterObserved:test:G1")
    assert gauge is not None
    assert (gauge["name"], gauge["waterLevel"], found.readings) == ("大橋", 4.7, 48)
    series = await view.series("WaterObserved", "waterLevel")
    assert series["number"].to_pylist() == [h / 10 for h in range(48)]
    dataset = await view.get("Dataset", found.dataset)
    assert dataset is not None
    assert (dataset["interval"], dataset["rowsKept"]) == (3600, 48)


async def test_doubles_and_contradictions_are_found(city: City, tmp_path: Path) -> None:
    head = "time,level_m\n"
    day = [f"2026-01-01T{h:02}:00:00,{1 + h / 10}" for h in range(24)]
    (first,) = await added(
        city, write(tmp_path, "river_level_2026-01.csv", head + "\n".join([*day, day[3], "2026-01-01T05:00:00,9"]))
    )
    kinds = {f.kind: f.count for f in first.findings}
    assert (kinds["duplicate"], kinds["conflict"]) == (1, 1)
    other = [row.replace(",1.7", ",1.9") for row in day]
    (second,) = await added(city, write(tmp_path, "river_level_2026-02.csv", head + "\n".join(other)))
    assert {f.kind: f.count for f in second.findings}["contradict"] == 2


async def test_years_that_cannot_be_are_refused(city: City, tmp_path: Path) -> None:
    rows = "".join(f"2026-01-01T{h:02}:00:00,{h}\n" for h in range(20))
    (found,) = await added(
        city, write(tmp_path, "river_level.csv", "time,level_m\n1900-01-01T00:00:00,1\n" + rows + "NaN,3\n")
    )
    assert found.readings == 20
    assert any("no time that a reading can have" in f.text["en"] for f in found.findings)


async def test_units_are_converted(city: City, tmp_path: Path) -> None:
    rows = "".join(f"2026-01-01T{h:02}:00:00,W1,36,{h}\n" for h in range(20))
    await added(city, write(tmp_path, "weather.csv", "time,station,wind speed (km/h),temperature (F)\n" + rows))
    weather = await city.view(city.staff).get("WeatherObserved", "urn:ngsi-ld:WeatherObserved:test:W1")
    assert weather is not None
    assert weather["windSpeed"] == 10
    assert weather["temperature"] == pytest.approx((19 - 32) / 1.8, abs=1e-6)


async def test_a_gauge_is_called_as_its_file_until_somebody_names_it(city: City, tmp_path: Path) -> None:
    rows = "".join(f"2024-05-0{day}T{hour:02}:00:00,{day + hour / 10}\n" for day in range(1, 4) for hour in range(24))
    path = write(tmp_path, "river_level.csv", "time_local,level_m\n" + rows)

    async def name() -> list[str]:
        return [each["name"] async for each in city.view(city.staff).find("WaterObserved")]

    await added(city, path)
    assert await name() == ["River level"]
    await added(city, path, title="Kawabe, old bridge")
    assert await name() == ["Kawabe, old bridge"]
    await added(city, path)
    assert await name() == ["Kawabe, old bridge"]


async def test_stages_of_single_stations_name_the_gauges_of_this_city(city: City, tmp_path: Path) -> None:
    path = write(
        tmp_path,
        "stages.json",
        '{"thresholds": {"alert": 1.5, "flood": 2.6, "stage_old_bridge": 3.0},'
        ' "stations": [{"id": "K 1", "name": "Old bridge"}, {"id": "K 2", "name": "Weir"}]}',
    )
    await added(city, path)
    tables = {each["id"]: each async for each in city.view(city.staff).find("StageThresholds")}
    single = tables["urn:ngsi-ld:StageThresholds:test:k-1"]
    assert single["appliesTo"] == "urn:ngsi-ld:WaterObserved:test:k-1"
    assert (single["name"], single["floodLevel"], len(tables)) == ("Old bridge", 3.0, 2)

"""The record flood of 2024, rehearsed from what was recorded: the warning comes before the water does."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import pyarrow.csv
from affine import Affine
from rasterio import features
from shapely.geometry import shape

from noren.city import City, create
from noren.intake.add import Adder, add_all
from noren.intake.convert import Place
from noren.intake.plans import Options
from noren.run.rehearsal import Plan
from noren.run.replay import replay


async def test_the_flood_of_2024(shared: Callable[[str], Path], tmp_path: Path) -> None:
    source = shared("city/porto-alegre/hydromet")
    plan = Plan(start=datetime(2024, 4, 27), until=datetime(2024, 5, 2, 9), step=timedelta(hours=6))
    said: list[str] = []
    summary = await replay(
        source, tmp_path / "city", city=None, timezone="America/Sao_Paulo", plan=plan, web=None, say=said.append
    )
    assert any(line.startswith("guaiba_level_15min_2023-08") and "11761 readings" in line for line in said)
    flood = next(crossing for crossing in summary.crossings if crossing.stage == "flood")
    assert flood.level == 2.6
    assert f"{flood.at:%Y-%m-%d}" == "2024-05-02"
    assert flood.lead_hours is not None
    assert flood.lead_hours >= 6
    assert all(ran.failures == 0 for ran in summary.services)


FILES = (
    "terrain/dem_srtm30m_city_int16.tif",
    "flood2024/permanent_water_24m.tif",
    "flood2024/health_units.geojson",
    "people/hexgrid_h3r9_population_jobs_schools_health.csv",
    "people/schools_2022.json.gz",
    "mobility/gtfs_eptc_bus_2019.zip",
    "mobility/bus_stops_with_lines_2018.json.gz",
    "hydromet/station_thresholds.json",
)
HEXAGON_KM2 = 0.1053
"""Mean area of an H3 cell of resolution 9 (h3geo.org), in km²."""


async def test_who_lies_in_the_area_of_2024(shared: Callable[[str], Path], tmp_path: Path) -> None:
    """The city's own files, one by one, then the flood: the area is drawn and its people counted, in Portuguese, too.

    The oracle is a count on a raster: the area burnt into cells of some 15 m, places looked up in it, and the people of
    a cell of the grid by 100 points strewn over its hexagon.
    """
    data, home = shared("city/porto-alegre"), tmp_path / "porto"
    create(home, "Porto Alegre", timezone="America/Sao_Paulo", languages=("pt", "en"))
    async with City.open(home) as city:
        adder = Adder(city.view(city.staff), home, Place(city.config.slug, city.config.timezone))
        _, wrong = await add_all(adder, [data / name for name in FILES], Options())
        assert wrong == []
    plan = Plan(start=datetime(2024, 5, 2), until=datetime(2024, 5, 2, 18), step=timedelta(hours=6))
    work = tmp_path / "work"
    await replay(
        data / "hydromet", work, city=home, timezone="", plan=plan, web=None, say=lambda text: None
    )  # fmt: skip
    async with City.open(work) as city:
        view = city.view(city.staff)
        area = next(iter([each async for each in view.find("FloodRiskArea")]))
        alert = next(iter([each async for each in view.find("Alert")]))
        places = {kind: [each async for each in view.find(kind)] for kind in ("Hospital", "School", "GtfsStop")}
    wet = Burnt(area["location"])
    for kind in ("Hospital", "School"):
        inside = sum(wet.at(*each["location"]["coordinates"]) for each in places[kind] if each.get("location"))
        assert abs(area["affected"][kind]["count"] - inside) <= 1 + 0.05 * inside
    stops = sum(wet.at(*each["location"]["coordinates"]) for each in places["GtfsStop"] if each.get("location"))
    assert 0 < area["affected"]["GtfsStop"]["count"] < stops
    expected = people(data / FILES[3], wet)
    assert expected > 100
    assert abs(area["people"] - expected) < 0.15 * expected + 20
    assert area["affected"]["peopleAtMost"] > area["people"]
    assert "buildings" not in area
    assert "pessoas moram na área mostrada; até" in alert["details"]["pt"]
    assert "maior corpo de água" in alert["details"]["pt"]
    assert " 3,50 m" in alert["headline"]["pt"] and "Guaiba" in alert["headline"]["pt"]
    assert set(alert["headline"]) == {"pt", "en"}


class Burnt:
    """An area in cells."""

    def __init__(self, location: dict[str, object]) -> None:
        outline = shape(location)
        west, south, east, north = outline.bounds
        size = (round((north - south) / 1.5e-4) + 1, round((east - west) / 1.5e-4) + 1)
        self.place = Affine((east - west) / size[1], 0, west, 0, (south - north) / size[0], north)
        self.cells = features.rasterize([outline], size, transform=self.place)

    def at(self, lon: float, lat: float) -> bool:
        """Whether the place is in the area."""
        row, column = int((lat - self.place.f) / self.place.e // 1), int((lon - self.place.c) / self.place.a // 1)
        rows, columns = self.cells.shape
        return bool(0 <= row < rows and 0 <= column < columns and self.cells[row, column])


def people(grid: Path, wet: Burnt) -> float:
    """People of the grid's cells by the share of their hexagons in the area."""
    table = pyarrow.csv.read_csv(grid).to_pydict()
    radius = np.sqrt(HEXAGON_KM2 / np.pi) * 1000 / 111_320
    turns = np.arange(100) * np.pi * (3 - np.sqrt(5))
    far = radius * np.sqrt((np.arange(100) + 0.5) / 100)
    total = 0.0
    for lon, lat, count in zip(table["lon"], table["lat"], table["population"], strict=True):
        if count:
            xs, ys = lon + far * np.cos(turns) / np.cos(np.radians(lat)), lat + far * np.sin(turns)
            total += count * float(np.mean([wet.at(x, y) for x, y in zip(xs, ys, strict=True)]))
    return total

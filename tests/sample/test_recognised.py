"""Every file of the town is taken for what it is by the hands that take in any city's files."""

from __future__ import annotations

from pathlib import Path

import pytest

from noren.intake.guess import mapping_for
from noren.intake.rasters import look
from noren.intake.recognise import recognise
from noren.terms import TYPES

PLACES = {
    "aed.csv": "Defibrillator", "bicycle_parking.csv": "BikeParking", "buildings.gpkg": "Building",
    "care_service.csv": "SeniorFacility", "district_meters.csv": "MeterReading", "districts.gpkg": "District",
    "evacuation_space.csv": "Shelter", "event.csv": "Event", "fire_station.csv": "FireStation",
    "hospital.csv": "Hospital", "land_use.gpkg": "LandUse", "parking_lots.csv": "OffStreetParking",
    "police_station.csv": "PoliceStation", "preschool.csv": "Nursery", "public_facility.csv": "Facility",
    "public_toilet.csv": "Toilet", "rain_gauges.csv": "RainfallObserved", "river_gauges.csv": "WaterObserved",
    "rivers.gpkg": "WaterBody", "school.csv": "School", "streets.gpkg": "RoadSegment",
    "traffic_detectors.csv": "TrafficFlowObserved", "waste_collection.csv": "WasteCollection",
    "weather_stations.csv": "WeatherObserved", "population_by_age.csv": "District",
    "service_requests.csv": "Report",
}  # fmt: skip
SERIES = {
    "river_level_10min.csv": ("WaterObserved", {"waterLevel", "flow"}),
    "rain_10min.csv": ("RainfallObserved", {"precipitation"}),
    "weather_10min.csv": ("WeatherObserved", {"temperature", "relativeHumidity", "windSpeed", "precipitation"}),
    "traffic_5min.csv": ("TrafficFlowObserved", {"intensity", "averageVehicleSpeed", "occupancy"}),
    "parking_10min.csv": ("OffStreetParking", {"occupiedSpotNumber", "availableSpotNumber"}),
    "water_meters_hourly.csv": ("MeterReading", {"consumption"}),
    "power_meters_hourly.csv": ("MeterReading", {"consumption"}),
}
HISTORY = {"measures.csv": ("KeyPerformanceIndicator", {"kpiValue"})}
RESULTS = {"inSurvey", "factor", "groupOf", "estimate", "estimateLow", "estimateHigh", "respondents", "measuredAt"}
RASTERS = {"terrain_dem.tif": "terrain", "permanent_water.tif": "water"}


@pytest.mark.parametrize("name", PLACES)
def test_lists_and_shapes(folder: Path, name: str) -> None:
    (item,) = recognise(folder / name)
    assert item.source is not None
    mapping = mapping_for(item.source)
    assert mapping.type == PLACES[name]
    assert mapping.kind != "series"
    assert mapping.id_columns


@pytest.mark.parametrize("name", SERIES)
@pytest.mark.parametrize("part", [".", "live", "calm"])
def test_readings(folder: Path, name: str, part: str) -> None:
    (item,) = recognise(folder / part / name)
    assert item.source is not None
    mapping = mapping_for(item.source)
    kind, attributes = SERIES[name]
    assert (mapping.kind, mapping.type) == ("series", kind)
    assert attributes <= {column.attribute for column in mapping.columns.values()}


def test_ten_years_of_measures(folder: Path) -> None:
    for name, (kind, attributes) in HISTORY.items():
        (item,) = recognise(folder / name)
        assert item.source is not None
        mapping = mapping_for(item.source)
        assert (mapping.kind, mapping.type) == ("series", kind)
        assert attributes <= {column.attribute for column in mapping.columns.values()}


def test_what_surveys_found(folder: Path) -> None:
    (item,) = recognise(folder / "wellbeing.csv")
    assert item.source is not None
    mapping = mapping_for(item.source)
    assert (mapping.kind, mapping.type) == ("rows", "SurveyResult")
    assert {column.attribute for column in mapping.columns.values()} >= RESULTS


@pytest.mark.parametrize("name", ["vision.jsonld", "plan.jsonld"])
def test_entities(folder: Path, name: str) -> None:
    (item,) = recognise(folder / name)
    assert item.form == "ngsi-ld"
    assert {each["type"] for each in item.entities} <= TYPES.keys()


@pytest.mark.parametrize("name", RASTERS)
def test_rasters(folder: Path, name: str) -> None:
    (item,) = recognise(folder / name)
    assert item.form == "raster"
    assert look(folder / name).role == RASTERS[name]


def test_the_timetable(folder: Path) -> None:
    (item,) = recognise(folder / "gtfs_kawabe.zip")
    assert item.form == "gtfs"


def test_no_file_is_left_out(folder: Path) -> None:
    known = PLACES.keys() | SERIES.keys() | RASTERS.keys() | HISTORY.keys() | {"gtfs_kawabe.zip", "README.md"}
    known |= {"vision.jsonld", "plan.jsonld", "wellbeing.csv", "budget_vote.pb"}
    assert {path.name for path in folder.iterdir() if path.is_file()} == known

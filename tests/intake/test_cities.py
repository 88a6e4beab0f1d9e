"""Real cities' own files, with no code change: each is known for what it is, and few rows are lost."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from noren.intake import guess
from noren.intake.convert import Place, Reader
from noren.intake.recognise import recognise

EXPECTED = [
    ("city/takamatsu/linked_csv/0060.csv", "Shelter", 180, 0),
    ("city/takamatsu/linked_csv/0062.csv.gz", "Hospital", 600, 10),
    ("city/takamatsu/linked_csv/0082.csv", "Reservoir", 800, 0),
    ("city/takamatsu/current/aed_location.xlsx", "Defibrillator", 440, 5),
    ("city/takamatsu/current/fire_station.xlsx", "FireStation", 13, 0),
    ("city/takamatsu/linked_csv/0025.csv", "OffStreetParking", 8, 0),
    ("city/takamatsu/linked_csv/0052.csv", "Hospital", 3, 0),
    ("city/takamatsu/linked_csv/0057.csv", "FireStation", 96, 0),
    ("city/takamatsu/linked_csv/0085_延床面積.csv", "StatisticalObservation", 244, 0),
    ("city/takamatsu/linked_csv/0086.csv", "WasteContainer", 23, 0),
    ("city/takamatsu/current/elderly_welfare_facility.csv", "SeniorFacility", 47, 0),
    ("city/aarhus/parking_2014.csv.gz", "OffStreetParking", 55_000, 0),
    ("city/aarhus/weather_2014-08_2014-09.csv.gz", "WeatherObserved", 4_300, 10),
    ("city/aarhus/traffic_5min_90sensors_2014-08_2014-09.csv.gz", "TrafficFlowObserved", 1_431_925, 0),
    ("city/porto-alegre/hydromet/guaiba_level_15min_2024-04-30_2024-12-31.csv.gz", "WaterObserved", 15_711, 0),
    ("city/porto-alegre/hydromet/inmet_A801_hourly_2024.csv.gz", "WeatherObserved", 8_784, 0),
    ("city/porto-alegre/people/hexgrid_h3r9_population_jobs_schools_health.csv", "PopulationCell", 1_227, 0),
    ("city/porto-alegre/people/risk_sectors_pmrr.geojson", "HazardArea", 204, 0),
    ("city/porto-alegre/flood2024/shelters_status.geojson.gz", "Shelter", 919, 10),
    ("city/porto-alegre/mobility/roads_2020.osm.pbf", "RoadSegment", 12_000, 0),
    ("city/plateau/yokosuka-shi.zip", "Building", 13, 0),
    ("city3d/cityjson/zurich_subset_lod2.city.json", "Building", 40, 0),
]


@pytest.mark.parametrize(("name", "type", "least", "refused"), EXPECTED)
def test_known_for_what_it_is(shared: Callable[[str], Path], name: str, type: str, least: int, refused: int) -> None:
    source = recognise(shared(name))[0].source
    assert source is not None
    mapping = guess.mapping_for(source)
    reader = Reader(mapping, Place("city", "UTC"), "urn:x:dataset")
    for batch in source.open(reader.refused):
        (reader.readings if mapping.kind == "series" else reader.entities)(batch)
    assert mapping.type == type
    assert reader.kept >= least
    assert len({r.row for r in reader.refused}) <= refused

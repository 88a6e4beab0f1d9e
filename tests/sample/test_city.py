"""What the town does all day: traffic, car parks and meters keep their rhythm and their limits."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pyarrow.csv as pc
import pytest

from noren.sample.layout import Town
from noren.sample.sensors import make_sky
from noren.sample.traffic import Detectors, _day


def _lists(path: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(path.read_text("utf-8-sig").splitlines()))


@pytest.mark.parametrize(
    ("stations", "series", "key"),
    [
        ("river_gauges.csv", "river_level_10min.csv", "観測所ID"),
        ("traffic_detectors.csv", "traffic_5min.csv", "検知器ID"),
        ("parking_lots.csv", "parking_10min.csv", "駐車場ID"),
        ("district_meters.csv", "water_meters_hourly.csv", "meter_id"),
        ("weather_stations.csv", "weather_10min.csv", "station_id"),
    ],
)
def test_every_reading_belongs_to_a_listed_station(folder: Path, stations: str, series: str, key: str) -> None:
    known = {row[key] for row in _lists(folder / stations)}
    for part in (folder, folder / "live", folder / "calm"):
        assert set(pc.read_csv(part / series)[key].unique().to_pylist()) <= known


def test_traffic_peaks_in_the_morning_and_rests_at_night(folder: Path) -> None:
    table = pc.read_csv(folder / "calm" / "traffic_5min.csv")
    hour = np.array([int(str(t)[11:13]) for t in table["計測日時"].to_pylist()])
    local = (hour + 9) % 24 if str(table["計測日時"].type).endswith("UTC]") else hour
    counts = table["交通量(台/5分)"].to_numpy()
    by_hour = np.array([counts[local == h].mean() for h in range(24)])
    assert by_hour[8] > 8 * by_hour[3]
    assert by_hour[17] > 1.2 * by_hour[13]
    speed = table["平均速度(km/h)"].to_numpy()
    assert np.nanmax(speed) < 90
    assert table["占有率(%)"].to_numpy().max() <= 96


def test_nobody_drives_over_a_bridge_that_the_river_reaches(town: Town) -> None:
    found, sky = Detectors(town), make_sky(town.land)
    found.bridge[:] = np.arange(len(found.ids)) % 2 == 0
    times = sky.storm.times[:1] + np.arange(288) * np.timedelta64(300, "s")
    closed = np.arange(288) > 200
    counts, speed, _ = _day(found, times, np.zeros(288), closed, np.random.default_rng(1))
    assert counts[201:, found.bridge].sum() == 0
    assert np.isnan(speed[201:, found.bridge]).all()
    assert counts[:200, found.bridge].sum() > 0
    assert counts[201:, ~found.bridge].sum() > 0


def test_car_parks_fill_no_more_than_they_hold_but_for_the_fault(folder: Path) -> None:
    size = {row["駐車場ID"]: int(row["収容台数"]) for row in _lists(folder / "parking_lots.csv")}
    over = 0
    table = pc.read_csv(folder / "parking_10min.csv")
    for park, taken, free in zip(*(table[c].to_pylist() for c in ("駐車場ID", "駐車台数", "空き台数")), strict=True):
        assert taken >= 0
        assert free >= 0
        over += taken > size[park]
        if taken <= size[park]:
            assert taken + free == size[park]
    assert over == 40


def test_a_leak_shows_at_night(folder: Path) -> None:
    table = pc.read_csv(folder / "water_meters_hourly.csv")
    time = np.array([str(t) for t in table["timestamp"].to_pylist()])
    rows = (table["meter_id"].to_numpy(zero_copy_only=False) == "MW003") & np.char.endswith(time, "03:00:00")
    night = table["consumption (m3)"].to_numpy()[rows]
    assert night[-2:].mean() > 2 * night[:4].mean()

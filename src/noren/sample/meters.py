"""Car parks and the water and power meters of districts: how the town fills, drinks and lights up through the day."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa

from noren.sample import files
from noren.sample.faults import Faults, minute, text_times
from noren.sample.layout import Town
from noren.sample.sensors import Sky
from noren.sample.site import Floats, Ints
from noren.sample.trials import changes, tried
from noren.sample.weather import PER_DAY, Spell, conditions

_WATER = (
    np.array([28, 22, 19, 18, 22, 45, 88, 118, 104, 84, 74, 70, 72, 66, 62, 62, 70, 92, 118, 128, 122, 104, 76, 46])
    / 71.25
)
_POWER = (
    np.array(
        [52, 47, 45, 44, 45, 52, 70, 86, 92, 96, 98, 100, 102, 101, 101, 102, 106, 118, 130, 128, 118, 102, 82, 64]
    )
    / 86.7
)
_PARKS = {
    "station": np.array([8, 8, 8, 8, 9, 14, 38, 66, 82, 88, 90, 91, 90, 90, 89, 87, 82, 70, 52, 36, 26, 18, 12, 9])
    / 100,
    "shops": np.array([3, 2, 2, 2, 2, 3, 5, 10, 18, 36, 54, 66, 70, 68, 66, 64, 66, 72, 70, 54, 34, 18, 9, 5]) / 100,
}


def write_car_parks(town: Town, sky: Sky, folder: Path, faults: Faults) -> None:
    """The list and every ten minutes the spaces taken and free."""
    parks = [(p, n) for p, n in zip(town.places, town.titles, strict=True) if p.kind == "OffStreetParking"]
    lon, lat = town.site.lonlat(np.array([p.x for p, _ in parks]), np.array([p.y for p, _ in parks]))
    ids = np.array([f"P{i + 1:03d}" for i in range(len(parks))])
    rows = [
        [key, name.ja, name.en, f"{la:.6f}", f"{lo:.6f}", place.size, "00:00-24:00"]
        for key, (place, name), la, lo in zip(ids, parks, lat, lon, strict=True)
    ]
    files.write_table(
        folder / "parking_lots.csv",
        ["駐車場ID", "駐車場名", "駐車場名_英字", "緯度", "経度", "収容台数", "営業時間"],
        rows,
    )
    size = np.array([p.size for p, _ in parks])
    for part, spell, first, last in _parts(sky, folder):
        taken = _taken(town, spell, size, part.name if part != folder else "history")[first:last]
        if part == folder:
            busy = len(taken) // 2 // PER_DAY * PER_DAY + 70
            taken[busy : busy + 40, 1] = size[1] + 7
            faults.told.append(
                f"parking_10min.csv {ids[1]}: more cars than spaces from {minute(spell.times[first + busy])}"
            )
        step, park = np.nonzero(np.ones(taken.shape, dtype=bool))
        clock = text_times(spell.times[first:last])
        with files.SeriesFile(part / "parking_10min.csv", ["日時", "駐車場ID", "駐車台数", "空き台数"]) as out:
            out.write([clock.take(step), ids[park], taken.ravel(), np.maximum(size[park] - taken.ravel(), 0)])


def _parts(sky: Sky, folder: Path) -> list[tuple[Path, Spell, int, int]]:
    first, live, end = sky.storm.first, sky.storm.live, sky.storm.steps
    return [
        (folder, sky.storm, first, live),
        (folder / "live", sky.storm, live, end),
        (folder / "calm", sky.calm, live, end),
    ]


def _taken(town: Town, spell: Spell, size: Floats, part: str) -> Floats:
    """Cars in each park `[step, park]`; every other one serves the station."""
    draw = town.site.rng(f"parks {part}")
    hour = (np.arange(spell.steps) + 1) / 6 % 24
    day = ((np.arange(spell.steps) + 1) // PER_DAY + int(spell.times[0].astype("datetime64[D]").astype(int)) + 3) % 7
    columns = []
    for i, spaces in enumerate(size):
        station = i % 2 == 0
        shape = np.interp(hour, np.arange(25), np.append(_PARKS["station" if station else "shops"], 0.05))
        weekend = np.where(day >= 5, 0.45 if station else 1.3, 1.0)
        wander = np.interp(
            np.arange(spell.steps) / 9, np.arange(spell.steps // 9 + 3), draw.normal(0, 0.05, spell.steps // 9 + 3)
        )
        columns.append(np.clip(np.round(spaces * (shape * weekend + wander)), 0, spaces))
    return np.stack(columns, axis=1).astype(int)


def write_meters(town: Town, sky: Sky, folder: Path, faults: Faults) -> None:
    """Hourly use of water (m3) and power (kWh) by district; one district's pipes begin to leak."""
    lived = metered(town)
    trials = tried(town.site, "MeterReading", meter_ids("W", len(lived)))
    _write_list(town, lived, folder / "district_meters.csv")
    faults.told.append("water_meters_hourly.csv MW003: a leak that grows over the last third, seen best at night")
    for part, spell, first, last in _parts(sky, folder):
        hours = np.arange(first + 5, last, 6)
        draw = town.site.rng(f"meters {part.name if part != folder else ''}")
        water, power = _use(town, spell, lived, hours, draw)
        water *= changes(trials, "consumption", meter_ids("W", len(lived)), spell.times[hours])
        _leak(water, hours, first, sky.storm.live, town.people.total[lived])
        times = text_times(spell.times[hours], "%Y-%m-%d %H:%M:%S")
        for name, letter, unit, values in (("water", "W", "m3", water), ("power", "E", "kWh", power)):
            _write(part / f"{name}_meters_hourly.csv", letter, unit, times, np.asarray(np.round(values, 2)))


def metered(town: Town) -> Ints:
    """Districts with meters."""
    return np.flatnonzero(town.people.total > 40)[:600]


def meter_ids(letter: str, count: int) -> list[str]:
    """Ids of the meters of water ("W") or power ("E")."""
    return [f"M{letter}{i + 1:03d}" for i in range(count)]


def _write_list(town: Town, lived: Ints, path: Path) -> None:
    lon, lat = town.site.lonlat(town.people.x[lived], town.people.y[lived])
    rows = [
        [f"M{letter}{i + 1:03d}", f"{town.people.names[d].ja}{word}メーター", kind, f"{la:.6f}", f"{lo:.6f}"]
        for kind, word, letter in (("water", "水道", "W"), ("power", "電力", "E"))
        for i, (d, la, lo) in enumerate(zip(lived, lat, lon, strict=True))
    ]
    headings = ["meter_id", "name", "meter_kind", "latitude", "longitude"]
    files.write_table(path, headings, rows, encoding="utf-8")


def _use(town: Town, spell: Spell, lived: Ints, hours: Ints, draw: np.random.Generator) -> tuple[Floats, Floats]:
    """Water and power `[hour, district]`: by the clock, and power by the heat."""
    people, homes = town.people.total[lived], town.people.households[lived]
    warm = conditions(spell, spell.rain(town.growth.x[:1], town.growth.y[:1])[:, 0], 0)["temperature"][hours]
    hour = ((hours + 1) // 6 - 1) % 24
    cooling = 1 + 0.028 * np.clip(warm - 23, 0, 9)
    water = people * 0.235 / 24 * _WATER[hour][:, None] * draw.normal(1, 0.04, (len(hours), len(lived)))
    power = homes * 11.4 / 24 * (_POWER[hour] * cooling)[:, None] * draw.normal(1, 0.03, water.shape)
    return water, power


def _leak(water: Floats, hours: Ints, first: int, live: int, people: Ints) -> None:
    grown = np.clip((hours - first) / max(live - first, 1) * 3 - 2, 0, 1)
    water[:, 2] += grown * people[2] * 0.235 / 24 * 0.55


def _write(path: Path, letter: str, unit: str, times: pa.Array, values: Floats) -> None:
    step, meter = np.nonzero(np.ones(values.shape, dtype=bool))
    ids = np.array(meter_ids(letter, values.shape[1]))
    with files.SeriesFile(path, ["timestamp", "meter_id", f"consumption ({unit})"]) as out:
        out.write([times.take(step), ids[meter], values.ravel()])

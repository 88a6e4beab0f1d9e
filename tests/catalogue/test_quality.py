"""Faults that were put in are found; what is sound is let alone."""

from __future__ import annotations

import numpy as np
import pyarrow.csv
import pytest
from hypothesis import given
from hypothesis import strategies as st

from noren.catalogue import quality
from noren.catalogue.bridging import gaps_of

HOURS = np.arange(0.0, 500 * 3600, 3600)
WAVE = 2 + np.sin(HOURS / 40_000) + 0.01 * np.cos(HOURS / 3_000)


def kinds(**series: tuple[np.ndarray, np.ndarray]) -> dict[str, int]:
    return {f.kind: f.count for f in quality.series_findings(series)}


def test_a_sound_series_has_no_findings() -> None:
    assert kinds(a=(HOURS, WAVE)) == {}


@given(st.integers(20, 450), st.integers(5, 40))
def test_a_gap_is_found_where_it_is(start: int, length: int) -> None:
    keep = np.ones(len(HOURS), bool)
    keep[start : start + length] = False
    times = HOURS[keep]
    assert gaps_of(times, 3600) == [(HOURS[start - 1], HOURS[start + length])]


@given(st.integers(5, 490), st.floats(5, 100))
def test_a_lone_spike_is_found(place: int, height: float) -> None:
    values = WAVE.copy()
    values[place] += height
    assert quality.jumps(values).tolist() == [place]


def test_a_stuck_sensor_is_told_from_a_resting_one() -> None:
    stuck = WAVE.copy()
    stuck[100:140] = stuck[100]
    assert kinds(a=(HOURS, stuck))["flat"] == 1
    resting = np.where(np.arange(len(HOURS)) % 7 == 0, WAVE, 0.0)
    assert quality.flat(HOURS, np.repeat(resting[:100], 5)) is None


def test_the_sensor_that_leaves_the_others_is_named() -> None:
    wrong = WAVE.copy()
    wrong[200:260] += 0.7
    found = quality.series_findings({"a": (HOURS, WAVE), "b": (HOURS, WAVE * 1.1), "c": (HOURS, wrong)})
    (apart,) = [f for f in found if f.kind == "disagree"]
    assert apart.examples[0]["entity"] == "c"


@pytest.mark.parametrize("language", ["en", "ja"])
def test_findings_are_in_words(language: str) -> None:
    found = quality.finding("gap", "medium", 3, longest="5 h", start="2026-01-01")
    assert "3" in found.text[language]
    assert "{" not in found.text[language]


@given(st.integers(50, 400), st.sampled_from([-9.0, 9.0]), st.integers(20, 60))
def test_a_sensor_that_was_moved_is_told_and_its_way_back(at, by, long):
    moved = WAVE.copy()
    moved[at : at + long] += by
    assert quality.shifts(HOURS, moved) == [at, at + long]
    assert kinds(a=(HOURS, moved))["shift"] == 1
    assert quality.shifts(HOURS, WAVE) == []


def test_a_lone_spike_is_no_step():
    spike = WAVE.copy()
    spike[200] += 3
    assert quality.shifts(HOURS, spike) == []


def test_what_happened_in_a_gap_is_no_step():
    risen = np.where(HOURS[250] < HOURS, WAVE + 9, WAVE)
    later = np.where(HOURS[250] < HOURS, HOURS + 86400, HOURS)
    assert quality.shifts(HOURS, risen) == [251]
    assert quality.shifts(later, risen) == []


@pytest.mark.parametrize(
    ("part", "steps"),
    [
        ("2023-08_2023-12", []),
        ("2024-04-08_2024-05-06", ["2024-05-03 00:15", "2024-05-03 12:30"]),
        ("2024-04-30_2024-12-31", []),
    ],
)
def test_the_gauge_that_was_lost_in_the_flood(shared, part, steps):
    """On 3 May 2024 the Guaíba's record goes on a metre too low for twelve hours."""
    table = pyarrow.csv.read_csv(shared(f"city/porto-alegre/hydromet/guaiba_level_15min_{part}.csv.gz"))
    table = table.filter(table["level_m"].is_valid())
    times = table["time_local"].cast("timestamp[us]").to_numpy()
    found = quality.shifts(times.astype(float) / 1e6, table["level_m"].to_numpy().astype(float))
    assert [str(times[i])[:16].replace("T", " ") for i in found] == steps

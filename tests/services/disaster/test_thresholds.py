"""Whose word counts."""

import numpy as np
import pytest

from noren.services.disaster.gauges import stages
from noren.services.disaster.thresholds import Levels, Thresholds, choose, hint
from noren.terms.records import StageThresholds, WaterObserved

OWN, NAMED, ALL, TOML = Levels(1, 2, 3), Levels(4, 5, 6), Levels(7, 8, 9), Levels(10, 11, 12)


def test_the_nearest_word_counts_whole():
    assert choose(OWN, [NAMED], [ALL], TOML) == Thresholds(OWN, "own")
    assert choose(Levels(), [NAMED], [ALL], TOML) == Thresholds(NAMED, "named")
    assert choose(Levels(), [], [ALL], TOML) == Thresholds(ALL, "city")
    assert choose(Levels(), [Levels()], [], TOML) == Thresholds(TOML, "settings")
    assert choose(Levels(), [], [], Levels()) == Thresholds(Levels(), "unknown")
    assert choose(Levels(flood=3.0), [NAMED], [], TOML).levels == Levels(flood=3.0)


def test_a_stage_below_a_lower_one_is_dropped():
    assert choose(Levels(2.0, 3.0, 1.0), [], [], Levels()).levels == Levels(2.0, 3.0, None)
    assert choose(Levels(2.0, float("nan"), 4.0), [], [], Levels()).levels == Levels(2.0, None, 4.0)


def test_known_stages_come_lowest_first():
    assert Thresholds(Levels(None, 2.6, 3.5), "own").known() == [("flood", 2.6), ("severe", 3.5)]


def test_a_hint_is_a_quantile_and_needs_a_record():
    assert hint(np.arange(10_001) / 10_000) == Levels(0.95, 0.99, 1.0)
    assert hint(np.ones(10)) == Levels()


def test_what_is_open_comes_from_who_agrees():
    city = Levels(1.56, 2.6, 3.5)
    assert choose(Levels(), [Levels(flood=2.6)], [city], Levels()) == Thresholds(city, "named")
    assert choose(Levels(), [Levels(flood=3.0)], [city], Levels()).levels == Levels(flood=3.0)


CITY = StageThresholds(id="urn:ngsi-ld:StageThresholds:x:all", alert_level=1.56, flood_level=2.6)
SINGLE = [
    StageThresholds(
        id=f"urn:ngsi-ld:StageThresholds:x:{code}", name=name, flood_level=stage, applies_to=[f"urn:x:{code}"]
    )
    for code, name, stage in (("20", "Usina do Gasômetro — Guaíba", 2.6), ("04", "Cais Mauá C6 — Guaíba", 3.0))
]


@pytest.mark.parametrize(
    ("id", "name", "flood", "source"),
    [
        ("urn:x:04", "gauge", 3.0, "named"),
        ("urn:x:1", "Guaíba, Cais Mauá", 3.0, "named"),
        ("urn:x:1", "GASOMETRO", 2.6, "named"),
        ("urn:x:1", "Guaíba", 2.6, "city"),
        ("urn:x:1", "Jacuí", 2.6, "city"),
    ],
)
def test_stages_of_a_single_station_hold_for_its_code_or_name(id, name, flood, source):
    found = stages(WaterObserved(id=id, name=name), [CITY, *SINGLE], {})
    assert (found.levels.flood, found.source) == (flood, source)

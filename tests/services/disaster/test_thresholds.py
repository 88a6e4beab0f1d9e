"""Whose word counts."""

import numpy as np

from noren.services.disaster.thresholds import Levels, Thresholds, choose, hint

OWN, NAMED, CITY, TOML = Levels(1, 2, 3), Levels(4, 5, 6), Levels(7, 8, 9), Levels(10, 11, 12)


def test_the_nearest_word_counts_whole():
    assert choose(OWN, [NAMED], [CITY], TOML) == Thresholds(OWN, "own")
    assert choose(Levels(), [NAMED], [CITY], TOML) == Thresholds(NAMED, "named")
    assert choose(Levels(), [], [CITY], TOML) == Thresholds(CITY, "city")
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

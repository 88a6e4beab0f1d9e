"""From forecast to situation: what is said when, and what is taken back when."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from noren.services.disaster.decide import Situation, course, decide, situation
from noren.services.disaster.forecast import Forecast
from noren.services.disaster.series import HOUR
from noren.services.disaster.thresholds import Levels, Thresholds

STAGES = Thresholds(Levels(1.0, 2.0, 3.0), "own")
HOURS = np.arange(1.0, 25.0)


def ahead(level: float, peak: float, spread: float = 0.2) -> Forecast:
    """A forecast that goes evenly from `level` to `peak`, with normal errors that grow to `spread`."""
    middle = level + (peak - level) * HOURS / 24
    errors = np.random.default_rng(0).normal(0, spread, 400)[:, None] * HOURS / 24
    paths = middle + errors
    low, high = np.quantile(paths, [0.1, 0.9], axis=0)
    return Forecast(0.0, level, HOURS, middle, low, high, paths, "x", "rising")


@pytest.mark.parametrize(
    ("level", "peak", "said", "severity"),
    [
        (0.5, 0.6, None, None),
        (0.5, 1.1, "alert-expected", "informational"),
        (1.2, 1.3, "alert-reached", "low"),
        (1.5, 1.9, "flood-possible", "medium"),
        (1.5, 2.1, "flood-expected", "high"),
        (2.1, 2.3, "flood-reached", "high"),
        (2.1, 3.2, "severe-expected", "critical"),
        (3.1, 3.0, "severe-reached", "critical"),
    ],
)
def test_the_gravest_situation_is_said(level, peak, said, severity):
    found = decide(ahead(level, peak), STAGES)
    assert (found.code if found else None) == said
    assert (found.severity if found else None) == severity


def test_the_warning_precedes_the_water():
    found = decide(ahead(1.2, 2.4), STAGES)
    assert found == Situation("flood", "expected")
    assert found.certainty == "likely"


def test_it_is_taken_back_later_than_it_was_given():
    before = Situation("flood", "expected")
    almost = ahead(1.5, 1.92)
    assert 0.3 < almost.probability(2.0) < 0.5
    assert decide(almost, STAGES) == Situation("flood", "possible")
    assert decide(almost, STAGES, before) == before
    assert decide(ahead(1.5, 1.6), STAGES, before) == Situation("alert", "reached")
    assert decide(ahead(0.3, 0.3), STAGES, before) is None


def test_water_just_under_the_stage_is_still_there():
    before = Situation("flood", "reached")
    assert decide(ahead(1.97, 1.5, 0.05), STAGES, before) == before
    assert decide(ahead(1.9, 1.5, 0.05), STAGES, before) == Situation("alert", "reached")


def test_a_silent_gauge_takes_nothing_back():
    before = Situation("severe", "expected")
    assert decide(ahead(0.3, 0.3), STAGES, before, silent=True) == before
    assert decide(ahead(3.2, 3.3), STAGES, before, silent=True) == Situation("severe", "reached")


def test_without_stages_nothing_is_said():
    assert decide(ahead(9, 9), Thresholds(Levels(), "unknown")) is None


def test_only_what_is_known_is_used():
    assert decide(ahead(1.5, 2.5), Thresholds(Levels(flood=2.0), "own")) == Situation("flood", "expected")


@given(st.floats(0, 4), st.floats(0, 4), st.floats(0, 1))
def test_more_water_is_never_less_grave(level, peak, more):
    def rank(found):
        return 99 if found is None else found.rank

    assert rank(decide(ahead(level + more, peak + more), STAGES)) <= rank(decide(ahead(level, peak), STAGES))


@given(st.floats(0, 4), st.floats(0, 4), st.sampled_from([None, "flood-expected", "alert-reached", "severe-reached"]))
def test_memory_never_hides_a_graver_situation(level, peak, before):
    fresh, kept = decide(ahead(level, peak), STAGES), decide(ahead(level, peak), STAGES, situation(before))
    if fresh is not None:
        assert kept is not None and kept.rank <= fresh.rank


def test_codes_come_back():
    for code in ("flood-expected", "severe-reached", "alert-expected", "flood-possible"):
        assert situation(code).code == code
    assert situation(None) is None and situation("flood-over") is None and situation("x") is None


def test_a_warning_holds_from_the_crossing_to_the_end():
    when = course(ahead(1.0, 3.0), 2.0, "expected")
    assert when.begins == pytest.approx(12 * HOUR)
    assert when.ends == 24 * HOUR
    assert when.urgency == "future"
    assert course(ahead(1.99, 3.0), 2.0, "expected").urgency == "expected"
    falling = course(ahead(2.2, 1.0, 0.05), 2.0, "reached")
    assert falling.begins == 0 and falling.urgency == "immediate"
    assert 2 * HOUR <= falling.ends <= 8 * HOUR

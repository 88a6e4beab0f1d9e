"""The summary is honest about warnings: what was taken back before the water came does not count."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from noren.run.summary import Crossing, Summary, Told, standing_since

FIRST = datetime(2024, 5, 1, tzinfo=UTC)


def hour(number: float) -> datetime:
    return FIRST + timedelta(hours=number)


def told(at: float, sub_category: str, certainty: str = "likely", stands: bool = True) -> Told:
    return Told(hour(at), stands, "g", sub_category, "high", certainty, "words")


@pytest.mark.parametrize(
    ("course", "since"),
    [
        ([], None),
        ([told(1, "flood-expected")], 1),
        ([told(1, "flood-possible", "possible"), told(5, "flood-expected")], 1),
        ([told(1, "flood-expected"), told(3, "flood-expected", stands=False)], None),
        ([told(1, "flood-expected"), told(3, "alert-reached", "observed"), told(6, "flood-expected")], 6),
        ([told(1, "severe-expected")], 1),
        ([told(1, "alert-expected")], None),
        ([told(11, "flood-expected")], None),
        ([told(10, "flood-reached", "observed")], None),
        ([told(4, "flood-expected"), told(10, "flood-reached", "observed")], 4),
    ],
)
def test_since_when_a_warning_stood(course: list[Told], since: float | None) -> None:
    """The water crosses the flood stage ten hours in."""
    assert standing_since(course, "flood", hour(10)) == (None if since is None else hour(since))


def test_in_words() -> None:
    crossings = [
        Crossing("urn:ngsi-ld:WaterObserved:t:bridge", "flood", 2.6, hour(30), hour(9), 21.0),
        Crossing("urn:ngsi-ld:WaterObserved:t:bridge", "severe", 3.5, hour(40), None, None),
    ]
    text = Summary(hour(0), hour(48), 10, told(9, "flood-expected"), crossings, [], [], 3.0).text()
    assert "2024-05-01 09:00: first warning, “words”" in text
    assert "2024-05-02 06:00: flood stage 2.60 m at bridge crossed; the warning came 21.0 h before." in text
    assert "severe stage 3.50 m at bridge crossed, without a warning." in text
    assert "No warning was given." in Summary(hour(0), hour(1), 0, None, [], [], [], 0.0).text()

"""Single values: published forms, and what sensors really send."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from noren.errors import BadInput
from noren.intake.connectors import values

NOW = datetime(2026, 7, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "value"), [("1.5", 1.5), ("1,5", 1.5), (" -3 ", -3), ("+4", 4), ("1e3", 1000.0), (7, 7), (0.5, 0.5)]
)
def test_number(text: object, value: float) -> None:
    found = values.number(text)
    assert (found, type(found)) == (value, type(value))


@pytest.mark.parametrize(
    "bad", ["", "1 m", "1.234,5", "1_000", "NaN", "inf", float("nan"), float("inf"), 10**400, True, None, [], {}, "０x"]
)
def test_no_number(bad: object) -> None:
    with pytest.raises(BadInput):
        values.number(bad)


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_any_number_survives_being_written(number: float) -> None:
    assert values.number(repr(number)) == number
    assert values.number(repr(number).replace(".", ",")) == number


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("2026-07-01T09:00:00Z", ""),
        ("2026-07-01T18:00:00+09:00", ""),
        ("2026-07-01 18:00:00", ""),
        ("20260701T180000", ""),
        (1782896400, ""),
        ("1782896400", ""),
        (1782896400000, ""),
        (1782896400000000, ""),
        ("01.07.2026 18:00", "%d.%m.%Y %H:%M"),
    ],
)
def test_times(text: object, written: str) -> None:
    """A time that states no zone is the city's."""
    assert values.moment(text, "Asia/Tokyo", written) == datetime(2026, 7, 1, 9, tzinfo=UTC)


@given(st.datetimes(min_value=datetime(1971, 1, 1), max_value=datetime(2100, 1, 1)), st.integers(-14, 14))
def test_any_iso_time_is_read(naive: datetime, hours: int) -> None:
    time = naive.replace(tzinfo=timezone(timedelta(hours=hours)))
    assert values.moment(time.isoformat(), "UTC") == time


@pytest.mark.parametrize("bad", ["yesterday", "", None, [], 1e30, float("nan"), "31.02.2026"])
def test_no_time(bad: object) -> None:
    with pytest.raises(BadInput):
        values.moment(bad, "UTC")


def test_times_that_cannot_be() -> None:
    with pytest.raises(BadInput, match="1900"):
        values.when("1900-01-01T00:00:00Z", "UTC", "", NOW)
    with pytest.raises(BadInput, match="ahead of the city's clock"):
        values.when("2026-07-01T18:00:00", "UTC", "", NOW)
    assert values.when("2026-07-01T12:10:00", "UTC", "", NOW) == NOW + timedelta(minutes=10)


@pytest.mark.parametrize(
    ("place", "words"),
    [
        ([34.3, 134.0], "swapped"),
        ([134.0, -90], "no place"),
        ([181, 10], "no place"),
        ([0, 0], "without a fix"),
        (["x", 1], "not a number"),
        ([134.0], "longitude and latitude"),
        ({"lat": 1}, "longitude and latitude"),
        (None, "longitude and latitude"),
    ],
)
def test_impossible_places(place: object, words: str) -> None:
    with pytest.raises(BadInput, match=words):
        values.point(place)


def test_a_place() -> None:
    assert values.point(["134,05", "34.35"]) == {"type": "Point", "coordinates": [134.05, 34.35]}


@given(st.text(min_size=1))
def test_the_last_part_of_an_id_holds_what_a_uri_can(name: str) -> None:
    local = values.local(name)
    assert local.isascii()
    assert not set(local) & set(' <>"{}|\\^`\n')


@pytest.mark.parametrize("value", [None, "", " - ", "NaN", "n/a", "-999", -999, -999.0])
def test_missing(value: object) -> None:
    assert values.is_missing(value, ("-999",))
    assert not values.is_missing(0, ("-999",))

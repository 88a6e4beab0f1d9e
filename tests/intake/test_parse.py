"""Numbers and times in the shapes that files have them."""

from __future__ import annotations

import math
from datetime import UTC, datetime

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from noren.intake import parse

TOKYO = "Asia/Tokyo"


def column(*cells: str | None) -> pa.ChunkedArray:
    return pa.chunked_array([pa.array(cells, pa.string())])


@given(st.floats(allow_nan=False, allow_infinity=False, min_value=-1e12, max_value=1e12))
def test_a_number_written_is_the_number_read(number: float) -> None:
    written = repr(number)
    assert parse.numbers(column(written)).to_pylist() == [number]
    if "e" not in written:
        assert parse.numbers(column(written.replace(".", ",")), "comma").to_pylist() == [number]


@given(st.text(max_size=12))
def test_no_text_raises(cell: str) -> None:
    for style in ("point", "comma"):
        read = parse.numbers(column(cell), style).to_pylist()[0]
        assert read is None or math.isfinite(read)


def test_what_is_no_number_is_empty() -> None:
    assert parse.numbers(column("NaN", "inf", "1.2.3", "1,234.5", "－３．５")).to_pylist() == [
        None,
        None,
        None,
        1234.5,
        -3.5,
    ]


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        (["2014-05-22 09:09:04.145"], datetime(2014, 5, 22, 0, 9, 4, 145000, UTC)),
        (["2026-05-22T00:05:00+09:00"], datetime(2026, 5, 21, 15, 5, tzinfo=UTC)),
        (["2026-05-22T00:05:00Z"], datetime(2026, 5, 22, 0, 5, tzinfo=UTC)),
        (["2026/05/22 00:10"], datetime(2026, 5, 21, 15, 10, tzinfo=UTC)),
        (["20120101 01:00"], datetime(2011, 12, 31, 16, 0, tzinfo=UTC)),
        (["3/4/2020", "12/25/2020"], datetime(2020, 3, 3, 15, 0, tzinfo=UTC)),
        (["3/4/2020", "25/12/2020"], datetime(2020, 4, 2, 15, 0, tzinfo=UTC)),
        (["24.12.2020 18:00"], datetime(2020, 12, 24, 9, 0, tzinfo=UTC)),
        (["令和5年4月1日"], datetime(2023, 3, 31, 15, 0, tzinfo=UTC)),
        (["平成元年1月8日"], datetime(1989, 1, 7, 15, 0, tzinfo=UTC)),
        (["2024年01月02日"], datetime(2024, 1, 1, 15, 0, tzinfo=UTC)),
    ],
)
def test_times_are_read_as_they_are_meant(cells: list[str], expected: datetime) -> None:
    form = parse.time_format(column(*cells))
    assert form is not None
    assert parse.moments(column(*cells), form, TOKYO).to_pylist()[0] == expected


def test_an_hour_that_a_clock_change_doubles_is_the_earlier_one() -> None:
    read = parse.moments(column("2014-10-26T02:30:00"), parse.ISO, "Europe/Copenhagen").to_pylist()[0]
    assert read == datetime(2014, 10, 26, 0, 30, tzinfo=UTC)


def test_words_are_no_times() -> None:
    assert parse.time_format(column("monday", "tuesday")) is None
    assert parse.epoch_format(column("12", "13")) is None
    assert parse.epoch_format(column("1714000000", "1714000600")) == parse.EPOCH_S


def test_numbers_that_say_what_they_count() -> None:
    cells = pa.chunked_array([["120人", "40 名", "35%", "1,200台程度", "人", "19（休床中）"]])
    assert parse.numbers(cells).to_pylist() == [120, 40, 35, 1200, None, None]

"""The tape against the plainest possible meaning of it: look at every reading."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from noren.intake.connectors.player import Tape
from noren.terms.record import stamp

START = datetime(2026, 7, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)
READINGS = st.lists(
    st.tuples(st.sampled_from("ab"), st.sampled_from(["waterLevel", "flow"]), st.integers(0, 47)), max_size=30
)
HOURS = st.floats(-60, 200, allow_nan=False)


def table(readings: list[tuple[str, str, int]]) -> pa.Table:
    rows = [
        {"type": "WaterObserved", "entity": f"urn:x:{name}", "attribute": attribute, "observed": START + HOUR * hour}
        | {"number": float(number), "value": None}
        for number, (name, attribute, hour) in enumerate(dict.fromkeys(readings))
    ]
    schema = pa.schema(
        [
            *((name, pa.string()) for name in ("type", "entity", "attribute")),
            ("observed", pa.timestamp("us", "UTC")),
            ("number", pa.float64()),
            ("value", pa.string()),
        ]
    )
    return pa.Table.from_pylist(rows, schema)


def facts(entities: list[dict[str, Any]]) -> list[tuple[str, str, str, float]]:
    found = [
        (value["observedAt"], entity["id"], name, value["value"])
        for entity in entities
        for name, value in entity.items()
        if isinstance(value, dict)
    ]
    return sorted(found)


def expected(readings: pa.Table, after: datetime, until: datetime, loop: timedelta | None) -> list[Any]:
    found = []
    for row in readings.to_pylist():
        for turn in range(-10, 20) if loop else [0]:
            observed = row["observed"] + turn * (loop or timedelta())
            if after < observed <= until:
                found.append((stamp(observed), row["entity"], row["attribute"], row["number"]))
    return sorted(found)


@given(READINGS, HOURS, st.floats(0, 40), st.sampled_from([None, 48, 72]))
def test_between(readings: list[tuple[str, str, int]], after: float, length: float, round_: int | None) -> None:
    loop = timedelta(hours=round_) if round_ else None
    rows, low = table(readings), START + after * HOUR
    tape = Tape(rows, loop=loop)
    assert facts(tape.between(low, low + length * HOUR)) == expected(rows, low, low + length * HOUR, loop)


@given(READINGS, HOURS, st.sampled_from([None, 48]))
def test_next(readings: list[tuple[str, str, int]], after: float, round_: int | None) -> None:
    loop = timedelta(hours=round_) if round_ else None
    rows, low = table(readings), START + after * HOUR
    coming = expected(rows, low, low + timedelta(hours=400), loop)
    found = Tape(rows, loop=loop).next(low)
    assert (found and stamp(found)) == (coming[0][0] if coming else None)


@given(READINGS, HOURS, st.sampled_from([None, 48]))
def test_standing(readings: list[tuple[str, str, int]], at: float, round_: int | None) -> None:
    loop = timedelta(hours=round_) if round_ else None
    rows, now = table(readings), START + at * HOUR
    newest = {
        (id, name): (time, id, name, value) for time, id, name, value in expected(rows, START - 500 * HOUR, now, loop)
    }
    assert facts(Tape(rows, loop=loop).standing(now)) == sorted(newest.values())


def test_start_and_end_cut_the_tape() -> None:
    tape = Tape(table([("a", "flow", hour) for hour in range(10)]), start=START + 3 * HOUR, end=START + 5 * HOUR)
    assert tape.span == (START + 3 * HOUR, START + 4 * HOUR)
    assert len(tape) == 2


def test_an_empty_tape() -> None:
    for loop in (None, HOUR):
        tape = Tape(table([]), loop=loop)
        assert (tape.span, tape.next(START), tape.standing(START), tape.between(START, START + HOUR)) == (
            None,
            None,
            [],
            [],
        )


def test_readings_of_one_moment_stay_together() -> None:
    tape = Tape(table([("a", "flow", 1), ("b", "flow", 1), ("a", "waterLevel", 1), ("a", "flow", 2)]))
    assert [entity["id"] for entity in tape.between(START, START + 2 * HOUR)] == ["urn:x:a", "urn:x:b", "urn:x:a"]

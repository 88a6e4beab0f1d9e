"""Bridging series of different intervals: one rule an attribute, up to a limit; longer gaps stay empty and are shown.

A level or a temperature moves steadily, so a short missing stretch is bridged by a straight line; a count or an amount
of rain belongs to its own interval and is never bridged. Nothing is bridged for longer than `LIMIT` usual intervals.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Literal

import msgspec
import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

Rule = Literal["linear", "step"]
Floats = npt.NDArray[np.float64]
LIMIT = 3.0
STEPS = frozenset({"precipitation", "intensity", "consumption", "occupiedSpotNumber", "availableSpotNumber"})


class Bridged(msgspec.Struct):
    """Points for a chart (None where nothing is known) and the stretches left empty."""

    rule: Rule
    interval: float | None
    points: list[tuple[datetime, float | None]]
    gaps: list[tuple[datetime, datetime]]


def rule_of(attribute: str) -> Rule:
    """The rule by which an attribute is bridged."""
    return "step" if attribute in STEPS else "linear"


def usual_interval(seconds: Floats) -> float | None:
    """Median distance of the times in seconds, None for fewer than three."""
    distances = np.diff(np.unique(seconds))
    return float(np.median(distances)) if len(distances) > 1 else None


def columns(table: pa.Table) -> tuple[Floats, Floats]:
    """Times in seconds since 1970 and values of a series, sorted, rows without a number left out."""
    known = table.filter(pc.is_valid(table["number"]))
    times = known["observed"].cast(pa.timestamp("us", "UTC")).cast(pa.int64()).to_numpy() / 1e6
    order = np.argsort(times, kind="stable")
    return times[order], known["number"].to_numpy()[order]


def bridge(table: pa.Table, attribute: str, *, points: int = 600) -> Bridged:
    """The series of one entity (columns observed, number) as at most about `points` points.

    Where there are more readings a point is the mean of a stretch. A gap longer than the limit is left empty.
    """
    rule = rule_of(attribute)
    times, values = columns(table)
    interval = usual_interval(times)
    if not len(times):
        return Bridged(rule, None, [], [])
    gaps = gaps_of(times, interval, rule)
    thin_times, thin_values = thinned(times, values, points)
    shown: list[tuple[float, float | None]] = [(t, float(v)) for t, v in zip(thin_times, thin_values, strict=True)]
    shown += [(start + 1e-3, None) for start, _ in gaps]
    shown.sort(key=lambda point: point[0])
    ends = [(moment(start), moment(end)) for start, end in gaps]
    return Bridged(rule, interval, [(moment(t), v) for t, v in shown], ends)


def gaps_of(times: Floats, interval: float | None, rule: Rule = "linear") -> list[tuple[float, float]]:
    """Stretches between readings that are too long to be bridged, in seconds since 1970."""
    if interval is None:
        return []
    limit = interval * (LIMIT if rule == "linear" else 1.5)
    breaks = np.flatnonzero(np.diff(times) > limit)
    return [(float(times[i]), float(times[i + 1])) for i in breaks]


def thinned(times: Floats, values: Floats, points: int) -> tuple[Floats, Floats]:
    """At most `points` means of equal stretches of time; empty stretches give none."""
    if len(times) <= points:
        return times, values
    edges = np.linspace(times[0], times[-1], points + 1)
    place = np.clip(np.digitize(times, edges) - 1, 0, points - 1)
    counts = np.bincount(place, minlength=points)
    held = counts > 0
    mean_t, mean_v = np.bincount(place, times, points)[held], np.bincount(place, values, points)[held]
    return mean_t / counts[held], mean_v / counts[held]


def moment(seconds: float) -> datetime:
    """The time that many seconds after 1970."""
    return datetime.fromtimestamp(seconds, UTC)

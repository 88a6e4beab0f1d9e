"""Readings of a gauge made fit for computing: tidied, judged, and laid on an even grid.

Times are seconds since 1970 (UTC, float64), levels metres. Nothing here knows a city. Names to know: `tidy`,
`Limits` with `trusted`, `on_grid`.

>>> import numpy as np
>>> readings = tidy(np.array([0.0, 1800.0, 1800.0, 7200.0]), np.array([1.0, 1.2, 1.4, np.nan]))
>>> readings.values
array([1. , 1.3])
>>> on_grid(readings, end=1800.0, step=900.0, count=3, longest_gap=3600.0)
array([1.  , 1.15, 1.3 ])
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
HOUR = 3600.0
FARTHEST = 50.0
"""Metres from the median beyond which a value is no stage but a code for "missing" (-999, 9999)."""


class Readings(NamedTuple):
    """Readings in order of time, one a moment, all finite."""

    times: Floats
    values: Floats

    @property
    def interval(self) -> float:
        """Usual time between two readings in seconds; 0 when there are fewer than two."""
        return float(np.median(np.diff(self.times))) if len(self.times) > 1 else 0.0

    def since(self, start: float) -> Readings:
        """The readings from `start` on."""
        first = int(np.searchsorted(self.times, start))
        return Readings(self.times[first:], self.values[first:])

    def until(self, end: float) -> Readings:
        """The readings up to and including `end`."""
        last = int(np.searchsorted(self.times, end, side="right"))
        return Readings(self.times[:last], self.values[:last])


def tidy(times: Floats, values: Floats) -> Readings:
    """Readings sorted, without what is not finite or absurdly far off; those of one moment become their median."""
    times, values = np.asarray(times, np.float64), np.asarray(values, np.float64)
    good = np.isfinite(times) & np.isfinite(values)
    times, values = times[good], values[good]
    if len(values):
        near = np.abs(values - np.median(values)) <= FARTHEST
        times, values = times[near], values[near]
    order = np.argsort(times, kind="stable")
    return _one_a_moment(times[order], values[order])


def _one_a_moment(times: Floats, values: Floats) -> Readings:
    moments, first, counts = np.unique(times, return_index=True, return_counts=True)
    single = values[first]
    for i in np.flatnonzero(counts > 1):
        single[i] = np.median(values[first[i] : first[i] + counts[i]])
    return Readings(moments, single)


class Limits(NamedTuple):
    """How fast this water can rise and fall, metres an hour, and a jump that needs no explanation, metres."""

    rise: float = 1.5
    fall: float = 0.5
    jump: float = 0.15


def limits(readings: Readings) -> Limits:
    """Learn `Limits` from a history: rivers rise fast and fall slowly, so the two are learnt apart.

    The hourly change that is exceeded once in a thousand, times four for a rise (a record flood outruns every
    one before) and two for a fall; never tighter than 0.3 m/h and 0.1 m/h.
    """
    if len(readings.times) < 200:
        return Limits()
    count = int((readings.times[-1] - readings.times[0]) / HOUR) + 1
    hourly = on_grid(readings, readings.times[-1], HOUR, count, 3 * HOUR)
    change = np.diff(hourly)
    change = change[np.isfinite(change)]
    if len(change) < 48:
        return Limits()
    fall, rise = np.quantile(change, [0.001, 0.999])
    step = float(np.quantile(np.abs(np.diff(readings.values)), 0.999))
    return Limits(max(4 * float(rise), 0.3), max(-2 * float(fall), 0.1), max(3 * step, 0.1))


def trusted(readings: Readings, bounds: Limits) -> npt.NDArray[np.bool_]:
    """Which readings may be computed with: those that the last good one could have become in the time between.

    A reading that jumps is left out; so are those after it, until one fits the last good reading again or the
    time that has passed explains the difference. A rise that the next reading confirms is believed at once: it is
    safer to be wrong about a broken gauge than about a broken dam.
    """
    times, values = readings
    good = np.ones(len(values), np.bool_)
    last = 0
    for i in range(1, len(values)):
        change, hours = values[i] - values[last], (times[i] - times[last]) / HOUR
        good[i] = -bounds.jump - bounds.fall * hours <= change <= bounds.jump + bounds.rise * hours
        if not good[i] and change > 0 and i - last > 1 and abs(values[i] - values[i - 1]) <= bounds.jump:
            good[i] = True
        if good[i]:
            last = i
    return good


def on_grid(readings: Readings, end: float, step: float, count: int, longest_gap: float) -> Floats:
    """Levels at `count` moments `step` seconds apart, the last of them `end`; linear between readings.

    NaN before the first reading, after the last, and inside gaps longer than `longest_gap` seconds.
    """
    moments = end - step * np.arange(count - 1, -1, -1.0)
    times, values = readings
    if len(times) == 0:
        return np.full(count, np.nan)
    level: Floats = np.interp(moments, times, values, left=np.nan, right=np.nan)
    after = np.clip(np.searchsorted(times, moments), 1, max(len(times) - 1, 1))
    if len(times) > 1:
        hole = (times[after] - times[after - 1] > longest_gap) & ~np.isin(moments, times)
        level[hole] = np.nan
    return level


def sums_on_grid(rain: Readings, end: float, step: float, count: int, longest_gap: float) -> Floats:
    """Rain that fell in each of `count` steps up to `end`, from amounts since the reading before.

    An amount is spread evenly over the time it fell in. NaN before the first reading, after the last, and where they
    are further apart than `longest_gap`.
    """
    edges = end - step * np.arange(count, -1, -1.0)
    if len(rain.times) < 2:
        return np.full(count, np.nan)
    amounts = np.maximum(rain.values, 0.0)
    total = np.concatenate([[0.0], np.cumsum(amounts[1:])])
    unknown = np.diff(rain.times) > longest_gap
    lost = np.concatenate([[0], np.cumsum(unknown)])
    fallen: Floats = np.diff(np.interp(edges, rain.times, total))
    fallen[np.diff(np.interp(edges, rain.times, lost)) > 0] = np.nan
    fallen[(edges[1:] > rain.times[-1]) | (edges[:-1] < rain.times[0])] = np.nan
    return fallen


def mean_rain(stations: list[Readings]) -> Readings:
    """Mean of several stations' rain as hourly amounts; an hour counts the stations that reported it."""
    kept = [each for each in stations if len(each.times) > 1]
    if not kept:
        return Readings(np.empty(0), np.empty(0))
    start = np.floor(min(each.times[0] for each in kept) / HOUR) * HOUR
    end = np.ceil(max(each.times[-1] for each in kept) / HOUR) * HOUR
    count = int((end - start) / HOUR)
    hourly = np.array([sums_on_grid(each, end, HOUR, count, max(3 * HOUR, 2 * each.interval)) for each in kept])
    known = np.isfinite(hourly).sum(axis=0)
    amounts = np.nansum(hourly, axis=0) / np.maximum(known, 1)
    times = start + HOUR * np.arange(1, count + 1)
    return Readings(times[known > 0], amounts[known > 0])

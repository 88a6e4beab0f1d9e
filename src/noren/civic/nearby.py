"""Many reports at once: which issue each belongs to, by `folding`'s rule, looking only at its neighbours.

Issues lie in a grid of cells as wide as `folding.NEAR_M`, by kind; one that names no place lies with the others of its
kind that name none. Reports come in order of time, so that a lamp that failed twice in a year is two issues.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import islice
from math import cos, floor, hypot, radians
from typing import Any

import msgspec

from noren.civic.folding import CANDIDATES, NEAR_M, SPAN, SPOT_M, TELLING, needed, overlap, trigrams

DEGREE_M = 111_195.0
"""Metres of a degree of latitude on a sphere of the Earth's mean radius."""
Spot = tuple[float, float]
"""Longitude and latitude."""


class Standing(msgspec.Struct):
    """An issue as reports are compared with it; `closed` is None while it is open."""

    id: str
    category: str
    words: frozenset[str]
    opened: datetime
    closed: datetime | None = None
    spot: Spot | None = None

    def was_open(self, at: datetime) -> bool:
        """Whether it was open then, and not for longer than reports of one thing come in."""
        return self.opened <= at < self.opened + SPAN and (self.closed is None or at <= self.closed)


Fit = tuple[bool, float, Standing]


class Nearby:
    """Issues by kind and cell; they are added in the order in which they were opened."""

    def __init__(self, standing: Iterable[Standing] = ()) -> None:
        self._cells: dict[tuple[str, int, int] | str, list[Standing]] = {}
        for each in sorted(standing, key=lambda issue: issue.opened):
            self.add(each)

    def add(self, issue: Standing) -> None:
        """Let reports find an issue from now on."""
        key = issue.category if issue.spot is None else (issue.category, *_cell(issue.spot))
        self._cells.setdefault(key, []).append(issue)

    def issue_of(self, text: str, category: str, spot: Spot | None, at: datetime) -> Standing | None:
        """The issue that a report of that text, kind, place and time belongs to; None when it is the first."""
        words, found = trigrams(text), self._around(category, spot, at)
        recent = sorted(found, key=lambda each: each.opened, reverse=True)[:CANDIDATES]
        fitting = [fit for each in recent if (fit := _fit(words, category, spot, each))]
        return max(fitting, key=lambda fit: fit[:2])[2] if fitting else None

    def _around(self, category: str, spot: Spot | None, at: datetime) -> Iterator[Standing]:
        if spot is None:
            yield from islice(self._open(category, at), CANDIDATES)
            return
        row = _cell(spot)[0]
        for i in (row - 1, row, row + 1):
            middle = _column(i, spot[0])
            for j in (middle - 1, middle, middle + 1):
                near = (e for e in self._open((category, i, j), at) if e.spot and apart(e.spot, spot) <= NEAR_M)
                yield from islice(near, CANDIDATES)

    def _open(self, key: tuple[str, int, int] | str, at: datetime) -> Iterator[Standing]:
        """Those that were open then, newest first."""
        for each in reversed(self._cells.get(key, ())):
            if each.opened + SPAN <= at:
                return
            if each.was_open(at):
                yield each


def _fit(
    words: frozenset[str], category: str, spot: Spot | None, issue: Standing
) -> tuple[bool, float, Standing] | None:
    """Whether it lies at the same spot, and how alike the words are; None when they do not belong together."""
    away = apart(spot, issue.spot) if spot and issue.spot else None
    alike = overlap(words, issue.words)
    if alike < needed(category, away, telling=len(words) >= TELLING):
        return None
    return away is not None and away <= SPOT_M, alike, issue


def _cell(spot: Spot) -> tuple[int, int]:
    row = floor(spot[1] * DEGREE_M / NEAR_M)
    return row, _column(row, spot[0])


def _column(row: int, longitude: float) -> int:
    """Cells of a row are as wide as they are high, by the row's own latitude, its edge that is nearer to a pole."""
    latitude = max(abs(row), abs(row + 1)) * NEAR_M / DEGREE_M
    return floor(longitude * DEGREE_M * max(cos(radians(latitude)), 0.0) / NEAR_M)


def apart(one: Spot, other: Spot) -> float:
    """Metres between two places that are near each other."""
    east = (one[0] - other[0]) * cos(radians((one[1] + other[1]) / 2))
    return hypot(east, one[1] - other[1]) * DEGREE_M


def spot_of(location: Any) -> Spot | None:
    """Where a point lies; None for no place and for what is no point."""
    if not isinstance(location, dict) or location.get("type") != "Point":
        return None
    lon, lat = location["coordinates"][:2]
    return float(lon), float(lat)

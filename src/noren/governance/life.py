"""Did life get better: what surveys found, factor by factor, and its change since the first of them.

A change is the difference of two estimates that rest on different people; its 95 % interval is recovered from theirs,
each side by itself (Zou and Donner, Statistics in Medicine 27, 2008), as intervals need not lie evenly.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from math import hypot
from typing import TYPE_CHECKING

import msgspec

from noren.terms.records import Survey, SurveyResult

if TYPE_CHECKING:
    from noren.view import View


class Point(msgspec.Struct, rename="camel"):
    """What was found at one time; without an estimate when too few answered to show it."""

    at: datetime | None
    estimate: float | None
    low: float | None = None
    high: float | None = None
    respondents: float | None = None
    suppressed: bool = False


class Change(msgspec.Struct):
    """The last estimate less the first; `sure` when the interval leaves out nought, None when there is no interval."""

    by: float
    low: float | None = None
    high: float | None = None
    sure: bool | None = None


class Result(msgspec.Struct):
    """A factor in a group of residents ("" all of them), oldest first, with the change from the first to the last."""

    factor: str
    group: str
    points: list[Point]
    change: Change | None = None


async def results(view: View, surveys: Sequence[str] = ()) -> list[Result]:
    """What surveys found: those named, else all that asked the residents about their life, not about a trial."""
    if not surveys:
        surveys = [each.id async for each in view.find(Survey) if each.survey_kind != "trial"]
    return grouped([each async for each in view.find(SurveyResult) if each.in_survey in surveys])


def grouped(found: Iterable[SurveyResult]) -> list[Result]:
    """Results by factor and group, all residents before groups of them."""
    rows: dict[tuple[str, str], list[Point]] = defaultdict(list)
    for each in found:
        rows[each.factor or "", _group(each.group_of)].append(_point(each))
    ordered = sorted(rows.items(), key=lambda item: (item[0][1] != "", item[0]))
    return [_result(factor, group, points) for (factor, group), points in ordered]


def _group(name: str | None) -> str:
    return "" if name in (None, "all", "everybody") else name or ""


def _point(each: SurveyResult) -> Point:
    if each.is_suppressed or each.estimate is None:
        return Point(each.measured_at, None, suppressed=bool(each.is_suppressed))
    return Point(each.measured_at, each.estimate, each.estimate_low, each.estimate_high, each.respondents)


def _result(factor: str, group: str, points: list[Point]) -> Result:
    points.sort(key=lambda point: str(point.at))
    known = [point for point in points if point.estimate is not None]
    return Result(factor, group, points, change(known[0], known[-1]) if len(known) > 1 else None)


def change(first: Point, last: Point) -> Change:
    """The change between two estimates of different people.

    >>> change(Point(None, 5.0, 4.7, 5.3), Point(None, 6.0, 5.6, 6.4))
    Change(by=1.0, low=0.5, high=1.5, sure=True)
    """
    before, after = first.estimate or 0.0, last.estimate or 0.0
    by = after - before
    if first.low is None or first.high is None or last.low is None or last.high is None:
        return Change(by)
    low = by - hypot(after - last.low, first.high - before)
    high = by + hypot(last.high - after, before - first.low)
    low, high = round(low, 9), round(high, 9)
    return Change(by, low, high, not low <= 0 <= high)

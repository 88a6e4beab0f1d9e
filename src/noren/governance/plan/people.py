"""People by age, from what a register or a projection keeps: whatever names ages is read, whatever does not is said."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import msgspec

_AGE = re.compile(r"(\d{1,3})\s*(?:[-–~〜～]\s*(\d{1,3})|(\+|歳?以上|\s*and over))?")
_OPEN = 200


class Ages(msgspec.Struct):
    """People of one year in the usual groups; `total` may hold people whose age is not known."""

    total: float = 0.0
    children: float = 0.0
    working: float = 0.0
    old: float = 0.0
    oldest: float = 0.0

    def add(self, low: int, high: int, people: float) -> None:
        """Count people aged `low` to `high`; a class that lies across a border is taken to be evenly filled."""
        self.total += people
        self.children += people * _share(low, high, 0, 14)
        self.working += people * _share(low, high, 15, 64)
        self.old += people * _share(low, high, 65, _OPEN)
        self.oldest += people * _share(low, high, 75, _OPEN)

    @property
    def by_age(self) -> bool:
        """Whether any age is known."""
        return self.children + self.working + self.old > 0


def _share(low: int, high: int, first: int, last: int) -> float:
    if high >= _OPEN:
        return float(low >= first and last >= _OPEN)
    return max(0, min(high, last) - max(low, first) + 1) / (high - low + 1)


def ages(kept: Any) -> Ages | None:
    """The groups of whatever is kept of one year; None when nothing in it names an age with a number.

    A number is a total; `width` with `counts` are classes of that many years, by sex or not; otherwise every number is
    taken for the age that its keys name.

    >>> ages({"male 0-4": 10, "female 65+": 5})
    Ages(total=15.0, children=10.0, working=0.0, old=5.0, oldest=0.0)
    """
    if _is_number(kept):
        return Ages(total=float(kept))
    if not isinstance(kept, Mapping):
        return None
    found, is_any = Ages(), False
    for low, high, people in _classes(kept):
        found.add(low, high, people)
        is_any = True
    if not is_any and _is_number(kept.get("total")):
        return Ages(total=float(kept["total"]))
    return found if is_any else None


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _classes(kept: Mapping[str, Any]) -> Iterator[tuple[int, int, float]]:
    width, counts = kept.get("width"), kept.get("counts")
    if isinstance(width, int) and width > 0 and isinstance(counts, list):
        for row in counts if counts and isinstance(counts[0], list) else [counts]:
            last = len(row) - 1
            for i, people in enumerate(row):
                if _is_number(people):
                    yield i * width, _OPEN if i == last else (i + 1) * width - 1, float(people)
        return
    for path, people in _leaves(kept):
        if found := _AGE.search(path):
            low = int(found[1])
            yield low, int(found[2]) if found[2] else _OPEN if found[3] else low, people


def _leaves(kept: Mapping[str, Any], path: str = "") -> Iterator[tuple[str, float]]:
    for key, value in kept.items():
        if isinstance(value, Mapping):
            yield from _leaves(value, f"{path} {key}")
        elif _is_number(value):
            yield f"{path} {key}", float(value)


def by_year(projection: Any) -> dict[int, Ages]:
    """A projection's years: a mapping of years, or a list of entries that name their `year`; others are left out."""
    found: dict[int, Ages] = {}
    for year, kept in _years(projection):
        if counted := ages(kept):
            found[year] = counted
    return dict(sorted(found.items()))


def _years(projection: Any) -> Iterable[tuple[int, Any]]:
    if isinstance(projection, Mapping) and "year" in projection:
        projection = [projection]
    if isinstance(projection, Mapping):
        return [(int(year), kept) for year, kept in projection.items() if re.fullmatch(r"\d{4}", str(year))]
    if isinstance(projection, list):
        return [
            (int(each["year"]), {key: value for key, value in each.items() if key != "year"})
            for each in projection
            if isinstance(each, Mapping) and _is_number(each.get("year"))
        ]
    return []

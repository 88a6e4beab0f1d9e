"""Classes of age as registers write them, laid out side by side without gaps."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from itertools import pairwise

import numpy as np

from noren.errors import BadInput
from noren.governance.people.records import SEXES, Floats

Ages = tuple[int, int, int]
"""Sex (0 male, 1 female), first age, age after the last; `OPEN` without an end."""
OPEN = 999
LEAST_OPEN = 85
"""The last class must not begin earlier: needs of the old differ too much."""
_RANGE = re.compile(r"^(\d{1,3})\s*[歳才]?\s*(?:[-–—~〜～]|to)\s*(\d{1,3})\s*[歳才]?$")
_OPEN = re.compile(r"^(\d{1,3})\s*(?:\+|[歳才]?\s*以上|and over|or over|plus)$")
_SINGLE = re.compile(r"^(\d{1,3})\s*[歳才]?$")


def grouped(text: str) -> tuple[int, int]:
    """First age and the age after the last of a class; `ValueError` for what names no age.

    >>> grouped("0-4"), grouped("85歳以上"), grouped("７歳")
    ((0, 5), (85, 999), (7, 8))
    """
    text = unicodedata.normalize("NFKC", text).strip().casefold()
    if match := _RANGE.match(text):
        return int(match[1]), int(match[2]) + 1
    if match := _OPEN.match(text):
        return int(match[1]), OPEN
    if match := _SINGLE.match(text):
        return int(match[1]), int(match[1]) + 1
    raise ValueError(text)


def laid_out(
    districts: Mapping[str, Mapping[Ages, float]], places: Mapping[str, tuple[str, int]]
) -> tuple[int, Floats]:
    """Width of the classes and counts (districts, 2, classes); raises `BadInput` for missing ages and uneven classes.

    A highest single age that stands without a sign is taken as the open class when nothing else is open.
    """
    classes = sorted({(low, high) for ages in districts.values() for _, low, high in ages})
    where = places[next(iter(districts))][0]
    width = classes[0][1] - classes[0][0]
    classes = _closed(classes, width)
    if classes[0][0] != 0 or any(a[1] != b[0] for a, b in pairwise(classes)):
        gap = next((a[1] for a, b in pairwise(classes) if a[1] != b[0]), 0)
        raise BadInput(f"People aged {gap} are missing, or counted twice.", where=where, hint="Give every age once.")
    if any(high - low != width for low, high in classes[:-1]):
        raise BadInput("Classes of age are of different width.", where=where, hint="Give them all the same width.")
    if width not in (1, 5):
        raise BadInput(
            f"Classes of {width} years are not supported.", where=where, hint="Give single ages or five years."
        )
    if classes[-1][1] != OPEN or classes[-1][0] < LEAST_OPEN:
        what = f"The last class must be open and begin at {LEAST_OPEN} or later; it is {classes[-1][0]}."
        raise BadInput(what, where=where, hint="Give the old in finer classes.")
    return width, np.stack([_row(name, ages, classes, places[name]) for name, ages in districts.items()])


def without_sums(districts: Mapping[str, Mapping[Ages, float]]) -> dict[str, dict[Ages, float]]:
    """The counts without classes that finer ones add up to: 15-64 beside 15-19 … 60-64, 65+ beside 65-69 … 85+."""
    classes = {(low, high) for ages in districts.values() for _, low, high in ages}
    sums = {each for each in classes if _adds_up(each, classes)}
    return {
        name: {ages: count for ages, count in given.items() if ages[1:] not in sums}
        for name, given in districts.items()
    }


def _adds_up(whole: tuple[int, int], classes: set[tuple[int, int]]) -> bool:
    """Whether other classes, put side by side, cover exactly this one."""
    inner = sorted(each for each in classes if each != whole and whole[0] <= each[0] and each[1] <= whole[1])
    reached = {whole[0]}
    for low, high in inner:
        if low in reached:
            reached.add(high)
    return whole[1] in reached


def _closed(classes: list[tuple[int, int]], width: int) -> list[tuple[int, int]]:
    low, high = classes[-1]
    return [*classes[:-1], (low, OPEN)] if high - low == width and low >= LEAST_OPEN else classes


def _row(name: str, ages: Mapping[Ages, float], classes: list[tuple[int, int]], place: tuple[str, int]) -> Floats:
    known = {(sex, low): count for (sex, low, _), count in ages.items()}
    for sex, label in enumerate(SEXES):
        for low, _ in classes:
            if (sex, low) not in known:
                where = f"{place[0]}, row {place[1]}, {name}"
                raise BadInput(f"The count of {label} aged {low} is missing.", where=where, hint="Write 0 for nobody.")
    return np.array([[known[sex, low] for low, _ in classes] for sex in (0, 1)])

"""People by sex and age, what changes them, and what came of it. Sexes stand male, then female; ages youngest first."""

from __future__ import annotations

from typing import Any, Literal

import msgspec
import numpy as np
from numpy.typing import NDArray

from noren.errors import BadInput

Floats = NDArray[np.float64]
Timing = Literal["end", "even"]
SEXES = ("male", "female")
CHILDBEARING = (15, 50)


class Population(msgspec.Struct, frozen=True):
    """People of one year: `counts[sex, class]`, classes of `width` years from birth on, the last one open.

    >>> town = Population(2025, 5, np.full((2, 18), 10.0))
    >>> town.total, town.open_age, town.between(12, 18)
    (360.0, 85, 24.0)
    """

    year: int
    width: int
    counts: Floats

    @property
    def total(self) -> float:
        """Everybody."""
        return float(self.counts.sum())

    @property
    def open_age(self) -> int:
        """Age at which the last class begins."""
        return self.width * (int(self.counts.shape[1]) - 1)

    @property
    def labels(self) -> list[str]:
        """Names of the classes: `0-4` … `85+`, single ages as one number."""
        return labels(self.width, self.counts.shape[1])

    def between(self, low: int, high: int | None, sex: str | None = None) -> float:
        """People aged `low` up to, but not including, `high` (None: no end); a class is taken to be evenly filled."""
        share = covered(self.width, self.counts.shape[1], low, high)
        rows = self.counts if sex is None else self.counts[SEXES.index(sex)]
        return float((rows * share).sum())


def labels(width: int, classes: int) -> list[str]:
    """Names of `classes` classes of `width` years.

    >>> labels(5, 3), labels(1, 3)
    (['0-4', '5-9', '10+'], ['0', '1', '2+'])
    """
    lows = [width * i for i in range(classes)]
    closed = [f"{low}-{low + width - 1}" if width > 1 else f"{low}" for low in lows[:-1]]
    return [*closed, f"{lows[-1]}+"]


def covered(width: int, classes: int, low: int, high: int | None) -> Floats:
    """Share of each class that lies between two ages; the open class counts whole when its first age does."""
    starts = np.arange(classes) * width
    end = np.inf if high is None else high
    share = np.clip((np.minimum(starts + width, end) - np.maximum(starts, low)) / width, 0.0, 1.0)
    share[-1] = float(low <= starts[-1] < end)
    return np.asarray(share, dtype=np.float64)


class Rates(msgspec.Struct, frozen=True):
    """What happens in one step, as long as a class is wide (A classes).

    `survival` (2, A + 1): from birth into class 0; from class i - 1 into class i; last, within the open class.
    `fertility` (A): births per woman and year. `boys`: boys born for each girl. `migration` (2, A): net arrivals over
    the step. `timing`: "end", arrivals are counted at the age that they have when the step ends; none of them has died
    in it, and for births their women count at its end (so does the United Nations' revision of 2019, as its own figures
    show); "even", half of them live through the step with everybody else (Preston, Heuveline and Guillot, Demography,
    2001, ch. 6).
    """

    survival: Floats
    fertility: Floats
    boys: float
    migration: Floats
    timing: Timing = "end"


class Step(msgspec.Struct, frozen=True):
    """One step and its account: `after` = `before` moved up by age, plus births, less deaths, plus migration.

    `births` (2); `deaths` (2, A) and `migration` (2, A) by the class in which people are, or would be, at the end.
    """

    before: Population
    after: Population
    births: Floats
    deaths: Floats
    migration: Floats


def aged(counts: Floats) -> Floats:
    """Everybody one class older, nobody in the first; the open class keeps those that it had."""
    older = np.roll(counts, 1, axis=-1)
    older[..., -1] += older[..., 0]
    older[..., 0] = 0.0
    return older


class Remark(msgspec.Struct, frozen=True):
    """Something in the input that does not fit, and what was done: `fate` is kept, mended, left out."""

    file: str
    row: int
    field: str
    what: str
    fate: str = "kept"


def known_year(years: list[int], start: int | None) -> int:
    """The year to begin with; raises `BadInput` when there is no count of it."""
    if start is not None and start not in years:
        hint = f"There are: {', '.join(map(str, years[-12:]))}."
        raise BadInput(f"There is no count of {start}.", where=f"--start {start}", hint=hint)
    return years[-1] if start is None else start


def plain(value: Any) -> Any:
    """Arrays as lists, for JSON."""
    if isinstance(value, np.ndarray):
        return np.round(value, 3).tolist()
    if isinstance(value, np.generic):
        return value.item()
    raise NotImplementedError(f"{type(value).__name__} has no JSON form.")

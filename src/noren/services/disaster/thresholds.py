"""From which stage on a city acts at a gauge: whose word counts, and what to say when nobody has said.

The gauge's own stages come first, then a `StageThresholds` for the gauge (by its id, or its name where that fits one
alone), then one that names no gauge and so holds for the city, then `noren.toml`'s `[disaster]`. Where all are silent
the stages are unknown, and a statistical hint is given that is never used for an alert. Names to know: `Thresholds`,
`choose`, `hint`.

>>> choose(own=Levels(flood=3.0), named=[Levels(alert=1.0)], city=[], settings=Levels()).source
'own'
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from typing import NamedTuple

import numpy as np

from noren.services.disaster.series import Floats

NAMES = ("alert", "flood", "severe")


class Levels(NamedTuple):
    """Stages in metres above the gauge's zero, each of which may be unknown."""

    alert: float | None = None
    flood: float | None = None
    severe: float | None = None

    @property
    def any(self) -> bool:
        """Whether one at least is known."""
        return any(each is not None for each in self)


class Thresholds(NamedTuple):
    """The stages that hold for a gauge and whose word they are: own, named, city, settings or unknown."""

    levels: Levels
    source: str

    def known(self) -> list[tuple[str, float]]:
        """Name and stage of those that are known, the lowest first."""
        pairs = [(name, stage) for name, stage in zip(NAMES, self.levels, strict=True) if stage is not None]
        return sorted(pairs, key=lambda pair: pair[1])


def choose(own: Levels, named: Iterable[Levels], city: Iterable[Levels], settings: Levels) -> Thresholds:
    """The first source with any stage. What it leaves open comes from a later one only where the two agree in a stage
    that both state: else their zeros may differ."""
    candidates = [("own", own), *(("named", each) for each in named), *(("city", each) for each in city)]
    stated = [(source, levels) for source, levels in (*candidates, ("settings", settings)) if levels.any]
    if not stated:
        return Thresholds(Levels(), "unknown")
    (source, levels), *others = stated
    for _, other in others:
        if any(one is not None and one == two for one, two in zip(levels, other, strict=True)):
            levels = Levels(*(one if one is not None else two for one, two in zip(levels, other, strict=True)))
    return Thresholds(_in_order(levels), source)


def same(one: str, other: str) -> bool:
    """Whether two names may mean one station: all telling words of the one stand in the other.

    >>> same("Guaíba, Gasômetro", "Usina do Gasômetro — Guaíba"), same("Guaíba, Gasômetro", "Cais Mauá C6 — Guaíba")
    (True, False)
    """
    first, second = _words(one), _words(other)
    return bool(first and second) and (first <= second or second <= first)


def _words(name: str) -> set[str]:
    letters = unicodedata.normalize("NFD", unicodedata.normalize("NFKC", name).casefold())
    bare = "".join(each for each in letters if not "\u0300" <= each <= "\u036f").strip()
    return set(re.findall(r"[^\W_]{4,}", bare)) or ({bare} if bare else set())


def _in_order(levels: Levels) -> Levels:
    """The levels, without those that contradict a lower one (a severe stage below the flood stage)."""
    kept: list[float | None] = []
    highest = -np.inf
    for each in levels:
        good = each is not None and np.isfinite(each) and each >= highest
        kept.append(each if good else None)
        highest = each if good and each is not None else highest
    return Levels(*kept)


def hint(history: Floats) -> Levels:
    """What the gauge's own past suggests: the stages exceeded 5 %, 1 % and 0.1 % of the time. Never a decision."""
    history = history[np.isfinite(history)]
    if len(history) < 1000:
        return Levels()
    return Levels(*(round(float(each), 2) for each in np.quantile(history, [0.95, 0.99, 0.999])))

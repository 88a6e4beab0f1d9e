"""The cohort-component method: people grow older, some die, children are born, some come and go.

After Preston, Heuveline and Guillot (Demography, 2001, ch. 6), as the United Nations do it.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from noren.errors import BadInput
from noren.governance.people.records import CHILDBEARING, Floats, Population, Rates, Step, aged


def project(start: Population, rates: Iterable[Rates]) -> list[Step]:
    """One step for each of `rates`, each as long as a class is wide; raises `BadInput` when shapes do not fit."""
    steps: list[Step] = []
    for each in rates:
        steps.append(advance(steps[-1].after if steps else start, each))
    return steps


def advance(before: Population, rates: Rates) -> Step:
    """One step. More people leaving than there are empties a class; what was not there to leave does not leave."""
    _check(before, rates)
    even = np.maximum(rates.migration / 2, -before.counts)
    half = even if rates.timing == "even" else np.zeros_like(rates.migration)
    exposed = before.counts + half
    survivors = _survivors(exposed, rates.survival)
    late = rates.migration - half
    grown = survivors + np.where(np.arange(late.shape[1]) > 0, late, 0.0)
    births = _births(before, np.maximum(grown, 0.0), rates)
    living = survivors.copy()
    living[:, 0] = births * rates.survival[:, 0]
    after = np.maximum(living + late, 0.0)
    entered = aged(exposed)
    entered[:, 0] = births
    came = aged(half) + after - living
    return Step(before, Population(before.year + before.width, before.width, after), births, entered - living, came)


def _survivors(counts: Floats, survival: Floats) -> Floats:
    living = np.zeros_like(counts)
    living[:, 1:] = counts[:, :-1] * survival[:, 1:-1]
    living[:, -1] += counts[:, -1] * survival[:, -1]
    return living


def _births(before: Population, grown: Floats, rates: Rates) -> Floats:
    """Boys and girls born in the step, to the mean of the women at its beginning and end."""
    women = (before.counts[1] + grown[1]) / 2
    births = before.width * float((women * rates.fertility).sum())
    return np.array([rates.boys, 1.0]) * births / (1 + rates.boys)


def _check(before: Population, rates: Rates) -> None:
    classes = before.counts.shape[1]
    shapes = (rates.survival.shape, rates.fertility.shape, rates.migration.shape)
    if shapes != ((2, classes + 1), (classes,), (2, classes)):
        raise BadInput(f"The rates are not for {classes} classes of age.", hint="Use rates of the same classes.")
    if not (np.isfinite(before.counts).all() and (before.counts >= 0).all()):
        raise BadInput("A number of people is missing or negative.", where=str(before.year), hint="Correct the count.")
    if ((rates.survival < 0) | (rates.survival > 1)).any() or (rates.fertility < 0).any() or rates.boys <= 0:
        raise BadInput("Survival must lie between 0 and 1, and births cannot be negative.", where=str(before.year))


def spread_births(children: float, pattern: Floats, width: int, classes: int) -> Floats:
    """Births per woman and year by class, for `children` per woman in a life and an age `pattern` (A, adds up to 1)."""
    if not np.isclose(pattern.sum(), 1.0, atol=0.005):
        raise BadInput(f"The shares of births by age add up to {pattern.sum():.3f}, not 1.", hint="Correct the shares.")
    if len(pattern) != classes:
        raise BadInput(f"The shares of births are not for {classes} classes of age.", hint="Use the same classes.")
    return np.asarray(children * pattern / pattern.sum() / width)


def childbearing(width: int, classes: int) -> Floats:
    """1 for the classes from 15 to 49, else 0."""
    starts = np.arange(classes) * width
    return np.asarray((starts >= CHILDBEARING[0]) & (starts < CHILDBEARING[1]), dtype=np.float64)

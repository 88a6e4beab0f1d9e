"""At which ages people come and go, when only the total is known."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from noren.governance.people.project import advance
from noren.governance.people.records import Floats, Population, Rates

STEADY = 1.5
"""A pattern found in the past is used when its arrivals and departures together are at most this times the net."""
_CHILDREN, _WORK = (0.020, 0.177), (0.095, 19.7, 0.084, 0.217)


def standard(width: int, classes: int) -> Floats:
    """Shares by sex and age (2, A; adds up to 1), the same for both sexes.

    Model schedule of Rogers and Castro (IIASA RR-81-30, 1981) without a peak at retirement: children who go with their
    parents, and a peak of working age. Its constants fit the arrivals by age that the UN's populations of 2010 and 2015
    imply for Cambodia (working age) and Japan (children).
    """
    age = np.arange(width * (classes - 1) + width) + 0.5
    height, fall = _CHILDREN
    peak, centre, decline, rise = _WORK
    work = peak * np.exp(-decline * (age - centre) - np.exp(-rise * (age - centre)))
    share = height * np.exp(-fall * age) + work
    by_class = share.reshape(classes, width).sum(1)
    return np.asarray(np.stack([by_class, by_class]) / (2 * by_class.sum()))


def residual(before: Population, after: Population, rates: Rates) -> Floats:
    """Net arrivals by sex and age (2, A) that explain `after`, given births and deaths, without `rates.migration`."""
    found = np.zeros_like(before.counts)
    for _ in range(50):
        made = advance(before, Rates(rates.survival, rates.fertility, rates.boys, found, "end"))
        found = found + after.counts - made.after.counts
    return found


def steadier(patterns: Sequence[Floats]) -> Floats:
    """Of net arrivals found in several periods, those in which arrivals and departures cancel out least."""
    return min(patterns, key=unrest)


def unrest(arrivals: Floats) -> float:
    """Arrivals and departures of all ages together, for one of the net; infinite without a net."""
    net = abs(float(arrivals.sum()))
    return float(np.abs(arrivals).sum()) / net if net else float("inf")


def pattern(past: Floats, step: int, unchanged: bool) -> Floats:
    """Shares by sex and age, for classes of five years, of the net total of the step-th step ahead (0 first).

    The pattern of the past holds as long as the total is `unchanged`; else it gives way to the standard one over two
    steps. Where the past is not steady, the standard one holds at once.
    """
    model = standard(5, past.shape[1])
    if unrest(past) > STEADY:
        return model
    weight = 1.0 if unchanged else max(0.0, 1 - step / 2)
    return np.asarray(weight * past / past.sum() + (1 - weight) * model)

"""All districts of a register and their city, step by step."""

from __future__ import annotations

from itertools import count, takewhile

import msgspec
import numpy as np

from noren.governance.people import ratios as change
from noren.governance.people.ratios import Ratios
from noren.governance.people.records import Floats
from noren.governance.people.register import Register
from noren.governance.people.scenario import Scenario

STEP = 5
"""Years of a step when there is one count only."""


class Trends(msgspec.Struct, frozen=True):
    """What two counts, or one and a life table, tell: ratios of city and districts, survival (2, A) in them, births.

    `children`: children per woman that the small children of today speak of.
    """

    city: Ratios
    own: Ratios
    survive: Floats
    children: float


def project_register(now: Register, earlier: Register | None, to: int, chosen: Scenario) -> list[tuple[int, Floats]]:
    """Year and counts (D, 2, A) of all districts, until `to` is reached or passed; without `earlier` nobody moves.

    The city is projected as one; districts are projected each and scaled to it at every sex and age.
    """
    found = trends(now, earlier)
    years = found.city.shift * now.width
    course = [(now.year, now.counts)]
    for step, year in enumerate(takewhile(lambda year: year < to, count(now.year, years))):
        counts = course[-1][1]
        then = change.lasting(year, now.width, counts.shape[2], found.city.shift)
        whole = change.advance(counts.sum(0), _then(found, found.city, then, chosen, years * step))
        whole += chosen.arrivals(float(counts.sum()), now.width, counts.shape[2], years)
        own = _then(found, change.faded(found.own, found.city, step), then, chosen, years * step)
        course.append((year + years, change.step_down(counts, np.maximum(whole, 0.0), own)))
    return course


def trends(now: Register, earlier: Register | None) -> Trends:
    """Ratios from two counts, or from today's and Japan's life table."""
    classes, width = now.counts.shape[2], now.width
    shift = (now.year - earlier.year if earlier else STEP) // width
    begin = earlier.year if earlier else now.year
    survive = change.lasting(begin, width, classes, shift)
    cohort, each = survive, np.broadcast_to(survive, now.counts.shape)
    if earlier:
        cohort, each = change.cohorts(_aligned(earlier, now), now.counts, shift, survive)
    small, small_each = change.per_woman(now.counts, width, shift)
    children = change.implied_children(now.counts.sum(0), width)
    return Trends(Ratios(width, shift, cohort, small), Ratios(width, shift, each, small_each), survive, children)


def _then(found: Trends, ratios: Ratios, then: Floats, chosen: Scenario, ahead: int) -> Ratios:
    """Ratios so many years ahead: people die as `then` (2, A) says, everything else as the scenario does."""
    improved = msgspec.structs.replace(ratios, cohort=ratios.cohort * then / found.survive)
    return change.changed(improved, chosen, then, found.children, ahead)


def _aligned(earlier: Register, now: Register) -> Floats:
    """Counts of the earlier register in the order of today's districts; nobody where it has none of that name."""
    place = {name: i for i, name in enumerate(earlier.districts)}
    none = np.zeros(earlier.counts.shape[1:])
    return np.stack([earlier.counts[place[name]] if name in place else none for name in now.districts])

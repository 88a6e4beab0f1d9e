"""Projection from a register: cohort-change and child-woman ratios (Hamilton and Perry, 1962).

Of two counts as many years apart as m classes are wide, the ratio of a cohort now to the same cohort then holds deaths
and moves in one number. Ratios of small districts are noise: each is drawn towards the city's, the more the fewer
people it rests on (empirical Bayes: gamma-Poisson, moments after Marshall, Applied Statistics 40, 1991). What a
district does differently from its city fades by half with every step: a housing estate is built once.
"""

from __future__ import annotations

import msgspec
import numpy as np

from noren.governance.people import standard
from noren.governance.people.project import childbearing
from noren.governance.people.rake import rake
from noren.governance.people.records import CHILDBEARING, Floats
from noren.governance.people.scenario import Scenario

FADE = 0.5


class Ratios(msgspec.Struct, frozen=True):
    """What a step of `shift` classes of `width` years does, of districts (D first) or one city.

    `cohort` (…, 2, A): people in a class at the end for one of the same cohort at the beginning; the first `shift`
    are unused. `children` (…, 2, shift): boys and girls in the first classes at the end for each woman who was of
    childbearing age when they were born.
    """

    width: int
    shift: int
    cohort: Floats
    children: Floats


def advance(counts: Floats, ratios: Ratios) -> Floats:
    """Counts (…, 2, A) one step later."""
    later = moved(counts, ratios.shift) * ratios.cohort
    later[..., : ratios.shift] = 0.0
    later[..., : ratios.shift] = ratios.children * mothers(later, ratios.width, ratios.shift)
    return later


def moved(counts: Floats, shift: int) -> Floats:
    """Everybody `shift` classes older, nobody in the first ones."""
    older = np.zeros_like(counts)
    older[..., shift:] = counts[..., :-shift]
    older[..., -1] = counts[..., -1 - shift :].sum(-1)
    return older


def mothers(counts: Floats, width: int, shift: int) -> Floats:
    """Women (…, 1, shift) for each of the first classes: of 15-49, and as much older as the children are."""
    low, high = (age // width for age in CHILDBEARING)
    women = [counts[..., 1, low + j : high + j].sum(-1) for j in range(shift)]
    return np.asarray(np.stack(women, axis=-1)[..., None, :])


def cohorts(earlier: Floats, later: Floats, shift: int, fallback: Floats) -> tuple[Floats, Floats]:
    """Cohort-change ratios of city (2, A) and districts (D, 2, A) from two counts; `fallback` where nobody was."""
    before = moved(earlier, shift)
    all_before = before.sum(0)
    city = np.divide(later.sum(0), all_before, out=fallback.copy(), where=all_before > 0)
    return city, shrunk(np.where(before > 0, later, 0.0), before, city)


def per_woman(counts: Floats, width: int, shift: int) -> tuple[Floats, Floats]:
    """Child-woman ratios of the city (2, shift) and its districts (D, 2, shift) in one count (D, 2, A)."""
    small = counts[..., :shift]
    women = np.broadcast_to(mothers(counts, width, shift), small.shape)
    all_women = women.sum(0)
    city = np.divide(small.sum(0), all_women, out=np.zeros((2, shift)), where=all_women > 0)
    return city, shrunk(small, women, city)


def shrunk(events: Floats, base: Floats, middle: Floats) -> Floats:
    """Ratios events / base of districts (D, …), drawn towards `middle` (…) as far as chance explains their spread."""
    own = np.divide(events, base, out=np.broadcast_to(middle, base.shape).copy(), where=base > 0)
    total = np.maximum(base.sum(0), 1e-12)
    spread = (base * (own - middle) ** 2).sum(0) / total
    between = np.maximum(spread - middle * len(base) / total, 0.0)
    noise = middle / np.where(base > 0, base, 1.0)
    trust = np.divide(between, between + noise, out=np.zeros_like(base), where=(base > 0) & (middle > 0))
    return np.asarray(middle + trust * (own - middle))


def lasting(year: float, width: int, classes: int, shift: int) -> Floats:
    """Shares (2, A) that survive a step by Japan's life table, laid out as `Ratios.cohort`."""
    return standard.survival(year, width, classes, shift)[:, :-1]


def changed(ratios: Ratios, scenario: Scenario, survive: Floats, children: float, years: int) -> Ratios:
    """Ratios under a scenario; `survive` (2, A) without moves, `children` per woman today, so many `years` ahead."""
    moves = np.maximum(ratios.cohort, 1e-12) / survive
    cohort = moves**scenario.migration * scenario.survival(survive)
    factor = scenario.children_at(children, years) / children if children > 0 else 1.0
    return Ratios(ratios.width, ratios.shift, cohort, ratios.children * factor)


def faded(own: Ratios, city: Ratios, step: int) -> Ratios:
    """A district's ratios in the step-th step (0 first): what is its own has faded, geometrically."""
    weight = FADE**step

    def between(mine: Floats, whole: Floats) -> Floats:
        low = 1e-12
        return np.asarray(np.maximum(mine, low) ** weight * np.maximum(whole, low) ** (1 - weight))

    return Ratios(own.width, own.shift, between(own.cohort, city.cohort), between(own.children, city.children))


def step_down(districts: Floats, city: Floats, own: Ratios) -> Floats:
    """Districts (D, 2, A) one step later, raked to the city's counts of then (2, A)."""
    return rake(advance(districts, own), city)


def implied_children(counts: Floats, width: int) -> float:
    """Children per woman that the children under five of a count (2, A) speak of, by Japan's ages at birth."""
    classes = counts.shape[1]
    born = standard.births(width, classes) / width * standard.CHILDREN
    small = counts[:, : 5 // width].sum()
    expected = 5 * float((counts[1] * born * childbearing(width, classes)).sum())
    return standard.CHILDREN * float(small) / expected if expected > 0 else standard.CHILDREN

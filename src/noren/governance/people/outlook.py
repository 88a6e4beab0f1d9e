"""From a folder to an answer: people by year, their needs, who is left to serve them, how sure that is."""

from __future__ import annotations

from itertools import count, takewhile
from pathlib import Path
from typing import Literal

import msgspec
import numpy as np

from noren.errors import BadInput, NotFound
from noren.governance.people import ratios as change
from noren.governance.people.demand import Strain, employment, strains, workers
from noren.governance.people.project import project
from noren.governance.people.records import Floats, Population, Remark, Step
from noren.governance.people.register import Register, read_registers
from noren.governance.people.scenario import Scenario, scenario
from noren.governance.people.untables import UnTables

Method = Literal["components", "ratios", "one count"]
LATEST = 2150
SMALL = 3_000
"""Below so many people a projection by age is said to be rough."""
LIKELY_APART = (5, 10)
"""Years between two counts from which trends are taken."""


class District(msgspec.Struct, frozen=True):
    """A district now and then; districts add up to their city at every age."""

    name: str
    now: float
    then: float
    old_now: float
    old_then: float


class Year(msgspec.Struct, frozen=True):
    """A year in a few figures; `dependency`: people of 65 and over for 100 of 15-64; `workers`: in work or looking."""

    year: int
    total: float
    under_15: float
    from_15_to_64: float
    from_65: float
    from_75: float
    dependency: float
    workers: float


class Outlook(msgspec.Struct, frozen=True):
    """What is expected; `people[0]` is the last count, `people[-1]` the year asked for.

    `method`: cohort components with rates; ratios of two counts; one count with Japan's life table and nobody moving.
    `steps`: the account of each step, for components only. `words`: keys of messages that say how sure this is.
    """

    place: str
    scenario: Scenario
    method: Method
    people: list[Population]
    years: list[Year]
    strains: list[Strain]
    districts: list[District]
    remarks: list[Remark]
    words: list[str]
    steps: list[Step]


def look_ahead(folder: Path, place: str, to: int, scenario_name: str = "median", shares: Path | None = None) -> Outlook:
    """Project the people of `place` to the year `to`.

    `folder`: tables of the United Nations, or registers of a city (`place`: the city, "", or one of its districts).
    `shares`: a table of employment by function. Raises `BadInput` and `NotFound` with file, row and field.
    """
    chosen, parts = scenario(scenario_name), employment(shares)
    if (folder / "popM.tsv").is_file():
        return _from_tables(UnTables(folder, place), to, chosen, parts)
    registers, remarks = read_registers(folder)
    return _from_registers(registers, remarks, place, to, chosen, parts)


def _from_tables(tables: UnTables, to: int, chosen: Scenario, parts: dict[str, float]) -> Outlook:
    start = tables.population()
    _check_year(start.year, to)
    years = list(takewhile(lambda year: year < to, count(start.year, tables.width)))
    given = [tables.rates(year, chosen, step) for step, year in enumerate(years)]
    steps: list[Step] = []
    for each in given:
        before = steps[-1].after if steps else start
        extra = chosen.arrivals(before.total, before.width, before.counts.shape[1], before.width)
        steps += project(before, [msgspec.structs.replace(each, migration=each.migration + extra)])
    people = _ending([start, *(step.after for step in steps)], to)
    words = ["people.sure.near", "people.sure.far", "people.sure.un"]
    return _outlook(tables.place, chosen, "components", people, parts, words=words, steps=steps)


def _from_registers(
    found: list[Register], remarks: list[Remark], place: str, to: int, chosen: Scenario, parts: dict[str, float]
) -> Outlook:
    now = found[-1]
    _check_year(now.year, to)
    own = _district(now, place)
    earlier = _earlier(found, remarks)
    course = project_register(now, earlier, to, chosen)
    whole = [Population(year, now.width, counts.sum(0)) for year, counts in course]
    each = [_ending([Population(y, now.width, c[i]) for y, c in course], to) for i in range(len(now.districts))]
    people = _ending(whole, to) if own is None else each[own]
    districts = [
        District(name, p[0].total, p[-1].total, p[0].between(65, None), p[-1].between(65, None))
        for name, p in zip(now.districts, each, strict=True)
    ]
    words = ["people.sure.near", "people.sure.far", "people.sure.trend" if earlier else "people.sure.one"]
    words += ["people.sure.small"] if people[0].total < SMALL else []
    method: Method = "ratios" if earlier else "one count"
    return _outlook(place or now.city, chosen, method, people, parts, districts, remarks, words)


def _outlook(
    place: str,
    chosen: Scenario,
    method: Method,
    people: list[Population],
    parts: dict[str, float],
    districts: list[District] | None = None,
    remarks: list[Remark] | None = None,
    words: list[str] | None = None,
    steps: list[Step] | None = None,
) -> Outlook:
    found = strains(people, parts)
    return Outlook(
        place,
        chosen,
        method,
        people,
        [_year(each) for each in people],
        found,
        districts or [],
        remarks or [],
        words or [],
        steps or [],
    )


def _year(people: Population) -> Year:
    young, middle = people.between(0, 15), people.between(15, 65)
    old, oldest = people.between(65, None), people.between(75, None)
    dependency = 100 * old / middle if middle else float("inf")
    return Year(people.year, people.total, young, middle, old, oldest, dependency, workers(people))


def project_register(now: Register, earlier: Register | None, to: int, chosen: Scenario) -> list[tuple[int, Floats]]:
    """Counts of all districts, step by step until `to` is reached or passed."""
    classes = now.counts.shape[2]
    shift = (now.year - earlier.year) // now.width if earlier else max(1, 5 // now.width)
    years = shift * now.width
    small, small_own = change.per_woman(now.counts, now.width, shift)
    born = change.implied_children(now.counts.sum(0), now.width)
    survive = change.lasting(now.year - years if earlier else now.year, now.width, classes, shift)
    cohort, cohort_own = survive, np.broadcast_to(survive, now.counts.shape)
    if earlier:
        cohort, cohort_own = change.cohorts(_aligned(earlier, now), now.counts, shift, survive)
    city = change.Ratios(now.width, shift, cohort, small)
    own = change.Ratios(now.width, shift, cohort_own, small_own)
    course = [(now.year, now.counts)]
    for step, year in enumerate(takewhile(lambda year: year < to, count(now.year, years))):
        then = change.lasting(year, now.width, classes, shift)
        ahead = years * step

        def of(ratios: change.Ratios, then: Floats = then, ahead: int = ahead) -> change.Ratios:
            improved = msgspec.structs.replace(ratios, cohort=ratios.cohort * then / survive)
            return change.changed(improved, chosen, then, born, ahead)

        counts = course[-1][1]
        whole = change.advance(counts.sum(0), of(city))
        whole = whole + chosen.arrivals(float(counts.sum()), now.width, classes, years)
        parts = of(change.faded(own, city, step))
        course.append((year + years, change.step_down(counts, np.maximum(whole, 0.0), parts)))
    return course


def _earlier(found: list[Register], remarks: list[Remark]) -> Register | None:
    """The count that trends are taken from: a whole number of classes ago, of five to ten years the nearest to five."""
    now = found[-1]
    least, most = LIKELY_APART
    fit = [r for r in found[:-1] if (now.year - r.year) % now.width == 0 and least <= now.year - r.year <= most]
    for each in found[:-1]:
        if each not in fit:
            what = f"{now.year - each.year} years before {now.year}: not used for trends, which need 5 to 10 years"
            what += f" and a whole number of classes of {now.width} years." if now.width > 1 else "."
            remarks.append(Remark(str(each.year), 0, "year", what, "left out"))
    if not fit:
        return None
    chosen = max(fit, key=lambda r: r.year)
    for name in set(chosen.districts) ^ set(now.districts):
        year = chosen.year if name in chosen.districts else now.year
        remarks.append(Remark(str(year), 0, name, "only in one of the two counts: it takes the city's trend"))
    return chosen


def _aligned(earlier: Register, now: Register) -> Floats:
    """Counts of the earlier register in the order of today's districts; nobody where it has none of that name."""
    place = {name: i for i, name in enumerate(earlier.districts)}
    none = np.zeros(earlier.counts.shape[1:])
    return np.stack([earlier.counts[place[name]] if name in place else none for name in now.districts])


def _district(now: Register, place: str) -> int | None:
    """Which district `place` is; None for the whole city; raises `NotFound` for neither."""
    if place in now.districts:
        return now.districts.index(place)
    if not place or not now.city or place == now.city:
        return None
    known = ", ".join([now.city, *now.districts][:20])
    raise NotFound(f"There is no place {place!r} in the register.", hint=f"It has: {known}.")


def _check_year(start: int, to: int) -> None:
    if not start < to <= LATEST:
        raise BadInput(
            f"The year must lie after the last count ({start}) and not after {LATEST}.",
            where=f"--to {to}",
            hint=f"Try --to {start + 25}.",
        )


def _ending(people: list[Population], to: int) -> list[Population]:
    """The last year is `to`: on a straight line between the counts around it."""
    before, after = people[-2:]
    share = (to - before.year) / (after.year - before.year)
    return [*people[:-1], Population(to, after.width, before.counts + share * (after.counts - before.counts))]

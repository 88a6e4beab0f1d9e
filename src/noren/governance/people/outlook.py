"""From a folder to an answer: people by year, their needs, who is left to serve them, how sure that is."""

from __future__ import annotations

from itertools import count, takewhile
from pathlib import Path
from typing import Literal

import msgspec

from noren.errors import BadInput, NotFound
from noren.governance.people.demand import Strain, employment, strains, workers
from noren.governance.people.districts import project_register
from noren.governance.people.project import project
from noren.governance.people.records import Population, Remark, Step, known_year
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
    words: list[str]
    districts: list[District] = []
    remarks: list[Remark] = []
    steps: list[Step] = []


def look_ahead(
    folder: Path,
    place: str,
    to: int,
    scenario_name: str = "median",
    shares: Path | None = None,
    start: int | None = None,
) -> Outlook:
    """Project the people of `place` to the year `to`.

    `folder`: tables of the United Nations, or registers of a city (`place`: the city, "", or one of its districts).
    `shares`: a table of employment by function; `start`: the year of the count to begin with (the newest). Raises
    `BadInput` and `NotFound` with file, row and field.
    """
    chosen, parts = scenario(scenario_name), employment(shares)
    if (folder / "popM.tsv").is_file():
        return _from_tables(UnTables(folder, place, start), to, chosen, parts)
    registers, remarks = read_registers(folder, place)
    registers = [each for each in registers if each.year <= known_year([r.year for r in registers], start)]
    return _from_registers(registers, remarks, place, to, chosen, parts)


def look_ahead_from(
    registers: list[Register], remarks: list[Remark], place: str, to: int, scenario_name: str = "median"
) -> Outlook:
    """The same for registers at hand, oldest first and in the same classes; `remarks` on them are added to."""
    return _from_registers(registers, remarks, place, to, scenario(scenario_name), employment())


def _from_tables(tables: UnTables, to: int, chosen: Scenario, parts: dict[str, float]) -> Outlook:
    start = tables.population()
    _check_year(start.year, to)
    begins = takewhile(lambda year: year < to, count(start.year, tables.width))
    given = [tables.rates(year, chosen, step) for step, year in enumerate(begins)]
    steps: list[Step] = []
    for each in given:
        before = steps[-1].after if steps else start
        extra = chosen.arrivals(before.total, before.width, before.counts.shape[1], before.width)
        steps += project(before, [msgspec.structs.replace(each, migration=each.migration + extra)])
    people = _ending([start, *(step.after for step in steps)], to)
    words = ["people.sure.near", "people.sure.far", "people.sure.un"]
    years = [_year(each) for each in people]
    return Outlook(tables.place, chosen, "components", people, years, strains(people, parts), words, steps=steps)


def _from_registers(
    found: list[Register], remarks: list[Remark], place: str, to: int, chosen: Scenario, parts: dict[str, float]
) -> Outlook:
    now = found[-1]
    _check_year(now.year, to)
    own, earlier = _district(now, place, remarks), _earlier(found, remarks)
    course = project_register(now, earlier, to, chosen)
    each = [_ending([Population(y, now.width, c[i]) for y, c in course], to) for i in range(len(now.districts))]
    whole = _ending([Population(y, now.width, c.sum(0)) for y, c in course], to)
    people = whole if own is None else each[own]
    return Outlook(
        place or now.city,
        chosen,
        "ratios" if earlier else "one count",
        people,
        [_year(each) for each in people],
        strains(people, parts),
        _words(people, earlier is not None),
        [_then_and_now(name, course) for name, course in zip(now.districts, each, strict=True)],
        remarks,
    )


def _words(people: list[Population], trends: bool) -> list[str]:
    small = ["people.sure.small"] if people[0].total < SMALL else []
    return ["people.sure.near", "people.sure.far", "people.sure.trend" if trends else "people.sure.one", *small]


def _then_and_now(name: str, course: list[Population]) -> District:
    now, then = course[0], course[-1]
    return District(name, now.total, then.total, now.between(65, None), then.between(65, None))


def _year(people: Population) -> Year:
    young, middle = people.between(0, 15), people.between(15, 65)
    old, oldest = people.between(65, None), people.between(75, None)
    dependency = 100 * old / middle if middle else float("inf")
    return Year(people.year, people.total, young, middle, old, oldest, dependency, workers(people))


def _earlier(found: list[Register], remarks: list[Remark]) -> Register | None:
    """The count that trends are taken from: a whole number of classes ago, of five to ten years the nearest to five."""
    now = found[-1]
    least, most = LIKELY_APART
    fit = [r for r in found[:-1] if (now.year - r.year) % now.width == 0 and least <= now.year - r.year <= most]
    if unused := [str(each.year) for each in found[:-1] if each not in fit]:
        what = f"not used for trends, which need 5 to 10 years before {now.year}"
        what += f" and a whole number of classes of {now.width} years." if now.width > 1 else "."
        remarks.append(Remark(", ".join(unused), 0, "year", what, "left out"))
    if not fit:
        return None
    chosen = max(fit, key=lambda r: r.year)
    for name in set(chosen.districts) ^ set(now.districts):
        year = chosen.year if name in chosen.districts else now.year
        remarks.append(Remark(str(year), 0, name, "only in one of the two counts: it takes the city's trend"))
    return chosen


def _district(now: Register, place: str, remarks: list[Remark]) -> int | None:
    """Which district `place` is; None for the whole city.

    A register that does not name its city takes any other name for it, and says so; else `NotFound`.
    """
    if place in now.districts:
        return now.districts.index(place)
    if not place or place == now.city or set(now.districts) == {""}:
        return None
    if now.city:
        known = ", ".join([now.city, *now.districts][:20])
        raise NotFound(f"There is no place {place!r} in the register.", hint=f"It has: {known}.")
    what = f"No district is called {place}: it is taken for the whole, of {len(now.districts)} district(s)"
    remarks.append(Remark(str(now.year), 0, "--place", what))
    return None


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

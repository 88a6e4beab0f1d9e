"""People ahead, from what the city's districts say of their people by age.

An earlier count is looked for in the districts' history; with one, five to ten years older, trends are the city's own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import isinf
from typing import TYPE_CHECKING, Any

import msgspec

from noren.errors import BadInput
from noren.governance.people import SCENARIOS, Outlook
from noren.governance.people.demand import OTHER, STRAINED, employment, workers
from noren.governance.people.outlook import Year, look_ahead_from
from noren.governance.people.records import Population, Remark
from noren.governance.people.register import Register, alike, of_districts

if TYPE_CHECKING:
    from noren.view import View

Plain = dict[str, Any]
FEW = 100
"""Districts of fewer people are not shown by themselves: it means little, and says much about the few."""
USUAL, AHEAD = 2050, 10
"""The year to which one looks unless another is asked for, at least so many years ahead."""
LATEST = 2100


class Counts(msgspec.Struct):
    """Districts by year of their count, oldest first."""

    years: dict[int, list[Plain]]

    @property
    def key(self) -> int:
        """Another number when the data is another."""
        return hash(msgspec.json.encode(list(self.years.items()), order="deterministic"))


async def counts(view: View) -> Counts:
    """What the districts say, now and in their history; raises `BadInput` when no district does."""
    districts = [each async for each in view.find("District", order="name")]
    dated = [each["dateObserved"][:4] for each in districts if str(each.get("dateObserved", ""))[:4].isdecimal()]
    now = int(max(dated)) if dated else view.now().year
    plain = [{name: each.get(name) for name in ("id", "name", "populationByAge")} for each in districts]
    if not any(each["populationByAge"] for each in plain):
        raise BadInput("No district says its people by age.", hint="Add the city's register by district, sex and age.")
    return Counts(dict(sorted((await _earlier(view, plain, now)).items())) | {now: plain})


async def _earlier(view: View, districts: Sequence[Plain], now: int) -> dict[int, list[Plain]]:
    table = await view.series("District", "populationByAge")
    named = {each["id"]: each for each in districts}
    found: dict[int, dict[str, Plain]] = {}
    for id, at, value in zip(*(table.column(c).to_pylist() for c in ("entity", "observed", "value")), strict=True):
        year = at.astimezone(view.home.zone).year
        if year < now and value and id in named:
            found.setdefault(year, {})[id] = named[id] | {"populationByAge": msgspec.json.decode(value)}
    return {year: list(each.values()) for year, each in found.items()}


def answer(counted: Counts, place: str, to: int | None, scenario: str) -> Plain:
    """The people of the city, or of one district, until a year: by age, what they need, who is left to serve them.

    Raises `BadInput` and `NotFound` for counts, a year, a place or a scenario that cannot be.
    """
    if scenario not in SCENARIOS:
        raise BadInput(f"“{scenario[:40]}” is no scenario.", where="scenario", hint=f"Choose: {', '.join(SCENARIOS)}.")
    registers, remarks = _registers(counted)
    now = registers[-1]
    if place and place not in _places(now):
        raise BadInput(
            f"“{place[:60]}” is no district with people by age.", where="place", hint="Leave it for the city."
        )
    until = to or max(USUAL, now.year + AHEAD)
    if not now.year < until <= LATEST:
        raise BadInput(f"The year lies after {now.year} and not after {LATEST}.", where="to", hint="Try 2050.")
    every = {name: look_ahead_from(registers, list(remarks), place, until, name) for name in SCENARIOS}
    return _told(every[scenario], every, now)


def scenarios(counted: Counts) -> dict[str, list[Population]]:
    """The people of the whole city to the usual year, by scenario; raises `BadInput` for counts that cannot be."""
    registers, remarks = _registers(counted)
    until = max(USUAL, registers[-1].year + AHEAD)
    return {name: look_ahead_from(registers, list(remarks), "", until, name).people for name in SCENARIOS}


def _registers(counted: Counts) -> tuple[list[Register], list[Remark]]:
    found, remarks = [], []
    for year, districts in counted.years.items():
        register, said = of_districts(districts, year)
        found.append(register)
        remarks += said
    return alike(found), remarks


def _places(now: Register) -> list[str]:
    """Districts that may be shown by themselves."""
    return [name for name, people in zip(now.districts, now.counts.sum((1, 2)), strict=True) if people >= FEW]


def _told(found: Outlook, every: Mapping[str, Outlook], now: Register) -> Plain:
    parts = employment()
    return {
        "place": found.place,
        "scenario": found.scenario.name,
        "method": found.method,
        "countedIn": now.year,
        "words": [*found.words, "people.assumed"],
        "years": [_year(each) for each in found.years],
        "pyramids": [_pyramid(each) for each in found.people],
        "scenarios": [{"name": name, "years": [_year(y) for y in each.years]} for name, each in every.items()],
        "strained": round(100 * STRAINED - 100),
        "needs": [msgspec.to_builtins(each) for each in found.strains],
        "workforce": [
            {"function": name, "people": [share * workers(each) for each in found.people]}
            for name, share in sorted(parts.items(), key=lambda item: (item[0] == OTHER, -item[1]))
        ],
        "districts": [
            {"name": d.name, "now": d.now, "then": d.then, "oldNow": d.old_now, "oldThen": d.old_then}
            for d in found.districts
            if d.now >= FEW
        ],
        "hidden": sum(each.now < FEW for each in found.districts),
        "places": _places(now),
        "remarks": [{"where": f"{each.file}, {each.field}", "what": each.what} for each in found.remarks],
    }


def _year(year: Year) -> Plain:
    return {
        "year": year.year,
        "total": year.total,
        "under15": year.under_15,
        "from15to64": year.from_15_to_64,
        "from65": year.from_65,
        "from75": year.from_75,
        # Where nobody is of working age there is no such ratio, and JSON has no infinity.
        "dependency": None if isinf(year.dependency) else year.dependency,
        "workers": year.workers,
    }


def _pyramid(people: Population) -> Plain:
    men, women = people.counts.round(1).tolist()
    return {"year": people.year, "ages": people.labels, "male": men, "female": women}

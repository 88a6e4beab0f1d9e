"""Holding a city against every requirement."""

from __future__ import annotations

from collections.abc import Collection

import msgspec

from noren.conformance.checks import CHECKS
from noren.conformance.finding import Finding, Verdict, hidden
from noren.conformance.people import People
from noren.conformance.reach import City
from noren.conformance.requirements import REQUIREMENTS, Requirement
from noren.errors import BadInput, NorenError


class Report(msgspec.Struct):
    """What was found, a finding a requirement, in order; `left` are ids of test data that could not be removed."""

    url: str
    findings: list[Finding]
    left: list[str]

    def count(self, state: str, level: str = "MUST") -> int:
        """How many requirements of a level are in a state."""
        return sum(each.state == state and REQUIREMENTS[each.requirement].level == level for each in self.findings)

    @property
    def status(self) -> int:
        """1 when a MUST was seen broken or test data was left behind; 2 when a MUST that can be judged over interfaces
        was not shown; else 0."""
        if self.count("broken") or self.left:
            return 1
        open_ = [each for each in self.findings if each.state == "not shown"]
        return 2 if any(_is_due(REQUIREMENTS[each.requirement]) for each in open_) else 0


def _is_due(requirement: Requirement) -> bool:
    return requirement.level == "MUST" and requirement.how != "inspection"


async def conform(city: City, only: Collection[str] = ()) -> Report:
    """Ask for everything that can be asked from outside, or for the requirements of these numbers alone.

    Raises `Unavailable` when nobody answers at the address, `BadInput` for a number that there is not.
    """
    if unknown := sorted(set(only) - REQUIREMENTS.keys()):
        raise BadInput(f"There is no requirement {unknown[0]}.", where="--only", hint="They stand in docs/model.")
    await city.meet()
    asked = [each for each in REQUIREMENTS.values() if not only or each.id in only]
    async with People(city) as people:
        found = {each.id: await _judge(each, city, people) for each in sorted(asked, key=_lasting)}
    return Report(city.url, [found[each.id] for each in asked], people.left)


def _lasting(requirement: Requirement) -> bool:
    """A withdrawal comes last: other tests need the consent."""
    return requirement.id == "JM-5.3"


async def _judge(requirement: Requirement, city: City, people: People) -> Finding:
    verdict = await _verdict(requirement, city, people)
    return Finding(requirement.id, verdict.state, verdict.because, verdict.values)


async def _verdict(requirement: Requirement, city: City, people: People) -> Verdict:
    check = CHECKS.get(requirement.id)
    if check is None:
        return hidden("inspection")
    if requirement.how == "write" and not city.write:
        return hidden("write")
    try:
        return await check(city, people)
    except NorenError as error:
        return hidden("trouble", error=error)

"""Everything that the reports tell, gathered once from what the city declares and from what people answered."""

from __future__ import annotations

import asyncio
from datetime import datetime
from typing import TYPE_CHECKING, Any

import msgspec

from noren.errors import BadInput, NotAllowed
from noren.governance.privacy import answers as asked
from noren.governance.privacy.access import Access, access
from noren.governance.privacy.activities import Activity, activities, planned
from noren.governance.privacy.answers import Answers
from noren.governance.privacy.declarations import Declarations, declarations
from noren.governance.privacy.risks import Facts, Judged, judged
from noren.governance.privacy.standing import Standing, standing
from noren.terms.records import Dataset
from noren.trust.ledger.policy import NOBODY
from noren.trust.ledger.recovery import CHECKPOINT

if TYPE_CHECKING:
    from noren.city import City


_NONE = frozenset({"", "none", "no", "なし", "無", "含まない"})
"""Answers that say that there is nothing of a special kind."""


class Source(msgspec.Struct, frozen=True):
    """A feed that delivers on its own: its name and the kind of its connector."""

    name: str
    kind: str


class Ledger(msgspec.Struct, frozen=True):
    """The city's ledger: whether anything was recorded, and who cosigns."""

    begun: bool = False
    witnesses: tuple[str, ...] = ()
    has_quorum: bool = False
    lapse_minutes: float = 0.0


class Inventory(msgspec.Struct, frozen=True, kw_only=True):
    """What the reports tell, as of `now`; `planned` are titles of services that do not run here."""

    city: dict[str, str]
    organisation: str
    country: str
    languages: tuple[str, ...]
    now: datetime
    timezone: str
    declared: Declarations
    access: Access
    activities: list[Activity]
    planned: list[dict[str, str]]
    sources: list[Source]
    datasets: int
    licensed: int
    ledger: Ledger
    answers: Answers
    standing: Standing

    @property
    def facts(self) -> Facts:
        """What the rules about risks look at."""
        rules = self.declared.rules
        return Facts(
            unchanged=frozenset(each.name for each in rules if each.origin == "packaged"),
            changed=any(each.origin == "changed" for each in rules),
            has_quorum=self.ledger.has_quorum,
            reaches=self.access.government_reaches_companies,
            answered=self.answers.measures,
            settings=self.standing.settings,
        )

    def judged(self, activity: Activity) -> list[Judged]:
        """The risks of an activity."""
        said = self.answers.of(activity.id, "special")
        words = {str(each).strip().lower() for each in (said.values() if isinstance(said, dict) else [said])}
        return judged(activity, self.facts, special=bool(words - _NONE))


async def gather(city: City) -> Inventory:
    """What the city declares, and what was answered in its `privacy.toml`; raises `BadInput` for a file that does not
    hold."""
    declared, datasets = declarations(city), await _datasets(city)
    seen = await asyncio.to_thread(access, city, declared.definitions)
    acts = await asyncio.to_thread(activities, city, declared.definitions)
    return Inventory(
        city=city.config.name,
        organisation=city.organisation,
        country=city.config.country.upper(),
        languages=city.config.languages,
        now=city.clock.now(),
        timezone=city.config.timezone,
        declared=declared,
        access=seen,
        activities=acts,
        planned=[each.title for each in planned(city)],
        sources=[_source(each) for each in city.config.feeds],
        datasets=len(datasets),
        licensed=sum(bool(each.license) for each in datasets),
        ledger=_ledger(city),
        answers=asked.read(city.folder),
        standing=await standing(city),
    )


async def _datasets(city: City) -> list[Dataset]:
    """Of the catalogue, as anybody may read it."""
    try:
        return [each async for each in city.view(city.anonymous).find(Dataset)]
    except NotAllowed:
        return []


def _source(feed: dict[str, Any]) -> Source:
    kind = str(feed.get("kind", ""))
    return Source(str(feed.get("name") or kind), kind)


def _ledger(city: City) -> Ledger:
    begun = (city.ledger_folder / CHECKPOINT).is_file()
    try:
        policy = city.ledger_policy
    except BadInput:
        return Ledger(begun=begun)
    return Ledger(
        begun=begun,
        witnesses=tuple(policy.witnesses),
        has_quorum=policy.quorum != NOBODY,
        lapse_minutes=city.config.ledger.lapse_minutes,
    )

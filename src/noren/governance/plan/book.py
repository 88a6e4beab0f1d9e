"""Everything that the plan tells, gathered once: `gather` reads what its reader may see, and nothing else."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, TypeVar

import msgspec

from noren.catalogue.knowledge import Knowledge, knowledge
from noren.errors import NotAllowed
from noren.governance.backcast import contradictions
from noren.governance.vision import Aim, Measure, aim, measured
from noren.services import all_services
from noren.terms.records import (
    BudgetLine,
    Claim,
    Dataset,
    Decision,
    District,
    Initiative,
    Issue,
    KeyPerformanceIndicator,
    Outcome,
    PopulationProjection,
    Proposal,
    Record,
    Regulation,
    Survey,
    SurveyResult,
    Trial,
    Vision,
)

if TYPE_CHECKING:
    from noren.view import View

R = TypeVar("R", bound=Record)
OPEN = frozenset({"received", "seen", "planned", "at-work"})
"""States of an issue on which the city still works."""


class Gap(msgspec.Struct):
    """A type of data that the city lacks, and how many open issues services that read it would help with."""

    known: Knowledge
    issues: int


class Planned(msgspec.Struct):
    """An outcome with what follows from it."""

    outcome: Outcome
    aim: Aim


class Book(msgspec.Struct, kw_only=True):
    """What a plan tells, as of `now`; lists in the order in which they are told.

    `closed` are types that the reader may not see, `names` what the city calls an entity by its id, `factors` what
    surveys ask about, in words by language.
    """

    city: dict[str, str]
    now: datetime
    timezone: str
    districts: list[District] = []
    projections: list[PopulationProjection] = []
    datasets: list[Dataset] = []
    gaps: list[Gap] = []
    visions: list[Vision] = []
    aims: list[Planned] = []
    contradictions: list[tuple[str, str, int]] = []
    issues: list[Issue] = []
    claims: list[Claim] = []
    initiatives: list[Initiative] = []
    trials: list[Trial] = []
    decisions: list[Decision] = []
    regulations: list[Regulation] = []
    budget: list[BudgetLine] = []
    surveys: list[Survey] = []
    results: list[SurveyResult] = []
    measures: list[KeyPerformanceIndicator] = []
    names: dict[str, str] = {}
    factors: dict[str, dict[str, str]] = {}
    closed: list[str] = []

    def name(self, id: str | None) -> str:
        """What the city calls an entity; the last part of its id when it has no name."""
        return "" if not id else self.names.get(id) or id.rsplit(":", 1)[-1]


class _Reader:
    """Reads whole types; one that may not be seen is noted."""

    def __init__(self, view: View) -> None:
        self.view, self.closed, self.names = view, list[str](), dict[str, str]()

    async def all(self, kind: type[R], order: str = "") -> list[R]:
        """Every entity of the type, by an attribute, name and id."""
        found = [each async for each in self._each(kind)]
        for each in found:
            if called := getattr(each, "title", None) or each.name:
                self.names[each.id] = called
        return sorted(found, key=lambda each: _place(each, order))

    async def _each(self, kind: type[R]) -> AsyncIterator[R]:
        try:
            async for each in self.view.find(kind):
                yield each
        except NotAllowed:
            self.closed.append(kind.__name__)


def _place(entity: Record, order: str) -> tuple[bool, str, str, str]:
    first = getattr(entity, order) if order else ""
    known = f"{first:018.4f}" if isinstance(first, float) else str(first or "")
    return not known and bool(order), known, str(getattr(entity, "title", None) or entity.name or ""), entity.id


async def gather(view: View, city: Mapping[str, str], factors: Mapping[str, dict[str, str]] | None = None) -> Book:
    """The book of a city that is called `city` by language, as `view` may see it; `factors` are what its surveys ask,
    by the name that a result gives."""
    reader = _Reader(view)
    for proposal in await reader.all(Proposal):
        if proposal.moderation in ("held", "removed"):
            reader.names.pop(proposal.id, None)
    issues = [each for each in await reader.all(Issue, "opened_at") if each.status != "merged"]
    outcomes, initiatives = await reader.all(Outcome, "target_year"), await reader.all(Initiative, "starts_on")
    claims = [each for each in await reader.all(Claim, "said_at") if each.moderation == "published"]
    measures = await _measures(view, outcomes)
    return Book(
        city=dict(city),
        now=view.now(),
        timezone=view.home.timezone,
        districts=await reader.all(District),
        projections=await reader.all(PopulationProjection, "scenario"),
        datasets=await reader.all(Dataset),
        gaps=await _gaps(view, issues, initiatives),
        visions=await reader.all(Vision, "target_year"),
        aims=[Planned(each, aim(each, _of(each, measures), view.now())) for each in outcomes],
        contradictions=contradictions(outcomes),
        issues=issues,
        claims=claims,
        initiatives=initiatives,
        trials=await reader.all(Trial, "starts_on"),
        decisions=await reader.all(Decision, "decided_at"),
        regulations=await reader.all(Regulation, "review_on"),
        budget=await reader.all(BudgetLine, "year"),
        surveys=await reader.all(Survey, "opens_at"),
        results=await reader.all(SurveyResult, "measured_at"),
        measures=await reader.all(KeyPerformanceIndicator),
        names=reader.names,
        factors=dict(factors or {}),
        closed=sorted(reader.closed),
    )


async def _gaps(view: View, issues: Sequence[Issue], initiatives: Sequence[Initiative]) -> list[Gap]:
    """What services and initiatives need and no dataset holds; what most open issues wait for first."""
    waiting: dict[str, set[str]] = {name: set() for each in initiatives for name in each.data_needed or ()}
    for service in all_services():
        for name in service.declaration.reads:
            waiting.setdefault(name, set()).update(service.declaration.serves)
    open_now = [each.category for each in issues if each.status in OPEN]
    try:
        known = [each for each in await knowledge(view, sorted(waiting)) if not each.datasets]
    except NotAllowed:
        return []
    found = [Gap(each, sum(category in waiting[each.type] for category in open_now)) for each in known]
    return sorted(found, key=lambda gap: (-gap.issues, gap.known.type))


async def _measures(view: View, outcomes: Sequence[Outcome]) -> dict[str, Measure]:
    """The measures of the outcomes; none when they may not be seen."""
    try:
        return await measured(view, [id for each in outcomes for id in each.measured_by or ()])
    except NotAllowed:
        return {}


def _of(outcome: Outcome, measures: Mapping[str, Measure]) -> list[Measure]:
    return [measures[id] for id in outcome.measured_by or () if id in measures]

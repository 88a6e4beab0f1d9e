"""An initiative as everybody may read it: from its issue to the decision, who pays, who gains, what it still needs."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from noren.catalogue.knowledge import knowledge
from noren.errors import BadInput
from noren.governance import trials
from noren.governance.budget import lines_of, totals
from noren.governance.initiatives import Cost, Gain, Risk, each_of, matches, missing, problems
from noren.governance.vision import Wrong
from noren.terms.records import Decision, Initiative, Issue, Offer, Outcome, Proposal, Regulation, Trial

if TYPE_CHECKING:
    from noren.view import View

Plain = dict[str, Any]
STAGES = ("trial", "idea", "practice", "retired")


async def listing(view: View) -> list[Plain]:
    """All initiatives: those that are tried, ideas, practice, and what was given up."""
    found = [each async for each in view.find(Initiative, order="name")]
    issues = await _names(view, Issue, [id for each in found for id in each.answers_issues or ()])
    rows = [row(each) | {"issues": _named("Issue", each.answers_issues, issues)} for each in found]
    return sorted(rows, key=lambda each: STAGES.index(each["stage"]))


def row(initiative: Initiative) -> Plain:
    """An initiative as a list shows it; `lacks` is what must be stated before it may start."""
    stage = initiative.initiative_stage
    return {
        "id": initiative.id,
        "name": initiative.name or initiative.id,
        "statement": initiative.statement,
        "description": initiative.description,
        "stage": stage if stage in STAGES else "idea",
        "layers": initiative.layers or [],
        "functions": initiative.functions or [],
        "owner": initiative.owner or [],
        "partners": initiative.partners or [],
        "startsOn": initiative.starts_on,
        "endsOn": initiative.ends_on,
        "exitTest": initiative.exit_test,
        "ownerAfter": initiative.owner_after,
        "lacks": missing(initiative),
        "problems": problems(initiative),
    }


async def story(view: View, id: str) -> Plain:
    """One initiative with everything that hangs on it; raises `NotFound`."""
    initiative = await view.need(Initiative, id)
    tried = [each async for each in view.find(Trial, q=f'ofInitiative=="{id}"', order="startsOn")]
    issues = await _all(view, Issue, initiative.answers_issues)
    rules = await _names(view, Regulation, initiative.rules_to_change or ())
    outcomes = await _names(view, Outcome, initiative.serves_outcomes or ())
    wrong: list[Wrong] = []
    lines = await lines_of(view, id)
    return row(initiative) | {
        "issues": [{"id": each.id, "type": "Issue", "name": each.name or each.id} for each in issues],
        "outcomes": _named("Outcome", initiative.serves_outcomes, outcomes),
        "proposal": await _proposal(view, initiative.from_proposal),
        "costs": _read(initiative, "costs", Cost, wrong),
        "gains": _read(initiative, "gains", Gain, wrong),
        "risks": _read(initiative, "risks", Risk, wrong),
        "wrong": wrong,
        "knowledge": await knowledge(view, initiative.data_needed or ()),
        "consentNeeded": initiative.consent_needed,
        "rules": _named("Regulation", initiative.rules_to_change, rules),
        "service": initiative.service,
        "matches": matches(initiative, issues, [each async for each in view.find(Offer)]),
        "budget": totals(lines),
        "trials": [trials.row(each, {}, view.now()) for each in tried],
        "decisions": await _decisions(view, [id, initiative.from_proposal, *(each.id for each in tried)]),
        "satisfaction": await trials.touched(view, [id, *(each.id for each in tried)]),
    }


def _read(initiative: Initiative, field: str, kind: Any, wrong: list[Wrong]) -> list[Any]:
    try:
        return each_of(initiative, field, kind)
    except BadInput as error:
        wrong.append(Wrong(error.what, error.where, error.hint))
        return []


async def _proposal(view: View, id: str | None) -> Plain | None:
    found = await view.get(Proposal, id) if id else None
    return {"id": found.id, "type": "Proposal", "name": found.name or found.id} if found else None


async def _decisions(view: View, about: Iterable[str | None]) -> list[Plain]:
    found = [each for one in about if one async for each in view.find(Decision, q=f'about=="{one}"')]
    return [trials.told(each) for each in sorted(found, key=lambda each: str(each.decided_at))]


async def _all(view: View, kind: Any, ids: Sequence[str] | None) -> list[Any]:
    return [found for id in ids or () if (found := await view.get(kind, id)) is not None]


async def _names(view: View, kind: Any, ids: Sequence[str]) -> dict[str, str]:
    title: Callable[[Any], str] = lambda each: getattr(each, "title", None) or each.name or each.id  # noqa: E731
    return {each.id: title(each) for each in await _all(view, kind, list(dict.fromkeys(ids)))}


def _named(kind: str, ids: Sequence[str] | None, names: Mapping[str, str]) -> list[Plain]:
    return [{"id": id, "type": kind, "name": names[id]} for id in ids or () if id in names]


async def proposals(view: View) -> list[Plain]:
    """Published proposals about which nobody has decided."""
    found = [each async for each in view.find(Proposal, order="-saidAt", limit=100)]
    return [
        {"id": each.id, "type": "Proposal", "name": each.name or each.id, "issues": each.answers_issues or []}
        for each in found
        if each.moderation not in ("held", "removed") and each.status not in ("adopted", "declined")
    ]

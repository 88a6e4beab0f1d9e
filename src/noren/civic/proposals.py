"""Proposals: what residents, firms, universities, non-profits and staff think should be done, by one door.

A proposal answers issues, or would amend another proposal; each is answered by the city in words. What is said about it
stands in `discussion`.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import isfinite
from typing import TYPE_CHECKING, Any, Literal

import msgspec

from noren.civic.folding import normal
from noren.civic.looking import look
from noren.civic.moderating import shown
from noren.civic.references import reference, urn
from noren.errors import BadInput, Conflict
from noren.terms.records import Decision, Issue, Proposal

if TYPE_CHECKING:
    from noren.view import View

ProposerKind = Literal["resident", "firm", "university", "non-profit", "staff"]
State = Literal["considered", "to-vote", "adopted", "declined"]
LONGEST, TITLE, PAGE = 6000, 120, 100
Plain = dict[str, Any]


class Draft(msgspec.Struct, kw_only=True):
    """What somebody proposes: `issues` are ids it answers, `amends` the proposal it would change, `by` an organisation,
    `cost` in the city's currency."""

    name: str = ""
    description: str = ""
    kind: ProposerKind = "resident"
    by: str = ""
    issues: tuple[str, ...] = ()
    amends: str = ""
    cost: float | None = None
    gains: str = ""


class Answer(msgspec.Struct):
    """What the city says to a proposal, by language."""

    state: State
    text: dict[str, str]


class Receipt(msgspec.Struct, rename="camel"):
    """What the one who proposed takes home; `is_first` is false when the same was proposed before."""

    id: str
    reference: str
    is_first: bool
    moderation: str
    masked: tuple[str, ...]


async def submit(view: View, draft: Draft) -> Receipt:
    """Keep a proposal; the same words a second time lead to the first one. Raises `BadInput` that names the field."""
    await _check(view, draft)
    if earlier := await _same(view, draft):
        return Receipt(earlier.id, earlier.reference or "", False, earlier.moderation or "", ())
    number, text = reference(), shown(draft.description, draft.name)
    proposal = Proposal(
        id=urn("Proposal", view.home.slug, number.lower()),
        reference=number,
        status="received",
        proposer_kind=draft.kind,
        proposed_by=look(draft.by).text or None,
        answers_issues=list(dict.fromkeys(draft.issues)) or None,
        amends=draft.amends or None,
        estimated_cost=draft.cost,
        who_gains=look(draft.gains).text or None,
        said_at=view.now(),
        **text.fields,
    )
    await view.keep([proposal])
    return Receipt(proposal.id, number, True, proposal.moderation or "", text.masked)


async def _check(view: View, draft: Draft) -> None:
    if not draft.name.strip():
        raise BadInput("The proposal has no title.", where="name", hint="Say in a few words what should be done.")
    for field, text, longest in (
        ("name", draft.name, TITLE),
        ("description", draft.description, LONGEST),
        ("by", draft.by, TITLE),
        ("gains", draft.gains, TITLE * 4),
    ):
        if len(text) > longest:
            raise BadInput(f"This is longer than {longest} characters.", where=field, hint="Shorten it.")
    if draft.cost is not None and not (isfinite(draft.cost) and draft.cost >= 0):
        raise BadInput("The cost is no amount of money.", where="cost", hint="Zero or more, or leave it out.")
    for issue in draft.issues:
        if await view.get(Issue, issue) is None:
            raise BadInput(f"There is no issue {issue}.", where="issues", hint="Take its id from its page.")
    await _check_amended(view, draft.amends)


async def _check_amended(view: View, id: str) -> None:
    if not id:
        return
    amended = await view.get(Proposal, id)
    if amended is None or amended.moderation != "published":
        raise BadInput(f"There is no proposal {id}.", where="amends", hint="Take its id from its page.")
    if amended.amends:
        raise BadInput("An amendment cannot be amended.", where="amends", hint="Amend the proposal that it amends.")


async def _same(view: View, draft: Draft) -> Proposal | None:
    """The published proposal that says the same about the same."""
    said = normal(look(draft.name).text + look(draft.description).text)
    async for each in view.find(Proposal, q='moderation=="published"', order="-saidAt", limit=PAGE):
        if (each.amends or "") == draft.amends and normal((each.name or "") + (each.description or "")) == said:
            return each
    return None


async def answer(view: View, id: str, said: Answer) -> Proposal:
    """Answer a proposal; raises `BadInput` for an answer without words, `Conflict` for one that was taken away."""
    proposal = await view.need(Proposal, id)
    words = {language: text.strip() for language, text in said.text.items() if text.strip()}
    if not words:
        raise BadInput("The answer has no words.", where="text", hint="Say it in one language at least.")
    if proposal.moderation != "published":
        raise Conflict("This proposal is not published.", where=id, hint="Look at it first.")
    first = proposal.answered_at or view.now()
    await view.change([Proposal(id=id, status=said.state, answer=words, answered_at=first)])
    return await view.need(Proposal, id)


async def listing(view: View, issue: str = "") -> list[Plain]:
    """Proposals that are published, newest first, a hundred at most; of one issue when it is named."""
    q = 'moderation=="published"' + (f';answersIssues=="{issue}"' if issue else "")
    return [row(each) async for each in view.find(Proposal, q=q, order="-saidAt", limit=PAGE)]


def row(proposal: Proposal) -> Plain:
    """A proposal as a list shows it."""
    return {
        "id": proposal.id,
        "reference": proposal.reference,
        "name": proposal.name,
        "description": proposal.description,
        "kind": proposal.proposer_kind,
        "by": proposal.proposed_by,
        "issues": proposal.answers_issues or [],
        "amends": proposal.amends,
        "cost": proposal.estimated_cost,
        "gains": proposal.who_gains,
        "saidAt": proposal.said_at,
        "status": proposal.status,
        "answer": proposal.answer,
        "answeredAt": proposal.answered_at,
        "moderation": proposal.moderation,
        "moderationReason": proposal.moderation_reason,
    }


async def story(view: View, id: str) -> Plain:
    """One proposal with its amendments, the issues that it answers and what was decided; raises `NotFound`."""
    proposal = await view.need(Proposal, id)
    amendments = [each async for each in view.find(Proposal, q=f'amends=="{id}";moderation=="published"')]
    issues = await _named(view, proposal.answers_issues or ())
    decisions = [each async for each in view.find(Decision, q=f'about=="{id}"')]
    return row(proposal) | {
        "amendments": [row(each) for each in sorted(amendments, key=lambda a: str(a.said_at))],
        "answersIssues": issues,
        "decisions": [
            {"id": d.id, "verdict": d.verdict, "grounds": d.grounds, "decidedAt": d.decided_at} for d in decisions
        ],
    }


async def _named(view: View, ids: Sequence[str]) -> list[Plain]:
    found = [issue async for issue in view.find(Issue, ids=list(ids))] if ids else []
    return [{"id": each.id, "name": each.name} for each in found]

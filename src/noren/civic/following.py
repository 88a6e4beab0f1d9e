"""What became of it: from an issue to its reports, causes, proposals, initiatives, trials and decisions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from noren.civic import claims, issues
from noren.civic.folding import OPEN
from noren.civic.issues import overdue
from noren.terms.record import listed
from noren.terms.records import Claim, Decision, Initiative, Issue, Proposal, Report, Trial

if TYPE_CHECKING:
    from noren.view import View

PAGE = 100
REPORTS = 200
"""Reports of one issue that its page shows, oldest first; all are counted."""
Plain = dict[str, Any]


async def listing(
    view: View, *, category: str = "", state: str = "", near: Any = None, within_m: float = 1500.0
) -> list[Plain]:
    """Issues, newest first, a hundred at most: those of a category, in a state ("open", "closed" or one of its own),
    around a place."""
    states = {"": (*OPEN, *issues.ENDS), "open": OPEN, "closed": tuple(sorted(issues.ENDS))}.get(state, (state,))
    q = "status==" + ",".join(f'"{each}"' for each in states)
    q += f';category=="{category}"' if category else ""
    around = {"near": near, "within_m": within_m} if near else {}
    found = [each async for each in view.find(Issue, q=q, order="-openedAt", limit=PAGE, **around)]
    return [row(issue, view) for issue in found]


def row(issue: Issue, view: View) -> Plain:
    """An issue as a list shows it."""
    return {
        "id": issue.id,
        "name": issue.name,
        "description": issue.description,
        "category": issue.category,
        "status": issue.status,
        "reportCount": int(issue.report_count or 0),
        "raisedBy": issue.raised_by,
        "layers": issue.layers or [],
        "functions": issue.functions or [],
        "department": issue.department,
        "openedAt": issue.opened_at,
        "dueAt": issue.due_at,
        "answeredAt": issue.answered_at,
        "closedAt": issue.closed_at,
        "overdue": overdue(issue, view.now()),
        "location": issue.location,
        "address": issue.address,
    }


async def story(view: View, id: str) -> Plain:
    """One issue with everything that hangs on it; raises `NotFound`."""
    issue = await view.need(Issue, id)
    reports = [each async for each in view.find(Report, q=f'inIssue=="{id}"', order="requestedAt", limit=REPORTS)]
    proposals = [each async for each in view.find(Proposal, q=f'answersIssues=="{id}"')]
    initiatives = [each async for each in view.find(Initiative, q=f'answersIssues=="{id}"')]
    trials = [each for one in initiatives async for each in view.find(Trial, q=f'ofInitiative=="{one.id}"')]
    subjects = [issue.id, *(each.id for each in (*proposals, *initiatives, *trials))]
    decisions = [each for one in subjects async for each in view.find(Decision, q=f'about=="{one}"')]
    return row(issue, view) | {
        "answers": listed(issue.answers),
        "closedReason": issue.closed_reason,
        "raisedFrom": issue.raised_from,
        "mergedInto": issue.merged_into,
        "reports": [told(each) for each in reports],
        "claims": [_claim(each) for each in await claims.of(view, id)],
        "proposals": _named(p for p in proposals if p.moderation != "held"),
        "initiatives": _named(initiatives),
        "trials": _named(trials),
        "decisions": [
            {"id": d.id, "about": d.about, "verdict": d.verdict, "grounds": d.grounds, "decidedAt": d.decided_at}
            for d in decisions
        ],
    }


def told(report: Report) -> Plain:
    """A report as everybody may read it."""
    return {
        "reference": report.reference,
        "requestedAt": report.requested_at,
        "channel": report.channel,
        "description": report.description,
        "language": report.text_language,
        "category": report.category,
        "issue": report.in_issue,
        "media": pictures(report.media),
        "moderation": report.moderation or "held",
        "moderationReason": report.moderation_reason,
        "location": report.location,
    }


def pictures(names: Sequence[str] | None, site: str = "") -> list[str]:
    """Where pictures are: kept here, by name, or elsewhere, by address."""
    return [name if name.startswith(("https://", "http://")) else f"{site}/media/{name}" for name in names or ()]


def _claim(claim: Claim) -> Plain:
    return {
        "id": claim.id,
        "kind": claim.claim_kind,
        "text": claim.description,
        "isKnown": bool(claim.is_known),
        "datasets": claim.supported_by or [],
        "studies": claim.studies or [],
        "layers": claim.layers or [],
        "functions": claim.functions or [],
        "author": claim.author_kind,
        "saidAt": claim.said_at,
    }


def _named(entities: Any) -> list[Plain]:
    found: Sequence[Any] = list(entities)
    return [{"id": each.id, "type": type(each).__name__, "name": each.name or each.id} for each in found]


async def weights(view: View) -> dict[str, float]:
    """How much each category weighs when one asks which dataset would help most: one, and one more an open issue.

    Issues count, not reports: a thing that many report is one thing.
    """
    found: dict[str, float] = {}
    async for issue in view.find(Issue, q="status==" + ",".join(f'"{each}"' for each in OPEN)):
        if issue.category:
            found[issue.category] = found.get(issue.category, 1.0) + 1.0
    return found


async def waiting(view: View) -> Plain:
    """For staff: what is held, what nobody has answered in time."""
    held = [each async for each in view.find(Report, q='moderation=="held"', limit=PAGE)]
    with_pictures = view.find(Report, q='heldMedia;moderation=="published"')
    unseen = [each async for each in with_pictures if not each.moderation_reason][:PAGE]
    said = [each async for each in view.find(Claim, q='moderation=="held"', limit=PAGE)]
    late = [
        each
        async for each in view.find(Issue, q='status=="received"', order="dueAt", limit=PAGE)
        if overdue(each, view.now())
    ]
    shown = {each.id: each for each in (*held, *unseen)}.values()
    return {
        "reports": [_held(each) for each in shown],
        "claims": [_claim(each) | {"about": each.about, "heldText": each.held_text} for each in said],
        "issues": [row(each, view) for each in late],
    }


def _held(report: Report) -> Plain:
    return told(report) | {"heldText": report.held_text, "heldMedia": pictures(report.held_media)}

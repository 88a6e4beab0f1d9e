"""Reports that come in by the file: looked at like live ones, folded into issues by the same rule, answered as listed.

`noren add` keeps an export of Open311, 311 or a town's own list as `Report`s whose text waits
(`noren.intake.reported`); this service does the rest, once for each, as often as it runs. A list that is added again
brings the newer state.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

import msgspec

from noren.civic import issues
from noren.civic.categories import Category, categories, guess
from noren.civic.folding import SPAN, text_of, trigrams
from noren.civic.looking import look
from noren.civic.nearby import Nearby, Standing, spot_of
from noren.civic.recorded import ended, settled
from noren.civic.references import urn
from noren.civic.reports import held_reason
from noren.contract import Function, Layer, service
from noren.terms.record import stamp
from noren.terms.records import Issue, Report

if TYPE_CHECKING:
    from noren.view import View

BATCH = 1000
_IDS = 100
"""How many ids one question names."""
Reports = dict[str, list[Report]]
"""By the id of their issue."""


@service(
    functions=[Function.PLATFORM, Function.ADMINISTRATION],
    layers=[Layer.SECURITY],
    purpose="participation",
    reads=[Report, Issue],
    writes=[Report, Issue],
    on=[Report],
    stage="practice",
    title={"en": "Issues from lists of reports", "ja": "通報の一覧からまとめる課題"},
    summary={
        "en": "Looks at reports that came in by the file and folds those of one thing into one issue.",
        "ja": "ファイルで届いた声を確認し、同じ内容のものを一つの課題にまとめます。",
    },
    serves=("transparency",),
    measures=("reports without an issue an hour after a list was added",),
    owner="digital team",
    exit_test="Each year: fewer than one in twenty issues made from lists is folded into another one by hand.",
    cost="None beyond the data.",
    gains="Residents, whose earlier reports are answered in one place with the new ones.",
)
async def fold_reports(view: View) -> None:
    """Gives every report its issue, and every issue the state that the list tells."""
    known = categories()
    waiting = [_looked(each, known) async for each in view.find(Report, q='listState=="waiting"')]
    fresh = [each for each in waiting if not each.in_issue]
    if not waiting:
        return
    fresh.sort(key=lambda each: (_when(each, view), each.id))
    held = await _standing(view, [_when(each, view) for each in fresh])
    made = _fold(view, fresh, held, known)
    told = await _by_issue(view, waiting, made)
    changed = await _issues(view, told, made)
    for start in range(0, len(changed), BATCH):
        await view.change(changed[start : start + BATCH], without=("closedAt", "closedReason"))
    for start in range(0, len(waiting), BATCH):
        await view.change([_kept(each) for each in waiting[start : start + BATCH]], without=("heldText",))


def _when(report: Report, view: View) -> datetime:
    return report.requested_at or view.now()


def _looked(report: Report, known: Mapping[str, Category]) -> Report:
    """A report with its text as it may be shown, of a category that the city has."""
    looked, service = look(report.held_text or ""), report.category or ""
    category = service if service in known else guess(f"{service} {looked.text}", known)
    place = report.address.get("streetAddress") if isinstance(report.address, dict) else report.address
    shown = msgspec.structs.replace(
        report,
        category=category,
        form_answers={"service": service} if service and category != service else report.form_answers,
        address=look(place, but=("address",)).text if place else None,
        list_state="settled",
    )
    if report.in_issue:  # it was looked at before, maybe by a person: that stands
        return msgspec.structs.replace(shown, held_text=None if report.moderation == "published" else looked.text)
    return msgspec.structs.replace(
        shown,
        text_language=looked.language,
        description=None if looked.hold else looked.text or None,
        held_text=looked.text if looked.hold else None,
        moderation="held" if looked.hold else "published",
        moderation_reason=held_reason(looked.hold) if looked.hold else None,
    )


def _kept(report: Report) -> Report:
    """What changes in a report once it was looked at and has its issue."""
    return Report(
        id=report.id,
        in_issue=report.in_issue,
        category=report.category,
        form_answers=report.form_answers,
        address=report.address,
        list_state=report.list_state,
        text_language=report.text_language,
        description=report.description,
        held_text=report.held_text,
        moderation=report.moderation,
        moderation_reason=report.moderation_reason,
    )


async def _standing(view: View, times: Sequence[datetime]) -> list[Standing]:
    """The issues that reports of these times may belong to."""
    if not times:
        return []
    q = f'openedAt>={stamp(min(times) - SPAN)};openedAt<={stamp(max(times))};status!="merged"'
    return [_stands(issue) async for issue in view.find(Issue, q=q) if issue.opened_at]


def _stands(issue: Issue) -> Standing:
    assert issue.opened_at is not None  # noqa: S101 - asked for by it
    words, spot = trigrams(text_of(issue)), spot_of(issue.location)
    return Standing(issue.id, issue.category or "", words, issue.opened_at, issue.closed_at, spot)


def _fold(
    view: View, reports: Iterable[Report], held: Iterable[Standing], known: Mapping[str, Category]
) -> dict[str, Issue]:
    """Give each report its issue; returns the issues that are new, by id."""
    near, made = Nearby(held), dict[str, Issue]()
    for report in reports:
        text, at, spot = report.description or report.held_text or "", _when(report, view), spot_of(report.location)
        category = known[report.category or ""]
        found = near.issue_of(text, category.name, spot, at)
        if found is None:
            issue = _opened(view, report, category, at)
            made[issue.id] = issue
            found = Standing(issue.id, category.name, trigrams(text_of(issue)), at, None, spot)
            near.add(found)
            found.closed = ended(report)
        elif found.closed and (later := ended(report)):
            found.closed = max(found.closed, later)
        elif ended(report) is None:
            found.closed = None
        report.in_issue = found.id
    return made


def _opened(view: View, report: Report, category: Category, at: datetime) -> Issue:
    """The issue that a report is the first of; its id follows from the report's, so that a list added to a new city
    gives the same issues."""
    slug = view.home.slug
    issue = issues.opened(
        slug, at, category, text=report.description or "", place=report.location, address=report.address
    )
    issue.id = urn("Issue", slug, report.id.rsplit(":", 1)[-1])
    return issue


async def _by_issue(view: View, brought: Sequence[Report], made: Mapping[str, Issue]) -> Reports:
    """All reports of the issues that are touched."""
    found: Reports = {}
    for report in brought:
        found.setdefault(report.in_issue or "", []).append(report)
    own, old = {report.id for report in brought}, [id for id in found if id not in made]
    for start in range(0, len(old), _IDS):
        q = "inIssue==" + ",".join(f'"{id}"' for id in old[start : start + _IDS])
        async for report in view.find(Report, q=q):
            if report.id not in own:
                found[report.in_issue or ""].append(report)
    return found


async def _issues(view: View, told: Reports, made: Mapping[str, Issue]) -> list[Issue]:
    """New issues are kept; returns what changes in those that stood already."""
    changed, fresh = list[Issue](), list[Issue]()
    old = [id for id in told if id not in made]
    standing = dict[str, Issue]()
    for start in range(0, len(old), _IDS):
        standing |= {issue.id: issue async for issue in view.find(Issue, ids=old[start : start + _IDS])}
    for id, reports in told.items():
        issue = made.get(id) or standing[id]
        (fresh if id in made else changed).append(settled(issue, reports))
    for start in range(0, len(fresh), BATCH):
        await view.keep(fresh[start : start + BATCH])
    return changed

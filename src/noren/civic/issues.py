"""Issues: what the city works on. Each is answered: seen, where it belongs, what will be done or why not, and closed
with a reason, within the time that its category promises.

>>> sorted(NEXT["received"])
['at-work', 'declined', 'planned', 'seen', 'solved']
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Literal

import msgspec

from noren.civic.categories import Category
from noren.civic.looking import tidy
from noren.civic.references import reference, urn
from noren.civic.turns import turn
from noren.errors import BadInput, Conflict, NotFound
from noren.terms import iri
from noren.terms.record import listed, stamp
from noren.terms.records import Claim, Issue, Report

if TYPE_CHECKING:
    from noren.view import View

State = Literal["received", "seen", "planned", "at-work", "solved", "declined", "merged"]
Raiser = Literal["residents", "data", "staff"]
_WORKING: frozenset[State] = frozenset({"seen", "planned", "at-work", "solved", "declined"})
NEXT: dict[str, frozenset[State]] = {
    "received": _WORKING,
    "seen": _WORKING,
    "planned": _WORKING - {"seen"},
    "at-work": _WORKING - {"seen"},
    "solved": frozenset({"seen", "at-work"}),
    "declined": frozenset({"seen", "planned", "at-work"}),
    "merged": frozenset(),
}
"""Which answer may follow which; an issue that was closed can be taken up again."""
ENDS: frozenset[str] = frozenset({"solved", "declined"})
TITLE = 80
_WORDS, _LOOKED_AT = ("name", "description", "address"), 100


class Answer(msgspec.Struct):
    """What the city said to an issue: its new state and the words by language."""

    state: State
    text: dict[str, str]
    by: str = ""


def opened(
    slug: str,
    now: datetime,
    category: Category,
    *,
    text: str,
    raised_by: Raiser = "residents",
    place: dict[str, Any] | None = None,
    address: Any = None,
    raised_from: str | None = None,
    language: str = "en",
) -> Issue:
    """A new issue of a category, on its layers and functions, with the day by which it shall be answered."""
    return Issue(
        id=urn("Issue", slug, reference().lower()),
        name=called(text, category, language),
        description=text or None,
        category=category.name,
        status="received",
        location=place,
        address=address,
        report_count=0.0,
        raised_by=raised_by,
        raised_from=raised_from,
        layers=list(category.layers),
        functions=list(category.functions),
        department=category.department,
        opened_at=now,
        due_at=now + timedelta(days=category.answer_days),
    )


def called(text: str, category: Category, language: str) -> str:
    """What an issue of these words is called; where they do not show, what its category is called."""
    return shortened(text) or category.meaning.get(language) or category.meaning["en"]


def shortened(text: str) -> str:
    """The first sentence or line of a text, cut at eighty characters.

    >>> shortened("It is dark here. Children walk home.")
    'It is dark here.'
    """
    line = text.strip().splitlines()[0].strip() if text.strip() else ""
    for end in ("。", ". ", "! ", "? ", "！", "？"):
        if 0 < (at := line.find(end)) < TITLE:
            line = line[: at + 1]
    return line if len(line) <= TITLE else line[: TITLE - 1] + "…"


async def say(view: View, id: str, answer: Answer) -> Issue:
    """Answer an issue. Raises `Conflict` for a state that cannot follow, `BadInput` for an answer without words."""
    words = {language: tidy(text) for language, text in answer.text.items() if tidy(text)}
    if not words:
        raise BadInput("The answer has no words.", where="text", hint="Say it in one language at least.")
    async with turn():
        issue = await view.need(Issue, id)
        if answer.state not in NEXT.get(issue.status or "received", frozenset()):
            raise Conflict(
                f"An issue that is {issue.status} cannot become {answer.state}.", where=issue.merged_into or id
            )
        now, ends = view.now(), answer.state in ENDS
        said = {"at": stamp(now), "state": answer.state, "text": words, "by": answer.by or issue.department}
        change = Issue(
            id=issue.id,
            status=answer.state,
            answers=[*listed(issue.answers), said],
            answered_at=issue.answered_at or now,
            closed_at=now if ends else None,
            closed_reason=words if ends else None,
        )
        return await _changed(view, change, without=("closedAt", "closedReason"))


async def place(
    view: View, id: str, category: Category, *, layers: Sequence[str] = (), functions: Sequence[str] = ()
) -> Issue:
    """Put an issue where it belongs: another category, with its department, or other layers and functions. Until it is
    answered the category's time counts, from the day on which it was opened; a promise that was kept stays kept.

    Raises `Conflict` for one that was folded into another.
    """
    async with turn():
        issue = await view.need(Issue, id)
        if issue.status == "merged":
            raise Conflict("This issue was folded into another.", where=issue.merged_into or id, hint="Place that one.")
        start = issue.opened_at or view.now()
        change = Issue(
            id=issue.id,
            category=category.name,
            department=category.department,
            due_at=issue.due_at if issue.answered_at else start + timedelta(days=category.answer_days),
            layers=list(layers or category.layers),
            functions=list(functions or category.functions),
        )
        return await _changed(view, change)


async def merge(view: View, id: str, into: str) -> Issue:
    """Fold one issue into another: its reports and claims move there and its reports are counted there; it stays as a
    pointer, and so do those that pointed to it.

    Raises `Conflict` when it would be folded into itself or into one that was folded itself.
    """
    async with turn():
        one, other = await view.need(Issue, id), await view.need(Issue, into)
        if one.id == other.id or other.status == "merged" or one.status == "merged":
            raise Conflict(
                "This issue cannot be folded into that one.", where=into, hint="Choose the issue that stands."
            )
        moved = [Report(id=each.id, in_issue=other.id) async for each in view.find(Report, q=f'inIssue=="{one.id}"')]
        said = [Claim(id=each.id, about=other.id) async for each in view.find(Claim, q=f'about=="{one.id}"')]
        led = [Issue(id=each.id, merged_into=other.id) async for each in view.find(Issue, q=f'mergedInto=="{one.id}"')]
        gone = Issue(id=one.id, status="merged", merged_into=other.id, report_count=0.0)
        await view.keep([*moved, *said, *led, gone])
        number = await view.count(Report, q=f'inIssue=="{other.id}"')
        return await _changed(view, Issue(id=other.id, report_count=float(number)))


async def reword(view: View, before: Report, after: Report, known: Mapping[str, Category]) -> None:
    """Let an issue that residents raised be called by words that show: those of a report that was published now where
    it has none, those of another report, or of none, where its own were taken away. Call it in turn."""
    issue = await view.get(Issue, after.in_issue) if after.in_issue else None
    category = known.get(issue.category or "") if issue else None
    if issue is None or category is None or issue.raised_by != "residents":
        return
    if issue.description and (issue.description != before.description or issue.description == after.description):
        return
    q = f'inIssue=="{issue.id}";moderation=="published"'
    shown = [each async for each in view.find(Report, q=q, order="requestedAt", limit=_LOOKED_AT)]
    first = next((each for each in shown if each.description), shown[0] if shown else None)
    text, address = (first.description or "", first.address) if first else ("", None)
    if (text, address) == (issue.description or "", issue.address):
        return
    await forget(view, issue.id, _WORDS)
    name = called(text, category, view.home.languages[0])
    change = Issue(id=issue.id, name=name, description=text or None, address=address)
    await view.change([change], without=("description", "address"))


async def forget(view: View, id: str, names: Sequence[str]) -> None:
    """Strike attributes (short names) out of an entity's past, so that what was taken away is not read there."""
    for name in names:
        with suppress(NotFound):  # it has no past
            await view.corrections.clear(id, iri(name))


async def _changed(view: View, change: Issue, without: Sequence[str] = ()) -> Issue:
    await view.change([change], without=without)
    return await view.need(Issue, change.id)


def overdue(issue: Issue, now: datetime) -> bool:
    """Whether the city promised an answer by now and gave none."""
    return issue.answered_at is None and issue.due_at is not None and issue.due_at < now and issue.status != "merged"


def levels(issues: Sequence[Issue], known: Mapping[str, Category], now: datetime) -> dict[str, dict[str, float]]:
    """Per category how many issues there are, how many were answered in time, and how many are overdue.

    Districts are not compared: how much is reported says how much people report.
    """
    found: dict[str, dict[str, float]] = {}
    for issue in issues:
        category = issue.category or ""
        if category in known and issue.status != "merged":
            row = found.setdefault(category, {"issues": 0, "open": 0, "inTime": 0, "overdue": 0})
            row["issues"] += 1
            row["open"] += issue.status not in ENDS
            row["overdue"] += overdue(issue, now)
            answered, due = issue.answered_at, issue.due_at
            row["inTime"] += bool(answered and due and answered <= due)
    return found

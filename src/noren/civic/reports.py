"""Reports: what people hand in, on a phone, at the desk, by telephone or through another program.

A report is kept at once and gets a number. What is published of it is its text with personal data masked; what somebody
must look at first is held, and says so. It belongs to an issue from the start (`folding`).
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import msgspec

from noren.civic import issues
from noren.civic.categories import Category, guess
from noren.civic.drafts import Draft, Shown, check, looked
from noren.civic.folding import matching
from noren.civic.looking import tidy
from noren.civic.references import read, reference, urn
from noren.civic.turns import turn
from noren.errors import BadInput, NotFound
from noren.messages import say
from noren.terms.record import listed
from noren.terms.records import Issue, Report

if TYPE_CHECKING:
    from noren.view import View

LANGUAGES = ("en", "ja")
_WORDS = ("description", "address", "formAnswers", "media")
_SHOWN = (*_WORDS, "heldText", "heldMedia", "moderationReason")
_LISTED = re.compile(r"[\w./-]{1,40}")


class Receipt(msgspec.Struct, rename="camel"):
    """What the one who reported takes home: the number, the issue that it belongs to, and what was done to the text."""

    reference: str
    issue: str
    is_first: bool
    moderation: str
    masked: tuple[str, ...]


async def submit(view: View, draft: Draft, known: Mapping[str, Category]) -> Receipt:
    """Keep a report and fold it into its issue; raises `BadInput` for one that says nothing or lies nowhere."""
    check(draft, known)
    earlier = await find(view, draft.follows) if draft.follows else None
    shown = looked(draft)
    before = earlier.category if earlier and earlier.category in known else ""
    category = known[draft.category or before or guess(shown.text, known)]
    point = draft.point or (earlier.location if earlier else None)
    async with turn():
        issue, first = await _issue(view, shown, category, point, draft, earlier)
        report = _report(view, draft, shown, category.name, point, issue.id, earlier)
        counted = Issue(id=issue.id, report_count=(issue.report_count or 0.0) + 1.0)
        await view.keep([*([issue] if first else []), report, counted])
    return Receipt(report.reference or "", issue.id, first, report.moderation or "", shown.kinds)


async def _issue(
    view: View, shown: Shown, category: Category, point: Any, draft: Draft, earlier: Report | None
) -> tuple[Issue, bool]:
    if earlier and earlier.in_issue:
        followed = await view.need(Issue, earlier.in_issue)
        if followed.status not in issues.ENDS:  # what is closed is not looked at again: it is a new one then
            return followed, False
    found = await matching(view, shown.text, category.name, point)
    if found:
        return found, False
    raiser: issues.Raiser = "staff" if draft.channel == "staff" else "residents"
    return (
        issues.opened(
            view.home.slug,
            view.now(),
            category,
            text="" if shown.hold else shown.text,
            language=view.home.languages[0],
            raised_by=raiser,
            place=point,
            address=shown.address or None,
        ),
        True,
    )


def _report(
    view: View, draft: Draft, shown: Shown, category: str, point: Any, issue: str, earlier: Report | None
) -> Report:
    number, slug, who = reference(), view.home.slug, draft.reporter
    about_somebody = bool(who or shown.kinds)
    return Report(
        id=urn("Report", slug, number.lower()),
        reference=number,
        category=category,
        location=point,
        address=shown.address or None,
        requested_at=view.now(),
        channel=draft.channel,
        in_issue=issue,
        follows=earlier.id if earlier else None,
        form_answers=shown.answers or None,
        text_language=shown.language,
        moderation="held" if shown.hold else "published",
        moderation_reason=held_reason(shown.hold) if shown.hold else None,
        description=None if shown.hold else shown.text or None,
        held_text=shown.text if shown.hold else None,
        held_media=list(draft.media) or None,
        original_text=shown.original or None,
        reporter_name=who.name or None,
        reporter_email=who.email or None,
        reporter_phone=who.phone or None,
        data_subject=urn("Person", slug, uuid.uuid4().hex) if about_somebody else None,
    )


def held_reason(key: str) -> dict[str, str]:
    """Why a text waits for somebody to look at it, by language."""
    return {language: say(language, f"civic.held.{key}") for language in LANGUAGES}


async def find(view: View, number: str) -> Report:
    """The report of that number, ours or that of a list it came in with; raises `BadInput` for what is no number and
    `NotFound` for an unknown one."""
    if _LISTED.fullmatch(number.strip()):
        async for report in view.find(Report, q=f'reference=="{number.strip()}"', limit=1):
            return report
    known = read(number)
    async for report in view.find(Report, q=f'reference=="{known}"', limit=1):
        return report
    raise NotFound("No report has this number.", where=known, hint="Look at the number once more.")


def _words(report: Report) -> list[str]:
    """All that a report shows in words."""
    answers = [one for value in (report.form_answers or {}).values() for one in listed(value)]
    return [str(each) for each in (report.description, report.address, *answers) if each]


async def moderate(
    view: View,
    number: str,
    known: Mapping[str, Category],
    *,
    publish: bool,
    reason: Mapping[str, str],
    text: str = "",
    pictures: bool = True,
) -> Report:
    """Publish what was held, or take away what stands, with the reason that everybody can read; `text` are the words to
    show where staff took a name out of them, and pictures that are not shown stay held.

    What is taken away is taken out of the past as well, and out of its issue where that stands in the report's words.
    Raises `BadInput` when something is taken away, or pictures are kept back, without a reason.
    """
    words = {language: said.strip() for language, said in reason.items() if said.strip()}
    if not words and not (publish and pictures):
        raise BadInput("It is not said why.", where="reason", hint="The reason is published; no names in it.")
    async with turn():
        report = await find(view, number)
        if not publish:
            await issues.forget(view, report.id, _WORDS)
        await view.change([_decided(report, words, publish, tidy(text), pictures)], without=_SHOWN)
        decided = await find(view, number)
        await issues.reword(view, report, decided, known)
    return decided


def _decided(report: Report, words: dict[str, str], publish: bool, text: str, pictures: bool) -> Report:
    shown, held = list(report.media or ()), list(report.held_media or ())
    said = text or report.held_text or report.description
    if publish:
        shown, held = ([*shown, *held], []) if pictures else (shown, held)
    else:
        shown, held = [], [*shown, *held]
    return Report(
        id=report.id,
        moderation="published" if publish else "removed",
        moderation_reason=words or None,
        description=said if publish else None,
        address=report.address if publish else None,
        form_answers=report.form_answers if publish else None,
        held_text=None if publish else "\n".join(_words(report)) or report.held_text,
        media=shown or None,
        held_media=held or None,
    )

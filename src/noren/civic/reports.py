"""Reports: what people hand in, on a phone, at the desk, by telephone or through another program.

A report is kept at once and gets a number. What is published of it is its text with personal data masked; what somebody
must look at first is held, and says so. It belongs to an issue from the start (`folding`).
"""

from __future__ import annotations

import asyncio
import re
import uuid
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal

import msgspec

from noren.civic import issues
from noren.civic.categories import OTHER, Category, guess
from noren.civic.folding import matching
from noren.civic.looking import Looked, look
from noren.civic.references import read, reference, urn
from noren.errors import BadInput, NotFound
from noren.messages import say
from noren.terms.records import Issue, Report

if TYPE_CHECKING:
    from noren.view import View

Channel = Literal["phone", "web", "desk", "open311", "file", "data", "staff"]
LONGEST = 4000
_TURN = "civic.reports.turn"
LANGUAGES = ("en", "ja")
_LISTED = re.compile(r"[\w./-]{1,40}")
_SHOWN = ("description", "heldText", "media", "heldMedia", "moderationReason")


class Reporter(msgspec.Struct, kw_only=True, frozen=True):
    """Who hands something in, if they say so; nobody can read it afterwards but themselves."""

    name: str = ""
    email: str = ""
    phone: str = ""

    def __bool__(self) -> bool:
        return bool(self.name or self.email or self.phone)


class Draft(msgspec.Struct, kw_only=True):
    """What somebody hands in: `place` is longitude and latitude, `media` names pictures that were kept before."""

    description: str = ""
    category: str = ""
    place: tuple[float, float] | None = None
    address: str = ""
    media: tuple[str, ...] = ()
    channel: Channel = "web"
    answers: dict[str, Any] = {}
    reporter: Reporter = Reporter()
    follows: str = ""


class Receipt(msgspec.Struct, rename="camel"):
    """What the one who reported takes home: the number, the issue that it belongs to, and what was done to the text."""

    reference: str
    issue: str
    is_first: bool
    moderation: str
    masked: tuple[str, ...]


async def submit(view: View, draft: Draft, known: Mapping[str, Category]) -> Receipt:
    """Keep a report and fold it into its issue; raises `BadInput` for one that says nothing or lies nowhere."""
    text = checked(draft, known)
    earlier = await find(view, draft.follows) if draft.follows else None
    looked = look(text)
    category = known[draft.category or (earlier.category if earlier and earlier.category else guess(text, known))]
    point = (
        {"type": "Point", "coordinates": list(draft.place)} if draft.place else earlier.location if earlier else None
    )
    # One at a time: two who report one thing at once must find one issue, and both must be counted.
    async with view.home.memory.setdefault(_TURN, asyncio.Lock()):
        issue, first = await _issue(view, looked, category, point, draft, earlier)
        report = _report(view, draft, looked, category.name, point, issue.id, earlier)
        counted = Issue(id=issue.id, report_count=(issue.report_count or 0.0) + 1.0)
        await view.keep([*([issue] if first else []), report, counted])
    assert report.reference is not None  # noqa: S101 - it was given just now
    kinds = tuple(dict.fromkeys(finding.kind for finding in looked.findings))
    return Receipt(report.reference, issue.id, first, report.moderation or "", kinds)


def checked(draft: Draft, known: Mapping[str, Category]) -> str:
    """The text of a draft that can be kept; raises `BadInput` that names the field."""
    text = draft.description.strip()
    if not text and not draft.media and not draft.category:
        raise BadInput("It is not said what this is about.", where="description", hint="A few words are enough.")
    if len(text) > LONGEST:
        raise BadInput(f"The text is longer than {LONGEST} characters.", where="description", hint="Shorten it.")
    if draft.category and draft.category not in known:
        raise BadInput(f"“{draft.category[:60]}” is no category.", where="category", hint=f"Or leave it: {OTHER}.")
    if draft.place and not (-180 <= draft.place[0] <= 180 and -90 <= draft.place[1] <= 90):
        raise BadInput("The place lies nowhere.", where="place", hint="Longitude, then latitude, in degrees.")
    return text


async def _issue(
    view: View, looked: Looked, category: Category, point: Any, draft: Draft, earlier: Report | None
) -> tuple[Issue, bool]:
    if earlier and earlier.in_issue:
        return await view.need(Issue, earlier.in_issue), False
    found = await matching(view, looked.text, category.name, point)
    if found:
        return found, False
    shown = "" if looked.hold else looked.text
    raiser: issues.Raiser = "staff" if draft.channel == "staff" else "residents"
    return (
        issues.opened(
            view.home.slug,
            view.now(),
            category,
            text=shown,
            raised_by=raiser,
            place=point,
            address=draft.address or None,
        ),
        True,
    )


def _report(
    view: View, draft: Draft, looked: Looked, category: str, point: Any, issue: str, earlier: Report | None
) -> Report:
    number, slug = reference(), view.home.slug
    about_somebody = bool(draft.reporter or looked.findings)
    return Report(
        id=urn("Report", slug, number.lower()),
        reference=number,
        category=category,
        location=point,
        address=draft.address or None,
        requested_at=view.now(),
        channel=draft.channel,
        in_issue=issue,
        follows=earlier.id if earlier else None,
        form_answers=draft.answers or None,
        text_language=looked.language,
        moderation="held" if looked.hold else "published",
        moderation_reason=held_reason(looked.hold) if looked.hold else None,
        description=None if looked.hold else looked.text or None,
        held_text=looked.text if looked.hold else None,
        held_media=list(draft.media) or None,
        original_text=draft.description if looked.findings else None,
        reporter_name=draft.reporter.name or None,
        reporter_email=draft.reporter.email or None,
        reporter_phone=draft.reporter.phone or None,
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


async def moderate(
    view: View, number: str, *, publish: bool, reason: Mapping[str, str], pictures: bool = True
) -> Report:
    """Publish what was held, or take away what stands, with the reason that everybody can read.

    Raises `BadInput` when something is taken away without a reason.
    """
    report = await find(view, number)
    words = {language: text.strip() for language, text in reason.items() if text.strip()}
    if not publish and not words:
        raise BadInput("It is not said why.", where="reason", hint="The reason is published; no names in it.")
    shown: Sequence[str] = [*(report.media or ()), *((report.held_media or ()) if pictures else ())]
    change = Report(
        id=report.id,
        moderation="published" if publish else "removed",
        moderation_reason=words or None,
        description=(report.held_text or report.description) if publish else None,
        held_text=None if publish else report.description or report.held_text,
        media=list(shown) or None if publish else None,
        held_media=None if publish else [*(report.media or ()), *(report.held_media or ())] or None,
    )
    await view.change([change], without=_SHOWN)
    return await find(view, number)

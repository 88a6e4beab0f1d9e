"""Which issue a report belongs to: the same kind of thing, at the same place, at about the same time.

Reports of one thing are folded into one issue and counted there. Nothing is lost by it (each report stays, with its own
number), and nothing is gained: how often a thing was reported is shown, and decides nothing.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from noren.civic.categories import OTHER
from noren.terms.records import Issue

if TYPE_CHECKING:
    from noren.view import View

NEAR_M = 60.0
SPAN = timedelta(days=45)
CANDIDATES = 200
SAME, ALIKE = 0.9, 0.35
"""Share of character trigrams in common (Jaccard) from which texts say the same, and speak of the same thing."""
OPEN = ("received", "seen", "planned", "at-work")


async def matching(view: View, report_text: str, category: str, place: dict[str, object] | None) -> Issue | None:
    """The open issue that a report belongs to, None when it is the first of its kind."""
    recent = [issue for issue in await _candidates(view, category, place) if _open_lately(issue, view.now())]
    alike = [likeness(report_text, text_of(issue)) for issue in recent]
    best = max(range(len(recent)), key=alike.__getitem__, default=None)
    return recent[best] if best is not None and belongs(alike[best], category, place is not None) else None


def belongs(alike: float, category: str, near: bool) -> bool:
    """Whether a report belongs to the issue whose text is most like its own; `near` when both are at one place."""
    # Two reports of one kind within a few steps are of one thing even when words differ, unless the kind says nothing.
    return alike >= (ALIKE if near else SAME) or (near and category != OTHER)


async def _candidates(view: View, category: str, place: dict[str, object] | None) -> list[Issue]:
    q = f'category=="{category}";status==' + ",".join(f'"{state}"' for state in OPEN)
    if place is None:
        return [issue async for issue in view.find(Issue, q=q, order="-openedAt", limit=CANDIDATES)]
    return [issue async for issue in view.find(Issue, q=q, near=place, within_m=NEAR_M, limit=CANDIDATES)]


def _open_lately(issue: Issue, now: datetime) -> bool:
    return issue.opened_at is not None and now - issue.opened_at < SPAN


def text_of(issue: Issue) -> str:
    """The words by which an issue is compared with reports."""
    return issue.description or issue.name or ""


def likeness(one: str, other: str) -> float:
    """Share of character trigrams that two texts have in common (Jaccard), whatever their case, width and spaces.

    >>> likeness("Street light is OUT", "street  light is out")
    1.0
    """
    return overlap(trigrams(one), trigrams(other))


def overlap(first: frozenset[str], second: frozenset[str]) -> float:
    """Share of what two sets have in common (Jaccard); two empty ones are alike."""
    if not first or not second:
        return float(first == second)
    return len(first & second) / len(first | second)


def trigrams(text: str) -> frozenset[str]:
    """The character trigrams of a text in its plainest form; the text itself when it is shorter."""
    plain = normal(text)
    return frozenset(plain[i : i + 3] for i in range(len(plain) - 2)) or frozenset(_some(plain))


def normal(text: str) -> str:
    """Letters and digits of a text in NFKC and lower case, nothing between them."""
    return re.sub(r"[\W_]+", "", unicodedata.normalize("NFKC", text).casefold())


def _some(plain: str) -> Iterable[str]:
    return (plain,) if plain else ()

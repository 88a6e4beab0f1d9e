"""Which issue a report belongs to: the same kind of thing, at the same place, at about the same time.

Reports of one thing are folded into one issue and counted there. Nothing is lost by it (each report stays, with its own
number), and nothing is gained: how often a thing was reported is shown, and decides nothing.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from datetime import timedelta
from typing import TYPE_CHECKING

from noren.civic.categories import OTHER
from noren.terms.record import stamp
from noren.terms.records import Issue

if TYPE_CHECKING:
    from noren.view import View

SPOT_M, NEAR_M = 30.0, 60.0
"""What lies closer than `SPOT_M` is one spot. A telephone misses a place by some eight metres each way: of two reports
of one street lamp 2 in 100 fall outside, of two lamps fifty metres apart 2 in 100 inside (within sixty metres: 79)."""
SPAN = timedelta(days=45)
CANDIDATES = 200
NEVER, SAME, ALIKE = 2.0, 0.9, 0.35
"""Share of character trigrams in common (Jaccard) from which texts say the same, and speak of the same thing."""
TELLING = 40
"""Trigrams from which a text is so long that nobody says the same of another thing.
“The street light is out” is not."""
OPEN = ("received", "seen", "planned", "at-work")


async def matching(view: View, report_text: str, category: str, place: dict[str, object] | None) -> Issue | None:
    """The open issue that a report belongs to, None when it is the first of its kind."""
    spot = await _best(view, report_text, category, place, SPOT_M)
    if spot is not None or place is None or len(trigrams(report_text)) < TELLING:
        return spot
    return await _best(view, report_text, category, place, NEAR_M)


async def _best(view: View, text: str, category: str, place: dict[str, object] | None, within_m: float) -> Issue | None:
    found = await _candidates(view, category, place, within_m)
    best = max(found, key=lambda issue: likeness(text, text_of(issue)), default=None)
    if best is None:
        return None
    late = best.opened_at is None or view.now() - best.opened_at >= SPAN
    least = needed(category, None if place is None else within_m, late=late)
    return best if likeness(text, text_of(best)) >= least else None


def needed(category: str, away_m: float | None, *, late: bool = False, telling: bool = True) -> float:
    """How alike words must be to belong to an issue `away_m` metres off (None: one of them lies nowhere).

    Two of one kind at one spot at about one time are of one thing whatever they say, unless the kind says nothing.
    Words without a place must say the same, words from further off as well, and be `telling` besides: two things
    wrongly taken for one are worse than one taken for two, since nobody sees that a second lamp was never repaired.
    """
    if away_m is None:
        return SAME
    if away_m > SPOT_M:
        return SAME if telling else NEVER
    return ALIKE if late or category == OTHER else 0.0


async def _candidates(view: View, category: str, place: dict[str, object] | None, within_m: float) -> list[Issue]:
    q = f'category=="{category}";status==' + ",".join(f'"{state}"' for state in OPEN)
    if place is not None:
        return [issue async for issue in view.find(Issue, q=q, near=place, within_m=within_m, limit=CANDIDATES)]
    since = stamp(view.now() - SPAN)
    return [issue async for issue in view.find(Issue, q=f"{q};openedAt>={since}", order="-openedAt", limit=CANDIDATES)]


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

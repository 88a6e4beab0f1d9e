"""The book as a document in one language."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from noren.errors import BadInput
from noren.governance.pages import Chapter, Document, Teller
from noren.governance.plan.aims import aims
from noren.governance.plan.book import Book
from noren.governance.plan.doing import initiatives, rules, trials
from noren.governance.plan.life import measures, wellbeing
from noren.governance.plan.matters import causes, issues
from noren.governance.plan.money import money
from noren.governance.plan.roadmap import roadmap
from noren.governance.plan.situation import known, people

LANGUAGES = ("en", "ja")
CHAPTERS: Sequence[Callable[[Book, Teller], Chapter]] = (
    people,
    known,
    aims,
    issues,
    causes,
    initiatives,
    roadmap,
    trials,
    rules,
    money,
    wellbeing,
    measures,
)


def spoken(language: str) -> str:
    """The language, when the plan is written in it; raises `BadInput` otherwise."""
    if language not in LANGUAGES:
        raise BadInput(
            f"The plan is not written in “{language[:20]}”.", where="language", hint=f"One of {', '.join(LANGUAGES)}."
        )
    return language


def document(book: Book, language: str) -> Document:
    """The plan in a language; raises `BadInput` for one in which it is not written."""
    tell = Teller(spoken(language), book.timezone)
    return Document(
        title=tell("plan.title"),
        city=tell.said(book.city),
        language=language,
        date=tell("plan.asOf", date=tell.date(book.now)),
        chapters=[make(book, tell) for make in CHAPTERS],
        contents=tell("plan.contents"),
        subtitle=tell("plan.subtitle"),
        day=tell.day(book.now),
    )

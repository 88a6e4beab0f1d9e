"""One question that shows whether a notice was understood; it can be answered once, and not by where an answer stands.

A wrong answer uses it up: the notice is shown again with another question, and no consent is made. Questions wait in a
table, so that whoever asks and whoever is answered may be different processes.
"""

from __future__ import annotations

import random
import secrets
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec

from noren.errors import BadInput
from noren.messages import say
from noren.trust.consent.notice import Called, Notice, notice
from noren.trust.consent.offer import Offer
from noren.trust.purposes import PURPOSES
from noren.trust.rows import changing, open_rows

ANSWERS = 3
PATIENCE_S = 1800.0
_TABLES = """
CREATE TABLE IF NOT EXISTS question (
    id TEXT PRIMARY KEY, subject BLOB NOT NULL, offer TEXT NOT NULL, language TEXT NOT NULL, notice TEXT NOT NULL,
    answer INTEGER NOT NULL, until REAL NOT NULL
) STRICT;
"""


class Question(msgspec.Struct, frozen=True, kw_only=True):
    """What is asked, and what can be answered; which answer is right is not in it."""

    id: str
    text: str
    answers: tuple[str, ...]


class Shown(msgspec.Struct, frozen=True):
    """The notice that was understood, by its hash, and its language."""

    notice: str
    language: str


class Questions:
    """The questions that wait for an answer."""

    def __init__(
        self, file: Path, *, clock: Callable[[], float] = time.time, chance: random.Random | None = None
    ) -> None:
        self._db = open_rows(file, _TABLES)
        self._clock, self._chance = clock, chance or random.SystemRandom()

    def ask(
        self, subject: bytes, offer: Offer, language: str, called: Called, others: Sequence[str] = ()
    ) -> tuple[Notice, Question]:
        """The notice of an offer for one resident, with a question about it; `others` are names of other organisations
        that could be mistaken for the recipient."""
        shown = notice(offer, language, called)
        text, right, wrong = self._chance.choice(_questions(offer, shown, others))
        answers = [right, *self._chance.sample(sorted(set(wrong) - {right}), ANSWERS - 1)]
        self._chance.shuffle(answers)
        asked = Question(id=secrets.token_urlsafe(16), text=text, answers=tuple(answers))
        now = self._clock()
        with changing(self._db):
            self._db.execute(
                "DELETE FROM question WHERE until < ? OR (subject, offer) = (?, ?)", (now, subject, offer.id)
            )
            self._db.execute(
                "INSERT INTO question VALUES (?, ?, ?, ?, ?, ?, ?)",
                (asked.id, subject, offer.id, shown.language, shown.hash, answers.index(right), now + PATIENCE_S),
            )
        return shown, asked

    def answered(self, id: str, subject: bytes, offer: Offer, answer: int) -> Shown:
        """What was shown to whoever answered rightly; raises `BadInput` for a wrong answer, and for a question that was
        answered before, is too old, or was asked of somebody else or about another offer."""
        row = self._db.execute(
            "DELETE FROM question WHERE (id, subject, offer) = (?, ?, ?) RETURNING language, notice, answer, until",
            (id, subject, offer.id),
        ).fetchone()
        if row is None or row[3] < self._clock():
            raise BadInput("This question is no longer open.", where="question", hint="Read the notice again.")
        if row[2] != answer:
            raise BadInput("That is not what the notice says.", where="answer", hint="Read the notice again.")
        return Shown(row[1], row[0])

    def close(self) -> None:
        """Let go of the file."""
        self._db.close()


def _questions(offer: Offer, shown: Notice, others: Sequence[str]) -> list[tuple[str, str, list[str]]]:
    """Text, right answer and wrong ones of everything that can be asked about an offer."""
    recipient, _ = offer.words(shown.language)
    spare = [say(shown.language, f"notice.nobody.{number}") for number in range(1, 4)]
    purposes = [each.meaning[shown.language] for each in PURPOSES.values() if each.name != offer.purpose]
    durations = [say(shown.language, "notice.days", days=days) for days in _other_days(offer.days)]
    return [
        (_ask(shown, "who", what=shown.attributes[0]), recipient, [*others, *spare]),
        (_ask(shown, "why", recipient=recipient), PURPOSES[offer.purpose].meaning[shown.language], purposes),
        (_ask(shown, "long"), say(shown.language, "notice.days", days=offer.days), durations),
    ]


def _ask(shown: Notice, about: str, **values: object) -> str:
    return say(shown.language, f"notice.ask.{about}", **values)


def _other_days(days: int) -> list[int]:
    return [each for each in (7, 14, 30, 60, 90, 180, 365) if max(each, days) >= 2 * min(each, days)]

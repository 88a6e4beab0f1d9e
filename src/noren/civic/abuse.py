"""Words for which a text is held until a person has looked; nothing is ever deleted or changed by a list.

A list of words is a blunt tool: it misses much and stops some harmless texts. So the list is short and mild, each
entry says why it is there, a city replaces it by its own (`language,word,reason`), and the answer is only "look at this
first". Names to know: `WordList`, `Held`.

>>> WordList.packaged().held("Whoever planned this is an IDIOT.")
[Held(word='idiot', reason='insult', start=27, end=32)]
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from noren.errors import BadInput

_WIDE = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}
_KATAKANA = re.compile("[ァ-ヺー]+")


@dataclass(frozen=True)
class Held:
    """A word of the list in the text, from `start` to before `end`, and why it is on the list."""

    word: str
    reason: str
    start: int
    end: int


class WordList:
    """Words with reasons; letters stand for whole words, kanji for any place, katakana for whole runs of it."""

    def __init__(self, entries: Iterable[tuple[str, str]]) -> None:
        self._entries = [(word, reason, _pattern(word)) for word, reason in dict(entries).items()]

    @classmethod
    def packaged(cls) -> WordList:
        """The short list that comes with Noren."""
        with (files(__package__) / "abuse.csv").open(encoding="utf-8") as stream:
            return cls((row["word"], row["reason"]) for row in csv.DictReader(stream))

    @classmethod
    def of(cls, path: Path) -> WordList:
        """A city's own list; raises `BadInput` when a column is missing or a word is empty."""
        entries = []
        with path.open(encoding="utf-8-sig", newline="") as stream:
            for number, row in enumerate(csv.DictReader(stream), 2):
                word = (row.get("word") or "").strip()
                if not word or "reason" not in row:
                    raise BadInput(
                        "The row needs a word and a reason.",
                        where=f"{path.name}, row {number}",
                        hint="The columns are language, word, reason.",
                    )
                entries.append((word, (row["reason"] or "").strip()))
        return cls(entries)

    def held(self, text: str) -> list[Held]:
        """Why a person should look at the text before others do; empty when nothing stands against it."""
        narrow = text.translate(_WIDE).lower()
        found = [
            Held(word, reason, *match.span())
            for word, reason, pattern in self._entries
            for match in pattern.finditer(narrow)
        ]
        return sorted(found, key=lambda each: each.start)


def _pattern(word: str) -> re.Pattern[str]:
    plain = re.escape(word.translate(_WIDE).lower())
    if _KATAKANA.fullmatch(word):
        return re.compile(f"(?<![ァ-ヺー]){plain}(?![ァ-ヺー])")
    return re.compile(rf"\b{plain}\b" if word[0] < "\u3000" else plain)

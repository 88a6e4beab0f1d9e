"""How a document speaks: messages, dates, numbers and other people's words in one language."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from noren.messages import say
from noren.terms import TYPES


class Teller:
    """Speaks one language, in one time zone.

    >>> teller = Teller("en")
    >>> teller.number(1234567.5), teller.number(3.0), teller.named("layer", "safety"), teller.named("layer", "else")
    ('1,234,567.5', '3', 'Safety', 'else')
    """

    def __init__(self, language: str, timezone: str = "UTC") -> None:
        self.language, self._zone = language, ZoneInfo(timezone)

    def __call__(self, key: str, **values: object) -> str:
        """The message of that key; empty values are given as an empty text."""
        return say(self.language, key, **values)

    def named(self, kind: str, value: str | None) -> str:
        """What a word of the data is called (`layer`, `plan.stage` …); the word itself when it has no other name."""
        key = f"{kind}.{value}"
        found = say(self.language, key)
        return (value or "") if found == key else found

    def type(self, name: str) -> str:
        """What a type of entity is called."""
        return TYPES[name].meaning.get(self.language, name) if name in TYPES else name

    def said(self, words: Any) -> str:
        """Somebody's own words: in this language, else in any in which they were said."""
        if isinstance(words, Mapping):
            found = words.get(self.language) or next((each for _, each in sorted(words.items()) if each), "")
            return self.said(found)
        return "" if words is None else str(words).strip()

    def number(self, value: float | None) -> str:
        """A number with thousands apart and two decimals at most; a dash when it is not known."""
        if value is None:
            return "–"
        text = f"{value:,.2f}".rstrip("0").rstrip(".")
        return "0" if text == "-0" else text

    def date(self, time: datetime | None) -> str:
        """The day in the city; a dash when it is not known."""
        if time is None:
            return "–"
        day = time.astimezone(self._zone)
        return f"{day.year}年{day.month}月{day.day}日" if self.language == "ja" else f"{day:%Y-%m-%d}"

    def day(self, time: datetime) -> tuple[int, int, int]:
        """Year, month and day in the city."""
        local = time.astimezone(self._zone)
        return local.year, local.month, local.day

    def listed(self, words: Any) -> str:
        """Several things in a row."""
        return ("、" if self.language == "ja" else ", ").join(each for each in words if each)

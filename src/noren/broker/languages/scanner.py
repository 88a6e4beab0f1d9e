"""A text being read from left to right; every complaint says at which character."""

from __future__ import annotations

import re
from typing import NoReturn

from noren.errors import BadInput

LONGEST = 8_000
_SPACE = re.compile(r"\s*")


class Scanner:
    """Reads `text`, the value of the parameter `name`."""

    def __init__(self, text: str, name: str) -> None:
        self.text, self.name, self.at = text, name, 0
        if not isinstance(text, str) or len(text) > LONGEST:
            raise BadInput(f"{name} must be a text of at most {LONGEST} characters.", where=name)
        self.skip()

    def fail(self, what: str, hint: str = "") -> NoReturn:
        """Refuse the text here."""
        raise BadInput(what, where=f"{self.name}, character {self.at + 1}", hint=hint)

    def skip(self) -> None:
        """Pass over white space."""
        self.at = _SPACE.match(self.text, self.at).end()  # type: ignore[union-attr]

    @property
    def done(self) -> bool:
        """Whether nothing is left."""
        return self.at >= len(self.text)

    def peek(self) -> str:
        """The next character, empty at the end."""
        return self.text[self.at : self.at + 1]

    def accept(self, *words: str) -> str:
        """Pass over the first of `words` that stands here; empty when none does."""
        for word in words:
            if self.text.startswith(word, self.at):
                self.at += len(word)
                self.skip()
                return word
        return ""

    def expect(self, word: str) -> None:
        """Pass over `word`, or refuse."""
        if not self.accept(word):
            found = f"“{self.peek()}” stands there" if self.peek() else "the text ends"
            self.fail(f"“{word}” is expected, but {found}.")

    def match(self, pattern: re.Pattern[str]) -> str | None:
        """Pass over what the pattern matches here."""
        found = pattern.match(self.text, self.at)
        if found is None:
            return None
        self.at = found.end()
        self.skip()
        return found[0]

"""Regular expressions from outside: only those are let in that cannot keep the city busy for hours.

A group that repeats without bound and holds a repetition or an alternative can take exponential time on a text that
nearly fits; such patterns are refused, as are very long ones.
"""

from __future__ import annotations

from noren.errors import BadInput
from noren.store.query import pattern

LONGEST = 300
_HINT = f"Write a regular expression of at most {LONGEST} characters, without a repeated group that repeats inside."


def safe_pattern(text: str, where: str) -> str:
    """The pattern; raises `BadInput` for one that is empty, too long, explosive, or that does not compile."""
    if not isinstance(text, str) or not text or len(text) > LONGEST:
        raise BadInput("The pattern is empty or too long.", where=where, hint=_HINT)
    if _explodes(text):
        raise BadInput("The pattern repeats a group that itself repeats or has alternatives.", where=where, hint=_HINT)
    try:
        pattern(text)
    except BadInput as error:
        raise BadInput(error.what, where=where, hint=_HINT) from None
    return text


def _explodes(text: str) -> bool:
    varies = [False]
    at = 0
    while at < len(text):
        mark = text[at]
        if mark == "\\":
            at += 1
        elif mark == "[":
            at = _behind_class(text, at)
        elif mark == "(":
            varies.append(False)
        elif mark == ")" and len(varies) > 1:
            inner = varies.pop()
            repeats = text[at + 1 : at + 2] in ("+", "*", "{")
            if inner and repeats:
                return True
            varies[-1] = varies[-1] or inner or repeats
        elif mark in "|+*{":
            varies[-1] = True
        at += 1
    return False


def _behind_class(text: str, at: int) -> int:
    """Where the character class that opens at `at` ends; the end of the text when it does not."""
    at += 2 if text[at + 1 : at + 2] in ("]", "^") else 1
    while at < len(text) and text[at] != "]":
        at += 2 if text[at] == "\\" else 1
    return at

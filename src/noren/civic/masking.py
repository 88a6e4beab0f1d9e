"""Personal data in free text: found by its form, replaced by what it was.

Patterns carry only so far: a name without a title, or an address told in words, is not found. What is found has a
kind, a place and a confidence (near 1 where the form is unmistakable, one half where other things have it, too). Dates,
prices, bus numbers, coordinates, heights and numbers of laws stay. Names to know: `mask`, `find`, `Found`.

>>> mask("電話は０９０-１２３４-５６７８です").text
'電話は［電話番号］です'
>>> mask("Write to me at someone@example.org, bus 12 at 8:30").text
'Write to me at [e-mail address], bus 12 at 8:30'
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime

from noren.civic.masking_patterns import (
    ADDRESSES,
    CARD,
    EMAIL,
    MY_NUMBER,
    NAMES,
    NO_ADDRESS,
    NO_NAME,
    NO_PLATE,
    PHONES,
    PLATES,
    URLS,
    Pattern,
)
from noren.messages import say

LIKELY = 0.5
_AROUND = 12
_NARROW = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {
    0x3000: " ",
    **{ord(mark): "-" for mark in "‐‑‒–—―−－ｰ"},
}
_CJK = re.compile("[ぁ-ヺ一-鿿]")
_LONG_VOWEL = re.compile(r"(?<=\d)ー(?=\d)")
_OFFICES = frozenset("員者長署課係校店社院官師")
_ROLES = frozenset(
    "員者手長主人屋官師生客親父母子妻夫奥兄姉弟妹孫隣家民皆医署課係校店社院方達徒婦様同模多仕一異各何神王摂華両某彼"
)


@dataclass(frozen=True)
class Found:
    """Personal data from `start` to before `end` of the text."""

    kind: str
    start: int
    end: int
    confidence: float


@dataclass(frozen=True)
class Masked:
    """The text with placeholders, and what was found (places are those of the text before)."""

    text: str
    found: list[Found]


def mask(text: str, language: str = "", *, least: float = LIKELY, but: Collection[str] = ()) -> Masked:
    """Replace what is found with at least the confidence `least`, other than of the kinds `but`, by its kind in
    `language` (else the text's own)."""
    language = language or ("ja" if _CJK.search(text) else "en")
    found = [each for each in find(text) if each.confidence >= least and each.kind not in but]
    parts, place = [], 0
    for each in found:
        parts += [text[place : each.start], say(language, f"masking.{each.kind}")]
        place = each.end
    return Masked("".join([*parts, text[place:]]), found)


def find(text: str) -> list[Found]:
    """Everything found, in order, without overlaps: where two kinds claim the same place, the surer form wins."""
    narrow = _LONG_VOWEL.sub("-", text.translate(_NARROW))
    taken: list[Found] = []
    for each in _all(narrow):
        if not any(each.start < other.end and other.start < each.end for other in taken):
            taken.append(each)
    return sorted(taken, key=lambda each: each.start)


def _all(text: str) -> Iterator[Found]:
    """Surest forms first."""
    yield from _matches("email", text, EMAIL)
    yield from _matches("url", text, URLS)
    yield from (each for each in _matches("card", text, CARD) if _luhn(_digits(text, each)))
    yield from (each for each in _matches("myNumber", text, MY_NUMBER) if _is_my_number(text, each))
    yield from (each for each in _matches("phone", text, PHONES) if 8 <= len(_digits(text, each)) <= 15)
    yield from (each for each in _matches("address", text, ADDRESSES) if not _no_address(text, each))
    yield from (each for each in _matches("plate", text, PLATES) if not NO_PLATE.match(text[each.start : each.end]))
    yield from (each for each in _matches("name", text, NAMES) if not _no_name(text, each))


def _matches(kind: str, text: str, patterns: list[Pattern]) -> Iterator[Found]:
    for pattern, confidence in patterns:
        for match in pattern.finditer(text):
            yield Found(kind, *match.span("it" if "it" in pattern.groupindex else 0), confidence)


def _digits(text: str, found: Found) -> str:
    return re.sub(r"\D", "", text[found.start : found.end])


def _luhn(digits: str) -> bool:
    """Check digit of payment cards (ISO/IEC 7812-1)."""
    doubled = [int(each) * 2 for each in digits[-2::-2]]
    total = sum(map(int, digits[-1::-2])) + sum(each - 9 if each > 9 else each for each in doubled)
    return total % 10 == 0 and len(set(digits)) > 1


def is_my_number(digits: str) -> bool:
    """Whether twelve digits carry the check digit of Japan's individual number (order 85 of 2014, article 5)."""
    body = [int(each) for each in reversed(digits[:11])]
    rest = sum(digit * (n + 1 if n <= 6 else n - 5) for n, digit in enumerate(body, 1)) % 11
    return len(digits) == 12 and int(digits[11]) == (0 if rest <= 1 else 11 - rest)


def _is_my_number(text: str, found: Found) -> bool:
    digits = _digits(text, found)
    return is_my_number(digits) and not _is_time(digits) and len(set(digits)) > 1


def _is_time(digits: str) -> bool:
    """Twelve digits that read as a time of these decades, like 202401151230."""
    try:
        return 1950 <= datetime.strptime(digits, "%Y%m%d%H%M").year <= 2100
    except ValueError:
        return False


def _no_address(text: str, found: Found) -> bool:
    """Whether what looks like an address overlaps a date, a span with a unit, or the number of a line."""
    start = max(0, found.start - _AROUND)
    around = text[start : found.end + _AROUND]
    spans = (match.span() for match in NO_ADDRESS.finditer(around))
    return any(low + start < found.end and found.start < high + start for low, high in spans)


def _no_name(text: str, found: Found) -> bool:
    """Titles of roles and set words: 店員さん, 皆様, 摂氏, Mr Mayor."""
    name = text[found.start : found.end]
    if NO_NAME.search(name):
        return True
    roles = _ROLES if len(name) < 4 else _OFFICES
    return bool(_CJK.match(name)) and " " not in name and name[-1] in roles

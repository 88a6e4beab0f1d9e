"""A first look at what somebody wrote: its language, what is masked, and whether a person must look before it shows.

Personal data is masked (`masking`); where a form is doubtful, or words may hurt (`abuse`), the text is held: nothing is
deleted, and nothing is decided by a list of words.

>>> look("電話は090-1234-5678です").text
'電話は［電話番号］です'
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection
from functools import cache

import msgspec

from noren.civic.abuse import WordList
from noren.civic.masking import Found, mask

_SURE = 0.8
_JAPANESE = re.compile("[ぁ-ヺ一-鿿]")
_UNSEEN = frozenset({"Cc", "Cf", "Cs"})
_JOINERS = "\u200c\u200d"
_BETWEEN = re.compile("(?<=[!-~])[\u200c\u200d\ufe00-\ufe0f]+(?=[!-~])")


class Looked(msgspec.Struct):
    """A text as it may be published; `hold` is the reason for which a person must look first: "abuse" for words that
    may hurt, "personal" for what may speak of a person, "" for none."""

    text: str
    language: str
    findings: tuple[Found, ...] = ()
    hold: str = ""


def tidy(text: str) -> str:
    """The text in NFC without what nobody sees: control characters, marks that turn the direction of writing, and what
    parts a number for programs but not for the eye.

    >>> tidy("090\\u200b-1234-5678\\u202e")
    '090-1234-5678'
    """
    lines = unicodedata.normalize("NFC", text).replace("\r\n", "\n").replace("\r", "\n")
    return _BETWEEN.sub("", "".join(filter(_is_seen, lines))).strip()


def _is_seen(letter: str) -> bool:
    if letter in "\n\t" or letter in _JOINERS:
        return True
    return unicodedata.category(letter) not in _UNSEEN and ord(letter) & 0xFFFE != 0xFFFE


def look(text: str, *, but: Collection[str] = ()) -> Looked:
    """Mask personal data in a text, other than of the kinds `but`, and see whether somebody must look at it."""
    text = tidy(text)
    language = "ja" if _JAPANESE.search(text) else "en"
    masked = mask(text, language, but=but)
    doubtful = [each for each in masked.found if each.confidence < _SURE]
    hold = "abuse" if _words().held(text) else "personal" if doubtful else ""
    return Looked(masked.text, language, tuple(masked.found), hold)


@cache
def _words() -> WordList:
    return WordList.packaged()

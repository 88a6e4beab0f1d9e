"""A first look at what somebody wrote: its language, what is masked, and whether a person must look before it shows.

Personal data is masked (`masking`); where a form is doubtful, or words may hurt (`abuse`), the text is held: nothing is
deleted, and nothing is decided by a list of words.

>>> look("電話は090-1234-5678です").text
'電話は［電話番号］です'
"""

from __future__ import annotations

import re
from functools import cache

import msgspec

from noren.civic.abuse import WordList
from noren.civic.masking import LIKELY, Found, find, mask

_SURE = 0.8
_JAPANESE = re.compile("[ぁ-ヺ一-鿿]")


class Looked(msgspec.Struct):
    """A text as it may be published; `hold` is the reason for which a person must look first: "abuse" for words that
    may hurt, "personal" for what may speak of a person, "" for none."""

    text: str
    language: str
    findings: tuple[Found, ...] = ()
    hold: str = ""


def look(text: str) -> Looked:
    """Mask personal data in a text and see whether somebody must look at it."""
    language = "ja" if _JAPANESE.search(text) else "en"
    masked = mask(text.strip(), language)
    doubtful = [each for each in find(text.strip()) if LIKELY <= each.confidence < _SURE]
    hold = "abuse" if _words().held(text) else "personal" if doubtful else ""
    return Looked(masked.text, language, tuple(masked.found), hold)


@cache
def _words() -> WordList:
    return WordList.packaged()

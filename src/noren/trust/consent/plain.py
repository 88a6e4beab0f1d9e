"""Whether words are plain enough to agree to: a rule that can be measured, per language.

English: at most 20 words a sentence, and the Automated Readability Index (Smith and Senter, 1967) at most 9, an age of
about fourteen. Japanese: at most 60 characters a sentence, at most seven Chinese characters in a row, and in a text of
40 characters or more at most 45 % of them. In both: at most twelve sentences, no double negative, no web address,
nothing that shouts.
"""

from __future__ import annotations

import re

import msgspec

from noren.errors import BadInput

SENTENCES = 12
WORDS, INDEX = 20, 9.0
CHARACTERS, CHINESE, RUN, LONG = 60, 0.45, 7, 40
_END = re.compile(r"(?<=[.!?。！？])\s*")
_ENGLISH_NOT = re.compile(
    r"\b(not|no|never|none|nobody|nothing|cannot|without|unless|unable|unwanted|unnecessary|\w+n['’]t)\b", re.I
)
_JAPANESE_NOT = ("ないわけでは", "ないことはな", "なくはな", "ないとは限らな", "なくもな", "ざるを得な", "ないものでは")
_CHINESE = re.compile(r"[\u4e00-\u9fff々]+")
_LINK = re.compile(r"https?://|www\.", re.I)


class Measure(msgspec.Struct, frozen=True):
    """How plain a text is: sentences, the longest one (words or characters), the index (English) or the share of
    Chinese characters (Japanese), and the most of them in a row."""

    sentences: int
    longest: int
    hardness: float
    run: int = 0


def sentences(text: str) -> list[str]:
    """The sentences of a text."""
    return [each.strip() for each in _END.split(text) if each.strip()]


def measure(text: str, language: str) -> Measure:
    """How plain `text` is by the rule of its language."""
    each = sentences(text)
    if language == "ja":
        runs = [len(run) for run in _CHINESE.findall(text)]
        return Measure(len(each), max(map(len, each), default=0), sum(runs) / max(1, len(text)), max(runs, default=0))
    words = [re.findall(r"[^\s]+", one) for one in each]
    letters = sum(letter.isalnum() for letter in text)
    count = max(1, sum(map(len, words)))
    index = 4.71 * letters / count + 0.5 * count / max(1, len(each)) - 21.43
    return Measure(len(each), max(map(len, words), default=0), index)


def check(text: str, language: str, *, where: str) -> Measure:
    """The measure of a text that is plain enough; raises `BadInput` that says what to shorten."""
    if not text.strip() or _LINK.search(text) or "!" in text or "！" in text:
        raise BadInput("Say in words what it is: no addresses, no exclamation.", where=where)
    found = measure(text, language)
    longest, hardest = (CHARACTERS, CHINESE) if language == "ja" else (WORDS, INDEX)
    if found.sentences > SENTENCES:
        raise BadInput(f"{found.sentences} sentences are too many.", where=where, hint=f"At most {SENTENCES}.")
    if found.longest > longest:
        unit = "characters" if language == "ja" else "words"
        raise BadInput(f"A sentence has {found.longest} {unit}.", where=where, hint=f"At most {longest}: make two.")
    if found.run > RUN:
        raise BadInput(f"{found.run} Chinese characters stand in a row: too hard.", where=where, hint=f"At most {RUN}.")
    if found.hardness > hardest and (language != "ja" or len(text) >= LONG):
        raise BadInput(
            f"The words are too hard ({found.hardness:.2f}).", where=where, hint=f"At most {hardest}: shorter words."
        )
    for sentence in sentences(text):
        if _twice_negative(sentence, language):
            raise BadInput("A sentence denies twice.", where=where, hint="Say what is, not what is not otherwise.")
    return found


def _twice_negative(sentence: str, language: str) -> bool:
    if language == "ja":
        return any(words in sentence for words in _JAPANESE_NOT)
    return len(_ENGLISH_NOT.findall(sentence)) > 1

"""Words of a text without a dictionary: by script for Japanese and Chinese, by letters and light endings elsewhere.

Japanese is cut where its scripts change; long runs of kanji are split into the words that stand alone elsewhere in the
same texts. That finds nouns, which is what topics are made of, and needs no dictionary of tens of megabytes. Names to
know: `languages`, `Words`.
"""

from __future__ import annotations

import csv
import math
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator
from functools import cache
from importlib.resources import files

_KANA = re.compile("[ぁ-ゖァ-ヺー]")
_HAN = re.compile("[\u3400-\u4dbf\u4e00-\u9fff々]")
_HANGUL = re.compile("[가-힣]")
_LATIN = re.compile("[A-Za-zÀ-ÖØ-öø-ÿ]")
_LETTERS = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")
_RUNS = re.compile(
    "(?P<han>[\u3400-\u4dbf\u4e00-\u9fff々]+)|(?P<kata>[ァ-ヺー]{2,})|(?P<hira>[ぁ-ゖー]+)|(?P<latin>[A-Za-z]{2,})"
)
_WORD = re.compile(".(?:[ぁ-ゖ]?[いうくすつむるぶぐ]|[ぁ-ゖ])")
_PARTICLE = re.compile("[のがはをにでとやもへ]")
_BETWEEN = re.compile("[をが]")
_AFTER_NOUN = frozenset("のがはをにでと")
_TAILS = "りきけめえちぎみびげるてか"
_TAIL = "から|まで|より|など|です|ます|ました|でした|してほしい|してください|ください|ほしい|ため|する|した|して|ので"
_EDGES = re.compile(f"^(?:から|まで|より|など|[のはにでとやもへ])+|(?:{_TAIL}|[のはにでとやもへなだ])+$")
_ENDINGS = {"de": ("ern", "en", "er", "es", "em", "e", "n", "s"), "en": ("ings", "ing", "ed", "es", "s", "e")}
_SHORTEST_STEM = 4
_UNKNOWN = {1: -7.0, 2: -8.5, 3: -14.0}


@cache
def function_words(language: str) -> frozenset[str]:
    """Words that say nothing about a topic, in `language` ("" knows none)."""
    with (files(__package__) / "stopwords.csv").open(encoding="utf-8") as stream:
        return frozenset(
            w for row in csv.DictReader(stream) if row["language"] == language for w in row["words"].split()
        )


def languages(texts: Iterable[str]) -> list[str]:
    """Language of each text: by script (ja, zh, ko), by function words (en, de), else "und".

    A text of kanji alone, or of Latin letters without a function word, goes with most of its neighbours of that script.
    """
    first = [_script(text) for text in texts]
    counts = Counter(first)
    kanji = "ja" if counts["ja"] >= 0.2 * counts["han"] else "zh"
    latin = max(("en", "de"), key=lambda each: counts[each])
    return [{"han": kanji, "latin": latin}.get(each, each) for each in first]


def _script(text: str) -> str:
    han, kana = len(_HAN.findall(text)), len(_KANA.findall(text))
    latin = len(_LATIN.findall(text))
    if kana + han > 0.2 * latin and kana + han:
        return "ja" if kana else "han"
    if _HANGUL.search(text):
        return "ko"
    if not latin:
        return "und"
    spoken = [word.lower() for word in _LETTERS.findall(text)]
    hits = {each: sum(word in function_words(each) for word in spoken) for each in ("en", "de")}
    best = max(hits, key=lambda each: hits[each])
    return "latin" if not hits[best] or len(set(hits.values())) == 1 else best


class Words:
    """Cuts texts of one language into (stem, word as written); learns from `texts` where kanji runs may be split."""

    def __init__(self, language: str, texts: Iterable[str] = ()) -> None:
        self.language = language
        self._idle = function_words(language)
        self._alone: Counter[str] = Counter()
        self._parts: dict[str, list[str]] = {}
        if language in ("ja", "zh"):
            self._learn(texts)

    def _learn(self, texts: Iterable[str]) -> None:
        runs = Counter(run for text in texts for run in re.findall(f"{_HAN.pattern}+", plain(text)))
        for run, count in runs.items():
            if self.language == "zh":
                for size in (2, 3):
                    self._alone.update({run[i : i + size]: count for i in range(len(run) - size + 1)})
            elif 2 <= len(run) <= 3:
                self._alone[run] += count

    def cut(self, text: str) -> list[tuple[str, str]]:
        """Stems and the words that stand for them, in order, function words left out."""
        pairs = self._by_script(plain(text)) if self.language in ("ja", "zh") else self._by_letters(plain(text))
        return [(stem, word) for stem, word in pairs if stem not in self._idle and word.lower() not in self._idle]

    def _by_letters(self, text: str) -> Iterator[tuple[str, str]]:
        for word in _LETTERS.findall(text):
            if len(word) > 2:
                yield self._stem(word.lower()), word

    def _stem(self, word: str) -> str:
        if self.language == "en" and word.endswith("ies") and len(word) > 5:
            return word[:-3] + "y"
        for ending in _ENDINGS.get(self.language, ()):
            if word.endswith(ending) and len(word) - len(ending) >= _SHORTEST_STEM:
                return word[: -len(ending)]
        return word

    def _by_script(self, text: str) -> Iterator[tuple[str, str]]:
        for match in _RUNS.finditer(text):
            run, kind = match.group(), match.lastgroup
            if kind == "han":
                yield from self._kanji(run, text, match.start())
            elif kind == "hira":
                yield from self._hiragana(
                    run, after_kanji=match.start() > 0 and bool(_HAN.match(text[match.start() - 1]))
                )
            else:
                yield run.lower(), run

    def _kanji(self, run: str, text: str, start: int) -> Iterator[tuple[str, str]]:
        if len(run) == 1:
            word = _WORD.match(text, start)
            if word and self.language == "ja":
                yield run, run if word.group()[1:] in _AFTER_NOUN else word.group()
            return
        parts = [run] if len(run) <= 3 and self.language == "ja" else self._split(run)
        tail = text[start + len(run) : start + len(run) + 1]
        if self.language == "ja" and tail and tail in _TAILS:
            yield from self._with_tail(run, tail)
        else:
            yield from ((part, part) for part in parts if len(part) > 1)

    def _with_tail(self, run: str, tail: str) -> Iterator[tuple[str, str]]:
        """A run that ends in a verb: 子育て stays one word, 一時預かり is 一時 and 預か."""
        if len(run) == 2:
            yield run, run + tail
            return
        yield from ((part, part) for part in self._split(run[:-1]) if len(part) > 1)
        yield run[-1], run[-1] + tail

    def _hiragana(self, run: str, after_kanji: bool) -> Iterator[tuple[str, str]]:
        if after_kanji and not _PARTICLE.match(run):
            return
        for part in _BETWEEN.split(run):
            word = _EDGES.sub("", part)
            if 2 <= len(word) <= 5:
                yield word, word

    def _split(self, run: str) -> list[str]:
        """The likeliest words of a run: each part scores by how often it stands alone (a unigram model)."""
        if run not in self._parts:
            best: list[tuple[float, list[str]]] = [(0.0, [])]
            for end in range(1, len(run) + 1):
                best.append(
                    max(
                        (best[end - size][0] + self._score(part), [*best[end - size][1], part])
                        for size in (1, 2, 3)
                        if size <= end
                        for part in [run[end - size : end]]
                    )
                )
            self._parts[run] = best[-1][1]
        return self._parts[run]

    def _score(self, part: str) -> float:
        """Rough log-likelihood: what stands alone elsewhere is likely, pairs are usual, unknown threes are rare."""
        known = self._alone.get(part, 0)
        return math.log(known + 1) - 8.0 if known else _UNKNOWN[len(part)]


def plain(text: str) -> str:
    """NFKC: full-width letters and digits, half-width katakana and ligatures in their usual form."""
    return unicodedata.normalize("NFKC", text)

"""What errors say, in another language: the English sentence is the key, its values stand where `{}` stands.

Errors are raised in plain English where they arise, often far below any page. `sentences.ja.json` holds each such
sentence in Japanese, with `{0}`, `{1}` for the values in their order; what is not in it stays English. A value that
is itself in it, such as the state of an issue, is told in Japanese too.

>>> translated("“12” is not a number.", "ja")
'「12」は数ではありません。'
>>> translated("The ballot does not hold: too many projects.", "ja")
'この票は受け付けられません：選んだ案が多すぎます'
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files

import msgspec

HOLE, LONGEST_TOLD = "{}", 200
"""A longer value stays as it is: a stranger may have written sentence into sentence into sentence."""


def translated(sentence: str, language: str) -> str:
    """The sentence in `language`, as it is where nobody translated it."""
    known, templates = _table(language)
    if sentence in known:
        return known[sentence]
    for parts, words in templates:
        if values := _values(parts, sentence):
            return words.format(*(_value(value, language) for value in values))
    return sentence


def _value(value: str, language: str) -> str:
    return translated(value, language) if len(value) <= LONGEST_TOLD else value


@cache
def sentences(language: str) -> dict[str, str]:
    """All sentences of a language by their English; empty for English and for a language without a file."""
    path = files(__package__) / f"sentences.{language}.json"
    return msgspec.json.decode(path.read_bytes(), type=dict[str, str]) if path.is_file() else {}


@cache
def _table(language: str) -> tuple[dict[str, str], list[tuple[list[str], str]]]:
    """Whole sentences, and those with holes in parts, the most telling first."""
    known = sentences(language)
    holed = sorted((key for key in known if HOLE in key), key=lambda key: -len(key.replace(HOLE, "")))
    return known, [(key.split(HOLE), known[key]) for key in holed]


def _values(parts: list[str], sentence: str) -> list[str]:
    """What stands in the holes between the parts; empty when the sentence is another. Linear in its length, whatever
    a stranger wrote into it."""
    first, *between, last = parts
    fits = sentence.startswith(first) and sentence.endswith(last) and len(sentence) >= len(first) + len(last)
    if not fits:
        return []
    found, rest = [], sentence[len(first) : len(sentence) - len(last)]
    for part in between:
        value, met, rest = rest.partition(part)
        if not met:
            return []
        found.append(value)
    return [*found, rest]

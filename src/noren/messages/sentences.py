"""What errors say, in another language: the English sentence is the key, its values stand where `{}` stands.

Errors are raised in plain English where they arise, often far below any page. `sentences.ja.json` holds each such
sentence in Japanese, with `{0}`, `{1}` for the values in their order; what is not in it stays English.

>>> translated("“12” is not a number.", "ja")
'「12」は数ではありません。'
"""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files

import msgspec

HOLE = "{}"


def translated(sentence: str, language: str) -> str:
    """The sentence in `language`, as it is where nobody translated it."""
    known, patterns = _table(language)
    if sentence in known:
        return known[sentence]
    for pattern, words in patterns:
        if found := pattern.fullmatch(sentence):
            return words.format(*found.groups())
    return sentence


@cache
def sentences(language: str) -> dict[str, str]:
    """All sentences of a language by their English; empty for English and for a language without a file."""
    path = files(__package__) / f"sentences.{language}.json"
    return msgspec.json.decode(path.read_bytes(), type=dict[str, str]) if path.is_file() else {}


@cache
def _table(language: str) -> tuple[dict[str, str], list[tuple[re.Pattern[str], str]]]:
    """Whole sentences, and those with holes, the most telling first."""
    known = sentences(language)
    holed = sorted((key for key in known if HOLE in key), key=lambda key: -len(key))
    return known, [(re.compile("(.+?)".join(map(re.escape, key.split(HOLE))), re.S), known[key]) for key in holed]

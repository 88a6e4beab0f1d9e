"""Every word shown to people, in one catalogue by language; the portal builds from the same files.

>>> say("en", "layer.safety")
'Safety'
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files

import msgspec

FALLBACK = "en"


@cache
def catalogue(language: str) -> dict[str, str]:
    """All messages of `language` by key; empty for a language that has no file."""
    path = files(__package__) / f"{language}.json"
    return msgspec.json.decode(path.read_bytes(), type=dict[str, str]) if path.is_file() else {}


def say(language: str, key: str, **values: object) -> str:
    """The message `key` in `language`, else in English, else the key itself; `{name}` is filled from `values`."""
    text = catalogue(language).get(key) or catalogue(FALLBACK).get(key) or key
    return text.format_map(values) if values else text

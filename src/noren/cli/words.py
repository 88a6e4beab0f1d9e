"""Words on the terminal: the language of whoever types, and where things are written."""

from __future__ import annotations

import locale
import os

from rich.console import Console

from noren.messages import say

console = Console(stderr=True)
"""For what goes by: progress, warnings, refusals."""
paper = Console()
"""For results, which somebody may want in a file or a pipe."""


def language() -> str:
    """Language of the terminal: Japanese where the environment says so, else English."""
    told = (
        os.environ.get("LC_ALL")
        or os.environ.get("LC_MESSAGES")
        or os.environ.get("LANG")
        or locale.getlocale()[0]
        or ""
    )
    return "ja" if told.startswith("ja") else "en"


def tell(key: str, **values: object) -> str:
    """The message in the terminal's language."""
    return say(language(), key, **values)

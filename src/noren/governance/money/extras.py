"""scipy comes with an extra: found when needed, and said plainly when it is missing."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from types import ModuleType

from noren.errors import Unavailable


@cache
def scipy(part: str) -> ModuleType:
    """The module `scipy.<part>`; raises `Unavailable` with the line to type where scipy is not installed."""
    try:
        return import_module(f"scipy.{part}")
    except ModuleNotFoundError as error:
        raise Unavailable(
            "Sharing and appraising need scipy, which is not installed here.",
            where="governance/money",
            hint="Install it with: pip install 'noren[governance]'",
        ) from error

"""Libraries that come with an extra: found when needed, and said plainly when they are missing."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from types import ModuleType

from noren.errors import Unavailable


@cache
def optional(module: str, extra: str) -> ModuleType:
    """The module of that name; raises `Unavailable` with the line to type where it is not installed.

    >>> optional("email.message", "anything").__name__
    'email.message'
    """
    try:
        return import_module(module)
    except ModuleNotFoundError as error:
        raise Unavailable(
            f"This needs {module.partition('.')[0]}, which is not installed here.",
            where=f"noren[{extra}]",
            hint=f"Install it with: pip install 'noren[{extra}]'",
        ) from error

"""scikit-learn comes with an extra: found when needed, and said plainly when it is missing."""

from __future__ import annotations

from contextlib import AbstractContextManager
from functools import cache
from importlib import import_module
from types import ModuleType
from typing import Any

from noren.errors import Unavailable


@cache
def learn(part: str) -> ModuleType:
    """The module `sklearn.<part>`; raises `Unavailable` with the line to type where scikit-learn is not installed."""
    try:
        return import_module(f"sklearn.{part}")
    except ModuleNotFoundError as error:
        raise Unavailable(
            "Finding topics in texts needs scikit-learn, which is not installed here.",
            where="civic/opinions",
            hint="Install it with: pip install 'noren[civic]'",
        ) from error


def one_thread() -> AbstractContextManager[Any]:
    """Arithmetic on one core: sums come in one order, so a result can be repeated; busy neighbours do not stall it."""
    learn("base")
    limits: AbstractContextManager[Any] = import_module("threadpoolctl").threadpool_limits(1)
    return limits

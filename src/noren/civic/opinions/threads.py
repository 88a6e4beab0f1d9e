"""Arithmetic on one core, where a result must be the same each time."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Any

from noren.extras import optional


def one_thread() -> AbstractContextManager[Any]:
    """Sums come in one order, so a result can be repeated; busy neighbours do not stall it."""
    limits: AbstractContextManager[Any] = optional("threadpoolctl", "civic").threadpool_limits(1)
    return limits

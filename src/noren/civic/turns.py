"""One at a time: what reads before it writes, and would lose what another wrote between."""

from __future__ import annotations

import asyncio
from weakref import WeakKeyDictionary

_TURNS: WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Lock] = WeakKeyDictionary()


def turn() -> asyncio.Lock:
    """The lock to hold from reading reports or issues until what follows from them is kept: two who report one thing at
    once must find one issue and both be counted, and of two answers given at once both must stand.

    One process owns a city, so one lock an event loop is enough, whoever is served.
    """
    return _TURNS.setdefault(asyncio.get_running_loop(), asyncio.Lock())

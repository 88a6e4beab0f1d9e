"""Wall time that never runs back: whoever sets a clock back does not bring a session to life again.

>>> times = iter((100.0, 40.0))
>>> ticks = iter((0.0, 0.0, 5.0))
>>> wall = Wall(lambda: next(times), lambda: next(ticks))
>>> wall.now(), wall.now()
(100.0, 105.0)
"""

from __future__ import annotations

import time
from collections.abc import Callable


class Wall:
    """The latest of three: the machine's clock, the last moment plus what has passed since, what was remembered.

    While a clock is behind, time goes on at its own pace, so that what was given for ten minutes ends after ten.
    """

    def __init__(self, clock: Callable[[], float] | None = None, ticks: Callable[[], float] = time.monotonic) -> None:
        self._clock, self._ticks = clock or _machine, ticks
        self._last, self._at = 0.0, ticks()

    def now(self) -> float:
        """Seconds since 1970."""
        at = self._ticks()
        self._last, self._at = max(self._clock(), self._last + (at - self._at)), at
        return self._last

    def remember(self, moment: float) -> None:
        """It was this late once."""
        self._last = max(self._last, moment)


def _machine() -> float:
    return time.time()

"""Circuit breakers: a source that fails is left alone for a while, so that it costs the others nothing.

>>> now = 0.0
>>> breaker = Breaker(clock=lambda: now)
>>> for _ in range(FAILURES):
...     breaker.failed("no answer")
>>> breaker.lets(), breaker.why
(False, 'no answer')
>>> now = FIRST_S * 1.2
>>> breaker.lets(), breaker.lets()
(True, False)
>>> breaker.answered()
>>> breaker.lets()
True
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from typing import Literal

FAILURES = 3
FIRST_S, LONGEST_S = 2.0, 60.0
PROBE_S = 5.0
State = Literal["closed", "open", "half-open"]


class Breaker:
    """Of one source: closed, open after some failures in a row, half-open when its time is over and one may try."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._failures, self._pause, self._until = 0, FIRST_S, 0.0
        self._probing: float | None = None
        self.why = ""

    @property
    def state(self) -> State:
        """How it stands."""
        if self._failures < FAILURES:
            return "closed"
        return "half-open" if self._clock() >= self._until else "open"

    def lets(self) -> bool:
        """Whether the source may be asked now; half-open, only one may ask, or another when that one never came
        back."""
        if self.state == "closed":
            return True
        now = self._clock()
        if self.state == "open" or (self._probing is not None and now < self._probing):
            return False
        self._probing = now + PROBE_S
        return True

    def answered(self) -> None:
        """It did what it should."""
        self._failures, self._pause, self._probing, self.why = 0, FIRST_S, None, ""

    def failed(self, why: str) -> None:
        """It did not, for this reason."""
        probe = self._probing is not None
        self._failures, self._probing, self.why = self._failures + 1, None, why
        if self._failures == FAILURES or probe:
            # Not all at the same moment: a source that comes back must not be met by everybody.
            self._until = self._clock() + self._pause * random.uniform(0.9, 1.1)  # noqa: S311
            self._pause = min(self._pause * 2, LONGEST_S)

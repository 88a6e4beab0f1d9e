"""What changed between two waves, with its interval. Names to know: `change`, `Change`."""

from __future__ import annotations

from math import hypot

import msgspec


class Change(msgspec.Struct, frozen=True):
    """Difference, later less earlier, with its 95 % interval."""

    difference: float
    low: float
    high: float

    @property
    def is_clear(self) -> bool:
        """Whether chance alone hardly makes it."""
        return self.low > 0 or self.high < 0


def change(earlier: tuple[float, float, float], later: tuple[float, float, float]) -> Change:
    """Change between two estimates, each (estimate, low, high), of samples that know nothing of each other (Newcombe's
    square-and-add, 1998). Where the same people answer both times the true interval is narrower.

    >>> found = change((6.0, 5.7, 6.3), (6.6, 6.2, 7.0))
    >>> round(found.low, 3), round(found.high, 3), found.is_clear
    (0.1, 1.1, True)
    """
    (before, before_low, before_high), (after, after_low, after_high) = earlier, later
    difference = after - before
    return Change(
        difference,
        difference - hypot(after - after_low, before_high - before),
        difference + hypot(after_high - after, before - before_low),
    )

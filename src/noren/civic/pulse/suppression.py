"""Small cells are not told, and not to be computed from what is told: groups of one dimension beside their total.

Names to know: `hidden`.
"""

from __future__ import annotations

from collections.abc import Sequence

from noren.civic.pulse.estimates import FEWEST


def hidden(counts: Sequence[int], untold: int = 0, least: int = FEWEST) -> list[bool]:
    """Which groups' figures are held back when those of all together are told; `counts` are answers per group, `untold`
    those of people who told no group.

    Fewer than `least` answers are held back. Then further groups, the smallest first, until what is not told is two
    groups with answers and `least` answers at least: else the total less the groups that are told gives it away.

    >>> hidden([40, 9, 25, 12])
    [False, True, False, True]
    >>> hidden([40, 25], untold=3)
    [False, True]
    """
    held = [count < least for count in counts]
    while not _safe([*(n for n, out in zip(counts, held, strict=True) if out), untold], least) and not all(held):
        rest = [at for at, out in enumerate(held) if not out]
        held[min(rest, key=lambda at: (counts[at], at))] = True
    return held


def _safe(unseen: Sequence[int], least: int) -> bool:
    """Whether nothing small can be computed from the total less what is told."""
    some = [count for count in unseen if count]
    return all(count >= least for count in some) or (len(some) >= 2 and sum(some) >= least)

"""A joint undertaking as a game: what each group of parties would pay, or gain, by itself.

Groups are bit masks: party 0 is 1, party 1 is 2, both are 3. A table of `worth` has `2**n` rows, in yen.

>>> game = Game(("A", "B"), np.array([0.0, 10, 20, 24]), cost=True)
>>> game.members(3), game.total
(('A', 'B'), 24.0)
"""

from __future__ import annotations

from functools import cache, cached_property

import msgspec
import numpy as np
import numpy.typing as npt

from noren.governance.money.yen import Floats

LARGEST = 16


class Game(msgspec.Struct, dict=True):
    """What every group pays (`cost`) or gains by itself, `worth` by bit mask, in yen."""

    parties: tuple[str, ...]
    worth: Floats
    cost: bool

    @property
    def total(self) -> float:
        """What all pay or gain together."""
        return float(self.worth[-1])

    @cached_property
    def alone(self) -> Floats:
        """What each pays or gains alone, `(n,)`."""
        return np.asarray(self.worth[1 << np.arange(len(self.parties))])

    @cached_property
    def value(self) -> Floats:
        """The table with more as better: costs become negative."""
        return -self.worth if self.cost else self.worth

    def members(self, mask: int) -> tuple[str, ...]:
        """The names in a group."""
        return tuple(name for bit, name in enumerate(self.parties) if mask >> bit & 1)


@cache
def groups(n: int) -> Floats:
    """Membership of every group, `(2**n, n)` of 0 and 1."""
    return np.asarray(np.arange(1 << n)[:, None] >> np.arange(n) & 1, dtype=np.float64)


@cache
def by_size(n: int) -> tuple[int, ...]:
    """All groups but none and all, small ones first and then as the parties are listed: the order that settles ties."""
    sizes = groups(n).sum(axis=1)
    return tuple(int(each) for each in np.argsort(sizes, kind="stable") if 0 < sizes[each] < n)


def bankruptcy(claims: Floats, estate: float, parties: tuple[str, ...]) -> Game:
    """What the others leave to each group when they take all they claim (O'Neill 1982)."""
    left = estate - (1 - groups(len(claims))) @ claims
    return Game(parties, np.maximum(left, 0.0), cost=False)


def airport(sizes: Floats, parties: tuple[str, ...]) -> Game:
    """Each needs a facility of a certain size and can use a larger one (Littlechild and Owen 1973)."""
    return Game(parties, (groups(len(sizes)) * sizes).max(axis=1), cost=True)


def tree(parents: list[int], lengths: Floats, parties: tuple[str, ...]) -> Game:
    """Each needs the way from the root: its own piece (`lengths`) and those of all before it; root is parent -1."""
    needs = paths(parents)
    used = (groups(len(parents)) @ needs) > 0
    return Game(parties, used.astype(np.float64) @ lengths, cost=True)


def paths(parents: list[int]) -> Floats:
    """Which pieces of the tree each party needs, `(n, n)` of 0 and 1."""
    needs = np.eye(len(parents))
    for party, parent in enumerate(parents):
        while parent >= 0:
            needs[party, parent] = 1
            parent = parents[parent]
    return needs


def submasks(mask: int) -> npt.NDArray[np.int64]:
    """All groups within a group, none and itself included."""
    found = np.zeros(1, dtype=np.int64)
    for bit in range(mask.bit_length()):
        if mask >> bit & 1:
            found = np.concatenate([found, found | (1 << bit)])
    return found

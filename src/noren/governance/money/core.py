"""The core: shares under which no group would do better by itself."""

from __future__ import annotations

import msgspec
import numpy as np

from noren.governance.money.games import Game, by_size, groups
from noren.governance.money.yen import Floats


class Objection(msgspec.Struct, frozen=True):
    """The group that does worst under some shares, and by how much it would do better alone (yen; below zero: worse).

    `gets` is what it pays or receives under the shares, `alone` what it would pay or receive by itself.
    """

    members: tuple[str, ...]
    gets: float
    alone: float
    better: float


def worst(game: Game, shares: Floats) -> Objection | None:
    """The strongest objection that any group could make; None for a single party, who has nobody to leave."""
    order = np.array(by_size(len(game.parties)), dtype=np.int64)
    if not len(order):
        return None
    gets = groups(len(game.parties)) @ shares
    excess = (gets - game.worth if game.cost else game.worth - gets)[order]
    mask = int(order[np.flatnonzero(excess >= excess.max() - tolerance(game))[0]])
    return Objection(game.members(mask), float(gets[mask]), float(game.worth[mask]), float(excess.max()))


def stands(game: Game, objection: Objection | None) -> bool:
    """Whether the shares are in the core, as far as the machine's arithmetic can tell."""
    return objection is None or objection.better <= tolerance(game)


def tolerance(game: Game) -> float:
    """A billionth of the largest sum."""
    return 1e-9 * max(float(np.abs(game.worth).max()), 1e-300)

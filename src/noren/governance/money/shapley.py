"""The Shapley value: what each adds, on average over every order in which the parties could have joined.

Source: L. Shapley, in *Contributions to the Theory of Games II* (1953). For airports the value is known in closed form
(S. Littlechild and G. Owen, Management Science 20 (1973)): each piece is paid in equal parts by those who need it; the
same holds for trees (N. Megiddo, Mathematics of Operations Research 3 (1978)).
"""

from __future__ import annotations

from math import factorial

import numpy as np

from noren.governance.money.games import Game, groups, paths
from noren.governance.money.yen import Floats


def shapley(game: Game) -> Floats:
    """The exact value of a game of n parties, `(n,)`, from all `2**n` groups."""
    n = len(game.parties)
    sizes = groups(n).sum(axis=1).astype(np.int64)
    weights = np.array([factorial(s) * factorial(n - s - 1) / factorial(n) for s in range(n)] + [0.0])
    masks = np.arange(1 << n)
    shares = np.empty(n)
    for party in range(n):
        without = masks[masks >> party & 1 == 0]
        adds = game.worth[without | 1 << party] - game.worth[without]
        shares[party] = weights[sizes[without]] @ adds
    return shares


def of_airport(sizes: Floats) -> Floats:
    """The value where each needs a facility of some size, `(n,)`; any number of parties."""
    order = np.argsort(sizes, kind="stable")
    steps = np.diff(sizes[order], prepend=0.0) / np.arange(len(sizes), 0, -1)
    shares = np.empty(len(sizes))
    shares[order] = np.cumsum(steps)
    return shares


def of_tree(parents: list[int], lengths: Floats) -> Floats:
    """The value where each needs the way from the root, `(n,)`; any number of parties."""
    needs = paths(parents)
    return np.asarray(needs @ (lengths / needs.sum(axis=0)))

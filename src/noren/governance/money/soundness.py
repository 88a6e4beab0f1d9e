"""Whether a game of groups holds together: what is refused, and what is marked with the group that shows it."""

from __future__ import annotations

import math

import numpy as np

from noren.errors import BadInput
from noren.governance.money.core import tolerance
from noren.governance.money.games import Game, by_size, submasks
from noren.governance.money.words import Words, joined, money, words
from noren.governance.money.yen import Floats

Pairs = list[tuple[tuple[str, ...], float]]


def table(pairs: Pairs, parties: tuple[str, ...]) -> Floats:
    """The figures by bit mask, NaN where a group was left out; raises `BadInput` for one that cannot be."""
    found = np.full(1 << len(parties), np.nan)
    place = {name: bit for bit, name in enumerate(parties)}
    for members, amount in pairs:
        group = " + ".join(members) or "nobody"
        if len(set(members)) < len(members):
            raise BadInput("A party stands twice in a group.", where=group, hint="Keep it once.")
        if not math.isfinite(amount) or amount < 0:
            raise BadInput("Money here is a number, not less than zero.", where=group, hint="Correct the figure.")
        if not members and amount:
            raise BadInput(
                f"A group of nobody has {amount:,}; it can only have nothing.", where="coalitions", hint="Leave it out."
            )
        mask = sum(1 << place[name] for name in members)
        if not np.isnan(found[mask]):
            raise BadInput("The group is given twice, in another order.", where=group, hint="Keep one.")
        found[mask] = amount
    found[0] = 0.0
    if not parties:
        raise BadInput("Nobody is named.", where="coalitions", hint="Give at least one party.")
    return found


def completed(
    worth: Floats, parties: tuple[str, ...], cost: bool, missing: str, names: dict[str, Words]
) -> tuple[Game, list[Words]]:
    """The whole game; groups that were left out are refused, or act in their best parts and are marked."""
    absent = [mask for mask in range(1, len(worth)) if np.isnan(worth[mask])]
    game = Game(parties, worth, cost)
    if not absent:
        return game, []
    shown = "; ".join(" + ".join(game.members(mask)) for mask in absent[:3])
    if missing == "refuse" or any(mask.bit_count() == 1 for mask in absent):
        raise BadInput(
            f"{len(absent)} of {len(worth) - 1} groups have no figure, among them {shown}.",
            where="coalitions",
            hint='Add them, or write "missing": "cheapest-parts" if such groups would act in separate parts. '
            "Every single party needs a figure.",
        )
    for mask in sorted(absent, key=int.bit_count):
        inner = submasks(mask)[1:-1]
        parts = worth[inner] + worth[mask ^ inner]
        worth[mask] = parts.min() if cost else parts.max()
    example = joined(names[name] for name in game.members(absent[0]))
    return game, [words("money.mark.filled", count=len(absent), group=example)]


def marks(game: Game, names: dict[str, Words]) -> list[Words]:
    """What is odd about a game, each with the group that shows it best: sums that fall, groups better off apart."""
    if len(game.parties) == 1:
        return []
    return [each for each in (_falls(game, names), _apart(game, names)) if each]


def _falls(game: Game, names: dict[str, Words]) -> Words | None:
    worst, found = tolerance(game), None
    for bit in range(len(game.parties)):
        without = np.array([mask for mask in range(len(game.worth)) if not mask >> bit & 1])
        drop = game.worth[without] - game.worth[without | 1 << bit]
        if drop.max() > worst:
            worst, found = float(drop.max()), (int(without[drop.argmax()]), bit)
    if found is None:
        return None
    group = joined(names[name] for name in game.members(found[0]))
    return words(
        f"money.mark.falls.{_kind(game)}", group=group, party=names[game.parties[found[1]]], amount=money(worst)
    )


def _apart(game: Game, names: dict[str, Words]) -> Words | None:
    worst, found = tolerance(game), None
    for mask in (*by_size(len(game.parties)), len(game.worth) - 1):
        inner = submasks(mask)[1:-1]
        if not len(inner):
            continue
        gain = game.value[inner] + game.value[mask ^ inner] - game.value[mask]
        if gain.max() > worst:
            worst, found = float(gain.max()), (mask, int(inner[gain.argmax()]))
    if found is None:
        return None
    one, other = (joined(names[name] for name in game.members(part)) for part in (found[1], found[0] ^ found[1]))
    return words(f"money.mark.apart.{_kind(game)}", one=one, other=other, amount=money(worst))


def _kind(game: Game) -> str:
    return "cost" if game.cost else "benefit"

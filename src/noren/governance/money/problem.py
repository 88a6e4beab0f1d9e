"""GAME.json: what a joint undertaking costs or brings, read and checked before anything is shared.

One of five forms: `coalitions` (what each group would pay or gain by itself), `claims` with `estate`, `cost` (with what
each uses, gains or would pay alone), `sizes` (each needs a facility of some size), `tree` (each needs the way from the
root). docs/money.md shows one of each.
"""

from __future__ import annotations

import json
import math
import unicodedata
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

import msgspec
import numpy as np

from noren.errors import BadInput
from noren.governance.money import games, soundness
from noren.governance.money.games import Game
from noren.governance.money.words import Words, told
from noren.governance.money.yen import Floats

Named = dict[str, float]


class Coalition(msgspec.Struct, forbid_unknown_fields=True):
    """A group written out, for names that contain a plus sign."""

    members: list[str]
    amount: float


class Branch(msgspec.Struct, forbid_unknown_fields=True):
    """The piece of a tree that leads to a party, and the party it starts from (none: from the root)."""

    cost: float
    parent: str | None = None


class Asked(msgspec.Struct, forbid_unknown_fields=True):
    """The file as written; `unit` is how many yen one of its figures stands for."""

    title: str | dict[str, str] = ""
    kind: Literal["cost", "benefit"] = "cost"
    unit: float = 1.0
    names: dict[str, str | dict[str, str]] = {}
    coalitions: Named | list[Coalition] | None = None
    missing: Literal["refuse", "cheapest-parts"] = "refuse"
    claims: Named | None = None
    estate: float | None = None
    cost: float | None = None
    sizes: Named | None = None
    tree: dict[str, Branch] | None = None
    use: Named | None = None
    benefit: Named | None = None
    alone: Named | None = None
    proposed: Named | None = None


class Problem(msgspec.Struct):
    """What is to be shared, in yen: `total` among `parties`, with all that the rules may go by, and what was marked."""

    title: Words
    form: Literal["coalitions", "claims", "cost", "sizes", "tree"]
    cost: bool
    parties: tuple[str, ...]
    names: dict[str, Words]
    total: float
    game: Game | None = None
    claims: Floats | None = None
    sizes: Floats | None = None
    parents: list[int] | None = None
    proposed: Floats | None = None
    bases: dict[str, Floats] = {}
    marks: list[Words] = []


def read(path: Path) -> Problem:
    """The problem in a file; raises `BadInput` with what contradicts itself, and where."""
    try:
        raw = json.loads(path.read_text("utf-8-sig"), object_pairs_hook=_once)
        return problem(msgspec.convert(raw, Asked, strict=False))
    except OSError as error:
        raise BadInput("The file cannot be read.", where=str(path), hint="Check its name.") from error
    except (ValueError, msgspec.MsgspecError) as error:
        raise BadInput(f"This is no game: {error}", where=str(path), hint="docs/money.md shows the forms.") from error
    except BadInput as error:
        where = ", ".join(part for part in (str(path), error.where) if part)
        raise BadInput(error.what, where=where, hint=error.hint) from error


def problem(asked: Asked) -> Problem:
    """The checked problem behind what was written; raises `BadInput` where it is incomplete or contradicts itself."""
    given = [name for name in ("coalitions", "claims", "cost", "sizes", "tree") if getattr(asked, name) is not None]
    if len(given) != 1:
        raise BadInput(
            f"A game has exactly one form; found {', '.join(given) or 'none'}.",
            hint="Give coalitions, or claims and estate, or cost, or sizes, or a tree.",
        )
    if not (math.isfinite(asked.unit) and asked.unit > 0):
        raise BadInput("The unit must be a number of yen above zero.", where="unit", hint="Correct it.")
    made = _FORMS[given[0]](asked)
    made.bases |= _bases(asked, made)
    made.proposed = _proposed(asked, made)
    if made.game is not None:
        made.marks = made.marks + soundness.marks(made.game, made.names)
    return made


def _coalitions(asked: Asked) -> Problem:
    pairs = _pairs(asked.coalitions or {})
    parties = tuple(dict.fromkeys(name for members, _ in pairs for name in members))
    _not_too_many(parties)
    table = soundness.table(pairs, parties)
    made = _made(asked, "coalitions", parties, 0.0)
    game, marks = soundness.completed(table * asked.unit, parties, asked.kind == "cost", asked.missing, made.names)
    made.total, made.game, made.marks = game.total, game, marks
    made.bases["alone"] = game.alone
    return made


def _claims(asked: Asked) -> Problem:
    claims, estate = _sums(asked.claims or {}, "claims", asked.unit), asked.estate
    if estate is None:
        raise BadInput("Claims need an estate: the sum that is to be shared.", where="estate", hint="Add it.")
    _money(estate, "estate")
    parties = tuple(asked.claims or {})
    made = _made(asked, "claims", parties, estate * asked.unit, cost=False)
    made.claims = claims
    if made.total > claims.sum() * (1 + 1e-12):
        raise BadInput(
            f"The estate of {estate:,} is larger than all claims together.",
            where="estate",
            hint="Then everybody gets the claim, and the rest is another question.",
        )
    if len(parties) <= games.LARGEST:
        made.game = games.bankruptcy(claims, made.total, parties)
    return made


def _cost(asked: Asked) -> Problem:
    given = [each for each in (asked.alone, asked.use, asked.benefit) if each is not None]
    if not given:
        raise BadInput("A cost needs what it is shared by.", where="cost", hint="Add use, benefit or alone.")
    _money(asked.cost, "cost")
    return _made(asked, "cost", tuple(given[0]), (asked.cost or 0.0) * asked.unit)


def _sizes(asked: Asked) -> Problem:
    parties, sizes = tuple(asked.sizes or {}), _sums(asked.sizes or {}, "sizes", asked.unit)
    made = _made(asked, "sizes", parties, float(sizes.max()), cost=True)
    made.sizes, made.bases["alone"] = sizes, sizes
    if len(parties) <= games.LARGEST:
        made.game = games.airport(sizes, parties)
    return made


def _tree(asked: Asked) -> Problem:
    branches = asked.tree or {}
    parties = tuple(branches)
    lengths = _sums({name: each.cost for name, each in branches.items()}, "tree", asked.unit)
    parents = [_parent(branches, name) for name in parties]
    made = _made(asked, "tree", parties, float(lengths.sum()), cost=True)
    made.parents, made.sizes = parents, lengths
    made.bases["alone"] = games.paths(parents) @ lengths
    if len(parties) <= games.LARGEST:
        made.game = games.tree(parents, lengths, parties)
    return made


_FORMS = {"coalitions": _coalitions, "claims": _claims, "cost": _cost, "sizes": _sizes, "tree": _tree}


def _made(asked: Asked, form: Any, parties: tuple[str, ...], total: float, cost: bool | None = None) -> Problem:
    if stray := sorted(set(asked.names) - set(parties)):
        raise BadInput(f"{stray[0]} is named but is no party.", where="names", hint="Correct the spelling.")
    names = {name: told(asked.names.get(name, name)) for name in parties}
    is_cost = asked.kind == "cost" if cost is None else cost
    return Problem(told(asked.title), form, is_cost, parties, names, total, bases={}, marks=[])


def _bases(asked: Asked, made: Problem) -> dict[str, Floats]:
    found = {}
    for name in ("use", "benefit", "alone"):
        given: Named | None = getattr(asked, name)
        if given is None:
            continue
        if set(given) != set(made.parties):
            odd = sorted(set(given) ^ set(made.parties))[0]
            raise BadInput(f"{odd} is not in both lists of parties.", where=name, hint="Give a figure for every party.")
        unit = 1.0 if name == "use" else asked.unit
        found[name] = _sums({party: given[party] for party in made.parties}, name, unit)
        if name == "alone" and "alone" in made.bases and not np.allclose(found[name], made.bases["alone"]):
            raise BadInput("What each pays alone is given twice, and differs.", where="alone", hint="Leave it out.")
        if not found[name].sum():
            raise BadInput("All figures are zero: nothing to share by.", where=name, hint="Leave it out.")
    return found


def _proposed(asked: Asked, made: Problem) -> Floats | None:
    if asked.proposed is None:
        return None
    if set(asked.proposed) != set(made.parties):
        raise BadInput("A proposal gives every party a share.", where="proposed", hint="Name each once.")
    found = _sums({party: asked.proposed[party] for party in made.parties}, "proposed", asked.unit)
    if abs(found.sum() - made.total) > max(0.5, 1e-9 * made.total):
        told = f"The proposal adds up to {found.sum():,.0f} yen, not to {made.total:,.0f}."
        raise BadInput(told, where="proposed", hint="Mend it.")
    return found


def _pairs(given: Named | list[Coalition]) -> list[tuple[tuple[str, ...], float]]:
    if isinstance(given, Mapping):
        return [(_group(key), sum_) for key, sum_ in given.items()]
    return [(tuple(each.members), each.amount) for each in given]


def _group(key: str) -> tuple[str, ...]:
    """The members in a key: `A+B`, or as papers write groups, `{A, B}`."""
    plain = unicodedata.normalize("NFKC", key).strip()
    braced = plain.startswith("{") and plain.endswith("}")
    parts = plain[1:-1].replace("、", ",").split(",") if braced else key.replace("＋", "+").split("+")
    return tuple(part.strip() for part in parts if part.strip())


def _parent(branches: dict[str, Branch], name: str) -> int:
    parent, seen = branches[name].parent, {name}
    where = f"tree, {name}"
    while parent is not None:
        if parent not in branches:
            raise BadInput(f"{parent} is no party of the tree.", where=where, hint="Correct the spelling.")
        if parent in seen:
            raise BadInput(f"The way to {name} goes round in a circle.", where=where, hint="Let one start at the root.")
        seen.add(parent)
        parent = branches[parent].parent
    first = branches[name].parent
    return -1 if first is None else list(branches).index(first)


def _not_too_many(parties: tuple[str, ...]) -> None:
    if len(parties) > games.LARGEST:
        raise BadInput(
            f"{len(parties)} parties make too many groups to compare; {games.LARGEST} is the most.",
            where="coalitions",
            hint="Join parties that always act together, or give sizes, a tree or use instead.",
        )


def _sums(given: Named, where: str, unit: float) -> Floats:
    if not given:
        raise BadInput("Nobody is named.", where=where, hint="Give at least one party.")
    for name, amount in given.items():
        _money(amount, f"{where}, {name}")
    return np.array(list(given.values()), dtype=np.float64) * unit


def _money(amount: float | None, where: str) -> None:
    if amount is None or not math.isfinite(amount) or amount < 0:
        raise BadInput("Money here is a number, not less than zero.", where=where, hint="Correct the figure.")


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        twice = next(key for place, (key, _) in enumerate(pairs) if key in dict(pairs[:place]))
        raise BadInput(f"{twice} is given twice.", hint="Keep one.")
    return found

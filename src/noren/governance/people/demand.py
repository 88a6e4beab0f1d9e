"""What people of some age need, who is left to do it, and what breaks first.

The tables beside this file say each rate with its source and its basis: published, rounded, or assumed.
"""

from __future__ import annotations

import csv
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Literal

import msgspec

from noren.contract.declaration import Function
from noren.errors import BadInput
from noren.governance.people.records import Population
from noren.intake import text

Basis = Literal["published", "rounded", "assumed"]
STRAINED = 1.1
"""So much more need for a worker than at the start counts as breaking."""
OTHER = "other"


class Rate(msgspec.Struct, frozen=True):
    """Units of a need for one person of a sex ("" both) from age `low` up to, not including, `high`."""

    function: Function
    need: str
    sex: str
    low: int
    high: int | None
    rate: float
    basis: Basis
    source: str


class Strain(msgspec.Struct, frozen=True):
    """A need over the years: amount, and amount for a worker of its function in proportion to the first year.

    `breaks`: the first year in which that is above `STRAINED`.
    """

    function: Function
    need: str
    amount: list[float]
    ratio: list[float]
    breaks: int | None


def needs(people: Population) -> dict[tuple[Function, str], float]:
    """Amount of every need, by function and name.

    >>> import numpy as np
    >>> round(needs(Population(2025, 5, np.full((2, 18), 5.0)))[Function.EDUCATION, "pupils"], 2)
    23.88
    """
    found: dict[tuple[Function, str], float] = {}
    for each in rates():
        amount = each.rate * people.between(each.low, each.high, each.sex or None)
        found[each.function, each.need] = found.get((each.function, each.need), 0.0) + amount
    return found


def workers(people: Population) -> float:
    """People who work or look for work, by today's participation at each age."""
    return sum(rate * people.between(low, high, sex) for sex, low, high, rate in participation())


def strains(years: list[Population], shares: dict[str, float]) -> list[Strain]:
    """Every need over the years against the workforce of its function, most strained first.

    Today's rates of need, participation and employment are kept: what is left is the change in people.
    """
    amounts = [needs(people) for people in years]
    hands = [workers(people) for people in years]
    found = []
    for function, need in amounts[0]:
        amount = [each[function, need] for each in amounts]
        staff = [each * shares.get(function, 0.0) for each in hands]
        load = [a / s if s > 0 else float("inf") for a, s in zip(amount, staff, strict=True)]
        ratio = [each / load[0] if 0 < load[0] < float("inf") else 1.0 for each in load]
        breaks = next((p.year for p, r in zip(years, ratio, strict=True) if r >= STRAINED), None)
        found.append(Strain(function, need, amount, ratio, breaks))
    return sorted(found, key=lambda s: (-s.ratio[-1], s.function, s.need))


@cache
def rates() -> tuple[Rate, ...]:
    """The table of needs."""
    return tuple(
        Rate(Function(r["function"]), r["need"], r["sex"], int(r["low"]), _high(r["high"]), float(r["rate"]), *_told(r))
        for r in _table("demand.csv")
    )


@cache
def participation() -> tuple[tuple[str, int, int | None, float], ...]:
    """Share of a sex and age in work or looking for it."""
    return tuple((r["sex"], int(r["low"]), _high(r["high"]), float(r["rate"])) for r in _table("participation.csv"))


def employment(path: Path | None = None) -> dict[str, float]:
    """Share of all workers by function, from a table with columns function and share (Japan's without one).

    Raises `BadInput` for unknown functions, negative shares, and shares that add up to anything but 1.
    """
    name = path.name if path else "employment.csv"
    rows = _rows(text.decoded(text.head_of(path))) if path else _table(name)
    shares: dict[str, float] = {}
    for number, row in enumerate(rows, 2):
        where = f"{name}, row {number}"
        function, told = (row.get("function") or "").strip(), row.get("share") or ""
        if function not in {*Function, OTHER} or function in shares:
            raise BadInput(
                f"{function!r} is no function, or there twice.", where=where, hint=f"Use: {', '.join(Function)}, other."
            )
        try:
            shares[function] = float(told)
        except ValueError:
            raise BadInput(f"{told!r} is not a number.", where=f"{where}, share", hint="Write 0.05 for 5 %.") from None
        if not shares[function] >= 0:
            raise BadInput("A share cannot be negative.", where=f"{where}, share", hint="Correct the cell.")
    if abs(sum(shares.values()) - 1) > 0.005:
        what = f"The shares of employment add up to {sum(shares.values()):.3f}, not 1."
        raise BadInput(what, where=f"{name}, share", hint="Put what is left under other.")
    return shares


def _told(row: dict[str, str]) -> tuple[Basis, str]:
    return row["basis"], row["source"]  # type: ignore[return-value]


def _high(cell: str) -> int | None:
    return int(cell) if cell else None


def _table(name: str) -> list[dict[str, str]]:
    return _rows((files(__package__) / name).read_text("utf-8"))


def _rows(table: str) -> list[dict[str, str]]:
    return list(csv.DictReader(table.lstrip("\ufeff").splitlines()))

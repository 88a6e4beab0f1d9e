"""PLAN.toml: budgets by year and the initiatives that could be paid from them, read and checked.

Names to know: `Plan`, `Initiative`, `read`.
"""

from __future__ import annotations

import math
import tomllib
from pathlib import Path
from typing import Any

import msgspec

from noren.errors import BadInput


class Initiative(msgspec.Struct, forbid_unknown_fields=True):
    """One thing that could be done: its cost by year, its return in the short and the long run, what it hangs on."""

    name: str | dict[str, str]
    cost: dict[str, float]
    short: float = 0.0
    long: float = 0.0
    needs: list[str] = []
    excludes: list[str] = []
    must: bool = False
    layer: str = ""
    function: str = ""
    district: str = ""


class Least(msgspec.Struct, forbid_unknown_fields=True):
    """At least a share of the money spent (`share`), or so many initiatives (`count`), for a layer or the like."""

    by: str
    of: str
    share: float | None = None
    count: int | None = None


class Plan(msgspec.Struct, forbid_unknown_fields=True):
    """The whole file. `weight` says how much the short run counts, 0 to 1; all returns are in one unit, `returns`."""

    title: str | dict[str, str]
    budget: dict[str, float]
    initiative: dict[str, Initiative]
    least: list[Least] = []
    weight: float = 0.5
    unit: float = 1.0
    returns: str | dict[str, str] = ""


def read(path: Path) -> Plan:
    """The checked plan in a TOML file; raises `BadInput`."""
    try:
        return parse(tomllib.loads(path.read_text("utf-8")), where=str(path))
    except OSError as error:
        raise BadInput("The file cannot be read.", where=str(path), hint="Check its name.") from error
    except ValueError as error:
        raise BadInput(f"This is not TOML: {error}", where=str(path), hint="docs/money.md shows the form.") from error


def parse(raw: dict[str, Any], where: str = "") -> Plan:
    """The checked plan behind a decoded TOML document."""
    try:
        plan = msgspec.convert(raw, Plan)
    except msgspec.ValidationError as error:
        raise BadInput(f"This is no plan: {error}", where=where, hint="docs/money.md shows the form.") from error
    _check(plan)
    return plan


def _check(plan: Plan) -> None:
    if not plan.budget or not plan.initiative:
        raise BadInput("A plan needs a budget and at least one initiative.", where="budget", hint="Add them.")
    if not 0 <= plan.weight <= 1:
        raise BadInput("The weight of the short run is from 0 to 1.", where="weight", hint="Correct it.")
    for year, amount in plan.budget.items():
        _money(amount, f"budget, {year}")
    for name, each in plan.initiative.items():
        for year, amount in each.cost.items():
            _money(amount, f"initiative {name}, cost, {year}")
            if year not in plan.budget:
                raise BadInput(f"{year} has no budget.", where=f"initiative {name}", hint="Add it, or 0.")
        for other in (*each.needs, *each.excludes):
            if other not in plan.initiative or other == name:
                raise BadInput(f"{other} is no other initiative.", where=f"initiative {name}", hint="Correct it.")
        if not (math.isfinite(each.short) and math.isfinite(each.long)):
            raise BadInput("A return is a number.", where=f"initiative {name}", hint="Correct it.")
    for least in plan.least:
        if least.by not in ("layer", "function", "district") or (least.share is None) == (least.count is None):
            raise BadInput("It is by layer, function or district, with share or count.", where="least", hint="Fix it.")
        if least.share is not None and not 0 <= least.share <= 1:
            raise BadInput("A share is from 0 to 1.", where="least", hint="Correct it.")


def _money(amount: float, where: str) -> None:
    if not math.isfinite(amount) or amount < 0:
        raise BadInput("Money here is a number, not less than zero.", where=where, hint="Correct the figure.")

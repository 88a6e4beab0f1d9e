"""CASE.toml: what an undertaking costs and brings, line by line, who pays and who gains; read and checked.

A line with a payer alone is a cost, with a payee alone a benefit, with both a transfer (fee, subsidy, tax return),
which moves money between parties and adds nothing to the whole. Names to know: `Case`, `Line`, `read`.
"""

from __future__ import annotations

import math
import tomllib
from pathlib import Path
from typing import Any, Literal

import msgspec

from noren.errors import BadInput
from noren.governance.money import allocation
from noren.governance.money.problem import Asked, problem
from noren.governance.money.problem import read as read_game

Prices = Literal["real", "nominal"]
Name = str | dict[str, str]
SOCIAL_RATE = 0.04
LONGEST = 200


class Spread(msgspec.Struct, forbid_unknown_fields=True):
    """An uncertain figure: `low` and `high` (any value between), with `likely` (triangular), or `mean` and `sd`."""

    low: float | None = None
    likely: float | None = None
    high: float | None = None
    mean: float | None = None
    sd: float | None = None


Figure = float | Spread


class SharedBy(msgspec.Struct, forbid_unknown_fields=True):
    """Payers whose parts come from a game: one of the case's `games`, or a GAME.json beside it, under a rule."""

    game: str
    rule: str = "shapley"


class Line(msgspec.Struct, forbid_unknown_fields=True):
    """One stream of money. `amount` each year from `from` to `to`, growing; or `amounts` by year; or `once`.

    `lifetime` buys again after so many years and counts what is left of the last one at the end; `residual` is a value
    at the end by itself. `actual` holds what was really spent, by year.
    """

    name: Name
    kind: Literal["cost", "benefit", "saving", "fee", "subsidy", "tax-return", "transfer"]
    payer: str | None = None
    payee: str | None = None
    payers: dict[str, float] | None = None
    shared_by: SharedBy | None = None
    amount: Figure | None = None
    amounts: dict[str, float] = {}
    first: int | None = msgspec.field(name="from", default=None)
    last: int | None = msgspec.field(name="to", default=None)
    once: bool = False
    growth: Figure = 0.0
    lifetime: int | None = None
    residual: Figure = 0.0
    prices: Prices | None = None
    initiative: str = ""
    actual: dict[str, float] = {}


class Life(msgspec.Struct, forbid_unknown_fields=True):
    """A gain or loss in quality of life, in a unit of its own; it is shown and never turned into money."""

    name: Name
    unit: Name
    party: str
    amount: Figure
    first: int | None = msgspec.field(name="from", default=None)
    last: int | None = msgspec.field(name="to", default=None)


class Balance(msgspec.Struct, forbid_unknown_fields=True):
    """Whose account must not run dry, and what it holds at the start."""

    account: str
    opening: float = 0.0


class Case(msgspec.Struct, forbid_unknown_fields=True):
    """The whole file. Money is in `unit` yen; `discount` counts `discount_prices`; year `start` is not discounted."""

    title: Name
    start: int
    years: int
    line: list[Line]
    parties: dict[str, Name]
    life: list[Life] = []
    unit: float = 1.0
    prices: Prices = "real"
    discount: Figure | None = None
    discount_prices: Prices = "real"
    inflation: float | None = None
    other_rates: tuple[float, ...] = (0.01, 0.02)
    base_year: int | None = None
    balance: Balance | None = None
    games: dict[str, Asked] = {}
    draws: int = 10_000
    seed: int = 1
    note: Name = ""

    @property
    def span(self) -> range:
        """The years that count."""
        return range(self.start, self.start + self.years)


def read(path: Path, *, draws: int | None = None, seed: int | None = None) -> Case:
    """The checked case in a file, with other `draws` and `seed` where given; raises `BadInput` naming the line."""
    try:
        raw = tomllib.loads(path.read_text("utf-8"))
    except OSError as error:
        raise BadInput("The file cannot be read.", where=str(path), hint="Check its name.") from error
    except ValueError as error:
        raise BadInput(f"This is not TOML: {error}", where=str(path), hint="docs/money.md shows the form.") from error
    raw |= {name: each for name, each in {"draws": draws, "seed": seed}.items() if each is not None}
    return parse(raw, where=str(path), folder=path.parent)


def parse(raw: dict[str, Any], *, where: str = "", folder: Path | None = None) -> Case:
    """The checked case behind a decoded TOML document; games that it names as files are looked for in `folder`."""
    try:
        case = msgspec.convert(raw, Case)
    except msgspec.ValidationError as error:
        raise BadInput(f"This is no case: {error}", where=where, hint="docs/money.md shows the form.") from error
    try:
        _check(case)
        for line in case.line:
            _check_line(case, line)
            line.payers = _parts(case, line, folder)
    except BadInput as error:
        told = ", ".join(part for part in (where, error.where) if part)
        raise BadInput(error.what, where=told, hint=error.hint) from error
    return case


def central(figure: Figure | None) -> float:
    """The figure without its uncertainty: the likeliest value, the mean, or the middle of the range."""
    if not isinstance(figure, Spread):
        return figure or 0.0
    if figure.mean is not None:
        return figure.mean
    return figure.likely if figure.likely is not None else ((figure.low or 0.0) + (figure.high or 0.0)) / 2


def label(name: Name) -> str:
    """One name for messages of failure: English where there is one."""
    return name if isinstance(name, str) else name.get("en") or next(iter(name.values()), "")


def _check(case: Case) -> None:
    if not 1 <= case.years <= LONGEST:
        raise BadInput(f"The horizon must be 1 to {LONGEST} years.", where="years", hint="Correct it.")
    if not (math.isfinite(case.unit) and case.unit > 0):
        raise BadInput("The unit must be a number of yen above zero.", where="unit", hint="Correct it.")
    if not case.line:
        raise BadInput("A case needs at least one line.", where="line", hint="Add a cost.")
    if not 100 <= case.draws <= 1_000_000:
        raise BadInput("Draws must be 100 to 1,000,000.", where="draws", hint="10,000 is enough for most cases.")
    _figure(case.discount, "discount", least=-0.99)
    for rate in case.other_rates:
        _figure(rate, "other_rates", least=-0.99)
    if case.discount is None and case.discount_prices == "nominal":
        raise BadInput(
            "Japan's social discount rate of 4 % is real, not nominal.",
            where="discount_prices",
            hint='Give a nominal rate as discount, or write discount_prices = "real".',
        )
    if case.discount_prices != case.prices and case.inflation is None:
        raise BadInput(
            f"The figures are {case.prices} and the discount rate is {case.discount_prices}: "
            "without inflation they do not fit together.",
            where="inflation",
            hint='Add inflation, or write both in the same prices. The rate of 4 % is "real".',
        )
    if case.inflation is not None and not -0.5 < case.inflation < 1:
        raise BadInput("Inflation is a yearly rate such as 0.01.", where="inflation", hint="Correct it.")
    for each in case.life:
        _known(case, each.party, f"life, {label(each.name)}")
        _figure(each.amount, f"life, {label(each.name)}", least=-math.inf)
        _years(case, each.first, each.last, f"life, {label(each.name)}")
    if case.balance is not None:
        _known(case, case.balance.account, "balance, account")
        _figure(case.balance.opening, "balance, opening")


def _check_line(case: Case, line: Line) -> None:
    where = f"line {label(line.name)}"
    pays = [each for each in (line.payer, line.payers, line.shared_by) if each is not None]
    _sides(line, where, len(pays))
    for party in (line.payer, line.payee, *(line.payers or {})):
        if party is not None:
            _known(case, party, where)
    if line.payer is not None and line.payer == line.payee:
        raise BadInput("A party cannot pay itself.", where=where, hint="Correct payer or payee.")
    if (line.amount is None) == (not line.amounts):
        raise BadInput("A line has either an amount or amounts by year.", where=where, hint="Give one of the two.")
    _figure(line.amount, where)
    _figure(line.growth, f"{where}, growth", least=-0.99)
    _figure(line.residual, f"{where}, residual")
    for name in ("amounts", "actual"):
        for year, amount in getattr(line, name).items():
            _year(case, year, f"{where}, {name}")
            _figure(amount, f"{where}, {name}, {year}")
    _years(case, line.first, line.last, where)
    if line.lifetime is not None and (line.lifetime < 1 or not line.once):
        raise BadInput("A lifetime is whole years, for a line that is bought once.", where=where, hint="Add once.")
    if line.prices not in (None, case.discount_prices) and case.inflation is None:
        raise BadInput("The line is in other prices than the rate.", where=where, hint="Add inflation to the case.")


def _sides(line: Line, where: str, pays: int) -> None:
    wants = {"cost": (1, False), "benefit": (0, True), "saving": (0, True)}.get(line.kind, (1, True))
    if (pays, line.payee is not None) != wants:
        needs = "a payer and no payee" if wants == (1, False) else "a payee and no payer" if wants[0] == 0 else "both"
        raise BadInput(
            f"A line of kind {line.kind} has {needs}.",
            where=where,
            hint="Costs and benefits have one side; a fee, subsidy, tax-return or transfer has two.",
        )


def _parts(case: Case, line: Line, folder: Path | None) -> dict[str, float] | None:
    where = f"line {label(line.name)}"
    if line.shared_by is not None:
        return _by_game(case, line.shared_by, folder, where)
    if line.payers is None:
        return {line.payer: 1.0} if line.payer else None
    if any(part < 0 for part in line.payers.values()) or not math.isclose(sum(line.payers.values()), 1, abs_tol=1e-9):
        raise BadInput("The payers' parts must be none below zero and add up to 1.", where=where, hint="Correct them.")
    return line.payers


def _by_game(case: Case, shared: SharedBy, folder: Path | None, where: str) -> dict[str, float]:
    if shared.game in case.games:
        game = problem(case.games[shared.game])
    elif folder is not None and shared.game.endswith(".json"):
        game = read_game(folder / shared.game)
    else:
        raise BadInput(f"There is no game {shared.game}.", where=where, hint="Add it under games, or name a file.")
    if not game.total:
        raise BadInput("The game has nothing to share.", where=where, hint="Give its groups costs above zero.")
    found = allocation.allocate(game).under(shared.rule)
    for share in found.shares:
        _known(case, share.party, where)
        if share.exact < 0:
            raise BadInput(f"Under this rule {share.party} would be paid.", where=where, hint="Choose another rule.")
    return {share.party: share.exact / game.total for share in found.shares}


def _known(case: Case, party: str, where: str) -> None:
    if party not in case.parties:
        raise BadInput(f"{party} is not among the parties.", where=where, hint=f"Known: {', '.join(case.parties)}.")


def _years(case: Case, first: int | None, last: int | None, where: str) -> None:
    for year in (first, last):
        if year is not None:
            _year(case, str(year), where)
    if first is not None and last is not None and last < first:
        raise BadInput(f"{last} comes before {first}.", where=where, hint="Correct from or to.")


def _year(case: Case, year: str, where: str) -> None:
    if not year.isdecimal() or int(year) not in case.span:
        raise BadInput(
            f"{year} is not within {case.span[0]} to {case.span[-1]}.", where=where, hint="Correct it, or years."
        )


def _figure(figure: Figure | None, where: str, least: float = 0.0) -> None:
    if figure is None:
        return
    parts = [figure] if not isinstance(figure, Spread) else _spread(figure, where)
    if any(not math.isfinite(each) or each < least for each in parts):
        least_told = "zero" if least == 0 else f"{least:g}"
        raise BadInput(
            f"A figure here is a number, not less than {least_told}.", where=where, hint="Who pays says the direction."
        )


def _spread(spread: Spread, where: str) -> list[float]:
    by_range = spread.low is not None and spread.high is not None and spread.mean is None and spread.sd is None
    normal = spread.mean is not None and spread.sd is not None and spread.low is None and spread.high is None
    if not by_range and not (normal and spread.likely is None):
        raise BadInput("Uncertain is low and high, with or without likely; or mean and sd.", where=where)
    if normal:
        if (spread.sd or 0.0) < 0:
            raise BadInput("A standard deviation is not below zero.", where=where, hint="Correct sd.")
        return [spread.mean or 0.0]
    ordered = [each for each in (spread.low, spread.likely, spread.high) if each is not None]
    if ordered != sorted(ordered):
        raise BadInput("Low, likely and high must rise.", where=where, hint="Put them in order.")
    return ordered

"""Whether an account holds out: what comes in and goes out, from which year it lacks money, what would help.

Budget lines derive from the same case: year, kind, payer, planned, actual.
"""

from __future__ import annotations

import msgspec
import numpy as np

from noren.governance.money import chance, flows
from noren.governance.money.case import Case, Prices
from noren.governance.money.words import Words, joined, told
from noren.governance.money.yen import Floats


class Remedy(msgspec.Struct, frozen=True):
    """How many times a line that pays into the account would have to be paid so that it never lacks money."""

    line: Words
    times: float


class Year(msgspec.Struct, frozen=True):
    """One year of the account, in yen."""

    year: int
    comes: float
    goes: float
    holds: float


class Account(msgspec.Struct, frozen=True):
    """The account over the horizon: the first year in which it lacks money, the most that it lacks;

    `dry` is the share of draws in which it lacks money in some year (None without uncertainty).
    """

    party: str
    name: Words
    prices: Prices
    years: list[Year]
    short_from: int | None
    lacks: float
    dry: float | None
    remedies: list[Remedy]


class BudgetLine(msgspec.Struct, frozen=True):
    """One line of a budget in one year; `actual` is None until it is known."""

    year: int
    initiative: str
    line: Words
    kind: str
    payer: Words
    planned: float
    actual: float | None


def account(case: Case) -> Account | None:
    """The account that the case names, in the money of each year where inflation is given; what is left is no cash."""
    if case.balance is None:
        return None
    prices = _prices(case)
    every = [each.sums for each in flows.streams(case, flows.middle(case), prices)]
    comes = _side(case, every, [line.payee == case.balance.account for line in case.line])
    parts = [(line.payers or {}).get(case.balance.account, 0.0) for line in case.line]
    goes = _side(case, every, parts)
    holds = case.balance.opening * case.unit + np.cumsum(comes - goes)
    short = np.flatnonzero(holds < -0.5)
    years = [Year(*row) for row in zip(case.span, comes.tolist(), goes.tolist(), holds.tolist(), strict=True)]
    first = case.span[int(short[0])] if len(short) else None
    remedies = _remedies(case, every, holds) if len(short) else []
    name = told(case.parties[case.balance.account])
    lacks = float(max(0.0, -holds.min()))
    return Account(case.balance.account, name, prices, years, first, lacks, chance.dry(case, prices), remedies)


def budget(case: Case) -> list[BudgetLine]:
    """All lines that somebody pays, year by year, planned and actual."""
    found = []
    for line, each in zip(case.line, flows.streams(case, flows.middle(case), _prices(case)), strict=True):
        payer = joined(told(case.parties[party]) for party in (line.payers or {}))
        for year, planned in zip(case.span, each.sums, strict=True):
            actual = line.actual.get(str(year))
            if line.payers and (planned or actual is not None):
                spent = None if actual is None else actual * case.unit
                found.append(
                    BudgetLine(year, line.initiative, told(line.name), line.kind, payer, float(planned), spent)
                )
    return sorted(found, key=lambda row: row.year)


def _prices(case: Case) -> Prices:
    return "nominal" if case.inflation is not None else case.prices


def _side(case: Case, every: list[Floats], parts: list[float] | list[bool]) -> Floats:
    return np.asarray(sum((part * each for part, each in zip(parts, every, strict=True)), np.zeros(case.years)))


def _remedies(case: Case, every: list[Floats], holds: Floats) -> list[Remedy]:
    found, short = [], holds < 0
    for line, each in zip(case.line, every, strict=True):
        paid = np.cumsum(each)
        if case.balance and line.payee == case.balance.account and (paid[short] > 0).all():
            found.append(Remedy(told(line.name), float(1 + (-holds[short] / paid[short]).max())))
    return found

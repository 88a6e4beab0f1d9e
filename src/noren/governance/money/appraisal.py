"""Whether an undertaking is worth its money: for all together, for each party, and how sure that is.

Year `start` is not discounted unless `base_year` says otherwise. Without a rate, Japan's social discount rate of 4 % a
year, real, is used: Ministry of Land, Infrastructure, Transport and Tourism, *Technical guidelines for cost-benefit
analysis of public works* (公共事業評価の費用便益分析に関する技術指針, common part).
"""

from __future__ import annotations

import msgspec
import numpy as np

from noren.governance.money import balance, chance, flows, measures
from noren.governance.money.balance import Account, BudgetLine
from noren.governance.money.case import Case, Life, central
from noren.governance.money.chance import Driver, Interval
from noren.governance.money.words import Words, money, percent, told, words
from noren.governance.money.yen import Floats


class Party(msgspec.Struct, frozen=True):
    """One party: what it pays and gains (present values), the difference, and its 90 % interval where one is known."""

    party: str
    name: Words
    pays: float
    gains: float
    npv: float
    interval: Interval | None
    says: Words


class LifeGain(msgspec.Struct, frozen=True):
    """A gain or loss in quality of life in its own unit: in a usual year and over the horizon, never in money."""

    name: Words
    unit: Words
    party: Words
    yearly: float
    low: float
    high: float
    whole: float


class Turning(msgspec.Struct, frozen=True):
    """The amount of a line at which the whole would be worth exactly its cost."""

    name: Words
    amount: float | None
    times: float


class Moves(msgspec.Struct, frozen=True):
    """How far one uncertain figure moves the answer."""

    name: Words
    driver: Driver


class AtRate(msgspec.Struct, frozen=True):
    """Net present value and benefit/cost at another discount rate."""

    rate: float
    npv: float
    ratio: float | None


class Appraisal(msgspec.Struct, frozen=True):
    """All that is known about a case; money in yen and present values where not said otherwise."""

    title: Words
    years: list[int]
    rate: float
    costs: list[float]
    benefits: list[float]
    npv: float
    ratio: float | None
    other_rates: list[AtRate]
    rates: list[float]
    payback: float | None
    payback_discounted: float | None
    parties: list[Party]
    life: list[LifeGain]
    interval: Interval | None
    drivers: list[Moves]
    turning: list[Turning]
    account: Account | None
    budget: list[BudgetLine]
    says: list[Words]
    assumptions: list[Words]


def appraise(case: Case) -> Appraisal:
    """Appraise a checked case with its central figures, and with draws where figures are uncertain."""
    drawn = flows.middle(case)
    every, weights = flows.streams(case, drawn), chance.discounting(case, drawn)
    costs, gains = flows.whole_rows(case, every)
    net, spread = gains - costs, chance.intervals(case)
    central_rate = _at(case, costs, gains, float(drawn.of("discount")))
    account = balance.account(case)
    found = Appraisal(
        told(case.title),
        list(case.span),
        central_rate.rate,
        costs.tolist(),
        gains.tolist(),
        central_rate.npv,
        central_rate.ratio,
        [_at(case, costs, gains, rate) for rate in case.other_rates],
        measures.internal_rates(net),
        measures.payback(net),
        measures.payback(net * weights),
        _parties(case, every, weights, spread),
        [_life(case, each) for each in case.life],
        spread.get(""),
        [Moves(_driver(case, each.figure), each) for each in chance.tornado(case)],
        [_turning(case, each) for each in chance.break_even(case)],
        account,
        balance.budget(case),
        [],
        _assumptions(case),
    )
    return msgspec.structs.replace(found, says=_says(case, found, net))


def _at(case: Case, costs: Floats, gains: Floats, rate: float) -> AtRate:
    before = case.start - (case.start if case.base_year is None else case.base_year)
    weights = measures.factors(rate, case.years, before)
    paid, gained = float(costs @ weights), float(gains @ weights)
    return AtRate(rate, gained - paid, gained / paid if paid else None)


def _parties(case: Case, every: list[flows.Streams], weights: Floats, spread: dict[str, Interval]) -> list[Party]:
    pays = dict.fromkeys(case.parties, 0.0)
    nets = {name: float((row * weights).sum()) for name, row in flows.party_rows(case, every).items()}
    for line, each in zip(case.line, every, strict=True):
        for party, part in (line.payers or {}).items():
            pays[party] += part * float((each.sums * weights).sum())
    return [_party(case, name, pays[name], nets[name], spread.get(name)) for name in case.parties]


def _party(case: Case, party: str, pays: float, net: float, interval: Interval | None) -> Party:
    name, gains = told(case.parties[party]), net + pays
    key = "gains" if net > 0.5 else "pays" if net < -0.5 else "even"
    life = any(each.party == party for each in case.life)
    says = words(f"money.party.{key}", party=name, pays=money(pays), gains=money(gains), net=money(abs(net)))
    if life:
        says = {each: says[each] + words("money.party.life")[each] for each in says}
    return Party(party, name, pays, gains, net, interval, says)


def _life(case: Case, life: Life) -> LifeGain:
    years = (life.last or case.span[-1]) - (life.first or case.start) + 1
    yearly = central(life.amount)
    ends = chance.quantiles(life.amount) if not isinstance(life.amount, float) else (yearly, yearly)
    return LifeGain(told(life.name), told(life.unit), told(case.parties[life.party]), yearly, *ends, yearly * years)


def _driver(case: Case, figure: str) -> Words:
    if figure == "discount":
        return words("money.driver.discount")
    _, place, part = figure.split(".")
    return words(f"money.driver.{part}", line=told(case.line[int(place)].name))


def _turning(case: Case, each: chance.BreakEven) -> Turning:
    line = case.line[each.line]
    amount = None if line.amount is None else central(line.amount) * case.unit * each.times
    return Turning(told(line.name), amount, each.times)


def _says(case: Case, found: Appraisal, net: Floats) -> list[Words]:
    worth = "worth" if found.npv >= 0 else "notWorth"
    says = [words(f"money.says.{worth}", npv=money(abs(found.npv)), years=case.years, rate=percent(found.rate))]
    says.append(_rates(found, net))
    if found.interval is not None:
        low, high = money(found.interval.low), money(found.interval.high)
        says.append(words("money.says.interval", low=low, high=high, losing=percent(found.interval.losing, 0)))
    return says + _balanced(case, found.account)


def _rates(found: Appraisal, net: Floats) -> Words:
    if not found.rates:
        key = "money.says.rate.none" if (net > 0).any() and (net < 0).any() else "money.says.rate.oneSided"
        return words(key)
    listed = ", ".join(percent(each) for each in found.rates)
    return words(f"money.says.rate.{'one' if len(found.rates) == 1 else 'several'}", rates=listed)


def _balanced(case: Case, account: Account | None) -> list[Words]:
    if account is None:
        return []
    party, ends = account.name, money(account.years[-1].holds)
    if account.short_from is None:
        return [words("money.says.balances", party=party, years=case.years, ends=ends), *_dry(account)]
    says = [words("money.says.short", party=party, year=account.short_from, lacks=money(account.lacks))]
    return says + [
        words("money.says.remedy", line=each.line, times=f"{np.ceil(each.times * 100) / 100:.2f}")
        for each in account.remedies
    ]


def _dry(account: Account) -> list[Words]:
    return [words("money.says.dry", share=percent(account.dry, 0))] if account.dry else []


def _assumptions(case: Case) -> list[Words]:
    base = case.start if case.base_year is None else case.base_year
    rate = percent(central(flows.drivers(case)["discount"]))
    found = [words("money.assume.default") if case.discount is None else words("money.assume.rate", rate=rate)]
    found.append(words("money.assume.base", year=base))
    found.append(words(f"money.assume.{case.discount_prices}", year=case.start))
    if case.inflation is not None:
        found.append(words("money.assume.inflation", rate=percent(case.inflation)))
    if chance.uncertain(case):
        found.append(words("money.assume.draws", draws=f"{case.draws:,}", seed=case.seed))
    if case.life:
        found.append(words("money.assume.life"))
    return found

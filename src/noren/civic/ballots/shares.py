"""Method of equal shares: every voter gets the same share of the budget and pays for what they voted for.

Peters and Skowron (2020), Peters, Pierczyński and Skowron (2021); completions as on equalshares.net. A project can be
bought at the price rho when its supporters together can pay its cost, each at most rho for each unit of utility; the
project with the lowest price is bought next. Utility is what a voter gives a project (1, or points), times its cost for
`cost` utilities.

Money is kept in double precision; whatever is nearer than `NEAR` (a tie, a project that can just be paid) is decided
by exact fractions, worked out from the history of payments. Names to know: `equal_shares`, `add1`.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from fractions import Fraction
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from noren.civic.ballots.counting import Ints
from noren.civic.ballots.greedy import Chosen, Tie
from noren.civic.ballots.profile import Profile

NEAR = 1e-9
Floats = npt.NDArray[np.float64]


class _Price(NamedTuple):
    """Price of a project, and the value of those who pay it alike: everyone with money left; 0 where some pay less."""

    rho: float
    payers: int


def equal_shares(
    profile: Profile,
    *,
    cost_utility: bool = True,
    budget: int | None = None,
    among: Collection[int] | None = None,
    prefer: Collection[int] = (),
) -> Chosen:
    """Buy projects until no supporters can pay one; `budget` (the profile's when left out) is shared by all voters."""
    run = _Purses(profile, cost_utility, profile.budget if budget is None else budget).run(
        profile.passing() if among is None else among, profile.order(prefer)
    )
    return Chosen(run.winners, run.ties, {"share": _share(profile, 0), "raised": 0})


def add1(
    profile: Profile,
    *,
    cost_utility: bool = True,
    exhaustive: bool = False,
    among: Collection[int] | None = None,
    prefer: Collection[int] = (),
    told: Callable[[float], None] | None = None,
) -> Chosen:
    """Equal shares, every voter's money raised by 1 (of the currency) as long as the outcome fits into the budget.

    The last outcome before the budget would be overspent stands; with `exhaustive` the first into which no further
    project fits. Projects without supporters, or dearer than the budget, are left aside. `told` hears how much of the
    budget is spent.
    """
    among = profile.passing() if among is None else among
    among = [p for p in among if len(profile.supporters[p]) and profile.costs[p] <= profile.budget]
    order, step = profile.order(prefer), profile.voters * profile.unit

    def at(raised: int) -> _Run:
        return _Purses(profile, cost_utility, profile.budget + raised * step).run(among, order)

    raised, run, stride = 0, at(0), _Stride()
    while not _finished(profile, run.winners, among, exhaustive):
        if told:
            told(profile.spent(run.winners) / max(1, profile.budget))
        following = at(raised + stride.now)
        if stride.now > 1 and not _same_between(run, following):
            stride.shorten()
        elif profile.spent(following.winners) > profile.budget:
            break
        else:
            raised, run = raised + stride.now, following
            stride.lengthen()
    return Chosen(run.winners, run.ties, {"share": _share(profile, raised), "raised": raised})


class _Stride:
    """How many steps of 1 are taken at once: twice as many after each success; after a failure, only after a while."""

    def __init__(self) -> None:
        self.now, self.wait, self.patience = 1, 0, 1

    def lengthen(self) -> None:
        if self.now > 1:
            self.patience = 1
        if self.wait:
            self.wait -= 1
        else:
            self.now *= 2

    def shorten(self) -> None:
        self.now //= 2
        if self.now == 1:
            self.patience = min(2 * self.patience, 32)
            self.wait = self.patience


def _finished(profile: Profile, winners: Collection[int], among: Collection[int], exhaustive: bool) -> bool:
    """Whether raising the money further is of no use."""
    left = profile.budget - profile.spent(winners)
    waiting = [p for p in among if p not in winners]
    return not waiting or (exhaustive and all(profile.costs[p] > left for p in waiting))


def _share(profile: Profile, raised: int) -> Fraction:
    """What each voter had to spend, in the currency."""
    return Fraction(profile.budget, max(1, profile.voters) * profile.unit) + raised


class _Best(NamedTuple):
    """The cheapest projects: their price (exactly where several tie), and a bound below which no other's is."""

    rho: float
    exact: Fraction | None
    tied: frozenset[int]
    others: float


class _Round(NamedTuple):
    """One purchase: the project, its price (exactly where projects tied), those, and a bound on every other's price."""

    project: int
    rho: float
    exact: Fraction | None
    tied: frozenset[int]
    others: float


class _Run(NamedTuple):
    """Equal shares at one budget."""

    winners: tuple[int, ...]
    ties: tuple[Tie, ...]
    rounds: tuple[_Round, ...]


def _same_between(low: _Run, high: _Run) -> bool:
    """Whether every budget between two surely gives the same purchases.

    While purchases are the same, more money never raises a price nor empties a purse. So if in every round the price
    of what is bought, with little money, is below every other price with much money, nothing else can come first in
    between. A tie stays a tie where its price is the same at both ends.
    """
    if low.winners != high.winners:
        return False
    return all(
        a.rho * (1 + NEAR) < b.others and a.tied == b.tied and a.exact == b.exact
        for a, b in zip(low.rounds, high.rounds, strict=True)
    )


class _Purses:
    """The voters' money during one run."""

    def __init__(self, profile: Profile, cost_utility: bool, budget: int) -> None:
        self.profile, self.cost_utility = profile, cost_utility
        self.share = Fraction(budget, max(1, profile.voters))
        self.money: Floats = np.full(profile.voters, float(self.share))
        self.bought: list[int] = []
        self._exact = _Exact(self)

    def utility(self, p: int) -> int:
        """What one unit of a voter's value for `p` counts."""
        return max(1, self.profile.costs[p]) if self.cost_utility else 1

    def run(self, among: Collection[int], order: list[tuple[bool, int, int, int]]) -> _Run:
        """Buy until nothing can be paid any more."""
        lowest = {p: self._at_first(p) for p in among if len(self.profile.supporters[p])}
        free = tuple(sorted((p for p in lowest if self.profile.costs[p] == 0), key=order.__getitem__))
        for p in free:
            del lowest[p]
        rounds: list[_Round] = []
        while best := self._best(lowest):
            first = min(best.tied, key=order.__getitem__)
            self._pay(first, best.rho)
            rounds.append(_Round(first, *best))
            del lowest[first]
        tied = [each for each in rounds if len(each.tied) > 1]
        ties = [Tie(tuple(sorted(each.tied, key=order.__getitem__)), each.project) for each in tied]
        return _Run((*free, *(each.project for each in rounds)), tuple(ties), tuple(rounds))

    def _at_first(self, p: int) -> float:
        """The price if everyone had all the money they need: no price is ever lower."""
        return self.profile.costs[p] / (float(self.profile.values[p].sum()) * self.utility(p))

    def _best(self, lowest: dict[int, float]) -> _Best | None:
        """The projects that are cheapest now; None when nothing can be paid.

        Prices only rise, so an old price says where looking is of no use.
        """
        found: dict[int, _Price] = {}
        least = second = np.inf
        for p in sorted(lowest, key=lowest.__getitem__):
            if lowest[p] > least * (1 + NEAR) and lowest[p] >= second:
                break
            price = self.price(p)
            if price is None:
                del lowest[p]
                continue
            found[p], lowest[p] = price, price.rho
            least, second = sorted((least, second, price.rho))[:2]
        if not found:
            return None
        exact, tied = self._exactly_least({p: price for p, price in found.items() if price.rho <= least * (1 + NEAR)})
        others = min((rho for p, rho in lowest.items() if p not in tied), default=np.inf)
        return _Best(least, exact, tied, others)

    def _exactly_least(self, near: dict[int, _Price]) -> tuple[Fraction | None, frozenset[int]]:
        if len(near) < 2:
            return None, frozenset(near)
        exact = {p: self._exact_price(p, price.payers) for p, price in near.items()}
        least = min(exact.values())
        tied = frozenset(p for p in near if exact[p] == least)
        return least if len(tied) > 1 else None, tied

    def _exact_price(self, p: int, payers: int) -> Fraction:
        if payers:
            return Fraction(self.profile.costs[p], payers * self.utility(p))
        return self._exact.price(p)

    def price(self, p: int) -> _Price | None:
        """The lowest price at which the supporters can pay the cost; None when they cannot."""
        cost, money = float(self.profile.costs[p]), self.money[self.profile.supporters[p]]
        together = float(money.sum())
        nearly = cost * (1 - NEAR) <= together < cost * (1 + NEAR)
        if self._exact.together(p) < self.profile.costs[p] if nearly else together < cost:
            return None
        if self.profile.plain:
            rho, payers = _level(cost, money[money > 0])
        else:
            has = money > 0
            rho, payers = _weighted_level(cost, money[has], self.profile.values[p][has])
        return _Price(rho / self.utility(p), payers)

    def _pay(self, p: int, rho: float) -> None:
        voters = self.profile.supporters[p]
        due = rho * self.utility(p) * (1 if self.profile.plain else self.profile.values[p])
        self.money[voters] = np.maximum(self.money[voters] - due, 0)
        self.bought.append(p)


def _level(cost: float, money: Floats) -> tuple[float, int]:
    """What each pays at most when all pay alike as far as they can; and how many pay, where surely all pay alike."""
    everyone, level = len(money), cost / len(money)
    while True:
        poor = money < level
        gone = int(np.count_nonzero(poor))
        if not gone:
            return level, everyone if float(money.min()) > level * (1 + NEAR) else 0
        if gone == len(money):
            return float(money.max()), 0
        everyone, cost = 0, cost - float(money[poor].sum())
        money = money[~poor]
        level = max(cost, 0.0) / len(money)


def _weighted_level(cost: float, money: Floats, weight: Ints) -> tuple[float, int]:
    """The same where each pays in proportion to the points given."""
    everyone = int(weight.sum())
    level = cost / everyone
    while True:
        poor = money < level * weight
        if not poor.any():
            return level, everyone if bool((money > level * weight * (1 + NEAR)).all()) else 0
        if poor.all():
            return float((money / weight).max()), 0
        everyone, cost = 0, cost - float(money[poor].sum())
        money, weight = money[~poor], weight[~poor]
        level = max(cost, 0.0) / int(weight.sum())


class _Exact:
    """The same purses in fractions, brought up to date only when asked: voters with equal money share one entry."""

    def __init__(self, purses: _Purses) -> None:
        self.purses = purses
        self.group = np.zeros(purses.profile.voters, np.int64)
        self.values = [purses.share]
        self.number = {purses.share: 0}
        self.done = 0

    def together(self, p: int) -> Fraction:
        """What the supporters of `p` have left."""
        self._catch_up()
        return sum((money * n for money, _, n in self._kinds(p)[0]), Fraction(0))

    def price(self, p: int) -> Fraction:
        """The exact price of `p`."""
        self._catch_up()
        return self._level(p, self._kinds(p)[0]) / self.purses.utility(p)

    def _kinds(self, p: int) -> tuple[list[tuple[Fraction, int, int]], Ints]:
        """Supporters of `p` by (money, value) with how many there are, and of which kind each supporter is."""
        profile = self.purses.profile
        most = int(profile.values[p].max()) + 1
        key = self.group[profile.supporters[p]] * most + profile.values[p]
        kinds, which, counts = np.unique(key, return_inverse=True, return_counts=True)
        pairs = (divmod(int(kind), most) for kind in kinds)
        return [(self.values[g], value, int(n)) for (g, value), n in zip(pairs, counts, strict=True)], which

    def _level(self, p: int, kinds: list[tuple[Fraction, int, int]]) -> Fraction:
        kinds = sorted(kinds, key=lambda kind: kind[0] if kind[1] == 1 else kind[0] / kind[1])
        left, weight = Fraction(self.purses.profile.costs[p]), sum(value * n for _, value, n in kinds)
        for money, value, n in kinds:
            if money * weight >= left * value:
                return left / weight
            left, weight = left - money * n, weight - value * n
        return kinds[-1][0] / kinds[-1][1]

    def _catch_up(self) -> None:
        while self.done < len(self.purses.bought):
            p = self.purses.bought[self.done]
            kinds, which = self._kinds(p)
            level = self._level(p, kinds)
            after = [self._numbered(max(money - level * value, Fraction(0))) for money, value, _ in kinds]
            self.group[self.purses.profile.supporters[p]] = np.array(after)[which]
            self.done += 1

    def _numbered(self, value: Fraction) -> int:
        if value not in self.number:
            self.number[value] = len(self.values)
            self.values.append(value)
        return self.number[value]

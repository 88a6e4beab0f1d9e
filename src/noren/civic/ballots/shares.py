"""Method of equal shares: every voter gets the same share of the budget and pays for what they voted for.

Peters and Skowron (2020), Peters, Pierczyński and Skowron (2021); completions as on equalshares.net. A project can be
bought at the price rho when its supporters together can pay its cost, each at most rho for each unit of utility; the
project with the lowest price is bought next. Utility is what a voter gives a project (1, or points), times its cost for
`cost` utilities.

How money and prices are kept is told in `purses`. Names to know: `equal_shares`, `add1`.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from fractions import Fraction

from noren.civic.ballots.greedy import Chosen
from noren.civic.ballots.profile import Profile
from noren.civic.ballots.purses import NEAR, Purses, Run


def equal_shares(
    profile: Profile,
    *,
    cost_utility: bool = True,
    budget: int | None = None,
    among: Collection[int] | None = None,
    prefer: Collection[int] = (),
) -> Chosen:
    """Buy projects until no supporters can pay one; `budget` (the profile's when left out) is shared by all voters."""
    run = Purses(profile, cost_utility, profile.budget if budget is None else budget).run(
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
    order, step, alike = profile.order(prefer), profile.voters * profile.unit, _alike(profile)

    def at(raised: int) -> Run:
        return Purses(profile, cost_utility, profile.budget + raised * step).run(among, order)

    raised, run, stride = 0, at(0), _Stride()
    while not _finished(profile, run.winners, among, exhaustive):
        if told:
            told(profile.spent(run.winners) / max(1, profile.budget))
        following = at(raised + stride.now)
        if stride.now > 1 and not _same_between(run, following, alike):
            stride.shorten()
        elif profile.spent(following.winners) > profile.budget:
            break
        else:
            raised, run = raised + stride.now, following
            stride.lengthen()
    return Chosen(run.winners, run.ties, {"share": _share(profile, raised), "raised": raised})


def _alike(profile: Profile) -> list[int]:
    """Per project the first one of the same cost whose supporters give the same."""
    seen: dict[tuple[int, bytes, bytes], int] = {}
    each = zip(profile.costs, profile.supporters, profile.values, strict=True)
    keys = ((cost, voters.tobytes(), values.tobytes()) for cost, voters, values in each)
    return [seen.setdefault(key, p) for p, key in enumerate(keys)]


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


def _same_between(low: Run, high: Run, alike: list[int]) -> bool:
    """Whether every budget between two surely gives the same purchases.

    While purchases are the same, more money never raises a price nor empties a purse. So if in every round the price
    of what is bought, with little money, is below every other price with much money, nothing else can come first in
    between. A tie stays a tie where its price is the same at both ends, or where
    the projects are `alike`: the same cost and the same supporters.
    """
    if low.winners != high.winners:
        return False
    return all(
        a.rho * (1 + NEAR) < b.others
        and a.tied == b.tied
        and (a.exact == b.exact or len({alike[p] for p in a.tied}) == 1)
        for a, b in zip(low.rounds, high.rounds, strict=True)
    )

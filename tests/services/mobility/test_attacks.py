"""Published attacks succeed on raw counts and fail on what is told: none beats the bound that docs/eyes.md states.

The bound: with a month's budget rho, whoever knows everything but one thing about one person can tell the two worlds
apart as well as two normal distributions sqrt(2 rho) apart, and no better. All draws are seeded, by a sampler of the
noise that is independent of the one in use; what is in use is compared with it in test_flow.py. Attackers get the
noised counts below the threshold, too, which nobody is told in truth.
"""

from __future__ import annotations

from statistics import NormalDist

import numpy as np
import pytest

from noren.services.mobility.flow.budget import Account, planned
from noren.services.mobility.flow.noise import RHO_UNIT, Mechanism, mechanism
from noren.services.mobility.flow.release import Wish
from tests.services.mobility.attackers import Membership, auc, days_linked, hits, reconstructed, recovered
from tests.services.mobility.crowd import cut, discrete_gaussian, histogram, trajectories

pytest.importorskip("opendp")
pytest.importorskip("scipy")
WISH = Wish(population="phones")
LUCK = 4.5
"""Standard deviations that a seeded experiment may lie above its bound."""


@pytest.fixture(scope="module")
def how() -> Mechanism:
    return mechanism(WISH.contributions, WISH.rho, WISH.delta)


def told(counts: np.ndarray, how: Mechanism, random: np.random.Generator) -> np.ndarray:
    """Counts with the noise of a release, none left out."""
    return counts + discrete_gaussian(how.scale, counts.shape, random)


def apart(rho: int) -> float:
    """How far apart the two worlds are, in standard deviations."""
    return float(np.sqrt(2 * rho / RHO_UNIT))


def auc_bound(rho: int, games: int) -> float:
    """Best AUC at a cost, and what luck may add in `games` of each kind."""
    return NormalDist().cdf(apart(rho) / np.sqrt(2)) + LUCK * float(np.sqrt(1 / (6 * games)))


def guess_bound(rho: int, guesses: int) -> float:
    """Best share of right guesses about one bit at a cost, and what luck may add."""
    return NormalDist().cdf(apart(rho) / 2) + LUCK * float(np.sqrt(0.25 / guesses))


# 1. Trajectories from aggregated counts


def test_trajectories_are_recovered_from_raw_counts_and_not_from_what_is_told(how: Mechanism) -> None:
    """What the attacker finds in released counts is no more than what it finds in noise that nobody is in."""
    people, side, raw, released, empty = 40, 20, [], [], []
    for seed in range(6):
        random = np.random.default_rng(seed)
        truth = trajectories(people, side, random)
        raw.append(hits(recovered(histogram(truth, side**2), people, side), truth))
        bounded = cut(truth, how.contributions, side**2, random)
        released.append(hits(recovered(told(bounded, how, random), people, side), truth))
        empty.append(hits(recovered(told(np.zeros_like(bounded), how, random), people, side), truth))
    assert np.mean(raw) > 0.8, raw
    assert np.mean(released) < np.mean(empty) + 0.03, (released, empty)
    assert np.mean(released) < 0.1


def test_days_of_one_person_are_linked_in_raw_counts_and_not_in_what_is_told(how: Mechanism) -> None:
    people, side, raw, released, empty = 30, 12, [], [], []
    for seed in range(4):
        random = np.random.default_rng(seed)
        truth = trajectories(people, side, random, days=2)
        days = [truth[:, :24], truth[:, 24:]]
        raw.append(_two_days([histogram(day, side**2) for day in days], truth, side))
        counts = [cut(day, how.contributions, side**2, random) for day in days]
        released.append(_two_days([told(day, how, random) for day in counts], truth, side))
        empty.append(_two_days([told(0 * day, how, random) for day in counts], truth, side))
    assert np.mean(raw) > 0.55, raw
    assert np.mean(released) < np.mean(empty) + 0.03, (released, empty)


def _two_days(counts: list[np.ndarray], truth: np.ndarray, side: int) -> float:
    people = len(truth)
    return hits(days_linked([recovered(day, people, side) for day in counts], side**2), truth)


# 2. Membership in aggregates


def _groups(pool: np.ndarray, target: np.ndarray | None, count: int, size: int, most: int, seed: int) -> np.ndarray:
    """Counts `[group, hour × cell]` of groups of 50 drawn from a pool, with the target in each where there is one."""
    random, found = np.random.default_rng(seed), []
    for _ in range(count):
        members = pool[random.choice(len(pool), 49 if target is not None else 50, replace=False)]
        members = members if target is None else np.vstack([members, target])
        found.append((cut(members, most, size, random) if most else histogram(members, size)).ravel())
    return np.array(found)


def test_membership_is_inferred_from_raw_counts_and_not_from_what_is_told(how: Mechanism) -> None:
    side, games, random = 5, 400, np.random.default_rng(11)
    known, others = trajectories(300, side, random), trajectories(300, side, random)
    found: dict[str, list[float]] = {"raw": [], "told": []}
    for seed in range(3):
        target = trajectories(1, side, np.random.default_rng(100 + seed))
        for name, most in (("raw", 0), ("told", how.contributions)):
            sets = [
                _groups(pool, one, games, side**2, most, 7 * seed + number)
                for number, (pool, one) in enumerate([(known, target), (known, None), (others, target), (others, None)])
            ]
            if name == "told":
                sets = [told(each, how, random) for each in sets]
            attacker = Membership(sets[0], sets[1])
            found[name].append(auc(attacker.score(sets[2]), attacker.score(sets[3])))
    assert np.mean(found["raw"]) > 0.8, found
    assert max(found["told"]) < auc_bound(how.rho, games), found


def test_whoever_knows_all_the_others_learns_no_more_than_the_bound(how: Mechanism) -> None:
    """The strongest attacker there can be: it subtracts everybody else, and knows which hours would be kept."""
    games, random = 4000, np.random.default_rng(12)
    part = np.zeros(48)
    part[: how.contributions] = 1
    outside = told(np.zeros((games, 48), int), how, random) @ part
    inside = told(np.tile(part.astype(int), (games, 1)), how, random) @ part
    assert auc(np.full(games, part.sum()), np.zeros(games)) == 1.0
    found = auc(inside, outside)
    assert found < auc_bound(how.rho, games)
    assert found > NormalDist().cdf(apart(how.rho) / np.sqrt(2)) - LUCK * np.sqrt(1 / (6 * games)), "it is tight"


# 3. Differences and averages


def test_asking_again_and_again_ends_before_it_tells(how: Mechanism) -> None:
    """The mean of ten thousand answers would tell; the month's budget ends the questions long before."""
    account, answers = Account(), 0
    while account.month(spend := planned("phones", "2026-06-01", how, WISH.month_rho, WISH.month_delta)).add(spend):
        answers += 1
    assert answers == 31
    games, random, k = 2000, np.random.default_rng(13), how.contributions

    def mean_of(number: int, inside: bool) -> np.ndarray:
        spread = how.scale / np.sqrt(number)
        few = number <= 100
        draws = discrete_gaussian(how.scale, (number, games, k), random).mean(axis=0) if few else None
        return (draws if draws is not None else random.normal(0, spread, (games, k))).sum(axis=1) + k * inside

    assert auc(mean_of(10_000, True), mean_of(10_000, False)) > 0.99
    assert auc(mean_of(answers, True), mean_of(answers, False)) < auc_bound(WISH.month_rho, games)


def test_the_difference_of_two_groups_is_somebody_only_in_raw_counts(how: Mechanism) -> None:
    """All telephones, and all but one: the difference is that one's day."""
    side, raw, released = 5, [], []
    for seed in range(60):
        random = np.random.default_rng(seed)
        crowd = trajectories(200, side, random)
        everybody, others = histogram(crowd, side**2), histogram(crowd[1:], side**2)
        raw.append(np.mean((everybody - others).argmax(axis=1) == crowd[0]))
        counts = [cut(group, how.contributions, side**2, random) for group in (crowd, crowd[1:])]
        first, second = (told(each, how, random) for each in counts)
        released.append(np.mean((first - second).argmax(axis=1) == crowd[0]))
    assert np.mean(raw) == 1.0
    assert np.mean(released) < 1 / side**2 + LUCK * np.sqrt(1 / side**2 / (60 * 24))


# 4. Linear reconstruction


def test_secrets_are_not_reconstructed_from_sums(how: Mechanism) -> None:
    """Were the counts raw, or noised without a budget, many sums over groups would give away each person's secret."""
    people, random = 100, np.random.default_rng(14)
    one = mechanism(1, WISH.rho, WISH.delta)
    allowed = WISH.month_rho // one.rho
    right: dict[str, list[float]] = {"raw": [], "unbounded": [], "told": []}
    for _ in range(20):
        secret = random.integers(0, 2, people)
        many, few = (random.integers(0, 2, (number, people)) for number in (6000, allowed))
        right["raw"].append(np.mean(reconstructed(many[:400], many[:400] @ secret) == secret))
        unbounded = many @ secret + discrete_gaussian(one.scale, (6000,), random)
        right["unbounded"].append(np.mean(reconstructed(many, unbounded) == secret))
        answers = few @ secret + discrete_gaussian(one.scale, (allowed,), random)
        right["told"].append(np.mean(reconstructed(few, answers) == secret))
    assert np.mean(right["raw"]) == 1.0 and np.mean(right["unbounded"]) > 0.95, {
        k: np.mean(v) for k, v in right.items()
    }
    assert np.mean(right["told"]) < guess_bound(WISH.month_rho, 20 * people)

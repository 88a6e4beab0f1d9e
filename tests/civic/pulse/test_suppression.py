"""Attacks on what is told: no figure of a small group comes out of the totals."""

from __future__ import annotations

from itertools import combinations

from hypothesis import given
from hypothesis import strategies as st

from noren.civic.pulse import FEWEST, hidden

counts = st.lists(st.integers(0, 30), min_size=2, max_size=6)


@given(counts, st.integers(0, 12))
def test_no_sum_that_can_be_computed_is_of_a_small_group(counts: list[int], untold: int) -> None:
    """What an attacker knows is the total and the groups told; every set of people that follows by adding and taking
    away is tried."""
    held = hidden(counts, untold)
    told = [count for count, out in zip(counts, held, strict=True) if not out]
    assert all(count >= FEWEST for count in told)
    if all(held):
        return  # nothing is told beside the total
    total = sum(counts) + untold
    for size in range(len(told) + 1):
        for chosen in combinations(told, size):
            for people in (sum(chosen), total - sum(chosen)):
                assert people == 0 or people >= FEWEST, (counts, untold, held)


@given(counts, st.integers(0, 12))
def test_a_small_group_has_other_solutions(counts: list[int], untold: int) -> None:
    """Every way to share out the people who are not told is tried: each small group with answers could be another
    size, unless nothing is told at all."""
    held = hidden(counts, untold)
    if all(held):
        return
    unseen = [count for count, out in zip(counts, held, strict=True) if out]
    rest = sum(unseen) + untold
    for count in unseen:
        if 0 < count < FEWEST:
            others = [each for each in range(rest + 1) if each < FEWEST or each == count]
            possible = {each for each in others if rest - each >= 0}
            assert len(possible) > 1


@given(st.lists(st.integers(10, 99), min_size=1, max_size=8), st.sampled_from([0, 10, 50]))
def test_nothing_is_held_back_without_need(counts: list[int], untold: int) -> None:
    assert not any(hidden(counts, untold))


def test_an_empty_group_gives_nobody_away() -> None:
    assert hidden([40, 0, 25]) == [False, True, False]

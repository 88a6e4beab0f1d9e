"""Ranked ballots against published examples and the definitions."""

from __future__ import annotations

from collections import Counter
from itertools import combinations, permutations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from noren.civic.ballots import Ballot, Case, Election, Project, decide, ranked

TENNESSEE = {"MNCK": 42, "NCKM": 26, "CKNM": 15, "KCNM": 17}
SCHULZE = {"ACBED": 5, "ADECB": 5, "BEDAC": 8, "CABED": 3, "CAEBD": 7, "CBADE": 2, "DCEBA": 7, "EBADC": 8}


def _election(profile: dict[str, int]) -> Election:
    names = sorted({each for order in profile for each in order})
    orders = [order for order, many in profile.items() for _ in range(many)]
    ballots = [Ballot(str(n), tuple(order)) for n, order in enumerate(orders)]
    return Election("ordinal", [Project(name) for name in names], ballots)


def test_the_capital_of_tennessee_depends_on_the_rule() -> None:
    """The textbook case: Memphis has most first choices, Knoxville wins the run-off, Nashville beats everyone."""
    case = Case.of(_election(TENNESSEE))
    winners = {rule: decide(case, rule).winners for rule in ("plurality", "runoff", "borda", "schulze")}
    assert winners == {"plurality": ("M",), "runoff": ("K",), "borda": ("N",), "schulze": ("N",)}
    assert decide(case, "schulze").facts["condorcet"] == "N"
    assert decide(case, "runoff").facts["rounds"] == [
        {"C": 15, "K": 17, "M": 42, "N": 26},
        {"K": 32, "M": 42, "N": 26},
        {"K": 58, "M": 42},
    ]


def test_schulze_gives_the_order_of_his_paper() -> None:
    """Schulze (2011), example 1 of 45 voters: E, A, C, B, D; no one beats all others directly."""
    case = Case.of(_election(SCHULZE))
    found = ranked.schulze(case.rankings, range(5), 5, list(range(5)))
    assert [case.profile.ids[p] for p in found.winners] == list("EACBD") and found.facts["condorcet"] is None
    duel = ranked.pairs(case.rankings, 5)
    assert (duel[0, 1], duel[1, 0], duel[4, 3], duel[2, 1]) == (20, 25, 31, 29)


_ORDERS = [order for size in (1, 2, 3, 4) for order in permutations(range(4), size)]


def _matrix(orders: list[tuple[int, ...]]) -> np.ndarray:
    return np.array([(*order, *[-1] * (4 - len(order))) for order in orders])


@given(st.lists(st.sampled_from(_ORDERS), min_size=1, max_size=12))
def test_pairs_and_the_condorcet_winner_are_as_defined(orders: list[tuple[int, ...]]) -> None:
    def above(a: int, b: int) -> int:
        return sum(a in each and (b not in each or each.index(a) < each.index(b)) for each in orders)

    duel = ranked.pairs(_matrix(orders), 4)
    assert all((duel[a, b], duel[b, a]) == (above(a, b), above(b, a)) for a, b in combinations(range(4), 2))
    found = ranked.schulze(_matrix(orders), range(4), 4, list(range(4)))
    winner = [a for a in range(4) if all(above(a, b) > above(b, a) for b in range(4) if b != a)]
    assert found.facts["condorcet"] == (winner[0] if winner else None)
    assert not winner or found.winners[0] == winner[0]


@given(st.lists(st.sampled_from(_ORDERS), min_size=1, max_size=12))
def test_the_run_off_is_a_plain_count_again_and_again(orders: list[tuple[int, ...]]) -> None:
    left, gone = set(range(4)), []
    while True:
        tops = [next((p for p in each if p in left), None) for each in orders]
        tally = Counter(dict.fromkeys(left, 0))
        tally.update(p for p in tops if p is not None)
        if len(left) == 1 or max(tally.values()) * 2 > sum(tally.values()):
            break
        out = max(p for p in left if tally[p] == min(tally.values()))
        left.remove(out)
        gone.append(out)
    found = ranked.runoff(_matrix(orders), range(4), list(range(4)))
    assert found.winners[len(left) :] == tuple(reversed(gone)) and set(found.winners[: len(left)]) == left
    assert len(found.facts["rounds"]) == len(gone) + 1  # type: ignore[arg-type]


def test_several_seats_go_to_the_next_in_line() -> None:
    election = _election(TENNESSEE)
    election.meta = {"seats": "2"}
    case = Case.of(election)
    assert decide(case, "plurality").winners == ("M", "N") and decide(case, "borda").winners == ("N", "C")


def test_a_tie_for_one_seat_says_what_another_break_would_change() -> None:
    (tie,) = decide(Case.of(_election({"AB": 2, "BA": 2})), "plurality").ties
    assert (tie.first, tie.by, [each.gained for each in tie.changes]) == ("A", "order", [("B",)])

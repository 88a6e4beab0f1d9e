"""Equal shares against its definition in fractions."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from noren.civic.ballots import Ballot, Case, Election, Project, shares
from tests.civic.ballots import oracle


@settings(max_examples=300)
@given(oracle.elections(), st.booleans())
def test_equal_shares_buys_what_its_definition_buys(election: Election, cost: bool) -> None:
    money = Fraction(election.budget or 0) / len(election.ballots)
    found = shares.equal_shares(Case.of(election).profile, cost_utility=cost)
    assert list(found.winners) == oracle.equal_shares(election, cost, money)


@settings(max_examples=150)
@given(oracle.elections(), st.booleans(), st.booleans())
def test_raising_in_strides_gives_what_every_single_step_gives(
    election: Election, cost: bool, exhaustive: bool
) -> None:
    found = shares.add1(Case.of(election).profile, cost_utility=cost, exhaustive=exhaustive)
    assert sorted(found.winners) == sorted(oracle.add1(election, cost, exhaustive))


@settings(max_examples=40)
@given(oracle.elections(("approval", "cumulative")), st.integers(2, 400), st.booleans())
def test_large_sums_of_money_are_raised_in_strides_just_so(election: Election, times: int, cost: bool) -> None:
    dear = [Project(each.id, each.cost * times, each.name) for each in election.projects]
    election = Election(election.vote_type, dear, election.ballots, (election.budget or Decimal(0)) * times)
    found = shares.add1(Case.of(election).profile, cost_utility=cost)
    assert sorted(found.winners) == sorted(oracle.add1(election, cost))


def test_what_can_just_be_paid_is_bought_though_thirds_have_no_exact_double() -> None:
    """Three voters with a third each of 1: the sum of doubles may fall short of 1, the sum of thirds does not."""
    ballots = [Ballot(str(n), ("a",)) for n in range(49)]
    election = Election("approval", [Project("a", Decimal(1))], ballots, Decimal(1))
    assert shares.equal_shares(Case.of(election).profile).winners == (0,)


def test_a_tie_with_poor_supporters_is_seen_exactly() -> None:
    """Twins tie, also when some of their supporters cannot pay an equal part; the first listed is bought."""
    projects = [Project("first", Decimal(2)), Project("a", Decimal(25)), Project("b", Decimal(25))]
    both = [Ballot(str(n), ("first", "a", "b")) for n in range(3)] + [Ballot(str(n), ("a", "b")) for n in range(3, 10)]
    found = shares.equal_shares(Case.of(Election("approval", projects, both, Decimal(30))).profile, cost_utility=False)
    assert found.winners == (0, 1) and [tie.projects for tie in found.ties] == [(1, 2)]


@pytest.mark.parametrize("voters", [0, 1])
def test_an_election_without_support_buys_nothing(voters: int) -> None:
    blank = [Ballot(str(n)) for n in range(voters)]
    profile = Case.of(Election("approval", [Project("a", Decimal(1))], blank, Decimal(5))).profile
    assert shares.equal_shares(profile).winners == shares.add1(profile).winners == ()

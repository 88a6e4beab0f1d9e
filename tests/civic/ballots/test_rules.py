"""Greedy rules by their definition, ties, and what they would change."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from noren.civic.ballots import RULES, Ballot, Case, Election, Project, applicable, decide
from noren.civic.ballots.rules import choose, enough, parts, stated
from noren.errors import BadInput
from tests.civic.ballots import oracle


@given(oracle.elections())
def test_greedy_takes_the_bundle_that_comes_first_when_the_best_project_matters_most(election: Election) -> None:
    """With one digit a project, best first, greedy's set is the largest number among all sets that fit."""
    case = Case.of(election)
    ranked = sorted(range(len(case.profile.ids)), key=lambda p: (-case.profile.merit[p], case.profile.costs[p], p))
    fits = oracle.best_bundles(
        [Fraction(project.cost) for project in election.projects], Fraction(election.budget or 0)
    )
    best = max(fits, key=lambda bundle: [p in bundle for p in ranked])
    assert set(choose(case, "greedy").winners) == best


@given(oracle.elections())
def test_stopping_gives_the_longest_beginning_that_fits(election: Election) -> None:
    case = Case.of(election)
    ranked = sorted(range(len(case.profile.ids)), key=lambda p: (-case.profile.merit[p], case.profile.costs[p], p))
    lengths = [n for n in range(len(ranked) + 1) if case.profile.spent(ranked[:n]) <= case.profile.budget]
    assert list(choose(case, "greedy-no-skip").winners) == ranked[: max(lengths)]


@settings(max_examples=60)
@given(oracle.elections())
def test_no_rule_but_a_reserve_spends_more_than_there_is(election: Election) -> None:
    case = Case.of(election)
    for rule in RULES:
        if rule != "greedy-reserve" and rule not in ("plurality", "approval", "points", "borda", "runoff", "schulze"):
            outcome = decide(case, rule)
            assert outcome.figures.spent <= (election.budget or 0), rule
            assert len(set(outcome.winners)) == len(outcome.winners)


@settings(max_examples=60)
@given(oracle.elections(("approval",)), st.sampled_from(["greedy", "greedy-no-skip", "equalshares"]))
def test_what_a_tie_would_change_is_what_listing_and_paying_alike_cannot_settle(election: Election, rule: str) -> None:
    """Where no tie changes anything, the order in which projects are listed does not either."""
    case = Case.of(election)
    outcome = decide(case, rule)
    assume(not any(tie.changes for tie in outcome.ties) and len({p.cost for p in election.projects}) == 1)
    turned = Election("approval", election.projects[::-1], election.ballots, election.budget)
    assert set(decide(Case.of(turned), rule).winners) == set(outcome.winners)


def _election(costs: dict[str, int], votes: dict[str, int], budget: int, **meta: str) -> Election:
    ballots = [Ballot(f"{id}{n}", (id,)) for id, many in votes.items() for n in range(many)]
    return Election("approval", [Project(id, Decimal(c)) for id, c in costs.items()], ballots, Decimal(budget), meta)


def test_a_threshold_keeps_out_what_has_too_few_votes() -> None:
    case = Case.of(_election({"a": 5, "b": 2}, {"a": 3, "b": 1}, 9, min_project_score_threshold="2"))
    assert [decide(case, rule).winners for rule in ("greedy", "greedy-threshold", "greedy-no-skip")] == [
        ("a", "b"),
        ("a",),
        ("a",),
    ]


def test_a_reserve_pays_what_is_missing_of_the_last_project() -> None:
    comment = "#1: if the remaining budget is enough to fund at least 80% of that project, we fund it as well"
    election = _election({"a": 6, "b": 5, "c": 1}, {"a": 3, "b": 2, "c": 1}, 10, comment=comment, rule="greedy-custom")
    assert enough(election) == Fraction(4, 5) and stated(election) == "greedy-reserve"
    assert decide(Case.of(election), "greedy-reserve").winners == ("a", "b")
    short = _election({"a": 7, "b": 5, "c": 1}, {"a": 3, "b": 2, "c": 1}, 10, comment=comment)
    assert decide(Case.of(short), "greedy-reserve").winners == ("a",)


def test_parts_have_their_own_budgets() -> None:
    projects = [Project(id, Decimal(4), "", {"category": part}) for id, part in (("a", "x"), ("b", "x"), ("c", "y"))]
    ballots = [Ballot(str(n), chosen) for n, chosen in enumerate([("a", "b"), ("a", "b"), ("a",), ("c",)])]
    meta = {"categories": "[x,y]", "budget_per_category": "[5,5]"}
    election = Election("approval", projects, ballots, Decimal(10), meta)
    assert parts(election) == {"x": (5, [0, 1]), "y": (5, [2])}
    assert decide(Case.of(election), "greedy-parts").winners == ("a", "c")
    assert decide(Case.of(election), "greedy").winners == ("a", "b")


def test_a_tie_is_broken_for_the_cheaper_and_says_what_else_could_be() -> None:
    (tie,) = decide(Case.of(_election({"a": 5, "b": 4, "c": 4}, {"a": 2, "b": 2, "c": 1}, 8)), "greedy").ties
    assert (tie.projects, tie.by, tie.first) == (("b", "a"), "cost", "b")
    assert [(each.first, each.gained, each.lost) for each in tie.changes] == [("a", ("a",), ("b", "c"))]


def test_withdrawn_projects_are_passed_over() -> None:
    case = Case.of(_election({"a": 999_999_999, "b": 4}, {"a": 3, "b": 1}, 5))
    assert decide(case, "greedy-no-skip").winners == ("b",)


def test_figures_say_whom_an_outcome_reaches() -> None:
    ballots = [Ballot("1", ("a", "b")), Ballot("2", ("a",)), Ballot("3", ("c",))]
    projects = [Project("a", Decimal(4)), Project("b", Decimal(2)), Project("c", Decimal(9))]
    found = decide(Case.of(Election("approval", projects, ballots, Decimal(8))), "greedy").figures
    assert (found.spent, found.of_budget, found.voters_with_winner) == (6, 0.75, 2)
    assert (found.share_with_winner, found.winners_per_voter, found.cost_per_voter) == (2 / 3, 1.0, 10 / 3)


def test_the_comparison_keeps_to_greedy_only_where_more_voters_are_better_off() -> None:
    case = Case.of(_election({"big": 10, "s1": 5, "s2": 5}, {"big": 3, "s1": 2, "s2": 2}, 10))
    outcome = decide(case, "equalshares/add1-comparison")
    assert outcome.facts["prefer_greedy"] + outcome.facts["prefer_shares"] <= 7
    assert outcome.winners == (
        ("big",) if outcome.facts["prefer_greedy"] > outcome.facts["prefer_shares"] else ("s1", "s2")
    )


def test_an_unknown_rule_is_refused_with_the_names_of_all() -> None:
    with pytest.raises(BadInput, match=r"greedy-no-skip"):
        decide(Case.of(_election({"a": 1}, {"a": 1}, 1)), "lottery")


def test_rules_fit_the_kind_of_vote() -> None:
    choice = {"approval": ["approval"], "choose-1": ["plurality"], "cumulative": ["points"], "scoring": ["points"]}
    projects = [Project("a"), Project("b")]
    assert {kind: applicable(Election(kind, projects, [])) for kind in choice} == choice
    assert applicable(Election("ordinal", projects, [])) == ["plurality", "borda", "runoff", "schulze"]

"""The count, and the ballots that do not hold."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from noren.civic.ballots import Ballot, Election, Project, count, pb
from tests.civic.ballots import oracle

PROJECTS = [Project("a", Decimal(6)), Project("b", Decimal(3)), Project("c", Decimal(2))]


@pytest.mark.parametrize(
    ("ballot", "reasons"),
    [
        (Ballot("1", ("a", "b")), ()),
        (Ballot("1", ()), ("blank",)),
        (Ballot("1", ("a", "x")), ("unknown-project",)),
        (Ballot("1", ("b", "b")), ("double-project", "too-short")),
        (Ballot("1", ("c",)), ("too-short", "under-cost")),
        (Ballot("1", ("a", "b", "c")), ("too-long", "over-cost")),
        (Ballot("0", ("b", "c")), ("double-voter",)),
    ],
)
def test_approvals_outside_the_limits_are_marked(ballot: Ballot, reasons: tuple[str, ...]) -> None:
    meta = {"min_length": "2", "max_length": "2", "min_sum_cost": "3", "max_sum_cost": "9"}
    first = Ballot("0", ("b", "c"))
    found = count(Election("approval", PROJECTS, [first, ballot], Decimal(9), meta))
    assert [mark.reasons for mark in found.marks] == ([reasons] if reasons else [])
    assert found.counted == (1 if reasons else 2) and found.votes["c"] == 1


@pytest.mark.parametrize(
    ("points", "reasons"),
    [
        ("3,2", ()),
        ("3", ("points-missing", "points-low", "sum-low")),
        ("3,-1", ("points-negative", "points-low", "sum-low")),
        ("5,1", ("points-high",)),
        ("4,4", ("sum-high",)),
        ("1,1", ("sum-low",)),
        ("2.5,1.5", ()),
    ],
)
def test_points_outside_the_limits_are_marked(points: str, reasons: tuple[str, ...]) -> None:
    meta = {"min_points": "1", "max_points": "4", "min_sum_points": "4", "max_sum_points": "6"}
    ballot = Ballot("1", ("a", "b"), tuple(Decimal(each) for each in points.split(",")))
    found = count(Election("cumulative", PROJECTS, [ballot], Decimal(9), meta))
    assert [mark.reasons for mark in found.marks] == ([reasons] if reasons else [])
    if not reasons:
        assert sum(found.score.values()) == sum(ballot.points)


@given(oracle.elections(("approval", "cumulative", "ordinal")))
def test_the_count_is_the_plain_sum(election: Election) -> None:
    votes, score = Counter[str](), Counter[str]()
    for ballot, worth in zip(election.ballots, oracle.utilities(election, cost=False), strict=True):
        votes.update(ballot.projects)
        score.update({election.projects[p].id: int(value) for p, value in worth.items()})
    found = count(election)
    assert found.votes == {project.id: votes[project.id] for project in election.projects}
    assert found.score == {project.id: score[project.id] for project in election.projects}


def test_a_default_score_counts_for_whoever_did_not_name_the_project() -> None:
    ballots = [Ballot("1", ("a",), (Decimal(5),)), Ballot("2", ("b",), (Decimal("-1.5"),))]
    found = count(Election("scoring", PROJECTS, ballots, Decimal(9), {"default_score": "2"}))
    assert found.score == {"a": 7, "b": Decimal("0.5"), "c": 4}


def test_a_city_that_counted_ballots_beyond_its_limits_is_followed_and_told() -> None:
    projects = [Project("a", Decimal(6), "", {"votes": "2"}), Project("b", Decimal(3), "", {"votes": "1"})]
    ballots = [Ballot("1", ("a", "b")), Ballot("2", ("a",))]
    election = Election("approval", projects, ballots, Decimal(9), {"max_length": "1"})
    assert (count(election).counting, count(election).counted, len(count(election).marks)) == ("all", 2, 1)
    strict = count(election, "strict")
    assert strict.counted == 1 and {each.project for each in strict.differences} == {"a", "b"}


def test_every_published_file_is_recounted_exactly(shared) -> None:
    for path in sorted(shared("participation/pabulib/pb_files").glob("*.pb")):
        found = count(pb.read(path))
        assert found.compared and not found.differences and not found.marks, path.name


@given(st.lists(st.sampled_from(["0.1", "0.25", "3", "1e3"]), min_size=1, max_size=6))
def test_fractions_of_points_add_up_exactly(points: list[str]) -> None:
    ballots = [Ballot(str(n), ("a",), (Decimal(each),)) for n, each in enumerate(points)]
    found = count(Election("scoring", PROJECTS, ballots, Decimal(9)))
    assert found.score["a"] == sum(map(Decimal, points))


def test_second_ballots_count_only_where_that_alone_gives_the_published_figures() -> None:
    head = "META\nbudget;6\nvote_type;approval\nPROJECTS\nproject_id;cost;votes\na;5;{}\n"
    head += "VOTES\nvoter_id;vote\n1;a\n1;a\n2;a\n"
    for published, counting, votes in ((2, "strict", 2), (3, "doubles", 3), (9, "strict", 2)):
        found = count(pb.parse(head.format(published)))
        assert (found.counting, found.votes["a"], len(found.marks)) == (counting, votes, 1)

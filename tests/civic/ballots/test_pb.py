"""Reading and writing .pb files: nothing lost, nothing bad let through, nothing bad costing what is good."""

from __future__ import annotations

import gzip
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from noren.civic.ballots import Ballot, Election, Project, pb
from noren.civic.ballots.election import number
from noren.errors import BadInput

PLAIN = """META
key;value
description;Parks
budget;100,50
vote_type;approval
rule;greedy
colour;green
PROJECTS
project_id;cost;votes;name;owner
a;60;1;Swings;parks
b;40.5;1;"Trees; many";roads
VOTES
voter_id;vote;age
1;a,b;34
2;b;
"""


def test_a_file_is_read_with_all_that_the_format_does_not_know() -> None:
    found = pb.parse(PLAIN)
    assert found.budget == Decimal("100.50") and found.meta["colour"] == "green"
    assert [(each.id, each.cost, each.name, each.fields["owner"]) for each in found.projects] == [
        ("a", 60, "Swings", "parks"),
        ("b", Decimal("40.5"), "Trees; many", "roads"),
    ]
    assert found.ballots[0] == Ballot("1", ("a", "b"), (), {"age": "34"}, 14) and not found.remarks


def test_real_files_come_back_as_they_were(shared) -> None:
    for path in sorted(shared("participation/pabulib/pb_files").glob("*.pb")):
        lines = path.read_text("utf-8-sig").splitlines()
        assert not pb.read(path).remarks
        again = pb.dump(pb.read(path)).splitlines()
        assert sorted(again) == sorted(lines), path.name


_TEXT = st.text(st.characters(exclude_categories=("Cs", "Cc", "Zl", "Zp", "Zs")), max_size=8)
_ID = st.text("abcXYZ0129/-._", min_size=1, max_size=4).filter(lambda each: each.upper() not in pb.SECTIONS)


@given(st.data(), st.sampled_from(["approval", "cumulative", "ordinal", "scoring", "choose-1"]))
def test_what_is_written_is_read_again(data: st.DataObject, kind: str) -> None:
    ids = data.draw(st.lists(_ID, min_size=1, unique=True))
    cost = st.decimals(0, 10**9, places=2)
    projects = [Project(id, data.draw(cost), data.draw(_TEXT), {"place": data.draw(_TEXT)}) for id in ids]
    ballots = []
    for voter in data.draw(st.lists(_ID, unique=True)):
        chosen = tuple(data.draw(st.lists(st.sampled_from(ids), unique=True)))
        points = tuple(Decimal(len(id)) for id in chosen) if kind in ("cumulative", "scoring") else ()
        ballots.append(Ballot(voter, chosen, points, {"age": data.draw(_TEXT)}))
    election = Election(kind, projects, ballots, Decimal(7), {"note": data.draw(_TEXT)})
    again = pb.parse(pb.dump(election))
    assert again.projects == projects and again.meta["note"] == election.meta["note"]
    assert [(each.voter, each.projects, each.points, each.fields) for each in again.ballots] == [
        (each.voter, each.projects, each.points, each.fields) for each in ballots
    ]
    assert not again.remarks and pb.dump(again) == pb.dump(election)


@pytest.mark.parametrize(
    ("line", "bad", "problem", "row", "field"),
    [
        ("a;60;", "a;sixty;", "number", 10, "cost"),
        ("a;60;", "a;-60;", "negative", 10, "cost"),
        ("a;60;", ";60;", "empty", 10, "project_id"),
        ("b;40.5;", "a;40.5;", "twice", 11, "project_id"),
        ("1;a,b;34", "1", "row", 14, "vote"),
        ("1;a,b;34", "1;a,b;34;more", "extra", 14, ""),
        ("rule;greedy", "rule: greedy", "row", 6, "rule: greedy"),
        ("colour;green", "rule;other", "twice", 7, "rule"),
        ("budget;100,50", "budget;much", "number", 4, "budget"),
        ("vote_type;approval", "vote_type;shouting", "vote_type", 0, "vote_type"),
        ("a;60;1", "a;60;some", "number", 10, "votes"),
    ],
)
def test_a_bad_row_is_named_and_costs_no_good_one(line: str, bad: str, problem: str, row: int, field: str) -> None:
    found = pb.parse(PLAIN.replace(line, bad), "town.pb")
    assert [(each.file, each.row, each.field, each.problem) for each in found.remarks] == [
        ("town.pb", row, field, problem)
    ]
    assert found.projects[-1].id in ("a", "b") and found.ballots[-1].projects == ("b",)


def test_a_quote_left_open_swallows_one_row_at_most() -> None:
    found = pb.parse(PLAIN.replace("Swings", '"Swings'))
    assert [each.id for each in found.projects] == ["a", "b"] and len(found.ballots) == 2


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_encodings_line_ends_and_gzip_are_recognised(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "town.pb"
    path.write_bytes(gzip.compress(PLAIN.replace("Swings", "Bäume").replace("\n", "\r\n").encode(encoding)))
    assert pb.read(path).projects[0].name == "Bäume"


@pytest.mark.parametrize(
    "text", ["", "META\nkey;value", "hello", "PROJECTS\nproject_id;cost\n", "PROJECTS", "\x00;\x00"]
)
def test_a_file_without_projects_is_refused_with_its_name(text: str) -> None:
    with pytest.raises(BadInput, match=r"no projects.*town\.pb"):
        pb.parse(text, "town.pb")


def test_numbers_are_read_as_people_write_them() -> None:
    read = {"1 234,5": "1234.5", "1.234,5": "1234.5", "1,234.5": "1234.5", "1,000,000": "1000000", "12,5": "12.5"}
    read |= {"100,000": "100000", "1.000.000": "1000000", "40'000": "40000", "1’000.50": "1000.50", "0,125": "0.125"}
    read |= {"12.500": "12.500", "1234,567": "1234.567", "-1,000": "-1000"}
    assert {text: str(number(text)) for text in read} == read
    assert [number(text) for text in ("", "x", "nan", "inf", "1e99", "1;2")] == [None] * 6


def test_names_of_the_format_may_be_written_large() -> None:
    file = "Meta\nKey;Value\nBudget;9\nVote_Type;approval\nProjects\nProject_ID;Cost;Votes\na;5;1\n"
    file += "VOTES\nVoter_ID;Vote\n1;a\n"
    found = pb.parse(file)
    assert (found.budget, found.projects[0].cost, found.ballots[0].projects, found.remarks) == (9, 5, ("a",), [])
    assert found.projects[0].fields == {"votes": "1"}


def test_a_lacking_budget_is_said() -> None:
    found = pb.parse("META\nvote_type;approval\nPROJECTS\nproject_id;cost\na;5\nVOTES\nvoter_id;vote\n1;a\n", "x.pb")
    assert found.budget is None and [(each.field, each.problem) for each in found.remarks] == [("budget", "budget")]


@pytest.mark.parametrize("file", ["META\nPROJECTS\n1;5;A\nVOTES\n", "META\nPROJECTS\nproject_id,cost\na,5\nVOTES\n"])
def test_what_the_projects_lack_is_said(file: str) -> None:
    with pytest.raises(BadInput, match="parted by semicolons"):
        pb.parse(file, "x.pb")

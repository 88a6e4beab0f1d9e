"""Reports in words, and files of every kind of damage: told, never a crash."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from noren.civic.ballots import Election, Report, pb, report, words
from noren.errors import BadInput
from noren.messages import catalogue
from tests.civic.ballots import oracle

FILE = """META
key;value
description;Parks
num_projects;3
num_votes;4
budget;100
vote_type;cumulative
rule;greedy-threshold
min_length;1
max_length;2
max_sum_points;5
min_project_score_threshold;2
comment;#1: a was withdrawn
PROJECTS
project_id;cost;votes;score;name;category;selected
a;60;2;5;Swings;x;1
b;40.5;2;4;"Trees; many";y;0
c;30;1;2;Bench;x;2
VOTES
voter_id;vote;points;age
1;a,b;3,2;34
2;b;2;
3;a,c;2,2;71
3;c;;19
"""


def _told(found: Report) -> list[str]:
    lines = []
    for language in ("en", "ja"):
        lines += [*words.remarks(found, language), *words.recount(found, language)]
        lines += words.official(found.official, language)
        for outcome in found.outcomes:
            lines += [*words.facts(outcome, language), *words.ties(outcome, language)]
        lines += [words.outcome_word(found, language), words.recount_word(found, language)]
    return lines


@settings(max_examples=400)
@given(st.data())
def test_a_damaged_file_is_refused_or_reported(data: st.DataObject) -> None:
    lines = FILE.splitlines()
    for _ in range(data.draw(st.integers(1, 5))):
        at = data.draw(st.integers(0, len(lines) - 1))
        cells = lines[at].split(";")
        cell = data.draw(st.integers(0, len(cells) - 1))
        cells[cell] = data.draw(
            st.sampled_from(
                ["", "-1", "0", "1,2", "a,a,b", '"', "x;y", "nan", "1e18", "0.0001", "VOTES", "ordinal", "scoring"]
            )
            | st.text(max_size=4)
        )
        change = data.draw(st.sampled_from(["cell", "drop", "double", "swap"]))
        if change == "cell":
            lines[at] = ";".join(cells)
        elif change == "swap":
            other = data.draw(st.integers(0, len(lines) - 1))
            lines[at], lines[other] = lines[other], lines[at]
        else:
            lines[at : at + 1] = [lines[at]] * 2 if change == "double" else []
        lines = lines or [""]
    try:
        found = report(pb.parse("\n".join(lines), "town.pb"))
    except BadInput as refused:
        assert refused.where.startswith("town.pb")
    else:
        assert all(_told(found)) and msgspec.json.encode(found)


@given(oracle.elections(("approval", "cumulative", "ordinal", "choose-1")), st.booleans())
def test_every_report_can_be_told_in_both_languages(election: Election, budget: bool) -> None:
    election.budget = election.budget if budget else None
    found = report(election)
    assert not [line for line in _told(found) if "ballots." in line or "{" in line]
    assert {each.rule for each in found.outcomes[1:]} == set(found.differences())


def test_the_words_of_a_report_say_what_is_in_it() -> None:
    found = report(pb.parse(FILE, "town.pb"))
    assert words.recount(found, "en")[:2] == [
        "4 ballots, 3 counted; 1 do not hold and were left out: a second ballot of the same voter 1, "
        "points do not match the projects 1.",
        "  line 24, voter 3: a second ballot of the same voter, points do not match the projects",
    ]
    assert "Marked 2 (chosen in a special way): c." in words.official(found.official, "en")


def test_both_languages_have_every_word() -> None:
    keys = [{key for key in catalogue(language) if key.startswith("ballots.")} for language in ("en", "ja")]
    assert keys[0] == keys[1]


@pytest.mark.parametrize("name", ["greedy", "equalshares/add1", "schulze"])
def test_rules_have_names_for_people(name: str) -> None:
    assert words.rule(name, "en") != name != words.rule(name, "ja")

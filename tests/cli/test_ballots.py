"""`noren ballots`, as somebody types it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from noren.cli import words as terminal

FILE = """META
key;value
description;Parks
budget;10
vote_type;approval
rule;greedy
currency;JPY
PROJECTS
project_id;cost;votes;name;selected
a;6;2;Swings;1
b;5;2;Trees;0
VOTES
voter_id;vote
1;a,b
2;a
3;b
"""


@pytest.fixture
def noren(monkeypatch: pytest.MonkeyPatch, typed):
    """Types a command on a wide terminal; returns its status, what it printed for programs, and what for people."""
    monkeypatch.setattr(terminal.console, "width", 160, raising=False)
    return typed


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "parks.pb"
    path.write_text(FILE, "utf-8")
    return path


def test_one_file_is_told_in_words_with_its_tie(noren, file: Path) -> None:
    status, text, err = noren("ballots", file)
    assert status == 0 and not err
    for part in (
        "Parks: 2 projects",
        "all 2 published figures agree",
        "Equal shares",
        "b, a stand equal",
        "went the other way",
    ):
        assert part in text


def test_japanese_terminals_are_told_in_japanese(noren, file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    status, text, _ = noren("ballots", file, language="ja")
    assert status == 0 and "数え直し：公表された2の値" in text and "均等割" in text


def test_json_tells_one_rule_or_all(noren, file: Path) -> None:
    status, out, _ = noren("ballots", file, "--json", "--rule", "greedy")
    (found,) = json.loads(out)["elections"]
    assert status == 0 and [each["winners"] for each in found["outcomes"]] == [["b"]]
    assert found["official"]["explained"] == "told" and found["count"]["counted"] == 3
    assert len(json.loads(noren("ballots", file, "--json")[1])["elections"][0]["outcomes"]) > 3


def test_several_files_make_a_summary_and_a_bad_one_is_named(noren, file: Path) -> None:
    bad = file.with_name("bad.pb")
    bad.write_text("hello", "utf-8")
    status, text, err = noren("ballots", file, file, bad, file.with_name("gone.pb"))
    assert status == 1 and "2 files: 2 recounts agree" in text and "bad.pb" in err and "gone.pb" in err


def test_no_file_and_no_such_rule_say_what_to_do(noren, file: Path) -> None:
    assert noren("ballots")[0] == 1 and "noren ballots FILE.pb" in noren("ballots")[2]
    status, _, text = noren("ballots", file, "--rule", "lottery")
    assert status == 1 and "greedy-no-skip" in text

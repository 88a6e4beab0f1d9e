"""Files with votes and comments: good rows are kept, bad ones named by file, row and field."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from noren.civic.opinions import Comments, Conversation, read
from noren.civic.opinions.votes import UNSEEN
from noren.errors import BadInput


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "comments.csv").write_text(
        "timestamp,comment-id,author-id,agrees,disagrees,moderated,comment-body\n"
        '1,0,0,1,0,1,"More trees, please"\n2,1,0,0,1,-1,Hidden\nx,one,0,0,0,0,No id\n',
        "utf-8",
    )
    return tmp_path


def test_one_row_a_vote(folder: Path) -> None:
    rows = "timestamp,datetime,comment-id,voter-id,vote\n5,x,0,0,1\n6,x,0,0,-1\n1,x,0,1,2\nlate,x,1,1,0\n1,x,0,?,1\n"
    (folder / "votes.csv").write_text(rows, "utf-8")
    found = read(folder)
    assert isinstance(found, Conversation)
    assert found.matrix.values.tolist() == [[-1, UNSEEN], [UNSEEN, 0]]
    assert found.texts == {0: "More trees, please", 1: "Hidden"} and found.matrix.hidden == {1}
    told = {(each.kind, each.file, each.row, each.field, each.value) for each in found.remarks}
    assert told == {
        ("id", "comments.csv", 4, "comment-id", "one"),
        ("vote", "votes.csv", 4, "vote", "2"),
        ("time", "votes.csv", 5, "timestamp", "late"),
        ("id", "votes.csv", 6, "voter-id", "?"),
        ("voteTwice", "votes.csv", 0, "", "1"),
    }
    assert all(
        each.text(language) != f"opinions.remark.{each.kind}" for each in found.remarks for language in ("en", "ja")
    )


def test_one_row_a_voter_is_preferred(folder: Path) -> None:
    (folder / "votes.csv").write_text("timestamp,comment-id,voter-id,vote\n1,0,9,1\n", "utf-8")
    rows = "participant,group-id,n-votes,0,1\n4,0,2,1,\n5,1,1,-1,3\n4,0,1,0,\n"
    (folder / "participants-votes.csv").write_text(rows, "utf-8")
    found = read(folder)
    assert isinstance(found, Conversation)
    assert found.matrix.voters.tolist() == [4, 5] and found.matrix.values.tolist() == [[0], [-1]]
    kinds = [(each.kind, each.row, each.field) for each in found.remarks if each.file == "participants-votes.csv"]
    assert kinds == [("vote", 3, "1"), ("voterTwice", 4, "participant"), ("voteTwice", 0, "")]


def test_rows_that_are_cut_short_are_named(tmp_path: Path) -> None:
    (tmp_path / "comments.csv").write_text("moderated,comment-id,comment-body\n1\n1,0\n", "utf-8")
    (tmp_path / "participants-votes.csv").write_text("0,participant\n1\n1,5\n", "utf-8")
    found = read(tmp_path)
    assert found.matrix.voters.tolist() == [5] and found.texts == {0: ""}
    places = [(each.file, each.row, each.field) for each in found.remarks]
    assert places == [("comments.csv", 2, "comment-id"), ("participants-votes.csv", 2, "participant")]


def test_a_servers_json_with_strict_moderation(tmp_path: Path) -> None:
    votes = [{"participant_id": v, "statement_id": s, "vote": 1, "modified": 1.0} for v in (0, 1) for s in (0, 1, 2)]
    statements = [
        {"statement_id": 0, "txt": "a", "moderated": 1},
        {"statement_id": 1, "txt": "b", "moderated": 0},
        {"statement_id": 2, "txt": "c", "moderated": 1, "is_meta": True},
    ]
    (tmp_path / "votes.json").write_text(json.dumps([*votes, {"participant_id": 3, "vote": 1}]), "utf-8")
    (tmp_path / "comments.json").write_text(json.dumps(statements), "utf-8")
    assert read(tmp_path).matrix.hidden == {2}
    assert [(each.kind, each.row, each.field) for each in read(tmp_path).remarks] == [("id", 7, "statement_id")]
    (tmp_path / "conversation.json").write_text('{"strict_moderation": true}', "utf-8")
    assert read(tmp_path).matrix.hidden == {1, 2} and read(tmp_path).matrix.meta == {2}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp932", "utf-16"])
@pytest.mark.parametrize("mark", [",", "\t", ";"])
def test_a_table_of_comments(tmp_path: Path, encoding: str, mark: str) -> None:
    lines = ["番号,意見,地区", "1,街灯が暗いです,北", "2, ,南", "3,公園のベンチを増やしてほしい,東", "4,多い,西,余り"]
    path = tmp_path / "ご意見.csv"
    path.write_text("\n".join(line.replace(",", mark) for line in lines) + "\n", encoding)
    found = read(path)
    assert isinstance(found, Comments)
    assert found.texts == ["街灯が暗いです", "公園のベンチを増やしてほしい"] and found.rows == [2, 4]
    assert [(each.kind, each.row, each.field) for each in found.remarks] == [("empty", 3, "意見"), ("cells", 5, "意見")]
    assert found.columns["地区"] == ["北", "東"]


def test_the_longest_column_is_taken_for_the_texts_and_another_can_be_named(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("a,b\nx,something longer\n", "utf-8")
    assert read(path).texts == ["something longer"] and read(path, "a").texts == ["x"]


@pytest.mark.parametrize(
    ("files", "told"),
    [
        ({}, "not found in this folder"),
        ({"votes.csv": "comment-id,voter-id\n1,2\n"}, "vote is missing"),
        ({"votes.csv": "comment-id,voter-id,vote\n"}, "no votes"),
        ({"votes.json": "{"}, "not JSON"),
        ({"votes.json": "{}"}, "list of records"),
        ({"a.csv": "text\n\n"}, "no rows"),
        ({"a.csv": "text,n\n ,1\n"}, "no comments"),
        ({"a.csv": ""}, "empty"),
    ],
)
def test_what_cannot_be_used_is_said(tmp_path: Path, files: dict[str, str], told: str) -> None:
    for name, content in files.items():
        (tmp_path / name).write_text(content, "utf-8")
    with pytest.raises(BadInput, match=told):
        read(tmp_path)


def test_a_missing_folder_is_said(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="no such file"):
        read(tmp_path / "nowhere")


SIDES = [(voter, statement, 1 if voter % 2 else -1) for voter in range(12) for statement in range(8)]


@pytest.mark.parametrize(
    "names", ["timestamp,comment-id,voter-id,vote", "created,tid,pid,vote", "x,Statement_ID,PARTICIPANT,Vote"]
)
def test_columns_are_known_by_the_names_of_any_age(tmp_path: Path, names: str) -> None:
    rows = "".join(f"1,{statement},{voter},{value}\n" for voter, statement, value in SIDES)
    (tmp_path / "votes.csv").write_text(f"{names}\n{rows}", "utf-8")
    (tmp_path / "comments.csv").write_text("tid,txt,mod\n0,Trees,-1\n", "utf-8")
    found = read(tmp_path)
    assert isinstance(found, Conversation) and not found.remarks
    assert found.matrix.values.shape == (12, 8) and found.matrix.values[1].tolist() == [1] * 8
    assert found.texts == {0: "Trees"} and found.matrix.hidden == {0}


def test_voters_may_have_names(tmp_path: Path) -> None:
    rows = "".join(f"1,{statement},user-{voter},{value}\n" for voter, statement, value in SIDES)
    (tmp_path / "votes.csv").write_text(f"timestamp,comment-id,voter-id,vote\n{rows}", "utf-8")
    found = read(tmp_path)
    assert isinstance(found, Conversation) and found.matrix.values[1].tolist() == [1] * 8
    assert [found.names[voter] for voter in found.matrix.voters.tolist()] == [f"user-{voter}" for voter in range(12)]


def test_votes_are_turned_round_where_the_stated_counts_say_so(tmp_path: Path) -> None:
    rows = "".join(f"1,{statement},{voter},{-value}\n" for voter, statement, value in SIDES if voter < 9)
    (tmp_path / "votes.csv").write_text(f"timestamp,comment-id,voter-id,vote\n{rows}", "utf-8")
    stated = "".join(f"{statement},4,5,x\n" for statement in range(8))
    (tmp_path / "comments.csv").write_text(f"comment-id,agrees,disagrees,comment-body\n{stated}", "utf-8")
    found = read(tmp_path)
    assert isinstance(found, Conversation) and found.matrix.values[1].tolist() == [1] * 8
    assert [each.kind for each in found.remarks] == ["sign"] and "turned" in found.remarks[0].text("en")


def test_in_a_servers_own_table_minus_one_is_to_agree(tmp_path: Path) -> None:
    votes = [{"pid": voter, "tid": statement, "vote": -value} for voter, statement, value in SIDES]
    (tmp_path / "votes.json").write_text(json.dumps(votes), "utf-8")
    found = read(tmp_path)
    assert isinstance(found, Conversation) and found.matrix.values[1].tolist() == [1] * 8
    for agree, side in ((6, -1), (7, 1)):
        more = [{"pid": 99, "tid": statement, "vote": -1} for statement in range(8)]
        (tmp_path / "votes.json").write_text(json.dumps(votes + more), "utf-8")
        counts = [{"tid": s, "txt": "", "agree_count": agree, "disagree_count": 13 - agree} for s in range(8)]
        (tmp_path / "comments.json").write_text(json.dumps(counts), "utf-8")
        assert read(tmp_path).matrix.values[1].tolist() == [side] * 8

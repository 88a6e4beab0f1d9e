"""`noren opinions`, as an officer types it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bench.opinions import comments as generated
from noren.cli import main


@pytest.fixture
def noren(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]):
    """Types a command; returns its status and what it printed, errors included."""

    def run(*words: object) -> tuple[int, str]:
        monkeypatch.setattr("sys.argv", ["noren", *map(str, words)])
        monkeypatch.setenv("LC_ALL", "C.UTF-8")
        status = 0
        try:
            main()
        except SystemExit as end:
            status = int(end.code or 0)
        shown = capsys.readouterr()
        return status, shown.out + shown.err

    return run


def conversation(folder: Path, voters: int) -> Path:
    votes = [f"{voter},{s},{1 if s > 4 or voter % 2 else -1}" for voter in range(voters) for s in range(8)]
    (folder / "votes.csv").write_text("\n".join(["voter-id,comment-id,vote", *votes, "1,2,7"]), "utf-8")
    texts = [f"{s},1,Statement number {s}" for s in range(8)]
    (folder / "comments.csv").write_text("\n".join(["comment-id,moderated,comment-body", *texts]), "utf-8")
    return folder


def test_groups_in_words_and_as_json(noren, tmp_path: Path) -> None:
    folder = conversation(tmp_path, 20)
    status, text = noren("opinions", folder)
    assert status == 0
    for words in ("20 people voted on 8 statements", "Group A: 10 people (50%)", "Statement number 5", "is not a vote"):
        assert words in text
    status, text = noren("opinions", folder, "--json")
    report = json.loads(text)
    assert [group["voters"] for group in report["groups"]] == [10, 10]
    assert {each["id"] for each in report["consensus"]["agree"]} == {5, 6, 7}
    assert set(report["dividing"]) == {0, 1, 2, 3, 4}
    assert report["remarks"][0]["row"] == 162 and set(report["remarks"][0]["text"]) == {"en", "ja"}


def test_nine_people_get_counts_only(noren, tmp_path: Path) -> None:
    status, text = noren("opinions", conversation(tmp_path, 9))
    assert status == 0 and "too few" in text and "Group A" not in text
    report = json.loads(noren("opinions", tmp_path, "--json")[1])
    assert report["tooFew"] and "groups" not in report and report["statements"][7]["agree"] == 9


def test_topics_in_words_and_as_json(noren, tmp_path: Path) -> None:
    texts, _ = generated(400, seed=5)
    path = tmp_path / "comments.csv"
    path.write_text("text\n" + "\n".join(f'"{text}"' for text in texts), "utf-8")
    status, text = noren("opinions", path)
    assert status == 0 and "400 comments" in text and "Topics" in text
    report = json.loads(noren("opinions", path, "--topics", 6, "--json")[1])
    assert len(report["assigned"]) == len(report["rows"]) == 400 and report["topics"]


def test_labels_from_examples(noren, tmp_path: Path) -> None:
    known, new = tmp_path / "known.csv", tmp_path / "new.csv"
    rows = [f"the lamp is dark {n},light" for n in range(20)] + [f"full bins and litter {n},waste" for n in range(20)]
    known.write_text("text,label\n" + "\n".join(rows), "utf-8")
    new.write_text("text\na dark lamp\nlitter in bins\n", "utf-8")
    report = json.loads(noren("opinions", new, "--examples", known, "--json")[1])
    assert report["assigned"] == [["light"], ["waste"]]
    status, text = noren("opinions", new, "--examples", known)
    assert status == 0 and "light" in text and "not learnt from" in text


def test_what_is_not_there_is_said(noren, tmp_path: Path) -> None:
    status, text = noren("opinions", tmp_path / "nowhere")
    assert status == 1 and "no such file" in text

"""`noren plan`, as somebody types it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from noren.city import create
from noren.cli import main


@pytest.fixture
def town(tmp_path: Path) -> Path:
    create(tmp_path / "town", "Town")
    return tmp_path / "town"


def typed(monkeypatch: pytest.MonkeyPatch, *words: object) -> int:
    monkeypatch.setattr("sys.argv", ["noren", *map(str, words)])
    try:
        main()
    except SystemExit as end:
        return int(end.code or 0)
    return 0


def test_both_languages_as_page_and_paper(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], town: Path, tmp_path: Path
) -> None:
    pytest.importorskip("typst")
    assert typed(monkeypatch, "plan", "--city", town, "--out", tmp_path / "out", "--json") == 0
    files = json.loads(capsys.readouterr().out)["files"]
    assert [Path(each).name for each in files] == ["plan-en.html", "plan-en.pdf", "plan-ja.html", "plan-ja.pdf"]
    assert Path(files[1]).read_bytes().startswith(b"%PDF-")
    assert "まちの総合計画" in Path(files[2]).read_text("utf-8")


def test_page_only(monkeypatch: pytest.MonkeyPatch, town: Path, tmp_path: Path) -> None:
    assert typed(monkeypatch, "plan", "--city", town, "--out", tmp_path, "--language", "ja", "--page-only") == 0
    assert [each.name for each in tmp_path.glob("plan-*")] == ["plan-ja.html"]


def test_another_language(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], town: Path) -> None:
    assert typed(monkeypatch, "plan", "--city", town, "--language", "tlh") == 1
    assert "not written" in capsys.readouterr().err

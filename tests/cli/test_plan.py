"""`noren plan`, as somebody types it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from noren.city import create


@pytest.fixture
def town(tmp_path: Path) -> Path:
    create(tmp_path / "town", "Town")
    return tmp_path / "town"


def test_both_languages_as_page_and_paper(typed, town: Path, tmp_path: Path) -> None:
    status, out, _ = typed("plan", "--city", town, "--out", tmp_path / "out", "--json")
    assert status == 0
    files = json.loads(out)["files"]
    assert [Path(each).name for each in files] == ["plan-en.html", "plan-en.pdf", "plan-ja.html", "plan-ja.pdf"]
    assert Path(files[1]).read_bytes().startswith(b"%PDF-")
    assert "まちの総合計画" in Path(files[2]).read_text("utf-8")


def test_page_only(typed, town: Path, tmp_path: Path) -> None:
    status, _, _ = typed("plan", "--city", town, "--out", tmp_path, "--language", "ja", "--page-only")
    assert status == 0
    assert [each.name for each in tmp_path.glob("plan-*")] == ["plan-ja.html"]


def test_another_language(typed, town: Path) -> None:
    status, _, told = typed("plan", "--city", town, "--language", "tlh")
    assert status == 1
    assert "not written" in told

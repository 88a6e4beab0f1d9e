"""`noren privacy report`, as somebody types it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from noren.city import create


@pytest.fixture
def town(tmp_path: Path) -> Path:
    create(tmp_path / "town", "Town", country="JP")
    return tmp_path / "town"


def test_all_papers_in_both_languages(typed, town: Path, tmp_path: Path) -> None:
    status, out, _ = typed("privacy", "report", "--city", town, "--out", tmp_path / "out", "--json")
    assert status == 0
    found = json.loads(out)
    names = {Path(each).name for each in found["files"]}
    kinds, ends = ("impact", "record", "public"), ("html", "pdf")
    papers = {f"{kind}-{lang}.{end}" for kind in kinds for lang in ("en", "ja") for end in ends}
    assert names == papers | {"record.jsonld"} and found["prepared"] is True
    assert all((tmp_path / "out" / name).stat().st_size > 500 for name in names)
    assert (tmp_path / "out" / "impact-ja.pdf").read_bytes().startswith(b"%PDF-")
    assert json.loads((tmp_path / "out" / "record.jsonld").read_bytes())["@graph"]


def test_answers_are_kept_by_the_next_report(typed, town: Path, tmp_path: Path) -> None:
    how = ("privacy", "report", "--city", town, "--out", tmp_path, "--language", "ja", "--page-only")
    status, _, told = typed(*how, language="ja")
    assert status == 0 and "privacy.toml" in told
    answers = town / "privacy.toml"
    answers.write_text(answers.read_text("utf-8").replace('officer = ""', 'officer = "情報政策課"', 1), "utf-8")
    before = answers.read_bytes()
    assert typed(*how)[0] == 0
    assert answers.read_bytes() == before
    assert "情報政策課" in (tmp_path / "impact-ja.html").read_text("utf-8")
    assert not list(tmp_path.glob("*.pdf")) and not list(tmp_path.glob("*-en.html"))


def test_a_mistake_in_the_answers_is_told(typed, town: Path, tmp_path: Path) -> None:
    (town / "privacy.toml").write_text('[controller]\nphone = "1"\n')
    status, _, told = typed("privacy", "report", "--city", town, "--out", tmp_path, "--page-only")
    assert status == 1 and "“phone” is not asked" in told and "privacy.toml" in told
    assert not list(tmp_path.glob("impact*"))

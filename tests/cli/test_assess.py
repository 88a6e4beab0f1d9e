"""`noren assess`, as somebody types it."""

from __future__ import annotations

import json
from pathlib import Path


def filled(folder: Path, city: str, level: int) -> Path:
    path = folder / f"{city}.csv"
    path.write_text(f"city,question,level,by\n{city},vision.exit,{level},a\n{city},vision.exit,9,b\n", "utf-8")
    return path


def test_one_city(typed, tmp_path: Path) -> None:
    status, _, said = typed("assess", filled(tmp_path, "Town", 4), "--language", "en", "--page", tmp_path / "p.html")
    assert status == 0
    assert "Strengths" in said and "Do trials state how they end" in said
    assert "Town.csv, row 3, level" in said
    assert "Do trials state how they end" in (tmp_path / "p.html").read_text("utf-8")


def test_cities_side_by_side_as_json(typed, tmp_path: Path) -> None:
    files = [filled(tmp_path, name, level) for name, level in (("B", 4), ("A", 1))]
    status, out, _ = typed("assess", *files, "--json")
    found = json.loads(out)
    assert status == 0
    assert [each["city"] for each in found["cities"]] == ["A", "B"]
    assert {"total", "rank", "score"}.isdisjoint(found["cities"][0])
    assert len(found["refused"]) == 2


def test_an_empty_file_is_written_once(typed, tmp_path: Path) -> None:
    out = tmp_path / "answers.toml"
    assert typed("assess", "--blank", "--language", "ja", "--out", out)[0] == 0
    assert "めざす姿" in out.read_text("utf-8")
    status, _, said = typed("assess", "--blank", "--out", out)
    assert status == 1 and "there already" in said
    assert "[[answer]]" in typed("assess", "--blank")[1]


def test_without_a_file_it_says_how_to_begin(typed) -> None:
    status, _, said = typed("assess")
    assert status == 1 and "--blank" in said

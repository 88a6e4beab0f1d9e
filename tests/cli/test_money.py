"""`noren allocate` and `noren appraise`, as somebody types them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest


@pytest.fixture
def water(tmp_path: Path) -> Path:
    file = tmp_path / "game.json"
    file.write_text('{"coalitions": {"A": 1200000, "B": 900000, "C": 600000, "A+B": 1700000, "A+C": 1500000, '
                    '"B+C": 1300000, "A+B+C": 2000000}}')  # fmt: skip
    return file


def test_shares_and_reasons_in_words(noren, water: Path) -> None:
    status, text = noren("allocate", water)
    assert status == 0 and "2,000,000" not in text.split("Why")[0].splitlines()[0]
    assert "Nucleolus" in text and "A: " in text and "Alone it would be 1,200,000 yen" in text
    status, text = noren("allocate", water, "--rule", "equal", language="ja")
    assert status == 0 and "均等割" in text and "Aの負担は666,667円です" in text


def test_shares_for_scripts(noren, water: Path) -> None:
    status, text = noren("allocate", water, "--json")
    found = json.loads(text)
    assert status == 0 and found["total"] == 2_000_000
    assert {sum(share["yen"] for share in each["shares"]) for each in found["allocations"]} == {2_000_000}


def test_a_game_that_contradicts_itself(noren, tmp_path: Path) -> None:
    (tmp_path / "bad.json").write_text('{"claims": {"A": 1}, "estate": 2}')
    status, text = noren("allocate", tmp_path / "bad.json")
    assert status == 1 and "larger than all claims" in text and "bad.json" in text


def test_a_rule_that_does_not_apply(noren, water: Path) -> None:
    status, text = noren("allocate", water, "--rule", "by-use")
    assert status == 1 and "does not apply" in text and "shapley" in text


@pytest.mark.parametrize("model", ["office-area", "residential-area", "regional-city"])
@pytest.mark.parametrize("language", ["en", "ja"])
def test_a_model_is_printed_filled_in_and_appraised(noren, tmp_path: Path, model: str, language: str) -> None:
    status, text = noren("appraise", "--model", model)
    assert status == 0
    (tmp_path / "case.toml").write_text(text, "utf-8")
    status, text = noren("appraise", tmp_path / "case.toml", "--draws", 500, language=language)
    assert status == 0 and ("Who pays, who gains" if language == "en" else "だれが払い、だれが得るか") in text
    assert not any(f"money.{part}." in text for part in ("says", "appraise", "assume", "party")) and "{" not in text
    status, text = noren("appraise", tmp_path / "case.toml", "--draws", 500, "--seed", 7, "--json")
    assert status == 0 and json.loads(text)["npv"] > 0


def test_a_portfolio(noren, tmp_path: Path) -> None:
    file = tmp_path / "plan.toml"
    form = '[initiative.{0}]\nname="{0}"\ncost={{2030={1}}}\nshort={1}\n'
    things = form.format("bus", 6) + form.format("tram", 9)
    file.write_text('title="P"\nunit=1e6\nbudget={2030=10}\n' + things)
    status, text = noren("appraise", file)
    assert status == 0 and "Chosen: tram" in text and "5,000,000 yen more would" in text
    assert json.loads(noren("appraise", file, "--json")[1])["chosen"] == ["tram"]
    file.write_text(file.read_text().replace('name="', 'must=true\nname="'))
    status, text = noren("appraise", file, language="ja")
    assert status == 0 and "両立しません" in text and "2030年の予算は10,000,000円です。" in text


def test_nothing_to_appraise(noren, tmp_path: Path) -> None:
    status, text = noren("appraise")
    assert status == 1 and "--model office-area" in text
    status, text = noren("appraise", tmp_path / "none.toml")
    assert status == 1 and "cannot be read" in text

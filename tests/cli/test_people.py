"""`noren people`, as a municipal officer types it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from noren.messages import catalogue


@pytest.fixture
def people(monkeypatch: pytest.MonkeyPatch, noren):
    """Types the command in a language; returns its status and what it printed."""
    monkeypatch.setenv("COLUMNS", "120")
    return lambda language, *words: noren("people", *words, language=language[:2])


@pytest.fixture
def register(tmp_path: Path) -> Path:
    """Two districts, two counts, five years apart."""
    rows = ["district,sex,age,count,year"]
    for year, size in ((2020, 120), (2025, 100)):
        for name, times in (("Harbour", 1), ("Hill", 2)):
            for low in range(0, 90, 5):
                age = "85+" if low == 85 else f"{low}-{low + 4}"
                rows += [f"{name},{sex},{age},{size * times + low},{year}" for sex in ("male", "female")]
    (tmp_path / "register.csv").write_text("\n".join(rows) + "\n", "utf-8")
    return tmp_path


@pytest.mark.parametrize("language", ["en_US.UTF-8", "ja_JP.UTF-8"])
def test_a_register_in_words(people, register: Path, language: str) -> None:
    status, text = people(language, register, "--to", 2050)
    words = catalogue(language[:2])
    assert status == 0 and words["people.method.ratios"][:20] in text and words["people.sure.far"] in text
    assert "2050" in text and "Harbour" in text and "█" in text and not re.search(r"people\.(?!md)", text)
    assert words["people.need.care"][:6] in text


def test_one_district_for_scripts(people, register: Path) -> None:
    status, text = people("en_US.UTF-8", register, "--place", "Hill", "--to", 2050, "--json")
    found = json.loads(text)
    assert status == 0 and found["place"] == "Hill" and found["method"] == "ratios"
    assert found["years"][-1]["total"] == pytest.approx(found["districts"][1]["then"])
    assert len(found["people"][-1]["counts"][1]) == 18 and found["strains"][0]["ratio"][0] == 1


def test_a_country_and_a_scenario(people, shared: Callable[[str], Path], tmp_path: Path) -> None:
    folder = shared("participation/un-wpp2019-asean-japan")
    status, text = people("en_US.UTF-8", folder, "--place", "Japan", "--to", 2050)
    assert status == 0 and "105,785" in text and "In thousands" in text
    (tmp_path / "mine.toml").write_text('name = "more homes"\nfamilies = 3.0\n', "utf-8")
    status, text = people("en_US.UTF-8", folder, "--place", "Japan", "--to", 2050, "--scenario", tmp_path / "mine.toml")
    assert status == 0 and "more homes" in text


def test_mistakes_are_said_in_words(people, register: Path) -> None:
    status, text = people("en_US.UTF-8", register, "--to", 2050, "--scenario", "gloom")
    assert status == 1 and "There is no scenario 'gloom'" in text
    status, text = people("en_US.UTF-8", register, "--to", 2000)
    assert status == 1 and "Try --to 2050" in text

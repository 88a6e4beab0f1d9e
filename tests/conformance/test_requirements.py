"""The specification: numbered without gaps, in both languages, written out; each requirement shown or said open."""

from __future__ import annotations

import csv
import re
from itertools import groupby
from pathlib import Path

import pytest

from noren.conformance import CHAPTERS, REQUIREMENTS
from noren.conformance.checks import CHECKS
from noren.conformance.generate import FILES, FOLDER, source

ROOT = Path(__file__).parents[2]
ROWS = list(csv.DictReader((FOLDER / "traceability.csv").read_text("utf-8").splitlines()))
_JAPANESE = re.compile(r"[\u3040-\u30ff]")


def test_numbers_have_no_gaps_and_no_twins() -> None:
    assert len(ROWS) == len(REQUIREMENTS)
    for chapter, held in groupby(REQUIREMENTS.values(), key=lambda each: each.chapter):
        assert [each.id for each in held] == [
            f"JM-{chapter}.{number}"
            for number in range(1, sum(e.chapter == chapter for e in REQUIREMENTS.values()) + 1)
        ]
    assert list(CHAPTERS) == list(range(1, 13))


@pytest.mark.parametrize("id", sorted(REQUIREMENTS))
def test_each_is_said_in_both_languages(id: str) -> None:
    one = REQUIREMENTS[id]
    assert _JAPANESE.search(one.ja) and _JAPANESE.search(one.test_ja)
    assert not _JAPANESE.search(one.en) and len(one.en) > 30 and len(one.test_en) > 10
    assert "noren" not in (one.en + one.ja + one.test_en + one.test_ja).lower(), "the specification names no vendor"


def test_what_can_be_asked_is_asked() -> None:
    assert {id for id, one in REQUIREMENTS.items() if one.how != "inspection"} == set(CHECKS)


@pytest.mark.parametrize("language", ["en", "ja"])
def test_the_pages_are_what_the_table_says(language: str) -> None:
    assert FILES[language].read_text("utf-8") == source(language), "run: python -m noren.conformance.generate"


def test_every_requirement_is_traced_once() -> None:
    assert [row["requirement"] for row in ROWS] == list(REQUIREMENTS)
    assert {row["state"] for row in ROWS} <= {"shown", "inspect", "open"}


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["requirement"])
def test_named_evidence_exists(row: dict[str, str]) -> None:
    named = row["evidence"].split()
    for each in named:
        file, _, test = each.partition("::")
        text = (ROOT / file).read_text("utf-8")
        assert not test or re.search(rf"^(async )?def {re.escape(test)}\(", text, re.MULTILINE), each
    assert row["state"] != "shown" or any("::" in each for each in named), "what is shown is shown by a test"

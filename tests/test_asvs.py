"""The page that answers the OWASP ASVS: no number is missing, and what it points at is there."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs" / "security" / "asvs.md").read_text("utf-8")
ROWS = [
    [cell.strip() for cell in line.strip("| ").split(" | ")] for line in PAGE.splitlines() if re.match(r"\| \d", line)
]
ANSWERS = {"met", "partly", "**not met**", "not applicable"}
LEVELS = """
1: 1.1-2 2.1-9 3.1-11 4.1-3 5.1-2 | 2: 1.1-3 2.1-3 3.1-4 4.1-1 | 3: 2.1-2 3.1-4 4.1-6 5.1-5 7.1-2
4: 1.1-3 2.1-1 3.1-2 4.1-4 | 5: 1.1-1 2.1-3 3.1-2 4.1-3 | 6: 1.1-3 2.1-12 3.1-4 4.1-4 5.1-5 6.1-3 8.1-4
7: 1.1-3 2.1-4 3.1-2 4.1-5 5.1-2 6.1-2 | 8: 1.1-2 2.1-3 3.1-1 4.1-1 | 9: 1.1-3 2.1-4
10: 1.1-2 2.1-2 3.1-4 4.1-11 5.1-5 6.1-2 7.1-3 | 11: 1.1-2 2.1-3 3.1-3 4.1-4 5.1-1 6.1-1 | 12: 1.1-3 2.1-2 3.1-4
13: 1.1-1 2.1-5 3.1-2 4.1-5 | 14: 1.1-2 2.1-4 3.1-3 | 15: 1.1-3 2.1-3 3.1-7 | 16: 1.1-1 2.1-5 3.1-4 4.1-3 5.1-3
17: 1.1-1 2.1-4 3.1-2
"""
"""Chapter: sections with their first and last requirement of levels 1 and 2 (version 5.0.0); those of level 3 are left
out, which stand at the end of each section."""


def numbers() -> list[str]:
    found = []
    for chapter in re.split(r"[|\n]", LEVELS.strip()):
        name, _, sections = chapter.strip().partition(":")
        for section in sections.split():
            part, _, span = section.partition(".")
            first, _, last = span.partition("-")
            found += [f"{name.strip()}.{part}.{n}" for n in range(int(first), int(last) + 1)]
    return found


def test_every_number_is_answered_once() -> None:
    assert [row[0] for row in ROWS] == numbers()
    assert {row[3] for row in ROWS} == ANSWERS and all(row[4] for row in ROWS)


def test_the_sum_at_the_top_is_right() -> None:
    count = Counter(row[3] for row in ROWS)
    said = [int(number) for number in re.findall(r"\d+", PAGE.partition("Of ")[2].partition("\n")[0])]
    assert said == [len(ROWS), count["met"], count["partly"], count["**not met**"], count["not applicable"]]


def test_what_is_pointed_at_is_there() -> None:
    for row in ROWS:
        for path in re.findall(r"`([^`]+/[^`]+|[\w.]+\.(?:md|toml))`", row[5] if len(row) > 5 else ""):
            assert (ROOT / path).exists(), f"{row[0]}: {path}"
        if row[3] == "met":
            assert len(row) > 5 and "`" in row[5], f"{row[0]}: where can it be seen?"

"""What is asked: the table `questions.csv`, aligned with Japan's indicators of regional well-being.

The factors are those of the subjective indicators (地域幸福度指標, Digital Agency and Smart City Institute Japan: three
groups, twenty-four factors), the words are ours. Before them stand happiness, satisfaction, fulfilment and trust in the
city. `about` is for trials: how those who were touched see it.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from functools import cache
from importlib.resources import files

import msgspec

FILE = "questions.csv"


class Question(msgspec.Struct, frozen=True, rename="camel"):
    """One question on a scale from `least` to `most`; from `agrees_from` on an answer counts as yes."""

    factor: str
    group: str
    least: int
    most: int
    agrees_from: int
    text: dict[str, str]

    def takes(self, value: object) -> bool:
        """Whether this is an answer to it."""
        return isinstance(value, int) and not isinstance(value, bool) and self.least <= value <= self.most


def asked() -> dict[str, dict[str, str]]:
    """What each factor asks, by factor and language."""
    return {factor: each.text for factor, each in questions().items()}


@cache
def questions() -> Mapping[str, Question]:
    """All questions by factor, in the order of the table."""
    rows = csv.DictReader((files(__package__) / FILE).read_text("utf-8").splitlines())
    return {
        row["factor"]: Question(
            row["factor"],
            row["group"],
            int(row["least"]),
            int(row["most"]),
            int(row["agrees_from"]),
            {"en": row["en"], "ja": row["ja"]},
        )
        for row in rows
    }

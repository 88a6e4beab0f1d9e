"""What people of the town say, want and undertake, as tables: a row a thing, texts in Japanese and English."""

from __future__ import annotations

import csv
from importlib.resources import files

Row = dict[str, str]


def rows(name: str) -> list[Row]:
    """The rows of the table `name`."""
    return list(csv.DictReader((files(__package__) / f"{name}.csv").read_text("utf-8").splitlines()))


def both(row: Row, name: str) -> dict[str, str]:
    """The text of a column in both languages."""
    return {"ja": row[f"{name}_ja"], "en": row[f"{name}_en"]}

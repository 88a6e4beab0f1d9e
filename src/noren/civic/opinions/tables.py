"""Tables of text with their row numbers, and what is said of a row that cannot be used.

Names to know: `table`, `Remark`.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from noren.errors import BadInput
from noren.intake.text import encoding_of_file, open_plain
from noren.messages import say

MORE = "\0more"
"""Key of a row that has more cells than the heading."""
_CELL = 10_000_000


@dataclass(frozen=True)
class Remark:
    """Something wrong in the input, and where; `kind` names the message `opinions.remark.<kind>`."""

    kind: str
    file: str
    row: int = 0
    field: str = ""
    value: str = ""

    def text(self, language: str) -> str:
        """The remark in words."""
        return say(language, f"opinions.remark.{self.kind}", row=self.row, field=self.field, value=self.value)


def headings(path: Path) -> list[str]:
    """The columns of a table."""
    return next(_lines(path))[1]


def table(path: Path, *needed: str) -> Iterator[tuple[int, dict[str, str]]]:
    """Rows of a CSV or TSV with their numbers (the heading is row 1); raises `BadInput` when a column is missing.

    A row with more cells than the heading has the key `MORE`, too.
    """
    numbered = _lines(path)
    _, known = next(numbered)
    if missing := [name for name in needed if name not in known]:
        raise BadInput(
            f"The column {missing[0]} is missing.",
            where=f"{path.name}, row 1",
            hint=f"The file has: {', '.join(known)[:200]}.",
        )
    for number, cells in numbered:
        if cells:
            row = dict(zip(known, cells, strict=False))
            yield number, row | ({MORE: ""} if any(cells[len(known) :]) else {})


def _lines(path: Path) -> Iterator[tuple[int, list[str]]]:
    """Numbered rows as cells, the heading first; raises `BadInput` where it is no table."""
    csv.field_size_limit(_CELL)
    encoding = encoding_of_file(path)
    with open_plain(path) as raw:
        lines = (line.decode(encoding, "replace") for line in raw) if encoding != "utf-16" else _wide(raw.read())
        first = next(iter(lines), "").removeprefix("\ufeff")
        mark = max("\t;,", key=first.count)
        yield 1, [each.strip() for each in next(csv.reader([first], delimiter=mark), [])]
        try:
            yield from enumerate(csv.reader(lines, delimiter=mark), 2)
        except csv.Error as error:
            raise BadInput(
                f"The table cannot be read: {error}.", where=path.name, hint="Save it as CSV again."
            ) from error


def _wide(raw: bytes) -> Iterator[str]:
    yield from raw.decode("utf-16", "replace").splitlines(keepends=True)

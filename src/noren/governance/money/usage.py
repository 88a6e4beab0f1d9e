"""A table of public services as a file: one row a service and place, read by its usual headings in two languages."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from noren.errors import BadInput
from noren.governance.money.performance import Use, checked
from noren.intake.recognise import recognise

HEADINGS = {
    "service": ("service", "サービス", "施設", "事業"),
    "place": ("place", "district", "場所", "地区", "地域"),
    "cost": ("cost", "費用", "経費", "決算額"),
    "uses": ("uses", "visits", "利用回数", "利用件数", "延べ利用者数"),
    "users": ("users", "利用者数", "利用者"),
    "residents": ("residents", "population", "住民数", "人口"),
    "reach": ("reach", "届く割合"),
}
NEEDED = ("service", "place", "cost", "uses")


def read(path: Path) -> tuple[list[Use], list[BadInput]]:
    """The rows of a CSV or XLSX, and what is wrong with those that cannot be: each names file, row and field.

    Raises `BadInput` for a file that is no such table.
    """
    found: list[Use] = []
    wrong: list[BadInput] = []
    for number, row in _rows(path):
        where = f"{path.name}, row {number}"
        try:
            found.append(checked(msgspec.convert(row, Use, strict=False), where))
        except msgspec.ValidationError as error:
            what, _, field = str(error).partition(" - at `$.")
            wrong.append(BadInput(f"{what}.", where=f"{where}, {field.rstrip('`')}", hint="Correct the cell."))
        except BadInput as error:
            wrong.append(error)
    return found, wrong


def _rows(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    source = next((item.source for item in recognise(path) if item.source is not None), None)
    named = _named(source.columns) if source else {}
    if source is None or (lacking := [name for name in NEEDED if name not in named]):
        said = ", ".join(lacking if source else NEEDED)
        raise BadInput(f"The table lacks: {said}.", where=path.name, hint="See docs/money.md for its headings.")
    for batch in source.open([]):
        for number, row in zip(batch.rows, batch.table.to_pylist(), strict=True):
            cells = {name: row[column] for name, column in named.items() if row[column] is not None}
            yield number, {name: _plain(name, cell) for name, cell in cells.items()}


def _named(columns: list[str]) -> dict[str, str]:
    return {
        name: column for name, words in HEADINGS.items() for column in columns if column.strip().casefold() in words
    }


def _plain(name: str, cell: str) -> str:
    """A figure without the commas between its thousands."""
    return cell if name in ("service", "place") else cell.replace(",", "").replace("¥", "").strip()

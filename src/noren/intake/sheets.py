"""Spreadsheets: the sheet with most rows of an XLSX, XLS or ODS workbook."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any

from python_calamine import CalamineError, CalamineWorkbook

from noren.errors import BadInput
from noren.intake import delimited
from noren.intake.source import Batch, Refused, Source, batches, unique


def source(path: Path) -> Source:
    """The table in the workbook; raises `BadInput` when it cannot be read or is empty."""
    try:
        book = CalamineWorkbook.from_path(str(path))
        sheets = [book.get_sheet_by_name(name).to_python(skip_empty_area=True) for name in book.sheet_names]
    except (CalamineError, OSError) as error:
        raise BadInput("The workbook cannot be read.", where=path.name, hint="Save it again as XLSX or CSV.") from error
    rows = max(sheets, key=len, default=[])
    if not rows:
        raise BadInput("The workbook has no rows.", where=path.name, hint="Is the table on another sheet?")
    shown = [[_shown(cell) for cell in row] for row in rows[:60]]
    place = delimited.header(shown)
    columns = unique(name.removeprefix("#") for name in shown[place])
    body = [(place + 2 + i, [_shown(cell) for cell in row]) for i, row in enumerate(rows[place + 1 :])]

    def read(refused: list[Refused]) -> Iterator[Batch]:
        return batches(columns, (row for row in body if any(row[1])))

    return Source(path.name, columns, read, "XLSX")


def _shown(cell: Any) -> str:
    if isinstance(cell, datetime | date):
        return cell.isoformat()
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell).strip()

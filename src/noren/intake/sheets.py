"""Spreadsheets: the sheets of an XLSX, XLS or ODS workbook that hold tables."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any

import msgspec
from python_calamine import CalamineError, CalamineWorkbook

from noren.errors import BadInput
from noren.intake import delimited
from noren.intake.source import Batch, Refused, Source, batches, unique

_LEAST = (3, 2)
"""Rows and columns from which on a sheet beside a longer one is a table of its own and not a note."""


def tables(path: Path) -> list[Source]:
    """The tables in the workbook, a sheet each; raises `BadInput` when it cannot be read or is empty."""
    try:
        book = CalamineWorkbook.from_path(str(path))
        sheets = {n: book.get_sheet_by_name(n).to_python(skip_empty_area=False) for n in book.sheet_names}
    except (CalamineError, OSError) as error:
        raise BadInput("The workbook cannot be read.", where=path.name, hint="Save it again as XLSX or CSV.") from error
    filled = {name: rows for name, rows in sheets.items() if any(map(any, rows))}
    if not filled:
        raise BadInput("The workbook has no rows.", where=path.name, hint="Is the table in another file?")
    longest = max(filled, key=lambda name: len(filled[name]))
    found = {name: _sheet(path, rows) for name, rows in filled.items() if name == longest or _is_table(rows)}
    if len(found) == 1:
        return list(found.values())
    return [msgspec.structs.replace(s, name=f"{path.name}#{n}", lead={"title": n}) for n, s in found.items()]


def _is_table(rows: list[list[Any]]) -> bool:
    wide = [row for row in rows if sum(cell != "" for cell in row) >= _LEAST[1]]
    return len(wide) >= _LEAST[0] and len(wide) > 0.5 * sum(map(any, rows))


def _sheet(path: Path, rows: list[list[Any]]) -> Source:
    shown = [[_shown(cell) for cell in row] for row in rows[:60]]
    first, last = delimited.headings(shown)
    columns = unique(name.removeprefix("#") for name in delimited.joined(shown[first : last + 1]))

    def read(refused: list[Refused]) -> Iterator[Batch]:
        body = ((last + 2 + i, [_shown(cell) for cell in row]) for i, row in enumerate(rows[last + 1 :]))
        return batches(columns, (row for row in body if any(row[1])))

    return Source(path.name, columns, read, "XLSX")


def _shown(cell: Any) -> str:
    if isinstance(cell, datetime | date):
        return cell.isoformat()
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell).strip()

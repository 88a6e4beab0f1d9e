"""CSV in all its dialects, Linked CSV among them, streamed.

Linked CSV (jenit.github.io/linked-csv): lines that begin with `#` describe; `#property` names the columns and the first
column numbers the rows.
"""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, BinaryIO, cast

import msgspec
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pacsv

from noren.errors import BadInput
from noren.intake import text
from noren.intake.source import Batch, Refused, Source, unique

_DELIMITERS = ",;\t|"
_NUMBER = re.compile(r"[+-]?\d[\d.,: /T-]*")
_LEADS = {
    "license": "licence",
    "licence": "licence",
    "attribution": "attribution",
    "title": "title",
    "lang": "language",
    "download_from": "title",
}
_LOOK = 60
_BLOCK = 4 * 1024 * 1024


class Dialect(msgspec.Struct, frozen=True):
    """How a file is to be read: `skip` lines stand above the first row of data."""

    encoding: str
    delimiter: str
    columns: list[str]
    skip: int
    lead: dict[str, str]
    mend: bool


def source(path: Path) -> Source:
    """The table in the file; raises `BadInput` when it holds none."""
    dialect = look(path)

    def read(refused: list[Refused]) -> Iterator[Batch]:
        return _read(path, dialect, refused)

    return Source(path.name, dialect.columns, read, "CSV", dialect.lead)


def look(path: Path) -> Dialect:
    """How the file is to be read, from its first lines."""
    head = text.head_of(path)
    encoding = text.encoding_of_file(path)
    raw = head.decode(encoding, "replace")
    lines = text.mended(raw).splitlines()
    if len(head) == text.HEAD and len(lines) > 1:
        lines = lines[:-1]
    described = [line for line in lines if line.strip('" ').startswith("#") and not _is_header(line)]
    delimiter = _delimiter([line for line in lines if line.strip() and line not in described][:_LOOK])
    if not _tabular([line for line in lines if line not in described], delimiter):
        raise BadInput(
            "Noren does not know this kind of file.",
            where=path.name,
            hint="A table needs the same number of cells in every row.",
        )
    rows = list(csv.reader(io.StringIO("\n".join(lines)), delimiter=delimiter))[: len(described) + _LOOK]
    if not rows:
        raise BadInput("There is no table in the file.", where=path.name)
    place, last = headings(rows)
    skip = last + 1
    while skip < len(rows) and rows[skip] and rows[skip][0].strip().startswith("#"):
        skip += 1
    named = joined(rows[place : last + 1])
    named += [""] * (_usual(len(row) for row in rows[skip:]) - len(named))
    columns = unique(cell.strip().removeprefix("#") if i == 0 else cell for i, cell in enumerate(named))
    if _all_data(rows[place]):
        columns, skip = [f"column {i}" for i in range(1, len(rows[place]) + 1)], place
    lead = _lead(row for row in rows[:skip] if row and row[0].startswith("#"))
    return Dialect(encoding, delimiter, columns, skip, lead, text.twice_encoded(raw))


def _tabular(lines: list[str], delimiter: str) -> bool:
    widths = [len(row) for row in csv.reader([line for line in lines if line.strip()][:_LOOK], delimiter=delimiter)]
    width, times = Counter(widths).most_common(1)[0] if widths else (0, 0)
    return len(widths) < 3 or (times > 0.5 * len(widths) and (width > 1 or max(map(len, lines)) < 200))


def _is_header(line: str) -> bool:
    return line.strip('" ').startswith("#property") and "context" not in line.split(",")[0]


def _delimiter(lines: list[str]) -> str:
    def evenness(mark: str) -> tuple[float, int]:
        widths = [len(row) for row in csv.reader(lines, delimiter=mark) if row]
        width, times = Counter(widths).most_common(1)[0] if widths else (1, 0)
        return (times / max(len(widths), 1) if width > 1 else 0.0, width)

    return max(_DELIMITERS, key=lambda mark: (evenness(mark)[0] > 0.6, *evenness(mark)[::-1]))


def headings(rows: list[list[str]]) -> tuple[int, int]:
    """The first and the last of the rows that hold the headings: two where cells above are joined over those below."""
    place = header(rows)
    upper, lower = rows[place], rows[place + 1] if place + 1 < len(rows) else []
    further = rows[place + 2] if place + 2 < len(rows) else []
    gaps = [i for i, cell in enumerate(upper) if not cell.strip() and i < len(lower) and lower[i].strip()]
    open_below = any(cell.strip() and (i >= len(lower) or not lower[i].strip()) for i, cell in enumerate(upper))
    fuller = sum(map(bool, further)) > sum(map(bool, lower))
    under = bool(gaps) and open_below and fuller and _texts([cell for cell in lower if cell.strip()])
    return place, place + 1 if under else place


def joined(rows: list[list[str]]) -> list[str]:
    """Headings of one row or of two: the lower names a column, with the upper before it where it stands twice."""
    if len(rows) == 1:
        return list(rows[0])
    width = max(map(len, rows))
    upper, lower = ([cell.strip() for cell in row] + [""] * (width - len(row)) for row in rows)
    twice = {cell for cell in lower if lower.count(cell) > 1}
    made, above = [], ""
    for top, bottom in zip(upper, lower, strict=True):
        above = top or above
        made.append((f"{above} {bottom}" if bottom in twice else bottom) if bottom else top)
    return made


def _usual(counts: Iterable[int]) -> int:
    """The most frequent of the counts above nought, 0 for none."""
    return max(Counter(count for count in counts if count).most_common(1), default=(0, 0))[0]


def header(rows: list[list[str]]) -> int:
    """Which of the first rows holds the headings."""
    for place, row in enumerate(rows):
        if row and row[0].strip() == "#property":
            return place
    filled = [sum(bool(cell.strip()) for cell in row) for row in rows]
    width = Counter(count for count in filled if count).most_common(1)[0][0] if any(filled) else 0
    candidates = [i for i, count in enumerate(filled[:30]) if count >= 0.6 * width and not _all_data(rows[i])]
    if not candidates:
        return 0
    cells = _usual(map(len, rows))
    whole = [i for i in candidates if len(rows[i]) >= cells and _texts([c for c in rows[i] if c.strip()])]
    first = whole[0] if whole and len(rows[candidates[0]]) < cells else candidates[0]
    following = rows[first + 1] if first + 1 < len(rows) else []
    if first + 1 in candidates and len(set(following)) > 1.5 * len(set(rows[first])) and _texts(following):
        return first + 1
    return first


def _all_data(row: list[str]) -> bool:
    filled = [cell.strip() for cell in row if cell.strip()]
    return bool(filled) and sum(_NUMBER.fullmatch(cell) is not None for cell in filled) > 0.5 * len(filled)


def _texts(row: list[str]) -> bool:
    return not any(_NUMBER.fullmatch(cell.strip()) for cell in row)


def _lead(rows: Any) -> dict[str, str]:
    lead = {}
    for row in rows:
        key = _LEADS.get(row[0].strip("# ").casefold())
        if key and len(row) > 1 and row[1].strip():
            value = row[1].strip()
            lead[key] = value.rstrip("/").rsplit("/", 1)[-1].replace("_", " ") if key == "title" else value
    return lead


def _read(path: Path, dialect: Dialect, refused: list[Refused]) -> Iterator[Batch]:
    bad: list[int] = []

    def pass_over(row: pacsv.InvalidRow) -> str:
        number = row.number or 0
        bad.append(number)
        what = f"The row has {row.actual_columns} cells, the heading {row.expected_columns}."
        if (row.text or "").count('"') % 2 or "\n" in (row.text or ""):
            what = "A quotation mark opens in this row and the lines after it are lost in it: close it or remove it."
        refused.append(Refused(number, "", (row.text or "")[:80], what))
        return "skip"

    stream: Any = text.open_plain(path)
    if dialect.encoding not in ("utf-8", "utf-8-sig") or dialect.mend:
        stream = io.BufferedReader(cast(io.RawIOBase, text.AsUtf8(cast(BinaryIO, stream), dialect.encoding)), _BLOCK)
    names = dialect.columns
    try:
        reader = pacsv.open_csv(
            stream,
            read_options=pacsv.ReadOptions(
                use_threads=False, block_size=_BLOCK, skip_rows=dialect.skip, column_names=names
            ),
            parse_options=pacsv.ParseOptions(
                delimiter=dialect.delimiter, newlines_in_values=True, invalid_row_handler=pass_over
            ),
            convert_options=pacsv.ConvertOptions(
                column_types={name: pa.string() for name in names}, strings_can_be_null=False
            ),
        )
        row = dialect.skip
        for batch in reader:
            rows = _numbers(row, batch.num_rows, bad)
            row = rows[-1] if rows else row
            yield Batch(_cleaned(pa.Table.from_batches([batch])), rows)
    except pa.ArrowInvalid as error:
        if "straddling" in str(error):
            raise BadInput(
                "A line is longer than 4 MB.", where=path.name, hint="Is it a table? Break the line."
            ) from error
        if "Empty CSV" not in str(error) and "Could not skip" not in str(error):
            raise BadInput("The table cannot be read further.", where=path.name, hint=str(error)[:200]) from error
    except text.BROKEN as error:
        raise text.damaged(path) from error
    finally:
        stream.close()


def _numbers(last: int, count: int, bad: list[int]) -> list[int]:
    skipped = set(bad)
    rows: list[int] = []
    while len(rows) < count:
        last += 1
        if last not in skipped:
            rows.append(last)
    return rows


def _cleaned(table: pa.Table) -> pa.Table:
    def clean(column: pa.ChunkedArray) -> pa.ChunkedArray:
        trimmed = pc.utf8_trim_whitespace(column)
        return pc.if_else(pc.equal(trimmed, ""), None, trimmed)

    return pa.table({name: clean(table[name]) for name in table.column_names})

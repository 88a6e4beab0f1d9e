"""The company's own file of who was where, and a file of where places are; neither leaves the machine."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv

from noren.errors import BadInput

COLUMNS = ("person", "cell", "time")


def visits(file: Path, zone: str) -> tuple[pa.Table, int]:
    """Rows of person, cell and time from a CSV with these headings, and how many could not be used (something missing,
    a time that is none). Times without a zone are the city's. Raises `BadInput` for a file that is no such table."""
    table = _read(file, COLUMNS)
    time = _moments(table["time"], zone)
    whole = table.set_column(table.column_names.index("time"), "time", time)
    kept = whole.filter(pc.and_(pc.and_(_filled(whole["person"]), _filled(whole["cell"])), pc.is_valid(time)))
    return kept, table.num_rows - kept.num_rows


def places(file: Path) -> dict[str, tuple[float, float]]:
    """Longitude and latitude by cell, from a CSV with the headings cell, lon and lat."""
    table = _read(file, ("cell", "lon", "lat"))
    try:
        return {row["cell"]: (float(row["lon"]), float(row["lat"])) for row in table.to_pylist()}
    except ValueError as error:
        raise BadInput(f"A place is not given in degrees: {error}.", where=str(file)) from error


def _read(file: Path, names: tuple[str, ...]) -> pa.Table:
    options = csv.ConvertOptions(
        include_columns=list(names), column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=True
    )
    try:
        return csv.read_csv(file, convert_options=options)
    except (pa.ArrowInvalid, pa.ArrowKeyError, KeyError, OSError) as error:
        hint = f"It needs the headings {', '.join(names)}."
        raise BadInput(f"The file is no such table: {error}.", where=str(file), hint=hint) from error


def _filled(column: pa.ChunkedArray) -> pa.ChunkedArray:
    return pc.fill_null(pc.not_equal(pc.utf8_trim_whitespace(column), ""), False)


def _moments(column: pa.ChunkedArray, zone: str) -> pa.Array:
    """Times in UTC; null for what is none."""
    encoded = column.combine_chunks().dictionary_encode()
    here = ZoneInfo(zone)
    moments = [_moment(text, here) for text in encoded.dictionary.to_pylist()]
    return pa.array(moments, pa.timestamp("s", "UTC")).take(encoded.indices)


def _moment(text: str, here: ZoneInfo) -> datetime | None:
    try:
        found = datetime.fromisoformat(text.strip())
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=here)

"""Every table in one shape: named columns of text in batches, with the row numbers of the file."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from typing import Any, Literal

import msgspec
import pyarrow as pa

BATCH = 5_000
GEOMETRY = "geometry"
"""Column that holds GeoJSON geometries as text, longitude before latitude."""


class Refused(msgspec.Struct, frozen=True):
    """A row or cell that was not kept as it stands: where, what is wrong with it, how to mend it.

    `fate`: the whole row was left out, the cell alone was, or it was mended and kept.
    """

    row: int
    field: str
    value: str
    what: str
    fate: Literal["row", "cell", "mended"] = "row"


class Batch(msgspec.Struct):
    """Rows of a table as text (None: empty); `rows[i]` is the number in the file of the i-th."""

    table: pa.Table
    rows: list[int]


class Source(msgspec.Struct):
    """A table that can be read again and again. `lead` holds what the file says of itself (title, licence, …)."""

    name: str
    columns: list[str]
    open: Callable[[list[Refused]], Iterator[Batch]]
    format: str
    lead: dict[str, str] = {}
    labels: dict[str, str] = {}

    def sample(self, most: int = 2_000) -> pa.Table:
        """The first rows; bad ones are passed over."""
        batch = next(self.open([]), None)
        return batch.table.slice(0, most) if batch else empty(self.columns)


def empty(columns: Sequence[str]) -> pa.Table:
    """A table of no rows."""
    return pa.table({name: pa.array([], pa.string()) for name in columns})


def unique(columns: Iterable[Any]) -> list[str]:
    """Headings without doubles and blanks.

    >>> unique(["a", "", "a"])
    ['a', 'column 2', 'a 2']
    """
    seen: dict[str, int] = {}
    names = []
    for place, column in enumerate(columns, 1):
        name = str(column if column is not None else "").strip() or f"column {place}"
        seen[name] = seen.get(name, 0) + 1
        names.append(name if seen[name] == 1 else f"{name} {seen[name]}")
    return names


def text(value: Any) -> str | None:
    """A cell as text; None for an empty one, whole numbers without a point, lists and objects as JSON."""
    if value is None or value == "" or value != value:
        return None
    if isinstance(value, str):
        return value.strip() or None
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    if isinstance(value, dict | list):
        return msgspec.json.encode(value).decode()
    return str(value)


def batches(columns: Sequence[str], rows: Iterable[tuple[int, Sequence[Any]]]) -> Iterator[Batch]:
    """Numbered rows of any values as batches of text; a short row is filled up, a long one cut."""
    width, walk = len(columns), iter(rows)
    while part := list(islice(walk, BATCH)):
        cells = [[text(row[i]) if i < len(row) else None for _, row in part] for i in range(width)]
        arrays = [pa.array(column, pa.string()) for column in cells]
        yield Batch(pa.Table.from_arrays(arrays, names=list(columns)), [number for number, _ in part])


def records(name: str, rows: Sequence[dict[str, Any]], form: str, first_row: int = 1) -> Source:
    """A list of objects as a table; its columns are all keys in order of appearance."""
    columns = list(dict.fromkeys(key for row in rows for key in row))

    def read(refused: list[Refused]) -> Iterator[Batch]:
        return batches(columns, ((first_row + i, [row.get(c) for c in columns]) for i, row in enumerate(rows)))

    return Source(name, columns, read, form)

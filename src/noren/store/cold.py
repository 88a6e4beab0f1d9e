"""Cold history on disk: a folder a type, in it one Parquet file a month and the parts not yet merged into it.

`2024-05.parquet` holds the month, merged and sorted; `2024-05.000007.parquet` is a part that came later. A file
appears by rename after fsync, so that a crash leaves the old or the new one, never half of one; parts that a
crash leaves beside the file they were merged into are merged again, which changes nothing.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Condition

import msgspec
import pyarrow as pa
import pyarrow.parquet as pq

from noren.errors import Unavailable

ROW_GROUP = 122_880
"""Rows; a multiple of DuckDB's vector, and about one sensor-month of readings every 20 s."""
MANY_PARTS = 8
_NAME = re.compile(r"(\d{4}-\d{2})(?:\.(\d+))?\.parquet")


class Month(msgspec.Struct):
    """The files of one month: `whole` is merged and sorted, `parts` came later, oldest first."""

    label: str
    whole: Path | None
    parts: list[Path]

    @property
    def due(self) -> bool:
        """Whether merging pays: many parts, or parts no longer small beside the whole."""
        if not self.parts:
            return False
        size = sum(part.stat().st_size for part in self.parts)
        whole = self.whole.stat().st_size if self.whole else 0
        return len(self.parts) >= MANY_PARTS or size * 4 > whole


class Shelf:
    """The folder of one set of types."""

    def __init__(self, root: Path, types: tuple[str, ...]) -> None:
        self.folder = root / shelf_name(types)

    def months(self, first: str = "0000-00", last: str = "9999-99") -> list[Month]:
        """What lies there between two months, both included."""
        found: dict[str, Month] = {}
        for file in sorted(self.folder.iterdir()) if self.folder.is_dir() else ():
            named = _NAME.fullmatch(file.name)
            if not named or not first <= named[1] <= last:
                continue
            month = found.setdefault(named[1], Month(named[1], None, []))
            if named[2]:
                month.parts.append(file)
            else:
                month.whole = file
        return list(found.values())

    def next_file(self, label: str) -> Path:
        """Where rows of this month go: the whole if there is none, else a new part."""
        there = self.months(label, label)
        if not there:
            return self.folder / f"{label}.parquet"
        numbers = [int(file.name.split(".")[1]) for file in there[0].parts]
        return self.folder / f"{label}.{max(numbers, default=0) + 1:06}.parquet"


def shelf_name(types: tuple[str, ...]) -> str:
    """A folder name that people can read and no two sets of types share.

    >>> shelf_name(("https://example.org/WaterObserved",))
    'WaterObserved-79aba2d0'
    """
    words = "+".join(re.split(r"[/#:]", type)[-1] for type in types)
    readable = re.sub(r"[^A-Za-z0-9_.+-]", "_", words)[:80]
    digest = hashlib.blake2b("\n".join(types).encode(), digest_size=4).hexdigest()
    return f"{readable}-{digest}"


def write_table(rows: pa.Table, file: Path) -> None:
    """Write sorted rows so that `file` is whole or absent whenever the power goes."""
    with replaced(file) as temporary:
        pq.write_table(rows, temporary, compression="zstd", row_group_size=ROW_GROUP)


@contextmanager
def replaced(file: Path) -> Iterator[Path]:
    """A temporary path to write to, moved to `file` after fsync; removed, with `Unavailable`, when that fails."""
    temporary = file.with_suffix(".tmp")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        yield temporary
        _sync(temporary)
        temporary.replace(file)
        _sync(file.parent)
    except OSError as error:
        temporary.unlink(missing_ok=True)
        raise Unavailable(
            f"History cannot be written ({error}).", where=str(file.parent), hint="Check rights and free space."
        ) from error


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def sweep(root: Path) -> None:
    """Remove what a crash left half written."""
    for file in root.glob("*/*.tmp"):
        file.unlink()


class FileLock:
    """Many readers, or one that takes files away. Readers are never kept waiting by writing, only by the swap."""

    def __init__(self) -> None:
        self._condition = Condition()
        self._readers = 0

    @contextmanager
    def reading(self) -> Iterator[None]:
        """Files that were listed stay where they are."""
        with self._condition:
            self._readers += 1
        try:
            yield
        finally:
            with self._condition:
                self._readers -= 1
                self._condition.notify_all()

    @contextmanager
    def swapping(self) -> Iterator[None]:
        """Nobody reads."""
        with self._condition:
            self._condition.wait_for(lambda: self._readers == 0)
            yield

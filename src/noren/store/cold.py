"""Cold history on disk: a folder a type, in it a few Parquet files a month, each sorted by entity, attribute and time.

`2024-05.parquet`, `2024-05.000003.parquet` are segments: no instance stands in two of them. In
`2024-05.000004.late.parquet` stand corrections, instances that a segment or an older correction has too. A file
appears by rename after fsync, so that a crash leaves the old or the new one, never half of one; a merge that a crash
broke off is finished at the start. No name is used twice.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Condition

import duckdb
import msgspec

from noren.errors import Unavailable

ROW_GROUP = 61_440
"""Rows that are read together: small enough for one sensor's series, large enough for a scan of all."""
MANY = 8
"""Files of one kind and size that are merged."""
SMALL = 64 * 1024
_NAME = re.compile(r"(\d{4}-\d{2})(?:\.(\d+))?(\.late)?\.parquet")
_JOURNAL = "merge.json"


class Month(msgspec.Struct):
    """The files of one month, the oldest first."""

    label: str
    segments: list[Path]
    late: list[Path]

    @property
    def files(self) -> list[Path]:
        """All of them, corrections last."""
        return [*self.segments, *self.late]

    def due(self) -> list[Path]:
        """Files that should become one, each byte being written again only a few times in its life: everything when
        corrections are no longer few, else many corrections, else many segments of about one size."""
        sizes = {file: file.stat().st_size for file in self.files}
        if sum(sizes[file] for file in self.late) * 4 > sum(sizes.values()):
            return self.files
        if len(self.late) >= MANY:
            return self.late
        tiers: dict[int, list[Path]] = {}
        for file in self.segments:
            tiers.setdefault(max(sizes[file] // SMALL, 1).bit_length() // 2, []).append(file)
        return next((files for _, files in sorted(tiers.items()) if len(files) >= MANY), [])


class Shelf:
    """The folder of one set of types."""

    def __init__(self, root: Path, types: tuple[str, ...]) -> None:
        self.folder = root / shelf_name(types)

    def months(self, first: str = "0000-00", last: str = "9999-99") -> list[Month]:
        """What lies there between two months, both included."""
        found: dict[str, Month] = {}
        for file in sorted(self.folder.iterdir(), key=_age) if self.folder.is_dir() else ():
            named = _NAME.fullmatch(file.name)
            if not named or not first <= named[1] <= last:
                continue
            month = found.setdefault(named[1], Month(named[1], [], []))
            (month.late if named[3] else month.segments).append(file)
        return list(found.values())

    def month(self, label: str) -> Month:
        """One month, empty when nothing lies there."""
        return next(iter(self.months(label, label)), Month(label, [], []))

    def next_file(self, month: Month, late: bool) -> Path:
        """Where further rows of this month go."""
        if not month.files:
            return self.folder / f"{month.label}.parquet"
        number = 1 + max(_age(file)[1] for file in month.files)
        return self.folder / f"{month.label}.{number:06}{'.late' if late else ''}.parquet"

    def replace(self, merged: Path, files: list[Path]) -> None:
        """Put `merged` in the place of `files`, wholly or not at all. Its number is a new one: whoever remembers what
        is in a file would not see that another one of that name was written within the same second."""
        named = _NAME.fullmatch(files[0].name)
        into = self.next_file(self.month(named[1] if named else ""), late=is_late(files[0]))
        journal = {"from": merged.name, "into": into.name, "gone": [file.name for file in files]}
        with replaced(self.folder / _JOURNAL) as temporary:
            temporary.write_bytes(msgspec.json.encode(journal))
        _finish(self.folder)


def _finish(folder: Path) -> None:
    """Carry out the merge in the journal; every step may have been done before."""
    journal = msgspec.json.decode((folder / _JOURNAL).read_bytes())
    merged = folder / journal["from"]
    if merged.exists():
        merged.replace(folder / journal["into"])
    for name in journal["gone"]:
        (folder / name).unlink(missing_ok=True)
    sync(folder)
    (folder / _JOURNAL).unlink()


def is_late(file: Path) -> bool:
    """Whether the file holds corrections."""
    return file.name.endswith(".late.parquet")


def _age(file: Path) -> tuple[str, int]:
    named = _NAME.fullmatch(file.name)
    return (named[1], int(named[2] or 0)) if named else ("", 0)


def shelf_name(types: tuple[str, ...]) -> str:
    """A folder name that people can read and no two sets of types share.

    >>> shelf_name(("https://example.org/WaterObserved",))
    'WaterObserved-4160af15'
    """
    words = "+".join(re.split(r"[/#:]", type)[-1] for type in types)
    readable = re.sub(r"[^A-Za-z0-9_.+-]", "_", words)[:80]
    digest = hashlib.blake2b("\n".join(types).encode(), digest_size=4).hexdigest()
    return f"{readable}-{digest}"


@contextmanager
def replaced(file: Path) -> Iterator[Path]:
    """A temporary path to write to, moved to `file` after fsync; removed, with `Unavailable`, when that fails."""
    temporary = file.with_name(file.name + ".tmp")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        yield temporary
        sync(temporary)
        temporary.replace(file)
        sync(file.parent)
    except (OSError, duckdb.Error) as error:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)
        raise Unavailable(
            f"History cannot be written ({error}).", where=str(file.parent), hint="Check rights and free space."
        ) from error


def sync(path: Path) -> None:
    """Bring a file, or the names in a folder, to the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def recover(root: Path) -> None:
    """Finish or remove what a crash left half done."""
    for journal in root.glob(f"*/{_JOURNAL}"):
        _finish(journal.parent)
    for pattern in ("*/*.tmp", "*/*.merged"):
        for file in root.glob(pattern):
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

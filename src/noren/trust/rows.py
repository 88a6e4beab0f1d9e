"""Tables that must survive a power cut and belong to no engine: what the city was allowed, and by whom (`trust.db`)."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from noren.errors import BadInput, Unavailable


def open_rows(file: Path, tables: str) -> sqlite3.Connection:
    """The file with these tables, made when it is new, for its owner's eyes only. Each statement outside a transaction
    (`changing`) is durable on return, and seen at once by every process that has the file open.

    Raises `BadInput` when others may read the file, `Unavailable` when it cannot be opened.
    """
    file.parent.mkdir(parents=True, exist_ok=True)
    if not file.exists():
        os.close(os.open(file, os.O_CREAT | os.O_RDWR, 0o600))
    elif file.stat().st_mode & 0o077:
        raise BadInput("Others may read what residents allowed.", where=str(file), hint=f"Run: chmod 600 {file}")
    try:
        db = sqlite3.connect(file, check_same_thread=False, isolation_level=None, timeout=10)
        db.executescript("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA secure_delete=ON;" + tables)
    except sqlite3.Error as error:
        raise Unavailable(f"The file cannot be opened ({error}).", where=str(file)) from error
    return db


@contextmanager
def changing(db: sqlite3.Connection) -> Iterator[None]:
    """What is done inside is done as a whole, durably, or not at all, and nobody else writes meanwhile; raises
    `Unavailable` when the disk refuses."""
    try:
        with db:
            db.execute("BEGIN IMMEDIATE")
            yield
    except sqlite3.OperationalError as error:
        raise Unavailable(
            f"What residents allowed, and the book of it, cannot be written ({error}): nothing personal leaves.",
            hint="Is the disk full? Make space and do it again.",
        ) from error

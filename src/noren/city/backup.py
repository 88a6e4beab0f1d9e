"""A copy of everything in a city's folder but its keys, made while it runs or not.

What changes while it is copied still comes out whole: databases are copied as they stood at one moment, history files
until their folder stood still meanwhile. Databases come first: what moves from the change log into history during the
copy is then there twice, which reads as once. Of the ledger the journal is enough, tiles are made again from it.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import sqlite3
import time
from collections.abc import Callable, Iterable
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from noren.city import config as configuration
from noren.errors import BadInput, Conflict, Unavailable
from noren.store.cold import sync
from noren.store.schema import connect

DATA, LIST, MANIFEST = "data", "erasures", "backup.json"
FORMAT = 1
JOURNAL, SHOWN = f"{DATA}/ledger/journal.db", f"{DATA}/ledger/checkpoint"
_SECRET = re.compile(r".*\.key(\..+)?|keys\.db.*|ledger\.signed(\..+)?")
_PASSING = ("-wal", "-shm", "-journal", ".tmp", ".new", "lock.db")
_PRIVATE = (b"PRIVATE+KEY+", b"noren-root:", b"-----BEGIN PRIVATE KEY", b"-----BEGIN ENCRYPTED PRIVATE KEY")
_TRIES = 50
_PAGES = 1024

Tell = Callable[[str, float], None]


class Manifest(msgspec.Struct):
    """What a backup holds: size and SHA-256 of each file, by its path. Written last: without it there is no backup."""

    noren: str
    format: int
    city: str
    made: str
    files: dict[str, tuple[int, str]]


def is_secret(file: Path, root_key: Path) -> bool:
    """Whether a file belongs to the keys and not to the data."""
    return bool(_SECRET.fullmatch(file.name)) or file.resolve() == root_key.resolve()


def backup(folder: Path, into: Path, tell: Tell = lambda path, share: None) -> Manifest:
    """Copy a city's folder into a new folder `into`, without anything secret; the city may be running. `tell` hears
    which file is next and what share is done.

    Raises `BadInput` when `into` is there already or lies in the city's folder, `Conflict` when a private key lies
    under another name, `Unavailable` when the disk refuses; nothing is left then.
    """
    config = configuration.read(folder)
    if into.exists():
        raise BadInput("There is something there already.", where=str(into), hint="Name a folder that is not there.")
    if into.absolute().resolve().is_relative_to(folder.resolve()):
        raise BadInput("A backup does not belong into the city's folder.", where=str(into), hint="Name another place.")
    part = into.with_name(into.name + ".part")
    shutil.rmtree(part, ignore_errors=True)
    try:
        manifest = _Copy(folder, part, config.root_key(folder), tell).made(config.slug)
        part.replace(into)
        sync(into.parent)
    except (OSError, sqlite3.OperationalError) as error:
        shutil.rmtree(part, ignore_errors=True)
        raise Unavailable(
            f"The backup cannot be written ({error}).", where=str(into), hint="Check rights and free space."
        ) from error
    except BaseException:
        shutil.rmtree(part, ignore_errors=True)
        raise
    return manifest


class _Copy:
    """One backup on its way."""

    def __init__(self, source: Path, target: Path, root_key: Path, tell: Tell) -> None:
        self._source, self._target, self._root_key, self._tell = source, target, root_key, tell
        self._all = max(1, sum(file.stat().st_size for file in self._files()))
        self._done = 0

    def made(self, city: str) -> Manifest:
        """Copy everything, in the order in which it fits together."""
        self._target.mkdir(parents=True, mode=0o700)
        if (self._source / SHOWN).is_file():  # before the journal: what is shown may not be ahead of it
            self._copy(SHOWN)
        databases = [str(file.relative_to(self._source)) for file in self._files() if _is_database(file)]
        for path in sorted(databases, key=lambda path: (path == JOURNAL, path)):  # the book before its ledger
            self._database(path)
        folders = {file.parent.relative_to(self._source) for file in self._files()} | {Path(DATA)}
        for each in sorted(folders, key=lambda each: (each == Path(DATA), each)):  # the list of erasures last
            self._folder(each)
        return self._listed(city)

    def _files(self) -> Iterable[Path]:
        """What belongs to a backup, as it lies there now."""
        return filter(self._belongs, sorted(self._source.rglob("*")))

    def _belongs(self, file: Path) -> bool:
        inner = file.relative_to(self._source)
        derived = inner.is_relative_to(f"{DATA}/ledger") and str(inner) not in (JOURNAL, SHOWN)
        return file.is_file() and not (derived or file.name.endswith(_PASSING) or is_secret(file, self._root_key))

    def _database(self, path: str) -> None:
        target = self._target / path
        target.parent.mkdir(parents=True, exist_ok=True)
        with closing(connect(self._source / path, read_only=True)) as source, closing(sqlite3.connect(target)) as copy:
            source.execute("BEGIN")
            source.execute("SELECT count(*) FROM sqlite_master")  # from here on it stands still for us
            source.backup(copy, pages=_PAGES, progress=lambda _, left, whole: self._say(path, 1 - left / max(1, whole)))
            source.execute("COMMIT")
            copy.execute("PRAGMA journal_mode=DELETE")  # so that it can be read where nothing can be written
        shutil.copymode(self._source / path, target)
        self._done += target.stat().st_size

    def _folder(self, inner: Path) -> None:
        """The files of one folder as they stood together: again, until none changed meanwhile."""
        copied: dict[str, tuple[int, ...]] = {}
        for _ in range(_TRIES):
            seen = {
                f.name: _stamp(f) for f in self._files() if f.parent == self._source / inner and not _is_database(f)
            }
            if seen == copied:
                return
            for name in copied.keys() - seen.keys():
                (self._target / inner / name).unlink(missing_ok=True)
            for name in (name for name in seen if seen[name] != copied.get(name)):
                self._copy(str(inner / name))
            copied = seen
        raise Unavailable("A folder changes all the time.", where=str(self._source / inner), hint="Try again later.")

    def _copy(self, path: str) -> None:
        source, target = self._source / path, self._target / path
        target.parent.mkdir(parents=True, exist_ok=True)
        try:
            with source.open("rb") as content:
                if content.read(64).lstrip().startswith(_PRIVATE):
                    raise Conflict(
                        "A private key lies among the data.",
                        where=str(source),
                        hint="Move it, or let its name end in .key: keys and data never lie in one backup.",
                    )
                content.seek(0)
                with target.open("wb") as copy:
                    shutil.copyfileobj(content, copy, 1024 * 1024)
                    copy.flush()
                    os.fsync(copy.fileno())
            shutil.copymode(source, target)
        except FileNotFoundError:  # it went meanwhile; whoever listed it looks again
            return
        self._done += target.stat().st_size
        self._say(path, 0.0)

    def _say(self, path: str, share: float) -> None:
        size = (self._source / path).stat().st_size if share else 0
        self._tell(path, min(1.0, (self._done + share * size) / self._all))

    def _listed(self, city: str) -> Manifest:
        made = datetime.fromtimestamp(time.time(), UTC).isoformat(timespec="seconds")
        files = {str(f.relative_to(self._target)): file_sum(f) for f in sorted(self._target.rglob("*")) if f.is_file()}
        manifest = Manifest("data backup", FORMAT, city, made, files)
        with (self._target / MANIFEST).open("wb") as out:
            out.write(msgspec.json.format(msgspec.json.encode(manifest)))
            out.flush()
            os.fsync(out.fileno())
        for each in [self._target, *(each for each in self._target.rglob("*") if each.is_dir())]:
            sync(each)
        return manifest


def _is_database(file: Path) -> bool:
    if file.suffix != ".db":
        return False
    with file.open("rb") as content:
        return content.read(16) == b"SQLite format 3\0"


def _stamp(file: Path) -> tuple[int, ...]:
    try:
        found = file.stat()
    except FileNotFoundError:
        return ()
    return found.st_ino, found.st_size, found.st_mtime_ns


def file_sum(file: Path) -> tuple[int, str]:
    """Size and SHA-256 of a file."""
    with file.open("rb") as content:
        return file.stat().st_size, hashlib.file_digest(content, "sha256").hexdigest()

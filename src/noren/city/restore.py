"""A backup of the data, put back. What was erased or ended since stays so, and a ledger is never put back to less."""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Literal

import msgspec

from noren.city import config as configuration
from noren.city.backup import DATA, FORMAT, JOURNAL, LIST, MANIFEST, Manifest, Tell, file_sum, is_secret
from noren.errors import BadInput, Conflict, NorenError, Unavailable
from noren.store.cold import sync
from noren.store.schema import connect, hold
from noren.trust.vault import Vault
from noren.trust.vault.erasures import Erasures, read

MARK = "restoring"


class PutBack(msgspec.Struct):
    """What a restore did. `ledger`: the one that stood is as long as the backup's and was kept, or the backup's was
    taken; `missing`: entries that were signed for and are in neither."""

    made: str
    files: int
    ledger: Literal["kept", "restored", "none"]
    missing: int = 0


def restore(backup: Path, folder: Path, *, replace: bool = False, tell: Tell = lambda path, share: None) -> PutBack:
    """Put a backup's data into a city that is not running. What was erased since, there or here, is destroyed first;
    what was withdrawn, struck off or stopped since stands in the same list, and ends again when the city opens. Keys
    stay as they are, so do settings, policies and mappings that lie there, and a ledger that is as long as the
    backup's: it is never put back. A restore that is broken off is begun again; until then the city does not open.

    Raises `BadInput` for a backup that is damaged or unfinished, `Conflict` when the city is running, is another one,
    or has data (unless `replace`), `Unavailable` when the disk refuses.
    """
    manifest = _verified(backup, tell)
    data = folder / DATA
    if (folder / configuration.FILE).exists() and (slug := configuration.read(folder).slug) != manifest.city:
        raise Conflict(f"This is a backup of {manifest.city}, not of {slug}.", where=str(backup))
    if (data / "state.db").exists() and not replace and not (data / MARK).exists():
        raise Conflict("There is data here already.", where=str(data), hint="To put the backup in its place: --replace")
    with claimed(data), _said(data):
        root_key = configuration.read(folder if (folder / configuration.FILE).exists() else backup).root_key(folder)
        _erase_first(backup, data, root_key)
        (data / MARK).touch()
        sync(data)
        entries = _length(folder / JOURNAL), _length(backup / JOURNAL)
        kept = entries[0] >= max(entries[1], 0)
        _clear(folder, root_key, keep_ledger=kept)
        for path in manifest.files:
            if not _stays(folder, path, keep_ledger=kept):
                _place(backup / path, folder / path)
        for each in {(folder / path).parent for path in manifest.files}:
            sync(each)
        (data / MARK).unlink()
        sync(data)
    missing = max(0, _signed(folder / DATA / "ledger.signed") - max(*entries, 0))
    return PutBack(manifest.made, len(manifest.files), "kept" if kept else _taken(entries[1]), missing)


def check_whole(folder: Path) -> None:
    """Raise `Conflict` when a restore into the folder was broken off."""
    if (folder / DATA / MARK).exists():
        raise Conflict(
            "A restore was broken off.",
            where=str(folder / DATA),
            hint="Do it again: noren restore BACKUP --city FOLDER",
        )


@contextmanager
def claimed(data: Path) -> Iterator[None]:
    """The data is ours alone; raises `Conflict` while the city is running."""
    data.mkdir(parents=True, exist_ok=True)
    held = [hold(data)]
    try:
        if (data / "ledger").is_dir():
            held.append(hold(data / "ledger"))
        yield
    finally:
        for each in held:
            each.close()


def _verified(backup: Path, tell: Tell) -> Manifest:
    try:
        manifest = msgspec.json.decode((backup / MANIFEST).read_bytes(), type=Manifest)
    except (OSError, msgspec.DecodeError) as error:
        raise BadInput(
            "This is no finished backup of data.", where=str(backup), hint="Name a folder that noren backup made."
        ) from error
    if manifest.noren != "data backup" or manifest.format != FORMAT:
        raise BadInput(f"This backup has format {manifest.format}, not {FORMAT}.", where=str(backup))
    for number, (path, (size, digest)) in enumerate(manifest.files.items()):
        tell(path, number / len(manifest.files))
        file = backup / path
        if not file.resolve().is_relative_to(backup.resolve()) or is_secret(file, backup / ""):
            raise BadInput("This file does not belong into a backup.", where=path)
        if not file.is_file() or file_sum(file) != (size, digest):
            raise BadInput("This file of the backup is damaged.", where=str(file), hint="Take another backup.")
    return manifest


def _erase_first(backup: Path, data: Path, root_key: Path) -> None:
    """Both lists become one, and what it names is destroyed, before a single byte of old data is there."""
    Erasures(data / LIST).join(read(backup / DATA / LIST))
    if (data / "keys.db").exists():
        Vault(data / "keys.db", root=root_key, erasures=data / LIST).close()


def _clear(folder: Path, root_key: Path, *, keep_ledger: bool) -> None:
    """Take away what the backup takes the place of."""
    data = folder / DATA
    for file in [each for each in data.rglob("*") if not each.is_dir()]:
        path = str(file.relative_to(folder))
        ledger = path.startswith(f"{DATA}/ledger/")
        own = file.parent == data and file.name in (LIST, MARK)
        if not (own or file.name == "lock.db" or is_secret(file, root_key) or (ledger and keep_ledger)):
            file.unlink()


def _stays(folder: Path, path: str, *, keep_ledger: bool) -> bool:
    if path.startswith(f"{DATA}/ledger/"):
        return keep_ledger
    if path == f"{DATA}/{LIST}":
        return True
    return not path.startswith(f"{DATA}/") and (folder / path).exists()


def _place(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    with source.open("rb") as content, target.open("wb") as copy:
        shutil.copyfileobj(content, copy, 1024 * 1024)
        copy.flush()
        os.fsync(copy.fileno())
    shutil.copymode(source, target)


def _length(journal: Path) -> int:
    """Entries of a ledger's journal; -1 when it is not there or cannot be read."""
    if not journal.exists():
        return -1
    try:
        with closing(connect(journal, read_only=True)) as connection:
            return int(connection.execute("SELECT coalesce(max(num) + 1, 0) FROM entry").fetchone()[0])
    except (NorenError, sqlite3.DatabaseError):
        return -1


def _signed(memory: Path) -> int:
    """Entries that were signed for, as the ledger remembers it apart."""
    try:
        return int(memory.read_text("utf-8").splitlines()[1])
    except (OSError, ValueError, IndexError):
        return 0


def _taken(entries: int) -> Literal["restored", "none"]:
    return "restored" if entries >= 0 else "none"


@contextmanager
def _said(place: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise Unavailable(
            f"The data cannot be put back ({error.strerror}).",
            where=str(place),
            hint="Check rights and free space, then restore again.",
        ) from error

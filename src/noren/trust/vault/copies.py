"""Copies of the keys for bad days: made while the city runs, restored without bringing back anybody who was erased."""

from __future__ import annotations

import base64
import secrets
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec

from noren.errors import Conflict, NorenError, Unavailable
from noren.store.cold import sync
from noren.trust.tokens import write_secret
from noren.trust.vault import archive
from noren.trust.vault.erasures import Erasure, Erasures, read
from noren.trust.vault.keyfile import lines_of
from noren.trust.vault.keyring import Keyring
from noren.trust.vault.locks import Lock
from noren.trust.vault.root import coming
from noren.trust.vault.vault import Vault


class Restored(msgspec.Struct):
    """What was put back: keys, how many were left out because they are erased, other files, and until when erasures
    are known (empty: no list reaches beyond the backup)."""

    made: str
    keys: int
    erased: int
    files: list[str]
    until: str


def backup(vault: Vault, file: Path, lock: Lock, *, city: str, others: Mapping[str, bytes] | None = None) -> int:
    """Write every key, and `others` (small files by name), to a locked file; how many keys that are. First the list of
    erasures gets a mark, by which a restore sees that a list reaches beyond this backup. Raises `Unavailable`."""
    mark = secrets.token_hex(16)
    line = vault.erasures.mark(mark)
    vault.keys.destroy([line])
    count = [0]
    archive.write(file, city, line.at, lock, _rows(vault, mark, others or {}, count))
    return count[0]


def _rows(vault: Vault, mark: str, others: Mapping[str, bytes], count: list[int]) -> Iterator[Any]:
    yield "mark", mark
    for line in vault.keys.lines():
        yield "line", line
    for name, (kind, secret) in vault.keys.organisations().items():
        yield "organisation", name, kind, secret
    for hash, generation, organisation, key in vault.keys.rows():
        count[0] += key is not None
        yield "key", hash, generation, organisation, key
    for name, content in others.items():
        yield "file", name, content


def restore(
    file: Path,
    lock: Lock,
    place: Place,
    *,
    lists: Iterable[Path] = (),
    recorded: Iterable[bytes] = (),
    blind: bool = False,
    replace: bool = False,
) -> Restored:
    """Put the keys of a backup where they belong, without those that were erased since.

    What was erased is taken from the list that lies there, from further `lists`, from the key file that lies there and
    from the backup; all of it is in the list, durably, before any key is written. `recorded` are a ledger's statements
    of erasures: each must be in one of the lists. Other files are written where none of their name lies. `blind`: go
    on although no list reaches beyond the backup. `replace`: take the place of keys that can be read. Nobody else may
    have the files open. Raises `BadInput` for a backup that cannot be opened, `Conflict` when erasures may be missing
    or keys lie there, `Unavailable` when the disk refuses; the keys that lie there are untouched then.
    """
    about, statements = archive.head(file), set(recorded)
    if about.city != place.city:
        raise Conflict(f"This is a backup of another city ({about.city}).", where=str(file), hint="Name the right one.")
    if not replace and place.in_use():
        raise Conflict(
            "There are keys that can be read.",
            where=str(place.keys),
            hint="To put the backup in their place: --replace",
        )
    known, rows = Erasures(place.erasures), archive.read(file, lock)
    lines = {line for each in lists for line in read(each)} | set(lines_of(place.keys)) | set(known)
    reading = _Reading(next(rows)[1])
    reaches = _reaches(reading.mark, lines, statements, blind)
    known.join(sorted(lines, key=lambda line: line.at))
    place.clear()
    try:
        fresh = Keyring(place.fresh, place.fresh_root)
        try:
            fresh.fill(reading.kept(rows, known))
            fresh.destroy([line for line in known if line.statement() in statements], told=True)
            fresh.destroy(known)
        finally:
            fresh.close()
        place.put()
    finally:
        place.clear()
    written = place.write(reading.files)
    return Restored(about.made, reading.keys, reading.erased, written, _until(known) if reaches else "")


def _reaches(mark: str, lines: set[Erasure], statements: set[bytes], blind: bool) -> bool:
    """Whether the lists hold everything that was erased since the backup, as far as can be known; raises `Conflict`
    when they do not, unless one goes on blindly."""
    missing = len(statements - {line.statement() for line in lines})
    reaches = any(line.backup == mark for line in lines) and not missing
    if reaches or blind:
        return reaches
    what = f"The ledger knows of {missing} erasures that no list names" if missing else "No list reaches beyond it"
    raise Conflict(
        f"This backup could bring back people who were erased. {what}.",
        where="erasures",
        hint="Name the newest data backup with --erasures FOLDER. If there is none: --without-erasures-since",
    )


def _until(known: Erasures) -> str:
    return max((line.at for line in known), default="")


class Place:
    """Where the keys of a city lie: key file, root key, list of erasures, folder of other secrets."""

    def __init__(self, city: str, keys: Path, root: Path, erasures: Path) -> None:
        self.city, self.keys, self.root, self.erasures, self.files = city, keys, root, erasures, keys.parent
        self.fresh, self.fresh_root = (each.with_name(each.name + ".restored") for each in (keys, root))

    def in_use(self) -> bool:
        """Whether keys lie there that can be read."""
        if not (self.keys.exists() and self.root.exists()):
            return False
        try:
            standing = Keyring(self.keys, self.root)
        except NorenError:
            return False
        try:
            return standing.count()["keys"] > 0
        finally:
            standing.close()

    def put(self) -> None:
        """Let the restored files take their places. The root key comes to lie beside the old one first, as in a
        rotation: whenever the power fails, key file and one of the root keys belong together."""
        with self._said():
            self.fresh_root.replace(coming(self.root))
            sync(self.root.parent)
            self.keys.with_name(self.keys.name + "-journal").unlink(missing_ok=True)  # belongs to the old file
            self.fresh.replace(self.keys)
            sync(self.keys.parent)
        Keyring(self.keys, self.root).close()

    def write(self, others: Mapping[str, bytes]) -> list[str]:
        """Write other files where none of their name lies; which those are."""
        written = [name for name in others if not (self.files / name).exists()]
        with self._said():
            for name in written:
                write_secret(self.files / name, others[name])
        return written

    def clear(self) -> None:
        """Take away what a restore left half done."""
        with self._said():
            for each in (self.fresh, self.fresh_root):
                for name in (each.name, each.name + "-journal", coming(each).name):
                    each.with_name(name).unlink(missing_ok=True)

    @contextmanager
    def _said(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise Unavailable(
                f"The keys cannot be put in place ({error.strerror}).",
                where=str(self.keys),
                hint="Check rights and free space, then restore again.",
            ) from error


class _Reading:
    """The rows of a backup on their way into a key file."""

    def __init__(self, mark: str) -> None:
        self.mark, self.keys, self.erased = mark, 0, 0
        self.files: dict[str, bytes] = {}

    def kept(self, rows: Iterable[Any], known: Erasures) -> Iterator[tuple[Any, ...]]:
        """Organisations and keys, those destroyed of which an erasure names; lines go into the list as they come, which
        is before the first key."""
        gone: dict[str, int] = {}
        for kind, *row in rows:
            if kind == "line":
                known.join([msgspec.convert(row[0], Erasure)])
            elif kind == "file":
                self.files[row[0]] = base64.b64decode(row[1])
            elif kind == "organisation":
                yield kind, row[0], row[1], base64.b64decode(row[2])
            elif kind == "key":
                if not gone:
                    gone = {line.subject: 0 for line in known}
                    for line in known:
                        gone[line.subject] = max(gone[line.subject], line.generation)
                yield self._key(gone, *row)

    def _key(
        self, gone: dict[str, int], hash: str, generation: int, organisation: str, key: str | None
    ) -> tuple[str, bytes, int, str, bytes | None]:
        subject = base64.b64decode(hash)
        held = None if key is None or generation <= gone.get(subject.hex(), 0) else base64.b64decode(key)
        self.keys += held is not None
        self.erased += key is not None and held is None
        return "key", subject, generation, organisation, held

"""What was erased or ended for good, as a list that only grows: a line each, on disk before it is done.

The list goes with the data and with its backups. Whoever opens the keys destroys first what it names, and whoever opens
what residents allowed ends first what it names: an older copy of either brings nobody and nothing back. It names no
person: a subject is a keyed hash. A line with a mark is added for every backup of the keys, so that a list can be seen
to reach beyond a backup without believing any clock.
"""

from __future__ import annotations

import base64
import hashlib
import os
import secrets
import time
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from noren.errors import Conflict, Unavailable
from noren.store.cold import sync

STATEMENT = b"noren erasure\n"


class Erasure(msgspec.Struct, frozen=True, omit_defaults=True):
    """One line: every key of `subject` up to `generation` is destroyed; or the mark of a backup; or what has `ended`:
    "grant:ID", "standing:ID" (of a guardian or helper), "stop:TENANT:ORGANISATION:NUMBER" (the decision that stopped a
    recipient). `at` (UTC) is for people to read, nothing depends on it."""

    at: str
    salt: str
    subject: str = ""
    generation: int = 0
    backup: str = ""
    ended: str = ""

    @property
    def hash(self) -> bytes:
        """Whose keys; empty for a line that is about no keys."""
        return bytes.fromhex(self.subject)

    def line(self) -> bytes:
        """As it stands in the list, with the end of the line."""
        return msgspec.json.encode(self) + b"\n"

    def statement(self) -> bytes:
        """What a ledger may say in public about it: a salted hash, which only who has the list can recognise."""
        return STATEMENT + base64.b64encode(hashlib.sha256(self.line()).digest()) + b"\n"


class Erasures:
    """The list in `file`, read whole; what another process adds is seen when it is opened again."""

    def __init__(self, file: Path) -> None:
        """Read the list; raises `Conflict` with the number of a line that is damaged."""
        self._file = file
        self._lines, self._ended = dict[Erasure, None](), dict[str, None]()
        self._newest, self._last = dict[str, Erasure](), ""
        self._take(read(file))

    def __iter__(self) -> Iterator[Erasure]:
        return iter(self._lines)

    def __len__(self) -> int:
        return len(self._lines)

    def find(self, subject: bytes, generation: int) -> Erasure | None:
        """The line that erases this key; None when it is not erased."""
        found = self._newest.get(subject.hex())
        return found if found and found.generation >= generation else None

    def erase(self, subject: bytes, generation: int) -> Erasure:
        """Add a line, durable on return; the same again when it is there already. Raises `Unavailable`."""
        found = self.find(subject, generation)
        return found or self._new(subject=subject.hex(), generation=generation)

    def end(self, what: str) -> None:
        """Add that something ended (see `Erasure`), durable on return; nothing when it is there already. Raises
        `Unavailable`: then it must not be said to have ended."""
        if not self.has_ended(what):
            self._new(ended=what)

    def has_ended(self, what: str) -> bool:
        """Whether the list says so."""
        return what in self._ended

    def ended(self, kind: str) -> list[str]:
        """What ended of a kind ("grant", "standing", "stop"), without the name of the kind, the oldest first."""
        return [what.removeprefix(f"{kind}:") for what in self._ended if what.startswith(f"{kind}:")]

    def mark(self, backup: str) -> Erasure:
        """Add the mark of a backup, durable on return; raises `Unavailable`."""
        return self._new(backup=backup)

    def join(self, lines: Iterable[Erasure]) -> None:
        """Add the lines of another list that are not there yet, durable on return; raises `Unavailable`."""
        self._append([line for line in dict.fromkeys(lines) if line not in self._lines])

    def _new(self, *, subject: str = "", generation: int = 0, backup: str = "", ended: str = "") -> Erasure:
        at = max(datetime.fromtimestamp(time.time(), UTC).isoformat(timespec="seconds"), self._last)
        made = Erasure(at, secrets.token_hex(16), subject, generation, backup, ended)
        self._append([made])
        return made

    def _append(self, lines: list[Erasure]) -> None:
        if not lines:
            return
        try:
            append(self._file, b"".join(line.line() for line in lines))
        except OSError as error:
            raise Unavailable(
                f"The list of erasures cannot be written ({error.strerror}).",
                where=self._file.name,
                hint="Check rights and free space, then do it again; nothing was erased or ended yet.",
            ) from error
        self._take(lines)

    def _take(self, lines: list[Erasure]) -> None:
        for line in lines:
            self._lines[line] = None
            self._last = max(self._last, line.at)
            if line.ended:
                self._ended[line.ended] = None
            if line.subject and line.generation >= self._newest.get(line.subject, line).generation:
                self._newest[line.subject] = line


def append(file: Path, text: bytes) -> None:
    """Add to a file of lines, wholly and durably, or not at all; a last line that a crash left unfinished goes."""
    fresh = not file.exists()
    handle = os.open(file, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o600)
    size = _whole_lines(handle)
    try:
        if size < os.fstat(handle).st_size:
            os.ftruncate(handle, size)
        left = text
        while left:
            left = left[os.write(handle, left) :]
        os.fsync(handle)
    except OSError:
        os.ftruncate(handle, size)
        raise
    finally:
        os.close(handle)
    if fresh:
        sync(file.parent)


def _whole_lines(handle: int) -> int:
    """Bytes up to the end of the last line that is whole."""
    size = os.fstat(handle).st_size
    return size if size == 0 or os.pread(handle, 1, size - 1) == b"\n" else os.pread(handle, size, 0).rfind(b"\n") + 1


def read(file: Path) -> list[Erasure]:
    """The lines of a list, none when there is no file, without a last one that a crash left unfinished; see
    `Erasures`."""
    try:
        whole = file.read_bytes()
    except FileNotFoundError:
        return []
    except OSError as error:
        raise Unavailable(f"The list of erasures cannot be read ({error.strerror}).", where=str(file)) from error
    *lines, _ = whole.split(b"\n")
    return [_read(line, f"{file}, line {number}") for number, line in enumerate(lines, 1)]


def _read(line: bytes, where: str) -> Erasure:
    try:
        found = msgspec.json.decode(line, type=Erasure)
        found.hash  # noqa: B018  (must be hexadecimal)
    except (msgspec.DecodeError, ValueError) as error:
        raise Conflict(
            "The list of erasures is damaged.",
            where=where,
            hint="Put the list of the newest data backup (data/erasures) in its place; the keys add what it lacks.",
        ) from error
    return found

"""A locked file: a head in plain JSON, then rows of JSON in pieces of 64 KiB, each encrypted with AES-256-GCM.

The pieces are numbered and the last one says that it is the last (the STREAM construction of Hoang, Reyhanitabar,
Rogaway and Vizár, 2015), so that one can be read as it comes and still not be cut short, lengthened or reordered.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, BinaryIO

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from noren.errors import BadInput, Unavailable
from noren.store.cold import sync
from noren.trust.vault.locks import Lock

FORMAT = 1
KIND = "vault backup"
PIECE = 64 * 1024
_TAG = 16
_LONGEST_HEAD = 4096


class Head(msgspec.Struct):
    """What anybody may read of a backup: which city's it is and when it was made (for people; nothing goes by it)."""

    noren: str
    format: int
    city: str
    made: str
    lock: dict[str, Any]


def write(file: Path, city: str, made: str, lock: Lock, rows: Iterable[Any]) -> None:
    """Write a locked file, whole and durable, or not at all; raises `Unavailable`."""
    about, key = lock.lock()
    head = msgspec.json.encode(Head(KIND, FORMAT, city, made, about)) + b"\n"
    fresh = file.with_name(file.name + ".new")
    try:
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as out:
            out.write(head)
            for piece in _locked(AESGCM(key), head, _pieces(rows)):
                out.write(piece)
            out.flush()
            os.fsync(out.fileno())
        fresh.replace(file)
        sync(file.parent)
    except OSError as error:
        fresh.unlink(missing_ok=True)
        raise Unavailable(
            f"The backup cannot be written ({error.strerror}).", where=str(file), hint="Check rights and free space."
        ) from error


def head(file: Path) -> Head:
    """The head alone; raises `BadInput` for another kind of file."""
    with _opened(file) as source:
        return _head(source, file)[0]


def read(file: Path, lock: Lock) -> Iterator[Any]:
    """The rows, one by one. Raises `BadInput` when the lock does not fit or the file is damaged, cut short or
    lengthened: only after the last row it is sure that all of them hold."""
    with _opened(file) as source:
        found, raw = _head(source, file)
        cipher, rest = AESGCM(lock.unlock(found.lock)), b""
        for piece in _unlocked(cipher, raw, source, file):
            *lines, rest = (rest + piece).split(b"\n")
            yield from map(msgspec.json.decode, lines)


def _opened(file: Path) -> BinaryIO:
    try:
        return file.open("rb")
    except OSError as error:
        raise BadInput(f"The backup cannot be read ({error.strerror}).", where=str(file)) from error


def _head(source: BinaryIO, file: Path) -> tuple[Head, bytes]:
    raw = source.readline(_LONGEST_HEAD)
    try:
        found = msgspec.json.decode(raw, type=Head)
    except msgspec.DecodeError as error:
        raise BadInput("This is no backup of keys.", where=str(file)) from error
    if found.noren != KIND or found.format != FORMAT:
        raise BadInput(
            f"This backup has format {found.format}, this Noren reads format {FORMAT}.",
            where=str(file),
            hint="Install the Noren that wrote it, or a newer one.",
        )
    return found, raw


def _pieces(rows: Iterable[Any]) -> Iterator[bytes]:
    held = bytearray()
    for row in rows:
        held += msgspec.json.encode(row) + b"\n"
        while len(held) > PIECE:
            yield bytes(held[:PIECE])
            del held[:PIECE]
    yield bytes(held)


def _locked(cipher: AESGCM, head: bytes, pieces: Iterable[bytes]) -> Iterator[bytes]:
    """The last piece is the one that is not followed by another; it may be shorter, and is numbered as the last."""
    number, before = 0, None
    for piece in pieces:
        if before is not None:
            yield cipher.encrypt(_nonce(number, last=False), before, head)
            number += 1
        before = piece
    yield cipher.encrypt(_nonce(number, last=True), before or b"", head)


def _unlocked(cipher: AESGCM, head: bytes, source: BinaryIO, file: Path) -> Iterator[bytes]:
    number, piece = 0, source.read(PIECE + _TAG)
    while True:
        following = source.read(PIECE + _TAG)
        try:
            yield cipher.decrypt(_nonce(number, last=not following), piece, head)
        except InvalidTag as error:
            why = "The lock does not fit, or the backup is damaged" if number == 0 else "The backup is damaged"
            raise BadInput(f"{why}.", where=str(file), hint="Try the right passphrase, or another backup.") from error
        if not following:
            return
        number, piece = number + 1, following


def _nonce(number: int, *, last: bool) -> bytes:
    return number.to_bytes(11, "big") + bytes([last])

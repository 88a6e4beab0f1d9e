"""Anchoring a document: the log learns a salted hash of it, the receipt keeps the salt, and nobody else learns
anything.

The entry is the tag and, in base64, SHA-256 over tag, salt and the document's SHA-256. Without the salt a short or
guessable document could be found out from its hash by trying.
"""

from __future__ import annotations

import hashlib
import secrets
from pathlib import Path

from noren.errors import BadInput, Conflict, NotFound
from noren.trust.ledger.keys import encode
from noren.trust.ledger.ledger import Ledger
from noren.trust.ledger.proof import SUFFIX, Receipt

TAG = b"noren-anchor/v1\n"
SALT = 32


async def anchor(ledger: Ledger, file: Path, *, witnessed: bool = False) -> Receipt:
    """Record a document's salted hash; the receipt proves it later. Raises as `Ledger.record` does."""
    salt = fresh_salt()
    return await ledger.record(_entry(salt, file), witnessed=witnessed, extra=TAG + salt)


def fresh_salt() -> bytes:
    """A new salt, to be kept with the document."""
    return secrets.token_bytes(SALT)


def committed(salt: bytes, document: bytes) -> bytes:
    """The entry that speaks of a document without telling it."""
    return _salted(salt, hashlib.sha256(document).digest())


async def anchored(ledger: Ledger, file: Path) -> Receipt:
    """The receipt of a document: a new one of the entry that the receipt beside it is about, or of a new entry where
    there is none. Raises `Conflict` when the receipt beside it is about something else, which must not be written
    over."""
    if not beside(file).exists():
        return await anchor(ledger, file)
    try:
        old = Receipt.parse(beside(file).read_bytes())
        return await ledger.receipt(ledger.find(entry_of(old, file)), extra=old.extra)
    except (BadInput, NotFound) as error:
        raise Conflict(
            "The receipt beside this document is about something else.",
            where=str(beside(file)),
            hint="Was the document changed, or is this another ledger? Move the receipt away to make a new one.",
        ) from error


def entry_of(receipt: Receipt, file: Path) -> bytes:
    """The entry that a receipt must be about if it is about this file: its salted hash, or the file itself."""
    if not receipt.extra.startswith(TAG):
        return _read(file)
    salt = receipt.extra[len(TAG) :]
    if len(salt) != SALT:
        raise BadInput("The salt in the receipt is not whole.", where="receipt, extra")
    return _entry(salt, file)


def beside(file: Path) -> Path:
    """Where the receipt of a document lies."""
    return file.with_name(file.name + SUFFIX)


def _entry(salt: bytes, file: Path) -> bytes:
    try:
        with file.open("rb") as opened:
            digest = hashlib.file_digest(opened, "sha256").digest()
    except OSError as error:
        raise _unreadable(file, error) from error
    return _salted(salt, digest)


def _salted(salt: bytes, digest: bytes) -> bytes:
    return TAG + encode(hashlib.sha256(TAG + salt + digest).digest()).encode() + b"\n"


def _read(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise _unreadable(file, error) from error


def _unreadable(file: Path, error: OSError) -> BadInput:
    return BadInput(f"The file cannot be read ({error.strerror}).", where=str(file))

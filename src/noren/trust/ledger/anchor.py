"""Anchoring a document: the log learns a salted hash of it, the receipt keeps the salt, and nobody else learns
anything.

The entry is the tag and, in base64, SHA-256 over tag, salt and the document's SHA-256. Without the salt a short or
guessable document could be found out from its hash by trying.
"""

from __future__ import annotations

import hashlib
import re
import secrets
from pathlib import Path

import msgspec

from noren.errors import BadInput, Conflict, NotFound, Unavailable
from noren.trust.ledger.keys import encode
from noren.trust.ledger.ledger import Ledger
from noren.trust.ledger.proof import SUFFIX, Receipt

TAG = b"noren-anchor/v1\n"
SALT = 32


class Anchored(msgspec.Struct, frozen=True):
    """The receipt of a document, and why the witnesses' cosignatures are missing ("" when they are there)."""

    receipt: bytes
    why: str = ""

    @property
    def proof(self) -> Receipt:
        """The receipt, read."""
        return Receipt.parse(self.receipt)


async def anchored(ledger: Ledger, file: Path, patience: float) -> Anchored:
    """Record a document and wait `patience` seconds for the witnesses. Where a receipt lies beside it already, that is
    brought up to date, and nothing is recorded twice. Raises `Conflict` when the receipt beside it is about something
    else, which must not be written over, and as `Ledger.record` does."""
    entry, extra = _known(ledger, file)
    receipt = await ledger.record(entry, once=True, extra=extra)
    try:
        return Anchored(bytes(await ledger.receipt(receipt.index, witnessed=True, extra=extra, seconds=patience)))
    except Unavailable as error:
        return Anchored(bytes(receipt), str(error))


def commitment(file: Path, *, keep: bool = False) -> tuple[bytes, bytes]:
    """The entry that speaks of a document, and the `extra` of its receipt, which nobody else gets: by the receipt
    beside the document, or the salt that an earlier attempt left there, or a new salt, which is kept with `keep`."""
    if beside(file).exists():
        old = Receipt.parse(beside(file).read_bytes())
        return entry_of(old, file), old.extra
    salt = bytes.fromhex(_read(kept(file)).decode()) if kept(file).exists() else fresh_salt()
    entry = _entry(salt, file)
    if keep:
        kept(file).write_text(salt.hex())
    return entry, TAG + salt


def _known(ledger: Ledger, file: Path) -> tuple[bytes, bytes]:
    try:
        entry, extra = commitment(file)
        if beside(file).exists():
            ledger.find(entry)
    except (BadInput, NotFound) as error:
        if not beside(file).exists():
            raise
        raise Conflict(
            "The receipt beside this document is about something else.",
            where=str(beside(file)),
            hint="Was the document changed, or is this another ledger? Move the receipt away to make a new one.",
        ) from error
    return entry, extra


def fresh_salt() -> bytes:
    """A new salt, to be kept with the document."""
    return secrets.token_bytes(SALT)


def committed(salt: bytes, document: bytes) -> bytes:
    """The entry that speaks of a document without telling it."""
    return _salted(salt, hashlib.sha256(document).digest())


def entry_of(receipt: Receipt, file: Path) -> bytes:
    """The entry that a receipt must be about if it is about this file: its salted hash, or the file itself."""
    if not receipt.extra.startswith(TAG):
        return _read(file)
    salt = receipt.extra[len(TAG) :]
    if len(salt) != SALT:
        raise BadInput("The salt in the receipt is not whole.", where="receipt, extra")
    return _entry(salt, file)


def is_commitment(entry: bytes) -> bool:
    """Whether an entry can be the salted hash of a document, which tells nobody anything."""
    return entry.startswith(TAG) and re.fullmatch(rb"[A-Za-z0-9+/]{43}=\n", entry[len(TAG) :]) is not None


def beside(file: Path) -> Path:
    """Where the receipt of a document lies."""
    return file.with_name(file.name + SUFFIX)


def kept(file: Path) -> Path:
    """Where the salt of a document lies while no ledger has recorded it: whoever asks again, asks for the same."""
    return file.with_name(f"{file.name}.salt")


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

"""Signed notes (C2SP signed-note) and the checkpoints written in them (C2SP tlog-checkpoint).

A note is a text, an empty line, and a line a signature. Signatures by unknown keys are passed over; one by a known key
that does not hold spoils the note.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

import msgspec

from noren.errors import BadInput, Unproven
from noren.trust.ledger.keys import COSIGNATURE, Signer, Verifier, check_name, decode, encode

LARGEST, MOST_SIGNATURES = 1_000_000, 100
MOST_ENTRIES = 2**63 - 1
_NUMBER = re.compile(r"0|[1-9][0-9]{0,18}")


class Signature(msgspec.Struct, frozen=True):
    """One signature line: the name and id of a key, and what it made."""

    name: str
    id: bytes
    value: bytes

    def line(self) -> str:
        """As it stands in a note."""
        return f"— {self.name} {encode(self.id + self.value)}\n"

    @property
    def time(self) -> int:
        """When a witness made it, in seconds since 1970; meaningful in a cosignature only."""
        return int.from_bytes(self.value[:8], "big")


class Note(msgspec.Struct, frozen=True):
    """A text that ends in a newline, and its signatures."""

    text: str
    signatures: tuple[Signature, ...] = ()

    @classmethod
    def parse(cls, raw: bytes) -> Note:
        """Take a note apart without believing it yet; raises `BadInput` for anything but a well-formed note."""
        if len(raw) > LARGEST:
            raise BadInput("The note is too long.", where="note")
        text, _, tail = _plain(raw).rpartition("\n\n")
        lines = tail.split("\n")
        if not text or len(lines) < 2 or lines.pop():
            raise BadInput("A note is a text, an empty line and signature lines.", where="note")
        if len(lines) > MOST_SIGNATURES:
            raise BadInput(f"More than {MOST_SIGNATURES} signatures.", where="note")
        return cls(text + "\n", tuple(map(signature, lines)))

    def __bytes__(self) -> bytes:
        return f"{self.text}\n{''.join(each.line() for each in self.signatures)}".encode()

    def holding(self, keys: Iterable[Verifier]) -> dict[Verifier, Signature]:
        """The signature of each of `keys` that signed (a witness's latest); raises `Unproven` when one by a known key
        does not hold. Empty when nobody known signed."""
        known = {(key.name, key.id): key for key in keys}
        found: dict[Verifier, Signature] = {}
        for each in self.signatures:
            if (key := known.get((each.name, each.id))) is None:
                continue
            if not key.holds(self.text.encode(), each.value):
                raise Unproven("A signature does not hold: the text was changed, or it was forged.", where=each.name)
            if key not in found or (key.kind == COSIGNATURE and each.time > found[key].time):
                found[key] = each
        return found

    def signed(self, signer: Signer, time: int = 0) -> Note:
        """The note with one more signature."""
        return self.joined([made(self.text, signer, time)])

    def joined(self, signatures: Iterable[Signature]) -> Note:
        """The note with more signatures; a newer one by a key replaces the older."""
        kept = {(each.name, each.id): each for each in (*self.signatures, *signatures)}
        return Note(self.text, tuple(kept.values()))


def made(text: str, signer: Signer, time: int = 0) -> Signature:
    """The signature of a text by `signer`, as of `time` for a witness."""
    return Signature(signer.verifier.name, signer.verifier.id, signer.sign(text.encode(), time))


def signature(line: str) -> Signature:
    """One line of a note, its newline gone; raises `BadInput`."""
    mark, _, rest = line.partition(" ")
    name, _, coded = rest.partition(" ")
    if mark != "—":
        raise BadInput("A signature line begins with a dash “—”.", where="note")
    check_name(name)
    raw = decode(coded, f"signature of {name}")
    if len(raw) < 5:
        raise BadInput("The signature is too short.", where=name)
    return Signature(name, raw[:4], raw[4:])


def _plain(raw: bytes) -> str:
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        raise BadInput("A note is UTF-8 text.", where="note") from error
    if any(letter < " " and letter != "\n" for letter in text):
        raise BadInput("A note holds no control characters.", where="note")
    return text


class Checkpoint(msgspec.Struct, frozen=True):
    """What a log commits to: who it is, how many entries, and their root; `extensions` are lines of its own."""

    origin: str
    size: int
    root: bytes
    extensions: tuple[str, ...] = ()

    @classmethod
    def parse(cls, text: str) -> Checkpoint:
        """Read the text of a note; raises `BadInput` when it is no checkpoint."""
        lines = text.split("\n")
        if len(lines) < 4 or lines.pop() or not all(lines):
            raise BadInput("A checkpoint is three lines: origin, size, root.", where="checkpoint")
        root = decode(lines[2], "checkpoint, root")
        if len(root) != 32:
            raise BadInput("A root has 32 bytes.", where="checkpoint, root")
        return cls(lines[0], number(lines[1], "checkpoint, size"), root, tuple(lines[3:]))

    def text(self) -> str:
        """The text to be signed."""
        return "".join(f"{line}\n" for line in (self.origin, self.size, encode(self.root), *self.extensions))


def number(text: str, where: str) -> int:
    """A count or index in decimal without leading zeros, below 2**63; raises `BadInput`."""
    if not _NUMBER.fullmatch(text) or int(text) > MOST_ENTRIES:
        raise BadInput("This is not a whole number as a log writes it.", where=where)
    return int(text)


def opened(raw: bytes, log: Verifier) -> tuple[Checkpoint, Note]:
    """A checkpoint that `log` signed; raises `BadInput` for another text, `Unproven` when that log did not sign it."""
    note = Note.parse(raw)
    checkpoint = Checkpoint.parse(note.text)
    if checkpoint.origin != log.name or not note.holding([log]):
        raise Unproven("This checkpoint is not signed by the log.", where=log.name)
    return checkpoint, note

"""A witness (C2SP tlog-witness): cosigns a log's checkpoint when it continues the last one that it cosigned, never
otherwise.

What it last cosigned lies in a file of its own. A checkpoint that contradicts it is kept there as evidence: the log
signed both.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from threading import Lock

import msgspec

from noren.errors import AlreadyExists, BadInput, NotAllowed, NotFound, Unavailable, Unproven
from noren.store.schema import connect
from noren.trust.ledger import merkle
from noren.trust.ledger.journal import Transaction
from noren.trust.ledger.keys import COSIGNATURE, Signer, Verifier, decode, encode
from noren.trust.ledger.note import Checkpoint, Note, made, number

LARGEST = 256 << 10
_MOST_HASHES = 63
_TABLES = """
CREATE TABLE IF NOT EXISTS seen(origin TEXT PRIMARY KEY, size INTEGER NOT NULL, root BLOB NOT NULL, note BLOB NOT NULL,
  at INTEGER NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS contradiction(origin TEXT NOT NULL, first BLOB NOT NULL, second BLOB NOT NULL,
  at INTEGER NOT NULL, PRIMARY KEY(origin, second)) STRICT;
"""


class OtherSize(AlreadyExists):
    """The witness last cosigned another size than the caller believes; `size` is which."""

    def __init__(self, size: int) -> None:
        super().__init__("The witness has seen another size of this log.", where=str(size))
        self.size = size


class Request(msgspec.Struct, frozen=True):
    """What `add-checkpoint` is asked with."""

    old: int
    proof: tuple[bytes, ...]
    note: Note

    @classmethod
    def parse(cls, body: bytes) -> Request:
        """Read the body of a request; raises `BadInput`."""
        if len(body) > LARGEST:
            raise BadInput("The request is too long.", where="body")
        head, middle, note = body.partition(b"\n\n")
        try:
            first, *lines = head.decode("ascii").split("\n")
        except UnicodeDecodeError as error:
            raise BadInput("The first lines are ASCII text.", where="body") from error
        if not first.startswith("old ") or not middle or len(lines) > _MOST_HASHES:
            raise BadInput("A request is “old SIZE”, hashes, an empty line and a checkpoint.", where="body")
        proof = tuple(decode(line, "proof") for line in lines)
        return cls(number(first[4:], "old"), proof, Note.parse(note))

    def __bytes__(self) -> bytes:
        return "\n".join([f"old {self.old}", *map(encode, self.proof), "", ""]).encode() + bytes(self.note)


class Witness:
    """Cosigns for the logs whose keys it was given; several threads may ask."""

    def __init__(
        self, signer: Signer, logs: Iterable[Verifier], state: Path, clock: Callable[[], float] = time.time
    ) -> None:
        """Open or make the `state` file; raises `BadInput` for a key that does not cosign, `Unavailable` or `Conflict`
        when the file cannot be used."""
        if signer.verifier.kind != COSIGNATURE:
            raise BadInput("A witness needs a key for cosignatures.", where=signer.verifier.name)
        self.signer, self._clock, self._lock = signer, clock, Lock()
        self.logs: dict[str, list[Verifier]] = {}
        for log in logs:
            self.logs.setdefault(log.name, []).append(log)
        state.parent.mkdir(parents=True, exist_ok=True)
        self._db = connect(state)
        self._db.execute("PRAGMA journal_mode=WAL")
        self._db.execute("PRAGMA synchronous=FULL")
        self._db.executescript(_TABLES)

    def add_checkpoint(self, body: bytes) -> str:
        """The cosignature line for a checkpoint; what it says is durable before this returns.

        Raises `BadInput`; `NotFound` for an unknown log; `NotAllowed` when the log did not sign; `OtherSize`;
        `AlreadyExists` for another root of the same size; `Unproven` when it does not continue what was seen.
        """
        request = Request.parse(body)
        checkpoint = self._trusted(request.note)
        if request.old > checkpoint.size:
            raise BadInput("The old size is larger than the new one.", where="old")
        try:
            return self._decide(request, checkpoint)
        except sqlite3.Error as error:
            raise Unavailable(f"The witness cannot write ({error}).", hint="Check its disk.") from error

    def _decide(self, request: Request, checkpoint: Checkpoint) -> str:
        try:
            with self._lock, Transaction(self._db):
                return self._continue(request, checkpoint)
        except AlreadyExists:
            self._keep_evidence(request, checkpoint)
            raise

    def _trusted(self, note: Note) -> Checkpoint:
        checkpoint = Checkpoint.parse(note.text)
        keys = self.logs.get(checkpoint.origin)
        if keys is None:
            raise NotFound("This witness does not know the log.", where=checkpoint.origin)
        try:
            if note.holding(keys):
                return checkpoint
        except Unproven:
            pass
        raise NotAllowed("No trusted key of the log signed this checkpoint.", where=checkpoint.origin)

    def _continue(self, request: Request, new: Checkpoint) -> str:
        size, root, before = self._seen(new.origin)
        if request.old != size:
            raise OtherSize(size)
        if new.size == size:
            if new.root != root:
                raise AlreadyExists("The log signed two roots of one size.", where=new.origin)
            if request.proof:
                raise Unproven("Nothing is to be proved between equal sizes.", where="proof")
        elif size:
            merkle.verify_consistency(size, new.size, request.proof, root, new.root)
        elif request.proof:
            raise Unproven("From an empty log nothing is to be proved.", where="proof")
        at = max(int(self._clock()), before)  # a clock that was moved back must not make this look older than the last
        self._db.execute(
            "INSERT OR REPLACE INTO seen VALUES (?, ?, ?, ?, ?)",
            (new.origin, new.size, new.root, bytes(request.note), at),
        )
        return made(request.note.text, self.signer, at).line()

    def _seen(self, origin: str) -> tuple[int, bytes, int]:
        row = self._db.execute("SELECT size, root, at FROM seen WHERE origin = ?", (origin,)).fetchone()
        return row or (0, merkle.EMPTY, 0)

    def _keep_evidence(self, request: Request, new: Checkpoint) -> None:
        """Two roots of one size prove that the log lied. Anything else proves nothing: anybody can send a wrong
        proof."""
        size, root, _ = self._seen(new.origin)
        if new.size == size and new.root != root and size:
            with self._lock, Transaction(self._db):
                self._db.execute(
                    "INSERT OR IGNORE INTO contradiction SELECT origin, note, ?, ? FROM seen WHERE origin = ?",
                    (bytes(request.note), int(self._clock()), new.origin),
                )

    def latest(self, origin: str) -> Note | None:
        """The checkpoint of a log that was cosigned last."""
        row = self._db.execute("SELECT note FROM seen WHERE origin = ?", (origin,)).fetchone()
        return Note.parse(row[0]) if row else None

    def contradictions(self) -> list[tuple[Note, Note]]:
        """Pairs of checkpoints of one size that a log signed and that differ."""
        rows = self._db.execute("SELECT first, second FROM contradiction ORDER BY at, origin").fetchall()
        return [(Note.parse(first), Note.parse(second)) for first, second in rows]

    def close(self) -> None:
        """Let go of the file."""
        self._db.close()

"""Several stakeholders, a log each: what one of them will not record is recorded by another, and the refusal is
provable.

Three things follow one another. A log that declines says so in a signed *refusal*. A log that says nothing is asked in
public: a *request* is recorded in another log, whose checkpoints the silent one cosigns; by cosigning one that covers
the request it has seen it. From then on it has `LIMIT` seconds. Whoever holds its later checkpoint, cosigned after that
time, and its entries up to it, shows with `overdue` that the entry is still not there. Nobody's word is needed for any
of it.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from noren.errors import BadInput, Unproven
from noren.trust.ledger import merkle
from noren.trust.ledger.keys import Signer, Verifier, check_name, decode, encode
from noren.trust.ledger.note import Note, number
from noren.trust.ledger.policy import Policy
from noren.trust.ledger.proof import Receipt
from noren.trust.ledger.tiles import Edge

LONGEST_ORIGIN = 255
LIMIT = 7 * 24 * 3600
"""Seconds that a log has to record, or refuse, what it was asked to in public."""
_REFUSAL, _REQUEST = "noren-ledger-refusal/v1", "noren-ledger-request/v1"


class Refusal(msgspec.Struct, frozen=True):
    """A log says that it will not record an entry (known by the hash of its leaf), when, and why in one line."""

    origin: str
    leaf: bytes
    time: int
    reason: str

    def note(self, signer: Signer) -> Note:
        """The refusal as a note signed by the log; raises `BadInput` for a signer of another name or a reason of
        several lines."""
        if signer.verifier.name != self.origin or not self.reason or "\n" in self.reason:
            raise BadInput("A log signs its own refusals, with a reason in one line.", where=self.origin)
        # The second line is never a number, so that this is no checkpoint to anybody.
        lines = (_REFUSAL, f"log {self.origin}", encode(self.leaf), f"time {self.time}", self.reason)
        return Note("".join(f"{line}\n" for line in lines)).signed(signer)


def refusal(raw: bytes, log: Verifier) -> Refusal:
    """A refusal that `log` signed; raises `Unproven` when it did not, `BadInput` for another text."""
    note = Note.parse(raw)
    lines = note.text.split("\n")
    if len(lines) != 6 or lines[0] != _REFUSAL:
        raise BadInput("This is no refusal of a ledger.", where="refusal")
    found = Refusal(_after("log ", lines[1]), _leaf(lines[2]), number(_after("time ", lines[3]), "time"), lines[4])
    if found.origin != log.name or not note.holding([log]):
        raise Unproven("This refusal is not signed by the log.", where=log.name)
    return found


def request(origin: str, entry: bytes) -> bytes:
    """The entry that asks the log `origin` in public to record `entry`; it goes into another log."""
    return f"{_REQUEST}\n{origin}\n{encode(merkle.leaf(entry))}\n".encode()


def asked(entry: bytes) -> tuple[str, bytes]:
    """Which log a request asks, and for the leaf of which hash; raises `BadInput` for another entry."""
    lines = entry.decode("utf-8", "replace").split("\n")
    # A name and nothing else: what somebody has asked for stays in the ledger for ever.
    if len(lines) != 4 or lines[0] != _REQUEST or lines[3]:
        raise BadInput("This is no request to a ledger.", where="request")
    if len(lines[1]) > LONGEST_ORIGIN or not lines[1].isprintable() or "\ufffd" in lines[1]:
        raise BadInput("This is no ledger's name.", where="request, origin")
    check_name(lines[1])
    return lines[1], _leaf(lines[2])


def overdue(
    wanted: bytes,
    receipt: Receipt,
    elsewhere: Policy,
    silent: str,
    later: Note,
    policy: Policy,
    leaves: Sequence[bytes],
    limit: int = LIMIT,
) -> int:
    """By how many seconds a log left a public request unanswered; raises `Unproven` unless it is shown that it did.

    `wanted` is the entry; `receipt` that of its request in another log, accepted by `elsewhere` and cosigned by the
    asked log's own witness, named `silent` there; `later` a checkpoint of the asked log that `policy` accepts, with at
    least one witness's time; `leaves` the hashes of all its entries up to it.
    """
    accepted = policy.accept(later)
    there = receipt.verify(request(accepted.checkpoint.origin, wanted), elsewhere)
    if silent not in there.times:
        raise Unproven("The log is not shown to have seen the request.", where=silent)
    if not accepted.times:
        raise Unproven("No witness says when the later checkpoint stood.", where=accepted.checkpoint.origin)
    late = max(accepted.times.values()) - there.times[silent] - limit
    if late <= 0:
        raise Unproven(f"The log still has {-late} seconds.", where=accepted.checkpoint.origin)
    edge = Edge()
    for leaf in leaves:
        edge.add(leaf)
    if edge.size != accepted.checkpoint.size or edge.root() != accepted.checkpoint.root:
        raise Unproven("These are not all entries of the log.", where=accepted.checkpoint.origin)
    if merkle.leaf(wanted) in leaves:
        raise Unproven("The entry is there.", where=accepted.checkpoint.origin)
    return late


def _after(word: str, line: str) -> str:
    if not line.startswith(word):
        raise BadInput(f"Here “{word.strip()}” is expected.", where="refusal")
    return line.removeprefix(word)


def _leaf(text: str) -> bytes:
    if len(raw := decode(text, "hash of the leaf")) != merkle.HASH:
        raise BadInput(f"A hash has {merkle.HASH} bytes.", where="hash of the leaf")
    return raw

"""Receipts (C2SP tlog-proof): proof that an entry is in a log, checked with no server, only with a policy."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from noren.errors import BadInput
from noren.trust.ledger import merkle
from noren.trust.ledger.keys import Verifier, decode, encode
from noren.trust.ledger.note import Checkpoint, Note, number
from noren.trust.ledger.policy import Accepted, Policy

FIRST = "c2sp.org/tlog-proof@v1"
SUFFIX = ".tlog-proof"
_LARGEST = 2 << 20
_LONGEST_PROOF = 63


class Receipt(msgspec.Struct, frozen=True):
    """Entry `index` is in the tree of `note`'s checkpoint, as `proof` shows. `extra` is not protected by anything."""

    index: int
    proof: tuple[bytes, ...]
    note: Note
    extra: bytes = b""

    @classmethod
    def parse(cls, raw: bytes) -> Receipt:
        """Read a receipt without believing it; raises `BadInput` when it is none."""
        if len(raw) > _LARGEST:
            raise BadInput("The receipt is too long.", where="receipt")
        try:
            head, middle, note = raw.decode("utf-8").partition("\n\n")
        except UnicodeDecodeError as error:
            raise BadInput("A receipt is UTF-8 text.", where="receipt") from error
        lines = head.split("\n")
        if lines.pop(0) != FIRST or not middle:
            raise BadInput("This is not a receipt.", where="receipt", hint=f"A receipt begins with {FIRST}.")
        extra = _value(lines.pop(0), "extra") if lines and lines[0].startswith("extra ") else ""
        index = number(_value(lines.pop(0), "index") if lines else "", "receipt, index")
        proof = [decode(line, "receipt, proof") for line in lines]
        if len(proof) > _LONGEST_PROOF or any(len(hash) != merkle.HASH for hash in proof):
            raise BadInput(f"A proof is at most {_LONGEST_PROOF} hashes of {merkle.HASH} bytes.", where="receipt")
        return cls(index, tuple(proof), Note.parse(note.encode()), decode(extra, "receipt, extra"))

    def __bytes__(self) -> bytes:
        extra = [f"extra {encode(self.extra)}"] if self.extra else []
        lines = [FIRST, *extra, f"index {self.index}", *map(encode, self.proof), ""]
        return "\n".join(lines).encode() + b"\n" + bytes(self.note)

    @property
    def checkpoint(self) -> Checkpoint:
        """What the log signed, not believed yet."""
        return Checkpoint.parse(self.note.text)

    def verify(self, entry: bytes, policy: Policy, log: Verifier | None = None) -> Accepted:
        """Who says that `entry` is recorded; raises `Unproven` unless `policy` accepts the checkpoint (signed by `log`
        where the policy names no logs) and the proof leads to it."""
        return self.verify_hash(merkle.leaf(entry), policy, log)

    def verify_hash(self, leaf: bytes, policy: Policy, log: Verifier | None = None) -> Accepted:
        """As `verify`, for whoever knows only the hash of the leaf."""
        accepted = policy.accept(self.note, log)
        tree = accepted.checkpoint
        merkle.verify_inclusion(self.index, tree.size, leaf, self.proof, tree.root)
        return accepted


def receipt(index: int, proof: Sequence[bytes], note: Note, extra: bytes = b"") -> Receipt:
    """The receipt of an entry, from what its log says."""
    return Receipt(index, tuple(proof), note, extra)


def _value(line: str, word: str) -> str:
    found, _, value = line.partition(" ")
    if found != word or not value:
        raise BadInput(f"Here “{word}” is expected.", where="receipt")
    return value

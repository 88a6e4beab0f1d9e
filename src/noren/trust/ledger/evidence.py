"""What a monitor found, as a file that anybody can check without asking anybody."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Literal, Self

import msgspec

from noren.errors import BadInput, Unproven
from noren.trust.ledger import merkle
from noren.trust.ledger.keys import Verifier, decode, encode
from noren.trust.ledger.note import Checkpoint, Note, opened

Kind = Literal["fork", "rollback"]


class Evidence(msgspec.Struct, frozen=True, kw_only=True):
    """Two checkpoints of one log that do not go together.

    A `fork` proves that the log lied: it signed two trees of which neither continues the other. Where their sizes
    differ, `proof` leads from `root`, the root that the larger tree had at the smaller size, to the larger tree, and
    `root` is not what the log signed. A `rollback` is what somebody saw and others must believe: a source that showed
    `first` showed the smaller `second` later (`seen`, ISO 8601).
    """

    format: Literal["noren-ledger-evidence/v1"] = "noren-ledger-evidence/v1"
    kind: Kind
    log: str
    first: str
    second: str
    root: str = ""
    proof: tuple[str, ...] = ()
    source: str = ""
    seen: str = ""

    @property
    def proves(self) -> bool:
        """Whether it shows by itself that the log lied."""
        return self.kind == "fork"

    def check(self, log: Verifier | None = None) -> None:
        """Raise `Unproven` (or `BadInput`) unless the file shows what it says, of `log` where one is given."""
        key = Verifier.parse(self.log)
        if log is not None and log != key:
            raise Unproven("This is about another log.", where=key.name)
        (first, _), (second, _) = opened(self.first.encode(), key), opened(self.second.encode(), key)
        if self.kind == "rollback":
            if first.size <= second.size:
                raise Unproven("The later checkpoint is not smaller.", where=key.name)
        elif first.size == second.size:
            if first.root == second.root:
                raise Unproven("The two checkpoints are the same.", where=key.name)
        else:
            self._check_fork(first, second)

    def _check_fork(self, small: Checkpoint, large: Checkpoint) -> None:
        root = decode(self.root, "evidence, root")
        proof = [decode(hash, "evidence, proof") for hash in self.proof]
        merkle.verify_consistency(small.size, large.size, proof, root, large.root)
        if root == small.root:
            raise Unproven("The larger tree continues the smaller one.", where=small.origin)

    def save(self, folder: Path) -> Path:
        """Keep it in `folder` under a name made from its content; the file."""
        raw = msgspec.json.format(msgspec.json.encode(self), indent=1)
        folder.mkdir(parents=True, exist_ok=True)
        file = folder / f"{self.kind}-{hashlib.sha256(raw).hexdigest()[:16]}.json"
        file.write_bytes(raw)
        return file

    @classmethod
    def read(cls, file: Path) -> Self:
        """Evidence from a file, not checked yet; raises `BadInput`."""
        try:
            return msgspec.json.decode(file.read_bytes(), type=cls)
        except (OSError, msgspec.DecodeError) as error:
            raise BadInput("This is no evidence about a ledger.", where=str(file)) from error


def fork(log: Verifier, small: Note, large: Note, root: bytes = b"", proof: list[bytes] | None = None) -> Evidence:
    """Evidence of two trees; `root` and `proof` where the sizes differ."""
    return Evidence(
        kind="fork",
        log=str(log),
        first=bytes(small).decode(),
        second=bytes(large).decode(),
        root=encode(root) if root else "",
        proof=tuple(map(encode, proof or ())),
    )

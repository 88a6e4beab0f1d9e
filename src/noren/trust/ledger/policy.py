"""Whom to believe: logs, witnesses, groups of witnesses within groups, and the quorum (C2SP tlog-policy)."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from pathlib import Path

import msgspec

from noren.errors import BadInput, Unproven
from noren.trust.ledger.keys import COSIGNATURE, NOTE, Verifier
from noren.trust.ledger.note import Checkpoint, Note

NOBODY = "none"
_LONGEST, _MOST_GROUPS = 1 << 20, 256
_COUNT = re.compile(r"[1-9][0-9]{0,5}")


class Known(msgspec.Struct, frozen=True):
    """A log or witness: its key and, where one is given, its address."""

    key: Verifier
    url: str = ""


class Group(msgspec.Struct, frozen=True):
    """Counts as one witness when `least` of `members` (witnesses, groups) do."""

    least: int
    members: tuple[str, ...]


class Accepted(msgspec.Struct, frozen=True):
    """A checkpoint that a policy accepts: the log that signed it, and when (seconds since 1970) each witness did."""

    checkpoint: Checkpoint
    log: Verifier
    times: dict[str, int]


class Policy(msgspec.Struct, frozen=True):
    """One policy. `witnesses` and `groups` by their names in it."""

    logs: tuple[Known, ...] = ()
    witnesses: dict[str, Known] = {}
    groups: dict[str, Group] = {}
    quorum: str = NOBODY

    @classmethod
    def read(cls, file: Path) -> Policy:
        """The policy in a file; raises `BadInput` with the line that is wrong."""
        try:
            return cls.parse(file.read_bytes(), str(file))
        except OSError as error:
            raise BadInput(f"The policy cannot be read ({error.strerror}).", where=str(file)) from error

    @classmethod
    def parse(cls, raw: bytes, where: str = "policy") -> Policy:
        """The policy in a text; raises `BadInput` with the line that is wrong."""
        if len(raw) > _LONGEST or any((byte < 0x20 and byte not in b"\t\n") or byte == 0x7F for byte in raw):
            raise BadInput("A policy is a short text without control characters.", where=where)
        reader = _Reader()
        # Names are octets: what is not UTF-8 must stay distinct, not become one replacement character.
        for number, line in enumerate(raw.decode("utf-8", "surrogateescape").split("\n"), 1):
            words = [word for word in re.split("[ \t]+", line) if word]
            if words and not words[0].startswith("#"):
                try:
                    reader.line(words)
                except BadInput as error:
                    raise BadInput(error.what, where=f"{where}, line {number}", hint=error.hint) from error
        if reader.quorum is None:
            raise BadInput(
                "A policy needs one line “quorum NAME”.", where=where, hint="“quorum none” asks for no witness."
            )
        return cls(tuple(reader.logs), reader.witnesses, reader.groups, reader.quorum)

    def satisfied(self, cosigned: Collection[str]) -> bool:
        """Whether witnesses of these names make the quorum."""
        return self.quorum == NOBODY or self._counts(self.quorum, cosigned)

    def _counts(self, name: str, cosigned: Collection[str]) -> bool:
        group = self.groups.get(name)
        if group is None:
            return name in cosigned
        return sum(self._counts(member, cosigned) for member in group.members) >= group.least

    def accept(self, note: Note, log: Verifier | None = None) -> Accepted:
        """What the note says, when one of the policy's logs (or `log`, where the policy names none) signed it and the
        quorum cosigned it; raises `Unproven` otherwise, `BadInput` when it is no checkpoint."""
        checkpoint = Checkpoint.parse(note.text)
        trusted = [known.key for known in self.logs] or ([log] if log else [])
        signers = [key for key in note.holding(trusted) if key.name == checkpoint.origin]
        if not signers:
            raise Unproven("None of the logs that the policy trusts signed this checkpoint.", where=checkpoint.origin)
        times = self.cosigned(note)
        if not self.satisfied(times):
            names = ", ".join(times) or "nobody"
            raise Unproven("Too few witnesses cosigned this checkpoint.", where=f"cosigned by {names}")
        return Accepted(checkpoint, signers[0], times)

    def cosigned(self, note: Note) -> dict[str, int]:
        """Which witnesses cosigned a checkpoint, and when."""
        found = note.holding(known.key for known in self.witnesses.values())
        return {name: found[known.key].time for name, known in self.witnesses.items() if known.key in found}


class _Reader:
    """Takes lines and keeps the rules between them."""

    def __init__(self) -> None:
        self.logs: list[Known] = []
        self.witnesses: dict[str, Known] = {}
        self.groups: dict[str, Group] = {}
        self.quorum: str | None = None
        self._members: set[str] = set()

    def line(self, words: list[str]) -> None:
        kinds: dict[str, Callable[[list[str]], None]] = {
            "log": self._log,
            "witness": self._witness,
            "group": self._group,
            "quorum": self._quorum,
        }
        if words[0] not in kinds:
            raise BadInput(f"A line begins with log, witness, group or quorum, not “{words[0][:40]}”.")
        kinds[words[0]](words[1:])

    def _log(self, words: list[str]) -> None:
        if len(words) not in (1, 2):
            raise BadInput("A log reads: log KEY [ADDRESS]")
        self.logs.append(_known(words, (NOTE, COSIGNATURE), self.logs))

    def _witness(self, words: list[str]) -> None:
        if len(words) not in (2, 3):
            raise BadInput("A witness reads: witness NAME KEY [ADDRESS]")
        self.witnesses[self._new(words[0])] = _known(words[1:], (COSIGNATURE,), self.witnesses.values())

    def _group(self, words: list[str]) -> None:
        if len(words) < 3:
            raise BadInput("A group reads: group NAME all|any|NUMBER MEMBER …")
        name, least, members = words[0], words[1], words[2:]
        for member in members:
            self._defined(member)
            if member in self._members:
                raise BadInput(f"“{member}” is a member already: nobody counts twice.")
            self._members.add(member)
        if len(self.groups) >= _MOST_GROUPS:
            raise BadInput(f"More than {_MOST_GROUPS} groups.")
        count = {"all": len(members), "any": 1}.get(least) or (int(least) if _COUNT.fullmatch(least) else 0)
        if not 1 <= count <= len(members):
            raise BadInput(f"“{least}” of {len(members)} members cannot be.")
        self.groups[self._new(name)] = Group(count, tuple(members))

    def _quorum(self, words: list[str]) -> None:
        if len(words) != 1 or self.quorum is not None:
            raise BadInput("A policy has one line “quorum NAME”.")
        if words[0] != NOBODY:
            self._defined(words[0])
        self.quorum = words[0]

    def _new(self, name: str) -> str:
        if name == NOBODY or name in self.witnesses or name in self.groups:
            raise BadInput(f"The name “{name}” is taken.")
        return name

    def _defined(self, name: str) -> None:
        if name not in self.witnesses and name not in self.groups:
            raise BadInput(f"“{name}” is not defined above this line.")


def _known(words: list[str], kinds: tuple[int, ...], others: Collection[Known]) -> Known:
    key = Verifier.parse(words[0])
    if key.kind not in kinds:
        raise BadInput(
            "This key is for another kind of signature.", hint="Logs sign notes, witnesses cosign with the time."
        )
    if any(other.key.raw == key.raw for other in others):
        raise BadInput("This key stands here twice.")
    return Known(key, words[1] if len(words) > 1 else "")

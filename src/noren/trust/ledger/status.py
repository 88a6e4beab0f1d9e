"""How a ledger does, also for whoever only looks at its folder while another process has it open."""

from __future__ import annotations

import math
from pathlib import Path

import msgspec

from noren.errors import NotFound
from noren.trust.ledger.journal import JOURNAL, Journal
from noren.trust.ledger.keys import Verifier
from noren.trust.ledger.note import Checkpoint, Note, opened
from noren.trust.ledger.policy import NOBODY, Policy
from noren.trust.ledger.recovery import CHECKPOINT, faults
from noren.trust.ledger.shelf import Shelf
from noren.trust.ledger.tiles import Tile

_BACK = 60.0
"""Seconds by which a clock may be behind the last quorum before that counts as moved back."""


class Status(msgspec.Struct, frozen=True):
    """How a ledger does: entries, how many of them a checkpoint covers, how many of them a quorum cosigned; `lapse` is
    how many seconds ago the last quorum was (None: never), `missing` why a witness did not cosign in the last round."""

    origin: str
    key: str
    entries: int
    signed: int
    cosigned: int
    lapse: float | None
    missing: dict[str, str]


def status(
    log: Verifier, entries: int, signed: int, cosigned: Note | None, lapsed: float, missing: dict[str, str]
) -> Status:
    """The same, put together."""
    seen = Checkpoint.parse(cosigned.text).size if cosigned else 0
    return Status(log.name, str(log), entries, signed, seen, None if lapsed == math.inf else lapsed, missing)


def quorum(journal: Journal) -> tuple[Note | None, float]:
    """The last checkpoint that a quorum cosigned, and when it was asked for it (minus infinity: never)."""
    kept, at = journal.kept("cosigned"), journal.kept("quorum_at")
    return (
        Note.parse(kept) if isinstance(kept, bytes) else None,
        float(at) if isinstance(at, int | float) else -math.inf,
    )


def lapse(policy: Policy, at: float, now: float, running: float = 0.0) -> float:
    """Seconds since the quorum of `at`; at least `running`, which no clock that is moved can shorten. 0 when the policy
    asks for nobody, infinite when there was none or the clock now stands well before it."""
    if policy.quorum == NOBODY:
        return 0.0
    return math.inf if now - at < -_BACK else max(now - at, running, 0.0)


def glance(folder: Path, log: Verifier, policy: Policy, now: float) -> Status:
    """The status of a ledger that this process did not open; raises `NotFound` where none is."""
    journal, note = _look(folder, log)
    try:
        cosigned, at = quorum(journal)
        told = msgspec.json.decode(str(journal.kept("missing") or "{}"), type=dict[str, str])
        missing = {name: why for name, why in told.items() if name in policy.witnesses}
        return status(log, journal.size, Checkpoint.parse(note.text).size, cosigned, lapse(policy, at, now), missing)
    finally:
        journal.close()


def check(folder: Path, log: Verifier) -> tuple[Checkpoint, list[Tile]]:
    """What is signed, and the tiles that do not say what the journal says, each made again and compared. Slow.

    Raises `NotFound` where no ledger is, `Conflict` when the journal is not what was signed, `Unproven` when the
    checkpoint is not the log's.
    """
    journal, note = _look(folder, log)
    try:
        return Checkpoint.parse(note.text), faults(journal, Shelf(folder), note)
    finally:
        journal.close()


def _look(folder: Path, log: Verifier) -> tuple[Journal, Note]:
    if not (folder / CHECKPOINT).is_file() or not (folder / JOURNAL).is_file():
        raise NotFound("Nothing was recorded in this ledger yet.", where=str(folder), hint="noren anchor FILE")
    note = opened((folder / CHECKPOINT).read_bytes(), log)[1]
    return Journal(folder / JOURNAL), note

"""What residents are told at once: kept until they read it, sealed under their key, in words of their language."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal

import msgspec

from noren.errors import NotFound
from noren.messages import say
from noren.trust.rows import open_rows
from noren.trust.vault import Vault

Kind = Literal[
    "emergency", "emergency-reviewed", "guardian", "guardian-ended", "helper-asked", "helper-agreed", "helper-ended",
    "of-age", "recipient-stopped", "deletion-confirmed", "erased",
]  # fmt: skip
_TABLES = """
CREATE TABLE IF NOT EXISTS told (
    id INTEGER PRIMARY KEY, person BLOB NOT NULL, at REAL NOT NULL, read REAL NOT NULL, sealed TEXT NOT NULL
) STRICT;
CREATE INDEX IF NOT EXISTS told_person ON told (person);
"""


class Message(msgspec.Struct, frozen=True, kw_only=True):
    """What a resident was told: its kind, when (epoch seconds), its facts, and when they read it (0: not yet)."""

    id: int
    kind: Kind
    at: float
    facts: dict[str, Any]
    read: float = 0.0

    def text(self, language: str) -> str:
        """It in words; people are called by the end of their number."""
        said = {name: re.sub(r"^urn:\S+:", "", str(fact)) for name, fact in self.facts.items()}
        return say(language, f"told.{self.kind}", **said)


class Messages:
    """What one city's residents were told."""

    def __init__(self, file: Path, vault: Vault, city: str, *, clock: Callable[[], float] = time.time) -> None:
        self._db = open_rows(file, _TABLES)
        self._vault, self._city, self._clock = vault, city, clock

    def tell(self, person: str, kind: Kind, **facts: Any) -> None:
        """Tell `person`; durable on return."""
        subject = self._vault.subject(person, self._city, "government")
        sealed = self._vault.seal(self._city, subject, "told", {"kind": kind, "facts": facts})
        self._vault.settle()
        self._db.execute("INSERT INTO told VALUES (NULL, ?, ?, 0, ?)", (subject, self._clock(), sealed))

    def of(self, person: str) -> list[Message]:
        """What `person` was told, the newest first."""
        subject = self._vault.subject(person, self._city, "government")
        rows = self._db.execute("SELECT id, at, read, sealed FROM told WHERE person = ? ORDER BY id DESC", (subject,))
        return [found for row in rows.fetchall() if (found := self._opened(subject, *row)) is not None]

    def read(self, person: str) -> None:
        """`person` has read what they were told until now."""
        subject = self._vault.subject(person, self._city, "government")
        self._db.execute("UPDATE told SET read = ? WHERE person = ? AND read = 0", (self._clock(), subject))

    def close(self) -> None:
        """Let go of the file."""
        self._db.close()

    def _opened(self, subject: bytes, id: int, at: float, read: float, sealed: str) -> Message | None:
        try:
            return Message(id=id, at=at, read=read, **self._vault.unseal(subject, "told", sealed))
        except NotFound:  # sealed under a key that was destroyed
            return None

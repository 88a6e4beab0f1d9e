"""What counts once: authorisation codes, challenges, states, invitations, the numbers of assertions."""

from __future__ import annotations

import hashlib
import secrets
from typing import Any

import msgspec

from noren.trust.identity.register import Register


class Once:
    """Kept as hashes: whoever reads the file cannot use what is still open."""

    def __init__(self, register: Register) -> None:
        self._register = register

    def give(self, kind: str, facts: dict[str, Any], *, seconds: float) -> str:
        """A secret that stands for `facts` until it is taken, for so many seconds at most."""
        secret = secrets.token_urlsafe(32)
        self.keep(kind, secret, facts, seconds=seconds)
        return secret

    def keep(self, kind: str, secret: str, facts: dict[str, Any], *, seconds: float) -> bool:
        """The same for a secret that another made; False when it was kept before and still counts."""
        now = self._register.now()
        with self._register.change() as run:
            run("DELETE FROM once WHERE until <= ?", now)
            kept = run(
                "INSERT OR IGNORE INTO once VALUES (?, ?, ?, ?)",
                kind,
                hashed(secret),
                msgspec.json.encode(facts),
                now + seconds,
            )
            return kept.rowcount == 1

    def take(self, kind: str, secret: str) -> dict[str, Any] | None:
        """The facts, this one time; None when it was taken, never given, or is too late."""
        with self._register.change() as run:
            row = run("DELETE FROM once WHERE kind = ? AND key = ? RETURNING facts, until", kind, hashed(secret))
            return self._facts(row.fetchone())

    def look(self, kind: str, secret: str) -> dict[str, Any] | None:
        """The facts, without taking them."""
        return self._facts(
            self._register.row("SELECT facts, until FROM once WHERE kind = ? AND key = ?", kind, hashed(secret))
        )

    def _facts(self, row: tuple[bytes, float] | tuple[Any, ...] | None) -> dict[str, Any] | None:
        if row is None or row[1] <= self._register.now():
            return None
        facts: dict[str, Any] = msgspec.json.decode(row[0])
        return facts


def hashed(secret: str) -> bytes:
    """What is kept of a secret of 256 random bits; a slow hash would add nothing to it."""
    return hashlib.sha256(secret.encode()).digest()

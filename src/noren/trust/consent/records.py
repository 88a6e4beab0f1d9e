"""The records of consents, each sealed under the key of the person at the holder; of the rest only what must be found
without a person: which recipient, until when.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import msgspec

from noren.errors import NotFound
from noren.trust.consent.record import By, Record, What
from noren.trust.rows import open_rows
from noren.trust.vault import Vault

_TABLES = """
CREATE TABLE IF NOT EXISTS consent (
    id TEXT PRIMARY KEY, subject BLOB NOT NULL, holder TEXT NOT NULL, tenant TEXT NOT NULL, recipient TEXT NOT NULL,
    until REAL NOT NULL, ended REAL NOT NULL, sealed TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS consent_subject ON consent (subject);
CREATE INDEX IF NOT EXISTS consent_until ON consent (until) WHERE ended = 0;
CREATE INDEX IF NOT EXISTS consent_recipient ON consent (tenant, recipient, ended);
"""


class Kept(msgspec.Struct, frozen=True, kw_only=True):
    """A record with what it is about: the person, and the grant by which it acts (`id`)."""

    id: str
    subject: bytes
    holder: str
    person: str
    record: Record


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """A consent as it is known without opening it: whose it is not; `ended` is 0 while it stands."""

    id: str
    subject: bytes
    holder: str
    tenant: str
    recipient: str
    until: float
    ended: float


class Records:
    """The consents of one city."""

    def __init__(self, file: Path, vault: Vault, *, clock: Callable[[], float] = time.time) -> None:
        """Open the records; of what the list of erasures says has ended, the time is over."""
        self._db = open_rows(file, _TABLES)
        self._vault, self._clock = vault, clock
        for id in vault.erasures.ended("grant"):
            self._cut_short(id)

    def keep(self, kept: Kept) -> Kept:
        """Write a record down, new or after another event."""
        plain = {"person": kept.person, "record": kept.record}
        sealed = self._vault.seal(kept.holder, kept.subject, f"consent\n{kept.id}", plain)
        self._vault.settle()
        offer = kept.record.offer
        ended = 0.0 if kept.record.state in ("given", "renewed") else kept.record.until
        row = (kept.id, kept.subject, kept.holder, offer.tenant, offer.recipient, kept.record.until, ended, sealed)
        self._db.execute("REPLACE INTO consent VALUES (?, ?, ?, ?, ?, ?, ?, ?)", row)
        return kept

    def then(self, id: str, what: What, by: By) -> Kept:
        """Note another event; raises `Conflict` for a consent that has ended, `NotFound` for none."""
        kept = self.get(id)
        return self.keep(msgspec.structs.replace(kept, record=kept.record.then(what, self._clock(), by)))

    def get(self, id: str) -> Kept:
        """The record behind a grant; raises `NotFound`, also when the person was erased."""
        row = self._db.execute("SELECT subject, holder, sealed FROM consent WHERE id = ?", (id,)).fetchone()
        if row is None:
            raise NotFound("There is no such consent.", where=id)
        plain = self._vault.unseal(row[0], f"consent\n{id}", row[2])
        record = msgspec.convert(plain["record"], Record)
        return Kept(id=id, subject=row[0], holder=row[1], person=plain["person"], record=record)

    def over(self) -> list[Found]:
        """Consents whose time is over and of which that was not noted yet."""
        return self._select("ended = 0 AND until <= ?", self._clock())

    def to(self, recipient: str, tenant: str = "") -> list[Found]:
        """Consents to a recipient that stand."""
        return self._select("(tenant, recipient) = (?, ?) AND ended = 0", tenant, recipient)

    def of(self, subject: bytes) -> list[Found]:
        """Consents about a person, as known to one holder, also those that ended."""
        return self._select("subject = ?", subject)

    def end(self, id: str) -> None:
        """Note that a consent ended of which nothing can be read any more."""
        self._db.execute("UPDATE consent SET ended = ? WHERE id = ? AND ended = 0", (self._clock(), id))

    def close(self) -> None:
        """Let go of the file."""
        self._db.close()

    def _cut_short(self, id: str) -> None:
        now = self._clock()
        if self._select("id = ? AND ended = 0 AND until > ?", id, now):
            self._db.execute("UPDATE consent SET until = ? WHERE id = ?", (now, id))

    def _select(self, where: str, *values: str | float | bytes) -> list[Found]:
        names = ("id", "subject", "holder", "tenant", "recipient", "until", "ended")
        rows = self._db.execute(f"SELECT {', '.join(names)} FROM consent WHERE {where} ORDER BY until, id", values)  # noqa: S608
        return [Found(**dict(zip(names, row, strict=True))) for row in rows.fetchall()]

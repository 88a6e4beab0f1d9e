"""Whom the city introduced to which custodian: the person behind a subject, sealed under the subject's own key."""

from __future__ import annotations

from noren.errors import NotFound
from noren.trust import Grants, OrganisationKind, Pseudonyms, Vault

_TABLE = """
CREATE TABLE IF NOT EXISTS introduced (
    subject BLOB PRIMARY KEY, holder TEXT NOT NULL, person TEXT NOT NULL
) STRICT, WITHOUT ROWID;
"""
_PLACE = "introduced"


class People:
    """Of one tenant of a city. What stands here is gone with the subject's key."""

    def __init__(self, grants: Grants, vault: Vault, tenant: str = "") -> None:
        self._db, self._vault, self._pseudonyms = grants.connect(), vault, Pseudonyms(vault, tenant)
        self._db.executescript(_TABLE)

    def introduce(self, person: str, holder: str, kind: OrganisationKind) -> str:
        """The pseudonym under which a custodian keeps what it collects about a person; always the same. From then on
        the city can ask the custodian about them; durable on return."""
        subject = self._vault.subject(person, holder, kind)
        if self.person(subject) is None:
            sealed = self._vault.seal(holder, subject, _PLACE, person)
            self._vault.settle()
            with self._db:
                self._db.execute("INSERT OR REPLACE INTO introduced VALUES (?, ?, ?)", (subject, holder, sealed))
        return self.pseudonym(person, holder)

    def pseudonym(self, id: str, organisation: str) -> str:
        """The id under which an organisation is told of somebody."""
        return self._pseudonyms.given(id, organisation)

    def person(self, subject: bytes) -> str | None:
        """Who a subject at a custodian is; None for one that was never introduced, or is erased."""
        row = self._db.execute("SELECT person FROM introduced WHERE subject = ?", (subject,)).fetchone()
        try:
            return str(self._vault.unseal(subject, _PLACE, row[0])) if row else None
        except NotFound:
            return None

    def close(self) -> None:
        """Let go of the file."""
        self._db.close()

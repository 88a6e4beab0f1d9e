"""When nobody can consent: a named clinician sees what is needed to save a life, for hours, and answers for it after.

What may be shown stands in `emergency.csv`. The person is told at once. Somebody else, of another organisation, reviews
each access afterwards; which ones still wait is for all to see, and what was found is told to the person.
"""

from __future__ import annotations

import csv
import secrets
import time
from collections.abc import Callable, Iterable
from importlib.resources import files
from pathlib import Path
from typing import Literal

import msgspec

from noren.errors import BadInput, Conflict, NotAllowed, NotFound
from noren.trust.principals import Principal
from noren.trust.rows import open_rows
from noren.trust.vault import Vault

CLINICIAN, REVIEWER = "clinician", "reviewer"
LONGEST_HOURS = 12.0
REVIEW_DAYS = 14
REASON, LONGEST_REASON = 20, 2000
_LENGTH = f"{REASON} to {LONGEST_REASON} characters."
Outcome = Literal["justified", "not-justified"]
_TABLES = """
CREATE TABLE IF NOT EXISTS emergency (
    id TEXT PRIMARY KEY, person BLOB NOT NULL, organisation TEXT NOT NULL, since REAL NOT NULL, until REAL NOT NULL,
    outcome TEXT NOT NULL, sealed TEXT NOT NULL
) STRICT;
CREATE INDEX IF NOT EXISTS emergency_person ON emergency (person);
"""


def shown() -> dict[str, dict[str, str]]:
    """What emergency access may show, "Type.attribute" with its meaning by language."""
    rows = csv.DictReader((files(__package__) / "emergency.csv").read_text("utf-8").splitlines())
    return {row["attribute"]: {"en": row["en"], "ja": row["ja"]} for row in rows}


SHOWN = shown()


class Access(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One access: who (`clinician` of `organisation`), to whom, why, to what, from when until when; and what the
    reviewer found. `grant` is the grant by which it acts."""

    id: str
    clinician: str
    organisation: str
    person: str
    reason: str
    attributes: tuple[str, ...]
    since: float
    until: float
    reviewer: str = ""
    review_by: float = 0.0
    outcome: Outcome | Literal[""] = ""
    finding: str = ""
    reviewed: float = 0.0


class Open(msgspec.Struct, frozen=True):
    """An access that waits for its review, as everybody may know of it: whose it was, since when; not about whom."""

    id: str
    organisation: str
    since: float
    due: float


class Emergencies:
    """The register of emergency accesses of one city."""

    def __init__(self, file: Path, vault: Vault, city: str, *, clock: Callable[[], float] = time.time) -> None:
        self._db = open_rows(file, _TABLES)
        self._vault, self._city, self._clock = vault, city, clock

    def begin(
        self, principal: Principal, person: str, reason: str, *, attributes: Iterable[str] = SHOWN, hours: float = 4.0
    ) -> Access:
        """Note that a clinician must see something now; raises what `check` raises."""
        wanted = self.check(principal, person, reason, attributes=attributes, hours=hours)
        now = self._clock()
        return self._keep(
            Access(
                id=secrets.token_urlsafe(12),
                clinician=principal.id,
                organisation=principal.organisation,
                person=person,
                reason=reason.strip(),
                attributes=wanted,
                since=now,
                until=now + hours * 3600,
                review_by=now + REVIEW_DAYS * 86_400,
            )
        )

    def check(
        self, principal: Principal, person: str, reason: str, *, attributes: Iterable[str] = SHOWN, hours: float = 4.0
    ) -> tuple[str, ...]:
        """What would be shown, whoever it is about. Raises `NotAllowed` for anybody but a clinician, `BadInput` without
        a reason, for too long, or for more than emergency access shows."""
        check_clinician(principal)
        wanted = tuple(sorted(set(attributes)))
        if not REASON <= len(reason.strip()) <= LONGEST_REASON:
            raise BadInput("Say why nobody can be asked.", where="reason", hint=_LENGTH)
        if not 0 < hours <= LONGEST_HOURS:
            raise BadInput("That is too long.", where="hours", hint=f"At most {LONGEST_HOURS:g} hours, then again.")
        if not wanted or (beyond := set(wanted) - SHOWN.keys()):
            names = ", ".join(sorted(beyond)) if wanted else "nothing"
            raise BadInput(f"Emergency access does not show this: {names}.", where="attributes")
        if person == principal.id:
            raise BadInput("This is about yourself.", where="person", hint="See it under Mine.")
        return wanted

    def waiting(self) -> list[Open]:
        """Accesses that were not reviewed yet, the oldest first; without those to people who had themselves erased."""
        rows = self._db.execute("SELECT id FROM emergency WHERE outcome = '' ORDER BY since").fetchall()
        found = [each for (id,) in rows if (each := self._found(id)) is not None]
        return [Open(each.id, each.organisation, each.since, each.review_by) for each in found]

    def to_review(self, principal: Principal) -> list[Access]:
        """What the reviewer may and should look at, whole."""
        _check_reviewer(principal)
        found = [self._one(each.id) for each in self.waiting() if each.organisation != principal.organisation]
        return [each for each in found if principal.id not in (each.clinician, each.person)]

    def review(self, id: str, principal: Principal, outcome: Outcome, finding: str) -> Access:
        """Record what a reviewer found; raises `NotAllowed` for one of the same organisation, or who was there."""
        _check_reviewer(principal)
        found = self._one(id)
        if principal.organisation == found.organisation or principal.id in (found.clinician, found.person):
            raise NotAllowed("Somebody of another organisation reviews this.", where="reviewer")
        if found.outcome:
            raise Conflict("This was reviewed before.", where=id)
        if not REASON <= len(finding.strip()) <= LONGEST_REASON:
            raise BadInput("Say what was found.", where="finding", hint=_LENGTH)
        return self._keep(
            msgspec.structs.replace(
                found, reviewer=principal.id, outcome=outcome, finding=finding.strip(), reviewed=self._clock()
            )
        )

    def of(self, person: str) -> list[Access]:
        """All accesses to what is held about somebody, the newest first."""
        subject = self._vault.subject(person, self._city, "government")
        rows = self._db.execute("SELECT id FROM emergency WHERE person = ? ORDER BY since DESC", (subject,)).fetchall()
        return [found for (id,) in rows if (found := self._found(id)) is not None]

    def close(self) -> None:
        """Let go of the file."""
        self._db.close()

    def _keep(self, each: Access) -> Access:
        person = self._vault.subject(each.person, self._city, "government")
        sealed = self._vault.seal(self._city, person, f"emergency\n{each.id}", each)
        self._vault.settle()
        row = (each.id, person, each.organisation, each.since, each.until, each.outcome, sealed)
        self._db.execute("REPLACE INTO emergency VALUES (?, ?, ?, ?, ?, ?, ?)", row)
        return each

    def _one(self, id: str) -> Access:
        found = self._found(id)
        if found is None:
            raise NotFound("There is no such access.", where=id)
        return found

    def _found(self, id: str) -> Access | None:
        row = self._db.execute("SELECT person, sealed FROM emergency WHERE id = ?", (id,)).fetchone()
        try:
            return msgspec.convert(self._vault.unseal(row[0], f"emergency\n{id}", row[1]), Access) if row else None
        except NotFound:  # the person was erased
            return None


def check_clinician(principal: Principal) -> None:
    """Raise `NotAllowed` for whoever is no clinician of a health organisation."""
    if principal.kind != "staff" or principal.organisation_kind != "health":
        raise NotAllowed("Emergency access is for clinicians of a health organisation.", where="principal")
    if CLINICIAN not in principal.roles:
        raise NotAllowed("The role of clinician was not given.", where="roles")


def _check_reviewer(principal: Principal) -> None:
    if REVIEWER not in principal.roles:
        raise NotAllowed("The role of reviewer was not given.", where="roles")

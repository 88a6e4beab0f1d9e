"""Who may receive what residents allow: organisations that applied, were vetted by two people, and are not stopped.

The criteria stand in `checklist.csv`, in our own words after Japan's guideline for certifying information trust
functions (情報信託機能の認定に係る指針): what it asks of those to whom data is provided. An approval ends on a day. The
ethics board, of whom none works for the city, may stop a recipient at once; its decisions are published with reasons. A
stop is in the list of erasures first, so that an older copy of the register, put back, does not undo it.
"""

from __future__ import annotations

import csv
import re
import time
from collections.abc import Callable
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Literal

import msgspec
from joserfc.errors import JoseError
from joserfc.jwk import OKPKey

from noren.errors import BadInput, Conflict, NotAllowed, NotFound
from noren.messages import say
from noren.trust.consent.offer import Offer, checked
from noren.trust.principals import OrganisationKind, Principal
from noren.trust.purposes import purpose
from noren.trust.rows import changing, open_rows
from noren.trust.vault import Erasures

State = Literal["applied", "half-vetted", "approved", "refused", "expired", "stopped"]
Decided = Literal["stop", "lift"]
BOARD = "ethics-board"
LONGEST_DAYS = 730
REASON, LONGEST_NAME = 20, 60
_KEY_HINT = "Give the public Ed25519 key as JWK, without d: noren recipient key FILE"
_SHA = re.compile(r"[0-9a-f]{64}")
_TABLES = """
CREATE TABLE IF NOT EXISTS recipient (
    tenant TEXT NOT NULL, organisation TEXT NOT NULL, body BLOB NOT NULL, PRIMARY KEY (tenant, organisation)
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS offer (
    id TEXT PRIMARY KEY, tenant TEXT NOT NULL, organisation TEXT NOT NULL, ended REAL NOT NULL, body BLOB NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS decision (id INTEGER PRIMARY KEY, body BLOB NOT NULL) STRICT;
"""


class Criterion(msgspec.Struct, frozen=True):
    """What a recipient must meet, by language, and whether paper must show it."""

    name: str
    evidence: bool
    meaning: dict[str, str]


@cache
def criteria() -> tuple[Criterion, ...]:
    """The checklist."""
    rows = csv.DictReader((files(__package__) / "checklist.csv").read_text("utf-8").splitlines())
    return tuple(
        Criterion(row["criterion"], row["evidence"] == "yes", {"en": row["en"], "ja": row["ja"]}) for row in rows
    )


class Answer(msgspec.Struct, frozen=True):
    """How an applicant meets a criterion; `evidence` are SHA-256 of files, in hexadecimal."""

    text: str
    evidence: tuple[str, ...] = ()


class Application(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What an organisation applies for. `key` is the public Ed25519 key (JWK) with which it signs that it deleted."""

    organisation: str
    name: dict[str, str]
    kind: OrganisationKind
    contact: str
    purposes: frozenset[str]
    attributes: frozenset[str]
    benefit: dict[str, str]
    answers: dict[str, Answer]
    key: dict[str, str]
    tenant: str = ""


class Recipient(msgspec.Struct, frozen=True, kw_only=True):
    """An application and what became of it; times in epoch seconds. `vetted` are the two who looked at it."""

    application: Application
    applied: float
    vetted: tuple[str, ...] = ()
    until: float = 0.0
    refused: str = ""
    stopped: str = ""

    def state(self, now: float) -> State:
        """How it stands at `now`."""
        if self.stopped:
            return "stopped"
        if self.refused:
            return "refused"
        if len(self.vetted) < 2:
            return "half-vetted" if self.vetted else "applied"
        return "approved" if now < self.until else "expired"


class Decision(msgspec.Struct, frozen=True, kw_only=True):
    """A decision of the ethics board, as it is published; who voted stays with the board."""

    organisation: str
    tenant: str
    decided: Decided
    reason: dict[str, str]
    at: float


class Recipients:
    """The register of one city. `operator` is the organisation that runs it."""

    def __init__(
        self,
        file: Path,
        operator: str,
        languages: tuple[str, ...],
        ends: Erasures,
        *,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """Open the register, and stop whom the list `ends` says was stopped by a decision that it does not know."""
        self._db, self._ends = open_rows(file, _TABLES), ends
        self._operator, self._languages, self._clock = operator, languages, clock
        self._known: dict[tuple[str, str], Recipient | None] = {}
        self._version = 0
        self._replay()

    def apply(self, application: Application, by: Principal) -> Recipient:
        """Hand in an application for one's own organisation, or hand it in anew: it is vetted again from the start."""
        if not _speaks_for(by, application.organisation, application.tenant):
            raise NotAllowed("An organisation applies for itself.", where="organisation")
        _check(application)
        found = self.find(application.organisation, application.tenant)
        if found and found.stopped:
            raise Conflict("The ethics board stopped this recipient.", where=application.organisation)
        self._keep(Recipient(application=application, applied=self._clock()))
        self._replay()
        return self.one(application.organisation, application.tenant)

    def vet(self, organisation: str, by: Principal, *, days: int = LONGEST_DAYS, tenant: str = "") -> Recipient:
        """One of two members of staff finds that the checklist is met; with the second it is approved for `days`."""
        found, now = self.one(organisation, tenant), self._clock()
        _check_staff(by, self._operator)
        if found.state(now) not in ("applied", "half-vetted"):
            raise Conflict(f"This application is {found.state(now)}.", where=organisation)
        if by.id in found.vetted:
            raise Conflict("Somebody else must look at it, too.", where="by", hint="Four eyes, not two.")
        if not 1 <= days <= LONGEST_DAYS:
            raise BadInput("That is too long.", where="days", hint=f"At most {LONGEST_DAYS} days, then again.")
        until = min(found.until or float("inf"), now + days * 86_400)
        return self._keep(msgspec.structs.replace(found, vetted=(*found.vetted, by.id), until=until))

    def refuse(self, organisation: str, by: Principal, reason: str, *, tenant: str = "") -> Recipient:
        """Staff find that the checklist is not met."""
        found = self.one(organisation, tenant)
        _check_staff(by, self._operator)
        _check_reason(reason)
        return self._keep(msgspec.structs.replace(found, refused=reason))

    def decide(
        self,
        organisation: str,
        by: Principal,
        decided: Decided,
        reason: dict[str, str],
        tenant: str = "",
    ) -> Decision:
        """A member of the ethics board stops a recipient, at once, or lifts the stop; the reason is published."""
        if (
            BOARD not in by.roles
            or by.kind not in ("staff", "organisation")
            or by.organisation
            in (
                self._operator,
                organisation,
            )
        ):
            raise NotAllowed("The ethics board decides this; nobody of the city or the recipient sits on it.")
        found = self.one(organisation, tenant)
        if bool(found.stopped) == (decided == "stop"):
            raise Conflict("It stands so already.", where=organisation)
        for language in self._languages:
            _check_reason(reason.get(language, ""), language)
        made = Decision(organisation=organisation, tenant=tenant, decided=decided, reason=reason, at=self._clock())
        with changing(self._db):
            number = self._next()
            if decided == "stop":
                self._ends.end(f"stop:{tenant}:{organisation}:{number}")
            self._write(found, made, by.id if decided == "stop" else "", number)
        return made

    def vetted(self, organisation: str, tenant: str = "") -> bool:
        """Whether it may receive anything now: approved, its time not over, not stopped."""
        found = self.find(organisation, tenant)
        return found is not None and found.state(self._clock()) == "approved"

    def offer(self, offer: Offer, by: Principal) -> Offer:
        """Publish what a recipient asks of residents; raises `NotAllowed` beyond what it was approved for."""
        if not _speaks_for(by, *_key(offer)) or not self.vetted(*_key(offer)):
            raise NotAllowed("An approved recipient asks for itself.", where="recipient")
        allowed = self.one(offer.recipient, offer.tenant).application
        if offer.purpose not in allowed.purposes or not allowed.attributes.issuperset(offer.attributes):
            raise NotAllowed("This was not approved.", where="purpose, attributes", hint="Apply for it first.")
        same = (allowed.kind, allowed.name, allowed.contact)
        if same != (offer.recipient_kind, offer.recipient_name, offer.recipient_contact):
            raise BadInput("It gives other names than the register.", where="recipient_name, recipient_contact")
        checked(offer, self._languages)
        row = (offer.id, offer.tenant, offer.recipient, msgspec.json.encode(offer))
        self._db.execute("INSERT OR IGNORE INTO offer VALUES (?, ?, ?, 0, ?)", row)
        return offer

    def offers(self, tenant: str = "") -> list[Offer]:
        """What recipients ask now."""
        rows = self._db.execute("SELECT body FROM offer WHERE tenant = ? AND ended = 0 ORDER BY id", (tenant,))
        found = [msgspec.json.decode(body, type=Offer) for (body,) in rows.fetchall()]
        return [each for each in found if self.vetted(*_key(each))]

    def asked(self, id: str, tenant: str = "") -> Offer:
        """The offer of that id, as long as its recipient may ask; raises `NotFound`."""
        for each in self.offers(tenant):
            if each.id == id:
                return each
        raise NotFound("Nobody asks this now.", where=id)

    def close_offer(self, id: str, by: Principal) -> None:
        """The recipient asks no more; what was allowed stands."""
        row = (self._clock(), id, by.organisation, by.tenant)
        found = self._db.execute("UPDATE offer SET ended = ? WHERE (id, organisation, tenant) = (?, ?, ?)", row)
        if not found.rowcount:
            raise NotFound("Nobody asks this now.", where=id)

    def find(self, organisation: str, tenant: str = "") -> Recipient | None:
        """What the register says of an organisation, None when nothing; also when another process said so just now."""
        if (version := self._db.execute("PRAGMA data_version").fetchone()[0]) != self._version:
            self._known.clear()
            self._version = version
        if (tenant, organisation) not in self._known:
            self._known[tenant, organisation] = self._read(tenant, organisation)
        return self._known[tenant, organisation]

    def one(self, organisation: str, tenant: str = "") -> Recipient:
        """The same; raises `NotFound`."""
        found = self.find(organisation, tenant)
        if found is None:
            raise NotFound("The register does not name this organisation.", where=organisation)
        return found

    def all(self, tenant: str = "") -> list[Recipient]:
        """The register, by name."""
        rows = self._db.execute("SELECT body FROM recipient WHERE tenant = ? ORDER BY organisation", (tenant,))
        return [msgspec.json.decode(body, type=Recipient) for (body,) in rows.fetchall()]

    def decisions(self, tenant: str = "") -> list[Decision]:
        """What the ethics board decided, the newest first."""
        rows = self._db.execute("SELECT body FROM decision ORDER BY id DESC").fetchall()
        found = [msgspec.json.decode(body, type=Decision) for (body,) in rows]
        return [each for each in found if each.tenant == tenant]

    def close(self) -> None:
        """Let go of the file."""
        self._db.close()

    def _replay(self) -> None:
        """Stop whom the list names, unless a decision about them that is as late, or later, is known: that one holds. A
        stop that is taken up is a decision here, so that the board can lift it."""
        for each in self._ends.ended("stop"):
            tenant, _, rest = each.partition(":")
            organisation, _, number = rest.rpartition(":")
            found = self._read(tenant, organisation)
            if found is None or int(number) <= self._last_about(tenant, organisation):
                continue
            reason = {language: say(language, "recipient.stoppedAgain") for language in self._languages}
            made = Decision(organisation=organisation, tenant=tenant, decided="stop", reason=reason, at=self._clock())
            with changing(self._db):
                self._write(found, made, BOARD, max(int(number), self._next()))

    def _write(self, found: Recipient, made: Decision, stopped: str, number: int) -> None:
        self._keep(msgspec.structs.replace(found, stopped=stopped))
        self._db.execute("INSERT INTO decision VALUES (?, ?)", (number, msgspec.json.encode(made)))

    def _next(self) -> int:
        return int(self._db.execute("SELECT coalesce(max(id), 0) + 1 FROM decision").fetchone()[0])

    def _last_about(self, tenant: str, organisation: str) -> int:
        """The number of the last decision about an organisation; 0 when there is none."""
        for id, body in self._db.execute("SELECT id, body FROM decision ORDER BY id DESC").fetchall():
            made = msgspec.json.decode(body, type=Decision)
            if (made.tenant, made.organisation) == (tenant, organisation):
                return int(id)
        return 0

    def _read(self, tenant: str, organisation: str) -> Recipient | None:
        row = self._db.execute(
            "SELECT body FROM recipient WHERE (tenant, organisation) = (?, ?)", (tenant, organisation)
        ).fetchone()
        return msgspec.json.decode(row[0], type=Recipient) if row else None

    def _keep(self, each: Recipient) -> Recipient:
        self._known.clear()
        row = (each.application.tenant, each.application.organisation, msgspec.json.encode(each))
        self._db.execute("REPLACE INTO recipient VALUES (?, ?, ?)", row)
        return each


def _speaks_for(by: Principal, organisation: str, tenant: str) -> bool:
    return by.kind in ("organisation", "staff") and (by.organisation, by.tenant) == (organisation, tenant)


def _key(offer: Offer) -> tuple[str, str]:
    return offer.recipient, offer.tenant


def _check(application: Application) -> None:
    for name in application.purposes:
        purpose(name)
    if not application.purposes or not application.attributes or not application.contact.strip():
        raise BadInput("Purposes, attributes or the contact are missing.", where="application")
    for said in (*application.name.values(), application.contact, application.organisation):
        if not said.strip() or not said.isprintable() or len(said) > LONGEST_NAME:
            raise BadInput(f"A name is printed on a notice: {LONGEST_NAME} characters at most.", where="name, contact")
    if not {":", "/"}.isdisjoint(application.organisation):  # an id of a person or an account must not be its name
        raise BadInput("The organisation's short name has no “:” and no “/”.", where="organisation")
    if application.key.get("kty") != "OKP" or application.key.get("crv") != "Ed25519" or "d" in application.key:
        raise BadInput("The public key is missing.", where="key", hint=_KEY_HINT)
    try:
        OKPKey.import_key(dict(application.key)).public_key.public_bytes_raw()
    except (JoseError, ValueError) as error:
        raise BadInput("The public key cannot be read.", where="key", hint=_KEY_HINT) from error
    for criterion in criteria():
        answer = application.answers.get(criterion.name, Answer(""))
        if not answer.text.strip() or (criterion.evidence and not answer.evidence):
            needed = "words and evidence" if criterion.evidence else "words"
            raise BadInput(f"“{criterion.meaning['en']}”: {needed} are missing.", where=f"answers.{criterion.name}")
        if not all(_SHA.fullmatch(each) for each in answer.evidence):
            raise BadInput("Evidence is named by its SHA-256.", where=f"answers.{criterion.name}")


def _check_staff(by: Principal, operator: str) -> None:
    if by.kind != "staff" or by.organisation != operator:
        raise NotAllowed("The city's staff vet recipients.", where="principal")


def _check_reason(reason: str, language: str = "") -> None:
    if len(reason.strip()) < (REASON if language != "ja" else REASON // 2):
        raise BadInput("The reason is missing or too short.", where=f"reason {language}".strip())

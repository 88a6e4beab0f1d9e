"""Consent, as a resident gives and ends it: understood first, recorded, proved, and answered for by recipients."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from contextlib import suppress

import msgspec

from noren.errors import BadInput, Conflict, NotAllowed, NotFound
from noren.terms import COMMON, TYPES, DataClass, iri
from noren.trust import Definition, Entered, Grant, Ground, Principal, grant_id
from noren.trust.book import USE
from noren.trust.consent import Notice, Offer, Question, Record, document, given
from noren.trust.consent.record import By, What
from noren.trust.consent.records import Kept
from noren.trust.duties import Cause, Duty
from noren.view.desk import Desk


class Allowed(msgspec.Struct, frozen=True, kw_only=True):
    """A consent as the resident sees it: what was asked, what happened, how often it was used, and whether the
    recipient has confirmed that it deleted. `state` is "given", "renewed", "withdrawn", "expired", "revoked" or
    "stopped" (by the ethics board, as long as it does)."""

    id: str
    state: What | str
    until: float
    offer: Offer
    record: Record
    uses: int
    duty: Duty | None


def called(name: str, language: str) -> str:
    """How an attribute ("Type.attribute") is called in a language."""
    kind, _, attribute = name.partition(".")
    found = TYPES[kind].attributes.get(attribute) if kind in TYPES else None
    meaning = (found or COMMON[attribute]).meaning if found or attribute in COMMON else {}
    return meaning.get(language) or meaning.get("en") or name


class Allowing:
    """Consents about one person, given and ended by them or by whoever acts for them (`by`), until `latest` at most."""

    def __init__(self, desk: Desk, person: str, by: By, latest: float = float("inf")) -> None:
        self._desk, self._office, self._person, self._by, self._latest = desk, desk.office, person, by, latest

    def subjects(self) -> list[bytes]:
        """Under which hashes the person is known."""
        return self._desk.vault.subjects(self._person)

    def offers(self) -> list[Offer]:
        """What recipients ask of residents now."""
        return self._office.recipients.offers(self._desk.tenant)

    def offer(self, id: str) -> Offer:
        """One of them; raises `NotFound`."""
        return self._office.recipients.asked(id, self._desk.tenant)

    def ask(self, offer: Offer, language: str) -> tuple[Notice, Question]:
        """The notice of an offer and a question about it; raises `NotAllowed` for what the city's rules let nobody
        allow, and `Conflict` while the recipient has not deleted what it had to."""
        self._check(offer)
        names = [each.application.name for each in self._office.recipients.all(self._desk.tenant)]
        others = [name[language] for name in names if language in name]
        return self._office.questions.ask(self._account(), offer, language, called, others)

    async def allow(self, offer: Offer, question: str, answer: int) -> Allowed:
        """Give consent, when the answer shows that the notice was understood; raises `BadInput` otherwise."""
        self._check(offer)
        subject = self._subject(offer)
        if any(each.record.offer.id == offer.id for each in self._standing(subject)):
            raise Conflict("You allowed this already.", where=offer.id, hint="It can be renewed or withdrawn.")
        shown = self._office.questions.answered(question, self._account(), offer, answer)
        record = given(offer, shown, subject.hex(), self._desk.grants.now(), self._by).bounded(self._latest)
        kept = Kept(id=grant_id(), subject=subject, holder=offer.holder, person=self._person, record=record)
        await note(self._desk, kept, "given", self._by)  # first: what is not in the ledger lets nobody see anything
        self._office.records.keep(kept)
        self._desk.grants.give(_grant(kept), document(record, self._desk.organisation))
        if offer.points_per == "grant":
            self._office.points.earn(self._account(), offer.recipient, offer.points, grant=kept.id)
        return self._allowed(kept)

    async def withdraw(self, id: str) -> Allowed:
        """End a consent: it acts no more when this returns. Raises `NotFound` for one that is not the person's,
        `Conflict` for one whose time was over, `Unavailable` when it acts no more and could not be noted to the end, or
        when the disk took nothing: to withdraw again does what is missing, and nothing twice."""
        return self._allowed(await end(self._desk, self._one(id), "withdrawn", self._by))

    async def renew(self, id: str, question: str, answer: int) -> Allowed:
        """Let a consent that stands hold as long again from now, after the notice was read and understood again."""
        kept, now = self._one(id), self._desk.grants.now()
        if not self._holds(kept):
            raise Conflict("This consent is over.", where=id, hint="Allow it anew.")
        offer = self.offer(kept.record.offer.id)
        self._check(offer)
        shown = self._office.questions.answered(question, self._account(), offer, answer)
        record = kept.record.then("renewed", now, self._by, shown).bounded(self._latest)
        renewed = msgspec.structs.replace(kept, record=record)
        await note(self._desk, renewed, "renewed", self._by)
        self._desk.grants.prolong(id, record.until)
        self._office.records.keep(renewed)
        return self._allowed(renewed)

    def all(self) -> list[Allowed]:
        """What was allowed, also what is over; the newest first."""
        found = [kept for subject in self.subjects() for kept in self._kept(subject)]
        counts = uses(self._desk, self.subjects())
        return [self._allowed(kept, counts) for kept in sorted(found, key=lambda kept: -kept.record.events[0].at)]

    def one(self, id: str) -> Allowed:
        """One of them; raises `NotFound`."""
        return self._allowed(self._one(id))

    def credit(self) -> None:
        """Credit points for uses that were not credited yet, where a recipient promised some for each."""
        promised = {kept.id: kept.record.offer for subject in self.subjects() for kept in self._kept(subject)}
        for line in self._desk.book.of(self.subjects()):
            for id in line.facts.get("grants", ()) if line.kind == USE else ():
                if (offer := promised.get(id)) and offer.points_per == "use":
                    self._office.points.earn(
                        self._account(), offer.recipient, offer.points, grant=id, use=str(line.num)
                    )

    def _check(self, offer: Offer) -> None:
        if self._office.duties.blocks(offer.recipient, offer.tenant):
            raise Conflict(
                "This recipient has not deleted in time what it had to: nothing new is allowed to it.",
                where=offer.recipient,
            )
        collector = self._collector(offer)
        for name in offer.attributes:
            kind, _, attribute = name.partition(".")
            data_class = self._desk.classes.of_attribute(iri(kind), iri(attribute))
            if data_class != DataClass.PERSONAL:
                raise BadInput("This is not about people: no consent is needed.", where=name)
            what = Definition(kind, attribute, data_class, collector)
            if not self._desk.policy.may(_grantee(offer), offer.purpose, "read", what, _ground(offer)):
                raise NotAllowed(
                    f"The city's rules let nobody allow this to a {offer.recipient_kind} organisation.",
                    where=name,
                    hint="docs/curtain.md says why: what a company collected is not for the government, for example.",
                )

    def _collector(self, offer: Offer) -> str:
        try:
            return self._desk.vault.collector(self._subject(offer))[1]
        except NotFound:
            return "none"

    def _subject(self, offer: Offer) -> bytes:
        return self._desk.vault.subject(self._person, offer.holder)

    def _account(self) -> bytes:
        return self._desk.vault.subject(self._person, self._desk.organisation, "government")

    def _kept(self, subject: bytes) -> list[Kept]:
        found = []
        for each in self._office.records.of(subject):
            if each.tenant != self._desk.tenant:
                continue
            try:
                found.append(self._office.records.get(each.id))
            except NotFound:  # sealed under a key that was destroyed
                continue
        return found

    def _standing(self, subject: bytes) -> list[Kept]:
        return [kept for kept in self._kept(subject) if self._holds(kept)]

    def _holds(self, kept: Kept) -> bool:
        """Whether it stands; its record may not say yet that it ended, after a restore."""
        return kept.record.holds(self._desk.grants.now()) and not self._desk.grants.withdrawn(kept.id)

    def _one(self, id: str) -> Kept:
        kept = self._office.records.get(id)
        if kept.person != self._person or kept.record.offer.tenant != self._desk.tenant:
            raise NotFound("There is no such consent.", where=id)
        return kept

    def _allowed(self, kept: Kept, counts: Mapping[str, int] | None = None) -> Allowed:
        counts = uses(self._desk, [kept.subject]) if counts is None else counts
        offer, record = kept.record.offer, kept.record
        state: str = record.state
        if record.state in ("given", "renewed"):
            recipient = self._office.recipients.find(offer.recipient, offer.tenant)
            stopped = recipient is not None and bool(recipient.stopped)
            over = not record.holds(self._desk.grants.now())
            state = "expired" if over else "stopped" if stopped else state
            state = "withdrawn" if self._desk.grants.withdrawn(kept.id) else state  # after a restore
        return Allowed(
            id=kept.id,
            state=state,
            until=record.until,
            offer=offer,
            record=record,
            uses=counts.get(kept.id, 0),
            duty=self._office.duties.of_grant(kept.id),
        )


def uses(desk: Desk, subjects: Iterable[bytes]) -> Counter[str]:
    """How often each consent about these subjects was used, by grant."""
    lines = (line for line in desk.book.of(subjects) if line.kind == USE)
    return Counter(grant for line in lines for grant in line.facts.get("grants", ()))


async def end(desk: Desk, kept: Kept, cause: Cause, by: By) -> Kept:
    """End a consent, or do what is missing where it was ended and something failed: first it acts no more, then what
    must be deleted is noted, then it stands in its record, last in the ledger."""
    with suppress(NotFound):  # a power cut between record and grant: it never acted
        desk.grants.withdraw(kept.id)
    owe(desk, kept, cause)
    if kept.record.state != "withdrawn":
        kept = desk.office.records.then(kept.id, "withdrawn", by)
        await note(desk, kept, "withdrawn", by)
    elif noted := [line for line in desk.book.of([kept.subject]) if _says(line, kept, "withdrawn")]:
        await desk.book.complete(noted)
    else:
        await note(desk, kept, "withdrawn", by)
    return kept


def _says(line: Entered, kept: Kept, what: What) -> bool:
    return line.kind == f"consent-{what}" and line.facts["grant"] == kept.id


def owe(desk: Desk, kept: Kept, cause: Cause, *, forgotten: bool = False) -> None:
    """Whoever used a consent that ended must delete what it got; also where its uses may be `forgotten`."""
    if forgotten or uses(desk, [kept.subject])[kept.id]:
        offer, now = kept.record.offer, desk.grants.now()
        desk.office.duties.owe(offer.recipient, kept.id, cause, since=now, tenant=offer.tenant)


async def note(desk: Desk, kept: Kept, what: What, by: By) -> None:
    """Enter in the ledger what happened to a consent."""
    offer, shown = kept.record.offer, kept.record.shown
    facts = {
        "grant": kept.id,
        "recipient": offer.recipient,
        "purpose": offer.purpose,
        "attributes": list(offer.attributes),
        "by": by,
        "notice": shown.notice,
        "language": shown.language,
    }
    await desk.book.note(f"consent-{what}", facts, kept.subject, kept.holder)


def _grant(kept: Kept) -> Grant:
    offer, record = kept.record.offer, kept.record
    return Grant(
        id=kept.id,
        basis="consent",
        subject=kept.subject,
        holder=kept.holder,
        tenant=offer.tenant,
        grantee=offer.recipient,
        purpose=offer.purpose,
        attributes=frozenset(offer.attributes),
        since=record.events[0].at,
        until=record.until,
        daily=offer.daily,
    )


def _grantee(offer: Offer) -> Principal:
    return Principal(
        id=f"urn:noren:organisation:{offer.recipient}",
        kind="organisation",
        organisation=offer.recipient,
        organisation_kind=offer.recipient_kind,
        tenant=offer.tenant,
        purposes=frozenset({offer.purpose}),
        default_purpose=offer.purpose,
        roles=frozenset({"collector"}),
    )


def _ground(offer: Offer) -> Ground:
    return Ground("consent", vetted=True, collected=offer.recipient == offer.holder)

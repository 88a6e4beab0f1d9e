"""The other side of Mine: recipients and the ethics board, clinicians and reviewers, and the staff who register.

Each method says who may call it by whom it refuses. What a board decides and which deletions are overdue is for
everybody to see.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from noren.errors import NotAllowed, NotFound
from noren.trust import Grant, Principal, grant_id
from noren.trust.consent import Offer
from noren.trust.consent.emergency import SHOWN, Access, Open, Outcome
from noren.trust.consent.standing import Standing
from noren.trust.duties import Duty
from noren.trust.recipients import Application, Decided, Decision, Recipient
from noren.view.allowing import note, owe
from noren.view.desk import Desk
from noren.view.standing_in import end_access, open_access

EMERGENCY = "emergency-care"


class Registers:
    """The registers of one tenant, as one principal may use them."""

    def __init__(self, desk: Desk, principal: Principal) -> None:
        self._desk, self._office, self._principal = desk, desk.office, principal

    # Recipients.

    def recipients(self) -> list[Recipient]:
        """The register of recipients, for all to see."""
        return self._office.recipients.all(self._desk.tenant)

    def recipient(self, organisation: str) -> Recipient:
        """One of them; raises `NotFound`."""
        return self._office.recipients.one(organisation, self._desk.tenant)

    def decisions(self) -> list[Decision]:
        """What the ethics board decided and why, for all to see."""
        return self._office.recipients.decisions(self._desk.tenant)

    def overdue(self) -> list[Duty]:
        """What recipients should have deleted and did not confirm, for all to see."""
        return self._office.duties.overdue(self._desk.tenant)

    def apply(self, application: Application) -> Recipient:
        """An organisation applies for itself."""
        return self._office.recipients.apply(application, self._principal)

    async def vet(self, organisation: str, days: int) -> Recipient:
        """One of two members of staff finds the checklist met."""
        vetted = self._office.recipients.vet(organisation, self._principal, days=days, tenant=self._desk.tenant)
        facts = {"organisation": organisation, "eyes": 2 * len(vetted.vetted), "until": vetted.until}
        await self._desk.book.note("recipient-vetted", facts)
        return vetted

    async def refuse(self, organisation: str, reason: str) -> Recipient:
        """A member of staff finds the checklist not met."""
        refused = self._office.recipients.refuse(organisation, self._principal, reason, tenant=self._desk.tenant)
        await self._desk.book.note("recipient-refused", {"organisation": organisation, "reason": reason})
        return refused

    async def decide(self, organisation: str, decided: Decided, reason: dict[str, str]) -> Decision:
        """The ethics board stops a recipient, which sees nothing more from that moment on, or lifts the stop."""
        made = self._office.recipients.decide(organisation, self._principal, decided, reason, self._desk.tenant)
        self._desk.policy.forget()
        facts = {"organisation": organisation, "decided": decided, "reason": reason}
        await self._desk.book.note("board-decision", facts)
        if decided == "stop":
            self._tell_of_stop(organisation)
        return made

    def publish(self, offer: Offer) -> Offer:
        """A recipient publishes what it asks of residents."""
        return self._office.recipients.offer(offer, self._principal)

    def close_offer(self, id: str) -> None:
        """A recipient asks no more."""
        self._office.recipients.close_offer(id, self._principal)

    def offers(self) -> list[Offer]:
        """What recipients ask of residents now, for all to see."""
        return self._office.recipients.offers(self._desk.tenant)

    def duties(self) -> list[Duty]:
        """What the principal's own organisation had or has to delete."""
        return self._office.duties.of(self._organisation(), self._desk.tenant)

    async def confirm(self, id: str, confirmation: str) -> Duty:
        """A recipient confirms with its signature that it deleted."""
        organisation = self._organisation()
        if id not in {duty.id for duty in self.duties()}:
            raise NotFound("There is no such duty.", where=id)
        key = self.recipient(organisation).application.key
        met = self._office.duties.confirm(id, confirmation, key)
        await self._desk.book.note("deletion-confirmed", {"organisation": organisation, "grant": met.grant})
        self._tell_holder(met)
        return met

    # Emergencies.

    async def emergency(
        self, person: str, reason: str, *, attributes: Iterable[str] = SHOWN, hours: float = 4.0
    ) -> Access:
        """A clinician opens what is needed of a person who cannot be asked; the person is told at once. Raises
        `NotFound` for a person of whom nothing is held, which is told only to who may open it and says why."""
        self._whole_city()
        emergencies = self._office.emergencies
        shown = emergencies.check(self._principal, person, reason, attributes=attributes, hours=hours)
        if not (subjects := self._desk.vault.subjects(person)):
            raise NotFound("Nothing is held about this person.")
        access = emergencies.begin(self._principal, person, reason, attributes=shown, hours=hours)
        facts = {
            "access": access.id,
            "who": access.clinician,
            "organisation": access.organisation,
            "reason": access.reason,
            "attributes": list(access.attributes),
            "until": access.until,
        }
        for told in (person, *self._guardians(person)):
            self._office.messages.tell(told, "emergency", organisation=access.organisation, reason=access.reason)
        for subject in subjects:
            holder = self._desk.vault.collector(subject)[0]
            await self._desk.book.note("emergency", facts, subject, holder)
            self._desk.grants.give(self._opened(access, subject, holder))
        return access

    def reviews(self) -> list[Open]:
        """Emergency accesses that wait for a review, for all to see."""
        return self._office.emergencies.waiting()

    def to_review(self) -> list[Access]:
        """The same, whole, for a reviewer of another organisation."""
        self._whole_city()
        return self._office.emergencies.to_review(self._principal)

    async def review(self, id: str, outcome: Outcome, finding: str) -> Access:
        """A reviewer says what they found; the person is told."""
        self._whole_city()
        found = self._office.emergencies.review(id, self._principal, outcome, finding)
        await self._desk.book.note(
            "emergency-reviewed", {"access": id, "organisation": found.organisation, "outcome": outcome}
        )
        self._office.messages.tell(found.person, "emergency-reviewed", organisation=found.organisation, finding=finding)
        return found

    # Guardians, by the city's staff.

    async def guardian(self, child: str, guardian: str, of_age: float, evidence: str) -> Standing:
        """Register a guardian until the child is of age (epoch seconds); `evidence` is the SHA-256 of the paper. It
        holds once a second member of staff, shown the same paper, does the same."""
        self._staff()
        made = self._office.standings.register(child, guardian, of_age, evidence=evidence, by=self._principal.id)
        if not made.agreed:
            await self._note_guardian("guardian-shown", made)
            return made
        open_access(self._desk, made)
        self._office.messages.tell(child, "guardian", who=guardian)
        self._office.messages.tell(guardian, "guardian", who=child)
        await self._note_guardian("guardian-registered", made)
        return made

    async def strike_off(self, id: str) -> Standing:
        """Strike a guardian off, who sees nothing more from that moment on."""
        self._staff()
        ended = self._office.standings.end(id, self._principal.id, staff=True)
        end_access(self._desk, ended)
        for who, other in ((ended.person, ended.actor), (ended.actor, ended.person)):
            self._office.messages.tell(who, "guardian-ended", who=other)
        await self._note_guardian("guardian-ended", ended)
        return ended

    # Housekeeping.

    async def settle(self) -> int:
        """Note consents whose time is over, so that recipients delete; how many. Whoever runs the city calls it. One of
        which an older copy of the data, put back, did not know that it was withdrawn is noted as such."""
        over = [each for each in self._office.records.over() if each.tenant == self._desk.tenant]
        for each in over:
            how: Literal["withdrawn", "expired"] = "withdrawn" if self._desk.grants.withdrawn(each.id) else "expired"
            try:
                kept = self._office.records.then(each.id, how, "city")
            except NotFound:  # the person was erased meanwhile
                self._office.records.end(each.id)
                continue
            owe(self._desk, kept, how, forgotten=how == "withdrawn")
            await note(self._desk, kept, how, "city")
            if how == "expired" and kept.record.events[-2].by == "guardian":
                name = kept.record.offer.recipient_name
                self._office.messages.tell(kept.person, "of-age", recipient=name.get("en", kept.record.offer.recipient))
        return len(over)

    def _guardians(self, person: str) -> list[str]:
        now, standings = self._desk.grants.now(), self._office.standings.of(person)
        return [each.actor for each in standings if each.role == "guardian" and each.acts(now)]

    def _opened(self, access: Access, subject: bytes, holder: str) -> Grant:
        return Grant(
            id=grant_id(),
            basis="emergency",
            subject=subject,
            holder=holder,
            tenant=self._desk.tenant,
            grantee=access.clinician,
            purpose=EMERGENCY,
            attributes=frozenset(access.attributes),
            since=access.since,
            until=access.until,
        )

    def _tell_of_stop(self, organisation: str) -> None:
        for each in self._office.records.to(organisation, self._desk.tenant):
            try:
                kept = self._office.records.get(each.id)
            except NotFound:
                continue
            owe(self._desk, kept, "stopped")
            self._office.messages.tell(kept.person, "recipient-stopped", organisation=organisation)

    def _tell_holder(self, duty: Duty) -> None:
        try:
            person = self._office.records.get(duty.grant).person
        except NotFound:  # erased: nobody is left to be told
            return
        self._office.messages.tell(person, "deletion-confirmed", organisation=duty.organisation)

    async def _note_guardian(self, kind: str, standing: Standing) -> None:
        subject = self._desk.vault.subject(standing.person, self._desk.organisation, "government")
        facts = {"guardian": standing.actor, "until": standing.until, "by": standing.by, "second": standing.second}
        await self._desk.book.note(kind, facts, subject, self._desk.organisation)

    def _staff(self) -> None:
        if self._principal.kind != "staff" or self._principal.organisation != self._desk.organisation:
            raise NotAllowed("The city's staff do this.", where="principal")
        self._whole_city()

    def _whole_city(self) -> None:
        """Guardians and emergencies are about people, whom all tenants of the city share."""
        if self._desk.tenant:
            raise NotAllowed("Whoever was let into one tenant does not do this for the whole city.", where="tenant")

    def _organisation(self) -> str:
        if self._principal.kind not in ("organisation", "staff") or not self._principal.organisation:
            raise NotAllowed("This is for recipients.", where="principal")
        return self._principal.organisation

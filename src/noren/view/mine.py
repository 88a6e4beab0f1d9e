"""Mine: what a resident sees of what is held about them, and does with it; for themselves or for whom they act.

>>> from noren.view.allowing import called
>>> called("Person.birthDate", "en")
'Date of birth'
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, BinaryIO

import msgspec

from noren.broker import forms
from noren.errors import NotAllowed, NotFound
from noren.terms import iri
from noren.trust import OWN, Entered, Principal
from noren.trust.book import USE
from noren.trust.consent import Notice, Question
from noren.trust.consent.emergency import Access
from noren.trust.consent.points import Movement
from noren.trust.consent.record import By
from noren.trust.consent.standing import EVERYTHING, Does, Standing, covered
from noren.trust.consent.told import Message
from noren.view import asking, erasing, exporting
from noren.view.allowing import Allowed, Allowing
from noren.view.desk import Desk
from noren.view.reading import Reading
from noren.view.standing_in import end_access, open_access
from noren.view.used import Used, used
from noren.view.writing import Writing

Plain = dict[str, Any]


class Held(msgspec.Struct, frozen=True, kw_only=True):
    """One entity held about the person: by which organisation of which kind, and the entity with short names."""

    organisation: str
    organisation_kind: str
    entity: Plain


class Balance(msgspec.Struct, frozen=True):
    """What a resident has in points, and how they came and went."""

    points: int
    movements: list[Movement]


class Mine:
    """One person's own side of the curtain. Raises `NotAllowed` for whoever is no resident or asks for another purpose
    than own-data; what a helper was not asked to do is not there for them (`NotFound`)."""

    def __init__(
        self,
        desk: Desk,
        reading: Reading,
        writing: Writing,
        principal: Principal,
        purpose: str,
        standing: Standing | None = None,
    ) -> None:
        if principal.kind != "resident" or purpose != OWN:
            raise NotAllowed("This is for residents, about themselves.", where="purpose", hint=f"Ask for “{OWN}”.")
        self._desk, self._reading, self._writing, self._office = desk, reading, writing, desk.office
        self._principal, self._purpose, self._as = principal, purpose, standing
        self.person = standing.person if standing else principal.id
        by: By = standing.role if standing else "self"
        latest = standing.until if standing else float("inf")
        self._allowing = Allowing(desk, self.person, by, latest)

    def of(self, person: str) -> Mine:
        """The same for somebody for whom the principal acts; raises `NotFound` for anybody else."""
        if person == self._principal.id:
            return self
        now = self._desk.grants.now()
        for standing in self._office.standings.by(self._principal.id):
            if standing.person == person and standing.acts(now):
                open_access(self._desk, standing)
                return Mine(self._desk, self._reading, self._writing, self._principal, self._purpose, standing)
        raise NotFound("There is nobody of that name for whom you act.")

    # What is held, and who used it.

    async def held(self) -> list[Held]:
        """What is held about the person, by whom."""
        self._may("see")
        context, found = self._desk.contexts.get(), []
        for doc, _, subject in await self._reading.held(self._allowing.subjects()):
            organisation, kind = self._desk.vault.collector(subject) if subject else (self._desk.organisation, "none")
            entity = asking.unwrapped(forms.render(doc, context, forms.Form(style="simplified")))
            found.append(Held(organisation=organisation, organisation_kind=kind, entity=entity))
        return found

    def uses(self) -> list[Used]:
        """Who used what of the person for what, the newest first."""
        self._may("see")
        found = [used(line) for line in self._lines() if line.kind == USE]
        return [each for each in found if self._covers(each.names)]

    def history(self) -> list[Entered]:
        """Everything that the ledger proves about the person: uses, consents, withdrawals, emergencies, corrections."""
        self._whole()
        return self._lines()

    async def proof(self, num: int) -> tuple[bytes, bytes]:
        """Document and receipt (`.tlog-proof`) of a line, for `noren verify`; raises `NotFound`."""
        self._whole()
        for line in self._lines():
            if line.num == num:
                return line.document, bytes(await self._desk.book.receipt(line))
        raise NotFound("There is no such line about you.", where=str(num))

    def emergencies(self) -> list[Access]:
        """What was shown when the person could not be asked, and what the reviewer found."""
        self._whole()
        return self._office.emergencies.of(self.person)

    async def correct(self, id: str, type: str, attributes: Mapping[str, Any]) -> None:
        """Put right what is held about the person in one entity; raises as a write does, `NotFound` for another's."""
        for name in attributes:
            self._may("correct", f"{type}.{name}")
        stored = self._desk.store.get([id])
        subject = stored.subjects[0] if stored.docs else None
        if subject is None or subject not in self._allowing.subjects() or iri(type) not in stored.docs[0]["type"]:
            raise NotFound("There is no such thing about you.", where=id)
        operation = asking.operation({"id": id, "type": type} | dict(attributes), self._desk.contexts.get(), "update")
        for outcome in await self._writing.apply([operation]):
            if outcome.error:
                raise outcome.error
        facts = {"entity": id, "attributes": sorted(attributes), "by": self._as.role if self._as else "self"}
        await self._desk.book.note("corrected", facts, subject, self._desk.vault.collector(subject)[0])

    # What was allowed.

    def offers(self) -> list[Plain]:
        """What recipients ask of residents now, each with its `id`."""
        return [msgspec.to_builtins(offer) | {"id": offer.id} for offer in self._allowing.offers()]

    def ask(self, offer: str, language: str) -> tuple[Notice, Question]:
        """The notice of an offer, and the question that comes with it."""
        self._may("allow")
        return self._allowing.ask(self._allowing.offer(offer), language)

    async def allow(self, offer: str, question: str, answer: int) -> Allowed:
        """Allow what an offer asks, by answering the question (0, 1 or 2) that came with its notice."""
        asked = self._allowing.offer(offer)
        for name in asked.attributes:
            self._may("allow", name)
        return await self._allowing.allow(asked, question, answer)

    async def withdraw(self, id: str) -> Allowed:
        """End a consent: it acts no more, here at once, and at custodians a second later."""
        self._may_with("withdraw", id)
        return await self._allowing.withdraw(id)

    async def renew(self, id: str, question: str, answer: int) -> Allowed:
        """Let a consent hold anew after the notice was understood again."""
        self._may_with("allow", id)
        return await self._allowing.renew(id, question, answer)

    def grants(self) -> list[Allowed]:
        """What was allowed, also what is over."""
        self._may("see")
        return [each for each in self._allowing.all() if self._covers(each.offer.attributes)]

    async def receipt(self, id: str) -> Plain:
        """The receipt of a consent (JSON-LD), with the ledger's proof of what happened to it last."""
        self._whole()
        return await exporting.receipt(self._desk, self._allowing.one(id), self._lines())

    # What one gets.

    def points(self) -> Balance:
        """What the person has in points."""
        self._whole()
        self._allowing.credit()
        return Balance(*self._office.points.of(self._account()))

    def spend(self, to: str, points: int, name: str) -> int:
        """Hand points to "recipient:NAME" or "fund:NAME"; what is left. The same `name` spends once."""
        self._only_self()
        self._allowing.credit()
        return self._office.points.spend(self._account(), to, points, name=name)

    # Taking it along, and away.

    async def export(self, to: BinaryIO) -> None:
        """Write one archive (zip, open formats) with everything about the person."""
        self._whole()
        await exporting.archive(self, self._desk, to, self._lines())

    async def erase(self, organisation: str = "") -> erasing.Erased:
        """Erase what one organisation holds about the person, or everything (""); there is no way back."""
        if self._as and self._as.role != "guardian":
            raise NotFound("Only the person themselves erases.")
        return await erasing.erase(self._desk, self.person, self._allowing, organisation)

    # Who acts for whom, and what one was told.

    def wards(self) -> list[Standing]:
        """For whom the principal acts, or is asked to act."""
        return [each for each in self._office.standings.by(self._principal.id) if not each.ended]

    def helpers(self) -> list[Standing]:
        """Who acts for the person, acted or is asked to."""
        self._may("see")
        return self._office.standings.of(self.person)

    def appoint(
        self, helper: str, *, attributes: frozenset[str], does: frozenset[Does] = EVERYTHING, days: int = 90
    ) -> Standing:
        """Ask somebody to help; it holds once they agree."""
        self._only_self()
        made = self._office.standings.appoint(self.person, helper, attributes=attributes, does=does, days=days)
        self._office.messages.tell(helper, "helper-asked", who=self.person)
        return made

    def agree(self, id: str) -> Standing:
        """Agree to help."""
        made = self._office.standings.agree(id, self._principal.id)
        open_access(self._desk, made)
        self._office.messages.tell(made.person, "helper-agreed", helper=made.actor)
        return made

    def end(self, id: str) -> Standing:
        """Dismiss a helper, or stop helping."""
        ended = self._office.standings.end(id, self._principal.id)
        end_access(self._desk, ended)
        other = ended.actor if self._principal.id == ended.person else ended.person
        self._office.messages.tell(other, "helper-ended", who=self._principal.id)
        return ended

    def messages(self) -> list[Message]:
        """What the person was told, the newest first."""
        self._whole()
        return self._office.messages.of(self.person)

    def read_messages(self) -> None:
        """Note that the person has read what they were told."""
        self._only_self()
        self._office.messages.read(self.person)

    def _may(self, does: Does, attribute: str = "") -> None:
        if self._as:  # looked up anew: they may have been dismissed a moment ago
            self._office.standings.acting(self._principal.id, self.person, does, attribute)

    def _may_with(self, does: Does, consent: str) -> None:
        """As `_may`, with everything that a consent is about."""
        for name in self._allowing.one(consent).offer.attributes:
            self._may(does, name)

    def _whole(self) -> None:
        """For what is not about some attributes alone: whoever may see some of them only does not get it."""
        self._may("see")
        if self._as and "*" not in self._as.attributes:
            raise NotFound("You help with some attributes alone: this is about others, too.")

    def _covers(self, attributes: Iterable[str]) -> bool:
        return self._as is None or all(covered(name, self._as.attributes) for name in attributes)

    def _only_self(self) -> None:
        if self._as:
            raise NotFound("Only the person themselves does this.")

    def _account(self) -> bytes:
        return self._desk.vault.subject(self.person, self._desk.organisation, "government")

    def _lines(self) -> list[Entered]:
        return self._desk.book.of(self._allowing.subjects())

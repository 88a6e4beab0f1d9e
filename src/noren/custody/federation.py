"""The city's side: what is asked of the city is asked of its custodians and sources, too, and becomes one answer."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Self

import msgspec

from noren.broker.requests import EntityQuery, TooManyResults, is_selected
from noren.city import City
from noren.custody.answers import Part
from noren.custody.cuts import Cuts
from noren.custody.envelope import MOST, PROOFS, Requester, nonce
from noren.custody.fanout import SILENT, Fanout, Missing, Question, Reply
from noren.custody.merging import merged, without
from noren.custody.people import People
from noren.custody.proofs import prove
from noren.custody.registrations import Registrations
from noren.custody.signed import digest
from noren.custody.sources import Source, configured
from noren.errors import NorenError
from noren.net.guard import Guard
from noren.net.http import Http, Limits
from noren.store.query import Doc, pattern, predicate
from noren.terms import DataClass
from noren.view import View
from noren.view.elsewhere import Arrived, Permit

CUTS = "custodians.json"
_LIMITS = Limits(seconds=35.0, connect=5.0, largest=8 << 20, per_host=128, at_once=512)
_log = logging.getLogger(__name__)


class Federated(msgspec.Struct, frozen=True):
    """One answer: documents that the caller may see, those of the city first; how many there are, where that was asked;
    whether there are more behind them; and which sources are missing, and why."""

    docs: list[Doc]
    total: int | None
    more: bool
    missing: list[Missing]


class Federation:
    """Everything that a city asks of others; use it as `async with`, or `close` it."""

    def __init__(self, city: City, *, wall: Callable[[], float] = time.time) -> None:
        """Raises `BadInput` for a custodian in the settings whose key is none."""
        self.city, self._wall = city, wall
        self.configured = [configured(settings) for settings in city.config.custodians]
        self.guard = Guard(city.config.net.allow)
        self._http = Http(self.guard, _LIMITS)
        self.alias = f"noren-{city.config.slug}"
        self._fanout = Fanout(self._http, city.custody_key, city.contexts.core, self.alias, wall=wall)
        self.cuts = Cuts(city.folder / "data" / CUTS)
        self._registrations: dict[str, Registrations] = {}
        self._people: dict[str, People] = {}

    def registrations(self, tenant: str = "") -> Registrations:
        """Context Source Registrations of a tenant."""
        if tenant not in self._registrations:
            self._registrations[tenant] = Registrations(self.city.desk(tenant).store, self.guard)
        return self._registrations[tenant]

    def sources(self, tenant: str = "") -> list[Source]:
        """Custodians of the settings (the city's own tenant has them), then what was registered."""
        return [*([] if tenant else self.configured), *self.registrations(tenant).sources()]

    def people(self, tenant: str = "") -> People:
        """Whom the city introduced to which custodian."""
        if tenant not in self._people:
            self._people[tenant] = People(self.city.grants, self.city.vault, tenant)
        return self._people[tenant]

    def asks(self, tenant: str = "") -> bool:
        """Whether there is anybody to ask."""
        return bool(self.configured and not tenant) or self.registrations(tenant).any()

    def concerned(self, query: EntityQuery, tenant: str = "", via: str = "") -> list[Source]:
        """The sources that may have something of what is asked; none that a request came by already (4.3.6.4)."""
        met = {hop.strip().partition(" ")[2].split(" ")[0] for hop in via.split(",")}
        if self.alias in met:
            return []
        return [each for each in self.sources(tenant) if each.alias not in met - {""} and each.offered(query)]

    async def answer(
        self, view: View, query: EntityQuery, sources: Sequence[Source], conditions: Mapping[str, str]
    ) -> Federated:
        """What the caller may see of what matches, here and at the sources. Raises `NotAllowed` as `View.query` does,
        before anybody is asked; `TooManyResults` for a page too far behind."""
        wanted = query.offset + query.limit + 1
        if wanted > MOST + 1:
            raise TooManyResults(
                f"Beyond the first {MOST} only one source can be asked at a time.", hint="Add local=true."
            )
        here = await view.query(msgspec.structs.replace(query, offset=0, limit=wanted))
        replies, missing = await self._ask(view, query, sources, conditions, min(wanted, MOST))
        there = [(reply.question.source, await self._received(view, reply)) for reply in replies]
        test = _test(query)
        local = without(here.docs, sources)
        docs = [doc for doc in merged(local, there) if test(doc)]
        more = len(docs) > query.offset + query.limit or any(reply.more for reply in replies)
        total = None if here.total is None else len(docs) + max(0, here.total - len(here.docs))
        return Federated(docs[query.offset : query.offset + query.limit], total, more, missing)

    async def one(self, view: View, query: EntityQuery, sources: Sequence[Source]) -> Federated:
        """The one entity whose id the query names, of all who have something of it; it raises nothing for a source."""
        here = await view.retrieve(query.ids, query.attributes, query.omitted)
        replies, missing = await self._ask(view, query, sources, {}, 1)
        there = [(reply.question.source, await self._received(view, reply)) for reply in replies]
        docs = [doc for doc in merged(without(here.docs, sources), there) if doc["id"] in query.ids]
        return Federated(docs, None, False, missing)

    async def _ask(
        self, view: View, query: EntityQuery, sources: Sequence[Source], conditions: Mapping[str, str], limit: int
    ) -> tuple[list[Reply], list[Missing]]:
        cut, missing, questions = self.cuts.all(), list[Missing](), list[Question]()
        for source in sources:
            wanted = self._questions(view, source, query, conditions, limit)
            if wanted and source.id in cut:
                missing.append(Missing(source, SILENT, "it is cut off since it did not answer as agreed"))
            else:
                questions += wanted
        replies, silent = await self._fanout.ask(questions)
        for one in silent:
            if one.lied and self.cuts.cut(one.source.id, one.why):
                await self._report(one)
        return replies, [*missing, *dict.fromkeys(silent)]

    def _questions(
        self, view: View, source: Source, query: EntityQuery, conditions: Mapping[str, str], limit: int
    ) -> list[Question]:
        offered, seen = source.offered(query), view.elsewhere
        up_to = DataClass.OPERATIONAL if source.key else DataClass.OPEN
        found = []
        if types := seen.open(offered, source.kind, up_to):
            part = Part(types=types, ids=query.ids, conditions=conditions, limit=limit)
            found.append(self._question(view, source, part))
        permits = seen.people(offered, source.organisation, source.kind) if source.key else []
        for basis in dict.fromkeys(permit.basis for permit in permits):
            some = [permit for permit in permits if permit.basis == basis][:PROOFS]
            if question := self._about(view, source, query.ids, some, limit):
                found.append(question)
        return found

    def _question(self, view: View, source: Source, part: Part, **more: Any) -> Question:
        who = view.principal
        organisation = who.organisation if who.kind not in ("resident", "anonymous") else ""
        requester = Requester(
            kind=who.kind,
            id=self._alias(view, source) if source.key and who.kind != "anonymous" else "",
            organisation=organisation,
            organisation_kind=who.organisation_kind if organisation else "none",
            vetted=bool(organisation) and self.city.vetted(organisation, who.tenant),
        )
        given: dict[str, Any] = {"jti": nonce()} | more
        return Question(source=source, part=part, who=requester, purpose=view.purpose, **given)

    def _alias(self, view: View, source: Source) -> str:
        return self.people(view.principal.tenant).pseudonym(view.principal.id, source.organisation)

    def _about(
        self, view: View, source: Source, ids: tuple[str, ...], permits: Sequence[Permit], limit: int
    ) -> Question | None:
        """What is asked about people: those of them whom the city introduced to the custodian."""
        people = self.people(view.principal.tenant)
        known: dict[str, Permit] = {}
        for permit in permits:
            person = view.principal.id if permit.basis == "own" else people.person(permit.subject)
            if person is not None:
                sub = people.pseudonym(person, source.organisation)
                known[sub] = _both(known[sub], permit) if sub in known else permit
        if not known or source.key is None:
            return None
        jti = nonce()
        types: dict[str, frozenset[str]] = {}
        for permit in known.values():
            for kind, names in permit.types.items():
                types[kind] = names if kind not in types else _union(types[kind], names)
        part = Part(types=types, ids=ids, limit=limit, people={sub: permit.types for sub, permit in known.items()})
        basis = permits[0].basis
        grantee = view.principal.organisation if basis == "consent" else self._alias(view, source)
        proofs = tuple(
            prove(
                self.city.custody_key,
                source.key.name,
                now=self._wall(),
                sub=sub,
                jti=jti,
                grant=permit.grants[0].id if permit.grants else "",
                basis=basis,
                grantee=grantee,
                purpose=view.purpose,
                attributes=permit.named(self.city.classes),
            )
            for sub, permit in known.items()
        )
        return self._question(view, source, part, basis=basis, jti=jti, proofs=proofs, permits=known)

    async def _received(self, view: View, reply: Reply) -> list[Doc]:
        """What may be seen of a reply; what is about people is in the book when this returns."""
        question, seen = reply.question, view.elsewhere
        source = question.source
        if question.part.people is None:
            up_to = DataClass.OPERATIONAL if source.key else DataClass.OPEN
            return seen.through([one.doc for one in reply.held], source.kind, up_to)
        facts = {"custodian": source.id, "ask": digest(reply.asked.encode()), "statement": reply.statement}
        return await seen.release(self._arrived(view, reply), source.organisation, source.kind, facts)

    def _arrived(self, view: View, reply: Reply) -> list[Arrived]:
        people, found = self.people(view.principal.tenant), []
        for one in reply.held:
            permit = reply.question.permits[one.subject]
            person = view.principal.id if permit.basis == "own" else people.person(permit.subject)
            if person is not None:
                found.append(Arrived(doc=one.doc, permit=permit, person=person))
        return found

    async def _report(self, missing: Missing) -> None:
        source = missing.source
        _log.error("%s is cut off: %s See `noren custodians`.", source.organisation, missing.why)
        try:
            facts = {"custodian": source.id, "organisation": source.organisation, "why": missing.why}
            await self.city.book.note("custodian-cut", facts)
        except NorenError as error:
            _log.error("that could not be entered in the ledger: %s", error)

    async def close(self) -> None:
        """Let go of connections and files."""
        await self._fanout.close()
        await self._http.close()
        for people in self._people.values():
            people.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *error: Any) -> None:
        await self.close()


def _both(one: Permit, other: Permit) -> Permit:
    """Two grants about one person together; each stands in the book."""
    types = dict(one.types)
    for kind, names in other.types.items():
        types[kind] = names if kind not in types else _union(types[kind], names)
    return msgspec.structs.replace(one, types=types, grants=(*one.grants, *other.grants))


def _union(one: frozenset[str], other: frozenset[str]) -> frozenset[str]:
    return one | other if one and other else frozenset()


def _test(query: EntityQuery) -> Callable[[Doc], bool]:
    """Whether a document is what was asked for, whoever sent it."""
    where = predicate(query.where) if query.where is not None else None
    matching = pattern(query.id_pattern) if query.id_pattern else None

    def test(doc: Doc) -> bool:
        if (query.ids and doc["id"] not in query.ids) or not is_selected(doc, query.types):
            return False
        return (matching is None or bool(matching.search(doc["id"]))) and (where is None or where(doc))

    return test

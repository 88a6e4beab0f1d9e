"""The custodian's side: an ask is checked, decided on this house's own policies, entered in its own ledger, answered
under its signature. What is wrong with an ask is found before anything is looked up."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from noren.broker.contexts import Context
from noren.broker.languages import parse_geo, parse_q, parse_scope
from noren.broker.requests import EntityQuery
from noren.city import City
from noren.custody import answers
from noren.custody.answers import Held
from noren.custody.envelope import Ask, Inbox, Requester, state
from noren.custody.proofs import Proof, allowed, granted, proven
from noren.custody.signed import digest
from noren.errors import BadInput, Unproven
from noren.store.query import And, Doc, Node
from noren.trust import Grant, Line, Principal
from noren.trust.ledger import Signer, Verifier
from noren.view import View
from noren.view.personal import SUBJECT

CLINICIAN = frozenset({"clinician"})
_GEO = ("georel", "geometry", "coordinates")
_KNOWN = frozenset({"q", "scopeQ", "geoproperty", *_GEO})


class Shown(msgspec.Struct, frozen=True):
    """A proof, and its text as the city signed it."""

    text: str
    proof: Proof


class Custodian:
    """Answers the asks of one city from what this house holds."""

    def __init__(self, city: City, *, wall: Callable[[], float] = time.time) -> None:
        """Raises `BadInput` when the folder is no custodian's, or the city's key is none."""
        if city.config.custodian is None:
            raise BadInput(
                "This folder is no custodian's.", where="noren.toml, custodian", hint="See docs/custodians.md."
            )
        self.city, self.settings, self._wall = city, city.config.custodian, wall
        self.signer: Signer = city.custody_key
        self._asking = Verifier.parse(self.settings.key)
        self._inbox = Inbox(self.signer.verifier.name, {self._asking.name: self._asking}, wall=wall)

    async def answer(self, text: str) -> tuple[bytes, str]:
        """The answer to an ask: its bytes, and the statement about them. Raises `Unproven` for an ask that does not
        hold, `NotAllowed` where this house's policies let nobody of that kind see the types asked for."""
        asked = self._inbox.take(text)
        people = self._people(asked)
        held, more = await self._found(asked, people)
        body = answers.write(held, self.city.contexts.core)
        now, city = self._wall(), self._asking.name
        statement = state(self.signer, city, text, body, now=now, count=len(held), more=more)
        facts = {"city": city, "ask": digest(text.encode()), "for": asked.purpose, "statement": statement}
        await self._enter(facts, held, people)
        return body, statement

    def _people(self, asked: Ask) -> dict[bytes, Shown]:
        """The people asked about, by the hash under which this house knows them."""
        if bool(asked.basis) != bool(asked.proofs):
            raise Unproven("What is asked about people goes with proofs, and only that.")
        proofs = [Shown(text, proven(text, asked, self._asking)) for text in asked.proofs]
        return {self._subject(each.proof.sub): each for each in proofs}

    def _subject(self, pseudonym: str) -> bytes:
        return self.city.vault.subject(pseudonym, self.city.organisation, self.settings.kind)

    async def _found(self, asked: Ask, people: Mapping[bytes, Shown]) -> tuple[list[Held], bool]:
        holder = self.city.organisation
        proofs = [(subject, each.proof) for subject, each in people.items() if each.proof.basis != "own"]
        shown = [granted(proof, subject, holder) for subject, proof in proofs]
        view = self._view(asked, shown)
        found: dict[str, Held] = {}
        more = False
        for kind, attributes in asked.types.items():
            query = EntityQuery(
                types=((kind,),),
                ids=asked.ids,
                attributes=attributes,
                where=where(asked.conditions, self.city.contexts.city) if not people else None,
                limit=asked.limit + 1,
            )
            rows = await view.query(query)
            more = more or len(rows.docs) > asked.limit
            for doc, subject in zip(rows.docs, rows.subjects, strict=True):
                if doc["id"] not in found and (one := self._told(doc, subject, asked, people)):
                    found[doc["id"]] = one
        held = list(found.values())
        return held[: asked.limit], more or len(held) > asked.limit

    def _told(self, doc: Doc, subject: bytes | None, asked: Ask, people: Mapping[bytes, Shown]) -> Held | None:
        types: Mapping[str, frozenset[str]] = {kind: frozenset(names) for kind, names in asked.types.items()}
        proof = people[subject].proof if subject is not None and subject in people else None
        if bool(people) != (proof is not None) or not all(kind in types for kind in doc["type"]):
            return None
        seen = answers.allowed(doc["type"], types, doc["attrs"]) - {SUBJECT}
        if proof is not None:
            seen &= answers.allowed(doc["type"], allowed(proof), doc["attrs"])
        attrs = {name: value for name, value in doc["attrs"].items() if name in seen}
        return Held({**doc, "attrs": attrs}, proof.sub if proof else "") if attrs or proof is None else None

    def _view(self, asked: Ask, shown: list[Grant]) -> View:
        principal = asking(asked.who, asked.purpose, asked.basis, self.settings.operators)
        return self.city.view(principal, asked.purpose, shown=shown, vetted=asked.who.vetted)

    async def _enter(self, facts: Mapping[str, Any], held: list[Held], people: Mapping[bytes, Shown]) -> None:
        """What crosses about somebody, in this house's ledger before it leaves: what this house signed, and the proof
        that the city signed; the city's has the same statement."""
        told = {one.subject for one in held}
        lines = [
            Line(facts={**facts, "proof": shown.text}, subject=subject, holder=self.city.organisation)
            for subject, shown in people.items()
            if shown.proof.sub in told
        ]
        if lines:
            await self.city.book.enter("crossing", lines)


def asking(who: Requester, purpose: str, basis: str, operators: tuple[str, ...]) -> Principal:
    """Who asks, as this house takes them. Nobody from outside is staff here: they come as an organisation, with the
    role that this house gave it; but for a clinician in an emergency, whom the city vouches for."""
    given = {"purposes": frozenset({purpose}), "default_purpose": purpose}
    if who.kind in ("resident", "anonymous"):
        return Principal(id=who.id or "urn:noren:anonymous", kind=who.kind, **given)  # type: ignore[arg-type]
    emergency = basis == "emergency"
    roles = CLINICIAN if emergency else frozenset({"operator"} if who.organisation in operators else ())
    return Principal(
        id=who.id or f"urn:noren:organisation:{who.organisation}",
        kind="staff" if emergency else "organisation",
        organisation=who.organisation,
        organisation_kind=who.organisation_kind,
        roles=roles,
        **given,  # type: ignore[arg-type]
    )


def where(conditions: Mapping[str, str], context: Context) -> Node | None:
    """The conditions of an ask; raises `BadInput` for what is none."""
    if unknown := conditions.keys() - _KNOWN:
        raise BadInput("This is no condition.", where=", ".join(sorted(unknown)))
    parts: list[Node] = []
    if "q" in conditions:
        parts.append(parse_q(conditions["q"], context))
    if not conditions.keys().isdisjoint(_GEO):
        georel, geometry, coordinates = map(conditions.get, _GEO)
        parts.append(parse_geo(georel, geometry, coordinates, conditions.get("geoproperty"), context))
    if "scopeQ" in conditions:
        parts.append(parse_scope(conditions["scopeQ"]))
    return And(tuple(parts)) if parts else None

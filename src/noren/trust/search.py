"""Where somebody would ask to search for a person or a vehicle: refused by policy, and the refusal is on record.

A city that legislates otherwise replaces `no-search-for-people.cedar` in its folder, in public: the new text goes into
the ledger before anything is answered by it. It names a court; each request then carries an order of that court.
Even then there is nothing to find, because cameras report counts; the answer says so.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable
from typing import Any, Literal

import msgspec

from noren.errors import NotAllowed
from noren.terms import DataClass
from noren.trust.book import Book, Entered
from noren.trust.courts import Courts, Order, What
from noren.trust.grants import Ground
from noren.trust.policy import Definition, Policy, policy_texts
from noren.trust.principals import Principal

FILE = "no-search-for-people.cedar"
REFUSED, ORDERED, LAW = "search-refused", "search-ordered", "search-law"
SHOWN = 100
_TYPES: dict[str, str] = {"person": "Person", "vehicle": "Vehicle", "other": ""}
Why = Literal[
    "not permitted", "no order of a court", "order does not hold", "order is for another request", "order used"
]


class Asked(msgspec.Struct, frozen=True):
    """A request to search. Whom or what it is about is not asked for, and not kept where it is said all the same."""

    what: What = "other"
    order: str = ""


class Answered(msgspec.Struct, frozen=True):
    """A search that a court ordered, and what there is to find."""

    number: int
    found: tuple[str, ...] = ()


class Searches:
    """Requests of one city; `book` opens its book, `courts` reads the keys that its settings name."""

    def __init__(self, policy: Policy, book: Callable[[], Book], courts: Callable[[], Courts]) -> None:
        self._policy, self._book, self._courts = policy, book, courts
        self._turn = asyncio.Lock()

    async def ask(self, principal: Principal, purpose: str, asked: Asked) -> Answered:
        """Raise `NotAllowed` unless a court ordered this very request by a law of the city; either way it is in the
        book, durably, before anything is answered. Raises `Unavailable` when it cannot be recorded."""
        async with self._turn:
            self._policy.refresh()
            await self._proclaim()
            order = self._courts().read(asked.order) if asked.order else None
            why = self._refusal(principal, purpose, asked, order)
            facts = _facts(principal, purpose, asked.what)
            if why or order is None:
                line = await self._book().note(REFUSED, facts | {"why": why or "no order of a court"})
                raise _refused(line)
            line = await self._book().note(ORDERED, facts | {"court": order.iss, "order": order.number})
            return Answered(line.num)

    async def proclaim(self) -> None:
        """Enter the law on searching into the book when it changed, so that no change goes unseen."""
        async with self._turn:
            await self._proclaim()

    @property
    def law(self) -> str:
        """The law on searching that is in force, word by word."""
        return policy_texts(self._policy.folder)[FILE]

    @property
    def is_ours(self) -> bool:
        """Whether the law is the one that Noren comes with: no search at all."""
        return self.law == policy_texts()[FILE]

    def lines(self) -> dict[str, list[Entered]]:
        """What stands in the book about searches, newest first, by kind; for anybody to see."""
        return {kind: self._book().public(kind) for kind in (REFUSED, ORDERED, LAW)}

    def _refusal(self, principal: Principal, purpose: str, asked: Asked, order: Order | None) -> Why | None:
        what = Definition(_TYPES[asked.what], "", DataClass.PERSONAL)
        court = order.iss if order else ""
        if not self._policy.may(principal, purpose, "search", what, Ground(court=court)):
            return _without(asked, order)
        if order is None or f'"{order.iss}"' not in self.law:
            return "no order of a court"
        if (order.organisation, order.purpose, order.what) != (principal.organisation, purpose, asked.what):
            return "order is for another request"
        used = {line.facts.get("order") for line in self._book().public(ORDERED)}
        return "order used" if order.number in used else None

    async def _proclaim(self) -> None:
        law = self.law
        told = self._book().public(LAW)
        if (told[0].facts["text"] if told else policy_texts()[FILE]) != law:
            digest = hashlib.sha256(law.encode()).hexdigest()
            await self._book().note(LAW, {"file": FILE, "sha256": digest, "text": law})


def _without(asked: Asked, order: Order | None) -> Why:
    return "order does not hold" if asked.order and order is None else "not permitted"


def _facts(principal: Principal, purpose: str, what: What) -> dict[str, Any]:
    """What everybody may know of a request: which organisation, for what; never who sat there or whom they sought."""
    return {
        "what": what,
        "organisation": principal.organisation,
        "organisationKind": principal.organisation_kind,
        "as": principal.kind,
        "purpose": purpose,
    }


def _refused(line: Entered) -> NotAllowed:
    return NotAllowed(
        "The city does not search for people or vehicles in what its sensors report.",
        where=FILE,
        hint=f"Cameras report counts; there is nothing to search. This request is on record, number {line.num}.",
    )

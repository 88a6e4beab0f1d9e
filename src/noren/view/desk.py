"""What a view stands on: the rooms below, of one tenant. Only `city` makes one."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol

import msgspec

from noren.broker.broker import Broker
from noren.broker.contexts import ContextRegistry
from noren.store import Store
from noren.trust import Book, Grants, Policy, Principal, Pseudonyms, Uses, Vault
from noren.trust.consent.office import Office
from noren.view.classes import Classes
from noren.view.curtain import Curtain
from noren.view.home import Home

_CURTAINS = 1000


class Time(Protocol):
    """The city's clock, as far as a view looks at it."""

    @property
    def shifted(self) -> bool:
        """Whether the city's time is another than the wall's."""
        ...

    def now(self) -> datetime:
        """The time in the city."""
        ...


class Desk:
    """One tenant's store and broker with the city's trust; remembers a curtain per kind of caller."""

    def __init__(
        self,
        *,
        tenant: str,
        organisation: str,
        folder: Path,
        store: Store,
        broker: Broker,
        contexts: ContextRegistry,
        policy: Policy,
        vault: Vault,
        grants: Grants,
        book: Book,
        vetted: Callable[[str], bool],
        office: Office,
        classes: Classes,
        clock: Time,
        coverages: Callable[[], dict[str, Path]],
        home: Home | None = None,
    ) -> None:
        self.tenant, self.organisation, self.folder = tenant, organisation, folder
        self.store, self.broker, self.contexts = store, broker, contexts
        self.policy, self.vault, self.classes, self.clock = policy, vault, classes, clock
        self.grants, self.book, self.vetted, self.pseudonyms = grants, book, vetted, Pseudonyms(vault, tenant)
        self.office, self.coverages = office, coverages
        self._home, self._memories = home or Home(), dict[str, dict[str, Any]]()
        self.uses = Uses(store.values, store.put_value)
        self._curtains: dict[tuple[object, ...], Curtain] = {}
        self._rules = -1, ""

    def rules(self) -> str:
        """A short text for the rules in force: policies and classes."""
        if self._rules[0] != self.policy.version:
            raised = sorted((name, int(level)) for name, level in self.classes.raised.items())
            digest = hashlib.sha256(msgspec.json.encode([self.policy.text, raised])).hexdigest()[:16]
            self._rules = self.policy.version, digest
        return self._rules[1]

    def home(self, principal: str) -> Home:
        """Where a view is, with a memory that principals do not share."""
        return msgspec.structs.replace(self._home, memory=self._memories.setdefault(principal, {}))

    def curtain(self, principal: Principal, purpose: str) -> Curtain:
        """The curtain of everyone of this principal's signature, for this purpose."""
        key = (principal.signature, purpose)
        found = self._curtains.get(key)
        if found is None:
            if len(self._curtains) >= _CURTAINS:
                self._curtains.clear()
            found = self._curtains[key] = Curtain(principal, purpose, self.policy, self.classes)
        return found

"""The subscriptions of one tenant: kept in the store, found by what they watch, with how their delivery goes."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from typing import Any, Literal

import msgspec

from noren.broker.contexts import ContextRegistry
from noren.broker.interest import Interests
from noren.broker.subscription import Subscription, restored, stored
from noren.errors import AlreadyExists, NorenError, NotFound
from noren.store import Store
from noren.terms.record import stamp

SUBSCRIPTION, PROGRESS = "subscription", "progress"
_log = logging.getLogger(__name__)


class Owner(msgspec.Struct, frozen=True):
    """On whose behalf notifications are sent: the principal and purpose as the view wrote them down."""

    principal: dict[str, Any]
    purpose: str


class Progress(msgspec.Struct, omit_defaults=True, rename="camel"):
    """How delivery goes; `cursor` is the newest change delivered when that lags behind the common one.

    `gaps` are stretches of the log (after, until) that were compacted away before they could be delivered.
    """

    times_sent: int = 0
    times_failed: int = 0
    last_notification: datetime | None = None
    last_success: datetime | None = None
    last_failure: datetime | None = None
    status: Literal["ok", "failed"] | None = None
    trouble: str = ""
    cursor: int | None = None
    gaps: tuple[tuple[int, int], ...] = ()

    def told(self) -> dict[str, Any]:
        """The read-only members of "notification" (5.2.14.2); a gap and the last trouble stand beside them."""
        shown: dict[str, Any] = {"timesSent": self.times_sent, "timesFailed": self.times_failed}
        times = {"lastNotification": self.last_notification, "lastSuccess": self.last_success}
        times["lastFailure"] = self.last_failure
        shown |= {name: stamp(moment) for name, moment in times.items() if moment is not None}
        shown |= {"status": self.status} if self.status else {}
        shown |= {"trouble": self.trouble} if self.trouble and self.status == "failed" else {}
        return shown | ({"gaps": [{"after": a, "until": b} for a, b in self.gaps]} if self.gaps else {})


class Kept(msgspec.Struct):
    """A subscription with its owner. Changes up to `since` in the log came before it; `link` names its context."""

    subscription: Subscription
    owner: Owner
    since: int
    link: str
    progress: Progress


class Subscriptions:
    """Every subscription of a tenant. `listeners` hear the id of each that was added, changed or removed."""

    def __init__(self, store: Store, registry: ContextRegistry) -> None:
        self._store, self._registry = store, registry
        self.interests, self.listeners = Interests(), list[Callable[[str], None]]()
        self._kept: dict[str, Kept] = {}
        progress = store.values(PROGRESS)
        for id, value in store.values(SUBSCRIPTION).items():
            self._restore(id, value, msgspec.convert(progress.get(id, {}), Progress))

    def _restore(self, id: str, value: dict[str, Any], progress: Progress) -> None:
        try:
            subscription = restored(value["subscription"], self._registry)
        except NorenError as error:
            _log.warning("The subscription %s cannot be kept up: %s", id, error)
            return
        owner = msgspec.convert(value["owner"], Owner)
        self._kept[id] = Kept(subscription, owner, value["since"], value["link"], progress)
        self.interests.add(subscription)

    def __iter__(self) -> Iterator[Kept]:
        return iter(self._kept.values())

    def __len__(self) -> int:
        return len(self._kept)

    def find(self, id: str) -> Kept | None:
        """The subscription of that id, None when there is none."""
        return self._kept.get(id)

    def get(self, id: str) -> Kept:
        """The subscription of that id; raises `NotFound`."""
        found = self._kept.get(id)
        if found is None:
            raise NotFound("There is no such subscription.", where=id)
        return found

    async def add(self, subscription: Subscription, owner: Owner, link: str) -> None:
        """Keep a new one, durably; it hears of changes from now on. Raises `AlreadyExists`."""
        if subscription.id in self._kept:
            raise AlreadyExists("A subscription with this id exists.", where=subscription.id)
        await self._put(Kept(subscription, owner, self._store.newest(), link, Progress()))

    async def change(self, subscription: Subscription) -> None:
        """Keep a changed one in the place of what stands; its place in the log stays."""
        before = self.get(subscription.id)
        await self._put(msgspec.structs.replace(before, subscription=subscription))

    async def remove(self, id: str) -> None:
        """Forget it; raises `NotFound`."""
        self.get(id)
        del self._kept[id]
        self.interests.remove(id)
        self._tell(id)
        await self._store.put_value(SUBSCRIPTION, id, None)
        await self._store.put_value(PROGRESS, id, None)

    async def _put(self, kept: Kept) -> None:
        id = kept.subscription.id
        self._kept[id] = kept
        self.interests.add(kept.subscription)
        value = {
            "subscription": stored(kept.subscription),
            "owner": msgspec.to_builtins(kept.owner),
            "since": kept.since,
            "link": kept.link,
        }
        await self._store.put_value(SUBSCRIPTION, id, value)
        self._tell(id)

    def _tell(self, id: str) -> None:
        for listener in self.listeners:
            listener(id)

    def progress_of(self, id: str) -> Progress:
        """How the delivery of a subscription goes; raises `NotFound`."""
        return self.get(id).progress

    async def keep_progress(self, ids: Iterable[str]) -> None:
        """Write down how the delivery of these goes, in one go."""
        kept = [(id, self._kept[id].progress) for id in ids if id in self._kept]
        writes = (self._store.put_value(PROGRESS, id, msgspec.to_builtins(progress)) for id, progress in kept)
        await asyncio.gather(*writes)

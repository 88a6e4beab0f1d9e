"""Subscriptions of one principal: refused when they look at what may not be seen, told only what may be seen."""

from __future__ import annotations

import msgspec

from noren.broker.requests import EntityQuery
from noren.broker.subscription import Subscription
from noren.broker.subscriptions import Kept, Owner
from noren.errors import NotAllowed, NotFound
from noren.trust import Principal
from noren.view.desk import Desk
from noren.view.reading import Reading


class Subscribing:
    """What one principal may do with subscriptions for one purpose; those of others are absent."""

    def __init__(self, desk: Desk, principal: Principal, purpose: str, reading: Reading) -> None:
        self._desk, self._principal, self._purpose, self._reading = desk, principal, purpose, reading
        self._all = desk.broker.subscriptions

    async def add(self, subscription: Subscription, link: str) -> None:
        """Keep a new one; raises `NotAllowed` for what it looks at, `AlreadyExists` for its id."""
        self.permit(subscription)
        owner = Owner(msgspec.to_builtins(self._principal), self._purpose)
        await self._all.add(subscription, owner, link)

    async def change(self, subscription: Subscription) -> None:
        """Put a changed one in the place of what stands; raises as `add` and `get` do."""
        self.get(subscription.id)
        self.permit(subscription)
        await self._all.change(subscription)

    async def remove(self, id: str) -> None:
        """Forget it; raises `NotFound` for one that is absent or somebody else's."""
        self.get(id)
        await self._all.remove(id)

    def get(self, id: str) -> Kept:
        """The subscription; raises `NotFound` for one that is absent or somebody else's."""
        found = self._all.find(id)
        if found is None or not self._is_mine(found):
            raise NotFound("There is no such subscription.", where=id)
        return found

    def all(self) -> list[Kept]:
        """The principal's subscriptions."""
        return [kept for kept in self._all if self._is_mine(kept)]

    def permit(self, subscription: Subscription) -> None:
        """Raise `NotAllowed` when the subscription looks at a type or attribute that may not be read."""
        if self._principal.kind == "anonymous" and not self._desk.policy.bare:
            raise NotAllowed("Without signing in, you cannot subscribe.", hint="Ask the city for a token.")
        types = tuple(together for selector in subscription.selectors for together in selector.types)
        if any(not selector.types for selector in subscription.selectors):
            types = ()
        self._reading.permit_looking(EntityQuery(types=types), subscription.uses())

    def _is_mine(self, kept: Kept) -> bool:
        owner = kept.owner.principal
        return owner.get("id") == self._principal.id and owner.get("kind") == self._principal.kind

"""Subscriptions with a time interval: told again and again how the entities stand, by the city's clock (5.8.6)."""

from __future__ import annotations

import asyncio

from noren.broker.requests import EntityQuery
from noren.broker.subscriptions import Kept
from noren.delivery.office import Office
from noren.store.query import Doc
from noren.terms.record import stamp

MOST = 1000
LOOK = 0.25
"""Seconds between looks for what is due."""


class Periodic:
    """The subscriptions of one office that have a time interval; each is told by a task of its own."""

    def __init__(self, office: Office) -> None:
        self._office = office
        self._due: dict[str, float] = {}
        self._busy: dict[str, asyncio.Task[None]] = {}

    async def run(self) -> None:
        """Tell what is due until cancelled."""
        try:
            while True:
                self._look()
                await asyncio.sleep(LOOK)
        finally:
            for task in self._busy.values():
                task.cancel()

    def _look(self) -> None:
        moment = self._office.now()
        timed = {k.subscription.id: k for k in self._office.subscriptions if k.subscription.interval is not None}
        self._due = {id: due for id, due in self._due.items() if id in timed}
        for id, kept in timed.items():
            interval = kept.subscription.interval or 0.0
            due = self._due.setdefault(id, moment.timestamp() + interval)
            if due > moment.timestamp() or (id in self._busy and not self._busy[id].done()):
                continue
            self._due[id] = max(due + interval, moment.timestamp())
            if kept.subscription.status(stamp(moment)) == "active":
                self._busy[id] = asyncio.create_task(self._tell(kept))

    async def _tell(self, kept: Kept) -> None:
        message = self._office.messages.of_entities(kept, await self._entities(kept))
        if message is not None:
            await self._office.send(kept, message)

    async def _entities(self, kept: Kept) -> list[Doc]:
        """The entities that the subscription selects and its owner may see, a thousand at most."""
        view, subscription = self._office.view(kept), kept.subscription
        found: dict[str, Doc] = {}
        for selector in subscription.selectors:
            query = EntityQuery(
                types=selector.types,
                ids=selector.ids,
                id_pattern=None if selector.ids else selector.id_pattern,
                where=subscription.where,
                limit=MOST,
            )
            found |= {doc["id"]: doc for doc in (await view.query(query)).docs}
        return list(found.values())[:MOST]

"""The broker of one tenant: what is asked in NGSI-LD's terms becomes changes to documents and questions to the store.

It knows no principals: who may do what was decided by the view, which is the only way here.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from noren.broker import past
from noren.broker.contexts import ContextRegistry
from noren.broker.operations import work
from noren.broker.requests import EntityQuery, Operation, Past, TemporalQuery
from noren.broker.subscriptions import Subscriptions
from noren.store import Change, ChangeRow, Found, Outcome, Store
from noren.store.query import Doc
from noren.terms.record import stamp


class Broker:
    """Operations on the entities of one tenant, and its subscriptions; `now` is the city's clock."""

    def __init__(self, store: Store, contexts: ContextRegistry, now: Callable[[], datetime]) -> None:
        self.store, self.contexts, self.now = store, contexts, now
        self.subscriptions = Subscriptions(store, contexts)

    async def apply(self, operations: Sequence[Operation]) -> list[Outcome]:
        """Do them in order, in one transaction; each is done or refused by itself. Durable on return."""
        now = stamp(self.now())
        return await self.store.write(
            [Change(one.id, work(one, now), one.data_class, one.subject) for one in operations]
        )

    def retrieve(self, ids: Sequence[str]) -> Found:
        """The entities of these ids that exist, whole, in the order asked."""
        return self.store.get(ids)

    async def query(self, query: EntityQuery) -> Found:
        """The entities that match, whole: what to leave out of them is for whoever shows them."""
        return await self.store.find(query.plain())

    async def before(self, row: ChangeRow) -> Doc | None:
        """The entity as it stood before a change, None when it was made by it."""
        return await past.before(self.store, row)

    async def past(self, query: TemporalQuery) -> Past:
        """The history of the entities that match: instances by attribute and time, or aggregates."""
        return await past.past(self.store, query)

"""`View`: what rooms above use. Short names for services, intake, catalogue, tiles and pages; documents for NGSI-LD."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, Literal, TypeVar, overload

import msgspec
import pyarrow as pa

from noren.broker import forms
from noren.broker.requests import EntityQuery, Operation, Past, TemporalQuery
from noren.errors import BadInput, NorenError, NotFound
from noren.store import Aggregate, ChangeRow, Found, Outcome
from noren.store.query import Doc
from noren.terms import DataClass, iri
from noren.terms.records import RECORDS, Record
from noren.trust import Grant, Principal
from noren.view import asking
from noren.view.correcting import Correcting
from noren.view.desk import Desk
from noren.view.elsewhere import Elsewhere
from noren.view.home import Home
from noren.view.mine import Mine
from noren.view.past import History
from noren.view.personal import Personal
from noren.view.reading import Reading
from noren.view.registers import Registers
from noren.view.releasing import Releasing
from noren.view.remembering import Remembering
from noren.view.subscribing import Subscribing
from noren.view.writing import Writing

T = TypeVar("T", bound=Record)
Plain = dict[str, Any]
PAGE = 1000
_SIMPLE = forms.Form(style="simplified")
_KINDS: dict[str, Literal["update_or_create", "upsert"]] = {"update": "update_or_create", "replace": "upsert"}


class Seen(msgspec.Struct):
    """A change as the view shows it: the entity simplified, after the change (before it, for a deletion), and which of
    its attributes were touched, by short names."""

    seq: int
    at: datetime
    kind: Literal["created", "updated", "deleted"]
    entity: Plain
    touched: tuple[str, ...]


class View:
    """The city as `principal` sees it for `purpose`. Reads raise `NotAllowed` before they run when they need a type or
    attribute that may not be seen; an entity that may not be seen is absent."""

    def __init__(
        self, desk: Desk, principal: Principal, purpose: str, shown: Sequence[Grant] = (), vetted: bool = False
    ) -> None:
        """`shown` are grants that hold for this view alone, because proofs of consent were presented, `vetted` whether
        their city vouches for who asks."""
        self.principal, self.purpose, self._desk = principal, purpose, desk
        curtain = desk.curtain(principal, purpose)
        personal = Personal(principal, desk.tenant, desk.vault, desk.grants, desk.classes, desk.organisation)
        releasing = Releasing(desk, curtain, principal, purpose, personal, shown, vetted)
        self._curtain, self._reading = curtain, Reading(desk, curtain, personal, releasing)
        self._writing = Writing(desk, curtain, principal, personal)
        self._history = History(desk, curtain, self._reading, self._writing)
        self._context = desk.contexts.get()
        self._remembering = Remembering(desk, curtain, self._writing)
        self.corrections = Correcting(desk, curtain)
        self.elsewhere = Elsewhere(desk, curtain, principal, purpose)
        self.subscriptions = Subscribing(desk, principal, purpose, self._reading)

    @property
    def home(self) -> Home:
        """Where the view is: languages, zone, settings, and a memory of the principal's own."""
        return self._desk.home(self.principal.id)

    @property
    def mine(self) -> Mine:
        """What a resident sees of themselves and does with it; raises `NotAllowed` for anybody else."""
        return Mine(self._desk, self._reading, self._writing, self.principal, self.purpose)

    @property
    def registers(self) -> Registers:
        """What everybody else does there: recipients, the ethics board, clinicians, reviewers, staff."""
        return Registers(self._desk, self.principal)

    def now(self) -> datetime:
        """The time in the city."""
        return self._desk.clock.now()

    # Short names: for services, intake, catalogue, tiles and pages.

    @overload
    def find(self, type: type[T], **how: Any) -> AsyncIterator[T]: ...

    @overload
    def find(self, type: str, **how: Any) -> AsyncIterator[Plain]: ...

    async def find(self, type: Any, **how: Any) -> AsyncIterator[Any]:
        """Entities of a type: records for a record class, simplified dictionaries for a name.

        `q` is NGSI-LD's query language with short names; `near` (GeoJSON, or longitude and latitude) goes with
        `within_m`, `area` is a GeoJSON geometry that they intersect; `ids`; `order` an attribute, with "-" before it
        for descending; `limit` None for all of them.
        """
        limit = how.pop("limit", None)
        query = asking.entity_query(_name(type), self._context, **how)
        left = limit if limit is not None else float("inf")
        while left > 0:
            page = msgspec.structs.replace(query, limit=int(min(PAGE, left)))
            found = await self._reading.query(page)
            for doc in found.docs:
                yield self._shown(doc, type)
            left -= page.limit
            if found.last:  # the rows behind are not counted through again, as an offset would
                query = msgspec.structs.replace(query, after=found.last)
            elif len(found.docs) < page.limit:
                return
            else:
                query = msgspec.structs.replace(query, offset=query.offset + page.limit)

    async def count(self, type: Any, **how: Any) -> int:
        """How many entities `find` would give, without fetching them."""
        query = asking.entity_query(_name(type), self._context, **how)
        found = await self._reading.query(msgspec.structs.replace(query, limit=0, count=True))
        return found.total or 0

    @overload
    async def get(self, type: type[T], id: str) -> T | None: ...

    @overload
    async def get(self, type: str, id: str) -> Plain | None: ...

    async def get(self, type: Any, id: str) -> Any:
        """The entity of that id, None when it is absent, of another type or not to be seen."""
        found = await self._reading.get([id])
        if not found.docs or iri(_name(type)) not in found.docs[0]["type"]:
            return None
        return self._shown(found.docs[0], type)

    async def get_normalized(self, id: str) -> Plain | None:
        """The entity in normalized form with short names, None when it is absent or not to be seen."""
        both = await self.get_both(id)
        return both[0] if both else None

    async def get_both(self, id: str) -> tuple[Plain, Plain] | None:
        """The entity in normalized and in simplified form, read once: it counts as one use."""
        found = await self._reading.get([id])
        return (forms.render(found.docs[0], self._context), self._simple(found.docs[0])) if found.docs else None

    def reads(self, type: str) -> bool:
        """Whether entities of a type may be seen that are about nobody in particular."""
        return self._curtain.lens((iri(type),)).readable

    def class_of(self, type: str) -> DataClass:
        """How well entities of a type are kept in this city."""
        return self._curtain.classes.of_type(iri(type))

    @property
    def rules(self) -> str:
        """What changes whenever the rules do by which anything is shown or hidden, and with nothing else; what was kept
        of a view under other rules must be asked for again."""
        return self._desk.rules()

    async def upsert(
        self, entities: Sequence[Record | Plain], *, options: Literal["update", "replace"] = "update"
    ) -> list[Outcome]:
        """Create entities, or add to ("update") or put themselves in the place of ("replace") those that stand.

        One outcome an entity, in order: good ones are kept, a refused one carries its error.
        """
        outcomes: list[Outcome | None] = []
        operations = []
        for entity in entities:
            try:
                operations.append(asking.operation(entity, self._context, _KINDS[options]))
                outcomes.append(None)
            except NorenError as error:
                outcomes.append(Outcome(_id(entity), "refused", error))
        done = iter(await self.apply(operations))
        return [outcome or next(done) for outcome in outcomes]

    async def need(self, type: type[T], id: str) -> T:
        """The entity of that id as `get` finds it; raises `NotFound` instead of None."""
        found: T | None = await self.get(type, id)
        if found is None:
            raise NotFound(f"There is no such {type.__name__}.", where=id)
        return found

    async def keep(self, entities: Sequence[Record]) -> None:
        """`upsert` for entities of one's own making: the first one refused is raised, the good ones stand."""
        for outcome in await self.upsert(entities):
            if outcome.error:
                raise outcome.error

    async def create(self, entity: Record) -> None:
        """Keep an entity that is new: of any number of callers at the same time one succeeds, the others are raised
        `AlreadyExists`."""
        for outcome in await self.apply([asking.operation(entity, self._context, "create")]):
            if outcome.error:
                raise outcome.error

    async def change(self, entities: Sequence[Record], *, without: Sequence[str] = ()) -> None:
        """Put attributes into entities that stand, and take away those named in `without` (short names) that a record
        does not state; the first one refused is raised, with `NotFound` for an entity that does not stand."""
        for outcome in await self.apply([asking.alteration(entity, self._context, without) for entity in entities]):
            if outcome.error:
                raise outcome.error

    async def delete(self, ids: Sequence[str]) -> list[Outcome]:
        """Remove entities; an absent one is refused with `NotFound`."""
        return await self.apply([Operation(kind="delete", id=id) for id in ids])

    async def record(self, type: str, series: pa.Table) -> int:
        """Add history in bulk: columns entity, attribute (short name), observed (timestamp), number, and value (any
        other value as JSON) where there is one. The entities must exist; the newest reading that is not later than now
        becomes current. Returns rows kept."""
        return await self._history.record(iri(type), series)

    async def series(
        self,
        type: str,
        attribute: str,
        *,
        ids: Sequence[str] = (),
        start: datetime | None = None,
        end: datetime | None = None,
        last: int | None = None,
    ) -> pa.Table:
        """Readings in [start, end), none later than now: columns entity, observed, number, value (JSON), by entity and
        time; at most the `last` newest per entity; of all entities of the type when `ids` is empty."""
        return await self._history.series(iri(type), iri(attribute), ids, start, end, last)

    async def aggregate(
        self,
        type: str,
        attribute: str,
        *,
        ids: Sequence[str] = (),
        start: datetime | None = None,
        end: datetime | None = None,
        period: float | None = None,
        methods: Sequence[Aggregate] = ("avg",),
    ) -> pa.Table:
        """Aggregates of the readings that `series` would give: columns entity, start, end and one a method; `period` in
        seconds, None for the whole stretch."""
        return await self._history.aggregate(iri(type), iri(attribute), ids, start, end, period, methods)

    async def changes(self, after: int, limit: int = 1000) -> list[Seen]:
        """Some changes behind `after` that may be seen, oldest first; empty when there are none. Go on from the last.
        Raises `NotFound` when they have been compacted away."""
        own = self._reading.own()
        while rows := await self._desk.store.changes(after, limit):
            shown = [seen for row in rows if (seen := self._seen(row, own)) is not None]
            if shown:
                return shown
            after = rows[-1].seq
        return []

    async def wait(self, after: int) -> int:
        """Sleep until something has changed behind `after`; returns the newest change's `seq`."""
        return await self._desk.store.wait(after)

    def newest(self) -> int:
        """`seq` of the newest change."""
        return self._desk.store.newest()

    async def type_names(self) -> list[str]:
        """Short names of the types that the city holds and that may be read."""
        return sorted(self._curtain.classes.type_name(kind) for kind in await self._reading.types())

    def coverages(self) -> dict[str, Path]:
        """Rasters by role ("terrain", "water"), as the mapping files choose them."""
        return self._desk.coverages()

    # Documents with IRIs: for NGSI-LD.

    async def query(self, query: EntityQuery) -> Found:
        """The documents that match and may be seen."""
        return await self._reading.query(query)

    async def retrieve(self, ids: Sequence[str], attributes: Sequence[str] = (), omitted: Sequence[str] = ()) -> Found:
        """The documents of these ids that exist and may be seen, in the order asked; where they are about others, with
        just these attributes (IRIs; empty: all) without those `omitted`, which is what the book says then."""
        return await self._reading.get(ids, attributes, omitted)

    async def apply(self, operations: Sequence[Operation]) -> list[Outcome]:
        """Do the operations in order, each by itself; durable on return."""
        return await self._writing.apply(operations)

    async def temporal(self, query: TemporalQuery) -> Past:
        """The history of the entities that match and may be seen."""
        return await self._history.past(query)

    async def remember(self, head: Doc, evolution: Mapping[str, Sequence[dict[str, Any]]]) -> bool:
        """Add instances by attribute (IRI) to the past of the entity that `head` names; True when that is new."""
        return await self._remembering.remember(head, evolution)

    async def types(self) -> Mapping[str, Mapping[str, int]]:
        """Per type (IRI) that may be read how many entities hold each attribute; "" counts the entities."""
        return await self._reading.types()

    def changed(self, row: ChangeRow) -> tuple[Doc, tuple[str, ...]] | None:
        """The document of a change and the attributes touched, as they may be seen; None when nothing of it may be."""
        return self._permitted(row, self._reading.own())

    async def before(self, row: ChangeRow) -> Doc | None:
        """The document as it stood before a change, as it may be seen; None when nothing of it is known or may be."""
        earlier = await self._desk.broker.before(row)
        seen = None if earlier is None else self.changed(msgspec.structs.replace(row, doc=earlier))
        return None if seen is None else seen[0]

    def _permitted(self, row: ChangeRow, own: Sequence[bytes]) -> tuple[Doc, tuple[str, ...]] | None:
        doc = self._reading.seen(row.doc, row.subject, own)
        if doc is None:
            return None
        gone = row.doc["attrs"].keys() - doc["attrs"].keys()
        touched = tuple(
            name for name in row.touched if name not in gone and self._reading.shows(row.doc, row.subject, name, own)
        )
        return None if row.kind == "updated" and row.touched and not touched else (doc, touched)

    def _seen(self, row: ChangeRow, own: Sequence[bytes]) -> Seen | None:
        permitted = self._permitted(row, own)
        if permitted is None:
            return None
        doc, touched = permitted
        names = tuple(self._context.compact(name) for name in touched)
        return Seen(row.seq, row.at, row.kind, self._simple(doc), names)

    def _shown(self, doc: Doc, type: Any) -> Any:
        return self._simple(doc) if isinstance(type, str) else type.of(forms.render(doc, self._context))

    def _simple(self, doc: Doc) -> Plain:
        return asking.unwrapped(forms.render(doc, self._context, _SIMPLE))


def _name(type: Any) -> str:
    if isinstance(type, str):
        return type
    name: str = type.__name__
    if name not in RECORDS:
        raise BadInput(f"“{name}” is no type of entity.", hint="Name a class of noren.terms.records.")
    return name


def _id(entity: Record | Plain) -> str:
    return str(entity.get("id", "")) if isinstance(entity, dict) else entity.id

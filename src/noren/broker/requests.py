"""What may be asked of the broker, in expanded names (IRIs) and stored documents: the words that `view` checks.

The view sees each request before the broker does: it looks at `uses` and `touches`, narrows `EntityQuery` to what the
principal may read, fills in `Operation.data_class`, `subject` and `check`, and passes it on.

>>> from noren.store.query import Compare, Order
>>> ask = EntityQuery(types=(("urn:T",),), where=Compare(("attrs", "urn:level", "value"), ">", 3))
>>> sorted(ask.uses())
['urn:level']
>>> level = {"type": "Property", "value": 4}
>>> Operation(kind="merge", id="urn:a", fragment={"id": "urn:a", "attrs": {"urn:level": level}}).touches()
{'urn:level'}
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Literal

import msgspec

from noren.errors import BadInput
from noren.store import Aggregate
from noren.store.query import Doc, Node, Order, Query, paths

Kind = Literal[
    "create",
    "upsert",
    "update_or_create",
    "replace",
    "append",
    "update",
    "merge",
    "delete",
    "replace_attribute",
    "update_attribute",
    "delete_attribute",
]
Check = Callable[[Doc | None, Doc | None], None]
"""Given the entity before and after (None: absent), raises `NorenError` to refuse; runs inside the transaction."""


def is_selected(doc: Doc, selection: tuple[tuple[str, ...], ...]) -> bool:
    """Whether a document is of the types that a selection names (4.17); an empty one names any."""
    return not selection or any(all(kind in doc["type"] for kind in together) for together in selection)


class TooManyResults(BadInput):
    """More is asked for at once than this city hands out."""

    status, kind = 403, "TooManyResults"


class Operation(msgspec.Struct, kw_only=True):
    """One change to one entity (CIM 009, 5.6). `upsert` replaces what stands, `update_or_create` appends to it.

    `fragment` is a document in stored form; for operations on one attribute it holds just that attribute. `attribute`
    is the expanded name for `…_attribute`, `dataset` the datasetId of the instance meant (None: the default one).
    `observed_at` and `language` stand in for what a merged fragment does not say (6.5.3.4).
    `selection` are the types of which the entity must be, as a disjunction of conjunctions; empty: any.
    `skipped` is filled by the broker: attributes not changed, with the reason.
    """

    kind: Kind
    id: str
    fragment: Doc | None = None
    attribute: str = ""
    dataset: str | None = None
    every_dataset: bool = False
    overwrite: bool = True
    observed_at: str | None = None
    language: str = ""
    selection: tuple[tuple[str, ...], ...] = ()
    data_class: int = 0
    subject: bytes | None = None
    check: Check | None = None
    skipped: dict[str, str] = {}

    def touches(self) -> set[str]:
        """The attributes (expanded) that the operation writes or removes; for `delete` only the store knows."""
        named = set(self.fragment.get("attrs", ())) if self.fragment else set()
        return named | {self.attribute} if self.attribute else named

    def types(self) -> tuple[str, ...]:
        """The types that the request itself states; empty when the stored entity's hold."""
        return tuple(self.fragment.get("type", ())) if self.fragment else ()


class EntityQuery(msgspec.Struct, frozen=True, kw_only=True):
    """Which entities, and what of them. `where` holds all of q, geo, scope and attrs, compiled to stored paths.

    `types` is a disjunction of conjunctions. `attributes` (empty: all) will be returned; `omitted` will be left out.
    `ahead` of the `limit` are asked for only to know whether there are more, and are shown to nobody.
    `max_class` and `subject` are the view's to narrow; `after` is `store.query.Query`'s.
    """

    types: tuple[tuple[str, ...], ...] = ()
    ids: tuple[str, ...] = ()
    id_pattern: str | None = None
    where: Node | None = None
    attributes: tuple[str, ...] = ()
    omitted: tuple[str, ...] = ()
    order: tuple[Order, ...] = ()
    limit: int = 20
    ahead: int = 0
    offset: int = 0
    after: int = 0
    count: bool = False
    max_class: int = 2
    subject: bytes | None = None

    def uses(self) -> set[str]:
        """Attributes (expanded) that predicates and sorting look at: none may be one the caller must not see."""
        looked = [*(paths(self.where) if self.where is not None else ()), *(order.path for order in self.order)]
        return {path[1] for path in looked if len(path) > 1 and path[0] == "attrs"}

    def plain(self) -> Query:
        """The same in the store's words."""
        return Query(
            types=self.types,
            ids=self.ids,
            id_pattern=self.id_pattern,
            where=self.where,
            max_class=self.max_class,
            subject=self.subject,
            order=self.order,
            limit=self.limit,
            offset=self.offset,
            after=self.after,
            count=self.count,
        )


class TemporalQuery(msgspec.Struct, frozen=True, kw_only=True):
    """A stretch of the past of the entities that `select` finds: half-open [start, end) on `time`.

    `undated`: also instances that were never observed. With `methods`, aggregates for each `period` seconds (None: one
    for the whole stretch) in the place of instances.
    """

    select: EntityQuery
    time: Literal["observed", "modified"] = "observed"
    start: datetime | None = None
    end: datetime | None = None
    last: int | None = None
    undated: bool = False
    methods: tuple[Aggregate, ...] = ()
    period: float | None = None


class Past(msgspec.Struct):
    """What a temporal query found: documents whose attributes are lists of instances, oldest first.

    With aggregates, an attribute is `{"type": …, method: [[value, start, end], …]}` in the place of its instances.
    """

    docs: list[Doc]
    total: int | None = None


class Recorded(msgspec.Struct, kw_only=True):
    """Instances of the past to be added to an entity (POST /temporal/entities); attributes hold lists of instances."""

    id: str
    fragment: Doc
    data_class: int = 0
    subject: bytes | None = None
    check: Check | None = None

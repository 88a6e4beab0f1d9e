"""Reads on their way out: narrowed before they run, filtered attribute by attribute after."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Sequence
from typing import Any

import msgspec

from noren.broker.requests import EntityQuery
from noren.errors import BadInput
from noren.store import Found
from noren.store.query import ANY, And, Doc, Exists, Node, Or, Order, order_key, predicate
from noren.terms import DataClass
from noren.trust import NONE, OWN_DATA
from noren.view.curtain import Curtain
from noren.view.desk import Desk
from noren.view.personal import Personal
from noren.view.releasing import Chosen, Releasing, Row, rows

_MOST_OWN = 100_000
_NOBODY = -1
EVERYTHING = EntityQuery()
_MORE: Row = ({"id": "", "type": [], "attrs": {}}, int(DataClass.PERSONAL), None)
"""Stands for somebody more whose data did not leave."""


class Reading:
    """Reads of one principal for one purpose; documents come out with what the principal may see, and no more."""

    def __init__(self, desk: Desk, curtain: Curtain, personal: Personal, releasing: Releasing) -> None:
        self._desk, self._curtain, self._personal, self._releasing = desk, curtain, personal, releasing
        self._counted: dict[Any, tuple[str, ...]] = {}

    async def query(self, query: EntityQuery) -> Found:
        """The entities that match and may be seen; raises `NotAllowed` before it runs when a type, or an attribute that
        a predicate or sorting looks at, may not be read."""
        own = self._personal.own()
        if self._personal.is_subject and self._about_people(query):
            return await self._mine(query, own)
        if self._releasing.possible and self._names_people(query):
            return await self._theirs(query)
        level = self.level(query)
        subject = own[0] if len(own) == 1 else None
        narrowed = msgspec.structs.replace(query, max_class=min(query.max_class, level), subject=subject)
        found = await self._desk.store.find(narrowed.plain())
        self._count(query.types, found.docs)
        return self._through(found, own)

    async def get(self, ids: Sequence[str], attributes: Sequence[str] = (), omitted: Sequence[str] = ()) -> Found:
        """Those of the entities that exist and may be seen, in the order asked; of what is held about others just the
        `attributes` (IRIs; empty: all) that were asked for and not `omitted`."""
        stored = self._desk.store.get(ids if self._personal.is_subject else self._releasing.meant(ids))
        found = self._through(stored, own := self._personal.own())
        if any(stored.subjects):
            found = await self._with_theirs(stored, found, own, ids, attributes, omitted)
        self._count((), found.docs)
        return found

    async def _with_theirs(
        self,
        stored: Found,
        found: Found,
        own: Sequence[bytes],
        ids: Sequence[str],
        attributes: Sequence[str],
        omitted: Sequence[str],
    ) -> Found:
        """What may be seen anyway, and what people allowed beyond it."""
        if not self._releasing.possible:
            return found
        others = [row for row in rows(stored) if row[2] is not None and row[2] not in own]
        chosen = (self._releasing.choose(row, attributes, omitted, ids) for row in others)
        released = dict(await self._releasing.release(each for each in chosen if each))
        seen = {row[0]["id"]: row for row in rows(found)}
        both = [_joined(seen.get(id), released.get(id)) for id in (doc["id"] for doc in stored.docs)]
        return _found([row for row in both if row is not None])

    async def types(self) -> dict[str, dict[str, int]]:
        """Per type that may be read: how many entities hold each attribute that may be read; "" counts the entities."""
        reach, of_type = self._curtain.reach(), self._curtain.classes.of_type
        shown: dict[str, dict[str, int]] = {}
        for level in range(max(reach, 0), DataClass.PERSONAL):
            for kind, attributes in (await self._desk.store.types(level)).items():
                lens = self._curtain.lens((kind,))
                if lens.readable and level == max(reach, of_type(kind)):
                    shown[kind] = {name: n for name, n in attributes.items() if not name or lens.shows(name)}
        return shown

    def seen(self, doc: Doc, subject: bytes | None, own: Sequence[bytes]) -> Doc | None:
        """What may be seen of a stored document; None when it may not be seen at all."""
        mine = subject is not None and subject in own
        collector = self._personal.collector(subject) if subject is not None else "government"
        lens = self._curtain.lens(doc["type"], OWN_DATA if mine else NONE, collector)
        if not lens.readable:
            return None
        shown = lens.through(doc)
        if mine and subject is not None:
            shown = self._personal.open(shown, subject)
        return self._by_now(shown) if self._desk.clock.shifted else shown

    def own(self) -> list[bytes]:
        """The subjects under which values about the principal are held."""
        return self._personal.own()

    def permit(self, types: Iterable[str], attributes: Iterable[str]) -> None:
        """Raise `NotAllowed` unless these attributes of these types may be read."""
        for kind in types:
            lens = self._curtain.lens((kind,))
            if not lens.readable or not all(map(lens.shows, attributes)):
                self._curtain.require("read", (kind,), attributes)

    def shows(self, doc: Doc, subject: bytes | None, attribute: str, own: Sequence[bytes]) -> bool:
        """Whether an attribute of a stored document may be seen."""
        mine = subject is not None and subject in own
        ground = OWN_DATA if mine else NONE
        return self._curtain.lens(doc["type"], ground, self._personal.collector(subject)).shows(attribute)

    def readable(self, doc: Doc) -> bool:
        """Whether anything of a stored document may be seen by somebody whom it is not about."""
        return self._curtain.lens(doc["type"]).readable

    def _through(self, found: Found, own: Sequence[bytes]) -> Found:
        docs, classes, subjects = [], [], []
        shifted, lens, last = self._desk.clock.shifted, None, None
        for doc, data_class, subject in zip(found.docs, found.classes, found.subjects, strict=True):
            if subject is None and not shifted:
                # The hot path: most documents in a row are of the same types, and wholly open.
                if lens is None or doc["type"] != last:
                    lens, last = self._curtain.lens(doc["type"]), doc["type"]
                shown = lens.through(doc) if lens.readable else None
            else:
                shown = self.seen(doc, subject, own)
            if shown is not None:
                docs.append(shown)
                classes.append(data_class)
                subjects.append(subject)
        return Found(docs, classes, subjects, found.total, found.last)

    def level(self, query: EntityQuery) -> int:
        """The class up to which the query may look at rows; raises `NotAllowed` as `query` does."""
        return self.permit_looking(query, query.uses())

    def permit_looking(self, query: EntityQuery, uses: Iterable[str]) -> int:
        """As `level`, for conditions that look at the attributes `uses` of what the query selects."""
        if ANY in uses:
            raise BadInput("A condition must name its attribute.", where="q")
        types = dict.fromkeys(name for together in query.types for name in together)
        if types:
            self.permit(types, uses)
            return max(self._curtain.reach(), *(int(self._curtain.classes.of_type(name)) for name in types))
        level = self._curtain.reach()
        for kind in self._curtain.classes.types_up_to(DataClass(max(level, 0))):
            for attribute in uses:
                if not self._curtain.may("read", kind, attribute):
                    raise self._curtain.refusal("read", kind, attribute)
        return level

    def _about_people(self, query: EntityQuery) -> bool:
        """Whether the query can be answered by what is held about the principal alone."""
        types = tuple(name for together in query.types for name in together)
        if not types:
            return False
        others = tuple(name for name in types if not self._curtain.classes.is_personal(name))
        return not others or bool(self._personal.names(others, query.uses()))

    def _names_people(self, query: EntityQuery) -> bool:
        return bool(query.types) and all(
            any(map(self._curtain.classes.is_personal, together)) for together in query.types
        )

    async def _mine(self, query: EntityQuery, own: Sequence[bytes]) -> Found:
        """What is held about the principal, and about whom they care for, decrypted in memory: predicates on it reach
        no other row."""
        types = dict.fromkeys(name for together in query.types for name in together)
        self._curtain.require("read", types, query.uses(), OWN_DATA)
        hits = await self.held(dict.fromkeys((*own, *self._releasing.subjects())), query)
        test = predicate(query.where) if query.where is not None else None
        hits = _sorted([row for row in hits if test is None or test(row[0])], query.order)
        return _found(hits[query.offset : query.offset + query.limit], len(hits) if query.count else None)

    async def held(self, subjects: Iterable[bytes], query: EntityQuery = EVERYTHING) -> list[Row]:
        """What is held about these people, as far as the principal may see it."""
        own = self._personal.own()
        mine, others = [each for each in subjects if each in own], [each for each in subjects if each not in own]
        hits = rows(self._through(_found([row async for row in self._stored(query, mine)]), own))
        wanted = (*query.attributes, *query.uses()) if query.attributes else ()
        omitted = tuple(set(query.omitted) - query.uses())
        chosen = [self._releasing.choose(row, wanted, omitted) async for row in self._stored(query, others)]
        return hits + [row for _, row in await self._releasing.release(each for each in chosen if each)]

    async def _theirs(self, query: EntityQuery) -> Found:
        """What people allowed the principal to see of them."""
        types = dict.fromkeys(name for together in query.types for name in together)
        self._releasing.permit(types)
        if query.order or query.count or query.id_pattern or not _asks_for_presence(query.where):
            self._releasing.refuse_looking(types)
        asked = msgspec.structs.replace(query, ids=tuple(self._releasing.meant(query.ids)))
        page, shown = await self._page(asked, query), query.limit - query.ahead
        released = [row for _, row in await self._releasing.release(page[:shown])]
        test = predicate(query.where) if query.where is not None else None
        return _found([row for row in released if test is None or test(row[0])] + [_MORE] * len(page[shown:]))

    async def _page(self, stored: EntityQuery, asked: EntityQuery) -> list[Chosen]:
        """What was allowed, from `offset` on and `limit` long: what nobody allowed takes no place."""
        page: list[Chosen] = []
        skip = asked.offset
        async for row in self._stored(stored, self._releasing.subjects()):
            if len(page) >= asked.limit:
                break
            if chosen := self._releasing.choose(row, asked.attributes, asked.omitted, asked.ids):
                skip -= 1
                page += [chosen] if skip < 0 else []
        return page

    async def _stored(self, query: EntityQuery, subjects: Iterable[bytes]) -> AsyncIterator[Row]:
        """Rows about the subjects as they are stored."""
        plain = msgspec.structs.replace(
            query.plain(), where=None, order=(), limit=_MOST_OWN, offset=0, count=False, max_class=_NOBODY
        )
        for subject in subjects:
            for row in rows(await self._desk.store.find(msgspec.structs.replace(plain, subject=subject))):
                yield row

    def _by_now(self, doc: Doc) -> Doc:
        """Without what will be observed later by a clock that runs in the past."""
        now = self._desk.clock.now().replace(tzinfo=None).isoformat()
        late = [name for name, held in doc["attrs"].items() if isinstance(held, dict) and _observed(held) > now]
        if not late:
            return doc
        return {**doc, "attrs": {name: held for name, held in doc["attrs"].items() if name not in late}}

    def _count(self, types: tuple[tuple[str, ...], ...], docs: Sequence[Doc]) -> None:
        if types:
            asked = self._counted.get(types) or self._countable(types, (name for each in types for name in each))
        elif len(docs) == 1:
            asked = self._names(docs[0]["type"])
        else:
            asked = tuple({name for doc in docs for name in self._names(doc["type"])})
        for name in asked:
            self._desk.uses.note(self._curtain.principal, self._curtain.purpose, name)

    def _names(self, types: list[str]) -> tuple[str, ...]:
        key = tuple(types)
        return self._counted.get(key) or self._countable(key, types)

    def _countable(self, key: Any, types: Iterable[str]) -> tuple[str, ...]:
        """Short names of the types whose use is counted; personal ones are for the ledger."""
        of = self._curtain.classes
        names = tuple({of.type_name(name) for name in types if of.of_type(name) < DataClass.PERSONAL})
        self._counted[key] = names
        return names


def _found(rows: Sequence[Row], total: int | None = None) -> Found:
    return Found([row[0] for row in rows], [row[1] for row in rows], [row[2] for row in rows], total)


def _joined(seen: Row | None, released: Row | None) -> Row | None:
    if seen is None or released is None:
        return seen or released
    return ({**seen[0], "attrs": seen[0]["attrs"] | released[0]["attrs"]}, seen[1], seen[2])


def _asks_for_presence(where: Node | None) -> bool:
    """Whether the condition says no more than which attributes are asked for, as the parameter `attrs` does."""
    if isinstance(where, Or | And):
        return all(map(_asks_for_presence, where.parts))
    return where is None or isinstance(where, Exists)


def _sorted(rows: list[Any], order: Sequence[Order]) -> list[Any]:
    """By each order in turn, rows without a value last; numbers precede texts."""
    for each in reversed(order):
        key_of = order_key(each)
        keyed = [(key_of(row[0]), row) for row in rows]
        present = [pair for pair in keyed if pair[0] is not None]
        present.sort(key=lambda pair: (isinstance(pair[0], str), pair[0]), reverse=each.descending)
        rows = [row for _, row in present] + [row for key, row in keyed if key is None]
    return rows


def _observed(held: dict[str, Any]) -> str:
    """Time of observation without the "Z", so that a whole second sorts before its fractions."""
    return str(held.get("observedAt", "")).removesuffix("Z")

"""Reading connections. A query looks at few rows by the index that leads to fewest, and at documents for the rest."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path as FilePath
from queue import Empty, SimpleQueue
from typing import Any

from noren.store.codec import decode, encode
from noren.store.compile import Use, conjuncts, frame, typesets, use
from noren.store.interface import Found
from noren.store.partial import Decode, decoder
from noren.store.query import (
    And,
    Between,
    Compare,
    Doc,
    Exists,
    Near,
    Node,
    OneOf,
    Query,
    Relate,
    order_key,
    paths,
    pattern,
    predicate,
)
from noren.store.schema import connect
from noren.store.state import State

THREADS = 4
FEW = 20_000
"""Index rows up to which an index surely leads; beyond, the first documents are tried before a large set is built."""
TRY = 2_000
"""Documents tried."""
WORTH = 15
"""Index rows of a further set that cost as much as one document looked at."""
WORTH_OF_PAGE = 3
"""The same where a page is wanted and no count, so that most documents are never looked at."""
SHORT = 100
"""Entities that may be listed on the event loop."""
QUICK = 50_000
"""Steps of SQLite's machine after which a list is no longer quick; under a millisecond."""
_COLUMNS = "e.doc, e.class, e.subject, e.num"


class Reader:
    """Answers queries on a few threads, each with a connection of its own."""

    def __init__(self, file: FilePath, state: State) -> None:
        self._file, self._state = file, state
        self._idle: SimpleQueue[_Looker] = SimpleQueue()
        self._all: list[_Looker] = []
        self.threads = ThreadPoolExecutor(THREADS, thread_name_prefix="noren-reader")
        self._quick = _Looker(file, state)
        self._quick.connection.set_progress_handler(lambda: 1, QUICK)
        self._all.append(self._quick)

    def find(self, query: Query) -> Found:
        """See `Store.find`; for a thread of `threads`."""
        with self.looker() as looker:
            return looker.find(query)

    def find_at_once(self, query: Query) -> Found | None:
        """A short list without conditions, found on the event loop, where it costs less than waking a thread would;
        None when it is another kind of query, or many rows stand before it that the asker may not see."""
        if query.where or query.order or query.ids or query.id_pattern or query.limit + query.offset > SHORT:
            return None
        try:
            return self._quick.find(query)
        except sqlite3.OperationalError as error:
            if "interrupted" not in str(error):
                raise
            return None

    @contextmanager
    def looker(self) -> Iterator[_Looker]:
        """A connection for one piece of work, all of which sees one state of the data."""
        try:
            looker = self._idle.get_nowait()
        except Empty:
            looker = _Looker(self._file, self._state)
            self._all.append(looker)
        try:
            looker.connection.execute("BEGIN")
            yield looker
        finally:
            if looker.connection.in_transaction:
                looker.connection.execute("COMMIT")
            self._idle.put(looker)

    def close(self) -> None:
        """Wait for running queries, then let go of the file."""
        self.threads.shutdown()
        for looker in self._all:
            looker.connection.close()


class _Looker:
    """One connection with the functions that queries call on documents and ids."""

    def __init__(self, file: FilePath, state: State) -> None:
        self.connection = connect(file, read_only=True, cache_mib=16)
        self._state = state
        self._holds: Callable[[Doc], bool] = bool
        self._fits: Callable[[str], Any] = bool
        self._keys: list[Callable[[Doc], Any]] = []
        self._decode: Decode = decode
        self._order_decode: Decode = decode
        create = self.connection.create_function
        create("holds", 1, lambda doc: self._holds(self._decode(doc)), deterministic=True)
        create("fits", 1, lambda text: self._fits(text) is not None, deterministic=True)
        create("sortkey", 2, lambda n, doc: self._keys[n](self._order_decode(doc)), deterministic=True)

    def find(self, query: Query) -> Found:
        parts = conjuncts(query.where)
        if parts:
            predicate(And(tuple(parts)))  # a bad expression is refused whatever the data
        if query.id_pattern is not None:
            self._fits = pattern(query.id_pattern).search
        self._keys = [order_key(order) for order in query.order]
        self._order_decode = decoder(order.path for order in query.order)
        uses = [found for part in parts if (found := use(part, self._state.declared))]
        paged = not (query.count or query.order or query.ids)
        numbers, settled = (None, []) if query.ids else self._look_up(uses, WORTH_OF_PAGE if paged else WORTH)
        if numbers is None and uses and paged and (page := self._try(query, parts)):
            return page
        leading = uses if numbers is None and not query.ids else settled
        if not leading and not query.ids:
            leading = self._types_first(query)
        return self._run(query, _Statement(self._state, query, parts, leading, numbers))

    def _types_first(self, query: Query) -> list[Use]:
        """Several sets of types, if they are rare: their entities must be put in order before they are read."""
        wanted = typesets(query, self._state) if query.types else []
        if len(wanted) < 2:
            return []
        listed = ",".join(map(str, wanted))
        sql = f"SELECT sum(n) FILTER (WHERE typeset IN ({listed})), sum(n) FROM tally WHERE attr = 0"
        some, everything = self.connection.execute(sql).fetchone()
        sql = f"SELECT num FROM entity WHERE typeset IN ({listed})"
        return [Use(And(()), sql, [], True)] if (some or 0) * 4 < (everything or 0) else []

    def _tallied(self, query: Query) -> int:
        """How many there are of the query's types, without looking at any."""
        which = f"typeset IN ({','.join(map(str, typesets(query, self._state)))})" if query.types else "true"
        sql = f"SELECT coalesce(sum(n), 0) FROM tally WHERE attr = 0 AND class <= ? AND {which}"
        total = int(self.connection.execute(sql, (query.max_class,)).fetchone()[0])
        if query.subject is not None:
            sql = f"SELECT count(*) FROM entity WHERE subject = ? AND class > ? AND {which}"
            total += self.connection.execute(sql, (query.subject, query.max_class)).fetchone()[0]
        return total

    def _look_up(self, uses: list[Use], worth: int) -> tuple[set[int] | None, list[Use]]:
        """The entities that all sets of a bearable size agree on, and these sets; None when all are too large."""
        numbers: set[int] | None = None
        settled = []
        for found in sorted(uses, key=_cost_of_use):
            most = FEW if numbers is None else min(FEW, len(numbers) * worth)
            # As one JSON text: fetched one by one, the rows cost twice as much.
            sql = f"WITH found(num) AS ({found.sql} LIMIT {most + 1}) SELECT json_group_array(num) FROM found"
            rows = decode(self.connection.execute(sql, found.params).fetchone()[0])
            if len(rows) <= most:
                numbers = set(rows) if numbers is None else numbers.intersection(rows)
                settled.append(found)
        return numbers, settled

    def _try(self, query: Query, parts: list[Node]) -> Found | None:
        """The page from the first few thousand rows, if they fill it."""
        statement = _Statement(self._state, query, parts, [])
        self._holds, self._decode = statement.holds, statement.decode
        sql = f"SELECT {_COLUMNS} FROM (SELECT * FROM entity e WHERE {statement.frame} ORDER BY num LIMIT {TRY}) e"
        sql += f" WHERE {statement.test} LIMIT ? OFFSET ?"
        rows = self.connection.execute(sql, [*statement.frame_params, query.limit, query.offset]).fetchall()
        return _found(query, rows) if len(rows) == query.limit else None

    def _run(self, query: Query, statement: _Statement) -> Found:
        self._holds, self._decode = statement.holds, statement.decode
        plain = query.where is None and not query.ids and query.id_pattern is None
        if plain or not query.count:
            sql = f"SELECT {_COLUMNS} FROM entity e WHERE {statement.where} {statement.order} LIMIT ? OFFSET ?"
            params = [*statement.params, *statement.order_params, query.limit, query.offset]
            rows = self.connection.execute(sql, params).fetchall()
            return _found(query, rows, self._tallied(query) if query.count else None)
        sql = f"SELECT e.num FROM entity e WHERE {statement.where} {statement.order}"
        nums = self.connection.execute(sql, [*statement.params, *statement.order_params]).fetchall()
        page = nums[query.offset : query.offset + query.limit]
        one = f"SELECT {_COLUMNS} FROM entity e WHERE num = ?"
        return _found(query, [self.connection.execute(one, num).fetchone() for num in page], len(nums))


class _Statement:
    """The pieces of the SQL for one query."""

    def __init__(
        self, state: State, query: Query, parts: list[Node], leading: list[Use], numbers: set[int] | None = None
    ) -> None:
        conditions, self.frame_params = frame(query, state)
        settled = [found.node for found in leading if found.exact]
        rest = sorted((part for part in parts if not any(part is node for node in settled)), key=_cost)
        self.holds: Callable[[Doc], bool] = predicate(And(tuple(rest)))
        self.decode = decoder(path for part in rest for path in paths(part))
        self.test = "holds(e.doc)" if rest else "true"
        self.frame = " AND ".join(conditions)
        if numbers is not None:
            sets, params = ["e.num IN (SELECT value FROM json_each(?))"], [encode(sorted(numbers)).decode()]
        else:
            sets = [f"{'+' if n else ''}e.num IN ({found.sql})" for n, found in enumerate(leading)]
            params = [param for found in leading for param in found.params]
        # The first set drives the loop; "+" keeps SQLite from driving by anything else, or from sorting whole rows.
        guarded = [
            f"+{c}" if c.startswith("e.") and (sets or (c.startswith("e.typeset") and "," in c)) else c
            for c in conditions
        ]
        self.where = " AND ".join([*sets, *guarded, self.test])
        self.params = params + self.frame_params
        self.order, self.order_params = _order(query)


def _cost_of_use(found: Use) -> int:
    """A value first, an area next: what they find bounds how much of a wide range is worth fetching."""
    if isinstance(found.node, Near | Relate):
        return 1
    equal = isinstance(found.node, OneOf) or (isinstance(found.node, Compare) and found.node.operator == "==")
    return 0 if equal else 2


def _cost(node: Node) -> int:
    """What is cheap to test comes first."""
    return 1 if isinstance(node, Near | Relate) else 0 if isinstance(node, Compare | Between | OneOf | Exists) else 2


def _order(query: Query) -> tuple[str, list[Any]]:
    keys = [f"sortkey(?, e.doc) {'DESC' if order.descending else 'ASC'} NULLS LAST" for order in query.order]
    return f"ORDER BY {', '.join([*keys, 'e.num'])}", list(range(len(query.order)))


def _found(query: Query, rows: list[Any], total: int | None = None) -> Found:
    docs, classes, subjects = [decode(row[0]) for row in rows], [row[1] for row in rows], [row[2] for row in rows]
    last = rows[-1][3] if rows and len(rows) == query.limit and not query.order else 0
    return Found(docs, classes, subjects, total, last)

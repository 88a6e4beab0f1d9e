"""Reading connections. A query looks at few rows by the index that leads to fewest, and at documents for the rest."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path as FilePath
from queue import Empty, SimpleQueue
from typing import Any

from noren.store.codec import decode
from noren.store.compile import Use, conjuncts, frame, use
from noren.store.interface import Found
from noren.store.query import And, Doc, Node, Order, Query, order_key, pattern, predicate
from noren.store.schema import connect
from noren.store.state import State

THREADS = 4
FEW = 20_000
"""Index rows up to which an index surely leads; beyond, the first documents are tried before a large set is built."""
TRY = 4_000
_COLUMNS = "e.doc, e.class, e.subject"


class Reader:
    """Answers queries on a few threads, each with a connection of its own."""

    def __init__(self, file: FilePath, state: State) -> None:
        self._file, self._state = file, state
        self._idle: SimpleQueue[_Looker] = SimpleQueue()
        self._all: list[_Looker] = []
        self.threads = ThreadPoolExecutor(THREADS, thread_name_prefix="noren-reader")

    def find(self, query: Query) -> Found:
        """See `Store.find`; for a thread of `threads`."""
        with self.looker() as looker:
            return looker.find(query)

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
        self.connection = connect(file, read_only=True, cache_mib=24)
        self._state = state
        self._holds: Callable[[Doc], bool] = bool
        self._fits: Callable[[str], Any] = bool
        self._orders: tuple[Order, ...] = ()
        create = self.connection.create_function
        create("holds", 1, lambda doc: self._holds(decode(doc)), deterministic=True)
        create("fits", 1, lambda text: self._fits(text) is not None, deterministic=True)
        create("sortkey", 2, lambda n, doc: order_key(decode(doc), self._orders[n].path), deterministic=True)

    def find(self, query: Query) -> Found:
        parts = conjuncts(query.where)
        if parts:
            predicate(And(tuple(parts)))  # a bad expression is refused whatever the data
        if query.id_pattern is not None:
            self._fits = pattern(query.id_pattern).search
        self._orders = query.order
        uses = [found for part in parts if (found := use(part, self._state.declared))]
        leading, first_try = self._choose(query, uses)
        if first_try and (page := self._try(query, parts)):
            return page
        return self._run(query, _Statement(self._state, query, parts, leading))

    def _choose(self, query: Query, uses: list[Use]) -> tuple[list[Use], bool]:
        """The uses worth their cost, best first, and whether trying the first documents may spare them all."""
        if not uses or query.ids:
            return [], False
        sizes = sorted(((self._size(found), n) for n, found in enumerate(uses)))
        smallest = sizes[0][0]
        within = smallest * 20 + 1000 if smallest <= FEW else float("inf")
        return [uses[n] for size, n in sizes if size <= within], smallest > FEW and not (query.count or query.order)

    def _size(self, found: Use) -> int:
        sql = f"SELECT count(*) FROM (SELECT 1 FROM ({found.sql}) LIMIT {FEW + 1})"
        return int(self.connection.execute(sql, found.params).fetchone()[0])

    def _try(self, query: Query, parts: list[Node]) -> Found | None:
        """The page from the first few thousand rows, if they fill it."""
        statement = _Statement(self._state, query, parts, [])
        self._holds = statement.holds
        sql = f"SELECT {_COLUMNS} FROM (SELECT * FROM entity e WHERE {statement.frame} ORDER BY num LIMIT {TRY}) e"
        sql += f" WHERE {statement.test} LIMIT ? OFFSET ?"
        rows = self.connection.execute(sql, [*statement.frame_params, query.limit, query.offset]).fetchall()
        return _found(rows) if len(rows) == query.limit else None

    def _run(self, query: Query, statement: _Statement) -> Found:
        self._holds = statement.holds
        if not query.count:
            sql = f"SELECT {_COLUMNS} FROM entity e WHERE {statement.where} {statement.order} LIMIT ? OFFSET ?"
            params = [*statement.params, *statement.order_params, query.limit, query.offset]
            return _found(self.connection.execute(sql, params).fetchall())
        sql = f"SELECT e.num FROM entity e WHERE {statement.where} {statement.order}"
        nums = self.connection.execute(sql, [*statement.params, *statement.order_params]).fetchall()
        page = nums[query.offset : query.offset + query.limit]
        one = f"SELECT {_COLUMNS} FROM entity e WHERE num = ?"
        return _found([self.connection.execute(one, num).fetchone() for num in page], len(nums))


class _Statement:
    """The pieces of the SQL for one query."""

    def __init__(self, state: State, query: Query, parts: list[Node], leading: list[Use]) -> None:
        conditions, self.frame_params = frame(query, state)
        settled = [found.node for found in leading if found.exact]
        rest = [part for part in parts if not any(part is node for node in settled)]
        self.holds: Callable[[Doc], bool] = predicate(And(tuple(rest)))
        self.test = "holds(e.doc)" if rest else "true"
        self.frame = " AND ".join(conditions)
        # A leading set drives the loop; "+" keeps SQLite from driving by anything else.
        sets = [f"{'+' if n else ''}e.num IN ({found.sql})" for n, found in enumerate(leading)]
        guarded = [f"+{c}" if leading and c.startswith("e.") else c for c in conditions]
        self.where = " AND ".join([*sets, *guarded, self.test])
        self.params = [param for found in leading for param in found.params] + self.frame_params
        self.order, self.order_params = _order(query)


def _order(query: Query) -> tuple[str, list[Any]]:
    keys = [f"sortkey(?, e.doc) {'DESC' if order.descending else 'ASC'} NULLS LAST" for order in query.order]
    return f"ORDER BY {', '.join([*keys, 'e.num'])}", list(range(len(query.order)))


def _found(rows: list[Any], total: int | None = None) -> Found:
    return Found([decode(row[0]) for row in rows], [row[1] for row in rows], [row[2] for row in rows], total)

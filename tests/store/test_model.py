"""Every engine against a plain dict: whatever the order of writes, queries, compactions and restarts."""

from __future__ import annotations

import asyncio
import copy
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from noren.errors import NotFound
from noren.store import HistoryQuery, Outcome, Store, open_store
from noren.store.query import Compare, Exists, Near, Node, Not, Or, Order, Query, Relate, matches
from tests.store.conftest import ENGINES, INDEXING
from tests.store.docs import Doc, doc, patch, point, prop, put, remove

IDS = st.sampled_from(["a", "b", "c", "d"])
TYPES = st.sampled_from([("River",), ("Lake",), ("Lake", "Dam")])
VALUES = st.one_of(st.integers(0, 3), st.sampled_from([0.5, 1.0, 2.5, "x", "y", True, [1, "x"], [2, 3]]))
PLACES = st.builds(point, st.integers(0, 3), st.integers(0, 3))
HOURS = st.integers(0, 5).map(lambda hour: f"2024-05-01T{hour:02}:00:00Z")
ATTRS = st.fixed_dictionaries(
    {}, optional={"level": st.builds(prop, VALUES, HOURS), "free": st.builds(prop, VALUES), "location": PLACES}
)
SQUARE = {"type": "Polygon", "coordinates": [[[0.5, 0.5], [2.5, 0.5], [2.5, 2.5], [0.5, 2.5], [0.5, 0.5]]]}
LEVEL, FREE, PLACE = (("attrs", name, "value") for name in ("level", "free", "location"))
LEAVES: st.SearchStrategy[Node] = st.one_of(
    st.builds(
        Compare, st.just(LEVEL), st.sampled_from(["==", "!=", "<", "<=", ">", ">="]), st.sampled_from([0, 1, 2.5, "x"])
    ),
    st.builds(Compare, st.just(FREE), st.sampled_from(["==", ">"]), st.sampled_from([1, "x"])),
    st.sampled_from(
        [Relate(PLACE, "within", SQUARE), Near(PLACE, point(1, 1)["value"], 120_000.0), Exists(("attrs", "level"))]
    ),
)
NODES = st.recursive(
    LEAVES, lambda inner: st.builds(Not, inner) | st.builds(lambda a, b: Or((a, b)), inner, inner), max_leaves=3
)


class StoreAgainstDict(RuleBasedStateMachine):
    """`docs` is what should be stored, in order of creation; `log` what should have been noted."""

    engine = "sqlite"

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.folder = tempfile.TemporaryDirectory()
        self.docs: dict[str, tuple[Doc, int]] = {}
        self.log: list[tuple[str, str, set[str]]] = []
        self.readings: dict[tuple[str, str], Any] = {}
        self.trimmed = 0

    def do(self, coroutine: Any) -> Any:
        return self.loop.run_until_complete(coroutine)

    @initialize()
    def open(self) -> None:
        self.store: Store = open_store(ENGINES[self.engine](Path(self.folder.name)), INDEXING)

    @rule()
    def restart(self) -> None:
        self.do(self.store.close())
        self.open()

    def note(self, outcome: Outcome, kind: str, id: str, touched: set[str]) -> None:
        assert (outcome.kind, outcome.id) == (kind, id)
        if kind != "unchanged":
            self.log.append((kind, id, touched))
            assert outcome.seq == len(self.log)

    @rule(id=IDS, types=TYPES, attrs=ATTRS, data_class=st.integers(0, 2))
    def put(self, id: str, types: tuple[str, ...], attrs: Doc, data_class: int) -> None:
        new = doc(id, types, **copy.deepcopy(attrs))
        (outcome,) = self.do(self.store.write([put(new, data_class)]))
        old = self.docs.get(id)
        self.note(outcome, "updated" if old else "created", id, set(attrs) | set(old[0]["attrs"] if old else ()))
        self.docs[id] = (new, data_class)
        self.remember(new, attrs)

    @rule(id=IDS, attrs=ATTRS, gone=st.sets(st.sampled_from(["level", "free"])))
    def patch(self, id: str, attrs: Doc, gone: set[str]) -> None:
        changes = {**dict.fromkeys(gone), **attrs}
        (outcome,) = self.do(self.store.write([patch(id, **changes)]))
        if id not in self.docs:
            return self.note(outcome, "unchanged", id, set())
        old = self.docs[id][0]
        merged = {k: v for k, v in (old["attrs"] | changes).items() if v is not None}
        touched = {k for k, v in changes.items() if v is not None or k in old["attrs"]}
        self.docs[id] = ({**old, "modifiedAt": "2024-05-02T00:00:00Z", "attrs": merged}, 0)
        self.note(outcome, "updated", id, touched)
        return self.remember(self.docs[id][0], attrs)

    def remember(self, new: Doc, attrs: Doc) -> None:
        if "level" in attrs:
            key = (new["id"], attrs["level"]["observedAt"])
            known = self.readings.get(key, ("", None))
            if new["modifiedAt"] >= known[0]:
                self.readings[key] = (new["modifiedAt"], attrs["level"]["value"])

    @rule(ids=st.lists(IDS, min_size=1, max_size=3))
    def remove(self, ids: list[str]) -> None:
        outcomes = self.do(self.store.write([remove(id) for id in ids]))
        for id, outcome in zip(ids, outcomes, strict=True):
            old = self.docs.pop(id, None)
            self.note(outcome, "deleted" if old else "unchanged", id, set(old[0]["attrs"]) if old else set())

    @rule(keep=st.integers(0, 5))
    def compact(self, keep: int) -> None:
        after = max(len(self.log) - keep, 0)
        self.do(self.store.compact(keep_after=after))
        self.trimmed = max(self.trimmed, after)

    @rule(
        node=NODES,
        types=st.lists(TYPES, max_size=2),
        max_class=st.integers(0, 2),
        limit=st.integers(0, 3),
        offset=st.integers(0, 2),
        count=st.booleans(),
    )
    def find(self, node: Node, types: list[Any], max_class: int, limit: int, offset: int, count: bool) -> None:
        query = Query(where=node, types=tuple(types), max_class=max_class, limit=limit, offset=offset, count=count)
        expected = [
            document
            for document, data_class in self.docs.values()
            if matches(node, document)
            and data_class <= max_class
            and (not types or any(set(document["type"]) >= set(wanted) for wanted in types))
        ]
        found = self.do(self.store.find(query))
        assert found.docs == expected[offset : offset + limit]
        assert found.total == (len(expected) if count else None)

    @rule(descending=st.booleans())
    def sort(self, descending: bool) -> None:
        def key(document: Doc) -> Any:
            value = document["attrs"].get("free", {}).get("value")
            value = value[0] if isinstance(value, list) else value
            return (isinstance(value, str), value)

        present = [d for d, _ in self.docs.values() if "free" in d["attrs"]]
        absent = [d for d, _ in self.docs.values() if "free" not in d["attrs"]]
        found = self.do(self.store.find(Query(order=(Order(FREE, descending),)))).docs
        assert [key(d) for d in found[: len(present)]] == sorted(map(key, present), reverse=descending)
        assert found[len(present) :] == absent

    @rule()
    def history(self) -> None:
        everything = HistoryQuery(types=("River", "Lake"), attributes=("level",))
        table = self.do(self.store.history(everything)).to_pylist()
        keys = [(row["entity"], row["observed"].strftime("%Y-%m-%dT%H:%M:%SZ")) for row in table]
        assert sorted(keys) == sorted(self.readings)
        counted = self.do(self.store.aggregate(everything, ["totalCount"], None)).to_pylist()
        assert sum(row["totalCount"] for row in counted) == len(self.readings)

    @rule(back=st.integers(0, 8))
    def changes(self, back: int) -> None:
        after = max(len(self.log) - back, 0)
        if after < self.trimmed:
            with pytest.raises(NotFound):
                self.do(self.store.changes(after))
            return
        rows = self.do(self.store.changes(after))
        assert [(row.kind, row.doc["id"], set(row.touched)) for row in rows] == self.log[after:]

    @invariant()
    def same(self) -> None:
        if hasattr(self, "store"):
            found = self.store.get(list("abcd"))
            by_id = {d["id"]: (d, c) for d, c in zip(found.docs, found.classes, strict=True)}
            assert by_id == self.docs
            assert self.store.newest() == len(self.log)

    @invariant()
    def counts(self) -> None:
        if hasattr(self, "store"):
            expected: dict[str, dict[str, int]] = {}
            for document, data_class in self.docs.values():
                for type in document["type"] if data_class <= 1 else ():
                    for name in ["", *document["attrs"]]:
                        of_type = expected.setdefault(type, {})
                        of_type[name] = of_type.get(name, 0) + 1
            assert self.do(self.store.types(1)) == expected

    def teardown(self) -> None:
        if hasattr(self, "store"):
            self.do(self.store.close())
        self.loop.close()
        self.folder.cleanup()


@pytest.mark.parametrize("engine", ENGINES)
def test_behaves_like_a_dict(engine: str) -> None:
    machine = type("Machine", (StoreAgainstDict,), {"engine": engine})
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=12, stateful_step_count=20, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )

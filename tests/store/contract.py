"""What every engine must do, as tests. A new engine adds one line to `ENGINES` in conftest.py and runs them all.

A gap of an engine is a mark on the test with a reason, never a missing test.
"""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

import msgspec
import pyarrow as pa
import pytest

from noren.errors import BadInput, Conflict, NorenError, NotFound
from noren.store import HistoryQuery, Store, open_store
from noren.store.interface import HISTORY, STRUCK
from noren.store.query import (
    And,
    Between,
    Compare,
    Exists,
    Near,
    Node,
    Not,
    OneOf,
    Or,
    Order,
    Query,
    Relate,
    matches,
)
from tests.store.conftest import INDEXING
from tests.store.docs import Doc, doc, patch, point, prop, put, refuse, remove

LEVEL, NAME, FREE, PLACE = (("attrs", name, "value") for name in ("level", "name", "free", "location"))
BOX = {"type": "Polygon", "coordinates": [[[139.0, 35.0], [139.5, 35.0], [139.5, 35.5], [139.0, 35.5], [139.0, 35.0]]]}


async def ids(store: Store, **query: object) -> list[str]:
    """The ids that a query finds."""
    return [found["id"] for found in (await store.find(Query(**query))).docs]  # type: ignore[arg-type]


class TestWriting:
    async def test_created_updated_unchanged_deleted(self, store: Store) -> None:
        river = doc("a", level=prop(1))
        assert [o.kind for o in await store.write([put(river)])] == ["created"]
        assert store.get(["a"]).docs == [river]
        assert (await store.write([patch("a", level=prop(2))]))[0].kind == "updated"
        assert (await store.write([patch("absent", level=prop(2))]))[0].kind == "unchanged"
        assert (await store.write([remove("a")]))[0].kind == "deleted"
        assert store.get(["a"]).docs == []

    async def test_a_refusal_leaves_the_others_standing(self, store: Store) -> None:
        outcomes = await store.write([put(doc("a")), refuse("b", Conflict("No.")), put(doc("c"))])
        assert [o.kind for o in outcomes] == ["created", "refused", "created"]
        assert isinstance(outcomes[1].error, Conflict)
        assert [d["id"] for d in store.get(["a", "b", "c"]).docs] == ["a", "c"]

    async def test_a_fault_in_one_change_is_a_refusal_of_that_change(self, store: Store) -> None:
        unstorable = doc("b", level=prop(object()))
        outcomes = await store.write([put(doc("a")), refuse("x", ZeroDivisionError()), put(unstorable)])
        assert [o.kind for o in outcomes] == ["created", "refused", "refused"]
        assert isinstance(outcomes[2].error, BadInput)
        assert isinstance(outcomes[1].error, NorenError)

    async def test_one_id_twice_in_a_batch(self, store: Store) -> None:
        river = doc("a", level=prop(1))
        kinds = [o.kind for o in await store.write([put(river), patch("a", level=prop(2)), remove("a"), put(river)])]
        assert kinds == ["created", "updated", "deleted", "created"]
        assert store.get(["a"]).docs == [river]
        assert await ids(store, where=Compare(LEVEL, "==", 1)) == ["a"]
        assert await ids(store, where=Compare(LEVEL, "==", 2)) == []

    async def test_writes_at_once_are_all_kept(self, store: Store) -> None:
        await store.write([put(doc("a", level=prop(0)))])

        def more(old: Doc) -> Doc:
            level = prop(old["attrs"]["level"]["value"] + 1)
            return {**old, "attrs": {**old["attrs"], "level": level}}

        change = patch("a")
        change.apply = more  # type: ignore[assignment]
        await asyncio.gather(*(store.write([change]) for _ in range(200)))
        assert store.get(["a"]).docs[0]["attrs"]["level"]["value"] == 200

    async def test_stays_after_reopening(self, url: str) -> None:
        store = open_store(url, INDEXING)
        await store.write([put(doc("a", level=prop(1)), data_class=2, subject=b"x"), put(doc("b"))])
        await store.write([remove("b")])
        await store.close()
        store = open_store(url, INDEXING)
        found = store.get(["a", "b"])
        assert (found.docs, found.classes, found.subjects) == ([doc("a", level=prop(1))], [2], [b"x"])
        assert store.newest() == 3
        assert (await store.write([put(doc("c"))]))[0].seq == 4
        await store.close()

    async def test_get_keeps_the_order_asked(self, store: Store) -> None:
        await store.write([put(doc(id)) for id in "abc"])
        assert [d["id"] for d in store.get(["c", "x", "a", "c"]).docs] == ["c", "a", "c"]


RIVERS = [
    doc("a", level=prop(1.5), name=prop("Ara"), location=point(139.1, 35.1)),
    doc("b", level=prop(3), name=prop("Sumida"), location=point(139.11, 35.1), free=prop(7)),
    doc("c", ("Lake",), level=prop("high"), name=[prop("Biwa"), prop("琵琶湖", lang="ja")]),
    doc("d", ("Lake", "Dam"), level=prop(True), location=point(140.2, 36.0), free=prop("x")),
    doc("e", level=prop([1, 4]), location=prop({"type": "LineString", "coordinates": [[139.0, 35.0], [140.0, 36.0]]})),
    doc("f"),
]
HERE = {"type": "Point", "coordinates": [139.1, 35.1]}
PREDICATES: list[Node] = [
    Compare(LEVEL, "==", 3),
    Compare(LEVEL, "==", "high"),
    Compare(LEVEL, "==", True),
    Compare(LEVEL, "!=", 3),
    Compare(LEVEL, ">", 1.5),
    Compare(LEVEL, ">=", 1.5),
    Compare(LEVEL, "<", 2),
    Compare(LEVEL, "<=", 1.5),
    Compare(LEVEL, ">", "a"),
    Compare(LEVEL, "<", "z"),
    Compare(NAME, "~=", "^S"),
    Compare(NAME, "!~=", "^S"),
    Compare(FREE, ">", 1),
    Between(LEVEL, 2, 5),
    Between(NAME, "B", "T"),
    OneOf(NAME, ("Ara", "琵琶湖", "x" * 300)),
    OneOf(LEVEL, ()),
    Exists(("attrs", "free")),
    Exists(PLACE),
    Near(PLACE, HERE, 1000.0),
    Near(PLACE, HERE, 1000.0, 500.0),
    Near(PLACE, HERE, None, 1000.0),
    Near(PLACE, BOX, 10.0),
    Relate(PLACE, "within", BOX),
    Relate(PLACE, "intersects", BOX),
    Relate(PLACE, "disjoint", BOX),
    Relate(PLACE, "contains", {"type": "Point", "coordinates": [139.5, 35.5]}),
    Relate(PLACE, "equals", HERE),
    And(()),
    Or(()),
    And((Compare(LEVEL, ">", 1), Relate(PLACE, "intersects", BOX))),
    Or((Compare(LEVEL, ">", 2), Compare(NAME, "==", "Ara"))),
    Or((Compare(FREE, "==", 7), Compare(NAME, "==", "Ara"))),
    Or((And((Compare(LEVEL, ">", 1), Compare(FREE, "==", 7))), Compare(NAME, "==", "Biwa"))),
    Not(Compare(LEVEL, ">", 1)),
    Not(Exists(("attrs", "level"))),
    And((Not(Near(PLACE, HERE, 1000.0)), Compare(LEVEL, ">", 1), Compare(LEVEL, "<", 5))),
]


class TestFinding:
    @pytest.mark.parametrize("node", PREDICATES, ids=lambda node: str(node)[:60])
    async def test_finds_what_matches(self, store: Store, node: Node) -> None:
        await store.write([put(river) for river in RIVERS])
        expected = [river for river in RIVERS if matches(node, river)]
        assert (await store.find(Query(where=node))).docs == expected
        counted = await store.find(Query(where=node, count=True, limit=1, offset=1))
        assert (counted.docs, counted.total) == (expected[1:2], len(expected))

    async def test_types_ids_and_patterns_narrow(self, store: Store) -> None:
        await store.write([put(river) for river in RIVERS])
        assert await ids(store, types=(("Lake",),)) == ["c", "d"]
        assert await ids(store, types=(("Lake", "Dam"), ("River",))) == ["a", "b", "d", "e", "f"]
        assert await ids(store, types=(("Sea",),)) == []
        assert await ids(store, ids=("f", "a", "x")) == ["a", "f"]
        assert await ids(store, id_pattern="^[a-c]$", types=(("River",),)) == ["a", "b"]
        with pytest.raises(BadInput):
            await store.find(Query(id_pattern="("))
        with pytest.raises(BadInput):
            await store.find(Query(types=(("Sea",),), where=Compare(NAME, "~=", "(")))

    async def test_pages_in_the_order_of_creation(self, store: Store) -> None:
        await store.write([put(doc(f"{n:03}", level=prop(n % 7))) for n in range(100)])
        await store.write([patch("005", level=prop(6))])
        node = Compare(LEVEL, ">", 3)
        pages = [await ids(store, where=node, limit=10, offset=offset) for offset in range(0, 60, 10)]
        everything = [f"{n:03}" for n in range(100) if n % 7 > 3 or n == 5]
        assert [id for page in pages for id in page] == everything[:60]
        found = await store.find(Query(where=node, limit=0, count=True))
        assert (found.docs, found.total) == ([], len(everything))

    @pytest.mark.parametrize("where", [None, Compare(LEVEL, ">", 3), Compare(NAME, "~=", "a")])
    async def test_goes_on_behind_a_page(self, store: Store, where: Node | None) -> None:
        await store.write([put(doc(f"{n:03}", level=prop(n % 7), name=prop("ab"[n % 2]))) for n in range(100)])
        everything, found, after = await ids(store, where=where, limit=100), [], 0
        while True:
            page = await store.find(Query(where=where, limit=7, after=after))
            found += [one["id"] for one in page.docs]
            if not (after := page.last):
                break
            await store.write([remove(found[-2])])  # what goes meanwhile moves no page
        assert found == everything

    async def test_sorts_with_absent_last(self, store: Store) -> None:
        await store.write([put(river) for river in RIVERS])
        assert await ids(store, order=(Order(LEVEL),)) == ["d", "e", "a", "b", "c", "f"]
        assert await ids(store, order=(Order(LEVEL, descending=True),)) == ["c", "b", "a", "d", "e", "f"]
        assert await ids(store, order=(Order(("type",)), Order(NAME, descending=True))) == [
            "c",
            "d",
            "b",
            "a",
            "e",
            "f",
        ]

    async def test_sorts_by_distance(self, store: Store) -> None:
        places = {"near": point(139.1, 35.0), "far": point(141.0, 35.0), "here": point(139.0, 35.0)}
        await store.write([put(doc(name, location=place)) for name, place in places.items()])
        await store.write([put(doc("nowhere"))])
        around = Order(PLACE, around=point(139.0, 35.0)["value"])
        assert await ids(store, order=(around,)) == ["here", "near", "far", "nowhere"]
        back = Order(PLACE, descending=True, around=point(139.0, 35.0)["value"])
        assert await ids(store, order=(back,)) == ["far", "near", "here", "nowhere"]

    async def test_the_class_hides_rows_but_the_subject_sees_its_own(self, store: Store) -> None:
        await store.write([put(doc("open")), put(doc("mine", level=prop(1)), 2, b"me"), put(doc("yours"), 2, b"you")])
        assert await ids(store, max_class=0) == ["open"]
        assert await ids(store, max_class=1, subject=b"me") == ["open", "mine"]
        found = await store.find(Query(max_class=0, subject=b"me", where=Exists(LEVEL), count=True))
        assert (found.total, found.classes, found.subjects) == (1, [2], [b"me"])
        assert (await store.find(Query(max_class=0, count=True))).total == 1

    async def test_index_follows_updates(self, store: Store) -> None:
        await store.write([put(doc("a", level=prop(1), location=point(139, 35)))])
        await store.write([patch("a", level=prop(9), location=point(10, 10))])
        assert await ids(store, where=Compare(LEVEL, "<", 5)) == []
        assert await ids(store, where=Compare(LEVEL, ">", 5)) == ["a"]
        assert await ids(store, where=Near(PLACE, HERE, 50_000.0)) == []
        assert await ids(store, where=Near(PLACE, {"type": "Point", "coordinates": [10, 10]}, 1.0)) == ["a"]
        await store.write([patch("a", level=None, location=None)])
        assert await ids(store, where=Or((Compare(LEVEL, ">", -1e9), Near(PLACE, HERE, 1e9)))) == []

    async def test_big_numbers_and_long_texts_are_told_apart(self, store: Store) -> None:
        big, long = 2**63 + 1, "x" * 300
        await store.write(
            [put(doc("a", level=prop(big), name=prop(long + "a"))), put(doc("b", level=prop(float(2**63))))]
        )
        assert await ids(store, where=Compare(LEVEL, "==", big)) == ["a"]
        assert await ids(store, where=Compare(NAME, "==", long + "b")) == []
        assert await ids(store, where=Compare(NAME, ">", long)) == ["a"]
        assert await ids(store, where=Compare(LEVEL, ">", 1)) == ["a", "b"]

    async def test_counts_types_and_attributes(self, store: Store) -> None:
        await store.write([put(river) for river in RIVERS])
        await store.write([put(doc("p", ("Person",), name=prop("A")), data_class=2)])
        assert await store.types(0) == {
            "River": {"": 4, "level": 3, "name": 2, "location": 3, "free": 1},
            "Lake": {"": 2, "level": 2, "name": 1, "location": 1, "free": 1},
            "Dam": {"": 1, "level": 1, "location": 1, "free": 1},
        }
        await store.write([remove("d"), patch("a", level=None), put(doc("f", ("Lake",)))])
        counts = await store.types(2)
        assert "Dam" not in counts
        assert counts["Person"] == {"": 1, "name": 1}
        assert (counts["River"][""], counts["River"]["level"], counts["Lake"][""]) == (3, 2, 2)


class TestChangeLog:
    async def test_tells_what_was_touched(self, store: Store) -> None:
        before = doc("a", level=prop(1), name=prop("n"))
        await store.write([put(before, 1, b"s")])
        await store.write([patch("a", level=prop(2), free=prop(0))])
        await store.write([remove("a")])
        rows = await store.changes(0)
        assert [(row.kind, set(row.touched)) for row in rows] == [
            ("created", {"level", "name"}),
            ("updated", {"level", "free"}),
            ("deleted", {"level", "name", "free"}),
        ]
        assert rows[0].doc == before
        assert rows[2].doc == rows[1].doc
        assert rows[1].doc["attrs"]["level"]["value"] == 2
        assert (rows[0].data_class, rows[0].subject) == (1, b"s")
        assert [row.seq for row in rows] == [1, 2, 3]
        assert rows[0].at < rows[1].at < rows[2].at

    async def test_pages(self, store: Store) -> None:
        await store.write([put(doc(str(n))) for n in range(10)])
        assert [row.seq for row in await store.changes(3, 4)] == [4, 5, 6, 7]
        assert await store.changes(10) == []

    async def test_tells_what_came_before(self, store: Store) -> None:
        await store.write([put(doc("a", level=prop(1))), put(doc("b", level=prop(7)))])
        await store.write([patch("a", level=prop(2))])
        await store.write([remove("a")])
        await store.write([put(doc("a", level=prop(3)))])
        earlier = [store.before(row.seq) for row in await store.changes(0)]
        assert [row and row.doc["attrs"]["level"]["value"] for row in earlier] == [None, None, 1, 2, None]
        await store.compact(keep_after=2)
        assert store.before(3) is None
        assert store.before(99) is None

    async def test_wait_wakes_on_the_next_change(self, store: Store) -> None:
        await store.write([put(doc("a"))])
        assert await store.wait(0) == 1
        waiting = asyncio.ensure_future(store.wait(1))
        await asyncio.sleep(0)
        assert not waiting.done()
        await store.write([remove("absent")])
        await store.write([put(doc("b"))])
        assert await asyncio.wait_for(waiting, 10) == 2

    async def test_compaction_keeps_what_a_cursor_needs(self, store: Store) -> None:
        await store.write([put(doc(str(n), level=prop(n))) for n in range(10)])
        await store.compact(keep_after=6)
        assert [row.seq for row in await store.changes(6)] == [7, 8, 9, 10]
        with pytest.raises(NotFound):
            await store.changes(5)
        assert (await store.write([put(doc("x"))]))[0].seq == 11
        await store.compact()
        assert store.newest() == 11
        assert await store.changes(11) == []


def rows(*found: tuple[str, str, float | None], entity: str = "a") -> pa.Table:
    """History of one attribute: observed, modified, number."""
    return pa.Table.from_pylist(
        [
            {
                "entity": entity,
                "attribute": "level",
                "dataset": None,
                "observed": datetime.fromisoformat(observed),
                "modified": datetime.fromisoformat(modified),
                "number": number,
                "value": None,
                "meta": None,
            }
            for observed, modified, number in found
        ],
        schema=HISTORY,
    )


def seen(table: pa.Table) -> list[tuple[str, float | None]]:
    """Day and hour of observation, and number."""
    return [(row["observed"].strftime("%d %H"), row["number"]) for row in table.to_pylist()]


RIVER = HistoryQuery(types=("River",))


def at(text: str) -> datetime:
    """A time."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize("compacted", [False, True, "half"])
class TestHistory:
    async def fill(self, store: Store, compacted: object) -> None:
        """Four readings, of which the second is corrected."""
        readings = [("2024-05-01T00:00:00Z", 1.0), ("2024-05-01T01:00:00Z", 2.0), ("2024-06-02T00:00:00Z", 4.0)]
        await store.write([put(doc("a", level=prop(readings[0][1], readings[0][0]), name=prop("n")))])
        for observed, value in readings[1:]:
            await store.write([patch("a", observed, level=prop(value, observed, unitCode="MTR"))])
        if compacted == "half":
            await store.compact()
        late = prop(3.0, "2024-05-01T01:00:00Z")
        await store.write(
            [patch("a", "2024-06-03T00:00:00Z", level=late), put(doc("b", level=prop("dry", "2024-05-01T00:00:00Z")))]
        )
        if compacted is True:
            await store.compact()

    async def test_the_last_modified_wins(self, store: Store, compacted: object) -> None:
        await self.fill(store, compacted)
        query = HistoryQuery(types=("River",), ids=("a",))
        table = await store.history(query)
        assert table.schema == HISTORY
        assert seen(table) == [("01 00", 1.0), ("01 01", 3.0), ("02 00", 4.0)]
        assert table["meta"].to_pylist()[2] == '{"type":"Property","unitCode":"MTR"}'

    async def test_narrows(self, store: Store, compacted: object) -> None:
        await self.fill(store, compacted)
        level = HistoryQuery(types=("River",), attributes=("level",), ids=("a",), start=at("2024-05-01T01:00"))
        assert seen(await store.history(level)) == [("01 01", 3.0), ("02 00", 4.0)]
        ended = HistoryQuery(types=("River",), ids=("a",), end=at("2024-06-02T00:00"))
        assert seen(await store.history(ended)) == [("01 00", 1.0), ("01 01", 3.0)]
        last = HistoryQuery(types=("River",), ids=("a", "b"), last=1)
        assert seen(await store.history(last)) == [("02 00", 4.0), ("01 00", None)]
        assert (await store.history(HistoryQuery(types=("Lake",)))).num_rows == 0
        assert (await store.history(HistoryQuery(types=("River",), attributes=("free",)))).num_rows == 0

    async def test_by_time_of_modification(self, store: Store, compacted: object) -> None:
        await self.fill(store, compacted)
        query = HistoryQuery(types=("River",), ids=("a",), time="modified")
        table = await store.history(query)
        assert [(r["attribute"], r["number"]) for r in table.to_pylist()] == [
            ("level", 1.0),
            ("level", 4.0),
            ("level", 3.0),
            ("name", None),
        ]
        recent = HistoryQuery(types=("River",), ids=("a",), time="modified", start=at("2024-06-02T12:00"))
        assert seen(await store.history(recent)) == [("01 01", 3.0)]

    async def test_deletions_stand_in_the_history_of_modification(self, store: Store, compacted: object) -> None:
        await self.fill(store, compacted)
        await store.write([patch("a", "2024-06-04T00:00:00Z", level=None)])
        await store.write([remove("a")])
        if compacted:
            await store.compact()
        table = await store.history(HistoryQuery(types=("River",), ids=("a",), time="modified"))
        gone = [row["attribute"] for row in table.to_pylist() if row["number"] is None and row["value"] is None]
        assert gone == ["level", "name"]
        assert (await store.history(HistoryQuery(types=("River",), ids=("a",)))).num_rows == 3

    async def test_aggregates(self, store: Store, compacted: object) -> None:
        await self.fill(store, compacted)
        query = HistoryQuery(types=("River",), attributes=("level",), start=at("2024-05-01T00:00"))
        methods = ["totalCount", "distinctCount", "sum", "avg", "min", "max", "stddev", "sumsq"]
        table = await store.aggregate(query, methods, 86_400.0)  # type: ignore[arg-type]
        first, second, dry = table.to_pylist()
        assert (first["start"], first["end"]) == (at("2024-05-01T00:00"), at("2024-05-02T00:00"))
        assert [first[m] for m in methods] == [2, 2, 4.0, 2.0, 1.0, 3.0, 1.0, 10.0]
        assert (second["start"], second["avg"]) == (at("2024-06-02T00:00"), 4.0)
        assert (dry["entity"], dry["totalCount"], dry["avg"]) == ("b", 1, None)
        whole = (await store.aggregate(query, ["max"], None)).to_pylist()
        assert [(r["entity"], r["max"]) for r in whole] == [("a", 4.0)]
        with pytest.raises(BadInput):
            await store.aggregate(query, ["median"], None)  # type: ignore[list-item]
        with pytest.raises(BadInput):
            await store.aggregate(query, ["max"], 0.0)

    async def test_periods_count_from_the_first_instance(self, store: Store, compacted: object) -> None:
        await self.fill(store, compacted)
        query = HistoryQuery(types=("River",), ids=("a",), attributes=("level",))
        table = await store.aggregate(query, ["totalCount"], 3600.0)
        starts = [(row["start"], row["totalCount"]) for row in table.to_pylist()]
        assert starts == [(at("2024-05-01T00:00"), 1), (at("2024-05-01T01:00"), 1), (at("2024-06-02T00:00"), 1)]

    async def test_appended_rows_join_in(self, store: Store, compacted: object) -> None:
        await self.fill(store, compacted)
        late, old = "2030-01-01T00:00:00Z", "2000-01-01T00:00:00Z"
        kept = await store.append(
            "River",
            rows(
                ("2024-04-30T23:00:00Z", late, 0.5),
                ("2024-05-01T00:00:00Z", late, 1.5),
                ("2024-05-01T01:00:00Z", old, 9.0),
            ),
        )
        assert kept == 3
        query = HistoryQuery(types=("River",), ids=("a",))
        assert seen(await store.history(query)) == [("30 23", 0.5), ("01 00", 1.5), ("01 01", 3.0), ("02 00", 4.0)]

    async def test_what_is_struck_out_is_gone(self, store: Store, compacted: object) -> None:
        await self.fill(store, compacted)
        late = "2030-01-01T00:00:00Z"
        struck = rows(("2024-05-01T01:00:00Z", late, None), ("2024-06-02T00:00:00Z", late, None))
        await store.append("River", struck.set_column(7, HISTORY.field("meta"), pa.array([STRUCK] * 2)))
        query = HistoryQuery(types=("River",), ids=("a",), attributes=("level",))
        assert seen(await store.history(query)) == [("01 00", 1.0)]
        assert seen(await store.history(msgspec.structs.replace(query, last=1))) == [("01 00", 1.0)]
        assert (await store.aggregate(query, ["totalCount"], None))["totalCount"].to_pylist() == [1]
        await store.compact()
        assert seen(await store.history(query)) == [("01 00", 1.0)]

    async def test_what_was_never_observed_is_struck_out_by_its_time_of_storing(
        self, store: Store, compacted: object
    ) -> None:
        await self.fill(store, compacted)
        query = HistoryQuery(types=("River",), ids=("a",), attributes=("name",), time="modified")
        (found,) = (await store.history(query)).to_pylist()
        struck = pa.Table.from_pylist([found | {"value": None, "meta": STRUCK}], schema=HISTORY)
        await store.append("River", struck)
        assert (await store.history(query)).num_rows == 0
        await store.compact()
        assert (await store.history(query)).num_rows == 0

    async def test_several_types(self, store: Store, compacted: object) -> None:
        reading = prop(1.0, "2024-05-01T00:00:00Z")
        await store.write([put(doc("x", ("Lake", "Dam"), level=reading)), put(doc("y", ("Dam",), level=reading))])
        if compacted:
            await store.compact()
        await store.append("Dam", rows(("2024-05-01T00:00:00Z", "2030-01-01T00:00:00Z", 5.0), entity="x"))
        assert seen(await store.history(HistoryQuery(types=("Dam",)))) == [("01 00", 5.0), ("01 00", 1.0)]
        assert seen(await store.history(HistoryQuery(types=("River", "Lake")))) == [("01 00", 1.0)]


class TestHistoryFiles:
    async def test_appending_twice_changes_nothing(self, store: Store) -> None:
        table = rows(
            ("2024-05-01T00:00:00Z", "2024-05-01T00:00:00Z", 1.0), ("1900-01-01T00:00:00Z", "2024-05-01T00:00:00Z", 2.0)
        )
        for _ in range(10):
            await store.append("River", table)
        assert (await store.history(RIVER))["number"].to_pylist() == [2.0, 1.0]

    async def test_repeats_within_one_append(self, store: Store) -> None:
        time = "2024-05-01T00:00:00Z"
        later = "2024-05-02T00:00:00Z"
        assert await store.append("River", rows((time, time, 1.0), (time, later, 2.0), (time, time, 3.0))) == 1
        assert seen(await store.history(RIVER)) == [("01 00", 2.0)]

    async def test_many_appends_and_corrections_read_as_one(self, store: Store) -> None:
        expected = {}
        for n in range(26):
            hour = f"2024-05-01T{n % 24:02}:00:00Z"
            await store.append("River", rows((hour, f"2024-05-02T00:{n:02}:00Z", float(n))))
            expected[f"01 {n % 24:02}"] = float(n)
        assert dict(seen(await store.history(RIVER))) == expected

    async def test_refuses_what_is_no_history(self, store: Store) -> None:
        with pytest.raises(BadInput):
            await store.append("River", pa.table({"entity": ["a"]}))
        with pytest.raises(BadInput):
            await store.append(
                "River",
                rows().append_column("x", pa.array([], pa.int8())).rename_columns([*HISTORY.names[1:], "y", "x"]),
            )
        assert await store.append("River", rows()) == 0

    async def test_a_quote_in_a_name_is_just_a_quote(self, store: Store) -> None:
        await store.write([put(doc("o'; DROP", ("O'Type",), level=prop(1, "2024-05-01T00:00:00Z")))])
        await store.compact()
        query = HistoryQuery(types=("O'Type",), ids=("o'; DROP",), attributes=("level",))
        assert (await store.history(query)).num_rows == 1


class TestValues:
    async def test_kept_by_kind_and_key(self, url: str) -> None:
        store = open_store(url, INDEXING)
        await store.put_value("cursor", "a", {"seq": 1})
        await store.put_value("cursor", "b", [1])
        await store.put_value("context", "a", "text")
        await store.put_value("cursor", "b", None)
        assert store.values("cursor") == {"a": {"seq": 1}}
        await store.close()
        store = open_store(url, INDEXING)
        assert (store.values("cursor"), store.values("context")) == ({"a": {"seq": 1}}, {"a": "text"})
        assert store.values("nothing") == {}
        await store.close()

"""Every way to look for rows gives the same answer: small sets, large sets, trying first, types first."""

from __future__ import annotations

import random
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from noren.store import Store, open_store, reader
from noren.store.query import And, Compare, Near, Node, Not, Or, Query, Relate, matches
from tests.store.conftest import INDEXING
from tests.store.docs import doc, point, prop, put

LEVEL, FREE, PLACE = (("attrs", name, "value") for name in ("level", "free", "location"))
BOX = {"type": "Polygon", "coordinates": [[[0.2, 0.2], [0.6, 0.2], [0.6, 0.6], [0.2, 0.6], [0.2, 0.2]]]}
NODES: list[Node] = [
    And((Compare(LEVEL, ">", 5), Relate(PLACE, "within", BOX))),
    And((Compare(LEVEL, ">", 0), Relate(PLACE, "within", BOX), Compare(FREE, "==", 1))),
    And((Compare(LEVEL, "==", 3), Near(PLACE, point(0.5, 0.5)["value"], 40_000.0))),
    Or((Compare(LEVEL, "<", 2), Compare(LEVEL, ">", 8))),
    Not(Compare(LEVEL, ">", 1)),
    Compare(LEVEL, ">", 100),
    Compare(FREE, "==", 1),
]
KINDS = [("River",), ("Lake",), ("Lake", "Dam"), ("Lake", "Weir"), ("Pond",)]


@pytest.fixture
async def filled(tmp_path: Path) -> AsyncIterator[tuple[Store, list[dict[str, object]]]]:
    """600 places of several types."""
    chance = random.Random(1)
    docs = [
        doc(
            f"{n:03}",
            KINDS[0] if chance.random() < 0.7 else chance.choice(KINDS),
            level=prop(chance.randrange(10)),
            free=prop(chance.randrange(3)),
            location=point(chance.random(), chance.random()),
        )
        for n in range(600)
    ]
    store = open_store(f"sqlite://{tmp_path}", INDEXING)
    await store.write([put(d, n % 2) for n, d in enumerate(docs)])
    yield store, docs
    await store.close()


@pytest.mark.parametrize("few", [0, 30, 200, 20_000])
@pytest.mark.parametrize("tried", [0, 40, 2_000])
async def test_all_ways_agree(
    filled: tuple[Store, list[dict[str, object]]], monkeypatch: pytest.MonkeyPatch, few: int, tried: int
) -> None:
    store, docs = filled
    monkeypatch.setattr(reader, "FEW", few)
    monkeypatch.setattr(reader, "TRY", tried)
    for node in NODES:
        for types in ((), (("Lake",),), (("River",), ("Lake", "Dam"))):
            expected = [
                d for d in docs if matches(node, d) and (not types or any(set(t) <= set(d["type"]) for t in types))
            ]  # type: ignore[call-overload]
            for offset, count in ((0, False), (0, True), (7, False)):
                query = Query(where=node, types=types, limit=10, offset=offset, count=count)
                found = await store.find(query)
                assert found.docs == expected[offset : offset + 10], (node, types)
                assert found.total == (len(expected) if count else None)


@pytest.mark.parametrize("quick", [1, 50_000])
async def test_plain_lists_and_counts(
    filled: tuple[Store, list[dict[str, object]]], monkeypatch: pytest.MonkeyPatch, quick: int
) -> None:
    store, docs = filled
    store._reader._quick.connection.set_progress_handler(lambda: 1, quick)  # type: ignore[attr-defined]
    for types, names in (((), None), ((("Lake",),), {"Lake"}), ((("Pond",),), {"Pond"})):
        for top in (0, 1):
            expected = [d for n, d in enumerate(docs) if n % 2 <= top and (names is None or names & set(d["type"]))]  # type: ignore[call-overload]
            found = await store.find(Query(types=types, max_class=top, limit=30, offset=5, count=True))
            assert (found.docs, found.total) == (expected[5:35], len(expected))

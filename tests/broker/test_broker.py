from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from noren.broker.broker import Broker
from noren.broker.contexts import ContextRegistry
from noren.broker.forms import parse_entity, parse_fragment
from noren.broker.requests import EntityQuery, Operation, TemporalQuery, TooManyResults
from noren.broker.subscription import parse_subscription
from noren.broker.subscriptions import Owner, Progress
from noren.errors import AlreadyExists, NorenError, NotAllowed, NotFound
from noren.store import Indexing, Store, open_store
from noren.store.query import Compare, Doc

REGISTRY = ContextRegistry()
CONTEXT = REGISTRY.city
LEVEL = CONTEXT.attribute("waterLevel")
KIND = CONTEXT.kind("WaterObserved")
ID = "urn:ngsi-ld:WaterObserved:town:1"
NOON = datetime(2024, 5, 1, 12, tzinfo=UTC)


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    opened = open_store(f"sqlite://{tmp_path}", Indexing({LEVEL: ("value",)}, {}))
    yield opened
    await opened.close()


@pytest.fixture
def broker(store: Store) -> Broker:
    return Broker(store, REGISTRY, lambda: NOON)


def entity(level: float, at: str = "2024-05-01T10:00:00Z", id: str = ID) -> Doc:
    body = {"id": id, "type": "WaterObserved", "waterLevel": {"value": level, "observedAt": at}}
    return parse_entity(body, CONTEXT)


async def one(broker: Broker, kind: Any, fragment: Doc | None = None, **more: Any) -> Any:
    return (await broker.apply([Operation(kind=kind, id=more.pop("id", ID), fragment=fragment, **more)]))[0]


async def test_each_kind_of_operation(broker: Broker) -> None:
    assert (await one(broker, "create", entity(1))).kind == "created"
    assert isinstance((await one(broker, "create", entity(1))).error, AlreadyExists)
    assert (await one(broker, "upsert", entity(2))).kind == "updated"
    assert (await one(broker, "upsert", entity(2))).kind == "unchanged"
    assert (await one(broker, "update_or_create", parse_entity({"id": ID, "type": "Gauge", "x": 1}, CONTEXT))).seq
    assert broker.retrieve([ID]).docs[0]["type"] == [KIND, CONTEXT.kind("Gauge")]
    await one(broker, "append", parse_fragment({"y": 2}, CONTEXT))
    await one(broker, "update", parse_fragment({"x": 3}, CONTEXT))
    await one(broker, "merge", parse_fragment({"waterLevel": {"unitCode": "MTR"}}, CONTEXT, merging=True))
    held = broker.retrieve([ID]).docs[0]["attrs"]
    assert held[LEVEL]["unitCode"] == "MTR"
    assert held[CONTEXT.attribute("x")]["value"] == 3
    gone = await one(broker, "delete_attribute", attribute=LEVEL)
    assert (gone.kind, gone.error) == ("updated", None)
    assert (await one(broker, "delete")).kind == "deleted"
    for kind in ("replace", "append", "update", "merge", "delete"):
        assert isinstance((await one(broker, kind, entity(1))).error, NotFound), kind


async def test_a_check_refuses_inside_the_transaction(broker: Broker) -> None:
    seen: list[tuple[Any, Any]] = []

    def refuse(before: Doc | None, after: Doc | None) -> None:
        seen.append((before, after))
        raise NotAllowed("Not this one.")

    outcome = await one(broker, "create", entity(1), check=refuse)
    assert isinstance(outcome.error, NotAllowed)
    assert seen[0][0] is None
    assert seen[0][1]["id"] == ID
    assert broker.retrieve([ID]).docs == []


async def test_what_no_overwriting_leaves_is_told(broker: Broker) -> None:
    await one(broker, "create", entity(1))
    operation = Operation(kind="append", id=ID, fragment=entity(2), overwrite=False)
    await broker.apply([operation])
    assert set(operation.skipped) == {LEVEL}


async def test_a_fragment_is_needed(broker: Broker) -> None:
    assert isinstance((await one(broker, "create")).error, NorenError)


async def test_query_and_past(broker: Broker) -> None:
    for hour, level in ((8, 1), (9, 5), (10, 3)):
        await one(broker, "update_or_create", entity(level, f"2024-05-01T{hour:02}:00:00Z"))
    where = Compare(("attrs", LEVEL, "value"), ">", 4)
    assert (await broker.query(EntityQuery(types=((KIND,),), where=where))).docs == []
    select = EntityQuery(types=((KIND,),), where=where, count=True)
    found = await broker.past(TemporalQuery(select=select))
    assert found.total == 1
    assert [one["value"] for one in found.docs[0]["attrs"][LEVEL]] == [1, 5, 3]
    early = await broker.past(TemporalQuery(select=select, end=datetime(2024, 5, 1, 9, tzinfo=UTC)))
    assert (early.docs, early.total) == ([], 0)
    none = EntityQuery(types=((KIND,),), ids=("urn:x:none",), count=True)
    assert (await broker.past(TemporalQuery(select=none, methods=("max",)))).total == 0
    highest = await broker.past(TemporalQuery(select=EntityQuery(types=((KIND,),)), methods=("max",)))
    assert highest.docs[0]["attrs"][LEVEL]["max"][0][0] == 5


async def test_the_past_comes_page_by_page(broker: Broker) -> None:
    for number in range(5):
        await one(broker, "create", entity(number, id=f"urn:x:{number}"), id=f"urn:x:{number}")
    pages = [
        await broker.past(TemporalQuery(select=EntityQuery(types=((KIND,),), limit=2, offset=offset)))
        for offset in (0, 2, 4)
    ]
    assert [[doc["id"] for doc in page.docs] for page in pages] == [
        ["urn:x:0", "urn:x:1"],
        ["urn:x:2", "urn:x:3"],
        ["urn:x:4"],
    ]


async def test_a_past_that_is_too_long_is_refused(broker: Broker, monkeypatch: pytest.MonkeyPatch) -> None:
    for minute in range(5):
        await one(broker, "update_or_create", entity(minute, f"2024-05-01T10:{minute:02}:00Z"))
    monkeypatch.setattr("noren.broker.past.MOST", 4)
    select = EntityQuery(types=((KIND,),))
    with pytest.raises(TooManyResults):
        await broker.past(TemporalQuery(select=select))
    assert len((await broker.past(TemporalQuery(select=select, last=2))).docs[0]["attrs"][LEVEL]) == 2
    assert (await broker.past(TemporalQuery(select=select, methods=("avg",)))).docs[0]["attrs"][LEVEL]["avg"][0][0] == 2


async def test_subscriptions_are_kept_with_how_they_go(broker: Broker, store: Store) -> None:
    body = {
        "type": "Subscription",
        "entities": [{"type": "WaterObserved"}],
        "notification": {"endpoint": {"uri": "http://a.example/"}},
    }
    made = parse_subscription(body, REGISTRY, context=None, id="urn:s:1", now="2024-05-01T12:00:00Z")
    heard: list[str] = []
    broker.subscriptions.listeners.append(heard.append)
    await broker.subscriptions.add(made, Owner({"id": "urn:me"}, "public-information"), "http://a.example/context")
    with pytest.raises(AlreadyExists):
        await broker.subscriptions.add(made, Owner({}, ""), "")
    broker.subscriptions.progress_of("urn:s:1").times_sent = 7
    await broker.subscriptions.keep_progress(["urn:s:1", "urn:s:gone"])
    again = Broker(store, REGISTRY, lambda: NOON).subscriptions
    assert [kept.subscription.id for kept in again] == ["urn:s:1"]
    assert again.get("urn:s:1").owner.principal == {"id": "urn:me"}
    assert again.progress_of("urn:s:1").told() == {"timesSent": 7, "timesFailed": 0}
    await broker.subscriptions.remove("urn:s:1")
    assert heard == ["urn:s:1", "urn:s:1"]
    assert len(Broker(store, REGISTRY, lambda: NOON).subscriptions) == 0
    with pytest.raises(NotFound):
        broker.subscriptions.get("urn:s:1")


def test_progress_says_what_went_wrong() -> None:
    told = Progress(times_sent=2, times_failed=1, last_failure=NOON, status="failed", trouble="It answered 500.")
    assert told.told() == {
        "timesSent": 2,
        "timesFailed": 1,
        "lastFailure": "2024-05-01T12:00:00Z",
        "status": "failed",
        "trouble": "It answered 500.",
    }

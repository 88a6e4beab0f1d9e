"""Whatever is held and whoever asks: the view answers as a plain filter over everything would."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Iterator
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from noren.broker.requests import EntityQuery
from noren.city import City, create
from noren.errors import NotAllowed
from noren.store.query import Compare
from noren.terms import DataClass, iri
from noren.trust import Principal

CLASSES = {
    "WaterObserved": DataClass.OPEN,
    "Building": DataClass.OPEN,
    "Device": DataClass.OPERATIONAL,
    "NeverHeardOf": DataClass.OPERATIONAL,
    "Person": DataClass.PERSONAL,
}
PEOPLE = ("urn:ngsi-ld:Person:town:a", "urn:ngsi-ld:Person:town:b")
ALL = frozenset({"city-operation", "public-information", "own-data"})


def asking(kind: Any, purpose: str, id: str = "urn:x:someone") -> Principal:
    return Principal(id=id, kind=kind, organisation="town", purposes=ALL, default_purpose=purpose)


ASKING = [
    asking("anonymous", "public-information"),
    asking("staff", "city-operation"),
    asking("staff", "public-information"),
    asking("organisation", "city-operation"),
    asking("resident", "own-data", PEOPLE[0]),
    asking("resident", "public-information", PEOPLE[1]),
]
kinds = st.lists(st.sampled_from(sorted(CLASSES)), min_size=1, max_size=2, unique=True)
things = st.lists(st.tuples(kinds, st.sampled_from(PEOPLE), st.integers(0, 3), st.booleans()), min_size=1, max_size=12)


def entity(number: int, thing: tuple[list[str], str, int, bool]) -> dict[str, Any]:
    types, about, height, named = thing
    made: dict[str, Any] = {"id": f"urn:ngsi-ld:Thing:town:{number}", "type": types, "height": height}
    if named or "Person" in types:
        made["dataSubject"] = {"type": "Relationship", "object": about}
    return made


def visible(who: Principal, thing: tuple[list[str], str, int, bool]) -> bool:
    types, about, _, _ = thing
    strictest = max(CLASSES[name] for name in types)
    if strictest == DataClass.PERSONAL:
        lesser = all(CLASSES[name] in (DataClass.OPEN, DataClass.PERSONAL) for name in types)
        return who.kind == "resident" and about == who.id and lesser
    return strictest == DataClass.OPEN or (who.kind == "staff" and who.default_purpose == "city-operation")


def permitted(who: Principal, name: str) -> bool:
    return CLASSES[name] == DataClass.OPEN or (
        CLASSES[name] == DataClass.OPERATIONAL and who.kind == "staff" and who.default_purpose == "city-operation"
    )


async def compare(city: City, held: list[tuple[list[str], str, int, bool]], asked: list[str], least: int) -> None:
    staff = city.view(city.staff)
    outcomes = await staff.upsert([entity(n, thing) for n, thing in enumerate(held)])
    assert [outcome.error for outcome in outcomes] == [None] * len(held)
    try:
        for who in ASKING:
            await look(city, who, held, asked, least)
    finally:
        gone = await staff.delete([outcome.id for outcome in outcomes])
        assert [outcome.error for outcome in gone] == [None] * len(held)


async def look(city: City, who: Principal, held: list[Any], asked: list[str], least: int) -> None:
    view = city.view(who)
    where = Compare(("attrs", iri("height"), "value"), ">=", least)
    matching = [
        (f"urn:ngsi-ld:Thing:town:{n}", thing)
        for n, thing in enumerate(held)
        if thing[2] >= least and (not asked or set(asked) & set(thing[0]))
    ]
    query = EntityQuery(types=tuple((iri(name),) for name in asked), where=where, limit=100, count=True)
    mine = who.kind == "resident" and asked and set(asked) == {"Person"}
    if not mine and not all(permitted(who, name) for name in asked):
        try:
            await view.query(query)
        except NotAllowed:
            return
        raise AssertionError(f"{who.kind} should not be answered about {asked}")
    found = await view.query(query)
    expected = {id for id, thing in matching if visible(who, thing)}
    if not asked:
        expected -= {id for id, thing in matching if CLASSES[max(thing[0], key=CLASSES.__getitem__)] == 2}
    ids = {doc["id"] for doc in found.docs}
    if not asked or not mine:
        ids -= {id for id, thing in matching if "Person" in thing[0]}
        expected -= {id for id, thing in matching if "Person" in thing[0]}
    assert ids == expected
    if who.kind != "resident":
        assert found.total == len(expected)
    for doc in found.docs:
        number = int(doc["id"].rpartition(":")[2])
        has = iri("dataSubject") in doc["attrs"]
        assert has == (bool("dataSubject" in entity(number, held[number])) and held[number][1] == who.id)
        assert "noren:sealed" not in str(doc)


@pytest.fixture(scope="module")
def world() -> Iterator[tuple[asyncio.Runner, City]]:
    folder = Path(mkdtemp())
    create(folder, "Town")
    with asyncio.Runner() as runner:
        city = City.open(folder)
        yield runner, city
        runner.run(city.close())
    shutil.rmtree(folder)


@settings(max_examples=60, deadline=None)
@given(things, st.lists(st.sampled_from(sorted(CLASSES)), max_size=2, unique=True), st.integers(0, 3))
def test_the_view_answers_as_a_plain_filter_would(world, held, asked, least) -> None:
    runner, city = world
    runner.run(compare(city, held, asked, least))

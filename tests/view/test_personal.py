"""Personal data: for its subject alone, by whatever door one tries; and never in plain sight on the disk."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

import msgspec
import pyarrow as pa
import pytest

from noren.broker.contexts import ContextRegistry
from noren.broker.languages import parse_q
from noren.broker.requests import EntityQuery, Operation, TemporalQuery
from noren.broker.subscription import parse_subscription
from noren.city import City
from noren.errors import BadInput, Conflict, NotAllowed, NotFound, Unavailable
from noren.store.query import Compare, Exists, Order
from noren.terms import DataClass, iri
from noren.trust import Principal, Vault
from noren.view import View

ME = "urn:ngsi-ld:Person:town:me"
GAUGE = "urn:ngsi-ld:WaterObserved:town:1"
HOUSE = "urn:ngsi-ld:Building:town:1"
PERSON, GIVEN, HEIGHT = iri("Person"), iri("givenName"), iri("height")
SUBJECT = iri("dataSubject")
SECRET = "Hanako-the-secret"
CONTEXT = ContextRegistry().get()


def person(**more: Any) -> dict[str, Any]:
    return {"id": ME, "type": "Person", "givenName": SECRET, "familyName": "Yamada-the-secret", **more}


@pytest.fixture
async def held(city: City) -> City:
    """A city in which staff have handed in data about me, as a person and as the contact of a building."""
    outcomes = await city.view(city.staff).upsert(
        [person(), {"id": HOUSE, "type": "Building", "dataSubject": {"type": "Relationship", "object": ME}}]
    )
    assert [outcome.error for outcome in outcomes] == [None, None]
    return city


async def listed(view: View, type: str, **how: Any) -> list[dict[str, Any]]:
    return [each async for each in view.find(type, **how)]


async def test_the_subject_reads_what_others_handed_in(held: City, resident: Principal) -> None:
    me = held.view(resident, "own-data")
    assert await me.get("Person", ME) == person()
    assert await listed(me, "Person") == [person()]
    assert await listed(me, "Person", q=f'givenName=="{SECRET}"') == [person()]
    assert await listed(me, "Person", q='givenName=="somebody"') == []
    assert (await me.get("Building", HOUSE) or {})["dataSubject"] == ME
    assert (await me.retrieve([ME])).docs[0]["attrs"][GIVEN]["value"] == SECRET
    assert [seen.entity["id"] for seen in await me.changes(0)][-2:] == [ME, HOUSE]


async def test_what_the_subject_corrects_and_erases(held: City, resident: Principal) -> None:
    me = held.view(resident, "own-data")
    (outcome,) = await me.upsert([{"id": ME, "type": "Person", "givenName": "Jiro"}])
    assert outcome.kind == "updated"
    assert await me.get("Person", ME) == person(givenName="Jiro")
    (outcome,) = await me.delete([ME])
    assert outcome.kind == "deleted" and await me.get("Person", ME) is None


async def test_a_destroyed_key_is_an_erasure(held: City, resident: Principal) -> None:
    me = held.view(resident, "own-data")
    for subject in held.vault.subjects(ME):
        held.vault.erase(subject)
    assert await me.get("Person", ME) == {"id": ME, "type": "Person"}
    assert await listed(me, "Person", q="givenName") == []


QUERY = EntityQuery(types=((PERSON,),))
HOUSES = EntityQuery(types=((iri("Building"),),))
ON_NAME = Compare(("attrs", GIVEN, "value"), "==", SECRET)
ON_SUBJECT = Compare(("attrs", SUBJECT, "object"), "==", ME)


def _doors() -> dict[str, Callable[[View], Awaitable[Any]]]:
    """Every feature by which something could be learnt about the person, each used on something personal."""

    def query(base: EntityQuery, **how: Any) -> Callable[[View], Awaitable[Any]]:
        return lambda view: view.query(msgspec.structs.replace(base, **how))

    def past(**how: Any) -> Callable[[View], Awaitable[Any]]:
        return lambda view: view.temporal(TemporalQuery(**how))

    def subscription(**how: Any) -> Callable[[View], Awaitable[Any]]:
        body = {
            "type": "Subscription",
            "entities": [{"type": "Building"}],
            "notification": {"endpoint": {"uri": "http://localhost:9/"}},
            **how,
        }
        made = parse_subscription(
            body, ContextRegistry(), context=None, id="urn:ngsi-ld:Subscription:1", now="2024-05-01T00:00:00Z"
        )
        return lambda view: view.subscriptions.add(made, "")

    return {
        "type": query(QUERY),
        "type by name": lambda view: listed(view, "Person"),
        "type among others": query(QUERY, types=((iri("Building"),), (PERSON,))),
        "type in a conjunction": query(QUERY, types=((iri("Building"), PERSON),)),
        "count": query(QUERY, count=True, limit=1),
        "id": query(QUERY, ids=(ME,)),
        "id pattern": query(QUERY, id_pattern="me$"),
        "predicate": query(HOUSES, where=ON_SUBJECT),
        "predicate by q": query(HOUSES, where=parse_q(f'dataSubject=="{ME}"', CONTEXT)),
        "predicate on a part": query(HOUSES, where=parse_q("dataSubject.observedAt>2020-01-01T00:00:00Z", CONTEXT)),
        "predicate without type": query(EntityQuery(), where=ON_SUBJECT),
        "existence": query(HOUSES, where=Exists(("attrs", SUBJECT))),
        "any attribute": query(EntityQuery(), where=Compare(("attrs", "*", "object"), "==", ME)),
        "sorting": query(HOUSES, order=(Order(("attrs", SUBJECT, "object")),)),
        "sorting without type": query(EntityQuery(), order=(Order(("attrs", SUBJECT, "object")),)),
        "counting by predicate": query(HOUSES, where=ON_SUBJECT, count=True, limit=0),
        "series of a type": lambda view: view.series("Person", "givenName"),
        "series of an attribute": lambda view: view.series("Building", "dataSubject", ids=[HOUSE]),
        "aggregate": lambda view: view.aggregate("Person", "givenName", methods=["totalCount"]),
        "aggregate of an attribute": lambda view: view.aggregate("Building", "dataSubject", methods=["distinctCount"]),
        "past of a type": past(select=QUERY),
        "past of an attribute": past(select=EntityQuery(types=((iri("Building"),),), attributes=(SUBJECT,))),
        "past by predicate": past(select=EntityQuery(types=((iri("Building"),),), where=ON_SUBJECT)),
        "past aggregated": past(
            select=EntityQuery(types=((iri("Building"),),), attributes=(SUBJECT,)), methods=("totalCount",)
        ),
        "subscription to a type": subscription(entities=[{"type": "Person"}]),
        "subscription among others": subscription(entities=[{"type": "Building"}, {"type": "Person"}]),
        "subscription to an attribute": subscription(watchedAttributes=["dataSubject"]),
        "subscription by predicate": subscription(q=f'dataSubject=="{ME}"'),
        "subscription to anything": subscription(entities=[{"type": "*"}], q=f'dataSubject=="{ME}"'),
        "write a reading": lambda view: view.record(
            "Person",
            pa.table(
                {
                    "entity": [ME],
                    "attribute": ["givenName"],
                    "observed": pa.array([datetime(2024, 1, 1, tzinfo=UTC)], pa.timestamp("us", "UTC")),
                    "number": [1.0],
                }
            ),
        ),
    }


BY_TYPE_AND_ID = ("type", "type by name", "type in a conjunction", "id")


async def test_every_door_is_shut_before_anything_runs(held: City, other: Principal) -> None:
    """A neighbour, being a resident, may ask about people: the answer knows nobody but themselves. Organisations that
    people could allow something may ask by type and id, and get nothing as long as nobody did."""
    view = held.view(other)
    for name, door in _doors().items():
        try:
            found = await door(view)
        except (NotAllowed, BadInput):
            continue
        asked = name in BY_TYPE_AND_ID and other.kind in ("staff", "organisation", "service")
        assert asked or other.kind == "resident", f"{name}: the question should have been refused"
        docs = found if isinstance(found, list) else getattr(found, "docs", None)
        assert docs == [] and not getattr(found, "total", 0), name


async def test_nothing_of_it_is_in_what_others_see(held: City, other: Principal) -> None:
    view = held.view(other)
    assert await view.get("Person", ME) is None
    assert await view.get_normalized(ME) is None
    assert (await view.retrieve([ME])).docs == []
    assert "Person" not in await view.type_names()
    assert PERSON not in await view.types()
    assert SUBJECT not in (await view.types())[iri("Building")]
    building = await view.get_normalized(HOUSE)
    assert building and "dataSubject" not in building and building["height"]["value"] == 20
    everything = await view.query(EntityQuery(limit=100, count=True))
    assert ME not in {doc["id"] for doc in everything.docs} and everything.total == len(everything.docs)
    seen = await view.changes(0)
    assert ME not in str(seen) and "noren:sealed" not in str(seen)
    assert all("dataSubject" not in each.touched for each in seen)
    past = await view.temporal(TemporalQuery(select=EntityQuery(types=((iri("Building"),),))))
    assert "noren:sealed" not in str(past) and SUBJECT not in str(past)


async def test_a_change_of_what_is_hidden_is_no_change(held: City, other: Principal) -> None:
    before = held.view(other).newest()
    change = {"id": HOUSE, "type": "Building", "dataSubject": {"type": "Relationship", "object": ME}}
    assert (await held.view(held.staff).upsert([change]))[0].kind == "updated"
    assert held.view(other).newest() > before
    assert await held.view(other).changes(before) == []


WRITES = {
    "upsert": Operation(kind="upsert", id=ME, fragment={"id": ME, "type": [iri("Building")], "attrs": {}}),
    "update_or_create": Operation(
        kind="update_or_create", id=ME, fragment={"id": ME, "type": [iri("Building")], "attrs": {}}
    ),
    "replace": Operation(kind="replace", id=ME, fragment={"id": ME, "type": [iri("Building")], "attrs": {}}),
    "append": Operation(kind="append", id=ME, fragment={"id": ME, "attrs": {HEIGHT: {"type": "Property", "value": 1}}}),
    "update": Operation(kind="update", id=ME, fragment={"id": ME, "attrs": {HEIGHT: {"type": "Property", "value": 1}}}),
    "merge": Operation(kind="merge", id=ME, fragment={"id": ME, "attrs": {HEIGHT: {"type": "Property", "value": 1}}}),
    "delete": Operation(kind="delete", id=ME),
    "replace_attribute": Operation(
        kind="replace_attribute",
        id=ME,
        attribute=GIVEN,
        fragment={"attrs": {GIVEN: {"type": "Property", "value": "x"}}},
    ),
    "update_attribute": Operation(
        kind="update_attribute",
        id=ME,
        attribute=GIVEN,
        fragment={"attrs": {GIVEN: {"type": "Property", "value": "x"}}},
    ),
    "delete_attribute": Operation(kind="delete_attribute", id=ME, attribute=GIVEN),
}


@pytest.mark.parametrize("kind", sorted(WRITES))
async def test_to_others_who_write_the_entity_is_absent(
    held: City, others: dict[str, Principal], resident: Principal, kind: str
) -> None:
    for name, other in others.items():
        if name == "staff":
            continue  # the city's staff registered the person: they hold the entity
        operation = WRITES[kind]
        (outcome,) = await held.view(other).apply([operation])
        assert outcome.kind == "refused", name
        assert isinstance(outcome.error, NotFound | NotAllowed), (name, outcome)
        if isinstance(outcome.error, NotAllowed):
            absent = Operation(kind=operation.kind, id="urn:x:absent", fragment=operation.fragment)
            (elsewhere,) = await held.view(other).apply([absent])
            assert str(elsewhere.error) == str(outcome.error), f"{name} can tell that it exists"
    assert await held.view(resident, "own-data").get("Person", ME) == person()


async def test_nobody_reads_what_they_handed_in(held: City, others: dict[str, Principal]) -> None:
    for name in ("staff", "company"):
        view = held.view(others[name])
        theirs = {"id": f"urn:ngsi-ld:Person:town:{name}", "type": "Person", "givenName": "x"}
        assert (await view.upsert([theirs]))[0].kind == "created"
        assert await view.get("Person", theirs["id"]) is None


async def test_two_organisations_hold_the_same_person_apart(
    held: City, others: dict[str, Principal], resident: Principal
) -> None:
    card = {
        "id": "urn:ngsi-ld:Person:bus:77",
        "type": "Person",
        "givenName": "Hanako at the bus company",
        "dataSubject": {"type": "Relationship", "object": ME},
    }
    assert (await held.view(others["company"]).upsert([card]))[0].kind == "created"
    assert (await held.view(held.staff).delete([card["id"]]))[0].error.status == 404  # type: ignore[union-attr]
    me = held.view(resident, "own-data")
    assert {each["givenName"] for each in await listed(me, "Person")} == {SECRET, card["givenName"]}
    assert len(set(held.vault.subjects(ME))) == 2


async def test_others_must_say_whom_it_is_about(city: City) -> None:
    staff = city.view(city.staff)
    city.classes.raised = {"Building.telephone": DataClass.PERSONAL}
    (outcome,) = await staff.upsert([{"id": HOUSE, "type": "Building", "telephone": "0120"}])
    assert isinstance(outcome.error, BadInput) and "dataSubject" in outcome.error.hint


async def test_a_resident_writes_about_themselves_alone(city: City, resident: Principal, others: Any) -> None:
    me = city.view(resident, "own-data")
    mine = {"id": "urn:ngsi-ld:Person:town:note", "type": "Person", "givenName": "Me"}
    assert (await me.upsert([mine]))[0].kind == "created"
    assert await listed(me, "Person") == [mine]
    assert await listed(city.view(others["neighbour"], "own-data"), "Person") == []
    assert (await me.upsert([{"id": GAUGE, "type": "WaterObserved", "flow": 1}]))[0].error.status == 403  # type: ignore[union-attr]


async def test_part_of_a_personal_value_cannot_be_changed(held: City, resident: Principal) -> None:
    me = held.view(resident, "own-data")
    part = {"attrs": {GIVEN: {"type": "Property", "observedAt": "2024-05-01T00:00:00Z"}}}
    (outcome,) = await me.apply([Operation(kind="update_attribute", id=ME, attribute=GIVEN, fragment=part)])
    assert isinstance(outcome.error, BadInput | Conflict)


async def test_a_sealed_value_moved_elsewhere_stays_shut(held: City, resident: Principal, others: Any) -> None:
    sealed = held.desk().store.get([ME]).docs[0]["attrs"][GIVEN]["value"]
    neighbour = held.view(others["neighbour"], "own-data")
    thief = {"id": "urn:ngsi-ld:Person:town:thief", "type": "Person", "givenName": sealed}
    assert (await neighbour.upsert([thief]))[0].kind == "created"
    found = await neighbour.get("Person", thief["id"])
    assert found and found["givenName"] == sealed


async def test_the_disk_holds_no_plain_value(held: City, resident: Principal) -> None:
    me = held.view(resident, "own-data")
    for number in range(3):
        await me.upsert([person(givenName=f"{SECRET}{number}", birthDate="1980-12-31-the-secret")])
    await held.desk().store.compact()
    folder = held.folder
    await held.close()
    for path in folder.rglob("*"):
        if path.is_file():
            content = path.read_bytes()
            assert b"the-secret" not in content, path
            if path.name != "keys.db":
                assert ME.encode() not in content or path.name.startswith(("state.db", "2")), path


async def test_someone_who_comes_between_is_noticed(held: City, resident: Principal) -> None:
    """Many writers at once: none of them leaves a value that its subject cannot read."""
    me, staff = held.view(resident, "own-data"), held.view(held.staff)
    await asyncio.gather(
        *(me.upsert([person(givenName=f"me {n}")]) for n in range(5)),
        *(staff.upsert([person(givenName=f"staff {n}")]) for n in range(5)),
        *(staff.delete([ME]) for _ in range(3)),
    )
    await me.upsert([person(givenName="last")])
    assert (await me.get("Person", ME) or {})["givenName"] == "last"


async def test_a_person_has_no_scope(city: City) -> None:
    (outcome,) = await city.view(city.staff).upsert([person(scope="/hospital/cancer")])
    assert isinstance(outcome.error, BadInput) and outcome.error.where == "scope"


async def test_the_key_is_kept_before_the_value(held: City) -> None:
    """As if the power failed right after: whoever opens the key file finds the key of every value that is kept."""
    found = held.desk().store.get([ME])
    elsewhere = Vault(held.folder / "data" / "keys.db")
    try:
        place = "\n".join(("", ME, GIVEN, ""))
        value = elsewhere.unseal(found.subjects[0], place, found.docs[0]["attrs"][GIVEN]["value"])
    finally:
        elsewhere.close()
    assert value == {"type": "Property", "value": SECRET}


async def test_what_is_about_oneself_is_among_everything_that_one_sees(held: City, resident: Principal) -> None:
    everything = await held.view(resident, "own-data").query(EntityQuery(limit=100))
    (mine,) = [doc for doc in everything.docs if doc["id"] == ME]
    assert mine["attrs"][GIVEN]["value"] == SECRET


async def test_keys_that_cannot_be_written_stop_nobody_who_seals_nothing(held: City) -> None:
    staff = held.view(held.staff)
    held.vault.keys._db.execute("PRAGMA query_only=1")
    another = {**person(), "id": "urn:ngsi-ld:Person:town:new"}
    with pytest.raises(Unavailable):
        await staff.upsert([another])
    (outcome,) = await held.view(held.staff).upsert([{"id": GAUGE, "type": "WaterObserved", "waterLevel": 2}])
    assert outcome.error is None
    held.vault.keys._db.execute("PRAGMA query_only=0")
    (outcome,) = await staff.upsert([another])
    assert outcome.kind == "created"

"""Two recipients compare what they were told of people: beyond the values allowed they must not find who is who."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from typing import Any

import msgspec
import pytest

from noren.broker.requests import EntityQuery
from noren.city import City
from noren.errors import Unavailable
from noren.terms import TYPES, iri
from noren.trust import OWN, Grant, Principal, grant_id
from tests.view.test_releasing import CHILD, HOSPITAL, INSURER, PEOPLE, SCHOOL, grant, people

SIBLING, CLINIC = "urn:noren:resident:sibling", "urn:ngsi-ld:Building:town:clinic"
GIVEN, KNOWS = iri("givenName"), iri("knows")


@pytest.fixture
async def told(city: City, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[City]:
    """A person whose attributes point at others, also from within, with instances that have names of their own."""
    monkeypatch.setattr(city, "vetted", lambda name: name in ("School", "Insurer"))
    city.desk().vetted = city.vetted
    person = {
        "id": CHILD,
        "type": "Person",
        "givenName": {
            "value": "given",
            "observedAt": "2024-05-01T10:00:00.123Z",
            "saidBy": {"type": "Relationship", "object": SIBLING},
        },
        "familyName": {
            "value": "family",
            "saidBy": {"type": "Relationship", "object": SIBLING},
            "heardBy": {"type": "ListRelationship", "objectList": [SIBLING, CLINIC]},
        },
        "knows": [
            {"type": "Relationship", "object": [SIBLING, CHILD], "datasetId": SIBLING},
            {"type": "Relationship", "object": CLINIC},
        ],
        "birthDate": {"value": "2015-02-03", "expiresAt": "2124-05-01T10:00:00Z"},
    }
    (outcome,) = await city.view(HOSPITAL).upsert([person])
    assert outcome.error is None
    yield city


def texts(held: Any) -> Iterator[str]:
    """Every text in a document, names of members too."""
    if isinstance(held, dict):
        for name, value in held.items():
            yield name
            yield from texts(value)
    elif isinstance(held, list):
        for each in held:
            yield from texts(each)
    elif isinstance(held, str):
        yield held


async def seen(city: City, who: Any) -> dict[str, Any]:
    (doc,) = await people(city, who)
    return doc


async def test_nothing_but_what_was_allowed_is_the_same_for_two(told: City) -> None:
    grant(told, "School", "Person.givenName")
    grant(told, "Insurer", "Person.familyName", "Person.birthDate")
    one, other = set(texts(await seen(told, SCHOOL))), set(texts(await seen(told, INSURER)))
    words = {"id", "type", "attrs", "value", "object", "Property", "Relationship", iri("Person"), iri("saidBy")}
    assert one & other <= words, "no time, no id and no name by which the two could be matched"
    assert not {"createdAt", "modifiedAt", "scope", "expiresAt", "instanceId"} & (one | other)


async def test_people_are_disguised_wherever_they_are_pointed_at(told: City) -> None:
    grant(told, "School", "Person.*")
    doc = await seen(told, SCHOOL)
    raw = msgspec.json.encode(doc).decode()
    assert SIBLING not in raw and CHILD not in raw, "within attributes, lists, and names of instances"
    assert CLINIC in raw, "what says that it is about nobody stays as it is"
    hidden = told.desk().pseudonyms.given(SIBLING, "School")
    assert raw.count(hidden) >= 5
    assert doc["attrs"][GIVEN]["observedAt"] == "2024-05-01T10:00:00.123Z", "a part of what was said"


async def test_who_collected_it_sees_it_as_it_stands(told: City) -> None:
    grant(told, "Hospital", "Person.*", purpose="health-care")
    doc = await seen(told, HOSPITAL)
    assert doc["id"] == CHILD and "createdAt" in doc and doc["attrs"][KNOWS][1]["object"] == CLINIC


@pytest.mark.parametrize("name", ["urn:ngsi-ld:Person:town:x", "urn:x:y", "https://a.example/x", "urn:ngsi-ld:Odd:t:x"])
async def test_whatever_does_not_say_that_it_is_nobody_may_be_somebody(told: City, name: str) -> None:
    view = told.view(HOSPITAL)
    knows = {"type": "Relationship", "object": name}
    await view.upsert([{"id": CHILD, "type": "Person", "knows": knows}], options="replace")
    grant(told, "School", "Person.*")
    shown = (await seen(told, SCHOOL))["attrs"][KNOWS]["object"]
    assert shown != name and told.desk().pseudonyms.meant(shown, "School") == name


def test_known_types_are_about_somebody_or_not(city: City) -> None:
    assert not city.classes.is_plain("Person") and not city.classes.is_plain("Odd")
    assert all(city.classes.is_plain(name) for name in TYPES if not city.classes.is_personal(iri(name)))


async def test_an_organisation_that_calls_itself_like_a_person_gets_nothing(told: City) -> None:
    impostor = msgspec.structs.replace(SCHOOL, id="Insurer")
    grant(told, "Insurer", "Person.*")
    assert await people(told, impostor) == [] and len(await people(told, INSURER)) == 1
    assert await told.view(impostor).retrieve([CHILD]) == await told.view(impostor).retrieve(["urn:x:none"])


async def test_the_book_says_no_more_than_what_left(told: City) -> None:
    more = [{"id": f"urn:ngsi-ld:Person:town:{n}", "type": "Person", "givenName": f"n{n}"} for n in range(3)]
    await told.view(HOSPITAL).upsert(more)
    for each in more:
        grant(told, "School", "Person.*", person=each["id"])
    found = await told.view(SCHOOL).query(EntityQuery(types=PEOPLE.types, limit=3, ahead=1))
    assert len(found.docs) == 3, "somebody more is there"
    assert found.docs[2] == {"id": "", "type": [], "attrs": {}} and len(lines(told, *more)) == 2
    (doc,) = (await told.view(SCHOOL).retrieve([found.docs[0]["id"]], omitted=[GIVEN])).docs or [None]
    assert doc is None and len(lines(told, *more)) == 2


async def test_two_requests_at_once_use_up_no_more_than_was_allowed(told: City) -> None:
    grant(told, "School", "Person.*", daily=3)
    answers = await asyncio.gather(*(people(told, SCHOOL) for _ in range(10)), return_exceptions=True)
    told_of = [each for each in answers if isinstance(each, list) and each]
    assert len(told_of) == len(lines(told, {"id": CHILD})) == 3
    assert all(isinstance(each, list | Unavailable) for each in answers)


async def test_one_request_is_one_use_however_many_entities_it_shows(told: City) -> None:
    second = {"id": "urn:ngsi-ld:Person:town:second", "type": "Person", "givenName": "x", "dataSubject": CHILD}
    await told.view(HOSPITAL).upsert([second | {"dataSubject": {"type": "Relationship", "object": CHILD}}])
    grant(told, "School", "Person.*", daily=1)
    assert [len(await people(told, SCHOOL)) for _ in range(2)] == [2, 0]


async def test_a_guardian_opens_a_page_once(told: City) -> None:
    guardian = "urn:noren:resident:guardian"
    made = Grant(
        id=grant_id(),
        basis="guardian",
        subject=told.vault.subject(CHILD, "Hospital", "health"),
        holder="Hospital",
        grantee=guardian,
        purpose="own-data",
        attributes=frozenset({"*"}),
        since=0.0,
        until=4e9,
    )
    told.grants.give(made)
    view = told.view(Principal(id=guardian, kind="resident", purposes=frozenset({OWN}), default_purpose=OWN))
    both = await view.get_both(CHILD)
    assert both and both[0]["givenName"]["value"] == both[1]["givenName"] == "given"
    assert len(lines(told, {"id": CHILD})) == 1


def lines(city: City, *persons: dict[str, Any]) -> list[Any]:
    """What the book says about these people."""
    return city.book.of(subject for person in persons for subject in city.vault.subjects(person["id"]))

"""What people allow: to one recipient, for one purpose, these attributes, so long; entered before it leaves."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from typing import Any

import pytest

from noren.broker.contexts import ContextRegistry
from noren.broker.languages import parse_q
from noren.broker.requests import EntityQuery
from noren.city import City
from noren.errors import NotAllowed, NotFound, Unavailable
from noren.store.query import Order
from noren.terms import iri
from noren.trust import OWN, Grant, Principal, grant_id
from noren.trust.ledger import Policy as LedgerPolicy

CHILD = "urn:ngsi-ld:Person:town:child"
OTHER = "urn:ngsi-ld:Person:town:other"
GIVEN, FAMILY, BIRTH = iri("givenName"), iri("familyName"), iri("birthDate")
PEOPLE = EntityQuery(types=((iri("Person"),),))
CONTEXT = ContextRegistry().get()
FOREVER = 4e9


def organisation(name: str, how: str, *roles: str, kind: str = "organisation", **more: Any) -> Principal:
    purposes = more.pop("purposes", ("education", "health-care", "emergency-care", "public-information"))
    return Principal(
        id=more.pop("id", f"urn:noren:{kind}:{name.lower()}"),
        kind=kind,  # type: ignore[arg-type]
        organisation=name,
        organisation_kind=how,  # type: ignore[arg-type]
        purposes=frozenset(purposes),
        default_purpose=more.pop("default", purposes[0]),
        roles=frozenset(roles),
        **more,
    )


HOSPITAL = organisation("Hospital", "health", "collector", default="health-care")
SCHOOL = organisation("School", "school")
INSURER = organisation("Insurer", "company")
CITY_HALL = organisation("Hall", "government", kind="staff")
CLINICIAN = organisation(
    "Hospital", "health", "clinician", kind="staff", id="urn:noren:staff:dr", default="emergency-care"
)
GUARDIAN = Principal(id="urn:noren:resident:guardian", kind="resident", purposes=frozenset({OWN}), default_purpose=OWN)


@pytest.fixture
async def held(city: City, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[City]:
    """A hospital holds two people's data; the school, the insurer and the hall stand in the register."""
    monkeypatch.setattr(city, "vetted", lambda name: name in ("School", "Insurer", "Hall"))
    city.desk().vetted = city.vetted
    people = [
        {"id": id, "type": "Person", "givenName": f"given {id}", "familyName": "family", "birthDate": "2015-02-03"}
        for id in (CHILD, OTHER)
    ]
    await city.view(HOSPITAL).upsert(people)
    yield city


def grant(city: City, to: str, *attributes: str, person: str = CHILD, **more: Any) -> Grant:
    values: dict[str, Any] = {
        "id": grant_id(),
        "basis": "consent",
        "subject": city.vault.subject(person, "Hospital", "health"),
        "holder": "Hospital",
        "grantee": to,
        "purpose": "education",
        "attributes": frozenset(attributes),
        "since": 0.0,
        "until": FOREVER,
    }
    return city.grants.give(Grant(**values | more), {"notice": "shown"})


async def people(city: City, who: Principal, purpose: str | None = None, **how: Any) -> list[dict[str, Any]]:
    return (await city.view(who, purpose).query(PEOPLE if not how else EntityQuery(types=PEOPLE.types, **how))).docs


async def test_a_recipient_sees_what_was_allowed_and_nothing_else(held: City) -> None:
    assert await people(held, SCHOOL) == []
    grant(held, "School", "Person.givenName")
    (seen,) = await people(held, SCHOOL)
    assert list(seen["attrs"]) == [GIVEN] and seen["attrs"][GIVEN]["value"] == f"given {CHILD}"
    assert await people(held, INSURER) == [] and await people(held, SCHOOL, "health-care") == []
    assert (await held.view(SCHOOL).retrieve([CHILD])).docs == [], "by an id that was never given to the school"
    (again,) = (await held.view(SCHOOL).retrieve([seen["id"]])).docs
    assert again == seen


async def test_two_organisations_are_told_other_ids(held: City) -> None:
    grant(held, "School", "Person.*")
    grant(held, "Insurer", "Person.*")
    (at_school,), (at_insurer,) = await people(held, SCHOOL), await people(held, INSURER)
    assert len({CHILD, at_school["id"], at_insurer["id"]}) == 3
    assert (await held.view(INSURER).retrieve([at_school["id"]])).docs == []


async def test_who_collected_it_uses_it_with_consent_alone(held: City) -> None:
    assert await people(held, HOSPITAL) == []
    grant(held, "Hospital", "Person.birthDate", purpose="health-care")
    (seen,) = await people(held, HOSPITAL)
    assert seen["id"] == CHILD and list(seen["attrs"]) == [BIRTH]


@pytest.mark.parametrize("kind", ["company", "health", "school", "research", "non-profit"])
async def test_government_gets_nothing_of_what_a_company_collected(held: City, kind: str) -> None:
    seller = organisation("Seller", kind, "collector")
    await held.view(seller).upsert([{"id": "urn:ngsi-ld:Person:town:buyer", "type": "Person", "givenName": "buyer"}])
    subject = held.vault.subject("urn:ngsi-ld:Person:town:buyer", "Seller")
    for to in ("Hall", "School"):
        grant(held, to, "Person.*", subject=subject, holder="Seller")
    assert len(await people(held, SCHOOL)) == 1
    assert len(await people(held, CITY_HALL)) == (0 if kind == "company" else 1)


async def test_an_organisation_that_is_not_in_the_register_gets_nothing(held: City) -> None:
    stranger = organisation("Stranger", "company")
    grant(held, "Stranger", "Person.*")
    with pytest.raises(NotAllowed):
        await people(held, stranger)
    assert (await held.view(stranger).retrieve([CHILD])).docs == []


async def test_withdrawal_and_expiry_act_at_once(held: City) -> None:
    given = grant(held, "School", "Person.*")
    over = grant(held, "Insurer", "Person.*", until=time.time() + 3600)
    assert await people(held, SCHOOL) and await people(held, INSURER)
    held.grants.withdraw(given.id)
    assert await people(held, SCHOOL) == []
    held.grants._wall = lambda: over.until + 1
    assert await people(held, INSURER) == []
    held.grants._wall = lambda: over.until - 1000
    assert await people(held, INSURER) == [], "a clock moved back revives nothing"


async def test_a_grant_is_used_so_often_a_day_and_no_more(held: City) -> None:
    grant(held, "School", "Person.*", daily=2)
    assert [len(await people(held, SCHOOL)) for _ in range(4)] == [1, 1, 0, 0]
    held.grants._wall = lambda: time.time() + 86_400
    assert len(await people(held, SCHOOL)) == 1


async def test_nobody_looks_by_condition(held: City) -> None:
    grant(held, "School", "Person.*")
    view = held.view(SCHOOL)
    for how in (
        {"where": parse_q('givenName=="given"', CONTEXT)},
        {"order": (Order(("attrs", GIVEN, "value")),)},
        {"count": True},
        {"id_pattern": "child"},
    ):
        with pytest.raises(NotAllowed):
            await view.query(EntityQuery(types=PEOPLE.types, **how))
    assert await view.changes(0) == [seen for seen in await view.changes(0) if seen.entity["type"] != "Person"]


async def test_the_book_says_what_left_and_proves_it(held: City) -> None:
    given = grant(held, "School", "Person.givenName", "Person.familyName")
    await people(held, SCHOOL, attributes=(GIVEN,))
    (line,) = held.book.of(held.vault.subjects(CHILD))
    facts = line.facts
    assert (facts["organisation"], facts["purpose"], facts["attributes"]) == ("School", "education", ["givenName"])
    assert facts["grants"] == [given.id] and facts["entity"] == CHILD and facts["basis"] == ["consent"]
    receipt = await held.book.receipt(line)
    policy = LedgerPolicy.parse(held.ledger_policy_text())
    from noren.trust.ledger.anchor import committed

    assert receipt.verify(committed(line.salt, line.document), policy).checkpoint.size == 1
    held.vault.erase(given.subject)
    assert held.book.of([given.subject]) == [] and await people(held, SCHOOL) == []


async def test_nothing_leaves_that_cannot_be_entered(held: City, monkeypatch: pytest.MonkeyPatch) -> None:
    grant(held, "School", "Person.*")

    async def refuses(entries: Any) -> None:
        raise Unavailable("The disk is full.")

    monkeypatch.setattr(held.ledger.log, "append_all", refuses)
    with pytest.raises(Unavailable):
        await people(held, SCHOOL)


async def test_nothing_leaves_without_witnesses(held: City, monkeypatch: pytest.MonkeyPatch) -> None:
    grant(held, "School", "Person.*")
    monkeypatch.setattr(held.ledger, "lapse", lambda: float("inf"))
    with pytest.raises(Unavailable):
        await people(held, SCHOOL)


async def test_a_guardian_sees_and_corrects_for_their_ward(held: City) -> None:
    view = held.view(GUARDIAN)
    assert await view.get("Person", CHILD) is None
    grant(held, GUARDIAN.id, "*", basis="guardian", purpose=OWN, until=time.time() + 1000)
    child = await view.get("Person", CHILD)
    assert child and child["birthDate"] == "2015-02-03"
    assert [p["id"] async for p in view.find("Person", q='birthDate=="2015-02-03"')] == [CHILD]
    outcomes = await view.upsert([{"id": CHILD, "type": "Person", "familyName": "corrected"}])
    assert outcomes[0].error is None and (await view.get("Person", CHILD) or {})["familyName"] == "corrected"
    other = (await view.upsert([{"id": OTHER, "type": "Person", "familyName": "stolen"}]))[0]
    assert isinstance(other.error, NotFound)
    held.grants._wall = lambda: time.time() + 2000
    assert await view.get("Person", CHILD) is None, "of age"
    assert isinstance((await view.upsert([{"id": CHILD, "type": "Person", "name": "x"}]))[0].error, NotFound)


async def test_a_helper_reads_what_was_named_and_writes_nothing(held: City) -> None:
    grant(held, GUARDIAN.id, "Person.givenName", basis="helper", purpose=OWN)
    view = held.view(GUARDIAN)
    child = await view.get("Person", CHILD)
    assert child and child.keys() == {"id", "type", "givenName"}
    assert isinstance((await view.upsert([{"id": CHILD, "type": "Person", "name": "x"}]))[0].error, NotFound)


async def test_emergency_access_is_for_the_named_clinician(held: City) -> None:
    more: dict[str, Any] = {"basis": "emergency", "purpose": "emergency-care"}
    grant(held, CLINICIAN.id, "Person.givenName", **more)
    assert [list(doc["attrs"]) for doc in await people(held, CLINICIAN)] == [[GIVEN]]
    colleague = organisation("Hospital", "health", "clinician", kind="staff", id="urn:noren:staff:colleague")
    assert await people(held, colleague, "emergency-care") == []
    clerk = organisation("Hospital", "health", kind="staff", id=CLINICIAN.id)
    assert await people(held, clerk, "emergency-care") == []


async def test_a_proof_serves_one_view_alone(held: City) -> None:
    proof = Grant(
        id="urn:noren:grant:proof",
        basis="consent",
        subject=held.vault.subject(CHILD, "Hospital", "health"),
        holder="Hospital",
        grantee="School",
        purpose="education",
        attributes=frozenset({"Person.givenName"}),
        since=0.0,
        until=FOREVER,
    )
    docs = (await held.view(SCHOOL, None, [proof]).query(PEOPLE)).docs
    assert [list(doc["attrs"]) for doc in docs] == [[GIVEN]] and await people(held, SCHOOL) == []
    assert (await held.view(INSURER, None, [proof]).query(PEOPLE)).docs == [], "meant for another"


async def test_grants_of_another_tenant_reach_nothing(held: City) -> None:
    grant(held, "School", "Person.*", tenant="port")
    assert await people(held, SCHOOL) == []

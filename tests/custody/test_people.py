"""What custodians hold about people: asked with proofs, decided twice, told as it was allowed, in both ledgers."""

from __future__ import annotations

import base64
import time
from typing import Any

import pytest

from noren.city import City
from noren.custody.proofs import PROOF, Proof
from noren.custody.signed import opened
from noren.terms import iri
from noren.trust import Grant, Principal, grant_id
from noren.trust.ledger import Signer
from tests.custody.conftest import Houses, answered, said, whole

CHILD, GUARDIAN = "urn:ngsi-ld:Person:town:c1", "urn:ngsi-ld:Person:town:g1"
RECORD = "urn:ngsi-ld:HealthRecord:hospital:1"


def organisation(name: str, kind: Any, purpose: str, **more: Any) -> Principal:
    return Principal(
        id=f"urn:noren:organisation:{name.lower()}",
        kind="organisation",
        organisation=name,
        organisation_kind=kind,
        purposes=frozenset({purpose}),
        default_purpose=purpose,
        **more,
    )


def resident(id: str) -> Principal:
    return Principal(id=id, kind="resident", purposes=frozenset({"own-data"}), default_purpose="own-data")


SCHOOL = organisation("School", "school", "education")
INSURER = organisation("Insurer", "company", "finance")


def allow(houses: Houses, grantee: str, purpose: str, *attributes: str, basis: Any = "consent", **more: Any) -> Grant:
    """What somebody allowed of what the hospital keeps about the child."""
    holder, kind = more.pop("holder", "Hospital"), more.pop("kind", "health")
    now = time.time()
    return houses.city.grants.give(
        Grant(
            id=grant_id(),
            basis=basis,
            subject=houses.city.vault.subject(more.pop("person", CHILD), holder, kind),
            holder=holder,
            grantee=grantee,
            purpose=purpose,
            attributes=frozenset(attributes),
            since=now - 1,
            until=now + 600,
            **more,
        )
    )


def vouch(city: City, *names: str) -> None:
    """The register of recipients names these."""
    city.vetted = lambda organisation, tenant="": organisation in names  # type: ignore[method-assign]


async def open_houses(houses: Houses) -> City:
    """A hospital with a child's record, and a city that vouches for the school and the insurer."""
    hospital = await houses.custodian("hospital", "health", ["HealthRecord"])
    federation = await houses.open()
    vouch(houses.city, "School", "Insurer", "Town hall")
    for person, number, drug in ((CHILD, 1, "salbutamol"), (GUARDIAN, 2, "none")):
        pseudonym = federation.people().introduce(person, "Hospital", "health")
        record = {
            "id": f"urn:ngsi-ld:HealthRecord:hospital:{number}",
            "type": "HealthRecord",
            "dataSubject": {"type": "Relationship", "object": pseudonym},
            "allergies": ["peanut"],
            "medication": [drug],
            "bloodGroup": "0",
        }
        outcomes = await hospital.view(hospital.staff).upsert([record])
        assert [each.error for each in outcomes] == [None]
    return hospital


async def test_each_sees_what_was_allowed_to_them_and_nobody_else_anything(houses: Houses) -> None:
    hospital = await open_houses(houses)
    allow(houses, "School", "education", "HealthRecord.allergies")
    status, (found,), warnings = await houses.get("entities?type=HealthRecord&options=keyValues", SCHOOL)
    assert (status, warnings, found["allergies"]) == (200, [], ["peanut"])
    assert found.keys() - {"@context"} == {"id", "type", "allergies"}
    assert "~" in found["id"]
    assert (await houses.get(f"entities/{found['id']}?options=keyValues", SCHOOL))[1]["allergies"] == ["peanut"]
    assert (await houses.get("entities?type=HealthRecord", INSURER))[:2] == (200, [])
    assert (await houses.get(f"entities/{found['id']}", INSURER))[0] == 404
    assert (await houses.get(f"entities/{RECORD}", SCHOOL))[0] == 404
    assert (await houses.get("entities?type=HealthRecord"))[0] == 403
    assert (await houses.get("entities?type=HealthRecord", organisation("Shop", "company", "finance")))[0] == 403
    assert (await houses.get("entities?type=HealthRecord&q=bloodGroup==%220%22", SCHOOL))[0] == 403
    assert (await houses.get("entities?type=HealthRecord&count=true", SCHOOL))[0] == 403
    (used,) = [line for line in houses.city.book.of([_subject(houses.city, CHILD)]) if line.facts["kind"] == "use"][:1]
    assert used.facts["organisation"] == "School" and used.facts["attributes"] == ["allergies"]
    handle = houses.federation.people().pseudonym(CHILD, "Hospital")
    lines = hospital.book.of([hospital.vault.subject(handle, "hospital")])
    crossings = [line.facts for line in lines if line.facts["kind"] == "crossing"]
    assert used.facts["ask"] in {each["ask"] for each in crossings}
    (crossing,) = [each for each in crossings if each["ask"] == used.facts["ask"]]
    assert crossing["statement"] == used.facts["statement"]
    proof = opened(crossing["proof"], PROOF, houses.key.verifier, Proof)
    assert (proof.sub, proof.grantee, proof.attributes) == (handle, "School", ("HealthRecord.allergies",))
    assert (await houses.city.book.receipt(used)).index >= 0
    assert (await hospital.book.receipt(lines[0])).index >= 0


def _subject(city: City, person: str) -> bytes:
    return city.vault.subject(person, "Hospital", "health")


async def test_the_person_and_whoever_cares_for_them_see_all_of_it(houses: Houses) -> None:
    await open_houses(houses)
    status, (found,), _ = await houses.get("entities?type=HealthRecord&options=keyValues", resident(CHILD))
    assert status == 200 and found["medication"] == ["salbutamol"] and found["dataSubject"] == CHILD
    allow(houses, GUARDIAN, "own-data", "*", basis="guardian")
    _, found, _ = await houses.get("entities?type=HealthRecord&options=keyValues", resident(GUARDIAN))
    assert {each["dataSubject"]: each["medication"] for each in found} == {CHILD: ["salbutamol"], GUARDIAN: ["none"]}
    other = resident("urn:ngsi-ld:Person:town:g2")
    assert (await houses.get("entities?type=HealthRecord", other))[:2] == (200, [])


async def test_a_clinician_in_an_emergency_sees_what_was_opened(houses: Houses) -> None:
    await open_houses(houses)
    clinician = Principal(
        id="urn:noren:staff:clinic:1",
        kind="staff",
        organisation="Clinic",
        organisation_kind="health",
        purposes=frozenset({"emergency-care"}),
        default_purpose="emergency-care",
        roles=frozenset({"clinician"}),
    )
    assert (await houses.get("entities?type=HealthRecord", clinician))[:2] == (200, [])
    allow(houses, clinician.id, "emergency-care", "HealthRecord.bloodGroup", basis="emergency")
    _, (found,), _ = await houses.get("entities?type=HealthRecord&options=keyValues", clinician)
    assert found["bloodGroup"] == "0" and "allergies" not in found


async def test_a_withdrawal_acts_with_the_next_question(houses: Houses) -> None:
    await open_houses(houses)
    grant = allow(houses, "School", "education", "HealthRecord.allergies")
    assert len((await houses.get("entities?type=HealthRecord", SCHOOL))[1]) == 1
    houses.city.grants.withdraw(grant.id)
    assert (await houses.get("entities?type=HealthRecord", SCHOOL))[:2] == (200, [])


async def test_two_grants_about_one_child_go_together(houses: Houses) -> None:
    await open_houses(houses)
    allow(houses, "School", "education", "HealthRecord.allergies")
    allow(houses, "School", "education", "HealthRecord.bloodGroup")
    _, (found,), _ = await houses.get("entities?type=HealthRecord&options=keyValues", SCHOOL)
    assert (found["allergies"], found["bloodGroup"]) == (["peanut"], "0") and "medication" not in found


async def test_government_gets_nothing_personal_from_a_company_in_either_house(houses: Houses) -> None:
    bus = await houses.custodian("bus", "company", ["TravelPass"])
    federation = await houses.open()
    city = houses.city
    vouch(city, "Town hall", "School")
    handle = federation.people().introduce(CHILD, "Bus", "company")
    about = {"type": "Relationship", "object": handle}
    travel = {"id": "urn:ngsi-ld:TravelPass:bus:1", "type": "TravelPass", "dataSubject": about, "between": "A and B"}
    assert [each.error for each in await bus.view(bus.staff).upsert([travel])] == [None]
    hall = organisation("Town hall", "government", "urban-planning")
    school = organisation("School", "school", "urban-planning")
    for grantee in ("Town hall", "School"):
        allow(houses, grantee, "urban-planning", "TravelPass.between", holder="Bus", kind="company")
    assert (await houses.get("entities?type=TravelPass", hall))[:2] == (200, [])
    assert len((await houses.get("entities?type=TravelPass", school))[1]) == 1
    before = len(bus.book.of([bus.vault.subject(handle, "bus")]))
    # A city without the rule asks all the same: the custodian's own policies refuse.
    rule = city.folder / "policies" / "government-and-company-data.cedar"
    rule.parent.mkdir(exist_ok=True)
    rule.write_text("// Nothing is forbidden here.\n")
    city.refresh()
    assert (await houses.get("entities?type=TravelPass", hall))[:2] == (200, [])
    assert len(bus.book.of([bus.vault.subject(handle, "bus")])) == before
    (own,) = (await houses.get("entities?type=TravelPass&options=keyValues", resident(CHILD)))[1]
    assert own["between"] == "A and B"


async def test_a_custodian_decides_by_its_own_policies(houses: Houses) -> None:
    hospital = await open_houses(houses)
    allow(houses, "School", "education", "HealthRecord.allergies", "HealthRecord.bloodGroup")
    (hospital.folder / "policies").mkdir(exist_ok=True)
    (hospital.folder / "policies" / "blood.cedar").write_text(
        '@id("no-blood")\n'
        'forbid (principal is Organisation, action, resource) when { resource.attribute == "bloodGroup" };\n'
    )
    hospital.refresh()
    _, (found,), _ = await houses.get("entities?type=HealthRecord&options=keyValues", SCHOOL)
    assert found["allergies"] == ["peanut"] and "bloodGroup" not in found


HANDLES: list[str] = []


@pytest.mark.parametrize(
    ("attributes", "subject", "id", "why"),
    [
        ({"medication": ["x"]}, "asked", RECORD, "attributes"),
        ({"allergies": ["x"]}, "other", RECORD, "somebody"),
        ({"allergies": ["x"], "dataSubject": "urn:ngsi-ld:Person:town:c1"}, "asked", RECORD, "attributes"),
        ({"allergies": ["x"]}, "", RECORD, "whom"),
    ],
)
async def test_a_custodian_that_tells_more_than_asked_is_cut_off(
    houses: Houses, attributes: dict[str, Any], subject: str, id: str, why: str
) -> None:
    key = Signer.new("liar/custody")

    async def lies(text: str) -> Any:
        handle = HANDLES[0] if subject == "asked" else "urn:ngsi-ld:Person:town:~x"
        body: dict[str, Any] = {"entities": [whole(id, "HealthRecord", **attributes)], "subjects": [handle]}
        if not subject:
            del body["subjects"]
        return answered(key, text, body)

    await houses.lying("liar", "health", ["HealthRecord"], lies, key)
    federation = await houses.open()
    vouch(houses.city, "School")
    HANDLES[:] = [federation.people().introduce(CHILD, "Liar", "health")]
    allow(houses, "School", "education", "HealthRecord.allergies", holder="Liar")
    status, found, (warning,) = await houses.get("entities?type=HealthRecord", SCHOOL)
    assert (status, found) == (200, []) and warning.startswith("111 ") and why in warning
    assert "liar" in federation.cuts.all()
    assert houses.city.book.of([houses.city.vault.subject(CHILD, "Liar", "health")]) == []


async def test_what_crosses_names_nobody(houses: Houses) -> None:
    """An ask says no id by which the city, or another organisation, knows anybody."""
    key, asks = Signer.new("liar/custody"), list[str]()

    async def listens(text: str) -> Any:
        asks.append(text)
        return answered(key, text, {"entities": []})

    await houses.lying("liar", "health", ["HealthRecord"], listens, key)
    federation = await houses.open()
    vouch(houses.city, "School")
    federation.people().introduce(CHILD, "Liar", "health")
    allow(houses, "School", "education", "HealthRecord.allergies", holder="Liar")
    for who in (SCHOOL, resident(CHILD)):
        await houses.get("entities?type=HealthRecord", who)
    assert len(asks) == 2
    told = [part for text in asks for part in (text, *said(text).proofs)]
    for text in told:
        payload = text.split(".")[1]
        assert b"town:c1" not in base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4))
    assert said(asks[0]).types == {iri("HealthRecord"): (iri("allergies"),)}
    allow(houses, "School", "education", "HealthRecord.*", holder="Liar")
    await houses.get("entities?type=HealthRecord&attrs=bloodGroup", SCHOOL)
    assert said(asks[-1]).types == {iri("HealthRecord"): (iri("bloodGroup"),)}, "no more than is asked for"

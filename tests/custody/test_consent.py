"""The whole way: an insurer is vetted, a resident allows, the hospital tells; then it ends, and tells no more."""

from __future__ import annotations

from typing import Any

from joserfc.jwk import OKPKey

from noren.city import City
from noren.trust import Principal
from noren.trust.consent import Offer
from noren.trust.consent.question import _questions
from noren.trust.recipients import Answer, Application, criteria
from tests.custody.conftest import Houses

ME = "urn:ngsi-ld:Person:town:me"
ASKED = ("HealthRecord.allergies", "HealthRecord.dataSubject")
NAME, PAPER = {"en": "The insurer", "ja": "保険会社"}, "ab" * 32
INSURER = Principal(
    id="urn:noren:organisation:insurer",
    kind="organisation",
    organisation="insurer",
    organisation_kind="company",
    purposes=frozenset({"insurance", "public-information"}),
    default_purpose="insurance",
)
SELF = Principal(id=ME, kind="resident", purposes=frozenset({"own-data"}), default_purpose="own-data")
OFFER = Offer(
    recipient="insurer",
    recipient_name=NAME,
    recipient_kind="company",
    recipient_contact="desk@insurer.example",
    holder="Hospital",
    purpose="insurance",
    attributes=ASKED,
    days=30,
    benefit={"en": "You pay less.", "ja": "保険料が安くなります。"},
    jurisdiction="JP",
)


async def vetted(city: City) -> None:
    answers = {each.name: Answer("As the paper says.", (PAPER,) if each.evidence else ()) for each in criteria()}
    key = OKPKey.generate_key("Ed25519").as_dict(private=False)
    registers = city.view(INSURER).registers
    registers.apply(
        Application(
            organisation="insurer",
            name=NAME,
            kind="company",
            contact="desk@insurer.example",
            purposes=frozenset({"insurance"}),
            attributes=frozenset(ASKED),
            benefit=OFFER.benefit,
            answers=answers,
            key={name: str(value) for name, value in key.items()},
        )
    )
    for id in ("a", "b"):
        await city.view(city.employee(f"urn:noren:staff:{id}")).registers.vet("insurer", 365)
    registers.publish(OFFER)


async def allowed(city: City) -> Any:
    mine = city.view(SELF).mine
    notice, question = mine.ask(OFFER.id, "en")
    right = next(right for text, right, _ in _questions(OFFER, notice, ["The insurer"]) if text == question.text)
    return await mine.allow(OFFER.id, question.id, question.answers.index(right))


async def test_from_the_notice_to_the_hospital_and_back(houses: Houses) -> None:
    hospital = await houses.custodian("hospital", "health", ["HealthRecord"])
    federation = await houses.open()
    city = houses.city
    about = {"type": "Relationship", "object": federation.people().introduce(ME, "Hospital", "health")}
    record = {"id": "urn:ngsi-ld:HealthRecord:hospital:1", "type": "HealthRecord", "dataSubject": about}
    outcomes = await hospital.view(hospital.staff).upsert([record | {"allergies": ["peanut"], "bloodGroup": "0"}])
    assert [each.error for each in outcomes] == [None]
    await vetted(city)
    path = "entities?type=HealthRecord&options=keyValues"
    assert (await houses.get(path, INSURER))[:2] == (200, [])
    given = await allowed(city)
    status, (found,), _ = await houses.get(path, INSURER)
    assert status == 200 and found["allergies"] == ["peanut"] and "bloodGroup" not in found
    assert found["dataSubject"] == federation.people().pseudonym(ME, "insurer") != about["object"]
    (use,) = city.view(SELF).mine.uses()
    assert "insurer" in str(use) and "Hospital" in str(use)
    await city.view(SELF).mine.withdraw(given.id)
    assert (await houses.get(path, INSURER))[:2] == (200, [])
    await city.view(SELF).mine.erase()
    assert federation.people().person(city.vault.subject(ME, "Hospital", "health")) is None

"""The sample town's information bank: a family, a clinic that holds their cards, and who asks to see something of them.

Everything is done as the people themselves would do it, through their own views: applications are vetted by two, a
notice is understood before anything is allowed, and what was seen stands in the ledger. Whoever tries the sample signs
in as one of them. Names to know: `open_bank`, `Family`.
"""

from __future__ import annotations

import hashlib
from typing import Any

import msgspec
from joserfc.jwk import OKPKey

from noren.city import City
from noren.errors import BadInput, Conflict
from noren.trust import OWN, OrganisationKind, Principal
from noren.trust.consent import Offer
from noren.trust.recipients import Answer, Application, criteria
from noren.view import Mine

PARENT, CHILD = "Parent", "Child"
"""What the demo accounts are called by which one signs in as one of the family."""
CLINIC, SCHOOL, INSURER = "Kawabe Clinic", "Kawabe First School", "Kawabe Mutual Insurance"
YEAR = 365 * 86_400.0
_CALLED = {CLINIC: "川辺診療所", SCHOOL: "川辺第一小学校", INSURER: "川辺共済"}
_KINDS: dict[str, OrganisationKind] = {CLINIC: "health", SCHOOL: "school", INSURER: "company"}
_PURPOSES = {SCHOOL: "education", INSURER: "insurance"}
_BENEFITS = {
    SCHOOL: {
        "en": "Teachers know what to do when your child feels ill.",
        "ja": "お子さんの具合が悪いとき、先生がすぐに対応できます。",
    },
    INSURER: {"en": "You need no paper when you claim.", "ja": "請求のときに書類がいりません。"},
}
_ASKS = {
    SCHOOL: ("EmergencyCard.allergies", "EmergencyCard.contacts"),
    INSURER: ("EmergencyCard.healthConditions",),
}


def _principal(city: City, name: str, kind: str, role: str, *purposes: str, id: str = "") -> Principal:
    return Principal(
        id=id or f"urn:noren:{kind}:{city.config.slug}:{role}",
        kind=kind,  # type: ignore[arg-type]
        organisation=name,
        organisation_kind=_KINDS.get(name, "none"),
        purposes=frozenset(purposes),
        default_purpose=purposes[0],
        roles=frozenset({role}),
    )


class Family(msgspec.Struct, frozen=True):
    """The ids of the sample's residents."""

    parent: str
    child: str


async def open_bank(city: City) -> Family:
    """Bring the family, the clinic and the recipients in, with what was allowed and used so far."""
    parent, child = (city.identity.demo(name, "resident").id for name in (PARENT, CHILD))
    await _hold(city, parent, child)
    paper, of_age = hashlib.sha256(b"family register").hexdigest(), city.grants.now() + 8 * YEAR
    for clerk in ("counter", "registrar"):
        staff = city.employee(f"urn:noren:staff:{city.config.slug}:{clerk}")
        await city.view(staff).registers.guardian(child, parent, of_age, paper)
    offers = {name: await _recipient(city, name) for name in (SCHOOL, INSURER)}
    mine = city.view(_resident(parent), OWN).mine
    await _allow(mine.of(child), offers[SCHOOL].id)
    school = _principal(city, SCHOOL, "organisation", "nurse", "education")
    await _read(city, school)
    clinician = _principal(city, CLINIC, "staff", "clinician", "emergency-care")
    await city.view(clinician).registers.emergency(
        parent, "Brought in unconscious after a fall from a bicycle.", attributes=("EmergencyCard.bloodGroup",)
    )
    await _read(city, clinician)
    return Family(parent, child)


def _resident(id: str) -> Principal:
    return Principal(id=id, kind="resident", purposes=frozenset({OWN}), default_purpose=OWN)


async def _hold(city: City, parent: str, child: str) -> None:
    """The town hall keeps who they are, the clinic their cards."""
    people = [_person(city, "parent", parent, "1988-04-12"), _person(city, "child", child, "2016-09-03")]
    clinic = _principal(city, CLINIC, "organisation", "collector", "health-care")
    cards = [
        _card(city, "parent", parent, bloodGroup="A", medicines=["Amlodipine"], healthConditions=["Hypertension"]),
        _card(
            city,
            "child",
            child,
            bloodGroup="O",
            allergies=["Egg", "Cashew"],
            healthConditions=["Asthma"],
            contacts=["090-0000-0000"],
        ),
    ]
    for principal, entities in ((city.staff, people), (clinic, cards)):
        for outcome in await city.view(principal).upsert(entities):
            if outcome.error:
                raise outcome.error


def _person(city: City, name: str, who: str, born: str) -> dict[str, Any]:
    about = {"type": "Relationship", "object": who}
    words = {"givenName": f"Sample {name}", "familyName": "Kawabe", "birthDate": born}
    return {"id": f"urn:ngsi-ld:Person:{city.config.slug}:{name}", "type": "Person", "dataSubject": about} | words


def _card(city: City, name: str, who: str, **words: Any) -> dict[str, Any]:
    about = {"type": "Relationship", "object": who}
    id = f"urn:ngsi-ld:EmergencyCard:{city.config.slug}:{name}"
    return {"id": id, "type": "EmergencyCard", "dataSubject": about} | words


async def _recipient(city: City, name: str) -> Offer:
    """Apply, be vetted by two, and ask."""
    purpose, asked = _PURPOSES[name], _ASKS[name]
    paper = hashlib.sha256(name.encode()).hexdigest()
    itself = _principal(city, name, "organisation", "applicant", purpose)
    words = {"en": name, "ja": _CALLED[name]}
    application = Application(
        organisation=name,
        name=words,
        kind=_KINDS[name],
        contact=f"desk@{name.lower().replace(' ', '-')}.example",
        purposes=frozenset({purpose}),
        attributes=frozenset(asked),
        benefit=_BENEFITS[name],
        answers={each.name: Answer("As the paper shows.", (paper,)) for each in criteria()},
        key=dict(OKPKey.generate_key("Ed25519").as_dict(private=False)),  # type: ignore[arg-type]
    )
    city.view(itself).registers.apply(application)
    for number in ("first", "second"):
        await city.view(city.employee(f"urn:noren:staff:{city.config.slug}:{number}")).registers.vet(name, 365)
    offer = Offer(
        recipient=name,
        recipient_name=words,
        recipient_kind=_KINDS[name],
        recipient_contact=application.contact,
        holder=CLINIC,
        purpose=purpose,
        attributes=asked,
        days=180,
        daily=20,
        keep_days=0 if name == SCHOOL else 30,
        benefit=_BENEFITS[name],
        points=10,
        points_per="use" if name == SCHOOL else "grant",
        jurisdiction="JP",
    )
    return city.view(itself).registers.publish(offer)


async def _allow(mine: Mine, offer: str) -> None:
    """Read the notice and answer its question, again when it was misread."""
    while True:
        _, question = mine.ask(offer, "ja")
        try:
            await mine.allow(offer, question.id, 0)
            return
        except Conflict:
            return
        except BadInput:
            continue


async def _read(city: City, who: Principal) -> None:
    async for _ in city.view(who).find("EmergencyCard"):
        pass

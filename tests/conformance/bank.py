"""The sample town's own information bank, and tokens for everybody on whose behalf a city can be asked."""

from __future__ import annotations

from typing import Any

from noren.city import City
from noren.errors import BadInput
from noren.sample import open_bank
from noren.sample.bank import CHILD, CLINIC, INSURER, PARENT, SCHOOL
from noren.terms.records import Dataset, WaterObserved
from noren.trust import OWN, Principal
from noren.trust.consent import Offer
from noren.trust.recipients import Answer, Application, criteria
from tests.view.test_mine import KEY

ASKS = {"en": "The town can help your child in time.", "ja": "町がお子さんをすぐに助けられます。"}


def family(city: City) -> tuple[str, str]:
    """Who the sample's parent and child are in this city."""
    parent, child = (city.identity.demo(name, "resident").id for name in (PARENT, CHILD))
    return parent, child


def resident(id: str) -> Principal:
    return Principal(id=id, kind="resident", purposes=frozenset({OWN}), default_purpose=OWN)


async def _town_hall_asks(city: City) -> Offer:
    """The city is a recipient like another: it applies, is vetted, and asks for what the clinic holds."""
    name = {"en": "Town hall", "ja": "役場"}
    hall = city.view(city.staff).registers
    hall.apply(
        Application(
            organisation=city.organisation,
            name=name,
            kind="government",
            contact="hall@town.example",
            purposes=frozenset({"childcare"}),
            attributes=frozenset({"EmergencyCard.allergies"}),
            benefit=ASKS,
            answers={each.name: Answer("As the paper shows.", ("ab" * 32,)) for each in criteria()},
            key=dict(KEY.as_dict(private=False)),  # type: ignore[arg-type]
        )
    )
    for clerk in ("first", "second"):
        await city.view(city.employee(f"urn:noren:staff:town:{clerk}")).registers.vet(city.organisation, 365)
    return hall.publish(
        Offer(
            recipient=city.organisation,
            recipient_name=name,
            recipient_kind="government",
            recipient_contact="hall@town.example",
            holder=CLINIC,
            purpose="childcare",
            attributes=("EmergencyCard.allergies",),
            days=30,
            keep_days=0,
            benefit=ASKS,
            jurisdiction="JP",
        )
    )


async def _allow(city: City, offer: Offer) -> None:
    """The parent allows it for the child; whoever misreads the notice is asked again."""
    parent, child = family(city)
    mine = city.view(resident(parent), OWN).mine.of(child)
    for _ in range(40):
        _, question = mine.ask(offer.id, "ja")
        try:
            await mine.allow(offer.id, question.id, 0)
            return
        except BadInput:
            continue
    raise AssertionError("never understood")


def tokens(city: City) -> dict[str, str]:
    """A token for every role of `noren conform`."""

    def organisation(name: str, kind: Any, purpose: str, *roles: str) -> Principal:
        return city.principal(
            name, "organisation", organisation=name, organisation_kind=kind, roles=roles, purposes=[purpose]
        )

    parent, child = family(city)
    who = {
        "government": city.staff,
        "company": organisation("Bus company", "company", "service-provision", "collector"),
        "resident": city.principal(child, "resident"),
        "other": city.principal(parent, "resident"),
        "recipient": organisation(SCHOOL, "school", "education"),
        "second": organisation(INSURER, "company", "insurance"),
    }
    return {role: city.tokens.issue(principal, seconds=3600) for role, principal in who.items()}


async def fill(city: City) -> None:
    """Gauges and a dataset for all; the bank, in which the insurer and the town hall are allowed something, too."""
    gauges = (
        WaterObserved(id=f"urn:ngsi-ld:WaterObserved:town:{i}", name=f"gauge {i}", water_level=i) for i in range(3)
    )
    dataset = Dataset(id="urn:ngsi-ld:Dataset:town:1", title="Gauges", license="CC-BY-4.0", publisher="Town")
    await city.view(city.staff).upsert([*gauges, dataset])
    await open_bank(city)
    offers = {each.recipient: each for each in city.office.recipients.offers()}
    await _allow(city, offers[INSURER])
    await _allow(city, await _town_hall_asks(city))

"""Who receives what residents allow: the register, the ethics board, duties to delete, emergencies and guardians."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from noren.trust import PURPOSES
from noren.trust.consent import Offer
from noren.trust.consent.emergency import LONGEST_HOURS, SHOWN, Outcome
from noren.trust.recipients import LONGEST_DAYS, Application, Decided, Recipient, criteria
from noren.view import Registers
from noren.web.api.answers import answer, caller, city_of, told


class Vetting(msgspec.Struct, forbid_unknown_fields=True):
    """What a member of staff found: fit for so many days, or refused for a reason."""

    days: Annotated[int, msgspec.Meta(ge=1, le=LONGEST_DAYS)] = LONGEST_DAYS
    refused: str = ""


class Ruling(msgspec.Struct, forbid_unknown_fields=True):
    """What the ethics board decides: "stop" or "lift", and why, by language."""

    decided: Decided
    reason: dict[str, str]


class Confirmation(msgspec.Struct, forbid_unknown_fields=True):
    """A recipient's signed statement that it deleted (compact JWS)."""

    confirmation: str


class Emergency(msgspec.Struct, forbid_unknown_fields=True):
    """Who cannot be asked, why, and what must be seen for how long."""

    person: str
    reason: str
    attributes: tuple[str, ...] = tuple(SHOWN)
    hours: float = 4.0


class Review(msgspec.Struct, forbid_unknown_fields=True):
    """What a reviewer found."""

    outcome: Outcome
    finding: str


class Guardianship(msgspec.Struct, forbid_unknown_fields=True):
    """Who is whose guardian until the child is of age (epoch seconds); the SHA-256 of the paper that shows it."""

    child: str
    guardian: str
    of_age: float
    evidence: str


def registers(request: Request) -> Registers:
    """The registers as whoever asks may use them."""
    return caller(request).registers


async def listing(request: Request) -> Response:
    """The register as everybody may read it, the checklist, what the board decided, what is overdue."""
    here, now = registers(request), city_of(request).grants.now()
    return answer(
        {
            "recipients": [shown(each, now) for each in here.recipients()],
            "criteria": criteria(),
            "purposes": {each.name: each.meaning for each in PURPOSES.values()},
            "decisions": here.decisions(),
            "overdue": [{"organisation": each.organisation, "due": each.due} for each in here.overdue()],
        }
    )


async def one(request: Request) -> Response:
    """One recipient; staff and the recipient itself see the whole application."""
    view, now = caller(request), city_of(request).grants.now()
    found = view.registers.recipient(request.path_params["organisation"])
    who = view.principal
    theirs = who.kind in ("organisation", "staff") and who.organisation == found.application.organisation
    city = who.kind == "staff" and who.organisation == city_of(request).organisation
    more = {"application": found.application, "vetted": found.vetted, "refused": found.refused}
    return answer(shown(found, now) | (more if theirs or city else {}))


async def apply(request: Request) -> Response:
    """An organisation applies for itself."""
    here, now = registers(request), city_of(request).grants.now()
    return answer(shown(here.apply(await told(request, Application)), now), 201)


async def vet(request: Request) -> Response:
    """Staff: one of two pairs of eyes, or a refusal."""
    here, now, said = registers(request), city_of(request).grants.now(), await told(request, Vetting)
    name = request.path_params["organisation"]
    return answer(shown(await (here.refuse(name, said.refused) if said.refused else here.vet(name, said.days)), now))


async def decide(request: Request) -> Response:
    """The ethics board: stop a recipient at once, or lift the stop."""
    here, said = registers(request), await told(request, Ruling)
    return answer(await here.decide(request.path_params["organisation"], said.decided, said.reason), 201)


async def offers(request: Request) -> Response:
    """What recipients ask of residents."""
    return answer({"offers": [_offer(each) for each in registers(request).offers()]})


async def publish(request: Request) -> Response:
    """A recipient publishes what it asks."""
    here = registers(request)
    return answer(_offer(here.publish(await told(request, Offer))), 201)


async def close_offer(request: Request) -> Response:
    """A recipient asks no more."""
    registers(request).close_offer(request.path_params["id"])
    return Response(status_code=204)


async def duties(request: Request) -> Response:
    """What the caller's organisation had or has to delete."""
    return answer({"duties": registers(request).duties()})


async def confirm(request: Request) -> Response:
    """A recipient confirms with its signature that it deleted."""
    here, said = registers(request), await told(request, Confirmation)
    return answer(await here.confirm(request.path_params["id"], said.confirmation))


async def emergencies(request: Request) -> Response:
    """What emergency access may show, for how long, and which accesses wait for a review; for all to see."""
    return answer({"shown": SHOWN, "hours": LONGEST_HOURS, "waiting": registers(request).reviews()})


async def emergency(request: Request) -> Response:
    """A clinician opens what is needed of a person who cannot be asked."""
    here, said = registers(request), await told(request, Emergency)
    access = await here.emergency(said.person, said.reason, attributes=said.attributes, hours=said.hours)
    return answer(access, 201)


async def reviews(request: Request) -> Response:
    """A reviewer of another organisation: the accesses that wait, whole."""
    return answer({"accesses": registers(request).to_review()})


async def review(request: Request) -> Response:
    """A reviewer says what they found."""
    here, said = registers(request), await told(request, Review)
    return answer(await here.review(request.path_params["id"], said.outcome, said.finding))


async def guardian(request: Request) -> Response:
    """Staff: register a guardian."""
    here, said = registers(request), await told(request, Guardianship)
    return answer(await here.guardian(said.child, said.guardian, said.of_age, said.evidence), 201)


async def strike_off(request: Request) -> Response:
    """Staff: strike a guardian off."""
    return answer(await registers(request).strike_off(request.path_params["id"]))


def shown(found: Recipient, now: float) -> dict[str, Any]:
    """A recipient as everybody may read of it."""
    applied = found.application
    return {
        "organisation": applied.organisation,
        "name": applied.name,
        "kind": applied.kind,
        "contact": applied.contact,
        "purposes": sorted(applied.purposes),
        "attributes": sorted(applied.attributes),
        "benefit": applied.benefit,
        "state": found.state(now),
        "until": found.until,
    }


def _offer(offer: Offer) -> dict[str, Any]:
    return {"id": offer.id, **msgspec.to_builtins(offer)}


ROUTES: list[tuple[str, str, Any]] = [
    ("GET", "/api/recipients", listing),
    ("POST", "/api/recipients", apply),
    ("GET", "/api/recipients/{organisation}", one),
    ("POST", "/api/recipients/{organisation}/vetting", vet),
    ("POST", "/api/recipients/{organisation}/decision", decide),
    ("GET", "/api/offers", offers),
    ("POST", "/api/offers", publish),
    ("DELETE", "/api/offers/{id}", close_offer),
    ("GET", "/api/duties", duties),
    ("POST", "/api/duties/{id}/confirmation", confirm),
    ("GET", "/api/emergencies", emergencies),
    ("POST", "/api/emergencies", emergency),
    ("GET", "/api/emergencies/reviews", reviews),
    ("POST", "/api/emergencies/{id}/review", review),
    ("POST", "/api/guardians", guardian),
    ("DELETE", "/api/guardians/{id}", strike_off),
]

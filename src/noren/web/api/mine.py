"""The room Mine: a resident's own side of the curtain; `for` names whom they act for, where it is not themselves."""

from __future__ import annotations

import io
from typing import Annotated, Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from noren.errors import BadInput, NotFound
from noren.trust import OWN, PURPOSES
from noren.trust.consent.standing import EVERYTHING, LONGEST_HELP_DAYS, Does
from noren.view import Mine
from noren.web.api.answers import answer, caller, city_of, told

LANGUAGE = "en"


class Yes(msgspec.Struct, forbid_unknown_fields=True):
    """Consent: the offer, the question that came with its notice, and which answer (0, 1 or 2)."""

    question: str
    answer: int
    offer: str = ""


class Correction(msgspec.Struct, forbid_unknown_fields=True):
    """What is put right in one entity: attributes by short name."""

    id: str
    type: str
    attributes: dict[str, Any]


class Gift(msgspec.Struct, forbid_unknown_fields=True):
    """Points handed to "recipient:NAME" or "fund:NAME"; the same `name` spends once."""

    to: str
    points: Annotated[int, msgspec.Meta(ge=1, le=1_000_000_000)]
    name: str


class Erasure(msgspec.Struct, forbid_unknown_fields=True):
    """Whose holding is erased ("" for everything); `sure` must be said."""

    sure: bool
    organisation: str = ""


class Appointment(msgspec.Struct, forbid_unknown_fields=True):
    """Whom a resident asks to help, with which attributes, to do what, for how many days."""

    helper: str
    attributes: frozenset[str]
    does: frozenset[Does] = EVERYTHING
    days: Annotated[int, msgspec.Meta(ge=1, le=LONGEST_HELP_DAYS)] = 90


def mine(request: Request) -> Mine:
    """Mine of whoever asks, or of whom they act for."""
    view = caller(request)
    if view.purpose != OWN:
        view = city_of(request).view(view.principal, OWN)
    person = request.query_params.get("for")
    return view.mine.of(person) if person else view.mine


async def overview(request: Request) -> Response:
    """Who one is here, for whom one acts, what waits, and what the purposes mean."""
    own = mine(request)
    unread = sum(not message.read for message in own.messages())
    grants = [grant for grant in own.grants() if grant.state in ("given", "renewed")]
    return answer(
        {
            "person": own.person,
            "wards": own.wards(),
            "unread": unread,
            "grants": len(grants),
            "points": own.points().points,
            "offers": len(own.offers()),
            "purposes": {each.name: each.meaning for each in PURPOSES.values()},
        }
    )


async def held(request: Request) -> Response:
    """What is held about one, by whom."""
    return answer({"held": await mine(request).held()})


async def uses(request: Request) -> Response:
    """Who used it for what, the newest first."""
    return answer({"uses": mine(request).uses()})


async def proof(request: Request) -> Response:
    """Document and receipt of one line of the book, as texts: what `noren verify` reads."""
    document, receipt = await mine(request).proof(_number(request.path_params["num"]))
    return answer({"document": document.decode(), "receipt": receipt.decode()})


async def offers(request: Request) -> Response:
    """What recipients ask."""
    return answer({"offers": mine(request).offers()})


async def offer(request: Request) -> Response:
    """The notice of an offer in `language`, with the question that shows that it was understood."""
    own, id = mine(request), request.path_params["id"]
    notice, question = own.ask(id, request.query_params.get("language", LANGUAGE))
    asked = next(each for each in own.offers() if each["id"] == id)
    return answer({"offer": asked, "notice": notice, "hash": notice.hash, "question": question})


async def grants(request: Request) -> Response:
    """What was allowed, also what is over."""
    return answer({"grants": mine(request).grants()})


async def allow(request: Request) -> Response:
    """Allow what an offer asks; 400 when the answer is not what the notice says, and nothing is allowed."""
    own, said = mine(request), await told(request, Yes)
    return answer(await own.allow(said.offer, said.question, said.answer), 201)


async def renew(request: Request) -> Response:
    """Let a consent hold anew."""
    own, said = mine(request), await told(request, Yes)
    return answer(await own.renew(request.path_params["id"], said.question, said.answer))


async def withdraw(request: Request) -> Response:
    """End a consent; it acts no more when this is answered."""
    return answer(await mine(request).withdraw(request.path_params["id"]))


async def receipt(request: Request) -> Response:
    """The receipt of a consent as JSON-LD."""
    found = await mine(request).receipt(request.path_params["id"])
    reply = answer(found)
    reply.headers["content-type"] = "application/ld+json"
    return reply


async def correct(request: Request) -> Response:
    """Put right what is held."""
    own, said = mine(request), await told(request, Correction)
    await own.correct(said.id, said.type, said.attributes)
    return Response(status_code=204)


async def points(request: Request) -> Response:
    """What one has in points, and how they came and went."""
    return answer(mine(request).points())


async def spend(request: Request) -> Response:
    """Hand points on; what is left."""
    own, said = mine(request), await told(request, Gift)
    return answer({"points": own.spend(said.to, said.points, said.name)})


async def export(request: Request) -> Response:
    """Everything as one archive (zip)."""
    made = io.BytesIO()
    await mine(request).export(made)
    headers = {"Cache-Control": "no-store", "Content-Disposition": 'attachment; filename="mine.zip"'}
    return Response(made.getvalue(), media_type="application/zip", headers=headers)


async def erase(request: Request) -> Response:
    """Erase what one organisation holds, or everything, and with it the account; there is no way back."""
    own, said = mine(request), await told(request, Erasure)
    if not said.sure:
        raise BadInput("Nothing was erased.", where="sure", hint="There is no way back: say that you are sure.")
    done = await own.erase(said.organisation)
    accounts = city_of(request).identity.accounts
    if not said.organisation and accounts.find(own.person):
        accounts.forget(own.person)  # a name and ways to sign in are held about them, too
    return answer(done)


async def helpers(request: Request) -> Response:
    """Who acts for one, acted or is asked to, and for whom one acts."""
    own = mine(request)
    return answer({"helpers": own.helpers(), "wards": own.wards()})


async def appoint(request: Request) -> Response:
    """Ask somebody to help."""
    own, said = mine(request), await told(request, Appointment)
    made = own.appoint(said.helper, attributes=said.attributes, does=said.does, days=said.days)
    return answer(made, 201)


async def agree(request: Request) -> Response:
    """Agree to help."""
    return answer(mine(request).agree(request.path_params["id"]))


async def end_help(request: Request) -> Response:
    """Dismiss a helper, or stop helping."""
    return answer(mine(request).end(request.path_params["id"]))


async def messages(request: Request) -> Response:
    """What one was told, in `language`."""
    language = request.query_params.get("language", LANGUAGE)
    found = mine(request).messages()
    return answer(
        {"messages": [{"kind": m.kind, "at": m.at, "read": bool(m.read), "text": m.text(language)} for m in found]}
    )


async def read_messages(request: Request) -> Response:
    """Note that one has read them."""
    mine(request).read_messages()
    return Response(status_code=204)


async def emergencies(request: Request) -> Response:
    """What was shown when one could not be asked."""
    return answer({"emergencies": mine(request).emergencies()})


def _number(text: str) -> int:
    if not text.isdecimal() or len(text) > 18:
        raise NotFound("There is no such line about you.", where=text)
    return int(text)


ROUTES: list[tuple[str, str, Any]] = [
    ("GET", "/api/mine", overview),
    ("GET", "/api/mine/held", held),
    ("GET", "/api/mine/uses", uses),
    ("GET", "/api/mine/proofs/{num}", proof),
    ("GET", "/api/mine/offers", offers),
    ("GET", "/api/mine/offers/{id}", offer),
    ("GET", "/api/mine/grants", grants),
    ("POST", "/api/mine/grants", allow),
    ("DELETE", "/api/mine/grants/{id}", withdraw),
    ("POST", "/api/mine/grants/{id}/renewal", renew),
    ("GET", "/api/mine/grants/{id}/receipt", receipt),
    ("POST", "/api/mine/corrections", correct),
    ("GET", "/api/mine/points", points),
    ("POST", "/api/mine/points", spend),
    ("GET", "/api/mine/export", export),
    ("POST", "/api/mine/erasure", erase),
    ("GET", "/api/mine/helpers", helpers),
    ("POST", "/api/mine/helpers", appoint),
    ("POST", "/api/mine/helpers/{id}/agreement", agree),
    ("DELETE", "/api/mine/helpers/{id}", end_help),
    ("GET", "/api/mine/messages", messages),
    ("POST", "/api/mine/messages/read", read_messages),
    ("GET", "/api/mine/emergencies", emergencies),
]

"""What is one's own: account, sessions, passkeys, and what the city vouches for."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from noren.errors import NotAllowed, NotSignedIn
from noren.trust.identity import KINDS, Session
from noren.web.api.answers import answer, city_of, told
from noren.web.api.staff import staff
from noren.web.identity.entering import base_of, signed_in
from noren.web.identity.passkeys import name_of
from noren.web.session import token_of


class Keys(msgspec.Struct):
    """Public keys of a resident's wallet, each for one credential."""

    keys: list[dict[str, Any]]


class Said(msgspec.Struct):
    """What somebody of the staff saw about a resident."""

    account: str
    name: str
    value: bool | str
    evidence: str


async def me(request: Request) -> Response:
    """The account of who is signed in, with sessions, passkeys and attributes; of a mere token, its session alone."""
    identity = city_of(request).identity
    shown = token_of(city_of(request), request.headers)
    if not shown:
        raise NotSignedIn("You are not signed in.", hint="Sign in first.")
    session = identity.session(shown)
    account = identity.accounts.find(session.holder)
    who = identity.identify(shown)
    return answer(
        {
            "id": who.id,
            "kind": who.kind,
            "name": account.name if account else "",
            "organisation": who.organisation,
            "roles": sorted(who.roles),
            "purposes": sorted(who.purposes),
            "hasAccount": account is not None and session.principal is None,
            "sessions": [_session(each, session) for each in identity.sessions.of(session.holder)],
            "passkeys": [_passkey(each) for each in identity.passkeys.of(session.holder)],
            "attributes": [_attribute(each) for each in identity.credentials.of(session.holder)],
        }
    )


def _session(each: Session, here: Session) -> dict[str, Any]:
    return {
        "id": each.id,
        "kind": each.kind,
        "label": each.label,
        "how": each.how,
        "openedAt": _time(each.opened),
        "seenAt": _time(each.seen),
        "endsAt": _time(each.ends()),
        "isThis": each.id == here.id,
    }


def _passkey(each: Any) -> dict[str, Any]:
    used = _time(each.used) if each.used else None
    return {"id": name_of(each.id), "label": each.label, "openedAt": _time(each.opened), "usedAt": used}


def _attribute(each: Any) -> dict[str, Any]:
    return {"name": each.name, "meaning": KINDS[each.name].meaning, "value": each.value, "saidAt": _time(each.said)}


def _time(moment: float) -> datetime:
    return datetime.fromtimestamp(round(moment), UTC)


async def end(request: Request) -> Response:
    """End one of one's own sessions."""
    identity = city_of(request).identity
    here = _here(request)
    identity.sessions.end(request.path_params["id"], here.holder)
    return Response(status_code=204)


async def end_others(request: Request) -> Response:
    """End all one's sessions but this one."""
    identity = city_of(request).identity
    here = _here(request)
    for each in identity.sessions.of(here.holder):
        if each.id not in (here.id, here.parent):
            identity.sessions.end(each.id, here.holder)
    return Response(status_code=204)


def _here(request: Request) -> Session:
    shown = token_of(city_of(request), request.headers)
    if not shown:
        raise NotSignedIn("You are not signed in.", hint="Sign in first.")
    return city_of(request).identity.session(shown)


async def credentials(request: Request) -> Response:
    """Credentials of what the city vouches for, one for each key of the resident's wallet."""
    _, account = signed_in(request)
    if account.kind != "resident":
        raise NotAllowed("Credentials are for residents.")
    wanted = await told(request, Keys)
    issued = city_of(request).identity.credentials.issue(account, wanted.keys, issuer=base_of(request))
    return answer({"credentials": issued}, 201)


async def say(request: Request) -> Response:
    """Staff: vouch for an attribute of a resident, having seen the evidence."""
    view, said = staff(request), await told(request, Said)
    if view.principal.tenant:
        raise NotAllowed("Whoever was let into one tenant does not do this for the whole city.", where="tenant")
    identity = city_of(request).identity
    account = identity.accounts.need(said.account)
    identity.credentials.say(account, said.name, said.value, source=view.principal.id, evidence=said.evidence)
    return Response(status_code=204)


async def vouching(request: Request) -> Response:
    """With which key the city signs credentials (SD-JWT VC, issuer metadata)."""
    return answer({"issuer": base_of(request), "jwks": city_of(request).identity.credentials.jwks()})

"""Passkeys: making one while signed in, signing in with one."""

from __future__ import annotations

import base64
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from noren.errors import NotFound
from noren.web.api.answers import answer, city_of, told
from noren.web.identity.entering import asking, base_of, browser, entered, guessing, signed_in


class Made(msgspec.Struct):
    """A browser's new passkey, and what its owner calls it."""

    credential: dict[str, Any]
    label: str = ""


class Shown(msgspec.Struct):
    """A browser's answer to a question."""

    credential: dict[str, Any]


async def offer(request: Request) -> Response:
    """What a browser needs to make a passkey for who is signed in."""
    _, account = signed_in(request)
    return answer(city_of(request).identity.passkeys.offer(account, base_of(request)))


async def add(request: Request) -> Response:
    """Keep a new passkey."""
    _, account = signed_in(request)
    made = await told(request, Made)
    label = made.label.strip() or browser(request)
    kept = city_of(request).identity.passkeys.add(account, base_of(request), made.credential, label)
    return answer({"id": name_of(kept.id)}, 201)


async def ask(request: Request) -> Response:
    """What a browser needs to sign in with a passkey."""
    asking(request)
    return answer(city_of(request).identity.passkeys.ask(base_of(request)))


async def enter(request: Request) -> Response:
    """Let somebody in by their passkey."""
    shown = await told(request, Shown)
    identity = city_of(request).identity
    with guessing(request):
        account = identity.passkeys.prove(base_of(request), shown.credential)
        secret = identity.enter(account, how="passkey", label=browser(request))
    return entered(request, secret)


async def remove(request: Request) -> Response:
    """Trust one's passkey no more."""
    _, account = signed_in(request)
    try:
        text = request.path_params["id"]
        id = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except ValueError as error:
        raise NotFound("There is no such passkey.") from error
    city_of(request).identity.passkeys.remove(account.id, id)
    return Response(status_code=204)


def name_of(id: bytes) -> str:
    """A passkey's id as routes write it."""
    return base64.urlsafe_b64encode(id).rstrip(b"=").decode()

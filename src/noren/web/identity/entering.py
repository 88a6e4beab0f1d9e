"""Letting somebody in: by which ways, with a token or invitation, as a demo account, as a device."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated, Literal
from urllib.parse import urlsplit

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from noren.errors import BadInput, NotAllowed, NotFound, NotSignedIn, TooMany
from noren.trust.identity import DEMO, Account, Session
from noren.trust.identity.accounts import plain
from noren.web.api.answers import answer, city_of, told
from noren.web.session import cookie, cookie_name, token_of

FORWARDED = frozenset({"forwarded", "via", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "x-real-ip"})
LOCAL = frozenset({"localhost", "127.0.0.1", "::1"})
ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
_BROWSERS = ("Edg", "OPR", "Firefox", "Chrome", "Safari")
_SYSTEMS = ("Android", "iPhone", "iPad", "Windows", "Mac OS X", "Linux")


class Entry(msgspec.Struct):
    """A token, or an invitation."""

    token: str


class Demo(msgspec.Struct):
    """Whom to be in a demo."""

    name: Annotated[str, msgspec.Meta(min_length=1, max_length=60)]
    kind: Literal["resident", "staff"] = "resident"


async def ways(request: Request) -> Response:
    """By which ways one may sign in here."""
    city = city_of(request)
    listed = [{"name": each.name, "title": each.title or {"en": each.name}} for each in city.identity.providers.all()]
    accounts = city.identity.accounts.logins(DEMO) if is_demo(request) else None
    shown = None if accounts is None else [{"name": each.name, "kind": each.kind} for each in accounts]
    return answer({"providers": listed, "passkeys": _protected(request), "demo": shown, "address": base_of(request)})


async def enter(request: Request) -> Response:
    """Keep a session in a same-site cookie for who shows a token or an invitation; 401 when it does not hold."""
    entry = await told(request, Entry)
    city = city_of(request)
    with guessing(request):
        secret = city.identity.enter_with(entry.token, label=browser(request))
    return entered(request, secret)


async def leave(request: Request) -> Response:
    """End the session, and forget the cookie."""
    _end(request)
    response = Response(status_code=204)
    name = cookie_name(city_of(request))
    response.delete_cookie(name, path="/", httponly=True, samesite="strict", secure=_secure(request, name))
    return response


async def demo(request: Request) -> Response:
    """Be somebody of a demo; absent where there are no demo accounts."""
    if not is_demo(request):
        raise NotFound("There are no demo accounts here.", hint="See [identity] demo in docs/configuration.md.")
    wanted = await told(request, Demo)
    city = city_of(request)
    account = city.identity.demo(plain(wanted.name), wanted.kind)
    return entered(request, city.identity.enter(account, how=DEMO, label=browser(request)))


async def token(request: Request) -> Response:
    """A token of ten minutes for a device that proves itself by an assertion (RFC 7523); a form, answered as OAuth."""
    form = await fields(request)
    if form.get("grant_type") != "client_credentials" or form.get("client_assertion_type") != ASSERTION:
        raise BadInput("unsupported_grant_type", where="grant_type", hint="See docs/identity.md.")
    base = base_of(request)
    with guessing(request):
        made, seconds = city_of(request).identity.prove(
            form.get("client_assertion", ""), [base, f"{base}/api/identity/token"]
        )
    return answer({"access_token": made, "token_type": "Bearer", "expires_in": seconds})


def entered(request: Request, secret: str, response: Response | None = None) -> Response:
    """Answer with the cookie of a new session; the one that this browser had before ends."""
    _end(request)
    city = city_of(request)
    who = city.identify(secret)
    response = response or answer({"name": who.id, "kind": who.kind})
    name = cookie_name(city)
    response.set_cookie(name, secret, httponly=True, samesite="strict", secure=_secure(request, name), path="/")
    return response


def _end(request: Request) -> None:
    city = city_of(request)
    shown = cookie(request.headers, cookie_name(city))
    if shown and city.identity.holds(shown):
        city.identity.sessions.end(city.identity.session(shown).id)


def signed_in(request: Request) -> tuple[Session, Account]:
    """The session and account of who asks; raises `NotSignedIn`, `NotAllowed` for who came with a mere token."""
    city = city_of(request)
    shown = token_of(city, request.headers)
    if not shown:
        raise NotSignedIn("You are not signed in.", hint="Sign in first.")
    session = city.identity.session(shown)
    account = city.identity.accounts.find(session.holder)
    if account is None or session.principal is not None:
        raise NotAllowed("This is for people with an account here.", hint="Sign in with one.")
    return session, account


@contextmanager
def guessing(request: Request) -> Iterator[None]:
    """What one may get wrong so many times within an hour from one address; raises `TooMany`."""
    tries, most = request.app.state.tries, city_of(request).config.identity.tries
    host = request.client.host if request.client else ""
    if late := tries.late(host, most):
        raise TooMany("Too many tries from this address.", after_s=late, hint="Try again later.")
    try:
        yield
    except (NotSignedIn, NotAllowed, BadInput):
        tries.take(host, most)
        raise


def asking(request: Request) -> None:
    """Something is kept for whoever begins to sign in: twenty times as often from one address as they may be wrong.
    Raises `TooMany`."""
    host = request.client.host if request.client else ""
    if late := request.app.state.asks.take(host, 20 * city_of(request).config.identity.tries):
        raise TooMany("Too much is begun from this address.", after_s=late, hint="Try again later.")


async def fields(request: Request) -> dict[str, str]:
    """A form's fields; raises `BadInput` for one that stands twice."""
    form = await request.form(max_files=0, max_fields=20)
    if len(form) < len(form.multi_items()):
        raise BadInput("A field stands twice.", where="body")
    return {name: str(value) for name, value in form.items()}


def is_demo(request: Request) -> bool:
    """Whether demo accounts are there for who asks: never in production; else, unless the settings say otherwise, on
    the machine itself under its own name, so that no other page can use the browser of who works there."""
    config = city_of(request).config
    if config.production or config.identity.demo == "off":
        return False
    near = request.client is not None and request.client.host in LOCAL and request.url.hostname in LOCAL
    near = near and FORWARDED.isdisjoint(request.headers.keys())  # who asks a proxy on this machine is not on it
    return near or config.identity.demo == "everyone"


def base_of(request: Request) -> str:
    """The address at which people see the city."""
    told_address = city_of(request).config.identity.address
    return told_address or f"{request.url.scheme}://{request.url.netloc}"


def _protected(request: Request) -> bool:
    parts = urlsplit(base_of(request))
    return parts.scheme == "https" or parts.hostname == "localhost"


def _secure(request: Request, name: str) -> bool:
    return name.startswith("__Host-") or request.url.scheme == "https"


def browser(request: Request) -> str:
    """What is kept of a browser's name, so that its owner knows it again: its kind and system, no version."""
    agent = request.headers.get("user-agent", "")
    kind = next((name for name in _BROWSERS if name in agent), "")
    system = next((name for name in _SYSTEMS if name in agent), "")
    kind = {"Edg": "Edge", "OPR": "Opera"}.get(kind, kind)
    return " · ".join(filter(None, (kind, system))) or re.sub(r"[^A-Za-z-]+.*", "", agent)[:40]


def later(then: str) -> str:
    """Where a browser goes after signing in: a page of this city, whatever was asked for."""
    return then if re.fullmatch(r"/(?![/\\])[^\\\s]*", then) else "/"

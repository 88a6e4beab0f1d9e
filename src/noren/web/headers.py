"""What every answer tells a browser, and which requests of a browser are another site's: around the whole application.

Answers say how they may be read, kept and embedded unless their handler said it more exactly. A browser's request that
changes something must come from the city's own pages: cookies are same-site already, and this refuses the rest.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from http.cookies import CookieError, SimpleCookie
from typing import Any
from urllib.parse import urlsplit

import msgspec

from noren.errors import NorenError, NotAllowed, TooLarge
from noren.web.api.answers import PROBLEMS
from noren.web.session import COOKIE

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]

LARGEST_BODY = 32 << 20
_READS = frozenset({"GET", "HEAD", "OPTIONS"})
_ALWAYS = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"content-security-policy", b"default-src 'none'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'"),
)
_NOT_KEPT = (b"cache-control", b"no-store")
_SECURE = (b"strict-transport-security", b"max-age=31536000; includeSubDomains")


def guarded(app: Application) -> Application:
    """`app` with headers that protect who asks; refuses what another site lets a browser send, and bodies that are too
    large."""

    async def protected(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await app(scope, receive, send)
            return
        asked = dict(scope["headers"])
        more = [*_ALWAYS, _SECURE] if scope.get("scheme") == "https" else [*_ALWAYS]
        if b"authorization" in asked or b"cookie" in asked:
            more.append(_NOT_KEPT)

        async def sent(message: dict[str, Any]) -> None:
            if message["type"] == "http.response.start":
                said = message.get("headers", ())
                names = {name for name, _ in said}
                message["headers"] = [*said, *(each for each in more if each[0] not in names)]
            await send(message)

        if scope["method"] not in _READS and (error := refusal(scope["path"], asked)):
            await _refuse(error, sent)
        else:
            await app(scope, receive, sent)

    return protected


def refusal(path: str, headers: dict[bytes, bytes]) -> NorenError | None:
    """Why a request that changes something is not let in; None when it is."""
    length = headers.get(b"content-length", b"0")
    if length.isdigit() and int(length) > LARGEST_BODY:
        return TooLarge(f"The body has {int(length):,} bytes; at most {LARGEST_BODY:,} are taken.", where="body")
    if (_carries_session(headers) or path.startswith("/api/")) and _is_from_elsewhere(headers):
        return NotAllowed("This was sent by another site.", where="header Origin", hint="Use the city's own pages.")
    return None


def _carries_session(headers: dict[bytes, bytes]) -> bool:
    if b"authorization" in headers:  # which no browser adds by itself
        return False
    try:
        return any(COOKIE in name for name in SimpleCookie(headers.get(b"cookie", b"").decode("latin-1")))
    except CookieError:
        return True


def _is_from_elsewhere(headers: dict[bytes, bytes]) -> bool:
    """Whether a browser says that a page of another origin sent this; programs say nothing of the kind."""
    site = headers.get(b"sec-fetch-site")
    if site is not None:
        return site not in (b"same-origin", b"none")
    origin = headers.get(b"origin")
    return origin is not None and urlsplit(origin.decode("latin-1")).netloc != headers.get(b"host", b"").decode(
        "latin-1"
    )


async def _refuse(error: NorenError, send: Send) -> None:
    body = {"type": PROBLEMS + error.kind, "title": error.what, "status": error.status, "detail": error.what}
    raw = msgspec.json.encode(body | {"where": error.where, "hint": error.hint})
    headers = [(b"content-type", b"application/problem+json"), (b"content-length", b"%d" % len(raw))]
    await send({"type": "http.response.start", "status": error.status, "headers": headers})
    await send({"type": "http.response.body", "body": raw})

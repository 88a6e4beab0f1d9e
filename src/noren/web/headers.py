"""What every answer tells a browser, and how large a body may be: around the whole application.

Answers say how they may be read, kept and embedded unless their handler said it more exactly.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import msgspec

from noren.errors import NorenError, TooLarge
from noren.web.api.answers import PROBLEMS
from noren.web.session import READING

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]

LARGEST_BODY = 32 << 20
_ALWAYS = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"content-security-policy", b"default-src 'none'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'"),
)
_NOT_KEPT = (b"cache-control", b"no-store")
_SECURE = (b"strict-transport-security", b"max-age=31536000; includeSubDomains")


def guarded(app: Application) -> Application:
    """`app` with headers that protect who asks; refuses bodies that are too large."""

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

        if scope["method"] not in READING and (error := refusal(asked)):
            await _refuse(error, sent)
        else:
            await app(scope, receive, sent)

    return protected


def refusal(headers: dict[bytes, bytes]) -> NorenError | None:
    """Why a request that changes something is not even looked at; None when it is."""
    length = headers.get(b"content-length", b"0")
    if length.isdigit() and int(length) > LARGEST_BODY:
        return TooLarge(f"The body has {int(length):,} bytes; at most {LARGEST_BODY:,} are taken.", where="body")
    return None


async def _refuse(error: NorenError, send: Send) -> None:
    body = {"type": PROBLEMS + error.kind, "title": error.what, "status": error.status, "detail": error.what}
    raw = msgspec.json.encode(body | {"where": error.where, "hint": error.hint})
    headers = [(b"content-type", b"application/problem+json"), (b"content-length", b"%d" % len(raw))]
    await send({"type": "http.response.start", "status": error.status, "headers": headers})
    await send({"type": "http.response.body", "body": raw})

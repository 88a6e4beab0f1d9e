"""How the portal's routes answer: JSON by msgspec, one error shape, the caller's view of the city."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from noren.errors import BadInput, NorenError
from noren.web.session import view_of

if TYPE_CHECKING:
    from noren.city import City
    from noren.view import View

Handler = Callable[[Request], Awaitable[Response]]
PROBLEMS = "https://uri.etsi.org/ngsi-ld/errors/"
encoder = msgspec.json.Encoder()


def city_of(request: Request) -> City:
    """The city that this process serves."""
    city: City = request.app.state.city
    return city


def caller(request: Request) -> View:
    """The city as whoever asks may see it, for the purpose asked or their default; raises `NotSignedIn`."""
    return view_of(city_of(request), request.headers)


def answer(data: Any, status: int = 200, **headers: str) -> Response:
    """`data` as JSON; not kept by caches unless a header says so."""
    return Response(encoder.encode(data), status, {"Cache-Control": "no-store"} | headers, "application/json")


def problem(error: NorenError) -> Response:
    """The error as problem JSON (RFC 9457)."""
    body = {
        "type": PROBLEMS + error.kind,
        "title": error.what,
        "status": error.status,
        "detail": error.what,
        "where": error.where,
        "hint": error.hint,
    }
    return Response(encoder.encode(body), error.status, media_type="application/problem+json")


def number(request: Request, name: str) -> float | None:
    """The query parameter as a number, None when absent; raises `BadInput` when it is none."""
    text = request.query_params.get(name)
    if text is None:
        return None
    try:
        return float(text)
    except ValueError:
        raise BadInput(f"“{text}” is not a number.", where=f"parameter {name}") from None

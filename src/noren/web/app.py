"""The one ASGI application of a running city.

What is hot (NGSI-LD) is answered bare; pages, the portal's routes and tiles go through Starlette.

>>> from noren.web import app
>>> callable(app.create)
True
"""

from __future__ import annotations

import gc
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any, cast

import msgspec
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route as Served

from noren.errors import NorenError, NotAllowed, NotFound
from noren.terms.context import core, document
from noren.web.api.answers import problem
from noren.web.headers import guarded
from noren.web.ngsi_ld.application import ROOT, Api
from noren.web.ngsi_ld.house import House
from noren.web.rates import Rates
from noren.web.routes import ROUTES
from noren.web.session import READING, is_foreign
from noren.web.static import page

if TYPE_CHECKING:
    from noren.city import City
    from noren.custody import Custodian, Federation

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]
_OF_CUSTODIANS = ("ledger", "custody")
_JSONLD = [(b"content-type", b"application/ld+json"), (b"cache-control", b"public, max-age=3600")]
_FOREIGN = NotAllowed("This came from the page of another site.", hint="Open the city's own page.")


def create(city: City, federation: Federation | None = None, custodian: Custodian | None = None) -> Application:
    """The application that serves `city` for as long as it is open; with `federation` what is asked of it is asked of
    others, too. With `custodian` it is the house of one: NGSI-LD for its own people, its ledger, asks of its city."""
    _settle_memory()
    house = House(city, federation=federation)
    api = Api(house, [(route.method, route.path, route.handler) for route in ROUTES if route.room == "ngsi-ld"])
    pages = _pages(city, custodian)
    fixed = {"/health": _fixed(b'{"status":"ok"}', [(b"content-type", b"application/json")])}
    own = core() if city.is_bare else document()["@context"]
    fixed["/context.jsonld"] = _fixed(msgspec.json.encode({"@context": own}), _JSONLD)

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await _lifespan(receive, send)
        elif scope["type"] != "http":
            await send({"type": "websocket.close", "code": 1000})
        elif scope["method"] not in READING and is_foreign(city, scope["method"], scope["path"], scope["headers"]):
            await problem(_FOREIGN, Request(cast(Any, scope)))(scope, receive, cast(Any, send))
        elif scope["path"].startswith(ROOT + "/"):
            await api(scope, receive, send)
        elif scope["method"] in ("GET", "HEAD") and scope["path"] in fixed:
            await fixed[scope["path"]](scope, receive, send)
        else:
            await pages(scope, receive, cast(Any, send))

    return guarded(app)


def _settle_memory() -> None:
    """What is loaded by now stays; documents come and go by the thousand and none of them in circles, so that looking
    for circles can be rare: it costs a tenth of the requests."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)


def _pages(city: City, custodian: Custodian | None) -> Starlette:
    rest = [route for route in ROUTES if route.room != "ngsi-ld" and (not custodian or route.room in _OF_CUSTODIANS)]
    served = [Served(route.path, route.handler, methods=[route.method]) for route in rest]
    if custodian is None:
        served.append(Served("/{path:path}", page, methods=["GET"]))
    pages = Starlette(
        routes=served,
        middleware=[Middleware(GZipMiddleware, minimum_size=1024)],
        exception_handlers={NorenError: _told, HTTPException: _refused, Exception: _unforeseen},
    )
    pages.state.city, pages.state.custodian = city, custodian
    pages.state.kept = {}
    pages.state.channels = {}
    pages.state.rates = Rates()
    pages.state.tries = Rates()
    pages.state.asks = Rates()
    return pages


async def _told(request: Request, error: Exception) -> Response:
    return problem(error if isinstance(error, NorenError) else NorenError("Something went wrong inside."), request)


async def _unforeseen(request: Request, error: Exception) -> Response:
    return problem(NorenError("Something went wrong inside.", hint="It is in the server's log."), request)


async def _refused(request: Request, error: Exception) -> Response:
    if isinstance(error, HTTPException) and error.status_code != 404:
        return Response(status_code=error.status_code, headers=error.headers)
    return problem(NotFound("There is nothing at this address."), request)


def _fixed(body: bytes, headers: list[tuple[bytes, bytes]]) -> Application:
    headers = [*headers, (b"content-length", b"%d" % len(body))]

    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else body})

    return answer


async def _lifespan(receive: Receive, send: Send) -> None:
    while True:
        message = await receive()
        if message["type"] == "lifespan.startup":
            await send({"type": "lifespan.startup.complete"})
        elif message["type"] == "lifespan.shutdown":
            await send({"type": "lifespan.shutdown.complete"})
            return

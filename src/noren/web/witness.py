"""A witness over HTTP (C2SP tlog-witness): one address that cosigns, one that says with which key.

This is no part of a city: it runs in a process of its own, at a stakeholder's.
"""

from __future__ import annotations

import asyncio

from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from noren.errors import BadInput, NorenError, TooLarge
from noren.trust.ledger import OtherSize, Witness
from noren.trust.ledger.witness import LARGEST

PREFIX = "/ledger/witness"


def create(witness: Witness) -> Starlette:
    """The application of one witness; its submission prefix is the server's address and `PREFIX`."""
    app = Starlette(
        routes=[
            Route(f"{PREFIX}/add-checkpoint", add_checkpoint, methods=["POST"]),
            Route(f"{PREFIX}/key", key, methods=["GET"]),
        ],
        exception_handlers={NorenError: _told},
    )
    app.state.witness = witness
    return app


async def add_checkpoint(request: Request) -> Response:
    """The cosignature of a checkpoint that continues the last one."""
    witness: Witness = request.app.state.witness
    line = await asyncio.to_thread(witness.add_checkpoint, await _body(request))
    return PlainTextResponse(line)


async def key(request: Request) -> Response:
    """The key with which this witness cosigns."""
    witness: Witness = request.app.state.witness
    return PlainTextResponse(f"{witness.signer.verifier}\n")


async def _body(request: Request) -> bytes:
    body = b""
    try:
        async for part in request.stream():
            body += part
            if len(body) > LARGEST:
                raise TooLarge("The request is too long.", where="body")
    except ClientDisconnect as error:
        raise BadInput("The request ended in the middle.", where="body") from error
    return body


async def _told(request: Request, error: Exception) -> Response:
    if isinstance(error, OtherSize):
        return Response(f"{error.size}\n", 409, media_type="text/x.tlog.size")
    status = error.status if isinstance(error, NorenError) else 500
    return PlainTextResponse(f"{error}\n", status)

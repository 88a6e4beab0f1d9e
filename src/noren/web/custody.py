"""Where a custodian is asked: `POST /custody/v1/ask`. `ROUTES` is the table; elsewhere the address says nothing.

The body is an ask (application/jose), the answer JSON with a signed statement about its bytes in a header. Everything
wrong with an ask is told in the same words.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.requests import Request
from starlette.responses import Response

from noren.custody.fanout import PATH, STATEMENT
from noren.errors import NotFound, TooLarge, Unproven
from noren.web.api.answers import Handler

if TYPE_CHECKING:
    from noren.custody import Custodian

LARGEST = 1 << 20


async def ask(request: Request) -> Response:
    """An ask of the city whose key this house has pinned."""
    custodian: Custodian | None = request.app.state.custodian
    if custodian is None:
        raise NotFound("There is nothing at this address.")
    body, statement = await custodian.answer(await _text(request))
    return Response(body, headers={STATEMENT: statement, "Cache-Control": "no-store"}, media_type="application/json")


async def _text(request: Request) -> str:
    found = bytearray()
    async for chunk in request.stream():
        found += chunk
        if len(found) > LARGEST:
            raise TooLarge("An ask has at most 1 MiB.")
    try:
        return found.decode("ascii")
    except UnicodeDecodeError:
        raise Unproven("This ask does not hold.") from None


ROUTES: list[tuple[str, str, Handler]] = [("POST", PATH, ask)]

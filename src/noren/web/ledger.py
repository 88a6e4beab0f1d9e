"""The ledger's files over HTTP, as C2SP tlog-tiles lays them out: for residents, witnesses, monitors and mirrors.

`ROUTES` is the table. Everything here is public, as the ledger is; nothing is worked out, so that any cache can serve
it.
"""

from __future__ import annotations

import asyncio

from starlette.requests import Request
from starlette.responses import Response

from noren.errors import NotFound
from noren.trust.ledger import Tile
from noren.trust.ledger.recovery import CHECKPOINT
from noren.trust.ledger.shelf import Shelf
from noren.web.api.answers import Handler, city_of

_TEXT = "text/plain; charset=utf-8"
_OPEN = {"Access-Control-Allow-Origin": "*", "X-Content-Type-Options": "nosniff"}
_FRESH = {**_OPEN, "Cache-Control": "public, max-age=2"}
_FOREVER = {**_OPEN, "Cache-Control": "public, max-age=31536000, immutable"}


async def checkpoint(request: Request) -> Response:
    """The newest signed checkpoint, with the cosignatures that it has."""
    path = city_of(request).ledger_folder / CHECKPOINT
    try:
        return Response(await asyncio.to_thread(path.read_bytes), headers=_FRESH, media_type=_TEXT)
    except FileNotFoundError as error:
        raise NotFound("Nothing was recorded in this ledger yet.") from error


async def tile(request: Request) -> Response:
    """A tile of hashes or a bundle of entries; a partial one stays to be had once it is full."""
    wanted = Tile.parse(f"tile/{request.path_params['path']}")
    content = await asyncio.to_thread(Shelf(city_of(request).ledger_folder).read, wanted)
    return Response(content, headers=_FOREVER, media_type="application/octet-stream")


async def policy(request: Request) -> Response:
    """The ledger's key, its witnesses and their quorum: what `noren verify` checks receipts by."""
    city = city_of(request)
    if not (city.ledger_folder / CHECKPOINT).is_file():
        raise NotFound("Nothing was recorded in this ledger yet.")
    return Response(city.ledger_policy_text(), headers=_FRESH, media_type=_TEXT)


ROUTES: list[tuple[str, str, Handler]] = [
    ("GET", "/ledger/checkpoint", checkpoint),
    ("GET", "/ledger/policy", policy),
    ("GET", "/ledger/tile/{path:path}", tile),
]

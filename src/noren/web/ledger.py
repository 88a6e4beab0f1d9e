"""The ledger's files over HTTP, as C2SP tlog-tiles lays them out: for residents, witnesses, monitors and mirrors.

`ROUTES` is the table. What is read here is public, as the ledger is; nothing is worked out, so that any cache can serve
it. One route records: what somebody who has signed in wants to be provable, or to have asked of another ledger.
"""

from __future__ import annotations

import asyncio
import time
from contextlib import suppress

from starlette.requests import Request
from starlette.responses import Response

from noren.errors import NotFound, TooLarge, Unavailable
from noren.trust.ledger import Tile, is_commitment
from noren.trust.ledger.merkle import leaf
from noren.trust.ledger.mutual import Refusal, asked
from noren.trust.ledger.recovery import CHECKPOINT
from noren.trust.ledger.shelf import Shelf
from noren.web.api.answers import Handler, caller, city_of, counter

_LONGEST_ENTRY, _PATIENCE = 1024, 5.0
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


async def record(request: Request) -> Response:
    """Record the salted hash of a document, or a request to another ledger; the receipt. Who is refused gets that
    signed, too: with it they can go to another ledger and show it."""
    city, entry = city_of(request), await _entry(request)
    if caller(request).principal.kind == "anonymous":
        reason = "This ledger records for those who have signed in."
        refused = Refusal(city.ledger.log.origin, leaf(entry), int(time.time()), reason).note(city.ledger_key)
        return Response(bytes(refused), 403, headers=_OPEN, media_type=_TEXT)
    receipt = await city.ledger.record(entry, once=True)
    with suppress(Unavailable):
        receipt = await city.ledger.receipt(receipt.index, witnessed=True, seconds=_PATIENCE)
    return Response(bytes(receipt), headers=_OPEN, media_type=_TEXT)


async def _entry(request: Request) -> bytes:
    counter(request)
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > _LONGEST_ENTRY:
            raise TooLarge("An entry is a salted hash or a request to another ledger.", where="body")
    if not is_commitment(body):
        asked(body)
    return body


ROUTES: list[tuple[str, str, Handler]] = [
    ("GET", "/ledger/checkpoint", checkpoint),
    ("GET", "/ledger/policy", policy),
    ("POST", "/ledger/entries", record),
    ("GET", "/ledger/tile/{path:path}", tile),
]

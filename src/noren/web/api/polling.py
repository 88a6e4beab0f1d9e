"""The room Voice: polls, the slips that give a right to vote, ballots and what is published of them. `ROUTES` is the
table."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from noren.civic import polls, voting
from noren.errors import BadInput, TooLarge
from noren.terms.records import Poll
from noren.web.api.answers import answer, caller, city_of, counter, is_staff, told
from noren.web.api.staff import staff

LARGEST_FILE = 32 << 20


async def listing(request: Request) -> Response:
    """Polls, those that are open first; drafts are the staff's."""
    view = caller(request)
    found, drafts = await polls.listing(view), is_staff(view, city_of(request))
    return answer({"polls": [each for each in found if each["state"] != "draft" or drafts]})


async def one(request: Request) -> Response:
    """One poll."""
    view = caller(request)
    return answer(polls.row(await view.need(Poll, request.path_params["id"]), view.now()))


async def draft(request: Request) -> Response:
    """Staff: a new poll."""
    view = staff(request)
    return answer(polls.row(await polls.create(view, await told(request, polls.Draft)), view.now()), 201)


async def imported(request: Request) -> Response:
    """Staff: a new poll from a `.pb` file in the body; its ballots are left aside."""
    view, raw = staff(request), bytearray()
    async for part in request.stream():
        raw += part
        if len(raw) > LARGEST_FILE:
            raise TooLarge("The file is larger than 32 MB.", where="body")
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise BadInput("The file is not UTF-8 text.", where="body", hint="Save it as UTF-8.") from None
    made, left = polls.imported(text, view.home.languages[0])
    return answer(polls.row(await polls.create(view, made), view.now()) | {"ballotsLeft": left}, 201)


async def opened(request: Request) -> Response:
    """Staff: open a draft."""
    view = staff(request)
    poll = await polls.open(view, request.path_params["id"], await told(request, polls.Opening))
    return answer(polls.row(poll, view.now()))


class Slips(msgspec.Struct):
    """How many slips are wanted."""

    count: int


def slips(codes: Iterable[str]) -> str:
    """Codes as a table to print slips from."""
    out = io.StringIO()
    write = csv.writer(out, lineterminator="\n").writerow
    write(["code"])
    for code in codes:
        write([code])
    return out.getvalue()


async def roll(request: Request) -> Response:
    """Staff: codes for slips, as CSV, told this once."""
    view, asked = staff(request), await told(request, Slips)
    codes = await polls.roll(view, request.path_params["id"], asked.count)
    headers = {"Cache-Control": "no-store", "Content-Disposition": 'attachment; filename="slips.csv"'}
    return Response(slips(codes), 201, headers, "text/csv; charset=utf-8")


async def cast(request: Request) -> Response:
    """Take a ballot; paper and booth from staff."""
    vote = await told(request, voting.Vote)
    if vote.via != "web":
        staff(request)
    return answer(await voting.cast(counter(request), request.path_params["id"], vote), 201)


async def closed(request: Request) -> Response:
    """Staff: end the count and publish."""
    view = staff(request)
    return answer(polls.row(await voting.close(view, request.path_params["id"]), view.now()))


async def decided(request: Request) -> Response:
    """Staff: what the city makes of the result."""
    view, decision = staff(request), await told(request, voting.Decision)
    return answer(polls.row(await voting.decide(view, request.path_params["id"], decision), view.now()))


async def ballots(request: Request) -> Response:
    """The ballots of a poll that was counted; `receipt` for one of them."""
    receipt = request.query_params.get("receipt", "")
    return answer(await voting.published(counter(request), request.path_params["id"], receipt))


async def file(request: Request) -> Response:
    """The ballots of a poll that was counted, as a `.pb` file."""
    language = city_of(request).config.languages[0]
    text = await voting.file(counter(request), request.path_params["id"], language)
    headers = {"Cache-Control": "no-store", "Content-Disposition": 'attachment; filename="ballots.pb"'}
    return Response(text, 200, headers, "text/plain; charset=utf-8")


ROUTES: list[tuple[str, str, Any]] = [
    ("GET", "/api/voice/polls", listing),
    ("POST", "/api/voice/polls", draft),
    ("POST", "/api/voice/polls/import", imported),
    ("GET", "/api/voice/polls/{id}", one),
    ("POST", "/api/voice/polls/{id}/opening", opened),
    ("POST", "/api/voice/polls/{id}/rights", roll),
    ("POST", "/api/voice/polls/{id}/ballots", cast),
    ("POST", "/api/voice/polls/{id}/closing", closed),
    ("POST", "/api/voice/polls/{id}/decision", decided),
    ("GET", "/api/voice/polls/{id}/ballots", ballots),
    ("GET", "/api/voice/polls/{id}/ballots.pb", file),
]

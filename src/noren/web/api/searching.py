"""Where police would ask for a person or a vehicle: what is answered, and how often somebody asked."""

from __future__ import annotations

from collections import Counter
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from noren.errors import TooMany
from noren.messages import say
from noren.trust import Asked
from noren.trust.search import LAW, ORDERED, REFUSED, SHOWN
from noren.web.api.answers import LARGEST_BODY, answer, caller, city_of

_LANGUAGES = ("en", "ja")


async def ask(request: Request) -> Response:
    """403 in plain words, and on record; by a law of the city and an order of its court 200, with nothing found."""
    view, city = caller(request), city_of(request)
    host = request.client.host if request.client else ""
    if view.principal.kind == "anonymous" and (late := request.app.state.rates.take(host, city.config.voice.hourly)):
        raise TooMany("More came from this address than one hour takes.", after_s=late, hint="Try again later.")
    done = await city.searches.ask(view.principal, view.purpose, await _asked(request))
    note = {lang: say(lang, "eyes.nothing") for lang in _LANGUAGES}
    return answer({"number": done.number, "found": list(done.found), "note": note})


async def _asked(request: Request) -> Asked:
    """What the body asks; one that cannot be read asks all the same."""
    raw = bytearray()
    async for part in request.stream():
        raw += part[: LARGEST_BODY - len(raw)]
    try:
        return msgspec.json.decode(raw, type=Asked)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return Asked()


async def listing(request: Request) -> Response:
    """The law on searching, and every request: how many were refused, how many a court ordered, how many came from each
    kind of organisation, the newest of each."""
    searches = city_of(request).searches
    lines = searches.lines()
    return answer(
        {
            "law": searches.law,
            "lawIsOurs": searches.is_ours,
            "refused": len(lines[REFUSED]),
            "ordered": len(lines[ORDERED]),
            "byKind": Counter(line.facts["organisationKind"] for kind in (ORDERED, REFUSED) for line in lines[kind]),
            "requests": [_shown(line) for kind in (ORDERED, REFUSED) for line in lines[kind][:SHOWN]],
            "laws": [_shown(line) for line in lines[LAW]],
            "note": {lang: say(lang, "eyes.search") for lang in _LANGUAGES},
        }
    )


def _shown(line: Any) -> dict[str, Any]:
    return {"number": line.num, **line.facts}


ROUTES: list[tuple[str, str, Any]] = [
    ("GET", "/api/search-requests", listing),
    ("POST", "/api/search-requests", ask),
]

"""The room Vision: the city's basic plan as a page."""

from __future__ import annotations

import asyncio
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from noren.civic.pulse.questions import asked
from noren.governance.pages import html
from noren.governance.plan import LANGUAGES, document, gather, spoken
from noren.web.api.answers import caller, city_of, kept

KEEP_S = 30.0


async def plan(request: Request) -> Response:
    """The plan as one web page, in `language` or the city's first one, as whoever asks may see it."""
    city, view = city_of(request), caller(request)
    own = next((each for each in city.config.languages if each in LANGUAGES), LANGUAGES[0])
    language = spoken(request.query_params.get("language", own))

    async def work() -> str:
        book = await gather(view, city.config.name, asked())
        return await asyncio.to_thread(lambda: html.page(document(book, language)))

    page = await kept(request, view, language).latest(work, KEEP_S)
    headers = {"Cache-Control": "no-store", "Content-Security-Policy": html.POLICY}
    return Response(page, 200, headers, "text/html")


ROUTES: list[tuple[str, str, Any]] = [("GET", "/api/vision/plan", plan)]

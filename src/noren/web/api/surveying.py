"""The room Voice: surveys, a few questions a visit, and what they found. `ROUTES` is the table."""

from __future__ import annotations

import secrets
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from noren.civic import surveys, waves
from noren.terms.records import Survey
from noren.web.api.answers import answer, caller, counter, told
from noren.web.api.discussing import browser, remembered
from noren.web.api.polling import Slips, slips
from noren.web.api.staff import staff


async def listing(request: Request) -> Response:
    """Surveys, those that are open first; `about` for those of a trial."""
    return answer({"surveys": await surveys.listing(caller(request), request.query_params.get("about", ""))})


async def draft(request: Request) -> Response:
    """Staff: a new survey."""
    view = staff(request)
    return answer(surveys.row(await surveys.create(view, await told(request, surveys.Draft)), view.now()), 201)


async def one(request: Request) -> Response:
    """One survey with what it found."""
    view, id = caller(request), request.path_params["id"]
    survey = await view.need(Survey, id)
    return answer(surveys.row(survey, view.now()) | {"results": await waves.results(view, id)})


async def questions(request: Request) -> Response:
    """What this browser is asked now."""
    view = counter(request)
    survey, secret = await view.need(Survey, request.path_params["id"]), browser(request) or secrets.token_urlsafe(32)
    found = await surveys.next_questions(view, survey, secret)
    return remembered(request, answer({"questions": found, "groups": surveys.groups(survey)}), secret)


async def answers(request: Request) -> Response:
    """Take one person's answers."""
    given, secret = await told(request, surveys.Answers), browser(request) or secrets.token_urlsafe(32)
    await surveys.answer(counter(request), request.path_params["id"], given, secret)
    return remembered(request, answer({"kept": len(given.answers)}, 201), secret)


async def invitations(request: Request) -> Response:
    """Staff: codes of invitations, as CSV, told this once."""
    view, asked = staff(request), await told(request, Slips)
    codes = await surveys.roll(view, request.path_params["id"], asked.count)
    headers = {"Cache-Control": "no-store", "Content-Disposition": 'attachment; filename="invitations.csv"'}
    return Response(slips(codes), 201, headers, "text/csv; charset=utf-8")


async def evaluated(request: Request) -> Response:
    """Staff: work out the waves that are over."""
    return answer({"waves": await waves.evaluate(staff(request), request.path_params["id"])})


ROUTES: list[tuple[str, str, Any]] = [
    ("GET", "/api/voice/surveys", listing),
    ("POST", "/api/voice/surveys", draft),
    ("GET", "/api/voice/surveys/{id}", one),
    ("GET", "/api/voice/surveys/{id}/questions", questions),
    ("POST", "/api/voice/surveys/{id}/answers", answers),
    ("POST", "/api/voice/surveys/{id}/invitations", invitations),
    ("POST", "/api/voice/surveys/{id}/results", evaluated),
]

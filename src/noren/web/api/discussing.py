"""The room Voice: proposals and what is said about them. `ROUTES` is the table."""

from __future__ import annotations

import secrets
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from noren.civic import discussion, moderating, proposals
from noren.web.api.answers import answer, caller, counter, kept, told
from noren.web.api.staff import staff

BROWSER, YEAR_S, FRESH_S = "noren_voice", 365 * 86400, 5.0


def browser(request: Request) -> str:
    """The random secret that this browser keeps, "" when it has none yet."""
    return request.cookies.get(BROWSER, "")[:64]


def remembered(request: Request, response: Response, secret: str) -> Response:
    """The response with the browser's secret in a cookie that no script and no other site reads."""
    secure = request.url.scheme == "https"
    response.set_cookie(
        BROWSER, secret, max_age=YEAR_S, httponly=True, samesite="strict", secure=secure, path="/api/voice"
    )
    return response


async def listing(request: Request) -> Response:
    """Proposals, newest first; `issue` narrows."""
    return answer({"proposals": await proposals.listing(caller(request), request.query_params.get("issue", ""))})


async def propose(request: Request) -> Response:
    """Take a proposal."""
    draft = await told(request, proposals.Draft)
    if draft.kind == "staff":
        staff(request)
    return answer(await proposals.submit(counter(request), draft), 201)


async def one(request: Request) -> Response:
    """One proposal with its amendments, issues and decisions."""
    return answer(await proposals.story(caller(request), request.path_params["id"]))


async def reply(request: Request) -> Response:
    """Staff: answer a proposal."""
    view, said = staff(request), await told(request, proposals.Answer)
    return answer(proposals.row(await proposals.answer(view, request.path_params["id"], said)))


async def discussed(request: Request) -> Response:
    """What is said about a proposal or an issue, the groups of opinion, and what this browser thought."""
    view, about, secret = counter(request), request.path_params["about"], browser(request)
    said = await discussion.comments(view, about)
    found = await kept(request, view, about).latest(lambda: discussion.weighed(view, about), FRESH_S)
    mine = await discussion.mine(view, about, discussion.pseudonym(secret, about)) if secret else {}
    return answer({"comments": said, "mine": mine} | found)


async def comment(request: Request) -> Response:
    """Say something to a proposal or an issue."""
    said = await told(request, discussion.Said)
    found, first = await discussion.add(counter(request), request.path_params["about"], said)
    return answer({"id": found.id, "isFirst": first, "moderation": found.moderation}, 201)


class Stand(msgspec.Struct):
    """Whether somebody agrees with a comment: 1, -1, or 0 to pass."""

    comment: str
    agreement: discussion.Agreement


async def stand(request: Request) -> Response:
    """Agree or disagree with a comment, or pass; the last one of a browser counts."""
    stand, about = await told(request, Stand), request.path_params["about"]
    secret = browser(request) or secrets.token_urlsafe(32)
    voter = discussion.pseudonym(secret, about)
    await discussion.agree(counter(request), about, stand.comment, stand.agreement, voter)
    return remembered(request, answer({"comment": stand.comment, "agreement": stand.agreement}), secret)


async def held(request: Request) -> Response:
    """Staff: proposals and comments that wait for a look."""
    return answer({"texts": await moderating.held(staff(request))})


class Looked(msgspec.Struct):
    """What staff decided about a proposal or comment."""

    publish: bool
    reason: dict[str, str] = {}


async def moderate(request: Request) -> Response:
    """Staff: publish a proposal or comment, or take it away with a reason that everybody can read."""
    view, looked = staff(request), await told(request, Looked)
    await moderating.moderate(view, request.path_params["id"], publish=looked.publish, reason=looked.reason)
    return Response(status_code=204)


ROUTES: list[tuple[str, str, Any]] = [
    ("GET", "/api/voice/proposals", listing),
    ("POST", "/api/voice/proposals", propose),
    ("GET", "/api/voice/proposals/{id}", one),
    ("POST", "/api/voice/proposals/{id}/answers", reply),
    ("GET", "/api/voice/discussions/{about}", discussed),
    ("POST", "/api/voice/discussions/{about}/comments", comment),
    ("POST", "/api/voice/discussions/{about}/stances", stand),
    ("GET", "/api/voice/texts", held),
    ("POST", "/api/voice/texts/{id}/moderation", moderate),
]

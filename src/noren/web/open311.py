"""Open311 GeoReport v2 under `/open311/v2`, JSON and XML, for the apps that residents have already.

No key is asked for: whoever may report on the page may report through an app. `ROUTES` is the table.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime, timedelta
from functools import wraps
from typing import Any
from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.responses import Response

from noren.civic import open311, reports
from noren.errors import BadInput, NorenError, NotFound
from noren.terms.record import stamp
from noren.terms.records import Issue, Report
from noren.web.api.answers import caller, city_of, counter, encoder, pause
from noren.web.api.voice import form, gallery, known

PREFIX = open311.PREFIX
FORMATS = ("json", "xml")
_OPEN = {"Cache-Control": "no-store", "Access-Control-Allow-Origin": "*"}
"""Apps in a browser may ask from any site: nothing here depends on who is signed in."""
LOOKED_THROUGH = 10_000
_EARLIEST = datetime(1, 6, 1, tzinfo=UTC)
Handler = Callable[[Request], Awaitable[Response]]
_LARGEST = 64 << 10


def _spoken(handler: Handler) -> Handler:
    """Errors as GeoReport's clients read them, in the format that they asked for."""

    @wraps(handler)
    async def guarded(request: Request) -> Response:
        try:
            if request.path_params.get("format", "json") not in FORMATS:
                raise NotFound("This format is not spoken here.", where="format", hint="End with .json or .xml.")
            return await handler(request)
        except NorenError as error:
            text = " ".join(filter(None, (error.where and f"{error.where}:", error.what, error.hint)))
            told = answer(request, "errors", "error", open311.errors(error.status, text), error.status)
            told.headers.update(pause(error))
            return told

    return guarded


def answer(request: Request, root: str, item: str, rows: list[dict[str, Any]], status: int = 200) -> Response:
    """Rows as JSON or XML, as the address ends."""
    if request.url.path.endswith(".xml"):
        return Response(open311.xml(root, item, rows), status, _OPEN, "text/xml; charset=utf-8")
    return Response(encoder.encode(rows), status, _OPEN, "application/json; charset=utf-8")


def whole(request: Request, root: str, row: dict[str, Any]) -> Response:
    """One object as JSON or XML, as the address ends."""
    if request.url.path.endswith(".xml"):
        return Response(open311.tree(root, row), 200, _OPEN, "text/xml; charset=utf-8")
    return Response(encoder.encode(row), 200, _OPEN, "application/json; charset=utf-8")


def language(request: Request) -> str:
    """The language that the client prefers among those of the city."""
    offered = city_of(request).config.languages
    for part in request.headers.get("accept-language", "").split(","):
        if (wanted := part.split(";")[0].strip()[:2].lower()) in offered:
            return wanted
    return offered[0] if offered else "en"


@_spoken
async def services(request: Request) -> Response:
    """What can be reported."""
    return answer(request, "services", "service", open311.services(known(request), language(request)))


@_spoken
async def definition(request: Request) -> Response:
    """The questions of one service; none has any beyond place and text."""
    code = request.path_params["code"]
    if code not in known(request):
        raise NotFound("There is no such service.", where="service_code")
    return whole(request, "service_definition", {"service_code": code, "attributes": []})


@_spoken
async def submit(request: Request) -> Response:
    """Take a service request; its number comes back at once."""
    view = counter(request)
    fields, media = await _posted(request)
    draft = open311.draft(fields, media, known(request))
    receipt = await reports.submit(view, draft, known(request))
    notice = None if receipt.moderation == "published" else "Somebody looks at it before it is published."
    row = {"service_request_id": receipt.reference, "service_notice": notice, "account_id": None}
    return answer(request, "service_requests", "request", [row], 201)


async def _posted(request: Request) -> tuple[Mapping[str, str], tuple[str, ...]]:
    kind = request.headers.get("content-type", "")
    if kind.startswith("multipart/form-data"):
        return await form(request, gallery(request))
    raw = bytearray()
    async for part in request.stream():
        raw += part
        if len(raw) > _LARGEST:
            raise BadInput("This is longer than 64 kB.", where="body")
    try:
        return dict(parse_qsl(raw.decode(), keep_blank_values=True, max_num_fields=200)), ()
    except ValueError:
        raise BadInput("The form cannot be read.", where="body", hint="Send it URL-encoded, in UTF-8.") from None


@_spoken
async def listing(request: Request) -> Response:
    """Service requests, newest first: by id, service, status and time (the last ninety days when none is given)."""
    asked, view = request.query_params, caller(request)
    wanted = set(filter(None, asked.get("status", "").split(",")))
    if wanted - {"open", "closed"}:
        raise BadInput("status is open or closed.", where="status")
    if ids := [each for each in asked.get("service_request_id", "").split(",") if each.strip()]:
        found = [await reports.find(view, each) for each in dict.fromkeys(ids[: open311.MOST])]
        return answer(request, "service_requests", "request", await _rows(request, found))
    rows: list[dict[str, Any]] = []
    page: list[Report] = []
    async for each in view.find(Report, q=_condition(request), order="-requestedAt", limit=LOOKED_THROUGH):
        page.append(each)
        if len(page) == open311.MOST:
            rows += _in(await _rows(request, page), wanted)
            page = []
        if len(rows) >= open311.MOST:
            break
    rows += _in(await _rows(request, page), wanted)
    return answer(request, "service_requests", "request", rows[: open311.MOST])


def _in(rows: list[dict[str, Any]], wanted: set[str]) -> list[dict[str, Any]]:
    """Those rows whose status is wanted; it is that of the issue, which no question to reports can ask for."""
    return [row for row in rows if not wanted or row["status"] in wanted]


def _condition(request: Request) -> str:
    asked, clock = request.query_params, city_of(request).clock
    end, start = (_time(request, name) for name in ("end_date", "start_date"))
    start = start or max(end or clock.now(), _EARLIEST) - timedelta(days=open311.SPAN_DAYS)
    if start > (end or clock.now()):
        raise BadInput("start_date comes after end_date.", where="start_date")
    codes = [code for code in asked.get("service_code", "").split(",") if code]
    if set(codes) - known(request).keys():
        raise BadInput("service_code is unknown.", where="service_code", hint="See services.json.")
    parts = [f"requestedAt>={stamp(start)}"]
    parts += [f"requestedAt<={stamp(end)}"] if end else []
    parts += ["category==" + ",".join(f'"{code}"' for code in codes)] if codes else []
    return ";".join(parts)


def _time(request: Request, name: str) -> datetime | None:
    """A time that was asked for; without an offset it is the city's. A "+" in an address arrives as a space."""
    text = request.query_params.get(name, "").strip()
    if not text:
        return None
    try:
        found = datetime.fromisoformat(text.replace(" ", "+") if "T" in text else text)
        return (found if found.tzinfo else found.replace(tzinfo=city_of(request).config.zone)).astimezone(UTC)
    except (ValueError, OverflowError):
        raise BadInput(f"“{text[:40]}” is no time.", where=name, hint="Write 2026-04-01T00:00:00Z.") from None


@_spoken
async def one(request: Request) -> Response:
    """One service request by its number."""
    found = await reports.find(caller(request), request.path_params["id"])
    return answer(request, "service_requests", "request", await _rows(request, [found]))


async def _rows(request: Request, found: list[Report]) -> list[dict[str, Any]]:
    ids = {each.in_issue for each in found if each.in_issue}
    view = caller(request)
    issues = {each.id: each async for each in view.find(Issue, ids=sorted(ids))} if ids else {}
    site = str(request.base_url).rstrip("/")
    words, all_known = language(request), known(request)
    return [open311.request(each, issues.get(each.in_issue or ""), all_known, words, site) for each in found]


@_spoken
async def token(request: Request) -> Response:
    """A token is the number itself: numbers are given out at once."""
    found = await reports.find(caller(request), request.path_params["id"])
    row = {"service_request_id": found.reference, "token": found.reference}
    return answer(request, "service_requests", "request", [row])


@_spoken
async def discovery(request: Request) -> Response:
    """Where the interface is and what it speaks."""
    city = city_of(request)
    site = str(request.base_url).rstrip("/")
    row = open311.discovery(site, city.config.called("en"), city.clock.now())
    return whole(request, "discovery", row)


@_spoken
async def nothing(request: Request) -> Response:
    """What the interface does not have."""
    raise NotFound("There is no such resource.", where=request.url.path, hint="See services.json and requests.json.")


async def allowed(request: Request) -> Response:
    """What a browser asks before an app of another site may ask (CORS preflight)."""
    may = {"Access-Control-Allow-Methods": "GET, HEAD, POST", "Access-Control-Allow-Headers": "Content-Type, Accept"}
    return Response(None, 204, _OPEN | may | {"Access-Control-Max-Age": "86400", "Allow": "GET, HEAD, POST, OPTIONS"})


ROUTES: list[tuple[str, str, Handler]] = [
    ("GET", "/open311/discovery.{format}", discovery),
    ("GET", f"{PREFIX}/discovery.{{format}}", discovery),
    ("GET", f"{PREFIX}/services.{{format}}", services),
    ("GET", f"{PREFIX}/services/{{code}}.{{format}}", definition),
    ("GET", f"{PREFIX}/requests.{{format}}", listing),
    ("POST", f"{PREFIX}/requests.{{format}}", submit),
    ("GET", f"{PREFIX}/requests/{{id}}.{{format}}", one),
    ("GET", f"{PREFIX}/tokens/{{id}}.{{format}}", token),
    ("GET", f"{PREFIX}/{{other}}", nothing),
    ("GET", f"{PREFIX}/{{other}}/{{one}}", nothing),
    ("OPTIONS", f"{PREFIX}/{{other}}", allowed),
    ("OPTIONS", f"{PREFIX}/{{other}}/{{one}}", allowed),
]

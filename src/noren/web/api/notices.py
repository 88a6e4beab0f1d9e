"""What is collected at a place: listed, behind a short address for a sign, and the sign to print."""

from __future__ import annotations

import io
from collections.abc import Iterable
from html import escape
from typing import Any

import msgspec
import segno
from starlette.requests import Request
from starlette.responses import Response

from noren.errors import NotAllowed
from noren.messages import catalogue, say
from noren.terms.records import PrivacyNotice
from noren.trust.purposes import PURPOSES, meaning
from noren.view.noticing import Wanted, behind, put_up
from noren.web.api.answers import answer, caller, city_of, is_staff, told

_XML = b'<?xml version="1.0" encoding="utf-8"?>\n'
POLICY = "default-src 'none'; style-src 'unsafe-inline'"
_STYLE = (
    "body{font:1.2rem/1.6 system-ui,sans-serif;max-width:34rem;margin:2rem auto;padding:0 1rem}dt{color:#555}"
    "dd{margin:0 0 .6rem}h1{font-size:1.5rem}svg{width:13rem;height:auto}section+section{border-top:1px solid}"
)


async def listing(request: Request) -> Response:
    """Every notice of a place, or those of the thing `of` that collects, and the words for purposes."""
    of = request.query_params.get("of")
    narrowed = {"q": f"noticeOf=={msgspec.json.encode(of).decode()}"} if of else {}
    found = [shown(each) async for each in caller(request).find(PrivacyNotice, order="id", **narrowed)]
    return answer({"notices": found, "purposes": {name: each.meaning for name, each in PURPOSES.items()}})


async def one(request: Request) -> Response:
    """The notice behind a code."""
    return answer(shown(await behind(caller(request), request.path_params["code"])))


async def create(request: Request) -> Response:
    """Staff: put up a notice; its code is in the answer."""
    view = caller(request)
    if not is_staff(view, city_of(request)):
        raise NotAllowed("The city's staff put up notices.", where="principal")
    made = await put_up(view, await told(request, Wanted), city_of(request).config.languages)
    return answer(shown(made), 201)


async def page(request: Request) -> Response:
    """What whoever scans the sign reads: one page without script, in the language of their browser."""
    found, city = await behind(caller(request), request.path_params["code"]), city_of(request)
    language = _preferred(request, _spoken(city.config.languages))
    return _page(found, (language,), _said(found, language, city.config.called(language)))


async def sign(request: Request) -> Response:
    """The sign to print: the same in every language of the city, with the QR code of its address."""
    found, city = await behind(caller(request), request.path_params["code"]), city_of(request)
    languages = _spoken(city.config.languages)
    words = "".join(
        f'<section lang="{each}">{_said(found, each, city.config.called(each))}</section>' for each in languages
    )
    address = f"{request.base_url}n/{found.short_code}"
    return _page(found, languages, f"{words}<p>{_code(address).decode()}<br>{escape(address)}</p>")


async def code(request: Request) -> Response:
    """The QR code of a notice's address as SVG, for a sign of one's own."""
    found = await behind(caller(request), request.path_params["code"])
    picture = _XML + _code(f"{request.base_url}n/{found.short_code}")
    return Response(picture, media_type="image/svg+xml", headers={"Content-Security-Policy": POLICY})


def shown(notice: PrivacyNotice) -> dict[str, Any]:
    """A notice as the portal shows it."""
    return {
        "id": notice.id,
        "code": notice.short_code,
        "address": f"/n/{notice.short_code}",
        "name": notice.name,
        "collects": notice.collects,
        "usedFor": notice.used_for,
        "purpose": meaning(notice.used_for or ""),
        "keptDays": notice.kept_days,
        "noticeOf": notice.notice_of or [],
        "location": notice.location,
    }


def _said(notice: PrivacyNotice, language: str, city: str) -> str:
    collects = notice.collects or {}
    days = int(notice.kept_days or 0)
    rows = [
        (say(language, "place.collects"), collects.get(language) or next(iter(collects.values()), "")),
        (say(language, "place.why"), meaning(notice.used_for or "").get(language, "")),
        (say(language, "place.long"), say(language, "notice.days", days=days) if days else say(language, "place.not")),
        (say(language, "place.who"), city),
    ]
    body = "".join(f"<dt>{escape(label)}</dt><dd>{escape(text)}</dd>" for label, text in rows)
    return f"<h1>{escape(_title(notice, language))}</h1><dl>{body}</dl>"


def _title(notice: PrivacyNotice, language: str) -> str:
    return say(language, "place.title", place=notice.name or notice.short_code)


def _page(notice: PrivacyNotice, languages: Iterable[str], body: str) -> Response:
    first = next(iter(languages))
    text = (
        f'<!doctype html><html lang="{first}"><head><meta charset="utf-8">'
        f'<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(_title(notice, first))}</title><style>{_STYLE}</style></head>"
        f"<body><main>{body}</main></body></html>"
    )
    headers = {"Cache-Control": "no-store", "Content-Security-Policy": POLICY, "X-Content-Type-Options": "nosniff"}
    return Response(text, 200, headers, "text/html; charset=utf-8")


def _code(address: str) -> bytes:
    picture = io.BytesIO()
    segno.make(address, error="m").save(picture, kind="svg", scale=8, border=4, xmldecl=False, title=address)
    return picture.getvalue()


def _spoken(languages: Iterable[str]) -> tuple[str, ...]:
    """The city's languages that there are words for; English where there are for none."""
    return tuple(each for each in languages if catalogue(each).get("place.title")) or ("en",)


def _preferred(request: Request, spoken: tuple[str, ...]) -> str:
    wanted = request.headers.get("accept-language", "").lower().replace(" ", "").split(",")
    known = [tag.partition(";")[0].partition("-")[0] for tag in wanted]
    return next((each for each in known if each in spoken), spoken[0])


ROUTES: list[tuple[str, str, Any]] = [
    ("GET", "/api/notices", listing),
    ("POST", "/api/notices", create),
    ("GET", "/api/notices/{code}", one),
    ("GET", "/n/{code}", page),
    ("GET", "/n/{code}/sign", sign),
    ("GET", "/n/{code}/sign.svg", code),
]

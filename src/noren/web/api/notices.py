"""What is collected at a place: listed, behind a short address for a sign, and the sign's picture to print."""

from __future__ import annotations

import io
from html import escape
from typing import Any

import segno
from starlette.requests import Request
from starlette.responses import Response

from noren.errors import NotAllowed
from noren.messages import catalogue, say
from noren.terms.records import PrivacyNotice
from noren.trust.purposes import meaning
from noren.view.noticing import Wanted, behind, put_up
from noren.web.api.answers import answer, caller, city_of, is_staff, told

POLICY = "default-src 'none'; style-src 'unsafe-inline'"
_STYLE = "body{font:1.2rem/1.6 system-ui,sans-serif;max-width:34rem;margin:2rem auto;padding:0 1rem}dt{color:#555}"


async def listing(request: Request) -> Response:
    """Every notice of a place."""
    return answer({"notices": [shown(each) async for each in caller(request).find(PrivacyNotice)]})


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
    found = await behind(caller(request), request.path_params["code"])
    language = _language(request, city_of(request).config.languages)
    headers = {"Cache-Control": "no-store", "Content-Security-Policy": POLICY, "X-Content-Type-Options": "nosniff"}
    return Response(_page(found, language, city_of(request).organisation), 200, headers, "text/html; charset=utf-8")


async def sign(request: Request) -> Response:
    """The QR code of a notice's address as SVG, to print on a sign."""
    found = await behind(caller(request), request.path_params["code"])
    picture = io.BytesIO()
    segno.make(f"{request.base_url}n/{found.short_code}", error="m").save(picture, kind="svg", scale=8, border=4)
    return Response(picture.getvalue(), media_type="image/svg+xml", headers={"Content-Security-Policy": POLICY})


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


def _page(notice: PrivacyNotice, language: str, organisation: str) -> str:
    collects = notice.collects or {}
    days = int(notice.kept_days or 0)
    rows = [
        (say(language, "place.collects"), collects.get(language) or next(iter(collects.values()), "")),
        (say(language, "place.why"), meaning(notice.used_for or "").get(language, "")),
        (say(language, "place.long"), say(language, "notice.days", days=days) if days else say(language, "place.not")),
        (say(language, "place.who"), organisation),
    ]
    body = "".join(f"<dt>{escape(label)}</dt><dd>{escape(text)}</dd>" for label, text in rows)
    title = escape(say(language, "place.title", place=notice.name or notice.short_code))
    return (
        f'<!doctype html><html lang="{language}"><head><meta charset="utf-8">'
        f'<meta name="viewport" content="width=device-width, initial-scale=1"><title>{title}</title>'
        f"<style>{_STYLE}</style></head><body><h1>{title}</h1><dl>{body}</dl></body></html>"
    )


def _language(request: Request, languages: tuple[str, ...]) -> str:
    wanted = request.headers.get("accept-language", "").lower().replace(" ", "").split(",")
    known = [tag.partition(";")[0].partition("-")[0] for tag in wanted]
    spoken = [each for each in languages if catalogue(each).get("place.title")]
    return next((each for each in known if each in spoken), spoken[0] if spoken else "en")


ROUTES: list[tuple[str, str, Any]] = [
    ("GET", "/api/notices", listing),
    ("POST", "/api/notices", create),
    ("GET", "/api/notices/{code}", one),
    ("GET", "/n/{code}", page),
    ("GET", "/n/{code}/sign.svg", sign),
]

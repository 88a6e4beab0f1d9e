"""What the city does with data: for residents, for programs, and for whoever judges the city by the Japanese model."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from noren.errors import NotFound
from noren.governance.pages import html
from noren.governance.plan import LANGUAGES, spoken
from noren.governance.privacy import REPORTS, Inventory, declarations, gather, linked
from noren.governance.privacy.access import AUDIENCES, LEVELS
from noren.governance.privacy.phrases import spoken_rule
from noren.trust import PUBLIC
from noren.web.api.answers import Handler, answer, caller, city_of, encoder, kept
from noren.web.api.mine import mine, withdraw

KEEP_S = 30.0
VERSION = "1"
PERSONAL = {"type": "Person", "subject": "dataSubject"}
"""With which type and relationship test data about a person can be made."""
PLACES = {
    "ngsi-ld": "/ngsi-ld/v1",
    "ledger": "/ledger",
    "declarations": "/api/privacy/declarations",
    "record": "/api/privacy/record.jsonld",
    "uses": "/api/curtain/{type}",
    "openid": "/oidc/.well-known/openid-configuration",
    "whoami": "/api/identity/me",
    "recipients": "/api/recipients",
    "consents": "/api/privacy/consents",
    "commands": "/api/commands",
    "search": "/api/search-requests",
}
"""Where interfaces of the capability document lie; those that the route table does not have are left out."""


async def overview(request: Request) -> Response:
    """Who may see what, and what is done: for the portal."""
    found = await _latest(request)
    return answer(
        {
            "levels": LEVELS,
            "audiences": [
                {"name": each.name, "sees": [level for level in LEVELS if found.access.may(each.name, level)]}
                for each in AUDIENCES
            ],
            "activities": found.activities,
            "rules": [
                {"name": each.name, "origin": each.origin, "says": [spoken_rule(words) for words in each.says]}
                for each in found.declared.rules
            ],
            "witnesses": found.ledger.witnesses,
        }
    )


async def page(request: Request) -> Response:
    """The page for residents, in `language` or the city's first one."""
    city = city_of(request)
    own = next((each for each in city.config.languages if each in LANGUAGES), LANGUAGES[0])
    language = spoken(request.query_params.get("language", own))
    found = await _latest(request)
    text = await asyncio.to_thread(lambda: html.page(REPORTS["public"](found, language)))
    headers = {"Cache-Control": "no-store", "Content-Security-Policy": html.POLICY}
    return Response(text, 200, headers, "text/html")


async def record(request: Request) -> Response:
    """The record of processing as JSON-LD."""
    found = await _latest(request)
    headers = {"Cache-Control": "no-store", "Access-Control-Allow-Origin": "*"}
    return Response(encoder.encode(linked(found)), 200, headers, "application/ld+json")


async def declared(request: Request) -> Response:
    """Purposes, definitions with their classes, and the rules in force."""
    caller(request)
    _not_bare(request)
    return answer(msgspec.to_builtins(declarations(city_of(request))))


async def consents(request: Request) -> Response:
    """What the resident who asks has allowed, also what is over, as docs/model/interfaces.md has it."""
    found = [
        {
            "id": each.id,
            "recipient": each.offer.recipient,
            "purpose": each.offer.purpose,
            "attributes": each.offer.attributes,
            "until": datetime.fromtimestamp(each.until, UTC),
            "holds": each.state in ("given", "renewed"),
        }
        for each in mine(request).grants()
    ]
    return answer({"consents": found})


async def capabilities(request: Request) -> Response:
    """Which interfaces there are, as docs/model/interfaces.md has it."""
    _not_bare(request)
    there = {getattr(route, "path", "") for route in request.app.routes}
    found = {name: path for name, path in PLACES.items() if name == "ngsi-ld" or _is_there(path, there)}
    return answer(
        {
            "version": VERSION,
            "city": city_of(request).config.name,
            "purposeHeader": "Noren-Purpose",
            "publicPurpose": PUBLIC,
            "personal": PERSONAL,
            "interfaces": found,
        }
    )


def _is_there(path: str, there: set[str]) -> bool:
    return any(route == path.replace("{type}", "{of}") or route.startswith(path + "/") for route in there)


def _not_bare(request: Request) -> None:
    if city_of(request).is_bare:
        raise NotFound("An empty city declares nothing.")


async def _latest(request: Request) -> Inventory:
    """The inventory, gathered anew when the last one is older than half a minute."""
    view, city = caller(request), city_of(request)
    _not_bare(request)
    found: Inventory = await kept(request, view, "privacy").latest(lambda: gather(city), KEEP_S)
    return found


ROUTES: list[tuple[str, str, Handler]] = [
    ("GET", "/.well-known/japanese-model.json", capabilities),
    ("GET", "/api/privacy", overview),
    ("GET", "/api/privacy/page", page),
    ("GET", "/api/privacy/record.jsonld", record),
    ("GET", "/api/privacy/declarations", declared),
    ("GET", "/api/privacy/consents", consents),
    ("DELETE", "/api/privacy/consents/{id}", withdraw),
]

"""What every answer tells a browser, and what another site's page cannot do with somebody's session."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from noren.city import City, create
from noren.web import app
from noren.web.headers import LARGEST_BODY
from noren.web.session import COOKIE
from tests.web.ngsi_ld.conftest import Client

EVERYWHERE = [
    "/",
    "/health",
    "/context.jsonld",
    "/ngsi-ld/v1/types",
    "/ngsi-ld/v1/nothing",
    "/api/city",
    "/api/nothing",
]
EVERYWHERE += ["/tiles/layers.json", "/open311/discovery.json", "/ledger/checkpoint", "/no/such/place", "/media/x.jpg"]


@pytest.fixture
async def city(tmp_path: Path) -> AsyncIterator[City]:
    create(tmp_path / "town", "Town")
    async with City.open(tmp_path / "town") as opened:
        yield opened


class Site(Client):
    """The whole application, also over https."""

    scheme = "http"

    def __init__(self, city: City) -> None:
        served = app.create(city)

        async def over(scope: dict[str, Any], receive: Any, send: Any) -> None:
            messages = [await receive()]

            async def once() -> Any:
                return messages.pop() if messages else await asyncio.Event().wait()

            await served({**scope, "scheme": self.scheme, "client": ("127.0.0.1", 1), "root_path": ""}, once, send)

        super().__init__(over)


@pytest.fixture
def site(city: City) -> Site:
    return Site(city)


@pytest.mark.parametrize("path", EVERYWHERE)
async def test_every_answer_protects_who_asks(site: Site, path: str) -> None:
    said = (await site.get(path)).headers
    assert said["x-content-type-options"] == "nosniff" and said["referrer-policy"] == "no-referrer"
    policy = said["content-security-policy"]
    assert "frame-ancestors 'none'" in policy and "base-uri 'none'" in policy and "object-src 'none'" in policy
    assert "strict-transport-security" not in said
    site.scheme = "https"
    secure = (await site.get(path)).headers["strict-transport-security"]
    assert "includeSubDomains" in secure and int(secure.partition("max-age=")[2].partition(";")[0]) >= 31_536_000


@pytest.mark.parametrize("path", ["/ngsi-ld/v1/types", "/api/city", "/ngsi-ld/v1/nothing", "/context.jsonld"])
async def test_what_somebody_signed_in_is_told_is_kept_by_nobody_unless_it_is_public(
    site: Site, city: City, path: str
) -> None:
    token = city.tokens.issue(city.staff, seconds=60)
    for headers in ({"authorization": f"Bearer {token}"}, {"cookie": f"{COOKIE}={token}"}):
        kept = (await site.get(path, **headers)).headers["cache-control"]
        assert kept == "no-store" or (path == "/context.jsonld" and "public" in kept)


@pytest.mark.parametrize(
    ("headers", "let_in"),
    [
        ({}, False),
        ({"sec_fetch_site": "same-origin"}, True),
        ({"sec_fetch_site": "same-origin", "origin": "https://elsewhere.example"}, False),
        ({"sec_fetch_site": "none"}, True),
        ({"sec_fetch_site": "cross-site"}, False),
        ({"sec_fetch_site": "same-site"}, False),
        ({"origin": "http://city.example"}, True),
        ({"origin": "http://city.example.evil.example"}, False),
        ({"origin": "null"}, False),
        ({"origin": "http://city.example:8080"}, False),
    ],
)
async def test_another_site_changes_nothing_with_a_session(
    site: Site, city: City, headers: dict[str, str], let_in: bool
) -> None:
    token = city.tokens.issue(city.staff, seconds=60)
    entity = {"id": "urn:ngsi-ld:Building:town:1", "type": "Building", "name": "x"}
    reply = await site.post("/ngsi-ld/v1/entities", entity, cookie=f"{COOKIE}={token}", **headers)
    assert (reply.status == 201) is let_in, reply
    found = await city.view(city.staff).get("Building", entity["id"])
    assert (found is not None) is let_in
    entered = await site.post("/api/session", {"token": token}, **headers)
    signed_in = let_in or not headers  # without a session to lose, a program that says nothing may come in
    assert (entered.status == 200) is signed_in and ("set-cookie" in entered.headers) is signed_in


async def test_programs_and_open_interfaces_are_asked_from_anywhere(site: Site, city: City) -> None:
    token = city.tokens.issue(city.staff, seconds=60)
    entity = {"id": "urn:ngsi-ld:Building:town:1", "type": "Building", "name": "x"}
    elsewhere = {"origin": "https://elsewhere.example", "sec_fetch_site": "cross-site"}
    reply = await site.post("/ngsi-ld/v1/entities", entity, authorization=f"Bearer {token}", **elsewhere)
    assert reply.status == 201, "with a token that no browser adds by itself"
    assert (await site.get("/ngsi-ld/v1/types", **elsewhere)).status == 200
    assert (await site.post("/open311/v2/requests.json", {}, **elsewhere)).status != 403


async def test_a_body_that_is_too_large_is_refused_unread(site: Site) -> None:
    for path in ("/api/session", "/open311/v2/requests.json", "/ngsi-ld/v1/entities"):
        reply = await site.post(path, {}, content_length=str(LARGEST_BODY + 1))
        assert reply.status == 413, (path, reply)

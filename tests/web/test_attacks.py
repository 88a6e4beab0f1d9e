"""Ways round the curtain that somebody might try over HTTP, besides those that the matrix goes through."""

from __future__ import annotations

import base64
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from noren.city import City
from noren.terms import DataClass, iri
from noren.trust import Tokens
from noren.web.session import COOKIE
from tests.web import test_matrix as matrix
from tests.web.site import Site

city = matrix.city
PEOPLE = "/ngsi-ld/v1/entities?type=Person"


def coded(value: Any) -> str:
    raw = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


@pytest.fixture
async def site(city: City) -> AsyncIterator[Site]:
    opened = Site(city)
    yield opened
    await opened.close()


def forged(token: str) -> list[str]:
    """Tokens that must not hold, made from one that does."""
    head, body, signature = token.split(".")
    claims = json.loads(base64.urlsafe_b64decode(body + "=="))
    richer = coded(claims | {"roles": ["administrator"], "purposes": ["city-operation"]})
    none = coded({"alg": "none", "typ": "JWT"})
    confused = coded({"alg": "HS256", "typ": "JWT"})
    own_key = {"kty": "OKP", "crv": "Ed25519", "x": coded(bytes(32))}
    return [
        f"{head}.{richer}.{signature}",
        f"{none}.{body}.",
        f"{none}.{richer}.{signature}",
        f"{confused}.{body}.{signature}",
        f"{coded({'alg': 'Ed25519', 'jwk': own_key})}.{body}.{signature}",
        f"{coded({'alg': 'Ed25519', 'crit': ['x'], 'x': 1})}.{body}.{signature}",
        f"{head}.{body}.{coded(bytes(64))}",
        f"{head}.{body}",
        f"{head}.{body}.{signature}.x",
        "." * 2,
        "x" * 5000,
    ]


async def test_a_forged_or_confused_token_lets_nobody_in(city: City, site: Site) -> None:
    token = city.identity.issue(city.staff, seconds=60)
    for bad in forged(token):
        for headers in ({"authorization": f"Bearer {bad}"}, {"cookie": f"{COOKIE}={bad}"}):
            for path in ("/ngsi-ld/v1/entities?type=Device", "/api/today", "/api/entities/" + matrix.DEVICE):
                reply = await site.ask("GET", path, headers=headers)
                assert reply.status in (401, 403) or "canary-device" not in reply.text, (bad, path, reply)
                assert "canary" not in reply.text
        assert (await site.ask("POST", "/api/session", {"token": bad})).status == 401


async def test_a_token_of_another_city_does_not_hold(city: City, site: Site, tmp_path: Path) -> None:
    """Neither one that another key signed for an open session, nor one of this key for another city."""
    session = city.identity.session(city.identity.issue(city.staff, seconds=60))
    life = {"now": session.opened, "until": session.until}
    keys = city.folder / "data" / "tokens.key"
    assert keys.is_file()
    whole = Tokens(keys, city.config.slug).sign(session.id, session.holder, **life)
    assert (await site.ask("GET", "/api/today", headers={"authorization": f"Bearer {whole}"})).status == 200
    for signing in (Tokens(tmp_path / "other.key", city.config.slug), Tokens(keys, "elsewhere")):
        token = signing.sign(session.id, session.holder, **life)
        reply = await site.ask("GET", "/api/today", headers={"authorization": f"Bearer {token}"})
        assert reply.status == 401


async def test_another_name_for_an_attribute_is_the_attribute(city: City, site: Site) -> None:
    """A context of one's own calls a birth date a name and a person a building: what is meant is decided on."""
    said = matrix.headers(city, matrix.CALLERS["recipient"])
    own = {"givenName": iri("birthDate"), "name": iri("birthDate"), "Building": iri("Person"), "x": iri("familyName")}
    for type, asked in (("Building", "name"), ("Building", "givenName"), ("Building", "x")):
        body = {"type": "Query", "entities": [{"type": type}], "attrs": [asked], "@context": own}
        headers = said | {"content-type": "application/ld+json"}
        reply = await site.ask("POST", "/ngsi-ld/v1/entityOperations/query", body, headers)
        assert "canary" not in reply.text, reply
        looking = {k: v for k, v in body.items() if k != "attrs"} | {"q": f'{asked}~="canary"'}
        assert (await site.ask("POST", "/ngsi-ld/v1/entityOperations/query", looking, headers)).status == 403
    plain = await site.ask("GET", PEOPLE, headers=said)
    assert "canary-child-given" in plain.text and "canary-child-birth" not in plain.text


@pytest.mark.parametrize("purpose", ["education", "health-care", "own-data", "emergency-care", "research", "none"])
async def test_a_purpose_that_was_not_given_opens_nothing(city: City, site: Site, purpose: str) -> None:
    for name in ("anonymous", "device", "company", "operator"):
        said = matrix.headers(city, matrix.CALLERS[name]) | {"noren-purpose": purpose}
        reply = await site.ask("GET", PEOPLE, headers=said)
        assert reply.status == 403 and "canary" not in reply.text


async def test_tenants_are_not_guessed(city: City, site: Site) -> None:
    for name in ("staff", "resident", "recipient"):
        said = matrix.headers(city, matrix.CALLERS[name])
        replies = [
            await site.ask("GET", "/ngsi-ld/v1/types", headers=said | {"ngsild-tenant": to})
            for to in ("port", "nowhere")
        ]
        assert [reply.status for reply in replies] == [404, 404]
        assert replies[0].body == replies[1].body, "one that is there and one that is not"


async def test_what_was_open_is_hidden_everywhere_once_its_class_is_raised(city: City, site: Site) -> None:
    places = ["/tiles/0/0/0.mvt", "/api/now", "/api/search?q=canary", f"/api/entities/{matrix.GAUGE}"]
    places += ["/ngsi-ld/v1/entities?type=WaterObserved", "/api/events", "/tiles/layers.json"]
    before = [await site.ask("GET", path, headers={"last-event-id": "0"}) for path in places]
    assert "canary-gauge" in before[0].text and sum("canary-gauge" in reply.text for reply in before) >= 5
    city.classes.raised = {"WaterObserved": DataClass.OPERATIONAL}
    city.policy.forget()
    for path in places:
        reply = await site.ask("GET", path, headers={"last-event-id": "0"})
        assert "canary-gauge" not in reply.text and "WaterObserved" not in reply.text.partition("/layers")[2], path


async def test_a_subscription_cannot_reach_inside(city: City, site: Site) -> None:
    said = matrix.headers(city, matrix.CALLERS["staff"])
    inside = (
        "http://127.0.0.1:22/",
        "http://169.254.169.254/latest",
        "http://[::1]/",
        "file:///etc/passwd",
        "http://0/",
    )
    for uri in inside:
        body = {"type": "Subscription", "entities": [{"type": "Device"}], "notification": {"endpoint": {"uri": uri}}}
        reply = await site.ask("POST", "/ngsi-ld/v1/subscriptions", body, said)
        assert reply.status == 400, (uri, reply)

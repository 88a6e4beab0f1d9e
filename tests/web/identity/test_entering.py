"""Signing in and out over HTTP: cookies, other sites' pages, guesses, and what ends while it is used."""

from __future__ import annotations

import asyncio
import base64
import time
from pathlib import Path

import aiohttp
import pytest
from joserfc import jwt
from joserfc.jwk import OKPKey

from noren.city import City
from noren.errors import BadInput, NotAllowed, NotSignedIn
from noren.trust.identity import Identity, Place
from noren.web.identity.entering import ASSERTION, later
from tests.web.identity.conftest import Begin, Town


async def shown(town: Town, cookie: str) -> int:
    """What another browser is answered that has this cookie."""
    address = town.address + "/api/identity/me"
    async with aiohttp.ClientSession() as http, http.get(address, headers={"Cookie": cookie}) as reply:
        return reply.status


async def test_the_cookie_is_for_this_site_alone_and_says_nothing(town: Town) -> None:
    body = {"name": "Hana"}
    async with town.http.post("/api/identity/demo", json=body, headers={"Origin": town.address}) as reply:
        told = reply.headers["Set-Cookie"]
    assert "HttpOnly" in told and "SameSite=strict" in told and "Path=/" in told and "Hana" not in told
    assert (await town.ask("GET", "/api/identity/me"))["kind"] == "resident"


async def test_with_an_https_address_the_cookie_is_bound_to_host_and_https(begin: Begin) -> None:
    town = await begin("safe", '\n[identity]\naddress = "https://town.example"\ndemo = "everyone"\n')
    async with town.http.post("/api/identity/demo", json={"name": "Hana"}) as reply:
        told = reply.headers["Set-Cookie"]
    assert told.startswith("__Host-noren_session=") and "Secure" in told and "Domain" not in told
    secret = told.partition("=")[2].partition(";")[0]
    for name, status in (("__Host-noren_session", 200), ("noren_session", 401)):
        assert await shown(town, f"{name}={secret}") == status


async def test_signing_out_ends_the_session_wherever_its_secret_went(town: Town) -> None:
    await town.demo()
    (cookie,) = list(town.http.cookie_jar)
    await town.ask("DELETE", "/api/session", status=204)
    assert await shown(town, f"noren_session={cookie.value}") == 401
    assert (await town.ask("GET", "/api/city"))["signedIn"] is None


async def test_signing_in_anew_ends_the_session_before(town: Town) -> None:
    await town.demo("Hana")
    await town.demo("Ren")
    assert [each.holder for each in town.city.identity.sessions.all()] == [
        (await town.ask("GET", "/api/identity/me"))["id"]
    ]


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Origin": "https://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Origin": "http://localhost"}, 403),
        ({"Origin": ""}, 403),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-site"}, 403),
        ({}, 403),
        ({"Authorization": "Basic eDp5"}, 403),
        ({"Sec-Fetch-Site": "same-origin"}, 204),
    ],
)
async def test_another_site_s_page_changes_nothing(town: Town, headers: dict[str, str], status: int) -> None:
    await town.demo()
    async with town.http.delete("/api/identity/sessions", headers=headers) as reply:
        assert reply.status == status
    entity = {"id": "urn:ngsi-ld:Shelter:t:1", "type": "Shelter"}
    async with town.http.post("/ngsi-ld/v1/entities", json=entity, headers=headers) as reply:
        assert (reply.status == 403) == (status == 403) or "AccessDenied" in await reply.text()


async def test_another_site_signs_nobody_in(town: Town) -> None:
    await town.ask("POST", "/api/identity/demo", {"name": "Hana"}, 403, Origin="https://evil.example")
    token = town.city.tokens.issue(town.city.staff, seconds=60)
    await town.ask("POST", "/api/session", {"token": token}, 403, Origin="https://evil.example")
    assert town.city.identity.accounts.all() == []


async def test_a_program_s_token_needs_no_page(town: Town) -> None:
    token = town.city.tokens.issue(town.city.staff, seconds=60)
    headers = {"Authorization": f"Bearer {token}", "Origin": "https://anything.example"}
    async with town.http.delete("/api/identity/sessions", headers=headers) as reply:
        assert reply.status == 204


async def test_guesses_come_to_an_end_and_right_answers_are_not_counted(begin: Begin) -> None:
    town = await begin("few", "\n[identity]\ntries = 3\n")
    token = town.city.tokens.issue(town.city.staff, seconds=60)
    for _ in range(5):
        await town.ask("POST", "/api/session", {"token": token})
    for _ in range(3):
        await town.ask("POST", "/api/session", {"token": "noren-invitation.guess"}, 401)
    await town.ask("POST", "/api/session", {"token": "noren-invitation.guess"}, 429)
    await town.ask("POST", "/api/session", {"token": token}, 429)


async def test_a_token_that_ends_takes_the_browser_along(town: Town) -> None:
    token = town.city.tokens.issue(town.city.staff, seconds=600)
    await town.ask("POST", "/api/session", {"token": token})
    assert (await town.ask("GET", "/api/today"))["items"] == []
    town.city.identity.sessions.end(town.city.identity.session(token).id)
    await town.ask("GET", "/api/today", status=401)


async def test_ngsi_ld_notices_at_once_what_another_process_ended(town: Town) -> None:
    """The view is remembered for a second; the end of a session is not waited for."""
    token = town.city.tokens.issue(town.city.staff, seconds=600)
    headers = {"Authorization": f"Bearer {token}"}
    async with town.http.get("/ngsi-ld/v1/types", headers=headers) as reply:
        assert reply.status == 200
    beside = City.open(town.city.folder)
    beside.identity.sessions.end_all(town.city.staff.id)
    beside.identity.close()
    async with town.http.get("/ngsi-ld/v1/types", headers=headers) as reply:
        assert reply.status == 401


async def test_a_stream_of_events_ends_with_its_session(town: Town) -> None:
    await town.demo("Desk", "staff")
    async with town.http.get("/api/events") as stream:
        await stream.content.readuntil(b"\n\n")
        town.city.identity.sessions.end_all((await town.ask("GET", "/api/identity/me"))["id"])
        rest = await asyncio.wait_for(stream.content.read(), 60)
    assert b"event: change" not in rest


async def test_a_stream_of_events_ends_with_the_role_by_which_it_was_opened(town: Town) -> None:
    """Staff who lose one of two roles stay signed in; what the lost one showed is told no more."""
    accounts = town.city.identity.accounts
    clerk = accounts.open("staff", "A clerk")
    for role in ("administrator", "operator"):
        accounts.entrust(clerk.id, "role", role)
    await town.ask("POST", "/api/session", {"token": town.city.identity.invite(clerk)})
    async with town.http.get("/api/events?types=Device") as stream:
        await stream.content.readuntil(b"\n\n")
        accounts.withdraw(clerk.id, "role", "administrator")
        device = {"id": "urn:ngsi-ld:Device:t:1", "type": "Device", "name": "A pump"}
        await town.city.view(town.city.staff).upsert([device])
        rest = await asyncio.wait_for(stream.content.read(), 60)
    assert b"event: change" not in rest
    assert (await town.ask("GET", "/api/identity/me"))["roles"] == ["operator"]


async def test_sessions_are_seen_and_ended_by_their_owner(town: Town) -> None:
    me = await town.demo()
    account = town.city.identity.accounts.need(me)
    elsewhere = town.city.identity.enter(account, how="passkey", label="Phone")
    stranger = town.city.identity.enter(town.city.identity.accounts.open("resident"), how="demo")
    told = (await town.ask("GET", "/api/identity/me"))["sessions"]
    assert sorted((each["label"], each["isThis"]) for each in told)[0] == ("Phone", False)
    await town.ask("DELETE", f"/api/identity/sessions/{town.city.identity.session(stranger).id}", status=404)
    await town.ask("DELETE", "/api/identity/sessions", status=204)
    assert not town.city.identity.holds(elsewhere) and town.city.identity.holds(stranger)
    assert len((await town.ask("GET", "/api/identity/me"))["sessions"]) == 1


async def test_a_device_comes_in_by_its_key(town: Town) -> None:
    key = OKPKey.generate_key("Ed25519")
    raw = key.public_key.public_bytes_raw()  # type: ignore[union-attr]
    device = town.city.identity.devices.add("gauge", raw, writes=["WaterObserved"])
    now = int(time.time())
    claims = {"iss": device.id, "sub": device.id, "aud": town.address, "iat": now, "exp": now + 60, "jti": "one-time"}
    form = {
        "grant_type": "client_credentials",
        "client_assertion_type": ASSERTION,
        "client_assertion": jwt.encode({"alg": "Ed25519"}, claims, key, algorithms=["Ed25519"]),
    }
    async with town.http.post("/api/identity/token", data=form) as reply:
        told = await reply.json()
    assert (told["token_type"], told["expires_in"]) == ("Bearer", 600)
    headers = {"Authorization": f"Bearer {told['access_token']}"}
    entity = {"id": "urn:ngsi-ld:WaterObserved:t:1", "type": "WaterObserved"}
    async with town.http.post("/ngsi-ld/v1/entities", json=entity, headers=headers) as reply:
        assert reply.status == 201, await reply.text()
    async with town.http.post("/api/identity/token", data=form) as reply:
        assert reply.status == 401
    async with town.http.post("/api/identity/token", data=form | {"grant_type": "password"}) as reply:
        assert reply.status == 400


@pytest.mark.parametrize(
    "sent", [{"X-Forwarded-For": "127.0.0.1"}, {"X-Real-IP": "203.0.113.7"}, {"Forwarded": "for=_x"}, {"Via": "1.1 a"}]
)
async def test_whoever_comes_by_a_proxy_on_this_machine_is_not_on_it(town: Town, sent: dict[str, str]) -> None:
    async with town.http.post("/api/identity/demo", json={"name": "Hana"}, headers=sent) as reply:
        assert reply.status == 404


async def test_an_assertion_that_is_nested_deep_is_none(town: Town) -> None:
    deep = base64.urlsafe_b64encode(b'{"iss":' * 5000).rstrip(b"=").decode()
    form = {
        "grant_type": "client_credentials",
        "client_assertion_type": ASSERTION,
        "client_assertion": f"e30.{deep}.AA",
    }
    async with town.http.post("/api/identity/token", data=form) as reply:
        assert reply.status == 400


async def test_in_production_nothing_of_the_demo_is_there(begin: Begin) -> None:
    town = await begin("prod", '\n[identity]\naddress = "https://prod.example"\n')
    toml = town.city.folder / "noren.toml"
    toml.write_text("production = true\n" + toml.read_text("utf-8"), "utf-8")
    async with City.open(town.city.folder) as city:
        town.city.config = city.config
    assert (await town.ask("GET", "/api/identity"))["demo"] is None
    await town.ask("POST", "/api/identity/demo", {"name": "Hana"}, 404)
    for path in (".well-known/openid-configuration", "jwks", "authorize", "userinfo"):
        await town.ask("GET", f"/oidc/{path}", status=404)
    await town.ask("POST", "/oidc/token", {}, 404)


async def test_an_account_of_the_demo_is_none_in_production(tmp_path: Path) -> None:
    before = Identity(tmp_path, Place("town", "Town", "Town"))
    account = before.demo("Desk", "staff")
    shown = before.enter(account, how="demo")
    after = Identity(tmp_path, Place("town", "Town", "Town"), production=True)
    with pytest.raises(NotSignedIn):
        after.identify(shown)
    with pytest.raises(NotAllowed):
        after.enter(account, how="passkey")


async def test_beginnings_are_counted_too(begin: Begin) -> None:
    town = await begin("few", "\n[identity]\ntries = 1\n")
    for _ in range(20):
        await town.ask("POST", "/api/identity/passkeys/ask")
    await town.ask("POST", "/api/identity/passkeys/ask", status=429)


async def test_a_name_that_leads_to_this_machine_is_not_this_machine(town: Town) -> None:
    """A page whose name is made to lead to 127.0.0.1 (DNS rebinding) is no page of this machine's."""
    headers = {"Host": "evil.example", "Origin": "http://evil.example"}
    async with town.http.post("/api/identity/demo", json={"name": "Hana"}, headers=headers) as reply:
        assert reply.status == 404


@pytest.mark.parametrize(
    "then", ["//evil.example", "https://evil.example", "/\\evil.example", "javascript:1", "", "/ x"]
)
def test_nobody_is_sent_elsewhere(then: str) -> None:
    assert later(then) == "/"
    assert later("/me?x=1#y") == "/me?x=1#y"


async def test_production_says_its_address(tmp_path) -> None:
    from noren.city.config import parse

    for text in (
        'name = { en = "T" }\nproduction = true',
        'name = { en = "T" }\nproduction = true\n[identity]\naddress = "http://localhost:1"',
        'name = { en = "T" }\n[identity]\naddress = "http://town.example"',
        'name = { en = "T" }\n[identity]\naddress = "https://town.example/path"',
    ):
        with pytest.raises(BadInput):
            parse(text)

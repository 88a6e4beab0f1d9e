"""Two real cities on one machine: one signs its people in with the other's built-in issuer."""

from __future__ import annotations

import base64
import json
import socket
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import aiohttp
import pytest
from joserfc import jwt
from joserfc.jwk import OctKey, RSAKey

from noren.trust.identity.providers import challenge
from tests.web.identity.conftest import Begin, Town

VERIFIER = "v" * 43


async def pair(begin: Begin, more: str = "") -> tuple[Town, Town]:
    """A city that asks and a city that issues, knowing each other."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    issuer = await begin("issuer")
    issuer.city.identity.accounts.register("Asker", "government")
    client, secret = issuer.city.identity.issuer.add("Asker", [f"http://localhost:{port}/api/identity/callback"])
    settings = f"""
[net]
allow = ["localhost"]
[[identity.providers]]
name = "other"
issuer = "{issuer.address}/oidc"
client_id = "{client.id}"
client_secret_file = "other.secret"
{more}
"""
    asker = await begin("asker", settings, port)
    path = asker.city.folder / "other.secret"
    path.write_text(secret)
    path.chmod(0o600)
    return asker, issuer


async def go(town: Town, address: str) -> str:
    """Where a browser is sent that opens an address."""
    async with town.http.get(address, allow_redirects=False) as reply:
        assert reply.status == 303, await reply.text()
        return str(reply.headers["Location"])


async def agree(issuer: Town, page: str, *, agree: bool = True) -> str:
    """The person on the issuer's page says yes."""
    id = parse_qs(urlsplit(page).query)["request"][0]
    assert (await issuer.ask("GET", f"/api/identity/requests/{id}"))["organisation"] == "Asker"
    return str((await issuer.ask("POST", f"/api/identity/requests/{id}", {"agree": agree}))["location"])


def of(address: str) -> dict[str, str]:
    return {name: value[0] for name, value in parse_qs(urlsplit(address).query).items()}


async def test_somebody_comes_back_signed_in(begin: Begin) -> None:
    asker, issuer = await pair(begin)
    known = await issuer.demo("Hana")
    ids = []
    for _ in range(2):
        away = await go(asker, "/api/identity/providers/other?then=/data")
        assert of(away)["code_challenge_method"] == "S256" and of(away)["redirect_uri"].startswith(asker.address)
        back = await agree(issuer, await go(issuer, away))
        assert await go(asker, back) == "/data"
        ids.append((await asker.ask("GET", "/api/identity/me"))["id"])
    assert ids[0] == ids[1] != known
    (session,) = (await asker.ask("GET", "/api/identity/me"))["sessions"]
    assert session["how"] == "other"


async def test_who_declines_is_not_signed_in(begin: Begin) -> None:
    asker, issuer = await pair(begin)
    await issuer.demo()
    back = await agree(issuer, await go(issuer, await go(asker, "/api/identity/providers/other")), agree=False)
    assert of(back)["error"] == "access_denied"
    assert (await go(asker, back)).startswith("/signin?trouble=")
    assert (await asker.ask("GET", "/api/city"))["signedIn"] is None


@pytest.mark.parametrize("trick", ["replayed", "state", "code", "issuer", "no issuer", "another browser"])
async def test_no_trick_on_the_way_back_signs_anybody_in(begin: Begin, trick: str) -> None:
    asker, issuer = await pair(begin)
    await issuer.demo()
    back = await agree(issuer, await go(issuer, await go(asker, "/api/identity/providers/other")))
    told = of(back)
    if trick == "replayed":
        assert await go(asker, back) == "/"
        await asker.ask("DELETE", "/api/session", status=204)
    elif trick == "another browser":
        asker.http.cookie_jar.clear()
    elif trick == "no issuer":
        del told["iss"]
    else:
        told |= {"state": {"state": "x"}, "code": {"code": "x"}, "issuer": {"iss": "https://evil.example"}}[trick]
    assert (await go(asker, f"/api/identity/callback?{urlencode(told)}")).startswith("/signin?trouble=")
    assert (await asker.ask("GET", "/api/city"))["signedIn"] is None


Change = Callable[[dict[str, Any]], dict[str, Any]]


@pytest.mark.parametrize(
    ("change", "holds"),
    [
        ({}, True),
        ({"aud": ["CLIENT"]}, True),
        ({"nonce": "other"}, False),
        ({"nonce": None}, False),
        ({"aud": "other"}, False),
        ({"aud": ["CLIENT", "other"]}, False),
        ({"azp": "other"}, False),
        ({"iss": "https://evil.example"}, False),
        ({"exp": 1}, False),
        ({"iat": 1}, False),
        ({"iat": 99999999999}, False),
        ({"sub": ""}, False),
        ({"sub": None}, False),
    ],
)
async def test_only_the_provider_s_word_for_this_sign_in_counts(
    begin: Begin, monkeypatch: pytest.MonkeyPatch, change: dict[str, Any], holds: bool
) -> None:
    asker, issuer = await pair(begin)
    await issuer.demo()
    encode = jwt.encode

    def changed(header: Any, claims: dict[str, Any], key: Any, *more: Any, **rest: Any) -> str:
        now = {
            k: [claims["aud"] if v == "CLIENT" else v for v in w] if isinstance(w, list) else w
            for k, w in change.items()
        }
        return encode(header, {k: v for k, v in (claims | now).items() if v is not None}, key, *more, **rest)

    back = await agree(issuer, await go(issuer, await go(asker, "/api/identity/providers/other")))
    monkeypatch.setattr("noren.trust.identity.issuer.jwt.encode", changed)
    assert (await go(asker, back)).startswith("/signin") is not holds


@pytest.mark.parametrize("forger", ["none", "HS256", "another key"])
async def test_a_forged_word_counts_nothing(begin: Begin, monkeypatch: pytest.MonkeyPatch, forger: str) -> None:
    asker, issuer = await pair(begin)
    await issuer.demo()
    public = issuer.city.identity.issuer._key.as_pem(private=False)
    kid = issuer.city.identity.issuer._key.thumbprint()
    encode = jwt.encode

    def forged(header: Any, claims: dict[str, Any], key: Any, *more: Any, **rest: Any) -> str:
        if forger == "none":
            parts = [base64.urlsafe_b64encode(json.dumps(p).encode()).rstrip(b"=") for p in ({"alg": "none"}, claims)]
            return b".".join([*parts, b""]).decode()
        if forger == "HS256":
            octet = OctKey.import_key(public.replace(b"-", b"+"))
            return encode({"alg": "HS256", "kid": kid}, claims, octet, algorithms=["HS256"])
        return encode({"alg": "RS256", "kid": kid}, claims, RSAKey.generate_key(2048), algorithms=["RS256"])

    back = await agree(issuer, await go(issuer, await go(asker, "/api/identity/providers/other")))
    monkeypatch.setattr("noren.trust.identity.issuer.jwt.encode", forged)
    assert (await go(asker, back)).startswith("/signin")


async def test_each_organisation_knows_a_person_by_another_identifier(begin: Begin) -> None:
    town = await begin("issuer")
    issuer = town.city.identity.issuer
    for name in ("Bus", "Shop"):
        town.city.identity.accounts.register(name, "company")
    account = await town.demo()
    names = [issuer.pairwise(name, account) for name in ("Bus", "Bus", "Shop")]
    assert names[0] == names[1] != names[2] and account not in names
    assert issuer.pairwise("Bus", await town.demo("Ren")) != names[0]


async def asked(town: Town, **more: str | None) -> str:
    issuer = town.city.identity.issuer
    if not issuer.clients():
        town.city.identity.accounts.register("Asker", "company")
        issuer.add("Asker", ["https://asker.example/back"], public=True)
    given = {
        "client_id": issuer.clients()[0].id,
        "redirect_uri": "https://asker.example/back",
        "response_type": "code",
        "scope": "openid",
        "state": "s",
        "nonce": "n",
        "code_challenge": challenge(VERIFIER),
        "code_challenge_method": "S256",
    } | more
    return "/oidc/authorize?" + urlencode({k: v for k, v in given.items() if v is not None})


@pytest.mark.parametrize(
    "wrong",
    [{"redirect_uri": "https://evil.example"}, {"redirect_uri": "https://asker.example/back2"}, {"client_id": "x"}],
)
async def test_nobody_is_sent_to_an_address_that_is_not_registered(town: Town, wrong: dict[str, str]) -> None:
    await town.ask("GET", await asked(town, **wrong), status=400)


@pytest.mark.parametrize(
    ("wrong", "error"),
    [
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"scope": "email"}, "invalid_scope"),
        ({"code_challenge": None}, "invalid_request"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
    ],
)
async def test_a_client_is_told_what_is_wrong(town: Town, wrong: dict[str, str | None], error: str) -> None:
    told = of(await go(town, await asked(town, **wrong)))
    assert (told["error"], told["state"], told["iss"]) == (error, "s", town.address + "/oidc")


async def exchange(town: Town, code: str, **more: str) -> tuple[int, dict[str, Any]]:
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": "https://asker.example/back",
        "client_id": town.city.identity.issuer.clients()[0].id,
        "code_verifier": VERIFIER,
    } | more
    async with aiohttp.ClientSession() as program, program.post(town.address + "/oidc/token", data=form) as reply:
        return reply.status, await reply.json()


@pytest.mark.parametrize(
    "wrong",
    [{"code_verifier": "w" * 43}, {"redirect_uri": "https://asker.example/"}, {"code": "x"}, {"client_secret": "x"}],
)
async def test_a_code_is_good_for_whom_it_was_made_once(town: Town, wrong: dict[str, str]) -> None:
    await town.demo()
    codes = [of(await agree(town, await go(town, await asked(town))))["code"] for _ in range(2)]
    status, _ = await exchange(town, **{"code": codes[0]} | wrong)
    assert status in (400, 401)
    status, told = await exchange(town, codes[1])
    assert status == 200
    assert (await exchange(town, codes[1]))[0] == 400
    key = RSAKey.import_key((await town.ask("GET", "/oidc/jwks"))["keys"][0])
    claims = jwt.decode(told["id_token"], key).claims
    assert claims["nonce"] == "n" and claims["aud"] == town.city.identity.issuer.clients()[0].id
    headers = {"Authorization": f"Bearer {told['access_token']}"}
    assert (await town.ask("GET", "/oidc/userinfo", **headers)) == {"sub": claims["sub"]}
    await town.ask("GET", "/api/city", status=401, **headers)


async def test_a_stopped_organisation_learns_nothing_more(town: Town) -> None:
    await town.demo()
    code = of(await agree(town, await go(town, await asked(town))))["code"]
    town.city.identity.accounts.halt("Asker")
    assert (await exchange(town, code))[0] == 401
    await town.ask("GET", await asked(town), status=400)


GRANTS = """
grants = [{ claim = "groups", value = "flood-desk", role = "operator", purposes = ["flood-warning"] }]
attributes = { age_over_18 = "adult", lives_in = "address.locality" }
"""


async def test_a_provider_says_who_is_staff_and_vouches_for_residents(
    begin: Begin, monkeypatch: pytest.MonkeyPatch
) -> None:
    asker, issuer = await pair(begin, GRANTS)
    await issuer.demo()
    encode = jwt.encode
    says: dict[str, Any] = {}

    def more(header: Any, claims: dict[str, Any], key: Any, *rest: Any, **named: Any) -> str:
        return encode(header, claims | says, key, *rest, **named)

    monkeypatch.setattr("noren.trust.identity.issuer.jwt.encode", more)

    async def come() -> dict[str, Any]:
        assert (
            await go(asker, await agree(issuer, await go(issuer, await go(asker, "/api/identity/providers/other"))))
            == "/"
        )
        me: dict[str, Any] = await asker.ask("GET", "/api/identity/me")
        return me

    says |= {"adult": True, "address": {"locality": "Asker"}}
    resident = await come()
    assert {each["name"]: each["value"] for each in resident["attributes"]} == {
        "age_over_18": True,
        "lives_in": "Asker",
    }
    says |= {"groups": ["flood-desk"], "name": "Desk"}
    staff = await come()
    assert (staff["kind"], staff["name"], staff["roles"]) == ("staff", "Desk", ["operator"])
    assert staff["purposes"] == ["flood-warning", "public-information"] and staff["id"] != resident["id"]
    del says["groups"], says["adult"]
    again = await come()
    assert (again["id"], [each["name"] for each in again["attributes"]]) == (resident["id"], ["lives_in"])
    assert asker.city.identity.accounts.entrusted(staff["id"]) == []

"""Passkeys and credentials over HTTP: a service learns the answer and not the person."""

from __future__ import annotations

import json
import time

import pytest
from joserfc.jwk import ECKey, OKPKey

from noren.errors import Unproven
from noren.trust.identity import sdjwt
from tests.trust.identity.authenticator import Authenticator
from tests.web.identity.conftest import Town


async def test_a_passkey_made_while_signed_in_signs_in_later(town: Town) -> None:
    me, key = await town.demo(), Authenticator(town.address, "localhost")
    made = key.make(await town.ask("POST", "/api/identity/passkeys/offer"))
    await town.ask("POST", "/api/identity/passkeys", {"credential": made, "label": "Phone"}, 201)
    await town.ask("DELETE", "/api/session", status=204)
    await town.ask("GET", "/api/identity/me", status=401)
    answer = key.use(await town.ask("POST", "/api/identity/passkeys/ask"))
    await town.ask("POST", "/api/identity/passkeys/enter", {"credential": answer})
    told = await town.ask("GET", "/api/identity/me")
    assert (told["id"], told["passkeys"][0]["label"]) == (me, "Phone")
    await town.ask("POST", "/api/identity/passkeys/enter", {"credential": answer}, 401)
    await town.ask("DELETE", f"/api/identity/passkeys/{told['passkeys'][0]['id']}", status=204)
    answer = key.use(await town.ask("POST", "/api/identity/passkeys/ask"))
    await town.ask("POST", "/api/identity/passkeys/enter", {"credential": answer}, 401)


async def test_a_token_has_no_passkeys(town: Town) -> None:
    token = town.city.tokens.issue(town.city.staff, seconds=60)
    await town.ask("POST", "/api/session", {"token": token})
    await town.ask("POST", "/api/identity/passkeys/offer", status=403)
    assert (await town.ask("GET", "/api/identity/me"))["hasAccount"] is False


async def vouched(town: Town) -> str:
    """A resident of whom staff saw that they are adult and live here."""
    await town.demo("Desk", "staff")
    me = town.city.identity.demo("Hana", "resident").id
    for name, value in (("age_over_18", True), ("lives_in", "Town")):
        said = {"account": me, "name": name, "value": value, "evidence": "residence card, at the desk"}
        await town.ask("POST", "/api/identity/attributes", said, 204)
    await town.demo("Hana")
    return me


async def test_a_service_learns_the_answer_and_not_the_person(town: Town) -> None:
    me = await vouched(town)
    wallet = [ECKey.generate_key("P-256") for _ in range(3)] + [OKPKey.generate_key("Ed25519")]
    keys = [key.as_dict(private=False) for key in wallet]
    issued = (await town.ask("POST", "/api/identity/credentials", {"keys": keys}, 201))["credentials"]
    metadata = await town.ask("GET", "/.well-known/jwt-vc-issuer")
    city = ECKey.import_key(metadata["jwks"]["keys"][0])
    for credential, key in zip(issued, wallet, strict=True):
        assert sorted(sdjwt.names(credential)) == ["age_over_18", "lives_in"]
        question = {"nonce": "n", "audience": "https://bar.example"}
        shown = sdjwt.present(credential, ["age_over_18"], key, now=time.time(), **question)
        claims = sdjwt.verify(shown, city, now=time.time(), **question)
        assert claims["age_over_18"] is True and claims["iss"] == metadata["issuer"] == town.address
        assert set(claims) == {"iss", "vct", "iat", "exp", "cnf", "age_over_18"}
        assert me not in json.dumps(claims) and "Town" not in json.dumps(claims)
        credentials = town.city.identity.credentials
        assert credentials.check(shown, issuer=town.address, **question) == {"age_over_18": True}
        with pytest.raises(Unproven):
            credentials.check(shown, issuer="https://other.example", **question)


async def test_two_credentials_of_one_person_have_nothing_in_common_that_tells(town: Town) -> None:
    await vouched(town)
    wallet = [ECKey.generate_key("P-256") for _ in range(2)]
    body = {"keys": [key.as_dict(private=False) for key in wallet]}
    issued = (await town.ask("POST", "/api/identity/credentials", body, 201))["credentials"]
    first, second = (sdjwt.verify(each, town.city.identity.credentials.key, now=time.time()) for each in issued)
    other = town.city.identity.accounts.open("resident")
    town.city.identity.credentials.say(other, "student", True, source="desk", evidence="card")
    key = ECKey.generate_key("P-256").as_dict(private=False)
    (third,) = town.city.identity.credentials.issue(other, [key], issuer=town.address)
    stranger = sdjwt.verify(third, town.city.identity.credentials.key, now=time.time())
    same = {name for name in first if first[name] == second.get(name)} - {"age_over_18", "lives_in"}
    assert same == {"iss", "vct", "iat", "exp"} == {name for name in first if first[name] == stranger.get(name)}
    parts = [set(each.split("~")[1:-1]) for each in issued]
    assert not parts[0] & parts[1]
    assert len({len(each.split(".")[1]) for each in (*issued, third)}) == 1


@pytest.mark.parametrize("keys", [[], "same", "private", "many"])
async def test_keys_that_would_bind_two_uses_together_are_refused(town: Town, keys: object) -> None:
    await vouched(town)
    key = ECKey.generate_key("P-256")
    public = key.as_dict(private=False)
    many = [ECKey.generate_key("P-256").as_dict(private=False) for _ in range(51)] if keys == "many" else []
    given = {"same": [public, public], "private": [key.as_dict(private=True)], "many": many}.get(str(keys), [])
    await town.ask("POST", "/api/identity/credentials", {"keys": given}, 400)


async def test_nobody_vouches_for_themselves(town: Town) -> None:
    me = await town.demo()
    said = {"account": me, "name": "age_over_18", "value": True, "evidence": "I say so"}
    await town.ask("POST", "/api/identity/attributes", said, 403)
    key = ECKey.generate_key("P-256").as_dict(private=False)
    await town.ask("POST", "/api/identity/credentials", {"keys": [key]}, 404)
    await town.demo("Desk", "staff")
    for wrong in ({"evidence": " "}, {"name": "rich"}, {"value": "yes"}):
        await town.ask("POST", "/api/identity/attributes", said | wrong, 400)
    await town.ask("POST", "/api/identity/attributes", said | {"account": "urn:noren:resident:town:x"}, 404)

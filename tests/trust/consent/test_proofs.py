"""Proofs of consent: what holds, for a second; and everything that must not."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes, hmac
from joserfc import jws
from joserfc.jwk import OKPKey
from joserfc.jws import JWSRegistry

from noren.errors import Unproven
from noren.trust.consent import Checker, Issuer
from noren.trust.consent.proofs import LEEWAY_S, LIFE_S, TYPE

KEY = OKPKey.generate_key("Ed25519")
PUBLIC = OKPKey.import_key(KEY.as_dict(private=False))
ASKED: dict[str, Any] = {
    "custodian": "bus",
    "grant": "g1",
    "subject": "7f",
    "grantee": "insurer",
    "purpose": "insurance",
    "attributes": ("Person.birthDate",),
}


@pytest.fixture
def issuer(wall) -> Issuer:
    return Issuer("town", KEY, clock=wall)


@pytest.fixture
def checker(wall) -> Checker:
    return Checker("bus", "town", PUBLIC, clock=wall)


def test_a_proof_says_what_was_allowed(issuer, checker) -> None:
    claims = checker.check(issuer.prove(**ASKED))
    assert (claims.grantee, claims.purpose, claims.attributes, claims.sub) == (
        "insurer",
        "insurance",
        ("Person.birthDate",),
        "7f",
    )
    assert claims.exp - claims.iat == LIFE_S == 1


@pytest.mark.parametrize("apart", [0.0, LEEWAY_S, -LEEWAY_S])
def test_a_withdrawal_acts_at_a_custodian_after_a_second_and_what_its_clock_is_behind(wall, apart) -> None:
    """`apart`: how far the custodian's clock is ahead of the city's."""
    proof = Issuer("town", KEY, clock=wall).prove(**ASKED)
    there = Checker("bus", "town", PUBLIC, clock=lambda: wall() + apart)
    wall.now += LIFE_S + max(0.0, -apart)
    with pytest.raises(Unproven):
        there.check(proof)
    wall.now -= 0.01
    if apart <= 0:
        there.check(proof)


def test_a_proof_is_taken_once(issuer, checker) -> None:
    proof = issuer.prove(**ASKED)
    checker.check(proof)
    with pytest.raises(Unproven):
        checker.check(proof)


@pytest.mark.parametrize("moved", [-LEEWAY_S - 0.1, 2.0, 3600.0, -3600.0])
def test_a_clock_that_was_moved_opens_nothing(issuer, checker, wall, moved) -> None:
    proof = issuer.prove(**ASKED)
    wall.now += moved
    with pytest.raises(Unproven):
        checker.check(proof)


def test_a_proof_is_for_one_custodian_of_one_city(issuer, wall) -> None:
    for custodian, city, key in [
        ("hospital", "town", PUBLIC),
        ("bus", "village", PUBLIC),
        ("bus", "town", OKPKey.generate_key("Ed25519")),
    ]:
        with pytest.raises(Unproven):
            Checker(custodian, city, key, clock=wall).check(issuer.prove(**ASKED))


def _part(data: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(data).encode()).rstrip(b"=").decode()


def _without_signature(proof: str) -> str:
    _, payload, _ = proof.split(".")
    return f"{_part({'alg': 'none', 'typ': TYPE})}.{payload}."


def _signed_with_the_public_key(proof: str) -> str:
    _, payload, _ = proof.split(".")
    text = f"{_part({'alg': 'HS256', 'typ': TYPE})}.{payload}"
    mac = hmac.HMAC(PUBLIC.public_key.public_bytes_raw(), hashes.SHA256())
    mac.update(text.encode())
    return f"{text}.{base64.urlsafe_b64encode(mac.finalize()).rstrip(b'=').decode()}"


def _with_its_own_key(proof: str) -> str:
    mine = OKPKey.generate_key("Ed25519")
    payload = jws.extract_compact(proof.encode()).payload
    header = {"alg": "Ed25519", "typ": TYPE, "jwk": mine.as_dict(private=False)}
    return jws.serialize_compact(header, payload, mine, registry=JWSRegistry(algorithms=["Ed25519"]))


def _of_another_kind(proof: str) -> str:
    payload = jws.extract_compact(proof.encode()).payload
    return jws.serialize_compact({"alg": "Ed25519"}, payload, KEY, registry=JWSRegistry(algorithms=["Ed25519"]))


def _longer(proof: str) -> str:
    claims = json.loads(jws.extract_compact(proof.encode()).payload)
    claims["exp"] += 3600
    return jws.serialize_compact(
        {"alg": "Ed25519", "typ": TYPE}, json.dumps(claims), KEY, registry=JWSRegistry(algorithms=["Ed25519"])
    )


def _more(proof: str) -> str:
    head, _, signature = proof.split(".")
    claims = json.loads(jws.extract_compact(proof.encode()).payload)
    claims["attributes"] = ["Person.birthDate", "Person.familyName"]
    return f"{head}.{_part(claims)}.{signature}"


@pytest.mark.parametrize(
    "forge",
    [
        _without_signature,
        _signed_with_the_public_key,
        _with_its_own_key,
        _of_another_kind,
        _more,
        lambda _: "",
        str.upper,
    ],
)
def test_a_forged_proof_is_refused_without_saying_why(issuer, checker, forge: Callable[[str], str]) -> None:
    with pytest.raises(Unproven, match="does not hold"):
        checker.check(forge(issuer.prove(**ASKED)))


def test_a_city_that_signs_a_long_life_gains_none(issuer, checker, wall) -> None:
    proof = _longer(issuer.prove(**ASKED))
    wall.now += LIFE_S + 0.1
    with pytest.raises(Unproven):
        checker.check(proof)

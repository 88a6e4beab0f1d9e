"""SD-JWT: the RFC's published example, what is shown and what is not, and every way to cheat."""

from __future__ import annotations

import base64
import hashlib
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from joserfc import jws
from joserfc.jwk import ECKey, OKPKey

from noren.errors import BadInput, Unproven
from noren.trust.identity import sdjwt

# RFC 9901, sections 5.1 and A.5: the issuer's key, the signed part, and the ten disclosures.
RFC_KEY = {
    "kty": "EC",
    "crv": "P-256",
    "x": "b28d4MwZMjw8-00CG4xfnn9SLMVMM19SlqZpVb_uNtQ",
    "y": "Xv5zWwuoaTgdS6hV43yI6gBwTnjukmFQQnJ_kCxzqk8",
}
RFC_SIGNED = (
    "eyJhbGciOiAiRVMyNTYiLCAidHlwIjogImV4YW1wbGUrc2Qtand0In0."
    "eyJfc2QiOiBbIkNyUWU3UzVrcUJBSHQtbk1ZWGdjNmJkdDJTSDVhVFkxc1VfTS1QZ2tq"
    "UEkiLCAiSnpZakg0c3ZsaUgwUjNQeUVNZmVadTZKdDY5dTVxZWhabzdGN0VQWWxTRSIs"
    "ICJQb3JGYnBLdVZ1Nnh5bUphZ3ZrRnNGWEFiUm9jMkpHbEFVQTJCQTRvN2NJIiwgIlRH"
    "ZjRvTGJnd2Q1SlFhSHlLVlFaVTlVZEdFMHc1cnREc3JaemZVYW9tTG8iLCAiWFFfM2tQ"
    "S3QxWHlYN0tBTmtxVlI2eVoyVmE1TnJQSXZQWWJ5TXZSS0JNTSIsICJYekZyendzY002"
    "R242Q0pEYzZ2Vks4QmtNbmZHOHZPU0tmcFBJWmRBZmRFIiwgImdiT3NJNEVkcTJ4Mkt3"
    "LXc1d1BFemFrb2I5aFYxY1JEMEFUTjNvUUw5Sk0iLCAianN1OXlWdWx3UVFsaEZsTV8z"
    "Smx6TWFTRnpnbGhRRzBEcGZheVF3TFVLNCJdLCAiaXNzIjogImh0dHBzOi8vaXNzdWVy"
    "LmV4YW1wbGUuY29tIiwgImlhdCI6IDE2ODMwMDAwMDAsICJleHAiOiAxODgzMDAwMDAw"
    "LCAic3ViIjogInVzZXJfNDIiLCAibmF0aW9uYWxpdGllcyI6IFt7Ii4uLiI6ICJwRm5k"
    "amtaX1ZDem15VGE2VWpsWm8zZGgta284YUlLUWM5RGxHemhhVllvIn0sIHsiLi4uIjog"
    "IjdDZjZKa1B1ZHJ5M2xjYndIZ2VaOGtoQXYxVTFPU2xlclAwVmtCSnJXWjAifV0sICJf"
    "c2RfYWxnIjogInNoYS0yNTYiLCAiY25mIjogeyJqd2siOiB7Imt0eSI6ICJFQyIsICJj"
    "cnYiOiAiUC0yNTYiLCAieCI6ICJUQ0FFUjE5WnZ1M09IRjRqNFc0dmZTVm9ISVAxSUxp"
    "bERsczd2Q2VHZW1jIiwgInkiOiAiWnhqaVdXYlpNUUdIVldLVlE0aGJTSWlyc1ZmdWVj"
    "Q0U2dDRqVDlGMkhaUSJ9fX0."
    "MczwjBFGtzf-6WMT-hIvYbkb11NrV1WMO-jTijpMPNbswNzZ87wY2uHz"
    "-CXo6R04b7jYrpj9mNRAvVssXou1iw"
)
RFC_DISCLOSURES = {
    "given_name": "WyIyR0xDNDJzS1F2ZUNmR2ZyeU5STjl3IiwgImdpdmVuX25hbWUiLCAiSm9obiJd",
    "family_name": "WyJlbHVWNU9nM2dTTklJOEVZbnN4QV9BIiwgImZhbWlseV9uYW1lIiwgIkRvZSJd",
    "email": "WyI2SWo3dE0tYTVpVlBHYm9TNXRtdlZBIiwgImVtYWlsIiwgImpvaG5kb2VAZXhhbXBsZS5jb20iXQ",
    "phone_number": "WyJlSThaV205UW5LUHBOUGVOZW5IZGhRIiwgInBob25lX251bWJlciIsICIrMS0yMDItNTU1LTAxMDEiXQ",
    "phone_number_verified": "WyJRZ19PNjR6cUF4ZTQxMmExMDhpcm9BIiwgInBob25lX251bWJlcl92ZXJpZmllZCIsIHRydWVd",
    "address": "WyJBSngtMDk1VlBycFR0TjRRTU9xUk9BIiwgImFkZHJlc3MiLCB7InN0cmVldF9hZGRyZXNzIjogIjEyMyBNYWluIFN0Iiwg"
    "ImxvY2FsaXR5IjogIkFueXRvd24iLCAicmVnaW9uIjogIkFueXN0YXRlIiwgImNvdW50cnkiOiAiVVMifV0",
    "birthdate": "WyJQYzMzSk0yTGNoY1VfbEhnZ3ZfdWZRIiwgImJpcnRoZGF0ZSIsICIxOTQwLTAxLTAxIl0",
    "updated_at": "WyJHMDJOU3JRZmpGWFE3SW8wOXN5YWpBIiwgInVwZGF0ZWRfYXQiLCAxNTcwMDAwMDAwXQ",
    "US": "WyJsa2x4RjVqTVlsR1RQVW92TU5JdkNBIiwgIlVTIl0",
    "DE": "WyJuUHVvUW5rUkZxM0JJZUFtN0FuWEZBIiwgIkRFIl0",
}
RFC_HOLDER = {
    "kty": "EC",
    "crv": "P-256",
    "x": "TCAER19Zvu3OHF4j4W4vfSVoHIP1ILilDls7vCeGemc",
    "y": "ZxjiWWbZMQGHVWKVQ4hbSIirsVfuecCE6t4jT9F2HZQ",
}
RFC_TIME, RFC_TYPE = 1_700_000_000, ("example+sd-jwt",)
NOW = 1_800_000_000.0
CITY, HOLDER = ECKey.generate_key("P-256"), ECKey.generate_key("P-256")
QUESTION = {"nonce": "n-1", "audience": "https://bar.example"}


def rfc(*names: str) -> dict[str, Any]:
    shown = "~".join([RFC_SIGNED, *(RFC_DISCLOSURES[name] for name in names), ""])
    return sdjwt.verify(shown, ECKey.import_key(RFC_KEY), now=RFC_TIME, types=RFC_TYPE)


def test_the_published_example_is_read_as_published() -> None:
    everything = rfc(*RFC_DISCLOSURES)
    assert everything == {
        "iss": "https://issuer.example.com",
        "iat": 1683000000,
        "exp": 1883000000,
        "sub": "user_42",
        "given_name": "John",
        "family_name": "Doe",
        "email": "johndoe@example.com",
        "phone_number": "+1-202-555-0101",
        "phone_number_verified": True,
        "address": {"street_address": "123 Main St", "locality": "Anytown", "region": "Anystate", "country": "US"},
        "birthdate": "1940-01-01",
        "updated_at": 1570000000,
        "nationalities": ["US", "DE"],
        "cnf": {"jwk": RFC_HOLDER},
    }
    some = rfc("family_name", "address", "given_name", "US")
    assert some["nationalities"] == ["US"] and "email" not in some and "birthdate" not in some
    assert rfc()["nationalities"] == [] and set(rfc()) == {"iss", "iat", "exp", "sub", "nationalities", "cnf"}


@pytest.mark.parametrize("name", RFC_DISCLOSURES)
def test_no_published_claim_can_be_changed_or_shown_twice(name: str) -> None:
    with pytest.raises(Unproven):
        rfc(name, name)
    raw = base64.urlsafe_b64decode(RFC_DISCLOSURES[name] + "==")
    changed = base64.urlsafe_b64encode(raw.replace(b'"', b'"x', 1)).rstrip(b"=").decode()
    shown = f"{RFC_SIGNED}~{changed}~"
    with pytest.raises(Unproven):
        sdjwt.verify(shown, ECKey.import_key(RFC_KEY), now=RFC_TIME, types=RFC_TYPE)


def issued(**hidden: Any) -> str:
    claims = {"iss": "https://town.example", "exp": NOW + 60, "cnf": {"jwk": HOLDER.as_dict(private=False)}}
    return sdjwt.issue(claims, hidden, CITY, type="dc+sd-jwt", decoys=3)


def show(text: str, *names: str, key: Any = HOLDER, now: float = NOW, **question: Any) -> str:
    return sdjwt.present(text, names, key, now=now, **QUESTION | question)


def check(shown: str, now: float = NOW, **question: Any) -> dict[str, Any]:
    return sdjwt.verify(shown, CITY, now=now, **QUESTION | question)


values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("abc", max_size=3), inner, max_size=3),
    max_leaves=8,
)
names = st.text("abcdefghij", min_size=1, max_size=8).filter(lambda n: n not in ("iss", "exp", "cnf"))


@given(st.dictionaries(names, values, max_size=6), st.data())
def test_what_was_chosen_is_learnt_and_nothing_else(hidden, data) -> None:
    chosen = data.draw(st.lists(st.sampled_from(sorted(hidden)), unique=True)) if hidden else []
    claims = check(show(issued(**hidden), *chosen))
    assert {name: claims[name] for name in claims if name not in ("iss", "exp", "cnf")} == {
        name: hidden[name] for name in chosen
    }


@pytest.mark.parametrize("key", [OKPKey.generate_key("Ed25519"), ECKey.generate_key("P-256")])
def test_wallets_may_hold_either_kind_of_key(key) -> None:
    claims = {"cnf": {"jwk": key.as_dict(private=False)}}
    text = sdjwt.issue(claims, {"a": 1}, CITY, type="dc+sd-jwt")
    assert check(show(text, "a", key=key))["a"] == 1


SHOWN = show(issued(age_over_18=True, lives_in="Town"), "age_over_18")


@given(st.integers(0, len(SHOWN) - 1), st.characters(codec="utf-8"))
def test_no_changed_letter_is_let_pass(at, letter) -> None:
    assert check(SHOWN)["age_over_18"] is True
    changed = SHOWN[:at] + letter + SHOWN[at + 1 :]
    if changed != SHOWN:
        with pytest.raises(Unproven):
            check(changed)


@pytest.mark.parametrize(
    "question", [{"nonce": "n-2"}, {"audience": "https://other.example"}, {"now": NOW + 301}, {"now": NOW - 61}]
)
def test_an_answer_to_another_question_is_refused(question) -> None:
    with pytest.raises(Unproven):
        check(show(issued(a=1), "a"), **question)


def test_a_statement_ends() -> None:
    with pytest.raises(Unproven):
        check(show(issued(a=1), "a", now=NOW + 60), now=NOW + 60)


def test_who_found_a_statement_cannot_show_it() -> None:
    text = issued(a=1, b=2)
    with pytest.raises(Unproven):
        check(show(text, "a", key=ECKey.generate_key("P-256")))
    with pytest.raises(Unproven):
        check(text)
    shown = show(text, "a")
    with pytest.raises(Unproven):
        sdjwt.verify(shown, CITY, now=NOW)
    signed, disclosures, _ = sdjwt.split(text)
    second = next(d for d in disclosures if d not in shown)
    with pytest.raises(Unproven):
        check(shown.replace(signed, f"{signed}~{second}", 1))


def _coded(value: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


def _signed(payload: dict[str, Any], alg: str = "ES256", key: Any = CITY) -> str:
    return jws.serialize_compact({"alg": alg, "typ": "dc+sd-jwt"}, json.dumps(payload), key, algorithms=[alg])


def _hash(text: str) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b"=").decode()


D = _coded(["salt", "name", 1])
SD, DOTS, ISS = _coded(["s", "_sd", ["x"]]), _coded(["s", "...", 1]), _coded(["s", "iss", "x"])
PAIR, FOUR = _coded(["s", 1]), _coded(["s", "n", 1, 2])


@pytest.mark.parametrize(
    ("payload", "disclosures"),
    [
        ({"_sd": [_hash(D), _hash(D)]}, [D]),
        ({"_sd": [_hash(D)], "in": {"_sd": [_hash(D)]}}, [D]),
        ({"_sd": [_hash(D)], "name": 2}, [D]),
        ({"_sd": []}, [D]),
        ({"_sd": [_hash(SD)]}, [SD]),
        ({"_sd": [_hash(DOTS)]}, [DOTS]),
        ({"_sd": [_hash(ISS)], "iss": "y"}, [ISS]),
        ({"_sd": [_hash(PAIR)]}, [PAIR]),
        ({"_sd": [_hash(FOUR)]}, [FOUR]),
        ({"list": [{"...": _hash(D)}]}, [D]),
        ({"_sd": [_hash(D)], "_sd_alg": "md5"}, [D]),
        ({"_sd": [_hash(D)], "_sd_alg": "sha-512"}, [D]),
        ({"_sd": [5]}, []),
        ({"_sd": "x"}, []),
        ({"...": 5}, []),
        ({"exp": "tomorrow"}, []),
    ],
)
def test_what_the_rfc_forbids_is_refused(payload, disclosures) -> None:
    with pytest.raises(Unproven):
        sdjwt.verify("~".join([_signed(payload), *disclosures, ""]), CITY, now=NOW)


def test_nested_disclosures_are_followed_and_depth_ends() -> None:
    inner = _coded(["s1", "street", "Main"])
    outer = _coded(["s2", "address", {"_sd": [_hash(inner)]}])
    payload = {"_sd": [_hash(outer)]}
    assert sdjwt.verify(f"{_signed(payload)}~{outer}~{inner}~", CITY, now=NOW) == {"address": {"street": "Main"}}
    assert sdjwt.verify(f"{_signed(payload)}~{outer}~", CITY, now=NOW) == {"address": {}}
    with pytest.raises(Unproven):
        sdjwt.verify(f"{_signed(payload)}~{inner}~", CITY, now=NOW)
    deep: Any = 1
    for _ in range(40):
        deep = {"x": deep}
    with pytest.raises(Unproven):
        sdjwt.verify(_signed({"deep": deep}) + "~", CITY, now=NOW)


def test_no_other_algorithm_or_type_is_admitted() -> None:
    head, payload = _coded({"alg": "none", "typ": "dc+sd-jwt"}), _coded({"a": 1})
    for text in (f"{head}.{payload}.~", _signed({"a": 1}, key=ECKey.generate_key("P-256")) + "~", "~", "a~b~", ""):
        with pytest.raises(Unproven):
            sdjwt.verify(text, CITY, now=NOW)
    with pytest.raises(Unproven):
        sdjwt.verify(sdjwt.issue({"a": 1}, {}, CITY, type="at+jwt"), CITY, now=NOW)


@pytest.mark.parametrize(
    "jwk",
    [
        {},
        {"kty": "oct", "k": "AAAA"},
        {"kty": "EC", "crv": "P-384", "x": "AA", "y": "AA"},
        {"kty": "EC", "crv": "P-256", "x": "AA", "y": "AA"},
        HOLDER.as_dict(private=True),
    ],
)
def test_another_kind_of_key_is_refused(jwk) -> None:
    with pytest.raises(BadInput):
        sdjwt.public_key(jwk)


def test_reserved_names_and_unknown_ones() -> None:
    for claims, hidden in (({"_sd": 1}, {}), ({}, {"...": 1}), ({"a": 1}, {"a": 2})):
        with pytest.raises(BadInput):
            sdjwt.issue(claims, hidden, CITY, type="dc+sd-jwt")
    with pytest.raises(BadInput):
        show(issued(a=1), "b")

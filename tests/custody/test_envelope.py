"""Asks and statements: read by another library, taken once, by the right house, while they are fresh."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from joserfc import jws
from joserfc.jwk import OKPKey

from noren.custody.envelope import ASK, LIFE_S, Ask, Inbox, Requester, ask, nonce, state, stated
from noren.custody.signed import digest, opened, seal
from noren.errors import Unproven
from noren.trust.ledger import Signer

CITY, BUS, OTHER = Signer.new("town/custody"), Signer.new("bus/custody"), Signer.new("town/custody")
NOW = 1_790_000_000.25


def asked(signer: Signer = CITY, custodian: str = "bus/custody", now: float = NOW, **more: Any) -> str:
    what = {"jti": nonce(), "who": Requester(kind="anonymous"), "purpose": "public-information", "types": {"urn:T": ()}}
    return ask(signer, custodian, now=now, **what | more)


def inbox(now: float = NOW, since: float = NOW - 10) -> Inbox:
    return Inbox("bus/custody", {"town/custody": CITY.verifier}, wall=lambda: now, since=since)


def test_another_library_reads_what_was_signed() -> None:
    text = asked(types={"urn:T": ("urn:a",)})
    key = OKPKey.import_key({"kty": "OKP", "crv": "Ed25519", "x": _coded(CITY.verifier.raw)})
    found = jws.deserialize_compact(text, key, algorithms=["Ed25519"])
    assert found.headers() == {"alg": "Ed25519", "typ": ASK, "kid": "town/custody"}
    told = json.loads(found.payload)
    assert told["types"] == {"urn:T": ["urn:a"]}
    assert told["exp"] - told["iat"] == LIFE_S


@pytest.mark.parametrize(
    "header",
    [
        {"alg": "Ed25519", "typ": ASK, "kid": "town/custody", "cty": "more"},
        {"typ": ASK, "alg": "Ed25519", "kid": "town/custody"},
        {"alg": "EdDSA", "typ": ASK, "kid": "town/custody"},
        {"alg": "Ed25519", "typ": "noren-statement+jws", "kid": "town/custody"},
        {"alg": "Ed25519", "typ": ASK, "kid": "another"},
        {"alg": "none"},
    ],
)
def test_no_other_header_is_taken_however_well_signed(header: dict[str, str]) -> None:
    signed = f"{_coded(json.dumps(header, separators=(',', ':')).encode())}.{asked().split('.')[1]}"
    with pytest.raises(Unproven):
        inbox().take(f"{signed}.{_coded(CITY.sign(signed.encode()))}")
    with pytest.raises(Unproven):
        inbox().take(f"{signed}.")


def _coded(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


@pytest.mark.parametrize(
    ("text", "now"),
    [
        (asked(signer=OTHER), NOW),  # the same name, another key
        (asked(custodian="hospital/custody"), NOW),
        (asked(), NOW + LIFE_S),
        (asked(), NOW - 0.6),
        (asked(now=NOW - 11), NOW - 10.5),  # from before this process began
    ],
)
def test_an_ask_of_others_for_others_or_of_another_time_is_refused(text: str, now: float) -> None:
    with pytest.raises(Unproven) as told:
        inbox(now).take(text)
    assert str(told.value) == "This ask does not hold. Are both clocks right, and both keys those that were agreed on?"


def test_an_ask_is_taken_once() -> None:
    post, text = inbox(NOW + 0.1), asked()
    assert post.take(text).types == {"urn:T": ()}
    with pytest.raises(Unproven):
        post.take(text)
    assert post.take(asked()).iss == "town/custody"


def test_an_ask_cannot_live_longer_than_a_second() -> None:
    made = Ask(
        iss="town/custody",
        aud="bus/custody",
        jti=nonce(),
        iat=NOW,
        exp=NOW + 3600,
        who=Requester(kind="anonymous"),
        purpose="public-information",
        types={"urn:T": ()},
    )
    with pytest.raises(Unproven):
        inbox(NOW + 1.5).take(seal(made, ASK, CITY))


@given(st.data())
def test_no_letter_can_be_changed(data: st.DataObject) -> None:
    text = asked()
    at = data.draw(st.integers(0, len(text) - 1))
    letter = data.draw(st.sampled_from("ABCXYZabcxyz0129-_=. \n"))
    changed = text[:at] + letter + text[at + 1 :]
    if changed != text:
        with pytest.raises(Unproven):
            opened(changed, ASK, CITY.verifier, Ask)


@given(st.text(max_size=300))
def test_whatever_comes_is_no_more_than_unproven(text: str) -> None:
    with pytest.raises(Unproven):
        inbox().take(text)


def test_a_statement_is_about_one_ask_and_these_bytes() -> None:
    text, body = asked(), b'{"entities":[]}'
    statement = state(BUS, "town/custody", text, body, now=NOW, count=0, more=False)
    assert stated(statement, BUS.verifier, "town/custody", text, body).ask == digest(text.encode())
    for other in (
        (statement, OTHER.verifier, "town/custody", text, body),
        (statement, BUS.verifier, "village/custody", text, body),
        (statement, BUS.verifier, "town/custody", asked(), body),
        (statement, BUS.verifier, "town/custody", text, body + b" "),
    ):
        with pytest.raises(Unproven):
            stated(*other)

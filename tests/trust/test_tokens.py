"""Tokens: what was signed is read, and nothing else is."""

from __future__ import annotations

import base64
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from joserfc import jwt
from joserfc.jwk import ECKey, OctKey, OKPKey, RSAKey

from noren.errors import BadInput, NotSignedIn
from noren.trust.tokens import LEEWAY, Tokens

NOW = 1_800_000_000.0


@pytest.fixture(scope="module")
def key_file(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("keys") / "tokens.key"


@pytest.fixture(scope="module")
def tokens(key_file: Path) -> Tokens:
    return Tokens(key_file, "town")


@pytest.fixture(scope="module")
def made(tokens: Tokens) -> str:
    return tokens.sign("s1", "urn:noren:staff:town:desk", now=NOW, until=NOW + 600)


@given(session=st.text(min_size=1), subject=st.text(), seconds=st.integers(1, 10**7))
def test_what_is_signed_is_read(tokens, session, subject, seconds) -> None:
    found = tokens.read(tokens.sign(session, subject, now=NOW, until=NOW + seconds), NOW)
    assert (found.session, found.until) == (session, NOW + seconds)


def test_the_key_outlives_the_process_and_is_for_its_owner_alone(made, key_file) -> None:
    assert Tokens(key_file, "town").read(made, NOW).session == "s1"
    assert key_file.stat().st_mode & 0o777 == 0o600


def test_a_key_that_others_may_read_is_refused(tmp_path) -> None:
    Tokens(tmp_path / "k", "town")
    (tmp_path / "k").chmod(0o644)
    with pytest.raises(BadInput, match="chmod 600"):
        Tokens(tmp_path / "k", "town")


def test_a_damaged_key_is_told(tmp_path) -> None:
    (tmp_path / "k").write_text("nonsense")
    (tmp_path / "k").chmod(0o600)
    with pytest.raises(BadInput, match="cannot be read"):
        Tokens(tmp_path / "k", "town")


def test_another_city_s_token_is_refused(made, key_file, tmp_path) -> None:
    with pytest.raises(NotSignedIn):
        Tokens(key_file, "other-town").read(made, NOW)
    with pytest.raises(NotSignedIn):
        Tokens(tmp_path / "k", "town").read(made, NOW)


@given(st.floats(-1e6, 1e6))
def test_a_token_holds_from_when_it_was_made_until_its_end_and_never_else(tokens, made, away) -> None:
    if -LEEWAY <= away < 600:
        assert tokens.read(made, NOW + away).session == "s1"
    else:
        with pytest.raises(NotSignedIn):
            tokens.read(made, NOW + away)


def test_an_expired_token_says_so(tokens, made) -> None:
    with pytest.raises(NotSignedIn, match="expired"):
        tokens.read(made, NOW + 600)


@given(st.data())
def test_no_changed_letter_is_let_pass(tokens, made, data) -> None:
    at = data.draw(st.integers(0, len(made) - 1))
    letter = data.draw(st.characters(codec="utf-8").filter(lambda c: c != made[at]))
    with pytest.raises(NotSignedIn):
        tokens.read(made[:at] + letter + made[at + 1 :], NOW)


@given(st.data())
def test_nothing_added_or_cut_is_let_pass(tokens, made, data) -> None:
    cut = data.draw(st.integers(1, len(made) - 1))
    more = data.draw(st.text(min_size=1, max_size=4))
    for changed in (made[:cut], made[cut:], made + more, more + made):
        with pytest.raises(NotSignedIn):
            tokens.read(changed, NOW)


def _part(value: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


def _claims(made: str) -> dict:
    body = made.split(".")[1]
    return json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))


def test_no_other_algorithm_is_admitted(tokens, made, key_file) -> None:
    claims = _claims(made)
    own = OKPKey.import_key(key_file.read_bytes())
    public = own.as_pem(private=False)
    head = {"typ": "at+jwt"}
    none = f"{_part(head | {'alg': 'none'})}.{_part(claims)}."
    octet = OctKey.import_key(base64.b64encode(public))
    symmetric = jwt.encode(head | {"alg": "HS256"}, claims, octet, algorithms=["HS256"])
    rsa = jwt.encode(head | {"alg": "RS256"}, claims, RSAKey.generate_key(2048), algorithms=["RS256"])
    curve = jwt.encode(head | {"alg": "ES256"}, claims, ECKey.generate_key("P-256"), algorithms=["ES256"])
    large = jwt.encode(head | {"alg": "Ed448"}, claims, OKPKey.generate_key("Ed448"), algorithms=["Ed448"])
    other = jwt.encode(head | {"alg": "Ed25519"}, claims, OKPKey.generate_key("Ed25519"), algorithms=["Ed25519"])
    for forged in (none, symmetric, rsa, curve, large, other):
        with pytest.raises(NotSignedIn):
            tokens.read(forged, NOW)


@pytest.mark.parametrize(
    ("head", "change"),
    [
        ({"typ": "JWT"}, {}),
        ({}, {"aud": "other"}),
        ({}, {"aud": ["town"]}),
        ({}, {"iss": "other"}),
        ({}, {"exp": None}),
        ({}, {"exp": "9999999999"}),
        ({}, {"iat": NOW + LEEWAY + 1}),
        ({}, {"sid": None}),
        ({"crit": ["b64"], "b64": False}, {}),
    ],
)
def test_what_the_city_signed_for_another_use_is_no_token(tokens, made, key_file, head, change) -> None:
    own = OKPKey.import_key(key_file.read_bytes())
    header = {"alg": "Ed25519", "typ": "at+jwt"} | head
    forged = jwt.encode(header | {}, _claims(made) | change, own, algorithms=["Ed25519"]) if "b64" not in head else None
    if forged is None:
        forged = f"{_part(header)}.{made.split('.')[1]}.{made.split('.')[2]}"
    with pytest.raises(NotSignedIn):
        tokens.read(forged, NOW)


@given(st.text() | st.binary().map(lambda raw: base64.urlsafe_b64encode(raw).decode() + ".e30.AA"))
def test_whatever_else_is_no_token(tokens, text) -> None:
    with pytest.raises(NotSignedIn):
        tokens.read(text, NOW)

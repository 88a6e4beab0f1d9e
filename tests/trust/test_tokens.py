"""Tokens: what is issued comes back, and nothing else does."""

from __future__ import annotations

import base64
import json
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from joserfc import jwt
from joserfc.jwk import OctKey, OKPKey, RSAKey

from noren.errors import BadInput, NotSignedIn
from noren.trust import PURPOSES, Principal, Tokens

STAFF = Principal(
    id="urn:noren:staff:town:tanaka",
    kind="staff",
    organisation="town",
    organisation_kind="government",
    purposes=frozenset({"city-operation"}),
    default_purpose="city-operation",
    roles=frozenset({"administrator"}),
)


@pytest.fixture(scope="module")
def key_file(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("keys") / "tokens.key"


@pytest.fixture(scope="module")
def tokens(key_file: Path) -> Tokens:
    return Tokens(key_file, "town")


@given(
    id=st.text(min_size=1, max_size=20),
    kind=st.sampled_from(("resident", "staff", "organisation", "service", "device")),
    organisation=st.text(max_size=10),
    purposes=st.frozensets(st.sampled_from(sorted(PURPOSES)), min_size=1),
    words=st.frozensets(st.text(max_size=8)),
)
def test_what_is_issued_comes_back(tokens, id, kind, organisation, purposes, words) -> None:
    who = Principal(
        id=id,
        kind=kind,
        organisation=organisation,
        purposes=purposes,
        default_purpose=min(purposes),
        roles=words,
        reads=words,
    )
    assert tokens.verify(tokens.issue(who, seconds=60)) == who


def test_the_key_outlives_the_process_and_is_for_its_owner_alone(tokens, key_file) -> None:
    made = tokens.issue(STAFF, seconds=60)
    assert Tokens(key_file, "town").verify(made) == STAFF
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


def test_another_city_s_token_is_refused(tokens, key_file, tmp_path) -> None:
    with pytest.raises(NotSignedIn):
        Tokens(key_file, "other-town").verify(tokens.issue(STAFF, seconds=60))
    with pytest.raises(NotSignedIn):
        Tokens(tmp_path / "k", "town").verify(tokens.issue(STAFF, seconds=60))


def test_an_expired_token_is_refused(tokens, monkeypatch) -> None:
    made = tokens.issue(STAFF, seconds=60)
    later = time.time() + 61
    monkeypatch.setattr(time, "time", lambda: later)
    with pytest.raises(NotSignedIn, match="expired"):
        tokens.verify(made)


def test_a_token_from_the_future_is_refused(tokens, monkeypatch) -> None:
    made = tokens.issue(STAFF, seconds=60)
    earlier = time.time() - 3600
    monkeypatch.setattr(time, "time", lambda: earlier)
    with pytest.raises(NotSignedIn):
        tokens.verify(made)


def _part(value: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


def _claims(tokens: Tokens) -> dict:
    body = tokens.issue(STAFF, seconds=60).split(".")[1]
    return json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))


def test_no_other_algorithm_is_admitted(tokens, key_file) -> None:
    claims = _claims(tokens)
    private = OKPKey.import_key(key_file.read_bytes())
    public = private.as_pem(private=False)
    none = f"{_part({'alg': 'none'})}.{_part(claims)}."
    symmetric = jwt.encode({"alg": "HS256"}, claims, OctKey.import_key(base64.b64encode(public)), algorithms=["HS256"])
    rsa = jwt.encode({"alg": "RS256"}, claims, RSAKey.generate_key(2048), algorithms=["RS256"])
    for forged in (none, symmetric, rsa):
        with pytest.raises(NotSignedIn):
            tokens.verify(forged)


def test_changed_claims_are_refused(tokens) -> None:
    head, _, signature = tokens.issue(STAFF, seconds=60).split(".")
    claims = _claims(tokens) | {"kind": "resident"}
    with pytest.raises(NotSignedIn):
        tokens.verify(f"{head}.{_part(claims)}.{signature}")


@given(st.text() | st.binary().map(lambda raw: base64.urlsafe_b64encode(raw).decode() + ".e30.AA"))
def test_whatever_else_is_no_token(tokens, text) -> None:
    with pytest.raises(NotSignedIn):
        tokens.verify(text)


@pytest.mark.parametrize(
    ("who", "seconds"),
    [
        (Principal(id="x", kind="staff", purposes=frozenset({"curiosity"}), default_purpose="curiosity"), 60),
        (Principal(id="x", kind="staff", purposes=frozenset({"research"}), default_purpose="finance"), 60),
        (STAFF, 0),
    ],
)
def test_a_token_that_nobody_could_use_is_not_issued(tokens, who, seconds) -> None:
    with pytest.raises(BadInput):
        tokens.issue(who, seconds=seconds)

"""Devices and programs: a key that never leaves them, an assertion that counts once."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from joserfc import jwt
from joserfc.jwk import ECKey, OctKey, OKPKey

from noren.errors import AlreadyExists, BadInput, NotFound, NotSignedIn
from noren.trust.identity import Identity, public_jwk, read_key
from tests.trust.identity.conftest import PLACE, Time

HERE = ["https://town.example"]


class Device:
    """A device with its key, as its maker would write it."""

    def __init__(self, identity: Identity, time: Time, **more: Any) -> None:
        self.key = OKPKey.generate_key("Ed25519")
        self.time = time
        given = {"writes": ["WaterObserved"]} | more
        self.id = identity.devices.add("gauge", self.key.public_key.public_bytes_raw(), **given).id  # type: ignore

    def sign(self, key: Any = None, alg: str = "Ed25519", **changed: Any) -> str:
        now = int(self.time())
        claims = {"iss": self.id, "sub": self.id, "aud": HERE[0], "iat": now, "exp": now + 60, "jti": "j" * 16}
        claims = {name: value for name, value in (claims | changed).items() if value is not None}
        return jwt.encode({"alg": alg}, claims, key or self.key, algorithms=[alg])


@pytest.fixture
def device(identity, time) -> Device:
    return Device(identity, time)


def test_a_device_gets_a_token_of_ten_minutes_by_its_key(identity, device, time) -> None:
    token, seconds = identity.prove(device.sign(), HERE)
    who = identity.identify(token)
    assert (who.id, who.kind, who.writes, seconds) == (device.id, "device", {"WaterObserved"}, 600)
    time.at += 601
    with pytest.raises(NotSignedIn):
        identity.identify(token)


def test_an_assertion_counts_once_in_every_process(identity, beside, device) -> None:
    assertion = device.sign()
    identity.prove(assertion, HERE)
    for each in (identity, beside):
        with pytest.raises(NotSignedIn):
            each.prove(assertion, HERE)
    assert identity.prove(device.sign(jti="k" * 16), HERE)


def test_a_device_that_comes_every_ten_minutes_has_one_session(identity, device, time) -> None:
    for n in range(5):
        token, _ = identity.prove(device.sign(jti=f"number-{n}"), HERE)
        assert identity.identify(token)
        time.at += 500
    assert len(identity.sessions.all()) == 1


def test_a_revoked_key_opens_nothing_and_what_it_opened_ends(identity, beside, device) -> None:
    token, _ = identity.prove(device.sign(), HERE)
    beside.devices.revoke(device.id)
    with pytest.raises(NotSignedIn):
        identity.identify(token)
    with pytest.raises(NotSignedIn):
        identity.prove(device.sign(jti="k" * 16), HERE)


@pytest.mark.parametrize(
    "changed",
    [
        {"aud": "https://other.example"},
        {"aud": None},
        {"iss": "urn:noren:device:town:other"},
        {"sub": "urn:noren:device:town:other"},
        {"jti": None},
        {"jti": "short"},
        {"exp": None},
        {"exp": 1_799_999_000},
        {"exp": 1_800_003_600},
        {"iat": 1_800_000_100},
        {"nbf": 1_800_000_100},
    ],
)
def test_an_assertion_for_another_place_time_or_device_is_refused(identity, device, changed) -> None:
    with pytest.raises(NotSignedIn):
        identity.prove(device.sign(**changed), HERE)


def test_no_other_key_and_no_other_algorithm_is_admitted(identity, device) -> None:
    public = device.key.as_pem(private=False)
    octet = OctKey.import_key(public.replace(b"-", b"+"))
    forged = [
        device.sign(OKPKey.generate_key("Ed25519")),
        device.sign(octet, "HS256"),
        device.sign(ECKey.generate_key("P-256"), "ES256"),
        device.sign(OKPKey.generate_key("Ed448"), "Ed448"),
        "eyJhbGciOiJub25lIn0." + device.sign().split(".")[1] + ".",
    ]
    for assertion in forged:
        with pytest.raises(NotSignedIn):
            identity.prove(assertion, HERE)


@pytest.fixture(scope="module")
def lasting(tmp_path_factory) -> tuple[Identity, str]:
    time = Time()
    identity = Identity(tmp_path_factory.mktemp("i"), PLACE, clock=time)
    return identity, Device(identity, time).sign()


@given(at=st.integers(0, 250), letter=st.characters(codec="utf-8"))
def test_no_changed_letter_is_let_pass(lasting, at, letter) -> None:
    identity, assertion = lasting
    at %= len(assertion)
    changed = assertion[:at] + letter + assertion[at + 1 :]
    if changed != assertion:
        with pytest.raises(NotSignedIn):
            identity.prove(changed, HERE)


def test_a_program_may_what_its_organisation_may_now(identity, time) -> None:
    identity.accounts.register("Bus", "company")
    identity.accounts.entrust("Bus", "role", "operator")
    identity.accounts.entrust("Bus", "purpose", "traffic-management")
    identity.accounts.entrust("Bus", "purpose", "research")
    program = Device(identity, time, writes=[], organisation="Bus", purposes=["traffic-management"])
    token, _ = identity.prove(program.sign(), HERE)
    who = identity.identify(token)
    assert (who.kind, who.organisation_kind, who.default_purpose) == ("organisation", "company", "traffic-management")
    assert who.purposes == {"traffic-management", "public-information"}
    identity.accounts.withdraw("Bus", "purpose", "traffic-management")
    assert identity.identify(token).purposes == {"public-information"}
    identity.accounts.halt("Bus")
    with pytest.raises(NotSignedIn):
        identity.identify(token)


def test_keys_are_read_from_files(tmp_path: Path) -> None:
    key = OKPKey.generate_key("Ed25519")
    raw = key.public_key.public_bytes_raw()  # type: ignore[union-attr]
    (tmp_path / "a").write_bytes(key.as_pem(private=False))
    (tmp_path / "b").write_text(json.dumps(public_jwk(raw)))
    assert read_key(tmp_path / "a") == read_key(tmp_path / "b") == raw


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (OKPKey.generate_key("Ed25519").as_pem(private=True), "private key"),
        (OKPKey.generate_key("Ed448").as_pem(private=False), "not Ed25519"),
        (ECKey.generate_key("P-256").as_pem(private=False), "no public Ed25519"),
        (b"nonsense", "no public Ed25519"),
        (json.dumps(public_jwk(bytes([1]) + bytes(31))).encode(), "small order"),
    ],
)
def test_another_kind_of_key_is_refused(tmp_path: Path, content: bytes, says: str) -> None:
    (tmp_path / "key").write_bytes(content)
    with pytest.raises(BadInput, match=says):
        read_key(tmp_path / "key")
    with pytest.raises(BadInput):
        read_key(tmp_path / "none")


def test_names_and_keys_are_given_once(identity, device) -> None:
    raw = device.key.public_key.public_bytes_raw()
    with pytest.raises(AlreadyExists):
        identity.devices.add("other", raw, writes=["WaterObserved"])
    with pytest.raises(AlreadyExists):
        identity.devices.add("gauge", bytes(32), writes=["WaterObserved"])
    with pytest.raises(BadInput):
        identity.devices.add("other", bytes(32))
    with pytest.raises(NotFound):
        identity.devices.add("other", bytes(32), organisation="Nobody")

"""Passkeys: one lets its owner in, and nothing that is not quite right lets in anybody."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from noren.errors import AlreadyExists, BadInput, NotFound, NotSignedIn
from noren.trust.identity import Account, Identity
from tests.trust.identity.authenticator import PRESENT, VERIFIED, Authenticator, coded
from tests.trust.identity.conftest import PLACE

HERE = "https://town.example"


@pytest.fixture
def account(identity: Identity) -> Account:
    return identity.accounts.open("resident")


@pytest.fixture
def key(identity: Identity, account: Account) -> Authenticator:
    made = Authenticator()
    identity.passkeys.add(account, HERE, made.make(identity.passkeys.offer(account, HERE)), "phone")
    return made


def test_a_passkey_lets_its_owner_in_without_a_name(identity, account, key) -> None:
    for _ in range(2):
        assert identity.passkeys.prove(HERE, key.use(identity.passkeys.ask(HERE))) == account
    (kept,) = identity.passkeys.of(account.id)
    assert (kept.label, kept.counter) == ("phone", 2)


def test_what_is_offered_asks_for_a_verified_person_and_names_nobody(identity, account) -> None:
    offer, ask = identity.passkeys.offer(account, HERE), identity.passkeys.ask(HERE)
    assert offer["authenticatorSelection"]["userVerification"] == ask["userVerification"] == "required"
    assert offer["authenticatorSelection"]["residentKey"] == "required"
    assert offer["rp"]["id"] == ask["rpId"] == "town.example"
    assert not ask.get("allowCredentials") and account.id not in str(offer)


def test_an_answer_counts_once(identity, key) -> None:
    answer = key.use(identity.passkeys.ask(HERE))
    identity.passkeys.prove(HERE, answer)
    with pytest.raises(NotSignedIn):
        identity.passkeys.prove(HERE, answer)


def test_an_answer_is_late_after_five_minutes(identity, key, time) -> None:
    answer = key.use(identity.passkeys.ask(HERE))
    time.at += 301
    with pytest.raises(NotSignedIn):
        identity.passkeys.prove(HERE, answer)


@pytest.mark.parametrize("trick", ["origin", "party", "unverified", "absent", "counter", "key", "handle", "unknown"])
def test_no_trick_lets_anybody_in(identity, key, trick) -> None:
    identity.passkeys.prove(HERE, key.use(identity.passkeys.ask(HERE)))
    if trick == "origin":
        key.origin = "https://town.example.evil.example"
    elif trick == "party":
        key.party = "evil.example"
    elif trick == "unverified":
        key.flags = PRESENT
    elif trick == "absent":
        key.flags = VERIFIED
    elif trick == "counter":
        key.counter -= 1
    elif trick == "key":
        key.key = Authenticator().key
    elif trick == "handle":
        key.handle = identity.accounts.open("resident").handle
    else:
        key.id = bytes(32)
    with pytest.raises(NotSignedIn):
        identity.passkeys.prove(HERE, key.use(identity.passkeys.ask(HERE)))


@pytest.fixture(scope="module")
def lasting(tmp_path_factory) -> tuple[Identity, Authenticator]:
    identity, key = Identity(tmp_path_factory.mktemp("i"), PLACE), Authenticator()
    account = identity.accounts.open("resident")
    identity.passkeys.add(account, HERE, key.make(identity.passkeys.offer(account, HERE)))
    return identity, key


@given(
    st.sampled_from(("clientDataJSON", "authenticatorData", "signature", "userHandle")),
    st.integers(0, 1000),
    st.integers(1, 255),
)
def test_no_changed_byte_lets_anybody_in(lasting, field, at, by) -> None:
    identity, key = lasting
    answer = key.use(identity.passkeys.ask(HERE))
    raw = bytearray(base64.urlsafe_b64decode(answer["response"][field] + "=="))
    raw[at % len(raw)] ^= by
    answer["response"][field] = coded(bytes(raw))
    with pytest.raises((NotSignedIn, BadInput)):
        identity.passkeys.prove(HERE, answer)


def test_a_passkey_is_made_for_who_asked(identity, account) -> None:
    other, key = identity.accounts.open("resident"), Authenticator()
    made = key.make(identity.passkeys.offer(account, HERE))
    with pytest.raises(BadInput):
        identity.passkeys.add(other, HERE, made)
    with pytest.raises(BadInput):
        identity.passkeys.add(account, HERE, made)
    unverified = Authenticator()
    unverified.flags = PRESENT
    with pytest.raises(BadInput):
        identity.passkeys.add(account, HERE, unverified.make(identity.passkeys.offer(account, HERE)))


def test_one_key_belongs_to_one_account(identity, account, key) -> None:
    other = identity.accounts.open("resident")
    with pytest.raises(AlreadyExists):
        identity.passkeys.add(other, HERE, key.make(identity.passkeys.offer(other, HERE)))


def test_a_removed_passkey_lets_nobody_in(identity, account, key) -> None:
    with pytest.raises(NotFound):
        identity.passkeys.remove(identity.accounts.open("resident").id, key.id)
    identity.passkeys.remove(account.id, key.id)
    with pytest.raises(NotSignedIn):
        identity.passkeys.prove(HERE, key.use(identity.passkeys.ask(HERE)))


def test_a_stopped_account_s_passkey_lets_nobody_in(identity, account, key) -> None:
    identity.accounts.stop(account.id)
    with pytest.raises(NotSignedIn):
        identity.passkeys.prove(HERE, key.use(identity.passkeys.ask(HERE)))


@pytest.mark.parametrize("answer", [{}, {"response": {}}, {"response": {"clientDataJSON": "!"}}, {"response": 1}])
def test_what_is_no_answer_is_told(identity, answer) -> None:
    with pytest.raises(BadInput):
        identity.passkeys.prove(HERE, answer)


@pytest.mark.parametrize("origin", ["http://town.example", "http://192.0.2.1:8080"])
def test_open_addresses_have_no_passkeys(identity, origin) -> None:
    with pytest.raises(BadInput, match="protected"):
        identity.passkeys.ask(origin)
    assert identity.passkeys.ask("http://localhost:8080")["rpId"] == "localhost"

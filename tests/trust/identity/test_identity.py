"""The door: who is let in, as whom, and how that ends, in every process at once."""

from __future__ import annotations

import multiprocessing
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from noren.errors import AlreadyExists, BadInput, NotAllowed, NotFound, NotSignedIn
from noren.trust import PURPOSES, Principal
from noren.trust.identity import Identity, IdentitySettings, Place
from tests.trust.identity.conftest import PLACE

STAFF = Principal(
    id="urn:noren:staff:town:desk",
    kind="staff",
    organisation="Town",
    organisation_kind="government",
    purposes=frozenset({"city-operation"}),
    default_purpose="city-operation",
    roles=frozenset({"administrator"}),
)
BUS = Principal(
    id="urn:noren:organisation:town:bus", kind="organisation", organisation="Bus", organisation_kind="company"
)


@pytest.fixture(scope="module")
def lasting(tmp_path_factory) -> Identity:
    return Identity(tmp_path_factory.mktemp("identity"), PLACE)


@given(
    id=st.text(min_size=1, max_size=20),
    kind=st.sampled_from(("resident", "staff", "organisation", "service", "device")),
    organisation=st.text(max_size=10),
    purposes=st.frozensets(st.sampled_from(sorted(PURPOSES)), min_size=1),
    words=st.frozensets(st.text(max_size=8)),
)
def test_whom_a_token_was_made_for_comes_back(lasting, id, kind, organisation, purposes, words) -> None:
    who = Principal(
        id=id,
        kind=kind,
        organisation=organisation,
        purposes=purposes,
        default_purpose=min(purposes),
        roles=words,
        reads=words,
    )
    assert lasting.identify(lasting.issue(who, seconds=60)) == who


@pytest.mark.parametrize(
    ("who", "seconds"),
    [
        (Principal(id="x", kind="staff", purposes=frozenset({"curiosity"}), default_purpose="curiosity"), 60),
        (Principal(id="x", kind="staff", purposes=frozenset({"research"}), default_purpose="finance"), 60),
        (STAFF, 0),
    ],
)
def test_a_token_that_nobody_could_use_is_not_issued(identity, who, seconds) -> None:
    with pytest.raises(BadInput):
        identity.issue(who, seconds=seconds)
    assert identity.sessions.all() == []


def test_the_register_is_for_its_owner_alone(identity, tmp_path) -> None:
    identity.issue(STAFF, seconds=60)
    assert {path.stat().st_mode & 0o077 for path in tmp_path.iterdir()} == {0}
    (tmp_path / "identity.db").chmod(0o640)
    with pytest.raises(BadInput, match="chmod 600"):
        Identity(tmp_path, PLACE)


def test_what_is_no_register_is_told(tmp_path) -> None:
    (tmp_path / "identity.db").write_text("nonsense " * 100)
    (tmp_path / "identity.db").chmod(0o600)
    with pytest.raises(BadInput, match="cannot be read"):
        Identity(tmp_path, PLACE)


def test_secrets_are_not_kept(identity, tmp_path) -> None:
    account = identity.accounts.open("resident")
    secrets = [identity.enter(account, how="demo"), identity.invite(account), identity.issue(STAFF, seconds=9)]
    identity.close()
    kept = b"".join(path.read_bytes() for path in tmp_path.glob("identity.db*"))
    assert account.id.encode() in kept
    assert not [secret for secret in secrets if secret.rpartition(".")[2].encode() in kept]


def _ways(identity: Identity) -> dict[str, tuple[str, Callable[[Identity], None]]]:
    """How access ends: what is shown, and what somebody does."""
    register = identity.accounts.register("Bus", "company")
    person, staff = identity.accounts.open("resident"), identity.accounts.open("staff", "desk")
    identity.accounts.entrust(staff.id, "role", "operator")
    bus = identity.issue(BUS, seconds=60)
    shown = identity.enter(person, how="demo")
    other = identity.enter(person, how="demo")
    desk = identity.enter(staff, how="demo")
    base = identity.issue(STAFF, seconds=60)
    of_token = identity.enter_with(base)
    session, parent = identity.session(other).id, identity.session(base).id
    return {
        "session": (other, lambda i: i.sessions.end(session)),
        "parent": (of_token, lambda i: i.sessions.end(parent)),
        "organisation": (bus, lambda i: i.accounts.halt(register.name)),
        "last role": (desk, lambda i: i.accounts.withdraw(staff.id, "role", "operator")),
        "account": (shown, lambda i: i.accounts.stop(person.id)),
    }


@pytest.mark.parametrize("way", ["session", "parent", "organisation", "last role", "account"])
def test_what_ends_here_has_ended_there_with_the_next_question(identity, beside, way) -> None:
    shown, end = _ways(identity)[way]
    assert identity.identify(shown) and beside.identify(shown)
    end(beside)
    for each in (identity, beside):
        with pytest.raises(NotSignedIn):
            each.identify(shown)


def test_a_browser_that_came_by_a_token_lasts_no_longer(identity, time) -> None:
    token = identity.issue(STAFF, seconds=100)
    shown = identity.enter_with(token)
    assert identity.identify(shown) == STAFF
    with pytest.raises(NotSignedIn):
        identity.enter_with(shown)
    time.at += 101
    with pytest.raises(NotSignedIn):
        identity.identify(shown)


def _end_all(folder: Path, holder: str) -> None:
    Identity(folder, Place("town", "Town", "Town")).sessions.end_all(holder)


def test_another_process_ends_a_session(identity, tmp_path) -> None:
    token = identity.issue(STAFF, seconds=10**6)
    assert identity.identify(token) == STAFF
    other = multiprocessing.get_context("spawn").Process(target=_end_all, args=(tmp_path, STAFF.id))
    other.start()
    other.join(60)
    assert other.exitcode == 0
    with pytest.raises(NotSignedIn):
        identity.identify(token)


def test_an_organisation_that_is_resumed_comes_in_again(identity) -> None:
    identity.accounts.register("Bus", "company")
    token = identity.issue(BUS, seconds=60)
    identity.accounts.halt("Bus")
    identity.accounts.resume("Bus")
    assert identity.identify(token) == BUS


@pytest.mark.parametrize("name", ["town", "Town", "ＴＯＷＮ", "Tōwn", "T.o.w.n", "bus", "Ｂｕｓ", "Bus!"])
def test_no_organisation_is_called_like_the_city_or_like_another(identity, name: str) -> None:
    identity.accounts.register("Bus", "company")
    with pytest.raises(AlreadyExists):
        identity.accounts.register(name, "health")


def test_roles_hold_and_end_at_once(identity, beside) -> None:
    staff = identity.accounts.open("staff", "Desk")
    identity.accounts.entrust(staff.id, "role", "operator")
    shown = identity.enter(staff, how="demo")
    assert identity.identify(shown).roles == {"operator"}
    beside.accounts.entrust(staff.id, "purpose", "flood-warning")
    assert identity.identify(shown).purposes == {"flood-warning", "public-information"}
    beside.accounts.withdraw(staff.id, "purpose", "flood-warning")
    assert "city-operation" in identity.identify(shown).purposes


def test_roles_are_of_a_tenant(identity) -> None:
    staff = identity.accounts.open("staff", "Desk")
    identity.accounts.entrust(staff.id, "role", "operator", tenant="port")
    assert identity.identify(identity.enter(staff, how="demo")).tenant == "port"
    with pytest.raises(NotAllowed):
        identity.enter(staff, how="demo", tenant="")


def test_staff_without_a_role_and_the_stopped_do_not_come_in(identity) -> None:
    staff, resident = identity.accounts.open("staff", "Desk"), identity.accounts.open("resident")
    with pytest.raises(NotAllowed, match="role"):
        identity.enter(staff, how="demo")
    invitation = identity.invite(resident)
    identity.accounts.stop(resident.id)
    with pytest.raises(NotAllowed, match="stopped"):
        identity.enter_with(invitation)
    with pytest.raises(NotSignedIn):
        identity.enter_with(identity.issue(STAFF, seconds=1) + "x")


def test_an_invitation_lets_in_once_within_a_day(identity, time) -> None:
    account = identity.accounts.open("resident")
    first, late = identity.invite(account), identity.invite(account)
    assert identity.identify(identity.enter_with(first)).id == account.id
    with pytest.raises(NotSignedIn, match="invitation"):
        identity.enter_with(first)
    time.at += 86_401
    with pytest.raises(NotSignedIn, match="invitation"):
        identity.enter_with(late)


def test_a_session_lasts_while_it_is_used_and_no_longer_than_its_limit(tmp_path, time) -> None:
    identity = Identity(tmp_path, PLACE, IdentitySettings(hours=2, idle_minutes=10), clock=time)
    account = identity.accounts.open("resident")
    shown, idle = identity.enter(account, how="demo"), identity.enter(account, how="demo")
    begun = time.at
    while time.at < begun + 7_200 - 500:
        time.at += 500
        assert identity.identify(shown)
    with pytest.raises(NotSignedIn):
        identity.identify(idle)
    time.at = begun + 7_210
    with pytest.raises(NotSignedIn):
        identity.identify(shown)


def test_asking_whether_a_session_holds_is_no_use_of_it(tmp_path, time) -> None:
    identity = Identity(tmp_path, PLACE, IdentitySettings(idle_minutes=10), clock=time)
    shown = identity.enter(identity.accounts.open("resident"), how="demo")
    for _ in range(3):
        assert identity.holds(shown)
        time.at += 290
    assert not identity.holds(shown)


def test_use_in_one_process_is_use_in_all(tmp_path, time) -> None:
    settings = IdentitySettings(idle_minutes=10)
    here, there = (Identity(tmp_path, PLACE, settings, clock=time) for _ in range(2))
    shown = here.enter(here.accounts.open("resident"), how="demo")
    assert there.identify(shown)
    for _ in range(4):
        time.at += 500
        assert here.identify(shown)
    assert there.identify(shown)


def test_a_clock_that_is_set_back_brings_nothing_to_life(identity, beside, time, tmp_path) -> None:
    token = identity.issue(STAFF, seconds=100)
    time.at += 101
    with pytest.raises(NotSignedIn):
        identity.identify(token)
    time.at -= 90
    for each in (identity, beside, Identity(tmp_path, PLACE, clock=time)):
        with pytest.raises(NotSignedIn):
            each.identify(token)


def test_it_is_remembered_how_late_it_was(identity, time, tmp_path) -> None:
    """A session whose end nobody saw, and a clock set back while nothing ran."""
    token = identity.issue(STAFF, seconds=100)
    time.at += 200
    identity.register.settle()
    identity.close()
    time.at -= 150
    with pytest.raises(NotSignedIn):
        Identity(tmp_path, PLACE, clock=time).identify(token)


def test_a_clock_ahead_that_is_corrected_makes_nothing_last_longer(tmp_path) -> None:
    ticks, clock = [0.0], [5e9]
    identity = Identity(tmp_path, PLACE, clock=lambda: clock[0])
    identity.register._wall._ticks = lambda: ticks[0]
    clock[0] = 1.8e9
    token = identity.issue(STAFF, seconds=100)
    ticks[0] += 99
    assert identity.identify(token)
    ticks[0] += 2
    with pytest.raises(NotSignedIn):
        identity.identify(token)


def test_a_token_costs_no_question_of_the_register_but_its_version(identity) -> None:
    token = identity.issue(STAFF, seconds=600)
    identity.identify(token)
    asked = list[str]()
    identity.register._db.set_trace_callback(asked.append)
    for _ in range(100):
        identity.identify(token)
    assert set(asked) == {"PRAGMA data_version"} and len(asked) == 100


def test_whoever_is_forgotten_leaves_nothing(identity, tmp_path) -> None:
    account = identity.accounts.login("https://idp.example", "s-123", "resident", "Somebody")
    identity.credentials.say(account, "age_over_18", True, source="desk", evidence="card")
    shown = identity.enter(account, how="demo")
    identity.accounts.forget(account.id)
    with pytest.raises(NotSignedIn):
        identity.identify(shown)
    with sqlite3.connect(tmp_path / "identity.db") as db:
        tables = [name for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        rows = [row for table in tables for row in db.execute(f"SELECT * FROM {table}")]
    assert account.id not in str(rows) and "s-123" not in str(rows)


def test_who_is_away_is_served_as_they_stand_now(identity) -> None:
    staff = identity.accounts.open("staff", "Desk")
    identity.accounts.entrust(staff.id, "role", "operator")
    then = identity.standings.account(staff)
    identity.accounts.entrust(staff.id, "purpose", "flood-warning")
    assert identity.standing(then).purposes == {"flood-warning", "public-information"}
    assert identity.standing(STAFF) == STAFF
    identity.accounts.register("Bus", "company")
    identity.accounts.halt("Bus")
    identity.accounts.stop(staff.id)
    for gone in (then, BUS):
        with pytest.raises(NotAllowed):
            identity.standing(gone)


def test_a_session_is_ended_by_whose_it_is(identity) -> None:
    mine, yours = identity.accounts.open("resident"), identity.accounts.open("resident")
    shown = identity.enter(mine, how="demo")
    id = identity.session(shown).id
    with pytest.raises(NotFound):
        identity.sessions.end(id, yours.id)
    assert [each.id for each in identity.sessions.of(mine.id)] == [id]
    identity.sessions.end(id, mine.id)
    assert identity.sessions.of(mine.id) == []


@given(st.text(max_size=80))
def test_nothing_else_is_a_session(lasting, text) -> None:
    for shown in (text, "noren-session." + text, "noren-invitation." + text):
        with pytest.raises(NotSignedIn):
            lasting.identify(shown)

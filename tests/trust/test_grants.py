"""Grants against a plain list: who may, for what, until when, how often; in every process, whatever the clock says."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, invariant, rule

from noren.errors import BadInput, Conflict, NotFound, Unavailable
from noren.trust import Grant, Grants, Vault, grant_id
from noren.trust.grants import DAY

PEOPLE = ("child", "other")
GRANTEES = ("School", "Insurer", "urn:noren:resident:guardian")
PURPOSES = ("education", "health-care")
TENANTS = ("", "port")
START = 1000.0


class Wall:
    """A clock that the test sets."""

    def __init__(self, at: float = START) -> None:
        self.at = at

    def __call__(self) -> float:
        return self.at


def opened(folder: Path, wall: Callable[[], float]) -> tuple[Grants, Vault]:
    vault = Vault(folder / "keys.db")
    return Grants(folder / "trust.db", vault, wall), vault


def some(vault: Vault, **values: Any) -> Grant:
    standard: dict[str, Any] = {
        "id": grant_id(),
        "basis": "consent",
        "subject": vault.subject("child", "Hospital", "health"),
        "holder": "Hospital",
        "grantee": "School",
        "purpose": "education",
        "attributes": frozenset({"Person.givenName"}),
        "since": 0.0,
        "until": 1e9,
    }
    return Grant(**standard | values)


@pytest.fixture
def wall() -> Wall:
    return Wall()


@pytest.fixture
def grants(tmp_path: Path, wall: Wall) -> Grants:
    return opened(tmp_path, wall)[0]


@pytest.fixture
def vault(grants: Grants) -> Vault:
    return grants._vault


class Oracle(RuleBasedStateMachine):
    """What `find`, `to` and `of` say against a list that is gone through; opened anew at any moment."""

    given = Bundle("given")

    @initialize()
    def begin(self) -> None:
        self.folder = tempfile.TemporaryDirectory()
        self.wall, self.latest = Wall(), START
        self.grants, self.vault = opened(Path(self.folder.name), self.wall)
        self.kept: dict[str, Grant] = {}
        self.spent: dict[tuple[str, int], int] = {}

    @rule(
        target=given,
        person=st.sampled_from(PEOPLE),
        to=st.sampled_from(GRANTEES),
        purpose=st.sampled_from(PURPOSES),
        tenant=st.sampled_from(TENANTS),
        since=st.integers(-200, 200),
        length=st.integers(1, 400),
        daily=st.integers(0, 2),
    )
    def give(self, person: str, to: str, purpose: str, tenant: str, since: int, length: int, daily: int) -> str:
        begins = self.wall.at + since
        made = some(
            self.vault,
            subject=self.vault.subject(person, "Hospital", "health"),
            grantee=to,
            purpose=purpose,
            tenant=tenant,
            since=begins,
            until=begins + length,
            daily=daily,
        )
        self.kept[made.id] = self.grants.give(made, {"said": made.id})
        return made.id

    @rule(id=given)
    def withdraw(self, id: str) -> None:
        gone = self.grants.withdraw(id)
        if self.kept[id].withdrawn is None:
            self.kept[id] = gone

    @rule(id=given)
    def use(self, id: str) -> None:
        grant, day = self.kept[id], int(self.now() // DAY)
        allowed = not grant.daily or self.spent.get((id, day), 0) < grant.daily
        try:
            with self.grants._db:
                self.grants.spend(self.grants._db, [grant, grant])
            assert allowed
            self.spent[id, day] = self.spent.get((id, day), 0) + 1
        except Unavailable:
            assert not allowed

    @rule(seconds=st.one_of(st.integers(-500, 500), st.just(int(DAY))))
    def wait(self, seconds: int) -> None:
        self.wall.at += seconds

    @rule()
    def open_again(self) -> None:
        self.grants.close()
        self.vault.close()
        self.grants, self.vault = opened(Path(self.folder.name), self.wall)

    @invariant()
    def same(self) -> None:
        now = self.now()
        for purpose in PURPOSES:
            for tenant in TENANTS:
                for to in GRANTEES:
                    mine = [g for g in self.kept.values() if (g.grantee, g.purpose, g.tenant) == (to, purpose, tenant)]
                    holding = {g.id for g in mine if self.holds(g, now)}
                    assert {g.id for g in self.grants.to([to], purpose, tenant)} == holding
                    for person in PEOPLE:
                        subject = self.vault.subject(person, "Hospital", "health")
                        found = {g.id for g in self.grants.find(subject, [to], purpose, tenant)}
                        assert found == {id for id in holding if self.kept[id].subject == subject}
        subjects = [self.vault.subject(person, "Hospital", "health") for person in PEOPLE]
        assert {g.id: g for g in self.grants.of(subjects)} == self.kept

    def now(self) -> float:
        """The latest that it ever was."""
        self.latest = max(self.latest, self.wall.at)
        return self.latest

    def holds(self, grant: Grant, now: float) -> bool:
        used = self.spent.get((grant.id, int(now // DAY)), 0)
        return grant.withdrawn is None and grant.since <= now < grant.until and (not grant.daily or used < grant.daily)

    def teardown(self) -> None:
        self.grants.close()
        self.vault.close()
        self.folder.cleanup()


TestOracle = Oracle.TestCase
TestOracle.settings = settings(max_examples=25, stateful_step_count=15, deadline=None)


@pytest.mark.parametrize(
    "wrong",
    [
        {"basis": ""},
        {"basis": "own"},
        {"grantee": ""},
        {"attributes": frozenset()},
        {"since": 5.0, "until": 5.0},
        {"since": 5.0, "until": 4.0},
    ],
)
def test_a_grant_that_gives_nothing_is_refused(grants: Grants, vault: Vault, wrong: dict[str, Any]) -> None:
    with pytest.raises(BadInput):
        grants.give(some(vault, **wrong))


def test_an_id_is_given_once(grants: Grants, vault: Vault) -> None:
    made = grants.give(some(vault))
    with pytest.raises(Conflict):
        grants.give(some(vault, id=made.id, grantee="Insurer"))
    assert grants.get(made.id) == made


def test_a_grant_covers_what_it_names(vault: Vault) -> None:
    for attributes, yes, no in (
        ({"Person.givenName"}, [("Person", "givenName")], [("Person", "familyName"), ("Patient", "givenName")]),
        ({"Person.*"}, [("Person", "givenName"), ("Person", "x")], [("Patient", "givenName"), ("", "givenName")]),
        ({"*"}, [("Person", "givenName"), ("Patient", "x")], []),
        ({"Person"}, [], [("Person", "givenName"), ("Person", "")]),
        ({"Person.given"}, [], [("Person", "givenName")]),
    ):
        made = some(vault, attributes=frozenset(attributes))
        assert all(made.covers(*each) for each in yes) and not any(made.covers(*each) for each in no)


def test_a_consent_is_for_the_organisation_and_the_rest_for_the_person_named(vault: Vault) -> None:
    consent = some(vault, grantee="School")
    assert consent.is_for("urn:anyone", "School") and not consent.is_for("School", "Evil")
    for basis in ("guardian", "helper", "emergency"):
        named = some(vault, basis=basis, grantee="urn:one")
        assert named.is_for("urn:one", "School") and not named.is_for("urn:two", "urn:one")


def test_a_withdrawal_is_for_good(grants: Grants, vault: Vault, wall: Wall) -> None:
    made = grants.give(some(vault))
    first = grants.withdraw(made.id)
    wall.at += 100
    assert grants.withdraw(made.id).withdrawn == first.withdrawn == START
    with pytest.raises(NotFound):
        grants.withdraw("urn:noren:grant:none")


def test_a_record_ends_with_the_key(grants: Grants, vault: Vault) -> None:
    made = grants.give(some(vault), {"notice": "shown"})
    assert grants.record(made) == {"notice": "shown"}
    vault.erase(made.subject)
    with pytest.raises(NotFound):
        grants.record(made)


def test_nothing_of_a_record_lies_open_on_disk(tmp_path: Path, grants: Grants, vault: Vault) -> None:
    grants.give(some(vault), {"notice": "canary-of-a-record", "person": "child-by-name"})
    grants.close()
    raw = b"".join(file.read_bytes() for file in tmp_path.glob("trust.db*"))
    assert b"canary" not in raw and b"child-by-name" not in raw


def test_another_process_sees_what_was_given_and_withdrawn_at_once(tmp_path: Path, wall: Wall) -> None:
    grants, vault = opened(tmp_path, wall)
    made = grants.give(some(vault))
    vault.settle()
    other = (
        "import sys; from pathlib import Path; from noren.trust import Grants, Vault\n"
        "folder = Path(sys.argv[1]); grants = Grants(folder / 'trust.db', Vault(folder / 'keys.db'), lambda: 1000.0)\n"
        "assert len(grants.to(['School'], 'education')) == 1\n"
        "grants.withdraw(sys.argv[2])\n"
    )
    subprocess.run([sys.executable, "-c", other, str(tmp_path), made.id], check=True, timeout=120)
    assert grants.to(["School"], "education") == []
    assert grants.find(made.subject, ["School"], "education") == []


def test_two_processes_share_a_daily_limit(tmp_path: Path, wall: Wall) -> None:
    one, vault = opened(tmp_path, wall)
    two = Grants(tmp_path / "trust.db", vault, wall)
    made = one.give(some(vault, daily=1))
    assert one.find(made.subject, ["School"], "education") == two.find(made.subject, ["School"], "education") == [made]
    with one._db:
        one.spend(one._db, [made])
    with pytest.raises(Unavailable), two._db:
        two.spend(two._db, [made])
    assert two.find(made.subject, ["School"], "education") == []


def test_a_clock_moved_back_revives_nothing_even_after_a_new_start(tmp_path: Path, wall: Wall) -> None:
    grants, vault = opened(tmp_path, wall)
    made = grants.give(some(vault, until=START + 100))
    wall.at = START + 100
    assert grants.to(["School"], "education") == [], "looked at, so that it is known how late it was"
    wall.at = START
    assert Grants(tmp_path / "trust.db", vault, wall).to(["School"], "education") == [], "also without a clean end"
    grants.close()
    assert Grants(tmp_path / "trust.db", vault, wall).find(made.subject, ["School"], "education") == []


def test_others_may_not_read_the_file(tmp_path: Path, wall: Wall) -> None:
    grants, vault = opened(tmp_path / "data", wall)
    file = tmp_path / "data" / "trust.db"
    grants.give(some(vault))
    assert all(each.stat().st_mode & 0o077 == 0 for each in file.parent.glob("trust.db*"))
    grants.close()
    file.chmod(0o644)
    with pytest.raises(BadInput) as error:
        Grants(file, vault, wall)
    assert "chmod 600" in error.value.hint


def test_a_full_disk_gives_and_withdraws_nothing(grants: Grants, vault: Vault) -> None:
    made = grants.give(some(vault))
    pages = grants._db.execute("PRAGMA page_count").fetchone()[0]
    grants._db.execute(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(Unavailable):
        for _ in range(200):
            grants.give(some(vault, grantee="Insurer"), {"long": "x" * 2000})
    assert grants.to(["School"], "education") == [made]

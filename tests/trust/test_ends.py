"""What ended stays ended, whichever older copy of the data is put back: consents, guardians and helpers, recipients."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from noren.errors import NotFound, Unavailable
from noren.trust import Grant, Grants, Vault, grant_of
from noren.trust.consent.standing import EVERYTHING, Standings
from noren.trust.recipients import Recipients
from noren.trust.vault import erasures
from tests.trust.test_recipients import APPLICATION, MEMBER, WHY, approved, somebody

NAMES = ("shop", "bus", "bank")
STEPS = st.tuples(st.sampled_from(["allow", "withdraw", "appoint", "dismiss", "stop", "lift"]), st.sampled_from(NAMES))


class Town:
    """What residents allowed in one city, and what a plain book-keeper thinks of it: of each name one grant, one
    helper, one recipient."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.granted, self.helped = dict[str, str](), dict[str, str]()
        self.ended, self.stopped = set[str](), set[str]()
        self.open()

    def open(self) -> None:
        self.vault = Vault(self.folder / "keys.db")
        self.grants = Grants(self.folder / "trust.db", self.vault)
        file, clock = self.folder / "trust.db", self.grants.now
        self.standings = Standings(file, self.vault, "town", clock=clock)
        self.recipients = Recipients(file, "town", ("en", "ja"), self.vault.erasures, clock=clock)

    def close(self) -> None:
        for each in (self.recipients, self.standings, self.grants, self.vault):
            each.close()

    def copy(self, to: str) -> None:
        self.close()
        shutil.copy(self.folder / "trust.db", self.folder / to)
        self.open()

    def put_back(self, copy: str) -> None:
        self.close()
        shutil.copy(self.folder / copy, self.folder / "trust.db")
        self.open()

    def give(self, name: str, id: str) -> None:
        subject, now = self.vault.subject("somebody", "town"), self.grants.now()
        self.grants.give(
            Grant(
                id=id,
                basis="consent",
                subject=subject,
                holder="town",
                grantee=name,
                purpose="research",
                attributes=frozenset({"*"}),
                since=now,
                until=now + 1000,
            )
        )

    def sees(self, name: str) -> set[str]:
        return {grant.id for grant in self.grants.to([name], "research")}

    def helps(self, name: str) -> bool:
        try:
            self.standings.acting(f"urn:p:{name}", "somebody", "see")
        except NotFound:
            return False
        return True

    def enter(self) -> None:
        for name in NAMES:
            called = dict.fromkeys(APPLICATION.name, name)
            application = msgspec.structs.replace(APPLICATION, organisation=name, name=called)
            self.recipients.apply(application, somebody("urn:o:x", organisation=name))
            for clerk in ("urn:s:1", "urn:s:2"):
                self.recipients.vet(name, somebody(clerk, "staff", "town"))

    def do(self, what: str, name: str, number: int) -> None:
        """One step, where it makes sense."""
        if what == "allow" and name not in self.granted:
            self.granted[name] = f"g{number}"
            self.give(name, f"g{number}")
        elif what == "withdraw" and name in self.granted:
            self.ended.add(id := self.granted.pop(name))
            self.grants.withdraw(id)
        elif what == "appoint" and name not in self.helped:
            made = self.standings.appoint(
                "somebody", f"urn:p:{name}", attributes=frozenset({"*"}), does=EVERYTHING, days=9
            )
            self.standings.agree(made.id, f"urn:p:{name}")
            self.helped[name] = made.id
        elif what == "dismiss" and name in self.helped:
            self.ended.add(id := self.helped.pop(name))
            self.standings.end(id, "somebody")
        elif what in ("stop", "lift") and (what == "stop") != (name in self.stopped):
            self.recipients.decide(name, MEMBER, what, WHY)  # type: ignore[arg-type]
            self.stopped ^= {name}


@settings(max_examples=15)
@given(st.lists(STEPS, max_size=12), st.lists(STEPS, max_size=12))
def test_a_copy_put_back_brings_nothing_back_that_ended_and_nothing_that_came_later(
    tmp_path_factory: pytest.TempPathFactory, before: list[tuple[str, str]], after: list[tuple[str, str]]
) -> None:
    town = Town(tmp_path_factory.mktemp("town"))
    town.enter()
    for number, step in enumerate(before):
        town.do(*step, number)
    town.copy("copy")
    granted, helped, stopped = dict(town.granted), dict(town.helped), set(town.stopped)
    for number, (what, name) in enumerate(after, 100):
        town.do(what, name, number)
        stopped |= town.stopped
    town.put_back("copy")
    for _ in range(2):
        for name in NAMES:
            assert town.sees(name) == {granted[name]} - town.ended if name in granted else not town.sees(name)
            assert town.helps(name) == (name in helped and helped[name] not in town.ended)
            assert town.recipients.vetted(name) == (name not in stopped)
        town.close()
        town.open()
    for name in stopped:
        town.recipients.decide(name, MEMBER, "lift", WHY)
    town.close()
    town.open()
    assert all(map(town.recipients.vetted, NAMES)), "what the board lifted afterwards stays lifted"
    town.close()


@pytest.fixture
def town(tmp_path: Path):
    town = Town(tmp_path)
    yield town
    town.close()


def test_a_stop_holds_for_an_applicant_of_whom_the_copy_knew_nothing(town: Town) -> None:
    town.copy("copy")
    approved(town.recipients)
    town.recipients.decide("shop", MEMBER, "stop", WHY)
    town.put_back("copy")
    assert town.recipients.all() == []
    applied = town.recipients.apply(APPLICATION, somebody("urn:o:shop"))
    assert applied.state(0.0) == "stopped"
    [said] = town.recipients.decisions()
    assert said.decided == "stop" and said.reason["ja"] != said.reason["en"] and said.at > 0
    town.recipients.decide("shop", MEMBER, "lift", WHY)
    for clerk in ("urn:s:1", "urn:s:2"):
        town.recipients.vet("shop", somebody(clerk, "staff", "town"))
    assert town.recipients.vetted("shop")


def test_a_number_that_was_given_to_another_decision_hides_no_stop(town: Town) -> None:
    """The list came later than the data: meanwhile the board used the number for somebody else."""
    town.enter()
    town.recipients.decide("bus", MEMBER, "stop", WHY)
    town.vault.erasures.end("stop::shop:1")
    for _ in range(2):
        town.close()
        town.open()
        assert not town.recipients.vetted("shop") and not town.recipients.vetted("bus")
    assert [each.organisation for each in town.recipients.decisions()] == ["shop", "bus"]
    town.recipients.decide("shop", MEMBER, "lift", WHY)
    town.close()
    town.open()
    assert town.recipients.vetted("shop") and not town.recipients.vetted("bus")


def test_with_a_standing_ends_what_it_let_somebody_see(town: Town) -> None:
    """A power cut after the line of the standing, and before its grants ended."""
    made = town.standings.appoint("somebody", "urn:p:shop", attributes=frozenset({"*"}), does=EVERYTHING, days=9)
    subject = town.vault.subject("somebody", "town")
    town.give("shop", grant_of(made.id, subject))
    town.give("bus", grant_of(made.id + "x", subject))
    town.vault.erasures.end(f"standing:{made.id}")
    town.close()
    town.open()
    assert not town.sees("shop") and town.sees("bus")


@pytest.mark.parametrize("what", ["withdraw", "dismiss", "stop"])
def test_when_the_list_cannot_be_written_nothing_has_ended(
    town: Town, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    town.enter()
    town.do("allow", "shop", 1)
    town.do("appoint", "shop", 2)

    def full(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(erasures, "append", full)
        with pytest.raises(Unavailable, match="No space left"):
            town.do(what, "shop", 3)
    town.close()
    town.open()
    assert town.sees("shop") and town.helps("shop") and town.recipients.vetted("shop")


def test_an_end_that_the_database_refused_holds_all_the_same(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    town.do("allow", "shop", 1)
    with monkeypatch.context() as patched:
        patched.setattr(town.grants, "_end", _refuse)
        with pytest.raises(Unavailable):
            town.grants.withdraw("g1")
    assert not town.sees("shop") and town.grants.withdrawn("g1")
    assert town.grants.withdraw("g1").withdrawn
    assert not town.sees("shop") and len(town.vault.erasures) == 1


def _refuse(*_: Any) -> None:
    raise Unavailable("The disk is full.")


def test_a_list_of_before_reads_as_it_did(town: Town) -> None:
    """Lines of a Noren that knew no ends, and lines that a later one may write more into."""
    old = b'{"at":"2026-01-01T00:00:00+00:00","salt":"ab","subject":"cd","generation":2}\n'
    new = b'{"at":"2026-01-02T00:00:00+00:00","salt":"ef","ended":"grant:g1","more":1}\n'
    (town.folder / "old").write_bytes(old + new)
    found = erasures.Erasures(town.folder / "old")
    assert next(iter(found)).line() == old
    assert found.find(b"\xcd", 2) and found.find(b"\xcd", 3) is None and found.ended("grant") == ["g1"]

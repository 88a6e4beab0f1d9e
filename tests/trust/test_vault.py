"""The vault against a model: who was erased cannot be read, in whatever order things happen; nor can anyone else."""

from __future__ import annotations

import shutil
from pathlib import Path
from tempfile import mkdtemp

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from noren.errors import BadInput, NotFound
from noren.trust import Vault, is_sealed


@pytest.fixture
def vault(tmp_path: Path):
    vault = Vault(tmp_path / "keys.db")
    yield vault
    vault.close()


def test_a_person_is_another_subject_to_each_organisation(vault) -> None:
    city, bus = vault.subject("urn:p:1", "city", "government"), vault.subject("urn:p:1", "bus", "company")
    assert city != bus
    assert vault.subject("urn:p:1", "city", "government") == city
    assert b"urn:p:1" not in city


def test_a_subject_leads_to_who_collected(vault) -> None:
    subject = vault.subject("urn:p:1", "bus", "company")
    with pytest.raises(NotFound):
        vault.collector(subject)
    vault.seal("bus", subject, "place", 1)
    assert vault.collector(subject) == ("bus", "company")
    assert vault.subjects("urn:p:1") == [subject]
    assert vault.subjects("urn:p:2") == []


def test_whoever_corrects_a_value_does_not_become_its_collector(vault) -> None:
    subject = vault.subject("urn:p:1", "bus", "company")
    vault.seal("bus", subject, "place", 1)
    vault.subject("urn:p:1", "city", "government")
    vault.erase(subject)
    vault.seal("city", subject, "place", 2)
    assert vault.collector(subject) == ("bus", "company")


json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@given(json_values)
def test_what_is_sealed_opens_alike_and_shows_nothing(value) -> None:
    folder = Path(mkdtemp())
    vault = Vault(folder / "keys.db")
    try:
        subject = vault.subject("urn:p:1", "city")
        sealed = vault.seal("city", subject, "here", {"secretword": value})
        assert is_sealed(sealed) and "secretword" not in sealed
        assert vault.unseal(subject, "here", sealed) == {"secretword": value}
    finally:
        vault.close()
        shutil.rmtree(folder)


def test_the_same_value_is_sealed_differently_each_time(vault) -> None:
    subject = vault.subject("urn:p:1", "city")
    assert vault.seal("city", subject, "here", 1) != vault.seal("city", subject, "here", 1)


@pytest.mark.parametrize("change", ["place", "subject", "bit", "generation", "nonsense", "short"])
def test_a_sealed_value_that_was_moved_or_changed_does_not_open(vault, change) -> None:
    subject, other = vault.subject("urn:p:1", "city"), vault.subject("urn:p:2", "city")
    sealed = vault.seal("city", subject, "here", "x")
    vault.seal("city", other, "here", "y")
    moved = {
        "place": (subject, "there", sealed),
        "subject": (other, "here", sealed),
        "bit": (subject, "here", sealed[:-6] + ("A" if sealed[-6] != "A" else "B") + sealed[-5:]),
        "generation": (subject, "here", sealed.replace(":1:1:", ":1:2:")),
        "nonsense": (subject, "here", "noren:sealed:1:x:y"),
        "short": (subject, "here", "noren:sealed:1:1:AAAA"),
    }[change]
    with pytest.raises(NotFound):
        vault.unseal(*moved)


def test_keys_outlive_the_process_once_settled(tmp_path) -> None:
    first = Vault(tmp_path / "keys.db")
    subject = first.subject("urn:p:1", "city")
    sealed = first.seal("city", subject, "here", "x")
    first.settle()
    second = Vault(tmp_path / "keys.db")
    assert second.unseal(second.subject("urn:p:1", "city"), "here", sealed) == "x"
    first.close()
    second.close()


def test_an_erasure_elsewhere_counts_here(tmp_path) -> None:
    first, second = Vault(tmp_path / "keys.db"), Vault(tmp_path / "keys.db")
    subject = first.subject("urn:p:1", "city")
    sealed = first.seal("city", subject, "here", "x")
    first.settle()
    assert second.unseal(subject, "here", sealed) == "x"
    first.erase(subject)
    with pytest.raises(NotFound):
        second.unseal(subject, "here", sealed)
    first.close()
    second.close()


def test_the_key_leaves_the_file_with_the_erasure(tmp_path) -> None:
    vault = Vault(tmp_path / "keys.db")
    subject = vault.subject("urn:p:1", "city")
    vault.seal("city", subject, "here", "x")
    vault.settle()
    (key,) = vault._db.execute("SELECT key FROM subject").fetchone()
    assert key in (tmp_path / "keys.db").read_bytes()
    vault.erase(subject)
    vault.close()
    assert not any(key in path.read_bytes() for path in tmp_path.iterdir())


def test_the_file_is_for_its_owner_alone(tmp_path) -> None:
    Vault(tmp_path / "keys.db").close()
    assert (tmp_path / "keys.db").stat().st_mode & 0o777 == 0o600
    (tmp_path / "keys.db").chmod(0o640)
    with pytest.raises(BadInput, match="chmod 600"):
        Vault(tmp_path / "keys.db")


class Life(RuleBasedStateMachine):
    """People come, are written about, are erased, come back; the model knows what must open and what must not."""

    @initialize()
    def start(self) -> None:
        self.folder = Path(mkdtemp())
        self.vault = Vault(self.folder / "keys.db")
        self.held: list[tuple[str, str, str, int]] = []
        self.gone: set[str] = set()

    @rule(person=st.sampled_from("abc"), organisation=st.sampled_from(("city", "bus")), value=st.integers(0, 9))
    def seal(self, person: str, organisation: str, value: int) -> None:
        subject = self.vault.subject(person, organisation)
        self.held.append((person, organisation, self.vault.seal(organisation, subject, person, value), value))

    @rule(person=st.sampled_from("abc"), organisation=st.sampled_from(("city", "bus")))
    def erase(self, person: str, organisation: str) -> None:
        self.vault.erase(self.vault.subject(person, organisation))
        self.gone |= {held[2] for held in self.held if held[:2] == (person, organisation)}

    @rule()
    def open_again(self) -> None:
        self.vault.close()
        self.vault = Vault(self.folder / "keys.db")

    @invariant()
    def just_the_held_opens(self) -> None:
        for person, organisation, sealed, value in self.held:
            for reader in "abc":
                subject = self.vault.subject(reader, organisation)
                if reader == person and sealed not in self.gone:
                    assert self.vault.unseal(subject, person, sealed) == value
                else:
                    with pytest.raises(NotFound):
                        self.vault.unseal(subject, person, sealed)

    def teardown(self) -> None:
        self.vault.close()
        shutil.rmtree(self.folder)


Life.TestCase.settings = settings(max_examples=25, stateful_step_count=12, deadline=None)
TestLife = Life.TestCase

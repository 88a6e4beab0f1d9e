"""The vault against a model: who was erased cannot be read, in whatever order things happen; nor can anyone else."""

from __future__ import annotations

import shutil
import time
from contextlib import suppress
from pathlib import Path
from tempfile import mkdtemp

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from noren.errors import BadInput, Conflict, NorenError, NotFound, Unavailable
from noren.trust.vault import Root, Vault, is_sealed
from noren.trust.vault import vault as module
from noren.trust.vault.vault import LOOK
from tests.trust.vault.falling import unwrap


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
    time.sleep(2 * LOOK)
    with pytest.raises(NotFound):
        second.unseal(subject, "here", sealed)
    first.close()
    second.close()


def raw(folder: Path) -> bytes:
    """Every byte of every file."""
    return b"".join(path.read_bytes() for path in folder.iterdir())


@settings(max_examples=15)
@given(st.lists(st.tuples(st.sampled_from(("seal", "erase", "rotate", "again")), st.integers(0, 400)), max_size=12))
def test_nothing_of_a_destroyed_key_is_left_in_any_file(steps: list[tuple[str, int]]) -> None:
    """Many people, so that pages fill and split: neither the key nor how it lay wrapped is found in any byte."""
    folder = Path(mkdtemp())
    vault = Vault(folder / "keys.db")
    subjects = [vault.subject(f"urn:p:{n}", "city") for n in range(401)]
    gone: set[bytes] = set()

    def found(what: str, *values: object) -> list[bytes]:
        return [row[0] for row in vault.keys._db.execute(f"SELECT {what} FROM subject WHERE gone = 0", values)]

    for n in range(0, 400, 2):
        vault.seal("city", subjects[n], "here", n)
    vault.settle()
    for step, n in steps:
        if step == "erase":
            gone |= {key for hash, _, _, key in vault.keys.rows() if hash == subjects[n] and key}
            gone |= set(found("CASE WHEN hash = ? THEN key END", subjects[n])) - {None}
            vault.erase(subjects[n])
        elif step == "rotate":
            gone |= set(found("key"))
            vault.rotate()
        elif step == "again":
            vault.close()
            vault = Vault(folder / "keys.db")
        else:
            for each in range(n, min(n + 30, 400)):
                vault.seal("city", subjects[each], "here", each)
            vault.settle()
        bytes_there = raw(folder)
        assert not any(key in bytes_there for key in gone)
    assert not any(key in raw(folder) for _, _, _, key in vault.keys.rows() if key), "a key lies unwrapped"
    assert not any(secret in raw(folder) for _, secret in vault.keys.organisations().values())
    vault.close()
    shutil.rmtree(folder)


def test_the_file_is_for_its_owner_alone(tmp_path) -> None:
    Vault(tmp_path / "keys.db").close()
    assert (tmp_path / "keys.db").stat().st_mode & 0o777 == 0o600
    assert (tmp_path / "vault.key").stat().st_mode & 0o777 == 0o600
    assert (tmp_path / "erasures").exists() is False
    for name in ("keys.db", "vault.key"):
        (tmp_path / name).chmod(0o640)
        with pytest.raises(BadInput, match="chmod 600"):
            Vault(tmp_path / "keys.db")
        (tmp_path / name).chmod(0o600)


def test_what_a_second_process_erased_is_not_sealed_under_again(tmp_path) -> None:
    """The other process looks up anew before it seals, or the value would be lost."""
    first, second = Vault(tmp_path / "keys.db"), Vault(tmp_path / "keys.db")
    subject = first.subject("urn:p:1", "city")
    first.seal("city", subject, "here", "x")
    first.settle()
    second.seal("city", subject, "here", "y")
    first.erase(subject)
    time.sleep(2 * LOOK)
    sealed = second.seal("city", subject, "here", "z")
    second.settle()
    assert first.unseal(subject, "here", sealed) == "z"
    first.close()
    second.close()


def test_one_process_rotates_and_the_other_reads_on(tmp_path) -> None:
    first, second = Vault(tmp_path / "keys.db"), Vault(tmp_path / "keys.db")
    subject = first.subject("urn:p:1", "city")
    sealed = first.seal("city", subject, "here", "x")
    first.settle()
    for one, other in ((first, second), (second, first)):
        before = (tmp_path / "vault.key").read_bytes()
        one.rotate()
        assert (tmp_path / "vault.key").read_bytes() != before
        assert other.unseal(subject, "here", sealed) == "x"
        fresh = other.subject("urn:p:2", "city")
        assert one.subject("urn:p:2", "city") == fresh
    first.close()
    second.close()


def test_a_rotation_that_was_not_seen_yet_loses_nothing(tmp_path, monkeypatch) -> None:
    """The second process has looked just before: what it writes and reads is under the new root key all the same."""
    monkeypatch.setattr(module, "LOOK", 1e9)
    first, second = Vault(tmp_path / "keys.db"), Vault(tmp_path / "keys.db")
    subject = first.subject("urn:p:1", "city")
    sealed = first.seal("city", subject, "here", "x")
    first.rotate()
    fresh = second.subject("urn:p:2", "bus")
    values = [(fresh, second.seal("bus", fresh, "here", "x")), (subject, sealed)]
    second.settle()
    third = Vault(tmp_path / "keys.db")
    for vault in (first, second, third):
        assert [vault.unseal(who, "here", text) for who, text in values] == ["x", "x"]
    assert third.subject("urn:p:2", "bus") == fresh
    for vault in (first, second, third):
        vault.close()


def test_keys_that_the_disk_refused_are_offered_again(tmp_path) -> None:
    """Whose sealing failed hears of it; whoever sealed beside them loses nothing."""
    vault = Vault(tmp_path / "keys.db")
    people = [vault.subject(f"urn:p:{n}", "city") for n in range(500)]
    pages = vault.keys._db.execute("PRAGMA page_count").fetchone()[0]
    vault.keys._db.execute(f"PRAGMA max_page_count={pages + 2}")
    with pytest.raises(Unavailable, match="free space"):
        sealed = [(subject, vault.seal("city", subject, "here", n)) for n, subject in enumerate(people)]
        vault.settle()
    vault.keys._db.execute("PRAGMA max_page_count=1000000")
    sealed = [(subject, vault.seal("city", subject, "here", n)) for n, subject in enumerate(people)]
    vault.settle()
    again = Vault(tmp_path / "keys.db")
    assert [again.unseal(subject, "here", text) for subject, text in sealed] == list(range(500))
    again.close()
    vault.close()


def test_a_key_that_another_process_made_meanwhile_is_taken(tmp_path) -> None:
    """The first one's key was refused by the disk, then the second made one of the same number."""
    first, second = Vault(tmp_path / "keys.db"), Vault(tmp_path / "keys.db")
    subject = first.subject("urn:p:1", "city")
    first.keys._db.execute("PRAGMA query_only=1")
    with pytest.raises(Unavailable):
        first.seal("city", subject, "here", "x")
    sealed = second.seal("city", subject, "here", "y")
    second.settle()
    first.keys._db.execute("PRAGMA query_only=0")
    with pytest.raises(Unavailable, match="Try again"):
        first.settle()
    again = first.seal("city", subject, "here", "z")
    first.settle()
    assert first.unseal(subject, "here", sealed) == "y" and second.unseal(subject, "here", again) == "z"
    first.close()
    second.close()


@pytest.mark.parametrize("lost", ["vault.key", "keys.db", "emptied", "another", "bytes", "nonsense"])
def test_a_lost_or_strange_file_is_said_and_nothing_new_begun(tmp_path, lost) -> None:
    vault = Vault(tmp_path / "keys.db")
    vault.seal("city", vault.subject("urn:p:1", "city"), "here", "x")
    vault.close()
    if lost == "emptied":
        (tmp_path / "keys.db").write_bytes(b"")
    elif lost == "another":
        Root.new().keep(tmp_path / "vault.key")
    elif lost == "bytes":
        (tmp_path / "keys.db").write_bytes(b"no database" * 1000)
    elif lost == "nonsense":
        (tmp_path / "vault.key").write_text("no key")
    else:
        (tmp_path / lost).unlink()
    for _ in range(2):
        with pytest.raises(NorenError) as caught:
            Vault(tmp_path / "keys.db")
        assert caught.value.hint and caught.value.where


def test_the_root_key_may_lie_elsewhere(tmp_path) -> None:
    elsewhere = tmp_path / "other-disk" / "root"
    vault = Vault(tmp_path / "keys.db", root=elsewhere)
    vault.rotate()
    vault.close()
    assert elsewhere.exists() and not (tmp_path / "vault.key").exists()
    Vault(tmp_path / "keys.db", root=elsewhere).close()


def test_a_rotation_goes_on_where_another_fell_and_fails_itself(tmp_path, monkeypatch) -> None:
    """The first process fell with its root key still beside the old one; the second may not write over it."""
    first, second = Vault(tmp_path / "keys.db"), Vault(tmp_path / "keys.db")
    subject = first.subject("urn:p:1", "city")
    sealed = first.seal("city", subject, "here", "x")
    first.settle()
    with monkeypatch.context() as patched:
        patched.setattr(first.keys, "_settle_root", lambda: None)
        first.rotate()

    def fall(_: Root) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(second.keys, "_wrap_again", fall)
    with pytest.raises(ZeroDivisionError):
        second.rotate()
    third = Vault(tmp_path / "keys.db")
    assert [vault.unseal(subject, "here", sealed) for vault in (first, second, third)] == ["x"] * 3
    for vault in (first, second, third):
        vault.close()


def test_keys_of_an_older_noren_are_wrapped_when_they_are_opened(tmp_path) -> None:
    source = Vault(tmp_path / "keys.db")
    subjects = [source.subject(f"urn:p:{n}", "city", "government") for n in range(300)]
    sealed = [source.seal("city", subject, "here", n) for n, subject in enumerate(subjects)]
    source.erase(subjects[7])
    (tmp_path / "old").mkdir()
    unwrap(source, tmp_path / "old" / "keys.db")
    keys = [key for _, _, _, key in source.keys.rows() if key]
    source.close()
    assert all(key in raw(tmp_path / "old") for key in keys)
    for _ in range(2):
        vault = Vault(tmp_path / "old" / "keys.db")
        assert not any(key in raw(tmp_path / "old") for key in keys)
        assert vault.collector(subjects[0]) == ("city", "government")
        for n, subject in enumerate(subjects):
            assert vault.subject(f"urn:p:{n}", "city") == subject
            if n != 7:
                assert vault.unseal(subject, "here", sealed[n]) == n
        with pytest.raises(NotFound):
            vault.unseal(subjects[7], "here", sealed[7])
        assert [line.hash for line in vault.erasures] == [subjects[7]], "an older erasure is remembered from now on"
        vault.close()


def test_a_format_of_tomorrow_is_refused(tmp_path) -> None:
    vault = Vault(tmp_path / "keys.db")
    vault.keys._db.execute("PRAGMA user_version=99")
    vault.close()
    with pytest.raises(Conflict, match="format 99"):
        Vault(tmp_path / "keys.db")


def test_a_key_moved_to_another_subject_does_not_open(tmp_path) -> None:
    """Whoever can write the key file cannot give one person another's key."""
    vault = Vault(tmp_path / "keys.db")
    one, two = vault.subject("urn:p:1", "city"), vault.subject("urn:p:2", "city")
    sealed = vault.seal("city", one, "here", "x")
    vault.seal("city", two, "here", "y")
    vault.settle()
    vault.keys._db.execute(
        "UPDATE subject SET key = (SELECT key FROM subject WHERE hash = ?) WHERE hash = ?", (one, two)
    )
    vault._forget()
    with pytest.raises(Conflict, match="moved"):
        vault.unseal(two, "here", sealed)
    vault.close()


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
    def rotate(self) -> None:
        self.vault.rotate()

    @rule(person=st.sampled_from("abc"), organisation=st.sampled_from(("city", "bus")))
    def renew(self, person: str, organisation: str) -> None:
        subject = self.vault.subject(person, organisation)
        with suppress(NotFound):
            self.vault.renew(subject)
            sealed = self.vault.seal(organisation, subject, person, 7)
            numbers = [held[2].split(":")[3] for held in self.held if held[:2] == (person, organisation)]
            assert sealed.split(":")[3] not in numbers, "what is written now is under the new key"
            self.held.append((person, organisation, sealed, 7))

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

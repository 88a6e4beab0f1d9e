"""Backups of the keys: nobody reads them without the lock, and none brings back who was erased."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from noren.errors import BadInput, Conflict, NorenError, NotFound
from noren.trust.vault import Erasures, Officer, Passphrase, Place, Vault, archive, backup, locks, restore

WORDS = "correct horse battery"


@pytest.fixture(autouse=True)
def _cheap(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(locks, "_HARD", 2**4)


class Town:
    """A vault with two people, and where its files lie."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir()
        self.folder, self.held = folder, dict[str, tuple[bytes, str]]()
        self.vault = Vault(folder / "keys.db")
        for person in "ab":
            self.seal(person)

    def seal(self, person: str) -> None:
        subject = self.vault.subject(person, "city", "government")
        self.held[person] = subject, self.vault.seal("city", subject, "here", person)
        self.vault.settle()

    @property
    def place(self) -> Place:
        return Place("town", self.folder / "keys.db", self.folder / "vault.key", self.folder / "erasures")

    def again(self) -> None:
        self.vault.close()
        self.vault = Vault(self.folder / "keys.db")

    def readable(self) -> set[str]:
        found = set()
        for person, (subject, text) in self.held.items():
            try:
                assert self.vault.unseal(subject, "here", text) == person
                found.add(person)
            except NotFound:
                continue
        return found

    def lose(self, *names: str) -> None:
        self.vault.close()
        for name in names:
            (self.folder / name).unlink()


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    town = Town(tmp_path / "town")
    yield town
    town.vault.close()


def copy_of(town: Town, file: Path, lock: locks.Lock | None = None) -> Path:
    backup(town.vault, file, lock or Passphrase(WORDS), city="town", others={"ledger.key": b"PRIVATE"})
    return file


def test_everything_comes_back_from_a_backup(town, tmp_path) -> None:
    file = copy_of(town, tmp_path / "copy")
    assert file.stat().st_mode & 0o777 == 0o600
    town.lose("keys.db", "vault.key")
    found = restore(file, Passphrase(WORDS), town.place)
    assert (found.keys, found.erased, found.files) == (2, 0, ["ledger.key"]) and found.until
    town.again()
    assert town.readable() == {"a", "b"}
    assert town.vault.collector(town.held["a"][0]) == ("city", "government")
    assert (town.folder / "ledger.key").read_bytes() == b"PRIVATE"
    assert (town.folder / "ledger.key").stat().st_mode & 0o777 == 0o600


def test_a_backup_says_nothing(town, tmp_path) -> None:
    keys = [key for _, _, _, key in town.vault.keys.rows()] + [s for _, s in town.vault.keys.organisations().values()]
    content = copy_of(town, tmp_path / "copy").read_bytes()
    assert not any(key in content for key in keys) and b"PRIVATE" not in content and b"city" not in content[300:]


def test_who_was_erased_since_stays_erased(town, tmp_path) -> None:
    file = copy_of(town, tmp_path / "copy")
    (dead,) = [key for hash, _, _, key in town.vault.keys.rows() if hash == town.held["a"][0]]
    town.vault.erase(town.held["a"][0])
    town.lose("keys.db", "vault.key")
    found = restore(file, Passphrase(WORDS), town.place)
    assert (found.keys, found.erased) == (1, 1)
    town.again()
    assert town.readable() == {"b"}
    assert not any(dead in path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())


@pytest.mark.parametrize("source", ["key file", "further list", "recorded"])
def test_erasures_are_taken_from_wherever_they_are_known(town, tmp_path, source) -> None:
    file = copy_of(town, tmp_path / "copy")
    shutil.copy(town.folder / "erasures", tmp_path / "before")
    town.vault.erase(town.held["a"][0])
    (line,) = town.vault.untold()
    shutil.copy(town.folder / "erasures", tmp_path / "after")
    town.lose("erasures" if source == "key file" else "keys.db", "vault.key")
    shutil.copy(tmp_path / "before", town.folder / "erasures")
    if source == "recorded":
        with pytest.raises(Conflict, match="ledger knows of 1"):
            restore(file, Passphrase(WORDS), town.place, recorded=[line.statement()])
    lists = [] if source == "key file" else [tmp_path / "after"]
    restore(file, Passphrase(WORDS), town.place, lists=lists, recorded=[line.statement()])
    town.again()
    assert town.readable() == {"b"} and town.vault.untold() == []


def test_without_a_newer_list_it_is_refused_unless_one_insists(town, tmp_path) -> None:
    old = tmp_path / "old-list"
    shutil.copy(town.folder / "erasures", old) if (town.folder / "erasures").exists() else old.touch()
    file = copy_of(town, tmp_path / "copy")
    town.vault.erase(town.held["a"][0])
    town.lose("keys.db", "vault.key", "erasures")
    for lists in ([], [old]):
        with pytest.raises(Conflict, match="without-erasures-since"):
            restore(file, Passphrase(WORDS), town.place, lists=lists)
    assert not (town.folder / "keys.db").exists() and not (town.folder / "vault.key").exists()
    assert restore(file, Passphrase(WORDS), town.place, blind=True).until == ""
    town.again()
    assert town.readable() == {"a", "b"}  # nobody could know better; that is why it must be said


def test_keys_that_can_be_read_are_not_replaced_by_mistake(town, tmp_path) -> None:
    file = copy_of(town, tmp_path / "copy")
    town.seal("c")
    with pytest.raises(Conflict, match="--replace"):
        restore(file, Passphrase(WORDS), town.place)
    town.again()
    assert town.readable() == {"a", "b", "c"}
    town.vault.close()
    restore(file, Passphrase(WORDS), town.place, replace=True)
    town.again()
    assert town.readable() == {"a", "b"}


def test_a_backup_of_another_city_is_refused(town, tmp_path) -> None:
    backup(town.vault, tmp_path / "copy", Passphrase(WORDS), city="elsewhere")
    with pytest.raises(Conflict, match="another city"):
        restore(tmp_path / "copy", Passphrase(WORDS), town.place, replace=True)


def test_an_officer_opens_what_the_city_cannot(town, tmp_path) -> None:
    officer = Officer.new(tmp_path / "officer", WORDS)
    file = copy_of(town, tmp_path / "copy", Officer.parse(str(officer)))
    town.lose("keys.db", "vault.key")
    wrong = [
        Officer.parse(str(officer)),
        Officer.new(tmp_path / "other", WORDS),
        Passphrase(WORDS),
    ]
    for lock in wrong:
        with pytest.raises(BadInput):
            restore(file, lock, town.place)
    with pytest.raises(BadInput, match="passphrase"):
        Officer.read(tmp_path / "officer", "another passphrase")
    restore(file, Officer.read(tmp_path / "officer", WORDS), town.place)
    town.again()
    assert town.readable() == {"a", "b"}


@pytest.mark.parametrize("text", ["", "noren-officer:1:", "noren-officer:1:AAAA", "x" * 60])
def test_what_is_no_officers_key(text) -> None:
    with pytest.raises(BadInput):
        Officer.parse(text)


def test_a_short_passphrase_is_refused() -> None:
    with pytest.raises(BadInput, match="12 characters"):
        Passphrase("short")


def test_a_wrong_passphrase_changes_nothing(town, tmp_path) -> None:
    file = copy_of(town, tmp_path / "copy")
    with pytest.raises(BadInput, match="does not fit"):
        restore(file, Passphrase("another passphrase"), town.place, replace=True)
    town.again()
    assert town.readable() == {"a", "b"}


rows = st.lists(st.binary(max_size=40_000), max_size=8)


@settings(max_examples=30)
@given(rows)
def test_what_is_locked_is_read_again(tmp_path_factory, content: list[bytes]) -> None:
    file = tmp_path_factory.mktemp("locked") / "file"
    locks._HARD = 2**4
    archive.write(file, "town", "", Passphrase(WORDS), content)
    assert [locks._decoded(row) for row in archive.read(file, Passphrase(WORDS))] == content


def test_a_backup_changed_or_cut_anywhere_is_refused(town, tmp_path) -> None:
    """Every byte of the head, and every border of the pieces, which hold a large file here."""
    big = {"x": bytes(200_000)}
    backup(town.vault, tmp_path / "copy", Passphrase(WORDS), city="town", others=big)
    whole, head = (tmp_path / "copy").read_bytes(), (tmp_path / "copy").read_bytes().index(b"\n") + 1
    piece = archive.PIECE + 16
    borders = {head + n * piece + d for n in range(6) for d in (-1, 0, 1, 100) if head + n * piece + d < len(whole)}
    pieces = [whole[at : at + piece] for at in range(head, len(whole), piece)]
    cut = [whole[:at] for at in {*borders, 0, 1, head, len(whole) - 1}]
    turned = [whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :] for at in {*borders, *range(head)}]
    shuffled = [whole[:head] + b"".join([pieces[1], pieces[0], *pieces[2:]])]
    doubled = [whole + pieces[-1], whole + b"x", whole[:head] + b"".join([pieces[0], *pieces])]
    town.vault.close()
    before = (town.folder / "keys.db").read_bytes()
    for changed in [*cut, *turned, *shuffled, *doubled]:
        (tmp_path / "bad").write_bytes(changed)
        with pytest.raises(NorenError):
            restore(tmp_path / "bad", Passphrase(WORDS), town.place, replace=True)
        assert (town.folder / "keys.db").read_bytes() == before
    restore(tmp_path / "copy", Passphrase(WORDS), town.place, replace=True)
    town.again()


def test_a_head_that_asks_for_the_worlds_memory_is_refused(town, tmp_path) -> None:
    raw = copy_of(town, tmp_path / "copy").read_bytes()
    (tmp_path / "copy").write_bytes(raw.replace(b'"n":16', b'"n":1099511627776'))
    with pytest.raises(BadInput, match="impossible"):
        restore(tmp_path / "copy", Passphrase(WORDS), town.place, replace=True)


def test_marks_join_the_list(town, tmp_path) -> None:
    copy_of(town, tmp_path / "one")
    copy_of(town, tmp_path / "two")
    assert len([line for line in Erasures(town.folder / "erasures") if line.backup]) == 2
    assert town.vault.untold() == []

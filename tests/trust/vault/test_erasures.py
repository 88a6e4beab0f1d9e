"""The list of erasures: it grows, it outlives old copies of the keys, and no clock can mislead it."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from noren.errors import Conflict, NotFound
from noren.trust.vault import MARK, Erasures, Vault
from noren.trust.vault import erasures as module


@pytest.fixture
def vault(tmp_path: Path):
    vault = Vault(tmp_path / "keys.db")
    yield vault
    vault.close()


def sealed(vault: Vault, person: str) -> tuple[bytes, str]:
    subject = vault.subject(person, "city")
    text = vault.seal("city", subject, "here", person)
    vault.settle()
    return subject, text


def test_yesterdays_key_file_put_back_by_hand_brings_nobody_back(tmp_path, vault) -> None:
    subject, text = sealed(vault, "a")
    other, kept = sealed(vault, "b")
    shutil.copy(tmp_path / "keys.db", tmp_path / "yesterday")
    vault.erase(subject)
    (key_there,) = [line.hash for line in vault.erasures]
    assert key_there == subject
    vault.close()
    shutil.copy(tmp_path / "yesterday", tmp_path / "keys.db")
    again = Vault(tmp_path / "keys.db")
    with pytest.raises(NotFound):
        again.unseal(subject, "here", text)
    assert again.unseal(other, "here", kept) == "b"
    again.close()


def test_a_list_that_was_lost_is_written_again_from_the_keys(tmp_path, vault) -> None:
    subject, _ = sealed(vault, "a")
    vault.erase(subject)
    before = (tmp_path / "erasures").read_bytes()
    (tmp_path / "erasures").unlink()
    Vault(tmp_path / "keys.db").close()
    assert (tmp_path / "erasures").read_bytes() == before


def test_who_comes_back_after_an_erasure_is_not_erased_by_it_again(tmp_path, vault) -> None:
    """Also when the key file is an old copy, which does not know of the numbers given out since."""
    subject, _ = sealed(vault, "a")
    shutil.copy(tmp_path / "keys.db", tmp_path / "yesterday")
    for _ in range(3):
        sealed(vault, "a")
        vault.erase(subject)
    vault.close()
    shutil.copy(tmp_path / "yesterday", tmp_path / "keys.db")
    again = Vault(tmp_path / "keys.db")
    _, text = sealed(again, "a")
    assert text.startswith(f"{MARK}4:"), "a number that no erasure names"
    again.close()
    once_more = Vault(tmp_path / "keys.db")
    assert once_more.unseal(subject, "here", text) == "a"
    once_more.close()


def test_erasing_twice_or_nobody_writes_nothing(vault) -> None:
    subject, _ = sealed(vault, "a")
    vault.erase(subject)
    vault.erase(subject)
    vault.erase(b"nobody")
    assert len(vault.erasures) == 1


def test_an_erasure_waits_for_the_ledger_until_it_is_there(tmp_path, vault) -> None:
    subject, _ = sealed(vault, "a")
    vault.erase(subject)
    (line,) = vault.untold()
    assert subject not in line.statement() and subject.hex().encode() not in line.statement()
    vault.close()
    again = Vault(tmp_path / "keys.db")
    assert again.untold() == [line]
    again.told([line])
    assert again.untold() == []
    again.close()


def test_a_clock_moved_back_changes_nothing(tmp_path, vault, monkeypatch) -> None:
    times = iter([2e9, 1e9, 0.0])
    monkeypatch.setattr(module.time, "time", lambda: next(times))
    people = [sealed(vault, name) for name in "abc"]
    for subject, _ in people:
        vault.erase(subject)
    assert [line.at for line in vault.erasures] == ["2033-05-18T03:33:20+00:00"] * 3
    again = Vault(tmp_path / "keys.db")
    for subject, text in people:
        with pytest.raises(NotFound):
            again.unseal(subject, "here", text)
    again.close()


def test_a_list_cut_anywhere_is_read_up_to_there_and_goes_on(tmp_path, vault) -> None:
    """A power cut leaves half a line: it was never acknowledged. Whole lines stay, and the next begins cleanly."""
    for name in "abc":
        vault.erase(sealed(vault, name)[0])
    whole = (tmp_path / "erasures").read_bytes()
    lines = whole.splitlines(keepends=True)
    for cut in range(len(whole) + 1):
        (tmp_path / "cut").write_bytes(whole[:cut])
        found = Erasures(tmp_path / "cut")
        assert b"".join(line.line() for line in found) == whole[: whole[:cut].rfind(b"\n") + 1]
        found.mark("m")
        assert len(Erasures(tmp_path / "cut")) == len(found)
    (tmp_path / "cut").write_bytes(lines[0] + lines[1][:-9] + b"\n" + lines[2])
    with pytest.raises(Conflict, match="line 2"):
        Erasures(tmp_path / "cut")


@given(st.lists(st.sampled_from("abcd"), max_size=6), st.lists(st.sampled_from("abcd"), max_size=6))
def test_lists_are_joined_in_whatever_order(tmp_path_factory, left: list[str], right: list[str]) -> None:
    folder = tmp_path_factory.mktemp("lists")
    one, two = Erasures(folder / "one"), Erasures(folder / "two")
    for name in left:
        one.erase(name.encode(), 1)
    for name in right:
        two.erase(name.encode(), 1)
    first, second = set(one), set(two)
    one.join(two)
    two.join(first)
    assert set(one) == set(two) == set(Erasures(folder / "one")) == first | second

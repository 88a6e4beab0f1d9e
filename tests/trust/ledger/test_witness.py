from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from noren.errors import AlreadyExists, BadInput, NorenError, NotAllowed, NotFound, Unproven
from noren.trust.ledger import Checkpoint, Note, OtherSize, Signer, Witness, merkle
from noren.trust.ledger.note import signature
from noren.trust.ledger.witness import Request
from tests.trust.ledger.conftest import ORIGIN, witness_key
from tests.trust.ledger.test_merkle import ENTRIES, mth, node

LOG = Signer(ORIGIN, bytes(32))


def tree(size: int, root: bytes | None = None, signer: Signer = LOG) -> Note:
    return Note(Checkpoint(signer.verifier.name, size, root or mth(ENTRIES[:size])).text()).signed(signer)


def asking(old: int, size: int, **other: object) -> bytes:
    proof = merkle.consistency(node, old, size) if 0 < old < size else ()
    return bytes(Request(old, tuple(proof), tree(size, **other)))  # type: ignore[arg-type]


class Clock:
    now = 1_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def witness(tmp_path: Path, clock: Clock) -> Witness:
    return Witness(witness_key("w"), [LOG.verifier], tmp_path / "w.db", clock)


def time_of(line: str, note: Note) -> int:
    key = witness_key("w").verifier
    return Note(note.text, (signature(line.removesuffix("\n")),)).holding([key])[key].time


def test_it_follows_a_log_that_grows(witness: Witness) -> None:
    sizes = [0, 1, 2, 2, 3, 100, 256, 300]
    for old, size in zip([0, *sizes], sizes, strict=False):
        line = witness.add_checkpoint(asking(old, size))
        assert time_of(line, tree(size)) == 1_000_000


@pytest.mark.parametrize("wrong", [0, 1, 9, 11])
def test_another_size_is_answered_with_its_own(witness: Witness, wrong: int) -> None:
    witness.add_checkpoint(asking(0, 10))
    with pytest.raises(OtherSize) as told:
        witness.add_checkpoint(asking(wrong, 20))
    assert (told.value.size, told.value.status) == (10, 409)


def test_rollback_and_forks_are_refused(witness: Witness) -> None:
    witness.add_checkpoint(asking(0, 10))
    refused: list[tuple[bytes, type[NorenError]]] = [
        (asking(10, 9), BadInput),
        (asking(9, 9), OtherSize),
        (asking(10, 10, root=mth(ENTRIES[1:11])), AlreadyExists),
        (asking(10, 20, root=mth(ENTRIES[1:21])), Unproven),
        (bytes(Request(10, (), tree(20))), Unproven),
        (bytes(Request(10, (bytes(32),), tree(10))), Unproven),
    ]
    for body, kind in refused:
        with pytest.raises(kind) as told:
            witness.add_checkpoint(body)
        assert told.type is kind
    assert witness.latest(ORIGIN) == tree(10)
    assert witness.contradictions() == [(tree(10), tree(10, mth(ENTRIES[1:11])))]
    witness.add_checkpoint(asking(10, 20))


def test_an_empty_log_has_one_root(witness: Witness) -> None:
    with pytest.raises(AlreadyExists):
        witness.add_checkpoint(asking(0, 0, root=bytes(32)))
    with pytest.raises(Unproven):
        witness.add_checkpoint(bytes(Request(0, (bytes(32),), tree(3))))


def test_strangers_are_refused(witness: Witness) -> None:
    with pytest.raises(NotFound):
        witness.add_checkpoint(asking(0, 1, signer=Signer.new("other.example")))
    with pytest.raises(NotAllowed):
        witness.add_checkpoint(asking(0, 1, signer=Signer.new(ORIGIN)))
    forged = Note(tree(2).text, tree(1).signatures)
    with pytest.raises(NotAllowed):
        witness.add_checkpoint(bytes(Request(0, (), forged)))
    assert witness.latest(ORIGIN) is None


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"old 0\n",
        b"old 0\n\n",
        b"old 00\n\n" + bytes(tree(1)),
        b"old -1\n\n" + bytes(tree(1)),
        b"old x\n\n" + bytes(tree(1)),
        b"new 0\n\n" + bytes(tree(1)),
        b"old 0\nAAAA!\n\n" + bytes(tree(1)),
        b"old 0\n" + b"AAAA\n" * 64 + b"\n" + bytes(tree(1)),
        b"old 0\r\n\n" + bytes(tree(1)),
        b"old 0\n\nnothing",
        b"old 0\n\n" + bytes(Note("a\nb\n").signed(LOG)),
        b"old 0\n\n" + bytes(300_000),
    ],
)
def test_what_is_no_request(witness: Witness, body: bytes) -> None:
    with pytest.raises(BadInput):
        witness.add_checkpoint(body)


def test_it_remembers_after_a_restart_and_never_looks_older(tmp_path: Path, witness: Witness, clock: Clock) -> None:
    witness.add_checkpoint(asking(0, 10))
    witness.close()
    clock.now -= 5000
    again = Witness(witness_key("w"), [LOG.verifier], tmp_path / "w.db", clock)
    with pytest.raises(OtherSize):
        again.add_checkpoint(asking(0, 10))
    assert time_of(again.add_checkpoint(asking(10, 11)), tree(11)) == 1_000_000


def test_what_could_not_be_kept_is_not_cosigned(witness: Witness) -> None:
    witness._db.execute("PRAGMA query_only=1")
    with pytest.raises(NorenError, match="cannot write"):
        witness.add_checkpoint(asking(0, 10))
    witness._db.execute("PRAGMA query_only=0")
    witness.add_checkpoint(asking(0, 5))


def test_a_witness_needs_its_own_kind_of_key(tmp_path: Path) -> None:
    with pytest.raises(BadInput):
        Witness(LOG, [], tmp_path / "w.db")
    (tmp_path / "no.db").write_bytes(b"nothing of the kind" * 100)
    with pytest.raises((NorenError, sqlite3.DatabaseError)):
        Witness(witness_key("w"), [], tmp_path / "no.db")

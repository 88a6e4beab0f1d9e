from __future__ import annotations

import base64
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from noren.errors import BadInput, Unproven
from noren.trust.ledger import COSIGNATURE, Checkpoint, Note, Signer, Verifier
from noren.trust.ledger.keys import check_point
from noren.trust.ledger.note import opened
from tests.trust.ledger import second
from tests.trust.ledger.conftest import witness_key

TLOG = "example.com/log/testdata+33d7b496+AeHTu4Q3hEIMHNqc6fASMsq3rKNx280NI+oO5xCFkkSx"


def small_points() -> list[second.Point]:
    """All points whose order divides eight, found by arithmetic: multiples by L of points of the whole curve."""
    found, y = set(), 2
    while len(found) < 8:
        y += 1
        try:
            found.add(second.times(second.L, second.point(y.to_bytes(32, "little"))))
        except AssertionError:
            continue
    return sorted(found)


def encodings(x: int, y: int) -> list[bytes]:
    """The canonical encoding of a point, and the others that name it to a reader that does not look closely."""
    signs = {x & 1} | ({0, 1} if x == 0 else set())
    ys = [y, y + second.P] if y + second.P < 2**255 else [y]
    return [(value | sign << 255).to_bytes(32, "little") for value in ys for sign in signs]


def test_keys_of_small_order_are_refused() -> None:
    points = small_points()
    assert all(second.times(8, point) == second.IDENTITY for point in points)
    blobs = [blob for point in points for blob in encodings(*point)]
    assert len(blobs) >= 12
    for blob in blobs:
        with pytest.raises(BadInput):
            Verifier("somebody.example", blob)


@given(st.binary(min_size=32, max_size=32))
def test_a_key_is_a_point_written_canonically(blob: bytes) -> None:
    y = int.from_bytes(blob, "little") % 2**255
    try:
        second.point(blob)
        fine = y < second.P and second.times(8, second.point(blob)) != second.IDENTITY
    except AssertionError:
        fine = False
    if fine:
        check_point(blob)
    else:
        with pytest.raises(BadInput):
            check_point(blob)


@pytest.mark.parametrize("value", range(19))
def test_keys_beyond_the_prime_are_refused(value: int) -> None:
    with pytest.raises(BadInput, match="canonical"):
        check_point((second.P + value).to_bytes(32, "little"))


def test_s_is_reduced_and_r_is_what_the_equation_gives() -> None:
    signer = Signer.new("a.example")
    value = signer.sign(b"text\n")
    assert signer.verifier.holds(b"text\n", value)
    assert second.signed(signer.verifier.raw, b"text\n", value)
    s = int.from_bytes(value[32:], "little") + second.L
    assert not signer.verifier.holds(b"text\n", value[:32] + s.to_bytes(32, "little"))
    assert not signer.verifier.holds(b"text\n", bytes(32) + value[32:])


def test_an_r_of_small_order_holds_when_the_equation_does() -> None:
    """RFC 8032 without the cofactor: whoever knows the private key may choose such an R; nobody else can."""
    import hashlib

    seed = b"7" * 32
    raw = Signer("a.example", seed).verifier.raw
    a = int.from_bytes(hashlib.sha512(seed).digest()[:32], "little") & ((1 << 254) - 8) | 1 << 254
    r = (1).to_bytes(32, "little")
    k = int.from_bytes(hashlib.sha512(r + raw + b"text\n").digest(), "little")
    value = r + (k * a % second.L).to_bytes(32, "little")
    assert Verifier("a.example", raw).holds(b"text\n", value)
    noncanonical = (1 + second.P).to_bytes(32, "little") + value[32:]
    assert not Verifier("a.example", raw).holds(b"text\n", noncanonical)


@pytest.mark.parametrize("kind", [1, COSIGNATURE])
def test_keys_are_written_and_read(kind: int) -> None:
    signer = Signer.new("a.example/log", kind)
    assert Verifier.parse(str(signer.verifier)) == signer.verifier
    assert Signer.parse(signer.secret()).verifier == signer.verifier
    assert "PRIVATE" not in repr(signer.verifier)


def test_the_published_key_has_its_published_id() -> None:
    assert str(Verifier.parse(TLOG)) == TLOG


@pytest.mark.parametrize(
    "text",
    [
        "",
        "name",
        TLOG.replace("33d7b496", "33d7b497"),
        TLOG.replace("33d7b496", "33d7b49"),
        TLOG.replace("example.com", "example.org"),
        TLOG + "=",
        TLOG[:-1],
        TLOG.replace("+AeHT", "+BuHT"),
        "ä b+" + TLOG.partition("+")[2],
    ],
)
def test_other_keys_are_refused(text: str) -> None:
    with pytest.raises(BadInput):
        Verifier.parse(text)


def test_a_key_file_is_for_its_owner_only(tmp_path: Path) -> None:
    made = Signer.keep(tmp_path / "a.key", "a.example")
    assert Signer.keep(tmp_path / "a.key").verifier == made.verifier
    with pytest.raises(BadInput, match="another name"):
        Signer.keep(tmp_path / "a.key", kind=COSIGNATURE)
    (tmp_path / "a.key").chmod(0o644)
    with pytest.raises(BadInput, match="Others"):
        Signer.keep(tmp_path / "a.key")
    with pytest.raises(BadInput, match="no key"):
        Signer.keep(tmp_path / "b.key")


@pytest.mark.parametrize("size", [*range(16)])
def test_published_checkpoints_hold(shared: Callable[[str], Path], size: int) -> None:
    raw = (shared("ledger/tlog") / f"checkpoint.{size}").read_bytes()
    checkpoint, note = opened(raw, Verifier.parse(TLOG))
    assert checkpoint.size == size
    assert bytes(note) == raw
    assert checkpoint.text() == note.text


def test_a_published_checkpoint_changed_anywhere_does_not_hold(shared: Callable[[str], Path]) -> None:
    raw, log = (shared("ledger/tlog") / "checkpoint.12").read_bytes(), Verifier.parse(TLOG)
    for at in range(len(raw)):
        for changed in (raw[:at] + bytes([raw[at] ^ 1]) + raw[at + 1 :], raw[:at] + raw[at + 1 :]):
            with pytest.raises((BadInput, Unproven)):
                opened(changed, log)


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"text\n",
        b"text\n\n",
        b"\n\n\xe2\x80\x94 a AAAAAAA=\n",
        b"text\n\n\xe2\x80\x94 a AAAAAAA=",
        b"text\n\n\xe2\x80\x94 a AAAAAA==\n",
        b"text\n\n\xe2\x80\x94 a AAAAAAA\n",
        b"text\n\n\xe2\x80\x94 a AAAAAAB=\n",
        b"text\n\n\xe2\x80\x94  AAAAAAA=\n",
        b"text\n\n\xe2\x80\x94 a+b AAAAAAA=\n",
        b"text\n\n\xe2\x80\x94 a AAAAAAA= b\n",
        b"text\n\n- a AAAAAAA=\n",
        b"te\rxt\n\n\xe2\x80\x94 a AAAAAAA=\n",
        b"te\xffxt\n\n\xe2\x80\x94 a AAAAAAA=\n",
        b"text\n\n" + b"\xe2\x80\x94 a AAAAAAA=\n" * 101,
    ],
)
def test_texts_that_are_no_notes(raw: bytes) -> None:
    with pytest.raises(BadInput):
        Note.parse(raw)


def test_a_text_may_hold_empty_lines() -> None:
    signer = Signer.new("a.example")
    note = Note.parse(bytes(Note("one\n\ntwo\n").signed(signer)))
    assert note.text == "one\n\ntwo\n"
    assert list(note.holding([signer.verifier])) == [signer.verifier]


@pytest.mark.parametrize(
    "text",
    [
        "a\n1\n",
        "a\n01\n" + "A" * 43 + "=\n",
        "a\n-1\n" + "A" * 43 + "=\n",
        "a\n+1\n" + "A" * 43 + "=\n",
        "a\n１\n" + "A" * 43 + "=\n",
        "a\n9223372036854775808\n" + "A" * 43 + "=\n",
        "\n1\n" + "A" * 43 + "=\n",
        "a\n1\nAAAA\n",
        "a\n1\n" + "A" * 43 + "=\n\n",
        "a\n1\n" + "A" * 43 + "=",
    ],
)
def test_texts_that_are_no_checkpoints(text: str) -> None:
    with pytest.raises(BadInput):
        Checkpoint.parse(text)


def test_unknown_signatures_are_passed_over_and_known_ones_must_hold(signer: Signer) -> None:
    other = Signer.new(signer.verifier.name)
    note = Note("text\n").signed(other).signed(signer)
    assert list(note.holding([signer.verifier])) == [signer.verifier]
    assert note.holding([Signer.new("x.example").verifier]) == {}
    with pytest.raises(Unproven):
        Note("other\n", note.signatures).holding([signer.verifier])


def test_cosignatures_say_when(signer: Signer) -> None:
    witness = witness_key("w")
    note = Note("a\n1\n" + base64.b64encode(bytes(32)).decode() + "\n").signed(witness, 1_700_000_000)
    found = Note.parse(bytes(note)).holding([witness.verifier])[witness.verifier]
    assert found.time == 1_700_000_000
    later = note.joined(note.signed(witness, 1_700_000_060).signatures)
    assert later.holding([witness.verifier])[witness.verifier].time == 1_700_000_060
    value = found.value
    for moved in (b"\0" * 8 + value[8:], b"\x80" + value[1:], value[8:], value + b"\0"):
        assert not witness.verifier.holds(note.text.encode(), moved)
    as_note = Verifier(witness.verifier.name, witness.verifier.raw)
    assert not as_note.holds(note.text.encode(), value[8:])

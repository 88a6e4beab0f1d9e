from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from noren.errors import BadInput, Unproven
from noren.trust.ledger import merkle
from noren.trust.ledger.tiles import Edge

ENTRIES = [str(number).encode() for number in range(300)]


def mth(entries: list[bytes]) -> bytes:
    """RFC 6962, 2.1, word by word."""
    if not entries:
        return hashlib.sha256(b"").digest()
    if len(entries) == 1:
        return hashlib.sha256(b"\0" + entries[0]).digest()
    k = 1
    while k * 2 < len(entries):
        k *= 2
    return hashlib.sha256(b"\1" + mth(entries[:k]) + mth(entries[k:])).digest()


def node(height: int, index: int) -> bytes:
    part = ENTRIES[index << height : (index + 1) << height]
    assert len(part) == 1 << height
    return mth(part)


def case(path: Path) -> tuple[dict, list[bytes]]:
    found = json.loads(path.read_text())
    return found, [base64.b64decode(hash) for hash in found["proof"] or []]


def blob(text: str | None) -> bytes:
    return base64.b64decode(text or "")


def test_published_inclusion_proofs(shared: Callable[[str], Path]) -> None:
    files = sorted(shared("ledger/merkle/inclusion").rglob("*.json"))
    assert len(files) >= 80
    for path in files:
        given, proof = case(path)
        arguments = given["leafIdx"], given["treeSize"], blob(given["leafHash"]), proof, blob(given["root"])
        if given["wantErr"]:
            with pytest.raises(Unproven):
                merkle.verify_inclusion(*arguments)
                pytest.fail(str(path))
        else:
            merkle.verify_inclusion(*arguments)


def test_published_consistency_proofs(shared: Callable[[str], Path]) -> None:
    files = sorted(shared("ledger/merkle/consistency").rglob("*.json"))
    assert len(files) > 60
    for path in files:
        given, proof = case(path)
        arguments = given["size1"], given["size2"], proof, blob(given["root1"]), blob(given["root2"])
        if given["wantErr"]:
            with pytest.raises(Unproven):
                merkle.verify_consistency(*arguments)
                pytest.fail(str(path))
        else:
            merkle.verify_consistency(*arguments)


@pytest.mark.parametrize("size", [*range(18), 255, 256, 257])
def test_the_edge_has_the_root_of_the_definition(size: int) -> None:
    edge = Edge()
    for entry in ENTRIES[:size]:
        edge.add(merkle.leaf(entry))
    assert edge.root() == merkle.root(node, size) == mth(ENTRIES[:size])


@pytest.mark.parametrize("size", range(1, 34))
def test_every_proof_of_every_size_verifies(size: int) -> None:
    root = mth(ENTRIES[:size])
    for index in range(size):
        proof = merkle.inclusion(node, index, size)
        merkle.verify_inclusion(index, size, merkle.leaf(ENTRIES[index]), proof, root)
    for old in range(1, size + 1):
        merkle.verify_consistency(old, size, merkle.consistency(node, old, size), mth(ENTRIES[:old]), root)


def flipped(blob: bytes, bit: int) -> bytes:
    changed = bytearray(blob)
    changed[bit // 8 % len(blob)] ^= 1 << bit % 8
    return bytes(changed)


@given(st.data())
def test_an_inclusion_proof_with_any_bit_flipped_fails(data: st.DataObject) -> None:
    size = data.draw(st.integers(1, 300))
    index, bit = data.draw(st.integers(0, size - 1)), data.draw(st.integers(0, 255))
    proof = merkle.inclusion(node, index, size)
    parts = [merkle.leaf(ENTRIES[index]), mth(ENTRIES[:size]), *proof]
    merkle.verify_inclusion(index, size, parts[0], proof, parts[1])
    at = data.draw(st.integers(0, len(parts) - 1))
    parts[at] = flipped(parts[at], bit)
    with pytest.raises(Unproven):
        merkle.verify_inclusion(index, size, parts[0], parts[2:], parts[1])
    other = data.draw(st.integers(0, 400).filter(lambda number: number != index))
    with pytest.raises(Unproven):
        merkle.verify_inclusion(other, size, merkle.leaf(ENTRIES[index]), proof, mth(ENTRIES[:size]))


@given(st.data())
def test_a_consistency_proof_with_any_bit_flipped_fails(data: st.DataObject) -> None:
    new = data.draw(st.integers(1, 300))
    old, bit = data.draw(st.integers(1, new)), data.draw(st.integers(0, 255))
    parts = [mth(ENTRIES[:old]), mth(ENTRIES[:new]), *merkle.consistency(node, old, new)]
    merkle.verify_consistency(old, new, parts[2:], parts[0], parts[1])
    at = data.draw(st.integers(0, len(parts) - 1))
    parts[at] = flipped(parts[at], bit)
    with pytest.raises(Unproven):
        merkle.verify_consistency(old, new, parts[2:], parts[0], parts[1])


@pytest.mark.parametrize(("index", "size"), [(0, 0), (-1, 3), (3, 3)])
def test_no_proof_of_what_is_not_there(index: int, size: int) -> None:
    with pytest.raises(BadInput):
        merkle.inclusion(node, index, size)
    with pytest.raises(BadInput):
        merkle.consistency(node, size + 1, size)
    with pytest.raises(Unproven):
        merkle.verify_inclusion(index, size, bytes(32), [], bytes(32))

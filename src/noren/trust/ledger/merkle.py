"""The Merkle tree of RFC 6962, 2.1: hashes, proofs, and their verification (algorithms of RFC 9162, 2.1.3.2 and
2.1.4.2).

A tree is read through `node(height, index)`: the hash of the complete subtree over entries `index * 2**height` up to,
not including, `(index + 1) * 2**height`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence

from noren.errors import BadInput, Unproven

Node = Callable[[int, int], bytes]
HASH = 32
EMPTY = hashlib.sha256(b"").digest()
"""Root of the tree that holds nothing."""


def leaf(entry: bytes) -> bytes:
    """Hash of an entry; the leading 0 keeps entries and inner nodes apart."""
    return hashlib.sha256(b"\x00" + entry).digest()


def inner(left: bytes, right: bytes) -> bytes:
    """Hash of two neighbouring subtrees."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def complete(hashes: Sequence[bytes]) -> bytes:
    """Root over neighbouring subtrees of one height, as many as a power of two."""
    level = list(hashes)
    while len(level) > 1:
        level = [inner(left, right) for left, right in zip(level[::2], level[1::2], strict=True)]
    return level[0]


def root(node: Node, size: int) -> bytes:
    """Root of the tree of the first `size` entries."""
    return _hash(node, 0, size) if size else EMPTY


def inclusion(node: Node, index: int, size: int) -> list[bytes]:
    """Proof that entry `index` is in the tree of `size` entries, from the leaf's neighbour upwards; raises `BadInput`
    when there is no such entry."""
    if not 0 <= index < size:
        raise BadInput(f"There is no entry {index} among {size}.", where="index")
    return _path(node, index, 0, size)


def consistency(node: Node, old: int, new: int) -> list[bytes]:
    """Proof that the tree of `new` entries begins with the tree of `old`; raises `BadInput` unless 0 < old <= new."""
    if not 0 < old <= new:
        raise BadInput(f"A tree of {new} entries cannot be compared with one of {old}.", where="size")
    return _subproof(node, old, 0, new, whole=True)


def verify_inclusion(index: int, size: int, hash: bytes, proof: Sequence[bytes], root: bytes) -> None:
    """Raise `Unproven` unless `proof` leads from the leaf `hash` at `index` to the `root` of `size` entries."""
    if not 0 <= index < size or len(hash) != HASH:
        raise Unproven(f"There is no entry {index} among {size}.", where="index")
    _check_lengths(proof)
    at, last, made = index, size - 1, hash
    for sibling in proof:
        if last == 0:
            raise Unproven("The proof is too long.", where="inclusion proof")
        if at & 1 or at == last:
            made = inner(sibling, made)
            while at and not at & 1:
                at, last = at >> 1, last >> 1
        else:
            made = inner(made, sibling)
        at, last = at >> 1, last >> 1
    if last or made != root:
        raise Unproven("The proof does not lead from the entry to the root.", where="inclusion proof")


def verify_consistency(old: int, new: int, proof: Sequence[bytes], old_root: bytes, new_root: bytes) -> None:
    """Raise `Unproven` unless `proof` shows that the tree of `new` entries begins with the tree of `old`.

    From an empty tree nothing can be shown, so that is refused, too.
    """
    if not 0 < old <= new:
        raise Unproven(f"A tree of {new} entries cannot be compared with one of {old}.", where="consistency proof")
    if old == new:
        if proof or old_root != new_root:
            raise Unproven("Two trees of one size have different roots.", where="consistency proof")
        return
    _check_lengths(proof)
    path = [old_root, *proof] if old & (old - 1) == 0 else list(proof)
    if not path:
        raise Unproven("The proof is empty.", where="consistency proof")
    made_old, made_new = _climb(old, new, path)
    if made_old != old_root or made_new != new_root:
        raise Unproven("The larger tree does not begin with the smaller one.", where="consistency proof")


def _climb(old: int, new: int, path: Sequence[bytes]) -> tuple[bytes, bytes]:
    at, last = old - 1, new - 1
    while at & 1:
        at, last = at >> 1, last >> 1
    made_old = made_new = path[0]
    for hash in path[1:]:
        if last == 0:
            raise Unproven("The proof is too long.", where="consistency proof")
        if at & 1 or at == last:
            made_old, made_new = inner(hash, made_old), inner(hash, made_new)
            while at and not at & 1:
                at, last = at >> 1, last >> 1
        else:
            made_new = inner(made_new, hash)
        at, last = at >> 1, last >> 1
    if last:
        raise Unproven("The proof is too short.", where="consistency proof")
    return made_old, made_new


def _check_lengths(proof: Sequence[bytes]) -> None:
    if any(len(hash) != HASH for hash in proof):
        raise Unproven(f"A hash of a proof has {HASH} bytes.", where="proof")


def _split(count: int) -> int:
    """The largest power of two below `count`."""
    return 1 << ((count - 1).bit_length() - 1)


def _hash(node: Node, begin: int, end: int) -> bytes:
    count = end - begin
    if count & (count - 1) == 0:
        height = count.bit_length() - 1
        return node(height, begin >> height)
    middle = begin + _split(count)
    return inner(_hash(node, begin, middle), _hash(node, middle, end))


def _path(node: Node, index: int, begin: int, end: int) -> list[bytes]:
    if end - begin == 1:
        return []
    middle = begin + _split(end - begin)
    if index < middle:
        return [*_path(node, index, begin, middle), _hash(node, middle, end)]
    return [*_path(node, index, middle, end), _hash(node, begin, middle)]


def _subproof(node: Node, old: int, begin: int, end: int, *, whole: bool) -> list[bytes]:
    """RFC 6962, 2.1.2; `whole` while the old tree is itself a subtree, whose root the verifier knows."""
    if old == end:
        return [] if whole else [_hash(node, begin, end)]
    middle = begin + _split(end - begin)
    if old <= middle:
        return [*_subproof(node, old, begin, middle, whole=whole), _hash(node, middle, end)]
    return [*_subproof(node, old, middle, end, whole=False), _hash(node, begin, middle)]

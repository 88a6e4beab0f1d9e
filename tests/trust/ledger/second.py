"""A second, small reader of receipts, written from RFC 9162, 2.1.3.2 and the C2SP texts alone; shares no code with
Noren.

The public key is checked by plain arithmetic on the curve (RFC 8032, 5.1.7), not by a library.
"""

from __future__ import annotations

import base64
import hashlib

P = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
Point = tuple[int, int]
IDENTITY: Point = (0, 1)


def add(a: Point, b: Point) -> Point:
    k = D * a[0] * b[0] * a[1] * b[1] % P
    x = (a[0] * b[1] + b[0] * a[1]) * pow(1 + k, P - 2, P)
    y = (a[1] * b[1] + a[0] * b[0]) * pow(1 - k, P - 2, P)
    return x % P, y % P


def times(n: int, point: Point) -> Point:
    made = IDENTITY
    while n:
        if n & 1:
            made = add(made, point)
        point, n = add(point, point), n >> 1
    return made


def point(raw: bytes) -> Point:
    number = int.from_bytes(raw, "little")
    sign, y = number >> 255, number & (2**255 - 1)
    square = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(square, (P + 3) // 8, P)
    if x * x % P != square:
        x = x * pow(2, (P - 1) // 4, P) % P
    assert x * x % P == square, "not on the curve"
    return (P - x if x & 1 != sign else x), y


BASE = point((4 * pow(5, P - 2, P) % P).to_bytes(32, "little"))


def signed(key: bytes, message: bytes, signature: bytes) -> bool:
    r, s = signature[:32], int.from_bytes(signature[32:], "little")
    k = int.from_bytes(hashlib.sha512(r + key + message).digest(), "little")
    return s < L and times(s, BASE) == add(point(r), times(k % L, point(key)))


def read(receipt: bytes, entry: bytes, log: str, witnesses: list[str]) -> bool:
    """Whether the receipt holds: the log's key and all the witnesses' keys signed, and the proof leads to the root."""
    head, _, note = receipt.decode().partition("\n\n")
    lines = [line for line in head.split("\n") if not line.startswith("extra ")]
    assert lines[0] == "c2sp.org/tlog-proof@v1"
    index, proof = int(lines[1].split()[1]), [base64.b64decode(line) for line in lines[2:]]
    text, _, signatures = note.rpartition("\n\n")
    text += "\n"
    origin, size, root = text.split("\n")[:3]
    by_key = {}
    for line in signatures.splitlines():
        _, name, blob = line.split(" ")
        by_key[name, base64.b64decode(blob)[:4].hex()] = base64.b64decode(blob)[4:]
    for key in [log, *witnesses]:
        name, id, material = key.split("+", 2)
        value, raw, message = by_key.get((name, id)), base64.b64decode(material), text.encode()
        if value is None:
            return False
        if raw[0] == 4:
            time = int.from_bytes(value[:8], "big")
            value, message = value[8:], f"cosignature/v1\ntime {time}\n{text}".encode()
        if not signed(raw[1:], message, value):
            return False
    return origin == log.split("+")[0] and _root(index, int(size), entry, proof) == base64.b64decode(root)


def _root(index: int, size: int, entry: bytes, proof: list[bytes]) -> bytes | None:
    """Recursively, from the definition of PATH in RFC 6962, 2.1.1, not by the loop that the verifier uses."""
    if size == 1:
        return hashlib.sha256(b"\0" + entry).digest() if not proof else None
    if not proof:
        return None
    k = 1
    while k * 2 < size:
        k *= 2
    if index < k:
        left, right = _root(index, k, entry, proof[:-1]), proof[-1]
    else:
        left, right = proof[-1], _root(index - k, size - k, entry, proof[:-1])
    return None if left is None or right is None else hashlib.sha256(b"\1" + left + right).digest()

"""Signed messages between two houses: JWS in its compact form (RFC 7515) with one algorithm, Ed25519 (RFC 9864).

A message is opened with a key that was agreed on beforehand; nothing in the message chooses key or algorithm. Its
protected header must be just what `seal` writes, letter by letter.
"""

from __future__ import annotations

import base64
import hashlib
from typing import TypeVar

import msgspec

from noren.errors import Unproven
from noren.trust.ledger import Signer, Verifier

T = TypeVar("T")


def seal(message: msgspec.Struct, kind: str, signer: Signer) -> str:
    """The message as a JWS of this kind (its "typ") under the signer's key."""
    body = msgspec.json.encode(message)
    text = f"{_header(kind, signer.verifier)}.{_encode(body)}"
    return f"{text}.{_encode(signer.sign(text.encode()))}"


def opened(text: str, kind: str, key: Verifier, type: type[T]) -> T:
    """The message in a JWS of this kind under this key; raises `Unproven`, whatever is wrong with it."""
    signed, _, signature = text.rpartition(".")
    header, _, body = signed.partition(".")
    try:
        good = text.isascii() and header == _header(kind, key) and key.holds(signed.encode(), _decode(signature))
        if not good:
            raise ValueError("another header, or no signature of this key")
        return msgspec.json.decode(_decode(body), type=type)
    except (ValueError, RecursionError) as error:
        raise Unproven("This message is not signed as it should be.", where=kind) from error


def digest(raw: bytes) -> str:
    """SHA-256 in base64url: how a message names other bytes.

    >>> digest(b"")
    '47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU'
    """
    return _encode(hashlib.sha256(raw).digest())


def _header(kind: str, key: Verifier) -> str:
    return _encode(msgspec.json.encode({"alg": "Ed25519", "typ": kind, "kid": key.name}))


def _encode(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode("ascii")


def _decode(text: str) -> bytes:
    raw = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    if _encode(raw) != text:
        raise ValueError("not canonical")
    return raw

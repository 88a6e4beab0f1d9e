"""How a backup of the keys is locked: by a passphrase, or to an officer's public key, so that whoever makes backups
cannot open them."""

from __future__ import annotations

import base64
import hashlib
import secrets
from pathlib import Path
from typing import Any, Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from noren.errors import BadInput
from noren.trust.tokens import write_secret

SHORTEST = 12
"""Characters of a passphrase at least."""
_HARD = 2**17
"""Cost of a passphrase's key (scrypt, N): 128 MiB and some tenths of a second for each guess."""
_HARDEST = 2**20
_SUITE = Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM)
_FOR = b"noren vault backup"
_PUBLIC = "noren-officer:1:"


class Lock(Protocol):
    """What locks a backup."""

    def lock(self) -> tuple[dict[str, Any], bytes]:
        """What the head of the backup says about the lock, and the key of the rest, another one each time."""
        ...

    def unlock(self, head: dict[str, Any]) -> bytes:
        """The key again; raises `BadInput` when this lock does not fit."""
        ...


class Passphrase:
    """A lock that words open (scrypt, RFC 7914)."""

    def __init__(self, words: str) -> None:
        """Raises `BadInput` for one that is too short."""
        if len(words) < SHORTEST:
            raise BadInput(f"A passphrase has at least {SHORTEST} characters.", where="passphrase")
        self._words = words

    def lock(self) -> tuple[dict[str, Any], bytes]:
        """See `Lock`."""
        salt = secrets.token_bytes(16)
        return {"kind": "passphrase", "salt": base64.b64encode(salt).decode(), "n": _HARD}, self._key(salt, _HARD)

    def unlock(self, head: dict[str, Any]) -> bytes:
        """See `Lock`."""
        cost = head.get("n")
        if head.get("kind") != "passphrase":
            raise BadInput("This backup is locked to an officer's key.", hint="Name it with --officer FILE.")
        if not isinstance(cost, int) or not 2 <= cost <= _HARDEST or cost & (cost - 1):
            raise BadInput("The backup asks for an impossible amount of work.", where=str(cost))
        return self._key(_decoded(head.get("salt")), cost)

    def _key(self, salt: bytes, cost: int) -> bytes:
        return Scrypt(salt=salt, length=32, n=cost, r=8, p=1).derive(self._words.encode())


class Officer:
    """A lock that an officer's private key opens (X25519, HPKE of RFC 9180); the public key is enough to lock."""

    def __init__(self, public: X25519PublicKey, private: X25519PrivateKey | None = None) -> None:
        self._public, self._private = public, private

    @classmethod
    def new(cls, file: Path, words: str) -> Officer:
        """A new pair of keys, the private one in `file`, under a passphrase."""
        if file.exists():
            raise BadInput("There is a file of this name.", where=str(file), hint="Name another one.")
        Passphrase(words)
        private = X25519PrivateKey.generate()
        encryption = serialization.BestAvailableEncryption(words.encode())
        form = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
        write_secret(file, private.private_bytes(*form, encryption))
        return cls(private.public_key(), private)

    @classmethod
    def read(cls, file: Path, words: str) -> Officer:
        """The pair in `file`; raises `BadInput` when it cannot be read with this passphrase."""
        try:
            private = serialization.load_pem_private_key(file.read_bytes(), words.encode())
        except (OSError, ValueError, TypeError) as error:
            raise BadInput("The officer's key cannot be opened with this passphrase.", where=str(file)) from error
        if not isinstance(private, X25519PrivateKey):
            raise BadInput("This is no officer's key.", where=str(file))
        return cls(private.public_key(), private)

    @classmethod
    def parse(cls, text: str) -> Officer:
        """The public key, as `str` writes it; raises `BadInput`."""
        try:
            raw = base64.urlsafe_b64decode(text.strip().removeprefix(_PUBLIC))
            return cls(X25519PublicKey.from_public_bytes(raw))
        except ValueError as error:
            raise BadInput(f"An officer's public key begins with {_PUBLIC}", where="vault.officer") from error

    def __str__(self) -> str:
        return _PUBLIC + base64.urlsafe_b64encode(self._public.public_bytes_raw()).decode()

    @property
    def id(self) -> str:
        """Tells this key from others, in the head of a backup."""
        return hashlib.sha256(self._public.public_bytes_raw()).hexdigest()[:16]

    def lock(self) -> tuple[dict[str, Any], bytes]:
        """See `Lock`."""
        key = secrets.token_bytes(32)
        sealed = _SUITE.encrypt(key, self._public, _FOR)
        return {"kind": "officer", "key": self.id, "sealed": base64.b64encode(sealed).decode()}, key

    def unlock(self, head: dict[str, Any]) -> bytes:
        """See `Lock`."""
        if head.get("kind") != "officer":
            raise BadInput("This backup is locked by a passphrase.", hint="Leave out --officer.")
        if self._private is None or head.get("key") != self.id:
            raise BadInput(f"This backup is locked to another officer's key ({head.get('key')}).", where=self.id)
        try:
            return bytes(_SUITE.decrypt(_decoded(head.get("sealed")), self._private, _FOR))
        except InvalidTag as error:
            raise BadInput("The backup is damaged.", where="head") from error


def _decoded(text: Any) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (TypeError, ValueError) as error:
        raise BadInput("The head of the backup is damaged.") from error

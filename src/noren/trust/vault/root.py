"""The root key: every other key of the vault lies wrapped under it (AES-256-GCM, bound to what it is the key of).

It is a line in a file of its own, so that it can lie on another disk, or be put there by a key management service
before the city starts. While it is being changed, the next one lies beside it as `….next`; the key file says which of
the two holds.
"""

from __future__ import annotations

import base64
import hashlib
import secrets
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from noren.errors import BadInput, Conflict, Unavailable
from noren.store.cold import sync
from noren.trust.tokens import write_secret

HEAD = "noren-root:1:"
KEY = 32
_NONCE = 12
WRAPPED = _NONCE + KEY + 16
"""Bytes of a wrapped key: always the same, so that one can be written over another where it lies."""


class Root:
    """A root key; `id` (8 bytes) tells it from others and says nothing about it."""

    def __init__(self, key: bytes) -> None:
        self._key, self._cipher = key, AESGCM(key)
        self.id = hashlib.sha256(b"noren root key" + key).digest()[:8]

    @classmethod
    def new(cls) -> Root:
        """A key that nobody had before."""
        return cls(secrets.token_bytes(KEY))

    @classmethod
    def read(cls, file: Path) -> Root:
        """The key in a file; raises `Unavailable` when it is not there, `BadInput` when others may read it or it is no
        root key."""
        try:
            if file.stat().st_mode & 0o077:
                raise BadInput("Others may read the root key.", where=str(file), hint=f"Run: chmod 600 {file}")
            text = file.read_text("ascii").strip()
            key = base64.urlsafe_b64decode(text.removeprefix(HEAD))
        except OSError as error:
            raise Unavailable(
                f"The root key of the vault cannot be read ({error.strerror}).",
                where=str(file),
                hint="Put the file back, or restore the keys: noren vault restore FILE",
            ) from error
        except ValueError as error:
            raise _no_root(file) from error
        if not text.startswith(HEAD) or len(key) != KEY:
            raise _no_root(file)
        return cls(key)

    def keep(self, file: Path) -> None:
        """Write the key where only its owner reads it, durably; raises `Unavailable`."""
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            write_secret(file, f"{HEAD}{base64.urlsafe_b64encode(self._key).decode()}\n".encode())
            sync(file.parent)
        except OSError as error:
            raise _cannot_write(file, error) from error

    def wrap(self, key: bytes, what: bytes) -> bytes:
        """A key as it may lie on disk; `what` it is the key of must be said again to unwrap it."""
        nonce = secrets.token_bytes(_NONCE)
        return nonce + self._cipher.encrypt(nonce, key, what)

    def unwrap(self, wrapped: bytes, what: bytes) -> bytes:
        """The key again; raises `Conflict` when it was wrapped under another root key or for something else."""
        try:
            return self._cipher.decrypt(wrapped[:_NONCE], wrapped[_NONCE:], what)
        except (InvalidTag, ValueError) as error:
            raise Conflict(
                "A key in the vault is damaged or was moved.",
                where="keys.db",
                hint="Restore the keys: noren vault restore FILE",
            ) from error


def coming(file: Path) -> Path:
    """Where the root key lies that takes the place of the one in `file`."""
    return file.with_name(file.name + ".next")


def find(file: Path, id: bytes) -> Root:
    """The root key of this id, in place or still coming. Raises `Conflict` when neither is it."""
    for place in (coming(file), file):  # in this order: what is coming may be put in its place meanwhile
        if place.exists() and (root := Root.read(place)).id == id:
            return root
    Root.read(file)
    raise Conflict(
        "This is not the root key under which the keys were wrapped.",
        where=str(file),
        hint="Put the right file back, or restore the keys: noren vault restore FILE",
    )


def put_in_place(file: Path, id: bytes) -> None:
    """Let a coming root key of this id take its place; one that never came to hold goes. Call it only while nobody else
    can change the keys: a root key that was put in the place of the one that holds would lose them all."""
    following = coming(file)
    try:
        if not following.exists():
            return
        if Root.read(following).id == id:
            following.replace(file)
        else:
            following.unlink()
        sync(file.parent)
    except OSError as error:
        raise _cannot_write(file, error) from error


def _no_root(file: Path) -> BadInput:
    return BadInput("This is no root key.", where=str(file), hint="Put the right file back; see docs/vault.md.")


def _cannot_write(file: Path, error: OSError) -> Unavailable:
    return Unavailable(
        f"The root key cannot be written ({error.strerror}).",
        where=str(file),
        hint="Check rights and free space. The key that lies there still holds.",
    )

"""Where the keys of personal values lie: one key a subject, in a file apart from the data and its backups.

A subject is a keyed hash of a person's id, different for each organisation, so that two organisations cannot compare
whom they know. Whoever destroys a subject's key has erased every value sealed under it, in every copy there is.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
import secrets
import sqlite3
from functools import lru_cache
from pathlib import Path
from typing import Any

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from noren.errors import BadInput, NotFound
from noren.trust.principals import OrganisationKind

MARK = "noren:sealed:1:"
_NONCE = 12
_TABLES = """
CREATE TABLE IF NOT EXISTS organisation (name TEXT PRIMARY KEY, kind TEXT NOT NULL, secret BLOB NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS subject (
    hash BLOB NOT NULL, generation INTEGER NOT NULL, organisation TEXT NOT NULL, key BLOB,
    PRIMARY KEY (hash, generation)
) STRICT, WITHOUT ROWID;
"""


class Vault:
    """The key file of one city. Keys made by `seal` are durable after `settle`: call it before the sealed value is
    kept anywhere, or a power cut could leave a value that nobody can open."""

    def __init__(self, file: Path) -> None:
        """Open or make the key file; raises `BadInput` when others may read it."""
        file.parent.mkdir(parents=True, exist_ok=True)
        if not file.exists():
            os.close(os.open(file, os.O_CREAT | os.O_RDWR, 0o600))
        elif file.stat().st_mode & 0o077:
            raise BadInput("Others may read the keys of personal data.", where=str(file), hint=f"Run: chmod 600 {file}")
        self._db = sqlite3.connect(file, check_same_thread=False)
        self._db.executescript(
            "PRAGMA journal_mode=TRUNCATE; PRAGMA synchronous=FULL; PRAGMA secure_delete=ON;" + _TABLES
        )
        self._cipher = lru_cache(20_000)(self._read_cipher)
        self._latest: dict[bytes, int] = {}
        self._version = self._data_version()

    def subject(self, person: str, organisation: str, kind: OrganisationKind = "none") -> bytes:
        """Under which hash `organisation` knows `person`."""
        return _hash(self._secret(organisation, kind), person)

    def subjects(self, person: str) -> list[bytes]:
        """Every hash under which some organisation holds values about `person`."""
        found = []
        for (secret,) in self._db.execute("SELECT secret FROM organisation ORDER BY name"):
            subject = _hash(secret, person)
            if self._db.execute("SELECT 1 FROM subject WHERE hash = ? LIMIT 1", (subject,)).fetchone():
                found.append(subject)
        return found

    def derived(self, organisation: str, use: str) -> bytes:
        """32 bytes of the organisation's own for another use than subjects, always the same; makes it no collector."""
        text = f"noren:derived\n{use}\n{organisation}"
        return hmac.new(self._secret("", "none"), text.encode(), hashlib.sha256).digest()

    def collector(self, subject: bytes) -> tuple[str, OrganisationKind]:
        """Which organisation, of which kind, holds values under this hash; raises `NotFound` for an unknown one."""
        row = self._db.execute(
            "SELECT name, kind FROM organisation JOIN subject ON name = organisation WHERE hash = ? LIMIT 1", (subject,)
        ).fetchone()
        if row is None:
            raise NotFound("No organisation knows this subject.")
        return row[0], row[1]

    def seal(self, organisation: str, subject: bytes, place: str, value: Any) -> str:
        """`value` as text that only the subject's key opens, and only at this `place` (tenant, entity, attribute)."""
        generation = self._open_generation(organisation, subject)
        nonce = secrets.token_bytes(_NONCE)
        sealed = self._cipher(subject, generation).encrypt(nonce, msgspec.json.encode(value), place.encode())
        return f"{MARK}{generation}:{base64.urlsafe_b64encode(nonce + sealed).decode()}"

    def unseal(self, subject: bytes, place: str, sealed: str) -> Any:
        """The value again; raises `NotFound` when its key was destroyed or it was sealed for another place."""
        if (version := self._data_version()) != self._version:
            self._forget(version)
        generation, _, text = sealed.removeprefix(MARK).partition(":")
        try:
            raw = base64.urlsafe_b64decode(text)
            cipher = self._cipher(subject, int(generation))
            return msgspec.json.decode(cipher.decrypt(raw[:_NONCE], raw[_NONCE:], place.encode()))
        except (InvalidTag, ValueError) as error:
            raise NotFound("This value cannot be opened.") from error

    def settle(self) -> None:
        """Make the keys that `seal` made durable."""
        self._db.commit()

    def erase(self, subject: bytes) -> None:
        """Destroy the subject's keys; durable on return, and there is no way back."""
        self._db.execute("UPDATE subject SET key = NULL WHERE hash = ?", (subject,))
        self._db.commit()
        self._forget(self._data_version())

    def close(self) -> None:
        """Let go of the file."""
        self._db.commit()
        self._db.close()

    def _forget(self, version: int) -> None:
        self._version = version
        self._cipher.cache_clear()
        self._latest.clear()

    def _data_version(self) -> int:
        return int(self._db.execute("PRAGMA data_version").fetchone()[0])

    def _secret(self, organisation: str, kind: OrganisationKind) -> bytes:
        row = self._db.execute("SELECT secret, kind FROM organisation WHERE name = ?", (organisation,)).fetchone()
        if row is None:
            row = (secrets.token_bytes(32), kind)
            self._db.execute("INSERT INTO organisation VALUES (?, ?, ?)", (organisation, kind, row[0]))
            self._db.commit()
        elif row[1] == "none" != kind:  # a resident wrote there before anybody said of which kind it is
            self._db.execute("UPDATE organisation SET kind = ? WHERE name = ?", (kind, organisation))
            self._db.commit()
        return bytes(row[0])

    def _open_generation(self, organisation: str, subject: bytes) -> int:
        if subject not in self._latest:
            self._latest[subject] = self._find_generation(organisation, subject)
        return self._latest[subject]

    def _find_generation(self, organisation: str, subject: bytes) -> int:
        """The newest key's number; a person who comes back after an erasure gets a new key."""
        row = self._db.execute(
            "SELECT generation, key IS NULL, organisation FROM subject WHERE hash = ? ORDER BY generation DESC LIMIT 1",
            (subject,),
        ).fetchone()
        if row and not row[1]:
            return int(row[0])
        generation, organisation = (row[0] + 1, row[2]) if row else (1, organisation)
        key = AESGCM.generate_key(bit_length=256)
        self._db.execute("INSERT INTO subject VALUES (?, ?, ?, ?)", (subject, generation, organisation, key))
        return int(generation)

    def _read_cipher(self, subject: bytes, generation: int) -> AESGCM:
        row = self._db.execute(
            "SELECT key FROM subject WHERE hash = ? AND generation = ?", (subject, generation)
        ).fetchone()
        if row is None or row[0] is None:
            raise NotFound("The key of this value was destroyed.")
        return AESGCM(row[0])


def _hash(secret: bytes, person: str) -> bytes:
    return hmac.new(secret, person.encode(), hashlib.sha256).digest()[:16]


def is_sealed(value: Any) -> bool:
    """Whether a stored value lies under a key."""
    return isinstance(value, str) and value.startswith(MARK)

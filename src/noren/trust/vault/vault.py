"""What the city does with keys: seal, unseal, erase."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
import time
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path
from typing import Any

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from noren.errors import NotFound, Unavailable
from noren.trust.principals import OrganisationKind
from noren.trust.vault.erasures import Erasure, Erasures
from noren.trust.vault.keyring import Keyring

MARK = "noren:sealed:1:"
AT_HAND = 20_000
"""Keys that are kept unwrapped in memory."""
LOOK = 0.001
"""Seconds for which one look at the key file holds, so that a batch is dealt with at one: an erasure by another process
counts after that."""
_NONCE = 12


class Vault:
    """The keys of one city. Those made by `seal` are durable after `settle`: call it before the sealed value is kept
    anywhere, or a power cut could leave a value that nobody can open."""

    def __init__(self, file: Path, *, root: Path | None = None, erasures: Path | None = None) -> None:
        """Open or make the key file, the root key's file (beside it when None) and the list of erasures, and destroy
        whatever the list names. Raises `BadInput` when others may read the keys, `Unavailable` or `Conflict` when one
        of the files is lost, damaged, or does not belong to the others."""
        self.file, self.root = file, root or file.with_name("vault.key")
        self.keys = Keyring(file, self.root)
        try:
            self.erasures = Erasures(erasures or file.with_name("erasures"))
            self._replay()
        except BaseException:
            self.keys.close()
            raise
        self._cipher = lru_cache(AT_HAND)(self._read_cipher)
        self._latest: dict[bytes, int] = {}
        self._doomed: dict[bytes, int] = {}
        self._organisations = self.keys.organisations()
        self._version, self._looked = self.keys.version(), time.monotonic()

    def subject(self, person: str, organisation: str, kind: OrganisationKind = "none") -> bytes:
        """Under which hash `organisation` knows `person`."""
        return _hash(self._secret(organisation, kind), person)

    def subjects(self, person: str) -> list[bytes]:
        """Every hash under which some organisation holds values about `person`."""
        self._look()
        hashes = (_hash(secret, person) for _, secret in self._organisations.values())
        return [subject for subject in hashes if self.keys.newest(subject)]

    def derived(self, organisation: str, use: str) -> bytes:
        """32 bytes of the organisation's own for another use than subjects, always the same; makes it no collector."""
        text = f"noren:derived\n{use}\n{organisation}"
        return hmac.new(self._secret("", "none"), text.encode(), hashlib.sha256).digest()

    def collector(self, subject: bytes) -> tuple[str, OrganisationKind]:
        """Which organisation, of which kind, holds values under this hash; raises `NotFound` for an unknown one."""
        self._look()
        newest = self.keys.newest(subject)
        if newest is None or newest.organisation not in self._organisations:
            raise NotFound("No organisation knows this subject.")
        return newest.organisation, self._organisations[newest.organisation][0]

    def seal(self, organisation: str, subject: bytes, place: str, value: Any) -> str:
        """`value` as text that only the subject's key opens, and only at this `place` (tenant, entity, attribute)."""
        self._look()
        generation = self._latest.get(subject) or self._find_generation(organisation, subject)
        nonce = secrets.token_bytes(_NONCE)
        sealed = self._cipher(subject, generation).encrypt(nonce, msgspec.json.encode(value), place.encode())
        return f"{MARK}{generation}:{base64.urlsafe_b64encode(nonce + sealed).decode()}"

    def unseal(self, subject: bytes, place: str, sealed: str) -> Any:
        """The value again; raises `NotFound` when its key was destroyed or it was sealed for another place."""
        self._look()
        generation, _, text = sealed.removeprefix(MARK).partition(":")
        try:
            raw = base64.urlsafe_b64decode(text)
            cipher = self._cipher(subject, int(generation))
            return msgspec.json.decode(cipher.decrypt(raw[:_NONCE], raw[_NONCE:], place.encode()))
        except (InvalidTag, ValueError) as error:
            raise NotFound("This value cannot be opened.") from error

    def settle(self) -> None:
        """Make the keys that `seal` made durable; raises `Unavailable` when the disk refuses: then nothing that was
        sealed since may be kept."""
        try:
            self.keys.settle()
        except Unavailable:
            self._drop()
            raise

    def renew(self, subject: bytes, *, settle: bool = True) -> None:
        """Give a subject a new key for what is sealed from now on, durable on return (or with the next `settle`); the
        old ones still open what was sealed before. Raises `NotFound` for a subject without a key."""
        newest = self.keys.newest(subject)
        if newest is None or newest.gone:
            raise NotFound("There is no key to take the place of.")
        self._latest[subject] = self._make(subject, newest.generation + 1, newest.organisation)
        if settle:
            self.settle()

    def renew_all(self) -> int:
        """`renew` every subject; how many there are."""
        known = {subject for subject, _, _, key in self.keys.rows() if key is not None}
        for subject in known:
            self.renew(subject, settle=False)
        self.settle()
        return len(known)

    def rotate(self) -> None:
        """Wrap all keys under a new root key; see `Keyring.rotate`."""
        self.keys.rotate()
        self._forget()

    def erase(self, subject: bytes) -> None:
        """Destroy the subject's keys; durable on return, and there is no way back. It is in the list of erasures before
        it is done, so that what a power cut interrupts is done at the next start. Raises `Unavailable`."""
        self.settle()
        newest = self.keys.newest(subject)
        if newest is None or (newest.gone and self.keys.erased_up_to(subject) >= newest.generation):
            return
        line = self.erasures.erase(subject, newest.generation)
        self._doomed[subject] = newest.generation
        try:
            self.keys.destroy([line])
        except Unavailable as error:
            raise Unavailable(
                "The erasure holds, but the key could not be destroyed on the disk yet.",
                where=self.file.name,
                hint="Free space on the disk and erase again; the next start destroys it in any case.",
            ) from error
        finally:
            self._forget()

    def untold(self) -> list[Erasure]:
        """Erasures that are not in the ledger yet."""
        return self.keys.lines(untold=True)

    def told(self, erasures: Iterable[Erasure]) -> None:
        """These are in the ledger."""
        self.keys.tell(erasures)

    def close(self) -> None:
        """Let go of the files."""
        self.keys.close()

    def _replay(self) -> None:
        """Key file and list know the same: what either names is destroyed, and both remember it."""
        for subject, generation in self.keys.unlisted():
            self.erasures.erase(subject, generation)
        known = self.keys.lines()
        self.erasures.join(known)
        there = set(known)
        if missed := [line for line in self.erasures if line not in there]:
            self.keys.destroy(missed)

    def _look(self) -> None:
        """Take up what another process changed."""
        if time.monotonic() - self._looked > LOOK:
            if self.keys.version() != self._version:
                self._forget()
            self._looked = time.monotonic()

    def _forget(self) -> None:
        self._version = self.keys.version()
        self._drop()
        self.keys.reload()
        self._organisations = self.keys.organisations()

    def _drop(self) -> None:
        self._cipher.cache_clear()
        self._latest.clear()

    def _secret(self, organisation: str, kind: OrganisationKind) -> bytes:
        self._look()
        known = self._organisations.get(organisation)
        if known is None:
            self.keys.add_organisation(organisation, kind, secrets.token_bytes(32))
            self._organisations = self.keys.organisations()
        elif known[0] == "none" != kind:  # a resident wrote there before anybody said of which kind it is
            self.keys.name_kind(organisation, kind)
            self._organisations = self.keys.organisations()
        return self._organisations[organisation][1]

    def _find_generation(self, organisation: str, subject: bytes) -> int:
        """The newest key's number; a person who comes back after an erasure gets a new key, with a number that no
        erasure names."""
        newest = self.keys.newest(subject)
        if newest is None:
            generation = self._make(subject, self.keys.erased_up_to(subject) + 1, organisation)
        elif newest.gone or newest.generation <= self._doomed.get(subject, 0):
            number = max(newest.generation, self.keys.erased_up_to(subject)) + 1
            generation = self._make(subject, number, newest.organisation)
        else:
            generation = newest.generation
        self._latest[subject] = generation
        return generation

    def _make(self, subject: bytes, generation: int, organisation: str) -> int:
        self.keys.add(subject, generation, organisation, AESGCM.generate_key(bit_length=256))
        return generation

    def _read_cipher(self, subject: bytes, generation: int) -> AESGCM:
        if generation <= self._doomed.get(subject, 0):
            raise NotFound("The key of this value was destroyed.")
        return AESGCM(self.keys.key(subject, generation))


def _hash(secret: bytes, person: str) -> bytes:
    return hmac.new(secret, person.encode(), hashlib.sha256).digest()[:16]


def is_sealed(value: Any) -> bool:
    """Whether a stored value lies under a key."""
    return isinstance(value, str) and value.startswith(MARK)

"""Devices and programs that prove themselves with a key of their own, which never leaves them.

They sign a short assertion (RFC 7523, as OpenID Connect's `private_key_jwt`), good for one use within five minutes,
and get a token for ten minutes. The city holds public keys only.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

import msgspec
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import OKPKey
from joserfc.jws import JWSRegistry

from noren.errors import AlreadyExists, BadInput, NotFound, NotSignedIn
from noren.trust.identity.accounts import Accounts
from noren.trust.identity.once import Once
from noren.trust.identity.register import Register
from noren.trust.ledger.keys import check_point
from noren.trust.purposes import purpose

DeviceKind = Literal["device", "organisation"]
LONGEST = 300.0
LEEWAY = 30.0
_ALGORITHMS = ["Ed25519", "EdDSA"]
_COLUMNS = "id, kind, organisation, tenant, key, purposes, writes, opened, revoked"


class Device(msgspec.Struct, frozen=True, kw_only=True):
    """A device of the city's or a program of an organisation's (`kind`), with its public Ed25519 key (32 bytes)."""

    id: str
    kind: DeviceKind
    organisation: str
    tenant: str
    key: bytes
    purposes: tuple[str, ...]
    writes: tuple[str, ...]
    opened: float
    revoked: float | None = None


class _Assertion(msgspec.Struct, kw_only=True):
    iss: str
    sub: str
    aud: str | list[str]
    exp: float
    jti: str
    iat: float | None = None
    nbf: float | None = None


class Devices:
    """The register's part about keys of devices and programs."""

    def __init__(self, register: Register, accounts: Accounts, once: Once, slug: str) -> None:
        self._register, self._accounts, self._once, self._slug = register, accounts, once, slug
        self._registry = JWSRegistry(algorithms=_ALGORITHMS)

    def add(
        self,
        name: str,
        key: bytes,
        *,
        organisation: str = "",
        writes: Sequence[str] = (),
        purposes: Sequence[str] = (),
        tenant: str = "",
    ) -> Device:
        """Register a key: of a device, which says what it writes, or of a program of a registered organisation.

        Raises `BadInput`, `AlreadyExists` for a key or name that is taken, `NotFound` for an unknown organisation.
        """
        kind: DeviceKind = "organisation" if organisation else "device"
        if (kind == "device") != bool(writes):
            raise BadInput("A device, and nobody else, says what it writes.", where="writes", hint="Name types.")
        if organisation and self._accounts.organisation(organisation) is None:
            raise NotFound(f"No organisation “{organisation}” is registered.", hint="noren identity organisation add")
        device = Device(
            id=f"urn:noren:{kind}:{self._slug}:{_short(name)}",
            kind=kind,
            organisation=organisation,
            tenant=tenant,
            key=key,
            purposes=tuple(purpose(each).name for each in purposes),
            writes=tuple(writes),
            opened=self._register.now(),
        )
        self._keep(device)
        return device

    def _keep(self, device: Device) -> None:
        with self._register.change() as run:
            if run("SELECT 1 FROM device WHERE id = ? OR key = ?", device.id, device.key).fetchone():
                raise AlreadyExists("The name or the key is taken.", where=device.id, hint="Each device has its own.")
            run(
                "INSERT INTO device VALUES (?, ?, ?, ?, ?, ?, ?, ?, NULL)",
                device.id,
                device.kind,
                device.organisation,
                device.tenant,
                device.key,
                " ".join(device.purposes),
                " ".join(device.writes),
                device.opened,
            )

    def find(self, id: str) -> Device | None:
        """The device of that id."""
        row = self._register.row(f"SELECT {_COLUMNS} FROM device WHERE id = ?", id)
        return _device(row) if row else None

    def all(self) -> list[Device]:
        """All devices, those that were revoked too."""
        return [_device(row) for row in self._register.rows(f"SELECT {_COLUMNS} FROM device ORDER BY opened, id")]

    def revoke(self, id: str) -> None:
        """Trust a key no more, at once and for ever; raises `NotFound`."""
        if self.find(id) is None:
            raise NotFound("There is no such device.", hint="See: noren identity device list")
        with self._register.change() as run:
            now = self._register.now()
            run("UPDATE device SET revoked = ? WHERE id = ? AND revoked IS NULL", now, id)
            run("UPDATE session SET ended = ? WHERE holder = ? AND ended IS NULL", now, id)

    def prove(self, assertion: str, audiences: Sequence[str]) -> Device:
        """The device that signed `assertion` for one of `audiences`; raises `NotSignedIn` for whatever does not hold:
        an unknown or revoked key, another algorithm, late, from the future, for somebody else, or shown before."""
        device = self.find(_claimed(assertion))
        if device is None or device.revoked is not None:
            raise _no()
        try:
            claims = msgspec.convert(self._verified(assertion, device), _Assertion)
        except (JoseError, msgspec.ValidationError, ValueError) as error:
            raise _no() from error
        self._check(claims, device, audiences)
        if not self._once.keep("assertion", f"{device.id} {claims.jti}", {}, seconds=LONGEST + 2 * LEEWAY):
            raise _no()
        return device

    def _verified(self, assertion: str, device: Device) -> dict[str, Any]:
        key = OKPKey.import_key(public_jwk(device.key))
        return jwt.decode(assertion, key, registry=self._registry).claims

    def _check(self, claims: _Assertion, device: Device, audiences: Sequence[str]) -> None:
        now = self._register.now()
        heard = [claims.aud] if isinstance(claims.aud, str) else claims.aud
        in_time = now - LEEWAY < claims.exp <= now + LONGEST + LEEWAY
        begun = max(claims.iat or 0, claims.nbf or 0) <= now + LEEWAY
        own = claims.iss == claims.sub == device.id and 8 <= len(claims.jti) <= 256
        if not (in_time and begun and own and set(heard) & set(audiences)):
            raise _no()


def _no() -> NotSignedIn:
    return NotSignedIn(
        "This assertion does not hold.", hint="Sign a new one with the device's key; see docs/identity.md."
    )


def _claimed(assertion: str) -> str:
    """Who signed it, by its own word: only says whose key to try."""
    try:
        part = assertion.split(".")[1]
        claims = msgspec.json.decode(_unpadded(part))
        return str(claims["iss"])
    except (IndexError, KeyError, TypeError, ValueError, msgspec.DecodeError) as error:
        raise _no() from error


def _unpadded(part: str) -> bytes:
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))


def public_jwk(key: bytes) -> dict[str, str | list[str]]:
    """An Ed25519 public key of 32 bytes as a JWK (RFC 8037)."""
    return {"kty": "OKP", "crv": "Ed25519", "x": base64.urlsafe_b64encode(key).rstrip(b"=").decode()}


def read_key(file: Path) -> bytes:
    """The Ed25519 public key in a file (PEM or JWK) as 32 bytes; raises `BadInput` for another kind of key, and for a
    private one, which must not leave its device."""
    try:
        content = file.read_bytes()
        key = OKPKey.import_key(msgspec.json.decode(content) if content.lstrip().startswith(b"{") else content)
    except OSError as error:
        raise BadInput(f"The file cannot be read: {error.strerror}.", where=str(file)) from error
    except (JoseError, ValueError, msgspec.DecodeError) as error:
        raise BadInput("This is no public Ed25519 key.", where=str(file), hint=_MAKING) from error
    public = key.as_dict(private=False)
    if key.is_private:
        raise BadInput("This is a private key; it stays with its device.", where=str(file), hint=_MAKING)
    if public.get("crv") != "Ed25519":
        raise BadInput(f"This key is {public.get('crv')}, not Ed25519.", where=str(file), hint=_MAKING)
    raw = base64.urlsafe_b64decode(str(public["x"]) + "=")
    check_point(raw)
    return raw


_MAKING = "Make one: openssl genpkey -algorithm ed25519 -out d.key && openssl pkey -in d.key -pubout -out d.pub"


def _device(row: tuple[Any, ...]) -> Device:
    id, kind, organisation, tenant, key, purposes, writes, opened, revoked = row
    return Device(
        id=id,
        kind=kind,
        organisation=organisation,
        tenant=tenant,
        key=key,
        purposes=tuple(purposes.split()),
        writes=tuple(writes.split()),
        opened=opened,
        revoked=revoked,
    )


def _short(name: str) -> str:
    if not re.fullmatch(r"[a-z0-9][a-z0-9-]{0,62}", name):
        raise BadInput(f"“{name}” cannot be used.", where="name", hint="Lower-case letters, digits, “-”.")
    return name

"""Tokens by which a program or page shows on whose behalf it asks: signed by the city, short-lived, one algorithm."""

from __future__ import annotations

import os
import secrets
import time
from pathlib import Path

import msgspec
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import OKPKey
from joserfc.jws import JWSRegistry

from noren.errors import BadInput, NotSignedIn
from noren.trust.principals import Kind, OrganisationKind, Principal
from noren.trust.purposes import purpose

ALGORITHM = "Ed25519"
_LEEWAY = 5
_HINT = "Ask for a new token with `noren token`."


class _Claims(msgspec.Struct, kw_only=True, omit_defaults=True):
    iss: str
    aud: str
    sub: str
    exp: int
    iat: int
    jti: str
    kind: Kind
    organisation: str = ""
    organisation_kind: OrganisationKind = "none"
    tenant: str = ""
    purposes: tuple[str, ...]
    default_purpose: str
    roles: tuple[str, ...] = ()
    reads: tuple[str, ...] = ()
    writes: tuple[str, ...] = ()


class Tokens:
    """Issues and verifies the tokens of one city; `audience` names the city, the key lies in a file for its eyes only.

    Times are wall time: a fast city clock must not shorten a session.
    """

    def __init__(self, key_file: Path, audience: str) -> None:
        """Read the key, or make one; raises `BadInput` when others may read the file."""
        self._audience = audience
        self._key = _key(key_file)
        self._registry = JWSRegistry(algorithms=[ALGORITHM])

    def issue(self, principal: Principal, *, seconds: float) -> str:
        """A token for `principal` that expires after `seconds` of wall time; raises `BadInput` for one that nobody
        could use: no purpose, an unknown one, or a default that is not among them."""
        for name in principal.purposes:
            purpose(name)
        if principal.default_purpose not in principal.purposes:
            raise BadInput("The default purpose is not among the purposes.", where="purposes")
        if seconds <= 0:
            raise BadInput("A token must last some time.", where="hours", hint="Give more than 0.")
        now = int(time.time())
        claims = _Claims(
            iss=self._audience,
            aud=self._audience,
            sub=principal.id,
            exp=now + max(1, int(seconds)),
            iat=now,
            jti=secrets.token_urlsafe(12),
            kind=principal.kind,
            organisation=principal.organisation,
            organisation_kind=principal.organisation_kind,
            tenant=principal.tenant,
            purposes=tuple(sorted(principal.purposes)),
            default_purpose=principal.default_purpose,
            roles=tuple(sorted(principal.roles)),
            reads=tuple(sorted(principal.reads)),
            writes=tuple(sorted(principal.writes)),
        )
        return jwt.encode({"alg": ALGORITHM}, msgspec.to_builtins(claims), self._key, registry=self._registry)

    def verify(self, token: str) -> Principal:
        """The principal that a token speaks for; raises `NotSignedIn` for one that is forged, expired, made for
        another city or not a token at all, without saying which part was wrong."""
        try:
            decoded = jwt.decode(token, self._key, registry=self._registry)
            claims = msgspec.convert(decoded.claims, _Claims)
        except (JoseError, msgspec.ValidationError, ValueError) as error:
            raise NotSignedIn("This token does not hold.", hint=_HINT) from error
        now = time.time()
        if claims.aud != self._audience or claims.iss != self._audience or claims.iat > now + _LEEWAY:
            raise NotSignedIn("This token does not hold.", hint=_HINT)
        if claims.exp <= now:
            raise NotSignedIn("This token has expired.", hint=_HINT)
        return Principal(
            id=claims.sub,
            kind=claims.kind,
            organisation=claims.organisation,
            organisation_kind=claims.organisation_kind,
            tenant=claims.tenant,
            purposes=frozenset(claims.purposes),
            default_purpose=claims.default_purpose,
            roles=frozenset(claims.roles),
            reads=frozenset(claims.reads),
            writes=frozenset(claims.writes),
        )


def _key(path: Path) -> OKPKey:
    if path.exists():
        if path.stat().st_mode & 0o077:
            raise BadInput("Others may read the key of tokens.", where=str(path), hint=f"Run: chmod 600 {path}")
        try:
            return OKPKey.import_key(path.read_bytes())
        except (JoseError, ValueError) as error:
            raise BadInput(
                "The key of tokens cannot be read.",
                where=str(path),
                hint="Delete it: all tokens end, a new key is made.",
            ) from error
    key = OKPKey.generate_key("Ed25519")
    path.parent.mkdir(parents=True, exist_ok=True)
    write_secret(path, key.as_pem(private=True))
    return key


def write_secret(path: Path, content: bytes) -> None:
    """Write a file that only its owner may read, whole and synced, or not at all."""
    fresh = path.with_name(path.name + ".new")
    handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)

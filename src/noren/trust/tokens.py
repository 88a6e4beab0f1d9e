"""Tokens by which a program shows in which session it asks: signed by the city, short-lived, one algorithm.

A token names a session and nothing that the session could lose meanwhile; whose it is and what they may do stands in
the register of identities. So a token cannot say more than holds at the moment it is shown.
"""

from __future__ import annotations

import os
import secrets
from pathlib import Path
from typing import TypeVar

import msgspec
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, OKPKey, RSAKey
from joserfc.jws import JWSRegistry

from noren.errors import BadInput, NotSignedIn

K = TypeVar("K", ECKey, OKPKey, RSAKey)
ALGORITHM = "Ed25519"
TYPE = "at+jwt"
LEEWAY = 5
HINT = "Ask for a new token with `noren token`, or sign in again."


class _Claims(msgspec.Struct, kw_only=True):
    iss: str
    aud: str
    sub: str
    sid: str
    exp: int
    iat: int
    jti: str


class Ticket(msgspec.Struct, frozen=True):
    """What a token says: in which session, until when (seconds since 1970)."""

    session: str
    until: float


class Tokens:
    """Signs and reads the tokens of one city; `audience` names the city, the key lies in a file for its eyes only."""

    def __init__(self, key_file: Path, audience: str) -> None:
        """Read the key, or make one; raises `BadInput` when others may read the file."""
        self._audience = audience
        self._key = kept_key(key_file, OKPKey, "Ed25519")
        self._registry = JWSRegistry(algorithms=[ALGORITHM])

    def sign(self, session: str, subject: str, *, now: float, until: float) -> str:
        """A token for a session, which holds from `now` `until` (seconds since 1970)."""
        claims = _Claims(
            iss=self._audience,
            aud=self._audience,
            sub=subject,
            sid=session,
            exp=max(int(now) + 1, int(until)),
            iat=int(now),
            jti=secrets.token_urlsafe(12),
        )
        header = {"alg": ALGORITHM, "typ": TYPE}
        return jwt.encode(header, msgspec.to_builtins(claims), self._key, registry=self._registry)

    def read(self, token: str, now: float) -> Ticket:
        """What a token says; raises `NotSignedIn` for one that is forged, expired, made for another city or another
        use, or not a token at all, without saying which part was wrong."""
        try:
            decoded = jwt.decode(token, self._key, registry=self._registry)
            claims = msgspec.convert(decoded.claims, _Claims)
        except (JoseError, msgspec.ValidationError, ValueError) as error:
            raise NotSignedIn("This token does not hold.", hint=HINT) from error
        ours = claims.aud == claims.iss == self._audience and decoded.header.get("typ") == TYPE
        if not ours or claims.iat > now + LEEWAY or "=" in token:
            raise NotSignedIn("This token does not hold.", hint=HINT)
        if claims.exp <= now:
            raise NotSignedIn("This token has expired.", hint=HINT)
        return Ticket(claims.sid, claims.exp)


def kept_key(path: Path, kind: type[K], made: str | int) -> K:
    """The private key in a file, `made` (its curve, or bits) when there is none; raises `BadInput` when others may read
    it, or it cannot be read."""
    if path.exists():
        if path.stat().st_mode & 0o077:
            raise BadInput("Others may read this key.", where=str(path), hint=f"Run: chmod 600 {path}")
        try:
            return kind.import_key(path.read_bytes())
        except (JoseError, ValueError) as error:
            raise BadInput(
                "This key cannot be read.",
                where=str(path),
                hint="Delete it: what it signed holds no more, a new key is made.",
            ) from error
    key = kind.generate_key(made)  # type: ignore[arg-type]
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

"""Proofs of consent for custodians: signed by the city, good for one second, so that a withdrawal acts there as well.

A proof is a JWS (RFC 7515) in its compact form with one algorithm, Ed25519 (RFC 9864); the claims are those of RFC 7519
and what was allowed. A custodian checks it with the city's key, which it was given beforehand: no key, address or
algorithm is taken from a proof.
"""

from __future__ import annotations

import secrets
import time
from collections import deque
from collections.abc import Callable

import msgspec
from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import OKPKey
from joserfc.jws import JWSRegistry

from noren.errors import Unproven

ALGORITHM = "Ed25519"
TYPE = "noren-consent+jwt"
LIFE_S = 1.0
LEEWAY_S = 0.5
"""How far a custodian's clock may be behind the city's. A withdrawal acts at a custodian after one second and as much
longer as its clock is behind; one that is farther behind, or a second ahead, takes no proofs at all."""
_REGISTRY = JWSRegistry(algorithms=[ALGORITHM])


class Claims(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a proof says: that the city `iss` found, for the custodian `aud`, a grant that lets `grantee` see
    `attributes` of the person whom the custodian knows as `sub`, for `purpose`."""

    iss: str
    aud: str
    sub: str
    jti: str
    iat: float
    exp: float
    grant: str
    grantee: str
    tenant: str = ""
    purpose: str
    attributes: tuple[str, ...]


class Issuer:
    """Makes the proofs of one city with its private key."""

    def __init__(self, city: str, key: OKPKey, *, clock: Callable[[], float] = time.time) -> None:
        self._city, self._key, self._clock = city, key, clock

    def prove(
        self,
        *,
        custodian: str,
        grant: str,
        subject: str,
        grantee: str,
        purpose: str,
        attributes: tuple[str, ...],
        tenant: str = "",
    ) -> str:
        """A proof that was true when it was made: call it after the grant was looked up, each time."""
        now = round(self._clock(), 3)
        claims = Claims(
            iss=self._city,
            aud=custodian,
            sub=subject,
            jti=secrets.token_urlsafe(12),
            iat=now,
            exp=now + LIFE_S,
            grant=grant,
            grantee=grantee,
            tenant=tenant,
            purpose=purpose,
            attributes=tuple(sorted(attributes)),
        )
        header = {"alg": ALGORITHM, "typ": TYPE}
        return jws.serialize_compact(header, msgspec.json.encode(claims), self._key, registry=_REGISTRY)


class Checker:
    """Checks, at a custodian, proofs of one city whose public key was pinned; each is taken once."""

    def __init__(self, custodian: str, city: str, key: OKPKey, *, clock: Callable[[], float] = time.time) -> None:
        self._custodian, self._city, self._key, self._clock = custodian, city, key, clock
        self._seen = set[str]()
        self._ending = deque[tuple[float, str]]()

    def check(self, proof: str) -> Claims:
        """What the proof says; raises `Unproven`, without saying which part was wrong, for one that is forged, of
        another city, for another custodian, too old, from the future, or was shown before."""
        try:
            opened = jws.deserialize_compact(proof, self._key, registry=_REGISTRY)
            claims = msgspec.json.decode(opened.payload, type=Claims)
        except (JoseError, msgspec.DecodeError, ValueError) as error:
            raise _unproven() from error
        now = self._clock()
        fresh = claims.iat - LEEWAY_S <= now < min(claims.exp, claims.iat + LIFE_S + 0.001)
        here = (claims.iss, claims.aud) == (self._city, self._custodian)
        if opened.headers() != {"alg": ALGORITHM, "typ": TYPE} or not here or not fresh or self._was_seen(claims, now):
            raise _unproven()
        return claims

    def _was_seen(self, claims: Claims, now: float) -> bool:
        while self._ending and self._ending[0][0] < now:
            self._seen.discard(self._ending.popleft()[1])
        if claims.jti in self._seen:
            return True
        self._seen.add(claims.jti)
        self._ending.append((claims.exp, claims.jti))
        return False


def _unproven() -> Unproven:
    return Unproven("This proof of consent does not hold.", hint="Ask the city for a new one.")

"""What a court signs so that one search may be asked for: an order for one asker, one purpose, one kind of search.

An order is a JWS in compact form (RFC 7515) with the claims of RFC 7519: `iss` the court, `aud` the city, `jti` a
number that is used once, `iat` and `exp` at most seven days apart; `organisation`, `purpose`, `what` of the request.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Literal

import msgspec
from joserfc import jws, jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, OKPKey
from joserfc.jws import JWSRegistry

from noren.errors import BadInput

What = Literal["person", "vehicle", "other"]
LONGEST = 7 * 24 * 3600
_LEEWAY = 60
_ALGORITHMS = {"Ed25519": "Ed25519", "P-256": "ES256", "P-384": "ES384", "P-521": "ES512"}


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """What a court's signature stands under."""

    iss: str
    aud: str
    jti: str
    iat: int
    exp: int
    organisation: str
    purpose: str
    what: What

    @property
    def number(self) -> str:
        """The order's own number, of which the same is never answered twice; it tells nothing of the court's file."""
        return hashlib.sha256(f"{self.iss}\n{self.jti}".encode()).hexdigest()


class Courts:
    """The courts that a city names, each with the file of its public key."""

    def __init__(self, files: Mapping[str, Path], audience: str, clock: Callable[[], float] = time.time) -> None:
        """Read the keys; raises `BadInput` for a file that holds none, or one that signs in no way that is known."""
        self._audience, self._clock = audience, clock
        self._keys = {name: _key(name, file) for name, file in files.items()}

    def read(self, text: str) -> Order | None:
        """The order that a text is, None for one that no named court signed or that does not hold now. Which part was
        wrong is not said."""
        try:
            name = str(msgspec.json.decode(jws.extract_compact(text.encode()).payload).get("iss", ""))
            key, algorithm = self._keys[name]
            token = jwt.decode(text, key, registry=JWSRegistry(algorithms=[algorithm]))
            order = msgspec.convert(token.claims, Order)
        except (JoseError, KeyError, AttributeError, ValueError, RecursionError, msgspec.MsgspecError):
            return None
        return order if self._holds(order) else None

    def _holds(self, order: Order) -> bool:
        now = self._clock()
        timely = order.iat <= now + _LEEWAY and now < order.exp <= order.iat + LONGEST
        return timely and order.aud == self._audience and bool(order.jti)


def _key(name: str, file: Path) -> tuple[Any, str]:
    hint = "Put the court's public key there: Ed25519 or an elliptic curve of NIST, as PEM or JWK."
    try:
        key = _imported(file.read_bytes())
    except (OSError, JoseError, ValueError, TypeError, msgspec.DecodeError) as error:
        raise BadInput(f"The key of the court “{name}” cannot be read.", where=str(file), hint=hint) from error
    if key.curve_name not in _ALGORITHMS:
        raise BadInput(f"The key of the court “{name}” is of no kind that is taken.", where=str(file), hint=hint)
    if key.is_private:
        raise BadInput(f"This is the secret key of “{name}”: only the court may have it.", where=str(file), hint=hint)
    return key, _ALGORITHMS[key.curve_name]


def _imported(raw: bytes) -> OKPKey | ECKey:
    if raw.lstrip()[:1] == b"{":
        found = msgspec.json.decode(raw)
        return (OKPKey if found.get("kty") == "OKP" else ECKey).import_key(found)
    try:
        return OKPKey.import_key(raw)
    except (JoseError, ValueError, TypeError):
        return ECKey.import_key(raw)

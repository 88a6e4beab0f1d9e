"""Verified attributes: what the city vouches for about a resident, so that a service learns the answer, not the person.

Somebody of the staff saw the evidence, or a provider said so whom the city's settings name. The resident gets a batch
of credentials, each for a key of its own and for one use: two of them have nothing in common by which they could be
told to be of one person.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from importlib.resources import files
from pathlib import Path
from typing import Any

import msgspec
from joserfc.jwk import ECKey

from noren.errors import BadInput, NotFound, Unproven
from noren.trust.identity import sdjwt
from noren.trust.identity.accounts import Account, plain
from noren.trust.identity.register import Register
from noren.trust.tokens import kept_key

TYPE = "urn:noren:attributes:1"
BATCH = 50
DAYS = 14
_DAY = 86_400
_DECOYS = 3


class Kind(msgspec.Struct, frozen=True):
    """An attribute that can be vouched for; `meaning` is by language."""

    name: str
    kind: str
    meaning: dict[str, str]


class Attribute(msgspec.Struct, frozen=True):
    """What is vouched for about somebody, by whom, on what evidence, since when (seconds since 1970)."""

    name: str
    value: bool | str
    source: str
    evidence: str
    said: float


def _kinds() -> dict[str, Kind]:
    rows = csv.DictReader((files(__package__) / "attributes.csv").read_text("utf-8").splitlines())
    return {r["attribute"]: Kind(r["attribute"], r["kind"], {"en": r["en"], "ja": r["ja"]}) for r in rows}


KINDS = _kinds()


class Credentials:
    """The register's part about attributes, and the key that signs them."""

    def __init__(self, register: Register, key_file: Path) -> None:
        self._register, self._file = register, key_file
        self._key: ECKey | None = None

    @property
    def key(self) -> ECKey:
        """The key that signs credentials (P-256, which every wallet knows), made on first use."""
        if self._key is None:
            self._key = kept_key(self._file, ECKey, "P-256")
        return self._key

    def jwks(self) -> dict[str, Any]:
        """The public key, as services fetch it."""
        key = self.key
        return {"keys": [{**key.as_dict(private=False), "kid": key.thumbprint(), "alg": "ES256", "use": "sig"}]}

    def say(self, account: Account, name: str, value: bool | str, *, source: str, evidence: str) -> Attribute:
        """Vouch for an attribute of a resident; raises `BadInput` for an unknown one, or without evidence."""
        kind = KINDS.get(name)
        if kind is None:
            raise BadInput(f"“{name}” is nothing to vouch for.", where="name", hint=f"Known are: {', '.join(KINDS)}.")
        if isinstance(value, bool) != (kind.kind == "boolean") or account.kind != "resident":
            raise BadInput(f"The value of {name} must be {kind.kind}, of a resident.", where="value")
        if not evidence.strip():
            raise BadInput(
                "It is not said what was seen.", where="evidence", hint='Like "residence card, at the desk".'
            )
        said = Attribute(name, value if isinstance(value, bool) else plain(value), source, plain(evidence), 0.0)
        said = msgspec.structs.replace(said, said=self._register.now())
        with self._register.change() as run:
            run(
                "INSERT OR REPLACE INTO attribute VALUES (?, ?, ?, ?, ?, ?)",
                account.id,
                name,
                msgspec.json.encode(said.value),
                source,
                said.evidence,
                said.said,
            )
        return said

    def unsay(self, account: Account, name: str, source: str | None = None) -> None:
        """Vouch for it no more; raises `NotFound` when nobody did. Credentials that are out end within 15 days."""
        with self._register.change() as run:
            sql = "DELETE FROM attribute WHERE account = ? AND name = ? AND (? IS NULL OR source = ?)"
            if not run(sql, account.id, name, source, source).rowcount:
                raise NotFound("Nobody vouches for that.")

    def of(self, account: str) -> list[Attribute]:
        """What is vouched for about somebody."""
        sql = "SELECT name, value, source, evidence, said FROM attribute WHERE account = ? ORDER BY name"
        rows = self._register.rows(sql, account)
        return [Attribute(name, msgspec.json.decode(value), *rest) for name, value, *rest in rows]

    def issue(self, account: Account, keys: Sequence[Mapping[str, Any]], *, issuer: str) -> list[str]:
        """One credential (SD-JWT) a holder's public key. Raises `BadInput` for a bad key, one that comes twice, or more
        than fifty, `NotFound` when nothing is vouched for.

        What all credentials of a day have in common is all they have in common: days instead of moments, salts and
        decoys fresh, no number and no name.
        """
        said = self.of(account.id)
        holders = [sdjwt.public_key(key) for key in keys]
        if not 1 <= len(holders) <= BATCH or len({key.thumbprint() for key in holders}) < len(holders):
            raise BadInput(f"Send 1 to {BATCH} keys, each another one.", where="keys")
        if not said:
            raise NotFound("The city vouches for nothing about you yet.", hint="Ask at the counter.")
        today = int(self._register.now()) // _DAY * _DAY
        hidden = {each.name: each.value for each in said}
        return [self._one(holder, hidden, issuer, today) for holder in holders]

    def _one(self, holder: sdjwt.SignKey, hidden: dict[str, Any], issuer: str, today: int) -> str:
        jwk = holder.as_dict(private=False)
        bare = {name: jwk[name] for name in ("kty", "crv", "x", "y") if name in jwk}
        claims = {"iss": issuer, "vct": TYPE, "iat": today, "exp": today + (DAYS + 1) * _DAY, "cnf": {"jwk": bare}}
        return sdjwt.issue(claims, hidden, self.key, type="dc+sd-jwt", decoys=_DECOYS + len(KINDS) - len(hidden))

    def check(self, shown: str, *, issuer: str, nonce: str, audience: str) -> dict[str, Any]:
        """The attributes that somebody shows, and nothing else about them; raises `Unproven`."""
        claims = sdjwt.verify(shown, self.key, now=self._register.now(), nonce=nonce, audience=audience)
        if claims.get("iss") != issuer or claims.get("vct") != TYPE:
            raise Unproven("Another city said this, or it says something else.")
        return {name: value for name, value in claims.items() if name in KINDS}

"""Proofs of consent: what one person allowed one grantee of what one custodian holds, signed by the city for one ask.

Each person has a proof of their own, so that a custodian can show it to that person without telling about others.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

import msgspec

from noren.custody.envelope import LEEWAY_S, LIFE_S, Ask
from noren.custody.signed import opened, seal
from noren.errors import Unproven
from noren.terms import iri
from noren.trust.grants import ALL, Basis, Grant
from noren.trust.ledger import Signer, Verifier

PROOF = "noren-proof+jws"


class Proof(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`sub` is the person's pseudonym at the custodian; `jti` that of the one ask which the proof goes with;
    `attributes` are "Type.attribute" or "Type.*" in short names; times are seconds since 1970."""

    iss: str
    aud: str
    sub: Annotated[str, msgspec.Meta(max_length=1000)]
    jti: str
    iat: float
    exp: float
    grant: str
    basis: Basis
    grantee: str
    purpose: str
    attributes: Annotated[tuple[str, ...], msgspec.Meta(min_length=1, max_length=1000)]


def prove(signer: Signer, custodian: str, *, now: float, **what: object) -> str:
    """A proof that was true when it was made: call it after the grant was looked up, each time."""
    now = round(now, 3)
    made = Proof(iss=signer.verifier.name, aud=custodian, iat=now, exp=now + LIFE_S, **what)  # type: ignore[arg-type]
    return seal(made, PROOF, signer)


def proven(text: str, asked: Ask, city: Verifier) -> Proof:
    """The proof in `text`, when it goes with the ask; raises `Unproven` otherwise."""
    proof = opened(text, PROOF, city, Proof)
    same = (proof.iss, proof.aud, proof.jti, proof.basis, proof.purpose) == (
        asked.iss,
        asked.aud,
        asked.jti,
        asked.basis,
        asked.purpose,
    )
    grantee = asked.who.organisation if asked.basis == "consent" else asked.who.id
    if not same or proof.grantee != grantee or not 0 <= proof.exp - proof.iat <= LIFE_S + 0.001:
        raise Unproven("This proof of consent does not go with what is asked.")
    if not asked.iat - LIFE_S <= proof.iat <= asked.iat + LEEWAY_S:
        raise Unproven("This proof of consent is not of now.")
    return proof


def granted(proof: Proof, subject: bytes, holder: str) -> Grant:
    """What a proof allows, as a grant for as long as the proof lives."""
    return Grant(
        id=proof.grant,
        basis=proof.basis,
        subject=subject,
        holder=holder,
        grantee=proof.grantee,
        purpose=proof.purpose,
        attributes=frozenset(proof.attributes),
        since=proof.iat - LEEWAY_S,
        until=proof.exp,
    )


def allowed(proof: Proof) -> Mapping[str, frozenset[str]]:
    """The attributes of a proof by type (IRIs); none named: all."""
    found: dict[str, set[str]] = {}
    for name in proof.attributes:
        kind, _, attribute = name.partition(".")
        found.setdefault(iri(kind), set()).add(attribute)
    return {kind: frozenset() if ALL in names else frozenset(map(iri, names)) for kind, names in found.items()}

"""Selective disclosure for JWTs (RFC 9901): a signed statement of which its holder shows what they choose.

The signed part carries hashes of salted claims; each claim travels beside it and can be left out. A key binding JWT
shows, for one verifier and one question, that the holder is whom it was given to.

Written on `joserfc`: the reference library (`sd-jwt` 0.10.4) checks no expiry, nor that all that is shown
was signed.
"""

from __future__ import annotations

import base64
import hashlib
import secrets
from collections.abc import Collection, Iterable, Mapping
from typing import Any

import msgspec
from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, OKPKey
from joserfc.jws import JWSRegistry

from noren.errors import BadInput, Unproven

SignKey = ECKey | OKPKey
LEEWAY = 60.0
_HASH = "sha-256"
_RESERVED = frozenset({"_sd", "_sd_alg", "..."})
_ALGORITHMS = {"P-256": ("ES256",), "Ed25519": ("Ed25519", "EdDSA")}
_DEEPEST = 16
_MOST = 200


def issue(claims: Mapping[str, Any], hidden: Mapping[str, Any], key: SignKey, *, type: str, decoys: int = 0) -> str:
    """A signed statement: `claims` in the open, `hidden` for its holder to show or not; `decoys` are hashes of
    nothing, so that nobody counts what was left out. `type` is the header's `typ`."""
    if _RESERVED & ({*claims} | {*hidden}) or {*claims} & {*hidden}:
        raise BadInput("These claims cannot be issued.", where=", ".join(sorted(_RESERVED & {*claims, *hidden})))
    disclosures = [_disclosure(name, value) for name, value in hidden.items()]
    digests = [_digest(each) for each in disclosures] + [_digest(secrets.token_urlsafe(32)) for _ in range(decoys)]
    payload = {**claims, "_sd": sorted(digests), "_sd_alg": _HASH}
    return "~".join([_signed(payload, key, type), *disclosures, ""])


def present(issued: str, names: Collection[str], key: SignKey, *, nonce: str, audience: str, now: float) -> str:
    """What the holder shows `audience`, which asked with `nonce`: the claims of those names and no others; raises
    `BadInput` for a name that was not issued."""
    signed, disclosures, binding = split(issued)
    chosen = [each for each in disclosures if _decoded(each)[-2] in names and len(_decoded(each)) == 3]
    if binding or len(chosen) != len(names):
        raise BadInput("This cannot be shown.", where=", ".join(sorted(names)))
    shown = "~".join([signed, *chosen, ""])
    bound = {"iat": int(now), "aud": audience, "nonce": nonce, "sd_hash": _digest(shown)}
    return shown + _signed(bound, key, "kb+jwt")


def verify(
    shown: str,
    key: SignKey,
    *,
    now: float,
    types: Collection[str] = ("dc+sd-jwt",),
    nonce: str | None = None,
    audience: str = "",
    fresh: float = 300.0,
) -> dict[str, Any]:
    """The claims that were shown, those in the open too. With `nonce`, the holder's answer to it, for this `audience`
    and not older than `fresh` seconds, must be there. Raises `Unproven` for whatever does not hold (RFC 9901, 7)."""
    try:
        signed, disclosures, binding = split(shown)
        payload = _opened(signed, key, types)
        _in_time(payload, now)
        if nonce is not None:
            _bound(shown[: len(shown) - len(binding)], binding, payload, nonce, audience, now, fresh)
        elif binding:
            raise Unproven("There is an answer to a question that nobody asked.")
        return _processed(payload, disclosures)
    except (JoseError, msgspec.MsgspecError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise Unproven("This is not what the city signed.") from error


def split(shown: str) -> tuple[str, list[str], str]:
    """The signed part, the disclosures, and the key binding ("" without one)."""
    signed, *disclosures = shown.split("~")
    if not disclosures or len(disclosures) > _MOST:
        raise Unproven("This is no SD-JWT.")
    return signed, disclosures[:-1], disclosures[-1]


def _processed(payload: dict[str, Any], disclosures: list[str]) -> dict[str, Any]:
    if payload.get("_sd_alg", _HASH) != _HASH:
        raise Unproven("Its hash is none that is known here.")
    by_digest = {_digest(each): _decoded(each) for each in disclosures}
    if len(by_digest) < len(disclosures):
        raise Unproven("Something is shown twice.")
    seen: set[str] = set()
    claims = _object(payload, by_digest, seen, 0)
    if {*by_digest} - seen:
        raise Unproven("Something is shown that was not signed.")
    claims.pop("_sd_alg", None)
    return claims


def _object(node: dict[str, Any], found: dict[str, list[Any]], seen: set[str], depth: int) -> dict[str, Any]:
    claims = {name: _value(value, found, seen, depth) for name, value in node.items() if name != "_sd"}
    if "..." in claims:
        raise Unproven("A name is used that has a meaning of its own.")
    digests = node.get("_sd", [])
    if not isinstance(digests, list):
        raise Unproven("Its hashes are no list.")
    for digest in digests:
        _once(digest, seen)
        if digest in found:
            _, name, value = _of_length(found[digest], 3)
            if name in _RESERVED or name in claims or not isinstance(name, str):
                raise Unproven("A claim stands twice.")
            claims[name] = _value(value, found, seen, depth)
    return claims


def _array(node: list[Any], found: dict[str, list[Any]], seen: set[str], depth: int) -> list[Any]:
    items = []
    for item in node:
        if not (isinstance(item, dict) and {*item} == {"..."}):
            items.append(_value(item, found, seen, depth))
            continue
        _once(item["..."], seen)
        if item["..."] in found:
            _, value = _of_length(found[item["..."]], 2)
            items.append(_value(value, found, seen, depth))
    return items


def _value(value: Any, found: dict[str, list[Any]], seen: set[str], depth: int) -> Any:
    if depth > _DEEPEST:
        raise Unproven("It is nested too deeply.")
    if isinstance(value, dict):
        return _object(value, found, seen, depth + 1)
    return _array(value, found, seen, depth + 1) if isinstance(value, list) else value


def _once(digest: Any, seen: set[str]) -> None:
    if not isinstance(digest, str) or digest in seen:
        raise Unproven("A hash stands twice.")
    seen.add(digest)


def _of_length(parts: list[Any], length: int) -> list[Any]:
    if len(parts) != length:
        raise Unproven("A claim stands where it does not belong.")
    return parts


def _bound(
    shown: str, binding: str, payload: dict[str, Any], nonce: str, audience: str, now: float, fresh: float
) -> None:
    if not binding:
        raise Unproven("The holder's answer is missing.")
    answer = _opened(binding, public_key(payload["cnf"]["jwk"]), ("kb+jwt",))
    right = answer["nonce"] == nonce and answer["aud"] == audience and answer["sd_hash"] == _digest(shown)
    if not right or not now - fresh <= answer["iat"] <= now + LEEWAY:
        raise Unproven("The holder's answer is to another question.")


def _in_time(payload: dict[str, Any], now: float) -> None:
    if now >= payload.get("exp", now + 1) or now < payload.get("nbf", now) - LEEWAY:
        raise Unproven("This does not hold any more, or not yet.")


def public_key(jwk: Mapping[str, Any]) -> SignKey:
    """A holder's public key, P-256 or Ed25519; raises `BadInput` for another kind, or a private one."""
    kind = {"EC": ECKey, "OKP": OKPKey}.get(str(jwk.get("kty")))
    if kind is None or jwk.get("crv") not in _ALGORITHMS or "d" in jwk:
        raise BadInput("A holder's key is a public one, P-256 or Ed25519, as JWK.", where="keys")
    try:
        return kind.import_key(dict(jwk))  # type: ignore[no-any-return, attr-defined]
    except (JoseError, ValueError) as error:
        raise BadInput("This is no key.", where="keys") from error


def _opened(signed: str, key: SignKey, types: Collection[str]) -> dict[str, Any]:
    registry = JWSRegistry(algorithms=list(_ALGORITHMS[str(key.as_dict(private=False)["crv"])]))
    found = jws.deserialize_compact(signed, key, registry=registry)
    if found.headers().get("typ") not in types:
        raise Unproven("It was signed for another use.")
    return msgspec.json.decode(found.payload, type=dict[str, Any])


def _signed(payload: Mapping[str, Any], key: SignKey, type: str) -> str:
    algorithm = _ALGORITHMS[str(key.as_dict(private=False)["crv"])][0]
    header = {"alg": algorithm, "typ": type}
    registry = JWSRegistry(algorithms=[algorithm])
    return jws.serialize_compact(header, msgspec.json.encode(payload), key, registry=registry)


def _disclosure(name: str, value: Any) -> str:
    return _coded(msgspec.json.encode([secrets.token_urlsafe(16), name, value]))


def _decoded(disclosure: str) -> list[Any]:
    parts = msgspec.json.decode(base64.urlsafe_b64decode(disclosure + "=" * (-len(disclosure) % 4)), type=list[Any])
    if len(parts) not in (2, 3):
        raise Unproven("This is no disclosure.")
    return parts


def _digest(text: str) -> str:
    return _coded(hashlib.sha256(text.encode("ascii")).digest())


def _coded(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def names(issued: str) -> Iterable[str]:
    """Names of the claims that a holder may show."""
    return [str(parts[1]) for each in split(issued)[1] if len(parts := _decoded(each)) == 3]

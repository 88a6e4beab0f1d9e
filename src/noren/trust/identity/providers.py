"""Signing in with an OpenID Connect provider: authorization code, PKCE, state, nonce; the provider's keys looked up.

The browser that began must be the one that comes back: a secret in its cookie is part of the state.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import msgspec
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, OKPKey, RSAKey
from joserfc.jws import JWSRegistry

from noren.errors import BadInput, NorenError, NotFound, NotSignedIn, Unavailable
from noren.net.http import Answer, Http
from noren.trust.identity.accounts import Account, Accounts, What
from noren.trust.identity.credentials import KINDS, Credentials
from noren.trust.identity.once import Once
from noren.trust.identity.register import Register
from noren.trust.identity.settings import Provider

MINUTES = 10
LEEWAY = 60.0
_FRESH, _SOON = 3600.0, 60.0
_OLDEST = 600.0
_FITTING = {
    "RSA": ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512"),
    "EC": ("ES256", "ES384", "ES512"),
    "OKP": ("Ed25519", "EdDSA"),
}
_KEYS: dict[str, Any] = {"RSA": RSAKey, "EC": ECKey, "OKP": OKPKey}


class Metadata(msgspec.Struct):
    """What is needed of a provider's discovery document (OpenID Connect Discovery 1.0)."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    token_endpoint_auth_methods_supported: tuple[str, ...] = ("client_secret_basic",)
    authorization_response_iss_parameter_supported: bool = False


class _Claims(msgspec.Struct, kw_only=True):
    iss: str
    sub: str
    aud: str | list[str]
    exp: float
    iat: float
    nonce: str = ""
    azp: str = ""


class _Tokens(msgspec.Struct):
    id_token: str


class Known(msgspec.Struct):
    """A provider's document and keys, and since when they are known."""

    metadata: Metadata
    keys: list[dict[str, Any]]
    at: float


class Providers:
    """The providers of one city."""

    def __init__(
        self,
        settings: tuple[Provider, ...],
        register: Register,
        accounts: Accounts,
        credentials: Credentials,
        once: Once,
        http: Callable[[], Http],
        folder: Path,
    ) -> None:
        self._settings = {each.name: each for each in settings}
        self._register, self._accounts, self._credentials, self._once = register, accounts, credentials, once
        self._http, self._folder = http, folder
        self._known: dict[str, Known] = {}

    def all(self) -> list[Provider]:
        """In the order of the settings."""
        return list(self._settings.values())

    async def begin(self, name: str, back: str, then: str) -> tuple[str, str]:
        """Where to send a browser, and the secret that its cookie keeps meanwhile; `back` is where the provider
        sends it again, `then` where it goes in the end. Raises `NotFound`, `Unavailable`."""
        provider = self._need(name)
        known = await self._look(provider)
        nonce, verifier, browser = (secrets.token_urlsafe(32) for _ in range(3))
        facts = {"provider": name, "nonce": nonce, "verifier": verifier, "browser": browser, "then": then, "back": back}
        state = self._once.give("sign-in", facts, seconds=MINUTES * 60)
        asked = {
            "response_type": "code",
            "client_id": provider.client_id,
            "redirect_uri": back,
            "scope": " ".join(dict.fromkeys(("openid", *provider.scopes))),
            "state": state,
            "nonce": nonce,
            "code_challenge": challenge(verifier),
            "code_challenge_method": "S256",
        }
        address = known.metadata.authorization_endpoint
        return f"{address}{'&' if '?' in address else '?'}{urlencode(asked)}", browser

    async def finish(self, code: str, state: str, browser: str, issuer: str | None) -> tuple[Account, str, str]:
        """Who came back from a provider: their account, the provider's name, and where they go; raises `NotSignedIn`
        for whatever does not hold, `Unavailable` when the provider does not answer."""
        facts = self._once.take("sign-in", state)
        if facts is None or not hmac.compare_digest(facts["browser"].encode(), browser.encode()):
            raise _no("This sign-in was not begun here, or too long ago.")
        provider = self._need(facts["provider"])
        known = await self._look(provider)
        says = known.metadata.authorization_response_iss_parameter_supported
        if (issuer is not None or says) and issuer != provider.issuer:
            raise _no("Another provider answered than was asked.")
        token = await self._exchange(provider, known, code, facts["back"], facts["verifier"])
        claims = await self._verified(provider, token, facts["nonce"])
        return self._account(provider, claims), provider.name, facts["then"]

    def _account(self, provider: Provider, claims: dict[str, Any]) -> Account:
        """Staff when the provider says what the settings ask for, else a resident; what it says now takes the place of
        what it said before."""
        granted: set[tuple[str, What, str]] = set()
        for grant in provider.grants:
            if grant.value in set(_values(claims, grant.claim)):
                granted |= {(grant.tenant, "purpose", name) for name in grant.purposes}
                granted |= {(grant.tenant, "role", grant.role)} if grant.role else set()
        name = next((v for key in ("name", "preferred_username") for v in _values(claims, key)), "")
        with self._register.change():
            staff = self._accounts.of_login(provider.issuer, claims["sub"], "staff")
            if staff is not None:
                self._accounts.replace(staff.id, granted, source=provider.name)
            if granted:
                account = staff or self._accounts.login(provider.issuer, claims["sub"], "staff", _short(name))
                self._accounts.replace(account.id, granted, source=provider.name)
                return account
            resident = self._accounts.login(provider.issuer, claims["sub"], "resident")
            self._vouch(provider, resident, claims)
            return resident

    def _vouch(self, provider: Provider, account: Account, claims: dict[str, Any]) -> None:
        held = {each.name: each for each in self._credentials.of(account.id)}
        for name, claim in provider.attributes.items():
            value = next(_raw(claims, claim), None)
            if isinstance(value, bool) if KINDS[name].kind == "boolean" else value:
                said = value if isinstance(value, bool) else str(value)
                evidence = f"{provider.name}: {claim}"
                self._credentials.say(account, name, said, source=provider.name, evidence=evidence)
            elif name in held and held[name].source == provider.name:
                self._credentials.unsay(account, name, provider.name)

    async def _exchange(self, provider: Provider, known: Known, code: str, back: str, verifier: str) -> str:
        form = {"grant_type": "authorization_code", "code": code, "redirect_uri": back, "code_verifier": verifier}
        headers = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}
        secret = self._secret(provider)
        if secret and "client_secret_basic" in known.metadata.token_endpoint_auth_methods_supported:
            pair = f"{quote(provider.client_id, safe='')}:{quote(secret, safe='')}"
            headers["Authorization"] = "Basic " + base64.b64encode(pair.encode()).decode()
        else:
            form |= {"client_id": provider.client_id} | ({"client_secret": secret} if secret else {})
        answer = await self._http().send(
            "POST", known.metadata.token_endpoint, body=urlencode(form).encode(), headers=headers
        )
        if answer.status != 200:
            raise _no("The provider does not confirm who you are.")
        told: _Tokens = _decoded(answer, _Tokens, provider)
        return told.id_token

    async def _verified(self, provider: Provider, token: str, nonce: str) -> dict[str, Any]:
        try:
            claims = dict(await self._opened(provider, token))
            told = msgspec.convert(claims, _Claims)
        except (JoseError, msgspec.MsgspecError, ValueError, KeyError, TypeError) as error:
            raise _no("The provider's word does not hold.") from error
        now = self._register.now()
        heard = [told.aud] if isinstance(told.aud, str) else told.aud
        ours = (
            told.iss == provider.issuer
            and provider.client_id in heard
            and (told.azp or heard)
            in (
                provider.client_id,
                [provider.client_id],
            )
        )
        in_time = now - LEEWAY < told.exp and now - _OLDEST <= told.iat <= now + LEEWAY
        if not (ours and in_time and told.sub and hmac.compare_digest(told.nonce.encode(), nonce.encode())):
            raise _no("The provider's word is for somebody else, or another time.")
        return claims

    async def _opened(self, provider: Provider, token: str) -> dict[str, Any]:
        head = msgspec.json.decode(_unpadded(token.partition(".")[0]), type=dict[str, Any])
        known = await self._look(provider)
        fitting = _fitting(known.keys, head)
        if fitting is None and self._register.now() - known.at > _SOON:
            fitting = _fitting((await self._look(provider, anew=True)).keys, head)
        if fitting is None:
            raise _no("The provider signed with a key that it does not show.")
        algorithms = [name for name in _FITTING[fitting["kty"]] if fitting.get("alg", name) == name]
        key = _KEYS[fitting["kty"]].import_key(fitting)
        claims: dict[str, Any] = jwt.decode(token, key, registry=JWSRegistry(algorithms=algorithms)).claims
        return claims

    async def _look(self, provider: Provider, *, anew: bool = False) -> Known:
        known, now = self._known.get(provider.name), self._register.now()
        if known is None or anew or now - known.at > _FRESH:
            address = provider.issuer.rstrip("/") + "/.well-known/openid-configuration"
            metadata = _decoded(await self._http().get(address), Metadata, provider)
            if metadata.issuer != provider.issuer:
                raise _bad(provider, f"it calls itself {metadata.issuer}")
            keys = _decoded(await self._http().get(metadata.jwks_uri), dict[str, list[dict[str, Any]]], provider)
            known = self._known[provider.name] = Known(metadata, keys.get("keys", []), now)
        return known

    def _need(self, name: str) -> Provider:
        if name not in self._settings:
            raise NotFound("There is no such provider.")
        return self._settings[name]

    def _secret(self, provider: Provider) -> str:
        if not provider.client_secret_file:
            return ""
        path = self._folder / provider.client_secret_file
        where = f"identity.providers.{provider.name}"
        try:
            if path.stat().st_mode & 0o077:
                raise BadInput("Others may read a provider's secret.", where=where, hint=f"Run: chmod 600 {path}")
            return path.read_text("utf-8").strip()
        except OSError as error:
            raise BadInput(f"A provider's secret cannot be read: {error.strerror}.", where=where) from error


def challenge(verifier: str) -> str:
    """The S256 challenge of a PKCE verifier (RFC 7636)."""
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()


def _fitting(keys: list[dict[str, Any]], head: dict[str, Any]) -> dict[str, Any] | None:
    """The one key that a token's header can mean: never a symmetric one, whatever stands in the set."""
    fitting = [
        key
        for key in keys
        if head.get("alg") in _FITTING.get(str(key.get("kty")), ())
        and key.get("use", "sig") == "sig"
        and head.get("kid", key.get("kid")) == key.get("kid")
    ]
    return fitting[0] if len(fitting) == 1 else None


def _values(claims: dict[str, Any], path: str) -> Iterator[str]:
    for value in _raw(claims, path):
        yield from (str(v) for v in (value if isinstance(value, list) else [value]) if isinstance(v, str | int))


def _raw(claims: dict[str, Any], path: str) -> Iterator[Any]:
    node: Any = claims
    if path in claims:
        yield claims[path]
        return
    for part in path.split("."):
        node = node.get(part) if isinstance(node, dict) else None
    if node is not None:
        yield node


def _short(name: str) -> str:
    return " ".join(letter for letter in name.split() if letter.isprintable())[:200]


def _unpadded(part: str) -> bytes:
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))


def _decoded(answer: Answer, form: Any, provider: Provider) -> Any:
    if answer.status != 200:
        raise _bad(provider, f"it answers {answer.status}")
    try:
        return msgspec.json.decode(answer.body, type=form)
    except msgspec.MsgspecError as error:
        raise _bad(provider, f"its answer cannot be read ({error})") from error


def _bad(provider: Provider, why: str) -> NorenError:
    return Unavailable(f"Signing in with {provider.name} does not work: {why}.", where=provider.issuer)


def _no(what: str) -> NotSignedIn:
    return NotSignedIn(what, hint="Begin again at the sign-in page.")

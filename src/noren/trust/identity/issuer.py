"""The built-in OpenID Connect issuer, for laptops, demos and tests: authorization code with PKCE, registered clients.

Each organisation that asks learns another identifier of the same person (pairwise), so that two of them cannot find out
whom both know. It is not there in production.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlencode

import msgspec
from joserfc import jwt
from joserfc.jwk import RSAKey
from yarl import URL

from noren.errors import BadInput, NotFound, NotSignedIn
from noren.trust.identity.accounts import Account, Accounts
from noren.trust.identity.once import Once, hashed
from noren.trust.identity.providers import challenge
from noren.trust.identity.register import Register
from noren.trust.tokens import kept_key

PATH = "/oidc"
ALGORITHM = "RS256"
_ASKED, _CODE, _TOKEN = 600.0, 60.0, 600.0


class Client(msgspec.Struct, frozen=True, kw_only=True):
    """A program of an organisation's that lets people sign in with the city; without `secret` it is a public one."""

    id: str
    organisation: str
    secret: bytes | None
    redirects: tuple[str, ...]
    opened: float


class Issuer:
    """Asks for consent by page, gives codes, and exchanges them for who somebody is to that client."""

    def __init__(self, register: Register, accounts: Accounts, once: Once, key_file: Path) -> None:
        self._register, self._accounts, self._once, self._file = register, accounts, once, key_file
        self._kept: RSAKey | None = None

    @property
    def _key(self) -> RSAKey:
        if self._kept is None:
            self._kept = kept_key(self._file, RSAKey, 2048)
        return self._kept

    def discovery(self, base: str) -> dict[str, Any]:
        """The discovery document of the city at `base`."""
        issuer = base + PATH
        return {
            "issuer": issuer,
            "authorization_endpoint": f"{issuer}/authorize",
            "token_endpoint": f"{issuer}/token",
            "userinfo_endpoint": f"{issuer}/userinfo",
            "jwks_uri": f"{issuer}/jwks",
            "scopes_supported": ["openid"],
            "response_types_supported": ["code"],
            "response_modes_supported": ["query"],
            "grant_types_supported": ["authorization_code"],
            "subject_types_supported": ["pairwise"],
            "id_token_signing_alg_values_supported": [ALGORITHM],
            "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post", "none"],
            "code_challenge_methods_supported": ["S256"],
            "claims_supported": ["iss", "sub", "aud", "exp", "iat", "auth_time", "nonce"],
            "authorization_response_iss_parameter_supported": True,
        }

    def jwks(self) -> dict[str, Any]:
        """The public key."""
        key = self._key
        return {"keys": [{**key.as_dict(private=False), "kid": key.thumbprint(), "alg": ALGORITHM, "use": "sig"}]}

    def add(self, organisation: str, redirects: list[str], *, public: bool = False) -> tuple[Client, str]:
        """Register a client of a registered organisation; the secret is told this once ("" for a public client)."""
        if self._accounts.organisation(organisation) is None:
            raise NotFound(f"No organisation “{organisation}” is registered.", hint="noren identity organisation add")
        for redirect in redirects:
            _check_redirect(redirect)
        secret = "" if public else secrets.token_urlsafe(32)
        client = Client(
            id=secrets.token_hex(8),
            organisation=organisation,
            secret=hashed(secret) if secret else None,
            redirects=tuple(redirects),
            opened=self._register.now(),
        )
        with self._register.change() as run:
            stored = (client.id, organisation, client.secret, " ".join(redirects), client.opened)
            run("INSERT INTO client VALUES (?, ?, ?, ?, ?)", *stored)
        return client, secret

    def clients(self) -> list[Client]:
        """All clients."""
        rows = self._register.rows("SELECT id, organisation, secret, redirects, opened FROM client ORDER BY opened")
        return [_client(row) for row in rows]

    def remove(self, id: str) -> None:
        """Know a client no more; raises `NotFound`."""
        with self._register.change() as run:
            if not run("DELETE FROM client WHERE id = ?", id).rowcount:
                raise NotFound("There is no such client.")

    def ask(self, asked: Mapping[str, str], base: str) -> tuple[str, str]:
        """A client's request: under which name it waits for a person's answer, or where to send the browser with an
        error. Raises `BadInput` when client or address are not registered: then nobody is sent anywhere."""
        client = self._find(asked.get("client_id", ""))
        redirect = asked.get("redirect_uri", "")
        if client is None or redirect not in client.redirects:
            raise BadInput("This client or its address is not registered.", hint="noren identity client add")
        wrong = _wrong(asked)
        if wrong:
            told = {"error": wrong[0], "error_description": wrong[1], "iss": base + PATH}
            return "", _back(redirect, told | _state(asked))
        kept = ("client_id", "redirect_uri", "state", "nonce", "code_challenge")
        facts = {name: asked[name] for name in kept if name in asked}
        return self._once.give("authorize", facts, seconds=_ASKED), ""

    def waiting(self, request: str) -> Client:
        """The client whose request waits for an answer; raises `NotFound`."""
        facts = self._once.look("authorize", request)
        client = self._find(facts["client_id"]) if facts else None
        if client is None:
            raise NotFound("This request is over.", hint="Begin again at the service you came from.")
        return client

    def answer(self, request: str, account: Account | None, base: str) -> str:
        """Where to send the browser: with a code when `account` agreed, with an error when the person declined."""
        self.waiting(request)
        facts = self._once.take("authorize", request)
        if facts is None:
            raise NotFound("This request is over.")
        if account is None:
            return _back(facts["redirect_uri"], {"error": "access_denied", "iss": base + PATH} | _state(facts))
        given = facts | {"account": account.id, "auth_time": int(self._register.now())}
        code = self._once.give("code", given, seconds=_CODE)
        return _back(facts["redirect_uri"], {"code": code, "iss": base + PATH} | _state(facts))

    def exchange(self, form: Mapping[str, str], authorization: str, base: str) -> dict[str, Any]:
        """What a code is good for, once, for the client to which it was given; raises `NotSignedIn`, `BadInput`."""
        client = self._proven(form, authorization)
        if form.get("grant_type") != "authorization_code":
            raise BadInput("unsupported_grant_type", where="grant_type")
        facts = self._once.take("code", form.get("code", ""))
        right = (
            facts is not None
            and facts["client_id"] == client.id
            and facts["redirect_uri"] == form.get("redirect_uri")
            and hmac.compare_digest(facts["code_challenge"], challenge(form.get("code_verifier", "")))
        )
        account = self._accounts.find(facts["account"]) if facts and right else None
        if facts is None or account is None or account.stopped is not None:
            raise BadInput("invalid_grant", where="code")
        subject = self.pairwise(client.organisation, account.id)
        token = self._once.give("access", {"sub": subject}, seconds=_TOKEN)
        return {
            "access_token": token,
            "token_type": "Bearer",
            "expires_in": int(_TOKEN),
            "id_token": self._id_token(client, subject, facts, base),
        }

    def userinfo(self, token: str) -> dict[str, Any]:
        """Whom an access token is about, to the client that holds it; raises `NotSignedIn`."""
        facts = self._once.look("access", token)
        if facts is None:
            raise NotSignedIn("This token does not hold.")
        return facts

    def pairwise(self, organisation: str, account: str) -> str:
        """Under which identifier an organisation knows an account (OpenID Connect Core, 8.1)."""
        row = self._register.row("SELECT secret FROM pairwise WHERE organisation = ?", organisation)
        if row is None:
            with self._register.change() as run:
                made = (organisation, secrets.token_bytes(32))
                run("INSERT OR IGNORE INTO pairwise VALUES (?, ?)", *made)
                row = run("SELECT secret FROM pairwise WHERE organisation = ?", organisation).fetchone()
        digest = hmac.new(row[0], account.encode(), hashlib.sha256).digest()
        return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()

    def _id_token(self, client: Client, subject: str, facts: dict[str, Any], base: str) -> str:
        now = int(self._register.now())
        claims = {
            "iss": base + PATH,
            "sub": subject,
            "aud": client.id,
            "iat": now,
            "exp": now + int(_TOKEN),
            "auth_time": facts["auth_time"],
        }
        if "nonce" in facts:
            claims["nonce"] = facts["nonce"]
        return jwt.encode({"alg": ALGORITHM, "kid": self._key.thumbprint(), "typ": "JWT"}, claims, self._key)

    def _proven(self, form: Mapping[str, str], authorization: str) -> Client:
        id, secret = form.get("client_id", ""), form.get("client_secret", "")
        scheme, _, pair = authorization.partition(" ")
        if scheme.lower() == "basic":
            try:
                id, secret = map(unquote, base64.b64decode(pair).decode().split(":", 1))
            except ValueError as error:
                raise NotSignedIn("invalid_client") from error
        client = self._find(id)
        if client is None or not hmac.compare_digest(client.secret or b"", hashed(secret) if secret else b""):
            raise NotSignedIn("invalid_client")
        return client

    def _find(self, id: str) -> Client | None:
        """A client whose organisation is not stopped."""
        sql = (
            "SELECT client.id, organisation, secret, redirects, client.opened FROM client "
            "JOIN organisation ON organisation.name = client.organisation WHERE client.id = ? AND stopped IS NULL"
        )
        row = self._register.row(sql, id)
        return _client(row) if row else None


def _wrong(asked: Mapping[str, str]) -> tuple[str, str] | None:
    if asked.get("response_type") != "code":
        return "unsupported_response_type", "Only code is answered."
    if "openid" not in asked.get("scope", "").split():
        return "invalid_scope", "The scope names openid."
    if asked.get("code_challenge_method") != "S256" or len(asked.get("code_challenge", "")) != 43:
        return "invalid_request", "PKCE with S256 is needed."
    return None


def _check_redirect(address: str) -> None:
    url = URL(address)
    local = url.scheme == "http" and url.host in ("localhost", "127.0.0.1", "::1")
    if not url.host or not (url.scheme == "https" or local) or url.fragment or " " in address:
        raise BadInput("This cannot be the address of a client.", where=address, hint="https, without “#”.")


def _state(asked: Mapping[str, str]) -> dict[str, str]:
    return {"state": asked["state"]} if "state" in asked else {}


def _back(redirect: str, told: Mapping[str, str]) -> str:
    return f"{redirect}{'&' if '?' in redirect else '?'}{urlencode(told)}"


def _client(row: tuple[Any, ...]) -> Client:
    id, organisation, secret, redirects, opened = row
    return Client(id=id, organisation=organisation, secret=secret, redirects=tuple(redirects.split()), opened=opened)

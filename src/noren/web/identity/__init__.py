"""Signing in and out, one's own sessions and passkeys, devices' tokens, and the built-in issuer; documented in
docs/api.md and docs/identity.md.

`ROUTES` is the table: method, path, handler.
"""

from __future__ import annotations

from noren.web.api.answers import Handler
from noren.web.identity import entering, issuing, mine, passkeys, providing

ROUTES: list[tuple[str, str, Handler]] = [
    ("GET", "/api/identity", entering.ways),
    ("POST", "/api/session", entering.enter),
    ("DELETE", "/api/session", entering.leave),
    ("POST", "/api/identity/demo", entering.demo),
    ("POST", "/api/identity/token", entering.token),
    ("GET", "/api/identity/providers/{name}", providing.begin),
    ("GET", "/api/identity/callback", providing.finish),
    ("POST", "/api/identity/passkeys/ask", passkeys.ask),
    ("POST", "/api/identity/passkeys/enter", passkeys.enter),
    ("POST", "/api/identity/passkeys/offer", passkeys.offer),
    ("POST", "/api/identity/passkeys", passkeys.add),
    ("DELETE", "/api/identity/passkeys/{id}", passkeys.remove),
    ("GET", "/api/identity/me", mine.me),
    ("DELETE", "/api/identity/sessions/{id}", mine.end),
    ("DELETE", "/api/identity/sessions", mine.end_others),
    ("POST", "/api/identity/credentials", mine.credentials),
    ("POST", "/api/identity/attributes", mine.say),
    ("GET", "/api/identity/requests/{id}", issuing.waiting),
    ("POST", "/api/identity/requests/{id}", issuing.answered),
    ("GET", "/oidc/.well-known/openid-configuration", issuing.discovery),
    ("GET", "/oidc/jwks", issuing.jwks),
    ("GET", "/oidc/authorize", issuing.authorize),
    ("POST", "/oidc/token", issuing.token),
    ("GET", "/oidc/userinfo", issuing.userinfo),
    ("GET", "/.well-known/jwt-vc-issuer", mine.vouching),
]

__all__ = ["ROUTES"]

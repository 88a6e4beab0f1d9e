"""Who is asking, from a request's headers: a bearer token (programs) or the session cookie (browsers)."""

from __future__ import annotations

from collections.abc import Mapping
from http.cookies import CookieError, SimpleCookie
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from noren.city import City
    from noren.view import View

COOKIE = "noren_session"


def token_of(headers: Mapping[str, str]) -> str:
    """The token that the request carries, "" when it carries none."""
    scheme, _, token = headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        return token.strip()
    try:
        morsel = SimpleCookie(headers.get("cookie", "")).get(COOKIE)
    except CookieError:
        return ""
    return morsel.value if morsel else ""


def view_of(city: City, headers: Mapping[str, str]) -> View:
    """The city as the caller may see it; `Noren-Purpose` selects one of their purposes.

    Raises `NotSignedIn` for a token that does not hold and `NotAllowed` for a purpose that was not given.
    """
    token = token_of(headers)
    principal = city.identify(token) if token else city.anonymous
    return city.view(principal, purpose=headers.get("noren-purpose") or None)

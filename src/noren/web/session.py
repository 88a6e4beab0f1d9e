"""Who is asking, from a request's headers: a bearer token (programs) or the session cookie (browsers)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from http.cookies import CookieError, SimpleCookie
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from noren.city import City
    from noren.view import View

COOKIE = "noren_session"
READING = frozenset({"GET", "HEAD", "OPTIONS"})


def cookie_name(city: City) -> str:
    """What the session cookie is called: where the city is seen by https, a name that browsers keep to this very host
    and that nobody could have set by http."""
    return f"__Host-{COOKIE}" if city.config.identity.address.startswith("https://") else COOKIE


def token_of(city: City, headers: Mapping[str, str]) -> str:
    """The token or browser's secret that the request carries, "" when it carries none."""
    scheme, _, token = headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        return token.strip()
    return cookie(headers, cookie_name(city))


def cookie(headers: Mapping[str, str], name: str) -> str:
    """A cookie's value, "" without it."""
    try:
        morsel = SimpleCookie(headers.get("cookie", "")).get(name)
    except CookieError:
        return ""
    return morsel.value if morsel else ""


def view_of(city: City, headers: Mapping[str, str]) -> View:
    """The city as the caller may see it; `Noren-Purpose` selects one of their purposes.

    Raises `NotSignedIn` for a token that does not hold and `NotAllowed` for a purpose that was not given.
    """
    token = token_of(city, headers)
    principal = city.identify(token) if token else city.anonymous
    return city.view(principal, purpose=headers.get("noren-purpose") or None)


def is_foreign(city: City, method: str, path: str, raw: Iterable[tuple[bytes, bytes]]) -> bool:
    """Whether another site's page may be behind a request that changes something (cross-site request forgery).

    Asked of what carries the session cookie, and of the portal's own routes, some of which set it; a bearer token no
    other site has. A program without a cookie need not say where it comes from.
    """
    if method in READING:
        return False
    raw = list(raw)
    headers = dict(raw)
    if headers.get(b"authorization", b"")[:7].lower() == b"bearer ":
        return False
    name = cookie_name(city).encode()
    carries = any(key == b"cookie" and name in value for key, value in raw)
    origin = headers.get(b"origin")
    if not carries and not path.startswith("/api/"):
        return False
    if origin is None:
        unsaid = b"cross-site" if carries else b"none"
        return headers.get(b"sec-fetch-site", unsaid) not in (b"same-origin", b"none")
    told = urlsplit(origin.decode("latin-1"))
    ours = {headers.get(b"host", b"").decode("latin-1"), urlsplit(city.config.identity.address).netloc}
    return not told.netloc or told.netloc not in ours

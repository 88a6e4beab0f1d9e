"""What all requests share: the city, views of it by who asks, contexts by how they are named."""

from __future__ import annotations

import hashlib
import re
import time
from collections.abc import Callable, Hashable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec

from noren.broker.contexts import Context, ContextRegistry, is_core
from noren.delivery.endpoints import SCHEMES, guard
from noren.errors import BadInput, NotFound, UnknownContext
from noren.terms.context import CORE_URL
from noren.web.ngsi_ld.headers import context_url
from noren.web.ngsi_ld.problems import NonexistentTenant
from noren.web.ngsi_ld.spoken import Spoken, is_own
from noren.web.session import token_of

if TYPE_CHECKING:
    from noren.city import City
    from noren.custody import Federation
    from noren.view import View

T = TypeVar("T")
OWN = "/context.jsonld"
HOSTED = "/ngsi-ld/v1/jsonldContexts/"
FRESH_S = 1.0
TENANT = re.compile(r"[a-z0-9][a-z0-9_-]{0,62}")
_TENANT_HINT = "Lower-case letters, digits, “-” and “_”."
_SHOWN = (b"authorization", b"cookie", b"noren-purpose", b"ngsild-tenant")
_KEPT, _TENANTS = 500, 100


class House:
    """Of one city, for as long as it is served."""

    def __init__(self, city: City, scheme: str = "http", federation: Federation | None = None) -> None:
        self.city, self.scheme, self.federation = city, scheme, federation
        self._inline: dict[str, Any] = {}
        self._defaults: dict[str, Spoken] = {}
        self._views: dict[tuple[bytes | None, ...], View] = {}
        self._linked: dict[tuple[bytes | None, str], Spoken] = {}
        self._asked: dict[tuple[Any, ...], Any] = {}
        self._looked, self._version = 0.0, 0
        self._guard = guard(city)
        self.since = city.clock.now()

    @property
    def contexts(self) -> ContextRegistry:
        """The contexts that the city holds."""
        return self.city.contexts

    def view(self, headers: Mapping[bytes, bytes], method: str = "GET") -> View:
        """The city as the caller may see it; raises `NotSignedIn`, `NotAllowed`, `NonexistentTenant`.

        Only a POST makes a tenant, where the city is bare (5.5.10). Remembered for a second by what the caller shows:
        a token is verified once, and policies are looked at anew; at once when somebody's access ended.
        """
        moment, version = time.monotonic(), self.city.identity.version
        if moment - self._looked > FRESH_S or version != self._version:
            self._views.clear()
            self._linked.clear()
            self._looked, self._version = moment, version
        key = tuple(map(headers.get, _SHOWN))
        found = self._views.get(key)
        if found is None:
            if len(self._views) >= _KEPT:
                self._views.clear()
            found = self._views[key] = self._view(headers, method)
        return found

    def _view(self, headers: Mapping[bytes, bytes], method: str) -> View:
        shown = {name.decode(): headers[name].decode("latin-1") for name in _SHOWN if name in headers}
        tenant, token = shown.get("ngsild-tenant", ""), token_of(self.city, shown)
        who = self.city.identify(token) if token else self.city.visitor(tenant)
        if who.tenant != tenant and "ngsild-tenant" in shown:
            raise NonexistentTenant("There is no such tenant for you.", where="header NGSILD-Tenant")
        if tenant and not TENANT.fullmatch(tenant):
            raise BadInput("This cannot be the name of a tenant.", where="header NGSILD-Tenant", hint=_TENANT_HINT)
        known = self.city.tenants()
        if tenant not in known and (method != "POST" or len(known) > _TENANTS):
            raise NonexistentTenant("There is no such tenant.", where="header NGSILD-Tenant")
        try:
            return self.city.view(who, purpose=shown.get("noren-purpose") or None)
        except NotFound as error:
            raise NonexistentTenant(error.what, where="header NGSILD-Tenant", hint=error.hint) from None

    def linked(self, link: bytes | None, base: str) -> Spoken:
        """The context that a Link header names, else the city's own; remembered for a second."""
        key = (link, base)
        found = self._linked.get(key)
        if found is None:
            if len(self._linked) >= _KEPT:
                self._linked.clear()
            url = context_url(link.decode("latin-1")) if link else None
            found = self._linked[key] = self.default(base) if url is None else self.spoken(url, base)
        return found

    def once(self, work: Callable[..., T], *given: Hashable) -> T:
        """What `work` makes of these values, on which alone it depends; clients ask the same again and again."""
        key = (work, *given)
        found: T | None = self._asked.get(key)
        if found is None:
            if len(self._asked) >= _KEPT:
                self._asked.clear()
            found = self._asked[key] = work(*given)
        return found

    def default(self, base: str) -> Spoken:
        """The context of a request that names none: the city's own, the core's where the city is bare."""
        found = self._defaults.get(base)
        if found is None:
            if len(self._defaults) > _KEPT:
                self._defaults.clear()
            if self.city.is_bare:
                found = Spoken(self.contexts.core, CORE_URL, CORE_URL)
            else:
                found = Spoken(self.contexts.city, base + OWN, base + OWN)
            self._defaults[base] = found
        return found

    def spoken(self, value: Any, base: str) -> Spoken:
        """The context of an "@context" value or Link; raises `UnknownContext` for one that the city does not hold."""
        if isinstance(value, list) and len(value) == 1:
            value = value[0]
        if is_core(value):
            return Spoken(self.contexts.core, CORE_URL, CORE_URL)
        if isinstance(value, str):
            return Spoken(self._named(value, base), value, value)
        return Spoken(self.contexts.get(self._resolved(value, base)), base + HOSTED + self._keep(value), value)

    def lasting(self, spoken: Spoken, base: str) -> Any:
        """The "@context" value to keep beside something that outlives the request; None for the city's own."""
        return None if spoken.context is self.contexts.city else self._resolved(spoken.value, base)

    def check_endpoint(self, subscription: dict[str, Any]) -> None:
        """Refuse a subscription to an address that may not be reached, before it is kept; raises `BadInput`."""
        notification = subscription.get("notification")
        endpoint = notification.get("endpoint") if isinstance(notification, dict) else None
        address = endpoint.get("uri") if isinstance(endpoint, dict) else None
        if isinstance(address, str):
            self._guard.url(address, SCHEMES)

    def _resolved(self, value: Any, base: str) -> Any:
        """The value with URLs that this server made up itself replaced by what they stand for."""
        if isinstance(value, list):
            return [self._resolved(part, base) for part in value]
        if isinstance(value, str):
            return self._inline.get(value.rpartition("/")[2], value) if value.startswith(base + HOSTED) else value
        return value

    def _named(self, url: str, base: str) -> Context:
        if is_own(url, base):
            return self.contexts.city
        try:
            return self.contexts.get(url)
        except UnknownContext:
            kept = self._inline.get(url.rpartition("/")[2]) if url.startswith(base + HOSTED) else None
            if kept is None:
                raise
            return self.contexts.get(kept)

    def _keep(self, value: Any) -> str:
        """Key under which an inline context is served for as long as the process runs (the newest few hundred)."""
        key = hashlib.sha256(msgspec.json.encode(value, order="deterministic")).hexdigest()[:32]
        if key not in self._inline and len(self._inline) >= _KEPT:
            self._inline.pop(next(iter(self._inline)))
        self._inline[key] = value
        return key

    def inline(self, key: str) -> Any:
        """The inline context kept under `key`, None when there is none."""
        return self._inline.get(key)

    def inlined(self) -> Iterator[str]:
        """Keys of the inline contexts that are kept."""
        yield from self._inline

    def forget(self, key: str) -> bool:
        """No longer keep an inline context; False when there was none."""
        return self._inline.pop(key, None) is not None

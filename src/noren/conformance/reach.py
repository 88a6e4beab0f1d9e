"""How a city is reached: its address, what it says that it offers, and on whose behalf one asks."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode, urljoin

import msgspec

from noren.errors import BadInput
from noren.net.guard import Guard
from noren.net.http import Http, Limits

CAPABILITIES = "/.well-known/japanese-model.json"
PLAIN = {"ngsi-ld": "/ngsi-ld/v1", "ledger": "/ledger", "openid": "/.well-known/openid-configuration"}
"""Where interfaces of known standards are looked for when the city does not say where they are."""
ROLES = ("government", "company", "resident", "other", "recipient", "second")
"""On whose behalf tokens can be given: the city's staff, a company that collects, a resident, another resident, and two
organisations that this resident allowed to read."""
_EVER = {"timerel": "after", "timeAt": "2000-01-01T00:00:00Z"}
MARK = "conformance-3f9c"
"""Stands in the name of everything that is created or made up for a test."""


class Reply(msgspec.Struct, frozen=True):
    """What was answered."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def refused(self) -> bool:
        """Refused for want of a right."""
        return self.status in (401, 403)

    @property
    def good(self) -> bool:
        """Answered."""
        return 200 <= self.status < 300

    @property
    def json(self) -> Any:
        """The body as JSON; None for what is none."""
        try:
            return msgspec.json.decode(self.body)
        except msgspec.DecodeError:
            return None


class Definition(msgspec.Struct, frozen=True):
    """What a city declares of a type (`attribute` empty) or of an attribute."""

    type: str
    attribute: str = ""
    data_class: str = msgspec.field(default="", name="class")
    meaning: dict[str, str] = {}


class Purpose(msgspec.Struct, frozen=True):
    """A purpose as a city declares it."""

    name: str
    iri: str = ""
    meaning: dict[str, str] = {}


class Rule(msgspec.Struct, frozen=True):
    """A rule by which a city decides, as it publishes it."""

    name: str
    text: str = ""
    origin: str = ""


class Declarations(msgspec.Struct, frozen=True):
    """What a city declares: for what data is used, how each definition is kept, by which rules."""

    purposes: list[Purpose] = []
    definitions: list[Definition] = []
    rules: list[Rule] = []

    def types(self, data_class: str) -> list[str]:
        """Types of that class."""
        return sorted(each.type for each in self.definitions if not each.attribute and each.data_class == data_class)

    def personal(self) -> list[tuple[str, str]]:
        """Personal attributes with a type that has them; every common attribute once."""
        return sorted(
            (each.type, each.attribute)
            for each in self.definitions
            if each.attribute and each.type != "*" and each.data_class == "personal"
        )


class Capabilities(msgspec.Struct, frozen=True, rename="camel"):
    """What the capability document says; see docs/model/interfaces.md. `personal` names a type and a relationship with
    which test data about a person can be made."""

    version: str = ""
    purpose_header: str = ""
    public_purpose: str = ""
    context: str = ""
    interfaces: dict[str, str] = {}
    personal: dict[str, str] = {}


class Who(msgspec.Struct, frozen=True):
    """Whom a token speaks for."""

    id: str = ""
    organisation: str = ""


class City:
    """A city at an address. `tokens` by role; what it says of itself is read by `meet`."""

    def __init__(
        self,
        url: str,
        tokens: Mapping[str, str] | None = None,
        *,
        write: bool = False,
        mirrors: Sequence[str] = (),
        memory: Path | None = None,
        seconds: float = 30.0,
    ) -> None:
        """`write` lets test data be created and removed, `mirrors` are other places where the ledger can be read, and
        `memory` is a file of what was seen of it before. Raises `BadInput` for an address that is none or a role
        that is not known."""
        if unknown := set(tokens or {}) - set(ROLES):
            raise BadInput(
                f"Nobody is known as “{min(unknown)}”.", where="--token", hint=f"Known are: {', '.join(ROLES)}."
            )
        address = Guard(["localhost", "private"]).url(url)
        self.url = str(address.with_query(None).with_fragment(None)).rstrip("/")
        self.tokens, self.write = dict(tokens or {}), write
        self.mirrors, self.memory = tuple(mirrors), memory
        host = str(address.host)
        allowed = ["localhost", "private", *([host] if host != "localhost" else [])]
        self.http = Http(Guard(allowed), Limits(seconds=seconds, largest=16 << 20))
        self.capabilities, self.declarations = Capabilities(), Declarations()
        self.declares = False
        self._who: dict[str, Who] = {}

    async def meet(self) -> None:
        """Read what the city says of itself; raises `Unavailable` when nobody answers there."""
        self.capabilities = _as(await self.ask("GET", CAPABILITIES), Capabilities) or Capabilities()
        if (reply := await self.of("declarations")) is not None:
            found = _as(reply, Declarations)
            self.declares, self.declarations = found is not None, found or Declarations()
        for role, token in self.tokens.items():
            told = await self.of("whoami", role)
            self._who[role] = (_as(told, Who) if told is not None else None) or _claimed(token)

    @cached_property
    def broker(self) -> str:
        """Path of the NGSI-LD interface."""
        return self.path("ngsi-ld") or ""

    def path(self, interface: str) -> str | None:
        """Where an interface lies; None when the city does not say so and there is no usual place."""
        return self.capabilities.interfaces.get(interface) or PLAIN.get(interface)

    async def of(self, interface: str, who: str = "", **names: str) -> Reply | None:
        """The answer of an interface, None when the city does not have it; `{name}` in its path is filled."""
        path = self.path(interface)
        return await self.ask("GET", path.format_map(names), who) if path else None

    async def ask(
        self, method: str, path: str, who: str = "", *, purpose: str = "", body: Any = None, **headers: str
    ) -> Reply:
        """One request on behalf of a role ("" for nobody); raises `Unavailable` when no answer comes."""
        given = {name.replace("_", "-"): value for name, value in headers.items()}
        if who in self.tokens:
            given.setdefault("Authorization", f"Bearer {self.tokens[who]}")
        if purpose and self.capabilities.purpose_header:
            given[self.capabilities.purpose_header] = purpose
        if self.capabilities.context and path.startswith(self.broker):
            relation = 'rel="http://www.w3.org/ns/json-ld#context"'
            given["Link"] = f"<{urljoin(self.url + '/', self.capabilities.context)}>; {relation}"
        if body is not None:
            given["Content-Type"] = "application/json"
        raw = None if body is None else msgspec.json.encode(body)
        answer = await self.http.send(method, self._address(path), body=raw, headers=given)
        return Reply(answer.status, answer.headers, answer.body)

    def _address(self, path: str) -> str:
        return path if "://" in path else self.url + path

    async def entities(self, who: str = "", *, purpose: str = "", past: bool = False, **query: object) -> Reply:
        """A query for entities, or for their history since 2000."""
        words = urlencode({**(_EVER if past else {}), **query})
        return await self.ask(
            "GET", f"{self.broker}/{'temporal/' if past else ''}entities?{words}", who, purpose=purpose
        )

    async def entity(self, method: str, id: str, who: str = "", body: Any = None) -> Reply:
        """One entity: read it, change it (PATCH of its attributes), delete it."""
        tail = "/attrs" if method == "PATCH" else ""
        return await self.ask(method, f"{self.broker}/entities/{quote(id, safe='')}{tail}", who, body=body)

    def has(self, *roles: str) -> bool:
        """Whether a token of each of these roles was given."""
        return all(role in self.tokens for role in roles)

    def organisation(self, role: str) -> str:
        """For which organisation a role's token asks, "" where neither the city nor the token says so."""
        return self._who.get(role, Who()).organisation

    def person(self, role: str) -> str:
        """Whom a role's token is about, "" where neither the city nor the token says so."""
        return self._who.get(role, Who()).id

    async def close(self) -> None:
        """Let go of the connections."""
        await self.http.close()


def altered(token: str) -> str:
    """A token whose signature was changed in one letter."""
    head, _, tail = token.rpartition(".")
    middle = len(tail) // 2
    return f"{head}.{tail[:middle]}{'A' if tail[middle] != 'A' else 'B'}{tail[middle + 1 :]}" if head else token + "x"


def unsigned(claims: Mapping[str, object]) -> str:
    """A JWT that claims to need no signature."""
    return ".".join([*(_coded(msgspec.json.encode(part)) for part in ({"alg": "none", "typ": "JWT"}, claims)), ""])


def _coded(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _claimed(token: str) -> Who:
    """What a token says of itself when it is a JWT."""
    parts = token.split(".")
    try:
        found = msgspec.json.decode(base64.urlsafe_b64decode(parts[1] + "===")) if len(parts) == 3 else {}
        return Who(str(found.get("sub", "")), str(found.get("organisation", "")))
    except (msgspec.DecodeError, binascii.Error, ValueError, AttributeError):
        return Who()


def _as(reply: Reply, form: Any) -> Any:
    if reply.status != 200:
        return None
    try:
        return msgspec.json.decode(reply.body, type=form)
    except (msgspec.ValidationError, msgspec.DecodeError):
        return None


def ids(reply: Reply) -> Sequence[str]:
    """Ids of the entities in an answer."""
    found = reply.json
    return [str(each.get("id")) for each in found if isinstance(each, dict)] if isinstance(found, list) else []

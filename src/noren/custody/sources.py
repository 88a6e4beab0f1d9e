"""Where else something is held: a source's registration, what it offers, and which part of a question goes to it."""

from __future__ import annotations

import re
import time
from collections.abc import Iterable
from datetime import datetime
from functools import cached_property, lru_cache
from typing import Literal

import msgspec

from noren.broker.requests import EntityQuery
from noren.city.config import CustodianSettings
from noren.errors import BadInput
from noren.store.geometry import box
from noren.store.query import And, Near, Node, Relate
from noren.terms import iri
from noren.trust import OrganisationKind
from noren.trust.ledger import Verifier

Mode = Literal["inclusive", "exclusive", "redirect", "auxiliary"]
Box = tuple[float, float, float, float]
SECONDS = 0.7
"""How long a source is waited for."""
_LOCATION = ("attrs", iri("location"), "value")
_METRES = 111_320.0


class Offer(msgspec.Struct, frozen=True, kw_only=True):
    """What a source may have: entities of a type (IRI, "" any), of an id or of ids of a pattern, and of them these
    attributes (IRIs, none named: all)."""

    type: str = ""
    id: str = ""
    pattern: str = ""
    attributes: frozenset[str] = frozenset()

    def names(self, id: str) -> bool:
        """Whether an entity of this id may be among what is offered, as far as ids say."""
        if self.id or self.pattern:
            return id == self.id or bool(self.pattern and _compiled(self.pattern).search(id))
        return True

    def may_have(self, id: str) -> bool:
        """The same where nothing is known but the id: then the type in one like urn:ngsi-ld:Type:… says so, too."""
        told = id.split(":")[2] if id.count(":") > 2 else ""
        return self.names(id) and (bool(self.id or self.pattern) or not self.type or iri(told) == self.type)


class Source(msgspec.Struct, frozen=True, kw_only=True, dict=True):
    """A registration. With `key` it is a custodian: asked under signature, also about people whose data it holds.
    Without, it is any NGSI-LD source, asked for open data alone. `area` is west, south, east, north; `since` and
    `until` are wall time."""

    id: str
    organisation: str
    kind: OrganisationKind
    endpoint: str
    key: Verifier | None
    offers: tuple[Offer, ...]
    mode: Mode = "inclusive"
    area: Box | None = None
    since: datetime | None = None
    until: datetime | None = None
    seconds: float = SECONDS
    alias: str = ""
    tenant: str = ""

    @cached_property
    def types(self) -> frozenset[str]:
        """The types offered."""
        return frozenset(offer.type for offer in self.offers)

    def stands(self, now: float) -> bool:
        """Whether the registration holds at this time (seconds)."""
        after = self.since is None or self.since.timestamp() <= now
        return after and (self.until is None or now < self.until.timestamp())

    def offered(self, query: EntityQuery) -> dict[str, frozenset[str]]:
        """Of what is asked, attributes by type that may be here (none named: all); empty when nothing is."""
        asked = {name for together in query.types for name in together}
        found: dict[str, frozenset[str]] = {}
        if not self.stands(time.time()) or not _meets(self.area, query.where):
            return found
        for offer in self.offers:
            if query.ids and not any(map(offer.names if asked else offer.may_have, query.ids)):
                continue
            wanted = frozenset(query.attributes)
            attributes = offer.attributes & wanted if offer.attributes and wanted else offer.attributes or wanted
            if offer.attributes and not attributes:
                continue
            for name in (asked if not offer.type else asked & {offer.type}) or ({offer.type} if not asked else ()):
                whole = not attributes or (name in found and not found[name])
                found[name] = frozenset() if whole else found.get(name, frozenset()) | attributes
        found.pop("", None)
        return found


def configured(settings: CustodianSettings) -> Source:
    """The registration of a custodian that the city's settings name; raises `BadInput` for a key that is none."""
    try:
        key = Verifier.parse(settings.key)
    except BadInput as error:
        where = f"noren.toml, custodians, {settings.name}, key"
        raise BadInput(error.what, where=where, hint="It is printed by `noren up --custodian`.") from error
    return Source(
        id=settings.name,
        organisation=settings.organisation or settings.name,
        kind=settings.kind,
        endpoint=settings.endpoint.rstrip("/"),
        key=key,
        offers=tuple(offers(settings.types)),
        area=settings.area,
        since=settings.since,
        until=settings.until,
        seconds=settings.seconds,
    )


def offers(names: Iterable[str]) -> list[Offer]:
    """What "Type" and "Type.attribute" (short names) offer."""
    found: dict[str, set[str]] = {}
    for name in names:
        kind, _, attribute = name.partition(".")
        held = found.setdefault(kind, set())
        held.add(attribute)
    return [
        Offer(type=iri(kind), attributes=frozenset() if "" in held else frozenset(map(iri, held)))
        for kind, held in found.items()
    ]


@lru_cache(1000)
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern)


def _meets(area: Box | None, where: Node | None) -> bool:
    """Whether a place that is asked for may lie in the area; True where no place is asked for."""
    if area is None or where is None:
        return True
    parts = where.parts if isinstance(where, And) else (where,)
    return all(_touches(area, part) for part in parts)


def _touches(area: Box, part: Node) -> bool:
    if isinstance(part, Relate) and part.path == _LOCATION and part.relation in ("intersects", "within", "equals"):
        found, margin = box(part.geometry), 0.0
    elif isinstance(part, Near) and part.path == _LOCATION and part.maximum is not None:
        # Wide enough up to the polar circles; what is not there is not in the answer either.
        found, margin = box(part.geometry), 2.5 * part.maximum / _METRES
    else:
        return True
    if found is None:
        return True
    west, south, east, north = area
    return (
        found[0] - margin <= east
        and found[2] + margin >= west
        and found[1] - margin <= north
        and found[3] + margin >= south
    )

"""Context Source Registrations (CIM 009, 5.2.9 and 5.9): checked, kept, shown again, and made into sources.

A registration whose `contextSourceInfo` has the keys "noren:key", "noren:organisation" and "noren:kind" is a
custodian's; any other is asked for open data alone. Reading is distributed, writing is not.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any, get_args

import msgspec

from noren.broker import forms
from noren.broker.contexts import Context
from noren.broker.languages import safe_pattern
from noren.custody.sources import SECONDS, Mode, Offer, Source
from noren.errors import AlreadyExists, BadInput, Conflict, NotFound
from noren.net.guard import Guard
from noren.store import Store
from noren.store.geometry import box
from noren.trust import OrganisationKind
from noren.trust.ledger import Verifier

KIND, TYPE = "csource", "ContextSourceRegistration"
KEY, ORGANISATION, ORGANISATION_KIND = "noren:key", "noren:organisation", "noren:kind"
MOST = 1000
_READ_ONLY = frozenset({"lastFailure", "status", "timesFailed", "timesSent", "lastSuccess"})
_NAMED = ("propertyNames", "relationshipNames")
Body = dict[str, Any]


class Overlap(Conflict):
    """Another registration has the same attributes of the same entity for itself (5.9.2.4)."""

    status, kind = 409, "Conflict"


class Registrations:
    """Of one tenant, kept in its store with all names expanded."""

    def __init__(self, store: Store, guard: Guard) -> None:
        self._store, self._guard = store, guard
        self._bodies: dict[str, Body] = dict(store.values(KIND))
        self._sources = {id: source(id, body) for id, body in self._bodies.items()}

    def any(self) -> bool:
        """Whether there are any, were it only such as have expired."""
        return bool(self._bodies)

    def all(self) -> list[Body]:
        """Those that stand now, in the order of their ids."""
        now = datetime.now(UTC).timestamp()
        return [self._bodies[id] for id in sorted(self._bodies) if self._sources[id].stands(now)]

    def sources(self) -> list[Source]:
        """The same as sources."""
        return [self._sources[body["id"]] for body in self.all()]

    def get(self, id: str) -> Body:
        """The registration of that id; raises `NotFound`."""
        found = self._bodies.get(id)
        if found is None or not self._sources[id].stands(datetime.now(UTC).timestamp()):
            raise NotFound("There is no such registration.", where=id)
        return found

    @staticmethod
    def shown(body: Body, context: Context) -> Body:
        """A registration with its names as the context has them."""
        return {**body, "information": [_compacted(item, context) for item in body["information"]]}

    async def add(self, data: Any, context: Context) -> str:
        """Keep a new one, durably; its id. Raises `BadInput` that names the member, `AlreadyExists`, `Conflict`."""
        body = expanded(data, context)
        id = body.setdefault("id", f"urn:ngsi-ld:{TYPE}:{uuid.uuid4()}")
        if id in self._bodies:
            raise AlreadyExists("A registration with this id exists.", where=id)
        if len(self._bodies) >= MOST:
            raise Conflict(f"More than {MOST} registrations are not kept.")
        await self._put(body)
        return str(id)

    async def change(self, id: str, data: Any, context: Context) -> None:
        """Put members of a fragment into one that stands (5.9.3); raises as `add` does, and `NotFound`."""
        before = self.get(id)
        if not isinstance(data, dict):
            raise BadInput("A change of a registration is one JSON object.")
        fragment = {name: value for name, value in data.items() if name not in ("id", "@context")}
        names = {name for name, value in fragment.items() if value == forms.NULL}
        compacted = self.shown(before, context)
        whole = {name: value for name, value in {**compacted, **fragment}.items() if name not in names}
        await self._put(expanded(whole, context) | {"id": id})

    async def remove(self, id: str) -> None:
        """Forget it; raises `NotFound`."""
        self.get(id)
        del self._bodies[id], self._sources[id]
        await self._store.put_value(KIND, id, None)

    async def _put(self, body: Body) -> None:
        made = source(body["id"], body)
        self._guard.url(made.endpoint)
        _check_overlap(made, self.sources())
        await self._store.put_value(KIND, body["id"], body)
        self._bodies[body["id"]], self._sources[body["id"]] = body, made


def expanded(data: Any, context: Context) -> Body:
    """A payload checked, with the names in `information` as IRIs; raises `BadInput` that names the member at fault."""
    if not isinstance(data, dict) or data.get("type") != TYPE:
        raise BadInput(f"The type of a registration is “{TYPE}”.", where="type")
    body = {name: value for name, value in data.items() if name not in _READ_ONLY and name != "@context"}
    if "id" in body:
        forms.uri(body["id"], "id")
    if not isinstance(body.get("endpoint"), str):
        raise BadInput("A registration says where the source is.", where="endpoint", hint="Write an address.")
    body["endpoint"] = body["endpoint"].rstrip("/").removesuffix("/ngsi-ld/v1")
    information = body.get("information")
    if not isinstance(information, list) or not information:
        raise BadInput("A registration says what the source has.", where="information", hint="A list of objects.")
    body["information"] = [_information(item, context) for item in information]
    if body.get("mode", "inclusive") not in get_args(Mode):
        raise BadInput("There is no such mode.", where="mode", hint=f"One of {', '.join(get_args(Mode))}.")
    if body.get("mode") == "exclusive" and not all(map(_is_exact, body["information"])):
        hint = "An exclusive registration names ids and attributes (CIM 009, 4.3.6.3)."
        raise BadInput("This is too wide for a registration of its own.", where="information", hint=hint)
    if "expiresAt" in body and forms.instant(body["expiresAt"], "expiresAt") <= _now():
        raise BadInput("It has expired already.", where="expiresAt")
    if "location" in body and box(body["location"]) is None:
        raise BadInput("This is no place.", where="location", hint="Write a GeoJSON geometry.")
    return body


def source(id: str, body: Body) -> Source:
    """The source of a checked registration; raises `BadInput` for a custodian's key or kind that is none."""
    told = _told(body)
    key = Verifier.parse(told[KEY]) if KEY in told else None
    kind = told.get(ORGANISATION_KIND, "none")
    if kind not in get_args(OrganisationKind):
        kinds = ", ".join(get_args(OrganisationKind))
        raise BadInput("There is no such kind of organisation.", where=ORGANISATION_KIND, hint=f"One of {kinds}.")
    management = body.get("management") or {}
    milliseconds = management.get("timeout") if isinstance(management, dict) else None
    return Source(
        id=id,
        organisation=told.get(ORGANISATION, id),
        kind=kind,  # type: ignore[arg-type]
        endpoint=body["endpoint"],
        key=key,
        offers=tuple(offer for item in body["information"] for offer in _offers(item)),
        mode=body.get("mode", "inclusive"),
        area=box(body.get("location")),
        until=datetime.fromisoformat(body["expiresAt"]) if "expiresAt" in body else None,
        seconds=min(SECONDS, milliseconds / 1000)
        if isinstance(milliseconds, int | float) and 0 < milliseconds < 1e9
        else SECONDS,
        alias=str(body.get("contextSourceAlias", "")),
        tenant=str(body.get("tenant", "")),
    )


def _told(body: Body) -> dict[str, str]:
    pairs = body.get("contextSourceInfo", [])
    try:
        found = msgspec.convert(pairs, list[dict[str, str]])
        return {pair["key"]: pair["value"] for pair in found}
    except (msgspec.ValidationError, KeyError) as error:
        raise BadInput("This is no list of key and value.", where="contextSourceInfo") from error


def _information(item: Any, context: Context) -> Body:
    if not isinstance(item, dict) or item.keys().isdisjoint(("entities", *_NAMED)):
        raise BadInput("It is not said what the source has.", where="information", hint="Name entities or attributes.")
    found: Body = {}
    for name in _NAMED:
        if name in item:
            found[name] = [context.attribute(each) for each in _names(item[name], f"information.{name}")]
    if "entities" in item:
        entities = item["entities"]
        if not isinstance(entities, list) or not entities:
            raise BadInput("A list of entities is needed here.", where="information.entities")
        found["entities"] = [_entity(each, context) for each in entities]
    return found


def _entity(data: Any, context: Context) -> Body:
    if not isinstance(data, dict) or "type" not in data:
        raise BadInput("An entity is named by its type, and id or pattern.", where="information.entities")
    found: Body = {"type": forms.types(data["type"], context)}
    if "id" in data:
        found["id"] = forms.uri(data["id"], "information.entities.id")
    elif "idPattern" in data:
        found["idPattern"] = safe_pattern(data["idPattern"], "information.entities.idPattern")
    return found


def _names(value: Any, where: str) -> list[str]:
    if not isinstance(value, list) or not value or not all(isinstance(each, str) and each for each in value):
        raise BadInput("A list of names is needed here.", where=where)
    return value


def _compacted(item: Body, context: Context) -> Body:
    found: Body = {name: [context.compact(each) for each in item[name]] for name in _NAMED if name in item}
    if "entities" in item:
        found["entities"] = [
            {**entity, "type": _one([context.compact(each) for each in entity["type"]])} for entity in item["entities"]
        ]
    return found


def _one(names: list[str]) -> str | list[str]:
    return names[0] if len(names) == 1 else names


def _offers(item: Body) -> list[Offer]:
    attributes = frozenset(name for each in _NAMED for name in item.get(each, ()))
    return [
        Offer(type=kind, id=entity.get("id", ""), pattern=entity.get("idPattern", ""), attributes=attributes)
        for entity in item.get("entities", [{"type": [""]}])
        for kind in entity["type"]
    ]


def _is_exact(item: Body) -> bool:
    named = any(name in item for name in _NAMED)
    return named and bool(item.get("entities")) and all("id" in entity for entity in item["entities"])


def _check_overlap(made: Source, others: Iterable[Source]) -> None:
    for other in others:
        if other.id == made.id or not {made.mode, other.mode} >= {"exclusive"}:
            continue
        if {made.mode, other.mode} <= {"exclusive", "redirect"} and _overlap(made, other):
            raise Overlap("These attributes of this entity are registered already.", where=other.id)


def _overlap(made: Source, other: Source) -> bool:
    return any(
        (one.names(two.id) if two.id else two.names(one.id))
        and (not one.type or not two.type or one.type == two.type)
        and (not one.attributes or not two.attributes or bool(one.attributes & two.attributes))
        for one in made.offers
        for two in other.offers
    )


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")

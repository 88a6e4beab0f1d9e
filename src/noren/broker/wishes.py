"""The members of a subscription (CIM 009, 5.2.12 to 5.2.15), each checked and made ready; errors name the member."""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from noren.broker.contexts import Context
from noren.broker.forms import Form
from noren.broker.forms.checks import instant, text, uri
from noren.broker.forms.render import Style
from noren.broker.languages import parse_geo, parse_projection, parse_q, parse_scope, parse_types, safe_pattern
from noren.errors import BadInput
from noren.store.query import And, Doc, Node, pattern

Trigger = Literal[
    "entityCreated", "entityUpdated", "entityDeleted", "attributeCreated", "attributeUpdated", "attributeDeleted"
]
TRIGGERS: frozenset[str] = frozenset(Trigger.__args__)  # type: ignore[attr-defined]
_DEFAULT_TRIGGERS = frozenset({"attributeCreated", "attributeUpdated"})
_UPDATES = frozenset({"attributeCreated", "attributeUpdated", "attributeDeleted"})
_STYLES: dict[str, Style] = {
    "normalized": "normalized",
    "concise": "concise",
    "simplified": "simplified",
    "keyValues": "simplified",
}
_TEXTS = ("subscriptionName", "description", "lang", "csf", "jsonKeys", "expandValues", "ngsildConformance")
_ACCEPTED = ("application/json", "application/ld+json", "application/geo+json")
_SCHEMES = ("http://", "https://", "mqtt://", "mqtts://")


class Selector(msgspec.Struct, frozen=True):
    """Which entities: of one of these types (conjunctions of IRIs; empty: any), these ids, or ids of this pattern."""

    types: tuple[tuple[str, ...], ...] = ()
    ids: tuple[str, ...] = ()
    id_pattern: str | None = None

    def selects(self, doc: Doc) -> bool:
        """Whether the document is one of them."""
        if self.ids:
            if doc["id"] not in self.ids:
                return False
        elif self.id_pattern is not None and not pattern(self.id_pattern).search(doc["id"]):
            return False
        return not self.types or any(all(kind in doc["type"] for kind in together) for together in self.types)


class Endpoint(msgspec.Struct, frozen=True):
    """Where notifications go; `receiver` are headers for the receiver, `notifier` settings of the channel.

    `cooldown` and `timeout` are in milliseconds.
    """

    uri: str
    accept: str = "application/json"
    receiver: tuple[tuple[str, str], ...] = ()
    notifier: tuple[tuple[str, str], ...] = ()
    cooldown: float | None = None
    timeout: float | None = None


def member_object(body: dict[str, Any], member: str) -> dict[str, Any]:
    """A member that must be there and be an object."""
    value = body.get(member)
    if not isinstance(value, dict):
        raise BadInput(f"“{member}” is missing or no JSON object.", where=member)
    return value


def future(expires: Any, now: str) -> None:
    """A time that is to come."""
    if instant(expires, "expiresAt") <= now:
        raise BadInput("The time lies in the past.", where="expiresAt", hint="Give a time to come, or leave it out.")


def positive(body: dict[str, Any], member: str) -> float | None:
    """A number above zero, None when absent."""
    value = body.get(member)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < float("inf"):
        raise BadInput(f"“{member}” is a number above zero.", where=member)
    return float(value)


def flag(body: dict[str, Any], member: str, default: bool) -> bool:
    """A truth value."""
    value = body.get(member, default)
    if not isinstance(value, bool):
        raise BadInput(f"“{member}” is true or false.", where=member)
    return value


def _listed(body: dict[str, Any], member: str) -> list[str]:
    value = body.get(member)
    if value is None:
        return []
    if not isinstance(value, list) or not value or not all(isinstance(item, str) and item for item in value):
        raise BadInput(f"“{member}” is an array of names that is not empty.", where=member)
    return value


def names(body: dict[str, Any], member: str, context: Context) -> frozenset[str]:
    """IRIs of listed attributes."""
    return frozenset(context.attribute(name) for name in _listed(body, member))


def selectors(body: dict[str, Any], context: Context) -> tuple[Selector, ...]:
    """Which entities, empty for any."""
    entities = body.get("entities")
    if entities is None:
        return ()
    if not isinstance(entities, list) or not entities:
        raise BadInput("“entities” is an array that is not empty.", where="entities")
    return tuple(_selector(entity, context, f"entities[{place}]") for place, entity in enumerate(entities))


def _selector(entity: Any, context: Context, where: str) -> Selector:
    if not isinstance(entity, dict) or "type" not in entity:
        raise BadInput(
            "Entities are chosen by type.", where=where, hint='Give {"type": "WaterObserved"}, or "*" for any.'
        )
    ids = entity.get("id", [])
    id_pattern = entity.get("idPattern")
    if id_pattern is not None:
        safe_pattern(id_pattern, f"{where}.idPattern")
    return Selector(
        parse_types(text(entity["type"], f"{where}.type"), context),
        tuple(uri(one, f"{where}.id") for one in (ids if isinstance(ids, list) else [ids])),
        id_pattern,
    )


def triggers(body: dict[str, Any]) -> frozenset[str]:
    """What kinds of change, "entityUpdated" spelled out."""
    named = frozenset(_listed(body, "notificationTrigger"))
    if unknown := named - TRIGGERS:
        options = ", ".join(sorted(TRIGGERS))
        raise BadInput(f"“{min(unknown)}” is no trigger.", where="notificationTrigger", hint=f"Use {options}.")
    if "entityUpdated" in named:
        named = (named - {"entityUpdated"}) | _UPDATES
    return named or _DEFAULT_TRIGGERS


def conditions(body: dict[str, Any], context: Context) -> Node | None:
    """The tree of q, geoQ and scopeQ together."""
    parts: list[Node] = []
    if "q" in body:
        expanded = [name.strip() for name in body.get("expandValues", "").split(",") if name.strip()]
        parts.append(parse_q(text(body["q"], "q"), context, expanded))
    if "geoQ" in body:
        geo = member_object(body, "geoQ")
        shape = geo.get("georel"), geo.get("geometry"), geo.get("coordinates")
        parts.append(parse_geo(*shape, geo.get("geoproperty"), context))
    if "scopeQ" in body:
        parts.append(parse_scope(text(body["scopeQ"], "scopeQ")))
    return None if not parts else parts[0] if len(parts) == 1 else And(tuple(parts))


def form(notification: dict[str, Any], body: dict[str, Any], context: Context) -> Form:
    """How the entities are to be shown."""
    style = notification.get("format", "normalized")
    if style not in _STYLES:
        raise BadInput(f"“{style}” is no format.", where="notification.format", hint=f"Use {', '.join(_STYLES)}.")
    if notification.get("join", "@none") != "@none":
        raise BadInput("Linked entities are not supplied here.", where="notification.join", hint="Leave it out.")
    chosen = {member: _listed(notification, member) for member in ("attributes", "pick", "omit")}
    if chosen["attributes"] and (chosen["pick"] or chosen["omit"]):
        raise BadInput("“attributes” excludes pick and omit.", where="notification.attributes")
    projected = {
        member: parse_projection(",".join(names), context, f"notification.{member}")
        for member, names in chosen.items()
        if names
    }
    if projected.get("attributes", frozenset()) & {"id", "type", "scope"}:
        raise BadInput(
            "id, type and scope are always there.", where="notification.attributes", hint="Use pick instead."
        )
    return Form(
        style=_STYLES[style],
        sys=flag(notification, "sysAttrs", False),
        attrs=projected.get("attributes"),
        pick=projected.get("pick"),
        omit=projected.get("omit"),
        lang=body.get("lang", ""),
        datasets=frozenset(_listed(body, "datasetId")) or None,
    )


def changes(notification: dict[str, Any], form: Form) -> bool:
    """Whether old values are told beside new ones, for which the simplified form has no place."""
    shown = flag(notification, "showChanges", False)
    if shown and form.style == "simplified":
        raise BadInput(
            "The simplified format shows no changes.",
            where="notification.showChanges",
            hint="Use normalized or concise.",
        )
    return shown


def geometry(body: dict[str, Any], context: Context) -> str:
    """IRI of the GeoProperty that geoQ names, else of location."""
    geo = body.get("geoQ")
    name = geo.get("geoproperty") if isinstance(geo, dict) else None
    return context.attribute(name or "location")


def endpoint(endpoint: dict[str, Any]) -> Endpoint:
    """Where notifications go."""
    address = uri(endpoint.get("uri"), "notification.endpoint.uri")
    if not address.startswith(_SCHEMES):
        raise BadInput(
            f"Nothing is delivered to “{address}”.",
            where="notification.endpoint.uri",
            hint="Use http, https, mqtt or mqtts.",
        )
    accept = endpoint.get("accept", _ACCEPTED[0])
    if accept not in _ACCEPTED:
        options = ", ".join(_ACCEPTED)
        raise BadInput(f"“{accept}” is not sent.", where="notification.endpoint.accept", hint=f"Use one of {options}.")
    return Endpoint(
        address,
        accept,
        _pairs(endpoint, "receiverInfo"),
        _pairs(endpoint, "notifierInfo"),
        positive(endpoint, "cooldown"),
        positive(endpoint, "timeout"),
    )


def _pairs(endpoint: dict[str, Any], member: str) -> tuple[tuple[str, str], ...]:
    where = f"notification.endpoint.{member}"
    listed = endpoint.get(member, [])
    if not isinstance(listed, list) or not all(isinstance(pair, dict) for pair in listed):
        raise BadInput(f"“{member}” is an array of key and value.", where=where)
    pairs = tuple((text(pair.get("key"), where), str(pair.get("value", ""))) for pair in listed)
    if any(mark in part for pair in pairs for part in pair for mark in "\r\n\0"):
        raise BadInput("A key or value holds a line break.", where=where)
    return pairs


def check_plain(body: dict[str, Any]) -> None:
    """Texts are texts, and there is no temporalQ, which belongs to registrations."""
    if "temporalQ" in body:
        raise BadInput("temporalQ is for registrations only.", where="temporalQ")
    for member in _TEXTS:
        if member in body:
            text(body[member], member)


def check_chosen(body: dict[str, Any]) -> None:
    """Something is subscribed to: entities or attributes."""
    if not {"entities", "watchedAttributes"} & body.keys() and body.get("localOnly") is not True:
        raise BadInput("A subscription needs entities or watchedAttributes.", where="entities")


def check_interval(body: dict[str, Any]) -> None:
    """A periodic subscription names entities and waits for nothing."""
    if "timeInterval" not in body:
        return
    if "entities" not in body and body.get("localOnly") is not True:
        raise BadInput("A subscription with timeInterval needs entities.", where="entities")
    for member in ("watchedAttributes", "throttling"):
        if member in body:
            raise BadInput(f"timeInterval and {member} exclude one another.", where=member)

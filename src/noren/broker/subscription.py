"""Subscriptions (CIM 009, 5.2.12): a payload checked and made ready, patched, and shown again.

A `Subscription` keeps the payload with the @context that its names are by; what the store keeps of it is `stored`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal

import msgspec

from noren.broker.contexts import Context, ContextRegistry
from noren.broker.forms import Form
from noren.broker.forms.checks import NULL, instant, text, uri
from noren.broker.forms.render import Style
from noren.broker.languages import parse_geo, parse_projection, parse_q, parse_scope, parse_types
from noren.errors import BadInput
from noren.store.query import And, Doc, Node, pattern, predicate

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
_ACCEPTED = ("application/json", "application/ld+json", "application/geo+json")
_SCHEMES = ("http://", "https://", "mqtt://", "mqtts://")
_READ_ONLY = frozenset({"status", "createdAt", "modifiedAt"})
_READ_ONLY_BELOW = frozenset({"status", "timesSent", "timesFailed", "lastNotification", "lastSuccess", "lastFailure"})
_TEXTS = ("subscriptionName", "description", "lang", "csf", "jsonKeys", "expandValues", "ngsildConformance")


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


class Subscription(msgspec.Struct, kw_only=True):
    """A checked subscription. `throttling` and `interval` are in seconds; times are ISO texts.

    `attributes` are the IRIs it looks at (q, geoQ, watchedAttributes), for the curtain.
    """

    id: str
    body: dict[str, Any]
    context: Any
    selectors: tuple[Selector, ...]
    watched: frozenset[str]
    triggers: frozenset[str]
    where: Node | None
    test: Callable[[Doc], bool] | None
    form: Form
    geometry: str
    endpoint: Endpoint
    notify_context: Any
    throttling: float | None = None
    interval: float | None = None
    expires: str | None = None
    active: bool = True
    created: str = ""
    modified: str = ""

    def status(self, now: str) -> str:
        """ "active", "paused" or "expired" at the time `now`."""
        if self.expires is not None and self.expires <= now:
            return "expired"
        return "active" if self.active else "paused"


def parse_subscription(body: Any, registry: ContextRegistry, *, context: Any, id: str, now: str) -> Subscription:
    """The subscription of a payload (without @context); names by the @context value `context`; `id` when it has none.

    Raises `BadInput` that names the member at fault.
    """
    if not isinstance(body, dict):
        raise BadInput("A subscription is a JSON object.")
    if body.get("type") != "Subscription":
        raise BadInput("The type of a subscription is “Subscription”.", where="type")
    if expires := body.get("expiresAt"):
        _future(expires, now)
    kept = {name: value for name, value in body.items() if name not in _READ_ONLY and name not in ("id", "@context")}
    return _checked(kept, uri(body.get("id", id), "id"), context, registry, now, now)


def patch_subscription(subscription: Subscription, fragment: Any, registry: ContextRegistry, now: str) -> Subscription:
    """The subscription with members replaced, or taken away by NULL; those below "notification" one by one.

    Names in the fragment are by the subscription's own @context unless it brings one.
    """
    if not isinstance(fragment, dict) or fragment.get("type", "Subscription") != "Subscription":
        raise BadInput("A change of a subscription is a JSON object.")
    if fragment.get("id", subscription.id) != subscription.id:
        raise BadInput("The id of a subscription cannot change.", where="id")
    if (expires := fragment.get("expiresAt")) and expires != NULL:
        _future(expires, now)
    ignored = _READ_ONLY | {"id", "@context"}
    changes = {name: value for name, value in fragment.items() if name not in ignored}
    body = _patched(subscription.body, changes)
    context = fragment.get("@context", subscription.context)
    return _checked(body, subscription.id, context, registry, subscription.created, now)


def stored(subscription: Subscription) -> dict[str, Any]:
    """What the store keeps."""
    return {
        "id": subscription.id,
        "body": subscription.body,
        "context": subscription.context,
        "created": subscription.created,
        "modified": subscription.modified,
    }


def restored(value: dict[str, Any], registry: ContextRegistry) -> Subscription:
    """The subscription again; raises like `parse_subscription`, as when its @context has been removed since."""
    times = value["created"], value["modified"]
    return _checked(value["body"], value["id"], value["context"], registry, *times)


def render_subscription(
    subscription: Subscription,
    registry: ContextRegistry,
    context: Context,
    now: str,
    *,
    sys: bool = False,
    delivery: dict[str, Any] | None = None,
) -> dict[str, Any]:
    """The subscription as JSON; `delivery` are the read-only members of "notification" (timesSent, lastSuccess…)."""
    own = registry.get(subscription.context)
    shown = {"id": subscription.id, "type": "Subscription", **subscription.body}
    if own is not context:
        shown = _renamed(shown, own, context)
    shown["notification"] = {**shown["notification"], **(delivery or {})}
    shown["status"] = subscription.status(now)
    if sys:
        shown |= {"createdAt": subscription.created, "modifiedAt": subscription.modified}
    return shown


def _patched(body: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    merged = dict(body)
    for name, value in changes.items():
        if value == NULL or value is None:
            merged.pop(name, None)
        elif name in ("notification", "endpoint") and isinstance(value, dict) and isinstance(merged.get(name), dict):
            merged[name] = _patched(merged[name], value)
        else:
            merged[name] = value
    return merged


def _renamed(shown: dict[str, Any], own: Context, context: Context) -> dict[str, Any]:
    def name(term: str) -> str:
        return term if term in ("id", "type", "scope") else context.compact(own.expand(term))

    renamed = dict(shown)
    if "watchedAttributes" in shown:
        renamed["watchedAttributes"] = [name(term) for term in shown["watchedAttributes"]]
    if "entities" in shown:
        renamed["entities"] = [_renamed_selector(entity, name) for entity in shown["entities"]]
    notification = dict(shown["notification"])
    for member in ("attributes", "pick", "omit"):
        if member in notification:
            notification[member] = [name(term) for term in notification[member]]
    return {**renamed, "notification": notification}


def _renamed_selector(entity: dict[str, Any], name: Callable[[str], str]) -> dict[str, Any]:
    kind = entity.get("type")
    if not isinstance(kind, str) or kind == "*" or any(mark in kind for mark in "|,;()"):
        return entity
    return {**entity, "type": name(kind)}


def _checked(
    body: dict[str, Any], id: str, context: Any, registry: ContextRegistry, created: str, modified: str
) -> Subscription:
    names = registry.get(context)
    if "temporalQ" in body:
        raise BadInput("temporalQ is for registrations only.", where="temporalQ")
    for member in _TEXTS:
        if member in body:
            text(body[member], member)
    watched = _names(body, "watchedAttributes", names)
    selectors = _selectors(body, names)
    if not selectors and not watched and body.get("localOnly") is not True:
        raise BadInput("A subscription needs entities or watchedAttributes.", where="entities")
    notification = _object(body, "notification")
    where = _where(body, names)
    shown = body.get("jsonldContext")
    if shown is not None:
        registry.get(uri(shown, "jsonldContext"))
    subscription = Subscription(
        id=id,
        body={**body, "notification": {k: v for k, v in notification.items() if k not in _READ_ONLY_BELOW}},
        context=context,
        selectors=selectors,
        watched=watched,
        triggers=_triggers(body),
        where=where,
        test=None if where is None else predicate(where),
        form=_form(notification, body, names),
        geometry=_geometry(body, names),
        endpoint=_endpoint(_object(notification, "endpoint")),
        notify_context=shown if shown is not None else context,
        throttling=_positive(body, "throttling"),
        interval=_positive(body, "timeInterval"),
        expires=instant(body["expiresAt"], "expiresAt") if "expiresAt" in body else None,
        active=_flag(body, "isActive", True),
        created=created,
        modified=modified,
    )
    if subscription.interval is not None:
        _check_interval(body)
    return subscription


def _check_interval(body: dict[str, Any]) -> None:
    if "entities" not in body and body.get("localOnly") is not True:
        raise BadInput("A subscription with timeInterval needs entities.", where="entities")
    for member in ("watchedAttributes", "throttling"):
        if member in body:
            raise BadInput(f"timeInterval and {member} exclude one another.", where=member)


def _object(body: dict[str, Any], member: str) -> dict[str, Any]:
    value = body.get(member)
    if not isinstance(value, dict):
        raise BadInput(f"“{member}” is missing or no JSON object.", where=member)
    return value


def _future(expires: Any, now: str) -> None:
    if instant(expires, "expiresAt") <= now:
        raise BadInput("The time lies in the past.", where="expiresAt", hint="Give a time to come, or leave it out.")


def _positive(body: dict[str, Any], member: str) -> float | None:
    value = body.get(member)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < float("inf"):
        raise BadInput(f"“{member}” is a number above zero.", where=member)
    return float(value)


def _flag(body: dict[str, Any], member: str, default: bool) -> bool:
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


def _names(body: dict[str, Any], member: str, context: Context) -> frozenset[str]:
    return frozenset(context.attribute(name) for name in _listed(body, member))


def _selectors(body: dict[str, Any], context: Context) -> tuple[Selector, ...]:
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
        pattern(text(id_pattern, f"{where}.idPattern"))
    return Selector(
        parse_types(text(entity["type"], f"{where}.type"), context),
        tuple(uri(one, f"{where}.id") for one in (ids if isinstance(ids, list) else [ids])),
        id_pattern,
    )


def _triggers(body: dict[str, Any]) -> frozenset[str]:
    named = frozenset(_listed(body, "notificationTrigger"))
    if unknown := named - TRIGGERS:
        options = ", ".join(sorted(TRIGGERS))
        raise BadInput(f"“{min(unknown)}” is no trigger.", where="notificationTrigger", hint=f"Use {options}.")
    if "entityUpdated" in named:
        named = (named - {"entityUpdated"}) | _UPDATES
    return named or _DEFAULT_TRIGGERS


def _where(body: dict[str, Any], context: Context) -> Node | None:
    parts: list[Node] = []
    if "q" in body:
        expanded = [name.strip() for name in body.get("expandValues", "").split(",") if name.strip()]
        parts.append(parse_q(text(body["q"], "q"), context, expanded))
    if "geoQ" in body:
        geo = _object(body, "geoQ")
        shape = geo.get("georel"), geo.get("geometry"), geo.get("coordinates")
        parts.append(parse_geo(*shape, geo.get("geoproperty"), context))
    if "scopeQ" in body:
        parts.append(parse_scope(text(body["scopeQ"], "scopeQ")))
    return None if not parts else parts[0] if len(parts) == 1 else And(tuple(parts))


def _form(notification: dict[str, Any], body: dict[str, Any], context: Context) -> Form:
    style = notification.get("format", "normalized")
    if style not in _STYLES:
        raise BadInput(f"“{style}” is no format.", where="notification.format", hint=f"Use {', '.join(_STYLES)}.")
    if _flag(notification, "showChanges", False):
        raise BadInput("Previous values are not supplied here.", where="notification.showChanges", hint="Leave it out.")
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
        sys=_flag(notification, "sysAttrs", False),
        attrs=projected.get("attributes"),
        pick=projected.get("pick"),
        omit=projected.get("omit"),
        lang=body.get("lang", ""),
        datasets=frozenset(_listed(body, "datasetId")) or None,
    )


def _geometry(body: dict[str, Any], context: Context) -> str:
    geo = body.get("geoQ")
    name = geo.get("geoproperty") if isinstance(geo, dict) else None
    return context.attribute(name or "location")


def _endpoint(endpoint: dict[str, Any]) -> Endpoint:
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
        _positive(endpoint, "cooldown"),
        _positive(endpoint, "timeout"),
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

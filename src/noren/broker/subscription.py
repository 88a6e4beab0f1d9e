"""Subscriptions (CIM 009, 5.2.12): a payload checked and made ready, patched, and shown again.

A `Subscription` keeps the payload with the @context that its names are by; what the store keeps of it is `stored`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

from noren.broker import wishes
from noren.broker.contexts import Context, ContextRegistry
from noren.broker.forms import Form
from noren.broker.forms.checks import NULL, instant, uri
from noren.broker.languages import attributes_of
from noren.broker.wishes import Endpoint, Selector
from noren.errors import BadInput
from noren.store.query import Doc, Node, predicate

_READ_ONLY = frozenset({"status", "createdAt", "modifiedAt"})
_READ_ONLY_BELOW = frozenset({"status", "timesSent", "timesFailed", "lastNotification", "lastSuccess", "lastFailure"})


class Subscription(msgspec.Struct, kw_only=True):
    """A checked subscription. `throttling` and `interval` are in seconds; times are ISO texts.

    `where` is the tree of q, geoQ and scopeQ, `test` the same as a function; `geometry` the IRI of the GeoProperty
    that stands out in GeoJSON; `changes` says whether old values are told;
    `notify_context` is the @context value by which notifications name things.
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
    changes: bool
    geometry: str
    endpoint: Endpoint
    notify_context: Any
    throttling: float | None = None
    interval: float | None = None
    expires: str | None = None
    active: bool = True
    created: str = ""
    modified: str = ""

    def uses(self) -> frozenset[str]:
        """IRIs of the attributes that it looks at to decide: the curtain must let the subscriber see them."""
        return self.watched | (attributes_of(self.where) if self.where is not None else frozenset())

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
        wishes.future(expires, now)
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
        wishes.future(expires, now)
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
    link: str = "",
) -> dict[str, Any]:
    """The subscription as JSON; `link` is the @context of its notifications where it names none (5.8.1.4), `delivery`
    are the read-only members of "notification" (timesSent, lastSuccess…)."""
    own = registry.get(subscription.context)
    shown = {"id": subscription.id, "type": "Subscription", **subscription.body}
    if own is not context:
        shown = _renamed(shown, own, context)
    if link:
        shown.setdefault("jsonldContext", link)
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
    wishes.check_plain(body)
    wishes.check_chosen(body)
    wishes.check_interval(body)
    notification = wishes.member_object(body, "notification")
    form = wishes.form(notification, body, names)
    where = wishes.conditions(body, names)
    shown = body.get("jsonldContext")
    if shown is not None:
        registry.get(uri(shown, "jsonldContext"))
    return Subscription(
        id=id,
        body={**body, "notification": {k: v for k, v in notification.items() if k not in _READ_ONLY_BELOW}},
        context=context,
        selectors=wishes.selectors(body, names),
        watched=wishes.names(body, "watchedAttributes", names),
        triggers=wishes.triggers(body),
        where=where,
        test=None if where is None else predicate(where),
        form=form,
        changes=wishes.changes(notification, form),
        geometry=wishes.geometry(body, names),
        endpoint=wishes.endpoint(wishes.member_object(notification, "endpoint")),
        notify_context=shown if shown is not None else context,
        throttling=wishes.positive(body, "throttling"),
        interval=wishes.positive(body, "timeInterval"),
        expires=instant(body["expiresAt"], "expiresAt") if "expiresAt" in body else None,
        active=wishes.flag(body, "isActive", True),
        created=created,
        modified=modified,
    )

"""What a notification says of entities (CIM 009, 5.8.6); the message around it is made where it is sent."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from noren.broker.contexts import Context
from noren.broker.forms import Form, feature_collection, render
from noren.broker.forms.checks import NULL
from noren.broker.subscription import Subscription
from noren.store.query import Doc

GEOJSON = "application/geo+json"


def entities(subscription: Subscription, docs: Iterable[Doc], context: Context) -> Any:
    """Documents as the subscription wants them: a list of entities, or a GeoJSON feature collection."""
    if subscription.endpoint.accept == GEOJSON:
        return feature_collection(docs, context, subscription.form, subscription.geometry)
    return [render(doc, context, subscription.form) for doc in docs]


def changed(subscription: Subscription, doc: Doc, touched: Iterable[str], context: Context) -> dict[str, Any]:
    """A created or updated entity; attributes of `touched` that it has no more stand there as NULL."""
    shown = render(doc, context, subscription.form)
    for name in touched:
        if name not in doc["attrs"] and _wanted(name, subscription.form):
            shown[context.compact(name)] = _gone(doc, subscription.form)
    return shown


def _wanted(name: str, form: Form) -> bool:
    if form.attrs is not None and name not in form.attrs:
        return False
    return (form.pick is None or name in form.pick) and (form.omit is None or name not in form.omit)


def _gone(doc: Doc, form: Form) -> Any:
    if not form.sys or form.style == "simplified":
        return NULL
    return {"type": "Property", "value": NULL, "deletedAt": doc["modifiedAt"]}


def deleted(subscription: Subscription, doc: Doc, context: Context, at: str) -> dict[str, Any]:
    """A deleted entity: what it was called and of what type, and when it went."""
    kinds = [context.compact(kind) for kind in doc["type"]]
    shown = {"id": doc["id"], "type": kinds[0] if len(kinds) == 1 else kinds}
    if subscription.form.sys:
        shown |= {name: doc[name] for name in ("createdAt", "modifiedAt") if name in doc}
    return {**shown, "deletedAt": at}

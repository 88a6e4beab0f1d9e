"""What a notification says of entities (CIM 009, 5.8.6); the message around it is made where it is sent."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from noren.broker.contexts import Context
from noren.broker.forms import MEMBERS, Form, feature_collection, is_shown, render
from noren.broker.forms.checks import NULL
from noren.broker.forms.members import PREVIOUS
from noren.broker.joining import Instance, listed
from noren.broker.subscription import Subscription
from noren.store import ChangeRow
from noren.store.query import Doc

GEOJSON = "application/geo+json"
_NULLS: dict[str, Any] = {
    "LanguageProperty": {"@none": NULL},
    "ListProperty": [NULL],
    "ListRelationship": [NULL],
}
"""How NULL is written where a text may not stand (4.5.0)."""


def entities(subscription: Subscription, docs: Iterable[Doc], context: Context) -> Any:
    """Documents as the subscription wants them: a list of entities, or a GeoJSON feature collection."""
    if subscription.endpoint.accept == GEOJSON:
        return feature_collection(docs, context, subscription.form, subscription.geometry)
    return [render(doc, context, subscription.form) for doc in docs]


def looks_back(subscription: Subscription, row: ChangeRow) -> bool:
    """Whether the notification of a change speaks of what stood before it: of old values, or of instances that went."""
    return row.kind == "updated" and (subscription.changes or any(_lost(row.doc, name) for name in row.touched))


def _lost(doc: Doc, name: str) -> bool:
    """Whether an attribute was touched without getting a new instance."""
    return all(instance.get("modifiedAt") != doc["modifiedAt"] for instance in listed(doc["attrs"].get(name, [])))


def changed(
    subscription: Subscription, doc: Doc, touched: Iterable[str], context: Context, before: Doc | None = None
) -> dict[str, Any]:
    """A created or updated entity, or its GeoJSON feature; attributes and instances that it has no more stand there as
    NULL, and old values beside new ones where the subscription shows changes and `before` is known."""
    form, attrs, gone = subscription.form, dict(doc["attrs"]), []
    for name in touched:
        old = before["attrs"].get(name) if before is not None else None
        told = _told(subscription, doc, listed(attrs.get(name, [])), listed(old or []))
        if told:
            attrs[name] = told[0] if len(told) == 1 else told
        elif is_shown(name, form):
            gone.append(name)
    shown = entities(subscription, [{**doc, "attrs": attrs}], context)
    entity: dict[str, Any] = shown["features"][0] if isinstance(shown, dict) else shown[0]
    (entity["properties"] if isinstance(shown, dict) else entity).update(
        {context.compact(name): _gone(doc, form) for name in gone}
    )
    return entity


def _gone(doc: Doc, form: Form) -> Any:
    """An attribute that went, of which no more is known."""
    if not form.sys or form.style == "simplified":
        return NULL
    return {"type": "Property", "value": NULL, "deletedAt": doc["modifiedAt"]}


def _told(subscription: Subscription, doc: Doc, new: list[Instance], old: list[Instance]) -> list[Instance]:
    """Instances of one attribute after a change, with what was before it; none for one that went and left no trace."""
    stood = {instance.get("datasetId"): instance for instance in old}
    told = [_with_previous(subscription, doc, one, stood.pop(one.get("datasetId"), None)) for one in new]
    traced = bool(told) or subscription.changes or subscription.form.sys or any(stood)
    return told + [_taken(subscription, one, doc["modifiedAt"]) for one in stood.values()] if traced else []


def _with_previous(subscription: Subscription, doc: Doc, new: Instance, old: Instance | None) -> Instance:
    if old is None or not subscription.changes or new.get("modifiedAt") != doc["modifiedAt"]:
        return new
    return {**new, PREVIOUS[old["type"]]: old[MEMBERS[old["type"]]]}


def _taken(subscription: Subscription, old: Instance, at: str) -> Instance:
    """An instance that went: NULL in the place of its value."""
    kind, member = old["type"], MEMBERS[old["type"]]
    taken = {"type": kind, member: _NULLS.get(kind, NULL)}
    taken |= {name: old[name] for name in ("datasetId", "createdAt", "modifiedAt") if name in old}
    if subscription.changes:
        taken[PREVIOUS[kind]] = old[member]
    return taken | ({"deletedAt": at} if subscription.form.sys else {})


def deleted(subscription: Subscription, doc: Doc, context: Context, at: str) -> dict[str, Any]:
    """A deleted entity: what it was called and of what type, when it went, and its last values where changes are
    shown."""
    kinds = [context.compact(kind) for kind in doc["type"]]
    shown = {"id": doc["id"], "type": kinds[0] if len(kinds) == 1 else kinds}
    if subscription.form.sys:
        shown |= {name: doc[name] for name in ("createdAt", "modifiedAt") if name in doc}
    if subscription.changes:
        gone = {name: [_taken(subscription, one, at) for one in listed(held)] for name, held in doc["attrs"].items()}
        shown = {**render({**doc, "attrs": gone}, context, subscription.form), **shown}
    return {**shown, "deletedAt": at}

"""The rules of writing (CIM 009, 5.5.8, 5.5.12 and 5.6) as plain functions from what stands to what shall stand.

Each takes the stored document (or None), a fragment from `forms`, and the time as ISO text. An attribute that is not
touched stays the same object, and a document in which nothing is touched is returned itself: the store finds what
changed by identity. An instance that only repeats what stands counts as untouched. A fragment is used up by the call.
"""

from __future__ import annotations

from typing import Any

from noren.broker.forms.checks import NULL
from noren.broker.joining import Instance, Join, deep, is_taken, joined, leave, listed, same, shallow, take
from noren.errors import AlreadyExists, BadInput, NotFound
from noren.store.query import Doc


def create(doc: Doc | None, fragment: Doc, now: str) -> Doc:
    """The new entity; raises `AlreadyExists` when there is one."""
    if doc is not None:
        raise AlreadyExists("An entity with this id exists.", where=doc["id"], hint="Update it, or choose another id.")
    attrs = fragment["attrs"]
    for stored in attrs.values():
        for instance in stored if type(stored) is list else (stored,):
            instance["createdAt"] = instance["modifiedAt"] = now
    return {**fragment, "createdAt": now, "modifiedAt": now, "attrs": attrs}


def replace(doc: Doc | None, fragment: Doc, now: str) -> Doc:
    """The entity with the fragment's content in the place of its own; when it was created stays (5.6.18)."""
    old = _standing(doc)
    attrs = {
        name: joined(old["attrs"].get(name), new, now, take, keep=False) for name, new in fragment["attrs"].items()
    }
    new = {**fragment, "id": old["id"], "createdAt": old["createdAt"], "modifiedAt": now, "attrs": attrs}
    new.setdefault("type", old["type"])
    return old if same(old, new) else new


def put(doc: Doc | None, fragment: Doc, now: str) -> Doc:
    """Create, or replace what stands."""
    return create(None, fragment, now) if doc is None else replace(doc, fragment, now)


def append(doc: Doc | None, fragment: Doc, now: str, *, overwrite: bool = True) -> Doc:
    """The entity with the fragment's attributes added, in the place of its own where `overwrite` (5.6.3)."""
    old = _standing(doc)
    scope = fragment.get("scope")
    if scope and not overwrite:
        fragment = {**fragment, "scope": list(dict.fromkeys([*old.get("scope", ()), *scope]))}
    return _updated(old, fragment, now, take if overwrite else leave)


def skipped(doc: Doc, fragment: Doc) -> list[str]:
    """The attributes that `append` without overwriting leaves as they are."""
    standing = {name: {one.get("datasetId") for one in listed(value)} for name, value in doc["attrs"].items()}
    return [
        name
        for name, value in fragment["attrs"].items()
        if any(one.get("datasetId") in standing.get(name, ()) for one in listed(value))
    ]


def upsert(doc: Doc | None, fragment: Doc, now: str) -> Doc:
    """Create, or append to what stands, where NULL takes away (5.6.8)."""
    if doc is not None:
        return append(doc, fragment, now)
    for name, value in fragment["attrs"].items():
        if any(map(is_taken, listed(value))):
            raise BadInput(f"“{NULL}” takes away, and there is no entity yet.", where=name, hint="Leave it out.")
    return create(None, fragment, now)


def update(doc: Doc | None, fragment: Doc, now: str) -> Doc:
    """The entity with whole attributes of the fragment put in; NULL takes away; a scope only replaces one (5.6.2)."""
    old = _standing(doc)
    if "scope" not in old and "scope" in fragment:
        fragment = {name: value for name, value in fragment.items() if name != "scope"}
    return _updated(old, fragment, now, take)


def patch(doc: Doc | None, fragment: Doc, now: str, *, observed: str = "", lang: str = "") -> Doc:
    """The entity merged with the fragment to any depth; NULL takes away (5.5.12).

    `observed` renews observedAt where an attribute had one, `lang` names the language of plain texts for
    LanguageProperties (5.6.17).
    """

    def merged(standing: Instance, coming: Instance) -> Instance | None:
        if observed and "observedAt" in standing:
            coming.setdefault("observedAt", observed)
        return deep(standing, coming, lang)

    return _updated(_standing(doc), fragment, now, merged)


def partial(doc: Doc | None, attribute: str, coming: Any, now: str) -> Doc:
    """The entity with members of one attribute's instance overwritten, the others kept (5.6.4).

    `coming` is what `forms.parse_instances` made with `merging`; raises `NotFound` for an instance that is absent and
    `BadInput` for another kind of attribute.
    """
    old = _standing(doc)
    for instance in listed(coming):
        _instance(old, attribute, instance.get("datasetId"))
    return _updated(old, {"attrs": {attribute: coming}}, now, shallow)


def replace_attribute(doc: Doc | None, attribute: str, coming: Any, now: str) -> Doc:
    """The entity with one attribute's instance replaced (5.6.19); raises `NotFound` for one that is absent."""
    old = _standing(doc)
    for instance in listed(coming):
        _instance(old, attribute, instance.get("datasetId"))
    return _updated(old, {"attrs": {attribute: coming}}, now, take)


def delete_attribute(
    doc: Doc | None, attribute: str, now: str, *, dataset: str | None = None, every: bool = False
) -> Doc:
    """The entity without the attribute: its instance `dataset`, the default one, or all; or without scope (5.6.5)."""
    old = _standing(doc)
    if attribute == "scope":
        return _unscoped(old, now)
    if every:
        if attribute not in old["attrs"]:
            raise _absent(attribute, None)
        kept: list[Instance] = []
    else:
        gone = _instance(old, attribute, dataset)
        kept = [instance for instance in listed(old["attrs"][attribute]) if instance is not gone]
    attrs = {name: value for name, value in old["attrs"].items() if name != attribute}
    if kept:
        attrs[attribute] = kept[0] if len(kept) == 1 else kept
    return {**old, "modifiedAt": now, "attrs": attrs}


def _unscoped(old: Doc, now: str) -> Doc:
    if "scope" not in old:
        raise _absent("scope", None)
    return {**{name: value for name, value in old.items() if name != "scope"}, "modifiedAt": now}


def _standing(doc: Doc | None) -> Doc:
    if doc is None:
        raise NotFound("There is no such entity.")
    return doc


def _instance(doc: Doc, attribute: str, dataset: str | None) -> Instance:
    for instance in listed(doc["attrs"].get(attribute, [])):
        if instance.get("datasetId") == dataset:
            return instance
    raise _absent(attribute, dataset)


def _absent(attribute: str, dataset: str | None) -> NotFound:
    which = f" with datasetId {dataset}" if dataset else ""
    return NotFound(f"The entity has no such attribute{which}.", where=attribute)


def _updated(old: Doc, fragment: Doc, now: str, join: Join) -> Doc:
    attrs = dict(old["attrs"])
    changed = False
    for name, coming in fragment["attrs"].items():
        standing = attrs.get(name)
        value = joined(standing, coming, now, join)
        if value is standing:
            continue
        changed = True
        if value is None:
            del attrs[name]
        else:
            attrs[name] = value
    head = _head(old, fragment)
    if not changed and not head:
        return old
    new = {**old, **head, "modifiedAt": now, "attrs": attrs}
    return {name: value for name, value in new.items() if value != NULL} if NULL in head.values() else new


def _head(old: Doc, fragment: Doc) -> dict[str, Any]:
    head: dict[str, Any] = {}
    for name in ("scope", "expiresAt"):
        if name in fragment and fragment[name] != old.get(name, NULL):
            head[name] = fragment[name]
    if "type" in fragment and (added := [kind for kind in fragment["type"] if kind not in old["type"]]):
        head["type"] = [*old["type"], *added]
    return head

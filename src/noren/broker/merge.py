"""The rules of writing (CIM 009, 5.5.8, 5.5.12 and 5.6) as plain functions from what stands to what shall stand.

Each takes the stored document (or None), a fragment from `forms`, and the time as ISO text. An attribute that is not
touched stays the same object, and a document in which nothing is touched is returned itself: the store finds what
changed by identity. An instance that only repeats what stands counts as untouched. A fragment is used up by the call.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from noren.broker.forms.checks import NULL
from noren.broker.forms.parse import MEMBERS
from noren.errors import AlreadyExists, BadInput, NotFound
from noren.store.query import Doc

Instance = dict[str, Any]
_TIMES = ("createdAt", "modifiedAt")
_Join = Callable[[Instance, Instance], Instance | None]
"""Makes the instance to stand of the one that stands and the one that comes; None where it shall go."""


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
        name: _joined(old["attrs"].get(name), new, now, _take, keep=False) for name, new in fragment["attrs"].items()
    }
    new = {**fragment, "id": old["id"], "createdAt": old["createdAt"], "modifiedAt": now, "attrs": attrs}
    new.setdefault("type", old["type"])
    return old if _same(old, new) else new


def put(doc: Doc | None, fragment: Doc, now: str) -> Doc:
    """Create, or replace what stands."""
    return create(None, fragment, now) if doc is None else replace(doc, fragment, now)


def append(doc: Doc | None, fragment: Doc, now: str, *, overwrite: bool = True) -> Doc:
    """The entity with the fragment's attributes added, in the place of its own where `overwrite` (5.6.3)."""
    old = _standing(doc)
    scope = fragment.get("scope")
    if scope and not overwrite:
        fragment = {**fragment, "scope": list(dict.fromkeys([*old.get("scope", ()), *scope]))}
    return _updated(old, fragment, now, _take if overwrite else _leave)


def skipped(doc: Doc, fragment: Doc) -> list[str]:
    """The attributes that `append` without overwriting leaves as they are."""
    standing = {name: {one.get("datasetId") for one in _listed(value)} for name, value in doc["attrs"].items()}
    return [
        name
        for name, value in fragment["attrs"].items()
        if any(one.get("datasetId") in standing.get(name, ()) for one in _listed(value))
    ]


def upsert(doc: Doc | None, fragment: Doc, now: str) -> Doc:
    """Create, or append to what stands."""
    return create(None, fragment, now) if doc is None else append(doc, fragment, now)


def update(doc: Doc | None, fragment: Doc, now: str) -> Doc:
    """The entity with whole attributes of the fragment put in; NULL takes away; a scope only replaces one (5.6.2)."""
    old = _standing(doc)
    if "scope" not in old and "scope" in fragment:
        fragment = {name: value for name, value in fragment.items() if name != "scope"}
    return _updated(old, fragment, now, _take)


def patch(doc: Doc | None, fragment: Doc, now: str, *, observed: str = "", lang: str = "") -> Doc:
    """The entity merged with the fragment to any depth; NULL takes away (5.5.12).

    `observed` renews observedAt where an attribute had one, `lang` names the language of plain texts for
    LanguageProperties (5.6.17).
    """

    def merged(standing: Instance, coming: Instance) -> Instance | None:
        if observed and "observedAt" in standing:
            coming.setdefault("observedAt", observed)
        return _deep(standing, coming, lang)

    return _updated(_standing(doc), fragment, now, merged)


def partial(doc: Doc | None, attribute: str, coming: Any, now: str) -> Doc:
    """The entity with members of one attribute's instance overwritten, the others kept (5.6.4).

    `coming` is what `forms.parse_instances` made with `merging`; raises `NotFound` for an instance that is absent and
    `BadInput` for another kind of attribute.
    """
    old = _standing(doc)
    for instance in _listed(coming):
        _instance(old, attribute, instance.get("datasetId"))
    return _updated(old, {"attrs": {attribute: coming}}, now, _shallow)


def replace_attribute(doc: Doc | None, attribute: str, coming: Any, now: str) -> Doc:
    """The entity with one attribute's instance replaced (5.6.19); raises `NotFound` for one that is absent."""
    old = _standing(doc)
    for instance in _listed(coming):
        _instance(old, attribute, instance.get("datasetId"))
    return _updated(old, {"attrs": {attribute: coming}}, now, _take)


def delete_attribute(
    doc: Doc | None, attribute: str, now: str, *, dataset: str | None = None, every: bool = False
) -> Doc:
    """The entity without the attribute: its instance `dataset`, the default one, or all (5.6.5)."""
    old = _standing(doc)
    if every:
        if attribute not in old["attrs"]:
            raise _absent(attribute, None)
        kept: list[Instance] = []
    else:
        gone = _instance(old, attribute, dataset)
        kept = [instance for instance in _listed(old["attrs"][attribute]) if instance is not gone]
    attrs = {name: value for name, value in old["attrs"].items() if name != attribute}
    if kept:
        attrs[attribute] = kept[0] if len(kept) == 1 else kept
    return {**old, "modifiedAt": now, "attrs": attrs}


def expire(doc: Doc, now: str) -> Doc | None:
    """The entity without attributes whose time is over, None when its own is (4.22); the same object when none is."""
    if doc.get("expiresAt", now) < now:
        return None
    attrs = {}
    for name, value in doc["attrs"].items():
        kept = [instance for instance in _listed(value) if instance.get("expiresAt", now) >= now]
        if len(kept) == len(_listed(value)):
            attrs[name] = value
        elif kept:
            attrs[name] = kept[0] if len(kept) == 1 else kept
    same = len(attrs) == len(doc["attrs"]) and all(attrs[name] is doc["attrs"][name] for name in attrs)
    return doc if same else {**doc, "attrs": attrs}


def _standing(doc: Doc | None) -> Doc:
    if doc is None:
        raise NotFound("There is no such entity.")
    return doc


def _instance(doc: Doc, attribute: str, dataset: str | None) -> Instance:
    for instance in _listed(doc["attrs"].get(attribute, [])):
        if instance.get("datasetId") == dataset:
            return instance
    raise _absent(attribute, dataset)


def _absent(attribute: str, dataset: str | None) -> NotFound:
    which = f" with datasetId {dataset}" if dataset else ""
    return NotFound(f"The entity has no such attribute{which}.", where=attribute)


def _listed(value: Any) -> list[Instance]:
    if type(value) is list:
        return value
    return [{"type": "Property", "value": NULL}] if value == NULL else [value]


def _updated(old: Doc, fragment: Doc, now: str, join: _Join) -> Doc:
    attrs = dict(old["attrs"])
    changed = False
    for name, coming in fragment["attrs"].items():
        standing = attrs.get(name)
        value = _joined(standing, coming, now, join)
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


def _joined(standing: Any, coming: Any, now: str, join: _Join, *, keep: bool = True) -> Any:
    """What shall stand of one attribute; instances not named in `coming` stay where `keep`. None for nothing."""
    if standing is None:
        return _stamped(coming, now)
    if type(standing) is dict and type(coming) is dict and standing.get("datasetId") == coming.get("datasetId"):
        return _one(standing, coming, now, join)
    old = {instance.get("datasetId"): instance for instance in _listed(standing)}
    new = dict(old) if keep else {}
    for instance in _listed(coming):
        dataset = instance.get("datasetId")
        result = _one(old[dataset], instance, now, join) if dataset in old else _stamped(instance, now)
        if result is None:
            new.pop(dataset, None)
        else:
            new[dataset] = result
    if len(new) == len(old) and all(new[dataset] is old.get(dataset) for dataset in new):
        return standing
    instances = list(new.values())
    return instances[0] if len(instances) == 1 else instances or None


def _one(standing: Instance, coming: Instance, now: str, join: _Join) -> Instance | None:
    if _is_taken(coming):
        return None if join is not _leave else standing
    result = join(standing, coming)
    if result is None or result is standing:
        return result
    new = {**result, "createdAt": standing["createdAt"], "modifiedAt": standing["modifiedAt"]}
    if new == standing and all(type(item) is str or _equal(item, standing[name]) for name, item in new.items()):
        return standing
    new["modifiedAt"] = now
    return new


def _stamped(coming: Any, now: str) -> Any:
    kept = [instance for instance in _listed(coming) if not _is_taken(instance)]
    for instance in kept:
        if "type" not in instance:
            if "value" not in instance:
                raise BadInput("There is no such attribute to be changed in part.", hint="Give it type and value.")
            instance["type"] = "Property"
        elif MEMBERS[instance["type"]] not in instance:
            raise BadInput(f"A {instance['type']} needs “{MEMBERS[instance['type']]}”.")
        _without_nulls(instance)
        instance["createdAt"] = instance["modifiedAt"] = now
    return kept[0] if len(kept) == 1 else kept or None


def _is_taken(instance: Instance) -> bool:
    return bool(instance.get(MEMBERS.get(instance.get("type", ""), "value")) == NULL)


def _same(one: dict[str, Any], other: dict[str, Any]) -> bool:
    """Equal but for times of storing; numbers of another type (1 and 1.0, true and 1) are equal only if both are."""
    for name, value in one.items():
        if name not in _TIMES and not (name in other and _equal(value, other[name])):
            return False
    return all(name in one or name in _TIMES for name in other)


def _equal(one: Any, other: Any) -> bool:
    if one is other:
        return True
    if type(one) is dict and type(other) is dict:
        return _same(one, other)
    return type(one) is type(other) and bool(one == other)


def _take(standing: Instance, coming: Instance) -> Instance | None:
    return coming


def _leave(standing: Instance, coming: Instance) -> Instance | None:
    return standing


def _shallow(standing: Instance, coming: Instance) -> Instance | None:
    if coming.get("type", standing["type"]) != standing["type"]:
        raise BadInput(
            f"The attribute is a {standing['type']} and cannot become a {coming['type']}.",
            where="type",
            hint="Replace the whole attribute instead.",
        )
    merged = {**standing, **_meant(standing, coming, "")}
    return {name: value for name, value in merged.items() if value != NULL}


def _deep(standing: Instance, coming: Instance, lang: str) -> Instance | None:
    coming = _meant(standing, coming, lang)
    if coming.get("type", standing["type"]) != standing["type"]:
        if MEMBERS[coming["type"]] not in coming:
            raise BadInput(f"A {coming['type']} needs “{MEMBERS[coming['type']]}”.")
        return _without_nulls(coming)
    return _merged(standing, coming)


def _meant(standing: Instance, coming: Instance, lang: str) -> Instance:
    """A plain value without type becomes the member that the standing kind has."""
    if "type" in coming or "value" not in coming:
        return coming
    member, value = MEMBERS[standing["type"]], coming["value"]
    if member == "languageMap" and isinstance(value, str):
        value = {**standing.get(member, {}), lang or "@none": value}
    elif standing["type"] == "GeoProperty" or (member in ("object", "objectList") and not _uris(value)):
        return {**coming, "type": "Property"}
    rest = {name: item for name, item in coming.items() if name != "value"}
    return {**rest, member: value}


def _uris(value: Any) -> bool:
    return all(isinstance(item, str) and ":" in item for item in (value if isinstance(value, list) else [value]))


def _merged(standing: dict[str, Any], coming: dict[str, Any]) -> dict[str, Any]:
    """JSON merge patch (RFC 7396) with NULL for null; sub-attributes and values alike."""
    merged = dict(standing)
    for name, value in coming.items():
        if value == NULL or (name in merged and type(value) is dict and _is_taken(value)):
            merged.pop(name, None)
        elif type(value) is dict and type(merged.get(name)) is dict:
            merged[name] = _merged(merged[name], value)
        else:
            merged[name] = _without_nulls(value) if type(value) is dict else value
    return merged


def _without_nulls(value: dict[str, Any]) -> dict[str, Any]:
    for name in [name for name, item in value.items() if item == NULL]:
        del value[name]
    for item in value.values():
        if type(item) is dict:
            _without_nulls(item)
    return value

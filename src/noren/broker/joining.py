"""How one attribute changes: instances told apart by datasetId, each put in, left, overwritten or merged.

A rule here makes of the instance that stands and the one that comes the one that shall stand.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from noren.broker.forms.checks import NULL
from noren.broker.forms.members import MEMBERS
from noren.errors import BadInput

Instance = dict[str, Any]
_TIMES = ("createdAt", "modifiedAt")
Join = Callable[[Instance, Instance], Instance | None]
"""Makes the instance to stand of the one that stands and the one that comes; None where it shall go."""


def listed(value: Any) -> list[Instance]:
    """The instances of an attribute, one or several; of NULL, an instance that says so."""
    if type(value) is list:
        return value
    return [{"type": "Property", "value": NULL}] if value == NULL else [value]


def joined(standing: Any, coming: Any, now: str, join: Join, *, keep: bool = True) -> Any:
    """What shall stand of one attribute; instances not named in `coming` stay where `keep`. None for nothing."""
    if standing is None:
        return _stamped(coming, now)
    if type(standing) is dict and type(coming) is dict and standing.get("datasetId") == coming.get("datasetId"):
        return _one(standing, coming, now, join)
    old = {instance.get("datasetId"): instance for instance in listed(standing)}
    new = dict(old) if keep else {}
    for instance in listed(coming):
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


def _one(standing: Instance, coming: Instance, now: str, join: Join) -> Instance | None:
    if is_taken(coming):
        return None if join is not leave else standing
    result = join(standing, coming)
    if result is None or result is standing:
        return result
    new = {**result, "createdAt": standing["createdAt"], "modifiedAt": standing["modifiedAt"]}
    if new == standing and all(type(item) is str or _equal(item, standing[name]) for name, item in new.items()):
        return standing
    new["modifiedAt"] = now
    return new


def _stamped(coming: Any, now: str) -> Any:
    kept = [_finished(instance) for instance in listed(coming) if not is_taken(instance)]
    for instance in kept:
        instance["createdAt"] = instance["modifiedAt"] = now
    return kept[0] if len(kept) == 1 else kept or None


def _finished(instance: Instance) -> Instance:
    """A new instance made whole: with a type, without NULLs, and its sub-attributes likewise."""
    kind = instance.get("type", "Property")
    if MEMBERS[kind] not in instance:
        raise BadInput(f"A {kind} needs “{MEMBERS[kind]}”.", hint="What is to be changed in part must exist.")
    whole: Instance = {"type": kind}
    for name, item in instance.items():
        if item == NULL:
            continue
        whole[name] = _sub_attribute(item) if ":" in name else _without_nulls(item) if type(item) is dict else item
    return whole


def _sub_attribute(coming: Any) -> Any:
    if type(coming) is list:
        return [_finished(instance) for instance in coming if not is_taken(instance)]
    return _finished(coming)


def is_taken(instance: Instance) -> bool:
    """Whether NULL stands in the place of the value."""
    return bool(instance.get(MEMBERS.get(instance.get("type", ""), "value")) == NULL)


def same(one: dict[str, Any], other: dict[str, Any]) -> bool:
    """Equal but for times of storing; numbers of another type (1 and 1.0, true and 1) are equal only if both are."""
    for name, value in one.items():
        if name not in _TIMES and not (name in other and _equal(value, other[name])):
            return False
    return all(name in one or name in _TIMES for name in other)


def _equal(one: Any, other: Any) -> bool:
    if one is other:
        return True
    if type(one) is dict and type(other) is dict:
        return same(one, other)
    return type(one) is type(other) and bool(one == other)


def take(standing: Instance, coming: Instance) -> Instance | None:
    """What comes takes the place."""
    return coming


def leave(standing: Instance, coming: Instance) -> Instance | None:
    """What stands stays."""
    return standing


def shallow(standing: Instance, coming: Instance) -> Instance | None:
    """Members that come take the place of those that stand (5.5.8); raises `BadInput` for another kind."""
    if coming.get("type", standing["type"]) != standing["type"]:
        raise BadInput(
            f"The attribute is a {standing['type']} and cannot become a {coming['type']}.",
            where="type",
            hint="Replace the whole attribute instead.",
        )
    merged = {**standing, **_meant(standing, coming, "")}
    return {
        name: _sub_attribute(value) if ":" in name and name in coming else value
        for name, value in merged.items()
        if value != NULL
    }


def deep(standing: Instance, coming: Instance, lang: str) -> Instance | None:
    """Merged to any depth (5.5.12); another kind takes the place."""
    coming = _meant(standing, coming, lang)
    if coming.get("type", standing["type"]) != standing["type"]:
        return _finished(coming)
    merged = dict(standing)
    for name, value in coming.items():
        here: Any = merged.get(name)
        if value == NULL or (":" in name and type(value) is dict and is_taken(value)):
            merged.pop(name, None)
        elif ":" in name:
            both = type(here) is dict and type(value) is dict
            merged[name] = deep(here, value, lang) if both else _sub_attribute(value)
        else:
            merged[name] = _merged(here, value)
    return merged


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


def _merged(standing: Any, coming: Any) -> Any:
    """JSON merge patch (RFC 7396) of a value, with NULL for null."""
    if type(coming) is not dict:
        return coming
    if type(standing) is not dict:
        return _without_nulls(coming)
    merged = dict(standing)
    for name, value in coming.items():
        if value == NULL:
            merged.pop(name, None)
        else:
            merged[name] = _merged(merged.get(name), value)
    return merged


def _without_nulls(value: dict[str, Any]) -> dict[str, Any]:
    for name in [name for name, item in value.items() if item == NULL]:
        del value[name]
    for item in value.values():
        if type(item) is dict:
            _without_nulls(item)
    return value

"""What every typed record can do: become an NGSI-LD entity, and be made from one.

The classes themselves stand in `records.py`, which `python -m noren.terms.generate` writes from the tables.
"""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cache
from typing import Annotated, Any, ClassVar, Self

import msgspec

from noren.errors import BadInput
from noren.terms.tables import TYPES, Attribute

_MEMBERS = {
    "Property": "value",
    "GeoProperty": "value",
    "Relationship": "object",
    "LanguageProperty": "languageMap",
    "JsonProperty": "json",
    "VocabProperty": "vocab",
    "ListProperty": "valueList",
    "ListRelationship": "objectList",
}
_SHAPES = ("value", "object", "languageMap", "json", "vocab", "valueList", "objectList")
Moment = Annotated[datetime, msgspec.Meta(tz=True)]
_MEASURED = frozenset({"number", "numbers", "boolean"})


def stamp(time: datetime) -> str:
    """ISO 8601 in UTC with `Z`, microseconds only where there are any; raises `BadInput` for a time without zone."""
    if time.tzinfo is None:
        raise BadInput(f"The time {time.isoformat()} has no zone.", hint="Give an aware datetime, for example in UTC.")
    return (time if time.tzinfo is UTC else time.astimezone(UTC)).isoformat().removesuffix("+00:00") + "Z"


def _told(value: Any) -> Any:
    return stamp(value) if isinstance(value, datetime) else value


@cache
def _known(type_name: str, name: str) -> Attribute | None:
    return TYPES[type_name].attribute(name)


def listed(value: Any) -> list[Any]:
    """The entries of a value that is a list; of any other value the value itself, as NGSI-LD drops the brackets of one.

    >>> listed(None), listed({"a": 1}), listed([1, 2])
    ([], [{'a': 1}], [1, 2])
    """
    if value is None:
        return []
    return list(value) if isinstance(value, list | tuple) else [value]


class Base(msgspec.Struct, kw_only=True, rename="camel", omit_defaults=True):
    """An entity of one type; `observed_at` is when its measured (its type's own numeric and boolean) attributes
    were observed."""

    specials: ClassVar[frozenset[str]] = frozenset({"id", "type", "observedAt"})

    id: str
    observed_at: Moment | None = None

    def entity(self) -> dict[str, Any]:
        """The entity in NGSI-LD's normalized form with the city's short names, units and times from the tables."""
        name = type(self).__name__
        entity: dict[str, Any] = {"id": self.id, "type": name}
        observed = stamp(self.observed_at) if self.observed_at else None
        for field, term in _fields(type(self)):
            value = getattr(self, field)
            if value is not None:
                entity[term] = _instance(name, term, value, observed)
        return entity

    @classmethod
    def of(cls, entity: dict[str, Any]) -> Self:
        """The record of an entity in normalized, concise or simplified form with short names.

        A value of another kind than the tables state is left out, as if it were absent; so are names that the
        tables do not know. `observed_at` is the newest time of observation found. Raises `BadInput` without an id.
        """
        plain, newest = _plain(entity)
        if newest and "observedAt" not in plain:
            plain["observedAt"] = newest
        try:
            record: Self = msgspec.convert(plain, cls)
        except msgspec.ValidationError:
            record = _piecewise(cls, plain)
        return record


@cache
def _fields(record: type[Base]) -> tuple[tuple[str, str], ...]:
    pairs = zip(record.__struct_fields__, record.__struct_encode_fields__, strict=True)
    return tuple((field, term) for field, term in pairs if term not in Base.specials)


def _instance(type_name: str, term: str, value: Any, observed: str | None) -> dict[str, Any]:
    attribute = _known(type_name, term)
    kind = attribute.kind if attribute else "json"
    if kind == "geometry":
        return {"type": "GeoProperty", "value": value}
    if kind in ("relation", "relations"):
        return {"type": "Relationship", "object": value}
    if kind == "language":
        return {"type": "LanguageProperty", "languageMap": value}
    instance = {"type": "Property", "value": _told(value)}
    if attribute and attribute.unit:
        instance["unitCode"] = attribute.unit
    if observed and kind in _MEASURED and term in TYPES[type_name].attributes:
        instance["observedAt"] = observed
    return instance


def _plain(entity: dict[str, Any]) -> tuple[dict[str, Any], str]:
    plain, newest = {}, ""
    for name, value in entity.items():
        instance = value[0] if isinstance(value, list) and value and _is_instance(value[0]) else value
        if isinstance(instance, dict):
            newest = max(newest, instance.get("observedAt") or "")
            instance = _unwrapped(instance)
        plain[name] = instance
    return plain, newest


def _is_instance(value: Any) -> bool:
    return isinstance(value, dict) and value.get("type") in _MEMBERS


def _unwrapped(value: dict[str, Any]) -> Any:
    if _is_instance(value):
        return _bare(value.get(_MEMBERS[value["type"]]))
    if isinstance(value.get("dataset"), dict):
        return _bare(value["dataset"].get("@none") or next(iter(value["dataset"].values()), None))
    return _bare(next((value[member] for member in _SHAPES if member in value and "type" not in value), value))


def _bare(value: Any) -> Any:
    return value["@value"] if isinstance(value, dict) and "@value" in value else value


@cache
def _readers(record: Any) -> dict[str, Any]:
    return {field.encode_name: field.type for field in msgspec.structs.fields(record)}


def _piecewise(record: Any, plain: dict[str, Any]) -> Any:
    if not isinstance(plain.get("id"), str):
        raise BadInput("An entity has no id.", where=f"a {record.__name__}", hint='Give "id" a URI.')
    kept = {}
    for name, kind in _readers(record).items():
        if name in plain:
            for value in (plain[name], [plain[name]]):
                if _fits(value, kind):
                    kept[name] = value
                    break
    return msgspec.convert(kept, record)


def _fits(value: Any, kind: Any) -> bool:
    try:
        msgspec.convert(value, kind)
    except msgspec.ValidationError:
        return False
    return True

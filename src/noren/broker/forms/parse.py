"""From a payload in any form of NGSI-LD (normalized, concise, simplified) to a stored document with IRIs for names.

The form need not be said: each attribute tells its own (CIM 009, 4.5.2 to 4.5.24). A fragment is a document whose
id, type and times may be missing and in which NULL takes things away.
"""

from __future__ import annotations

from typing import Any

from noren.broker.contexts import Context
from noren.broker.forms.checks import NULL, geometry, instant, json_value, known_instant, scopes, uri
from noren.broker.forms.members import (
    CHECKED,
    KNOWN,
    MEMBERS,
    NUMBERS,
    PREVIOUS,
    SIMPLE,
    Reading,
    language_map,
    relation,
    types,
)
from noren.errors import BadInput
from noren.store.query import Doc

_BY_MEMBER = {member: kind for kind, member in MEMBERS.items() if kind != "GeoProperty"}
_GEOMETRIES = frozenset({"Point", "MultiPoint", "LineString", "MultiLineString", "Polygon", "MultiPolygon"})
_NOT_ATTRIBUTES = frozenset({"id", "type", "@id", "@type", "@context", "scope", "expiresAt"})
_SYSTEM = frozenset({"createdAt", "modifiedAt", "deletedAt", "instanceId"})
_OUTPUT_ONLY = frozenset({"entity", "entityList", *PREVIOUS.values()})
_IGNORED = {kind: frozenset({previous}) for kind, previous in PREVIOUS.items()}
_IGNORED["Relationship"] |= {"entity"}
_IGNORED["ListRelationship"] |= {"entityList"}
"""By kind, what only answers have: it is passed over where it is the kind's own (5.2.5, 5.2.6), else refused."""
_UNITLESS = frozenset({"Relationship", "ListRelationship", "LanguageProperty", "VocabProperty", "JsonProperty"})


def parse_entity(body: Any, context: Context) -> Doc:
    """The document of a whole entity, without times of creation; raises `BadInput` naming the attribute at fault."""
    doc = _document(body, Reading(context))
    if "id" not in doc:
        raise BadInput("The entity has no id.", where="id", hint='Give "id" a URI such as urn:ngsi-ld:Type:city:name.')
    if "type" not in doc:
        raise BadInput("The entity has no type.", where=doc["id"], hint='Give "type" a name such as WaterObserved.')
    return doc


def parse_fragment(body: Any, context: Context, *, nulls: bool = True, merging: bool = False) -> Doc:
    """The document of part of an entity; `nulls` lets NULL delete attributes, `merging` (5.5.12) parts of them too."""
    return _document(body, Reading(context, nulls or merging, merging))


def parse_instances(body: Any, context: Context, name: str, *, nulls: bool = False, merging: bool = False) -> Any:
    """The instance, or list of instances, of one attribute; NULL where `body` is it and `nulls` admits it.

    With `merging` an instance may lack its value, and it lacks its type where that is to be kept: for a plain value
    and for one that brings only members such as unitCode.
    """
    return _attribute(body, Reading(context, nulls or merging, merging), name)


def _document(body: Any, reading: Reading) -> Doc:
    if type(body) is not dict:
        raise BadInput("An entity is a JSON object.", hint='Begin with {"id": ..., "type": ...}.')
    doc: Doc = {}
    attrs: dict[str, Any] = {}
    name_of = reading.context.attribute
    for name, value in body.items():
        if name in _NOT_ATTRIBUTES:
            _head(doc, name, value, reading)
        elif value is not None and name not in _SYSTEM:
            attrs[name_of(name)] = (
                _instance(value, reading, name) if type(value) is dict else _attribute(value, reading, name)
            )
    doc["attrs"] = attrs
    return doc


def _head(doc: Doc, name: str, value: Any, reading: Reading) -> None:
    if name == "id" or name == "@id":
        if value == NULL or not isinstance(value, str):
            raise BadInput("An id is a URI, as text.", where="id", hint="Write it like urn:ngsi-ld:Type:city:name.")
        doc["id"] = uri(value, "id")
    elif name == "type" or name == "@type":
        doc["type"] = types(value, reading.context)
    elif name == "scope":
        doc["scope"] = NULL if value == NULL and reading.nulls else scopes(value)
    elif name == "expiresAt":
        doc["expiresAt"] = NULL if value == NULL and reading.nulls else instant(value, "expiresAt")


def _attribute(value: Any, reading: Reading, where: str) -> Any:
    kind = type(value)
    if kind is dict:
        return _instance(value, reading, where)
    if kind is list and value and all(type(item) is dict and _is_instance(item) for item in value):
        return _instances(value, reading, where)
    if value == NULL:
        if not reading.nulls:
            raise BadInput(f"“{NULL}” takes an attribute away and cannot be kept.", where=where)
        return NULL
    if value is None:
        raise BadInput("null is no value in NGSI-LD.", where=where, hint=f"Leave the attribute out, or give “{NULL}”.")
    if kind not in SIMPLE:
        json_value(value, where, nulls=reading.merging)
    meant = reading.context.kinds.get(where)
    if meant == "Relationship":
        return {"type": meant, "object": relation(value, reading, where)}
    return {"value": value} if reading.merging else {"type": "Property", "value": value}


def _is_instance(value: dict[str, Any]) -> bool:
    kind = value.get("type")
    return (type(kind) is str and kind in MEMBERS) or (kind is None and not value.keys().isdisjoint(_BY_MEMBER))


def _instances(value: list[Any], reading: Reading, where: str) -> Any:
    parsed = [_instance(item, reading, where) for item in value]
    if len(parsed) == 1:
        return parsed[0]
    parsed = [{"type": "Property", "value": NULL} if item == NULL else item for item in parsed]
    datasets = [item.get("datasetId") for item in parsed]
    if len(set(datasets)) < len(datasets):
        raise BadInput(
            "Two instances have the same datasetId, or none.", where=where, hint="At most one may be without datasetId."
        )
    return parsed


def _kind(value: dict[str, Any], where: str) -> str | None:
    """Kind of attribute of an object; None for a plain value that happens to be an object."""
    kind = value.get("type")
    found = next((inferred for member, inferred in _BY_MEMBER.items() if member in value), None)
    if kind is None:
        if found == "Property" and _is_geometry(value["value"]):
            return "GeoProperty"
        return found
    if found and not _is_geometry(value):
        raise BadInput(f"“{kind}” is no kind of attribute.", where=f"{where}.type", hint=_meant(kind, found))
    return None


def _meant(kind: Any, found: str) -> str:
    """The kind that was probably meant: one of that name in other letters, else the one to which the value belongs."""
    alike = (name for name in MEMBERS if name.lower() == str(kind).strip().lower())
    return f"Write “{next(alike, found)}”, or leave the type out."


def _is_geometry(value: Any) -> bool:
    return type(value) is dict and "coordinates" in value and str(value.get("type")) in _GEOMETRIES


def _instance(value: dict[str, Any], reading: Reading, where: str) -> Any:
    stated = value.get("type")
    kind: str | None = stated if type(stated) is str and stated in MEMBERS else _kind(value, where)
    if kind is None:
        return _plain(value, reading, where)
    member = MEMBERS[kind]
    content = value.get(member)
    instance: dict[str, Any] = {"type": kind}
    if type(content) in NUMBERS:
        instance[member] = CHECKED[kind](content, reading, where)
    elif content is None and member not in value:
        if not reading.merging:
            raise _missing(value, kind, member, where)
    elif _is_null(content):
        return _taken(value, kind, reading, where)
    else:
        instance[member] = CHECKED[kind](content, reading, where)
    if len(value) > 2 or "type" not in value:
        _members(instance, value, kind, member, reading, where)
    return instance


def _missing(value: dict[str, Any], kind: str, member: str, where: str) -> BadInput:
    """What is wrong with an attribute without its value: often it stands there under another name."""
    near = next((name for name in value if name in _BY_MEMBER or name.strip().lower() == member.lower()), None)
    if near is None:
        return BadInput(f"A {kind} needs “{member}”.", where=where, hint="Add it.")
    hint = f"Rename it to “{member}”, or make the type {_BY_MEMBER[near]}." if near in _BY_MEMBER else "Rename it."
    return BadInput(f"A {kind} needs “{member}”, not “{near}”.", where=f"{where}.{near}", hint=hint)


def _plain(value: dict[str, Any], reading: Reading, where: str) -> Any:
    if _is_geometry(value):
        return {"type": "GeoProperty", "value": geometry(value, where)}
    if "dataset" in value and len(value) == 1 and type(value["dataset"]) is dict:
        return _datasets(value["dataset"], reading, where)
    if reading.merging and not value.keys().isdisjoint(KNOWN):
        part: dict[str, Any] = {}
        _members(part, value, "Property", "value", reading, where)
        return part
    if reading.context.kinds.get(where) == "LanguageProperty":
        return {"type": "LanguageProperty", "languageMap": language_map(value, reading, where)}
    json_value(value, where, nulls=reading.merging)
    return {"type": "Property", "value": value}


def _is_null(content: Any) -> bool:
    kind = type(content)
    if kind is str:
        return bool(content == NULL)
    return content == [NULL] if kind is list else kind is dict and content.get("@none") == NULL


def _taken(value: dict[str, Any], kind: str, reading: Reading, where: str) -> Any:
    if not reading.nulls:
        raise BadInput(f"“{NULL}” takes an attribute away and cannot be kept.", where=where)
    if value.get("datasetId", "@none") != "@none":
        return {"type": kind, "datasetId": uri(value["datasetId"], f"{where}.datasetId"), MEMBERS[kind]: NULL}
    return NULL


def _datasets(value: dict[str, Any], reading: Reading, where: str) -> Any:
    parsed = []
    for dataset, item in value.items():
        instance = _attribute(item, reading, where)
        if type(instance) is not dict:
            raise BadInput("Only one value stands for each datasetId.", where=f"{where}.{dataset}")
        if dataset != "@none":
            instance["datasetId"] = uri(dataset, f"{where}.dataset")
        parsed.append(instance)
    if not parsed:
        raise BadInput("There is no value.", where=f"{where}.dataset")
    return parsed[0] if len(parsed) == 1 else parsed


def _members(
    instance: dict[str, Any], value: dict[str, Any], kind: str, member: str, reading: Reading, where: str
) -> None:
    for name, item in value.items():
        if name == "type" or name == member:
            continue
        if name == "observedAt" and type(item) is str and (found := known_instant(item)):
            instance[name] = found
        elif name == "unitCode" and type(item) is str and item and item != NULL:
            instance[name] = item
        elif check := KNOWN.get(name):
            taken = item == NULL and reading.nulls and name != "datasetId"
            kept = NULL if taken else check(item, reading, f"{where}.{name}")
            if kept is not None:
                instance[name] = kept
        elif name not in _SYSTEM and item is not None:
            _deeper(instance, name, item, kind, reading, where)
    if kind in _UNITLESS and "unitCode" in instance:
        raise BadInput(f"A {kind} has no unit.", where=f"{where}.unitCode", hint="Leave it out.")


def _deeper(instance: dict[str, Any], name: str, item: Any, kind: str, reading: Reading, where: str) -> None:
    if name in _IGNORED[kind]:
        return
    if name in _BY_MEMBER or name in _OUTPUT_ONLY or name in ("@context", "scope"):
        raise BadInput(f"A {kind} cannot have “{name}”.", where=f"{where}.{name}")
    if where.count(".") > 10:
        raise BadInput("Attributes are nested too deeply.", where=where)
    instance[reading.context.attribute(name)] = _attribute(item, reading, f"{where}.{name}")

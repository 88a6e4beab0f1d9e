"""What stands inside an attribute: its value, checked by the kind of attribute, and the members beside the value."""

from __future__ import annotations

from collections.abc import Callable
from math import isfinite
from typing import Any, NamedTuple

from noren.broker.contexts import Context
from noren.broker.forms.checks import NULL, geometry, instant, json_value, moment, text, uri
from noren.errors import BadInput

MEMBERS = {
    "Property": "value",
    "GeoProperty": "value",
    "Relationship": "object",
    "LanguageProperty": "languageMap",
    "JsonProperty": "json",
    "VocabProperty": "vocab",
    "ListProperty": "valueList",
    "ListRelationship": "objectList",
}
"""Which member holds the value, by kind of attribute."""
PREVIOUS = {kind: f"previous{member[0].upper()}{member[1:]}" for kind, member in MEMBERS.items()}
"""Which member of a notification holds the value before the change."""
SIMPLE = frozenset({str, int, bool})
NUMBERS = frozenset({int, float})


class Reading(NamedTuple):
    """How to read: by which context, whether NULL may stand for an attribute, and whether this is to be merged.

    When merging, NULL may stand inside values too, and an attribute may come without its value.
    """

    context: Context
    nulls: bool = False
    merging: bool = False


def types(value: Any, context: Context) -> list[str]:
    """IRIs of one or several type names, each once."""
    if type(value) is str and value != NULL:
        return [context.kind(value)]
    listed = value if isinstance(value, list) else [value]
    if not listed or not all(isinstance(name, str) and name != NULL for name in listed):
        raise BadInput("A type is a name or an array of names.", where="type")
    return list(dict.fromkeys(context.kind(name) for name in listed))


def _property(content: Any, reading: Reading, where: str) -> Any:
    kind = type(content)
    if kind is float:
        if not isfinite(content):
            json_value(content, f"{where}.value")
    elif content is None:
        raise BadInput("null is no value in NGSI-LD.", where=f"{where}.value", hint="Leave the attribute out.")
    elif kind not in SIMPLE:
        json_value(content, f"{where}.value", nulls=reading.merging)
        if kind is dict and content.get("@type") == "DateTime" and "@value" in content:
            return {**content, "@value": moment(content["@value"], f"{where}.value")}
    return content


def _geo(content: Any, reading: Reading, where: str) -> Any:
    return geometry(content, f"{where}.value")


def relation(content: Any, reading: Reading, where: str) -> Any:
    """The object of a Relationship: a URI or several."""
    if type(content) is str:
        return uri(content, where, ".object")
    if type(content) is not list:
        return uri(content, f"{where}.object")
    if not content:
        raise BadInput("A relationship needs an object.", where=f"{where}.object")
    return [uri(item, f"{where}.object") for item in content]


def _object_list(content: Any, reading: Reading, where: str) -> Any:
    items = content if type(content) is list else [content]
    named = [item.get("object") if type(item) is dict else item for item in items]
    return [uri(item, f"{where}.objectList") for item in named]


def _value_list(content: Any, reading: Reading, where: str) -> Any:
    json_value(content, f"{where}.valueList", nulls=reading.merging)
    return content if type(content) is list else [content]


def language_map(content: Any, reading: Reading, where: str) -> Any:
    """Texts by language."""
    if type(content) is not dict or not content:
        raise BadInput("A languageMap is an object of language and text.", where=f"{where}.languageMap")
    for language, words in content.items():
        listed = words if type(words) is list else [words]
        if not all(isinstance(word, str) for word in listed):
            raise BadInput("Only texts stand in a languageMap.", where=f"{where}.languageMap.{language}")
        if NULL in listed and not reading.merging:
            raise BadInput(f"“{NULL}” takes things away and cannot be kept.", where=f"{where}.languageMap.{language}")
    return content


def _json(content: Any, reading: Reading, where: str) -> Any:
    json_value(content, f"{where}.json", nulls=True)
    return content


def _vocab(content: Any, reading: Reading, where: str) -> Any:
    words = content if type(content) is list else [content]
    if not words or not all(isinstance(word, str) and word for word in words):
        raise BadInput("A vocab is a word or an array of words.", where=f"{where}.vocab")
    expanded = [reading.context.expand(word) for word in words]
    return expanded if type(content) is list else expanded[0]


def _object_type(content: Any, reading: Reading, where: str) -> Any:
    expanded = types(content, reading.context)
    return expanded if type(content) is list else expanded[0]


Check = Callable[[Any, Reading, str], Any]
"""Given content, how to read it and its path, gives what is kept."""
CHECKED: dict[str, Check] = {
    "Property": _property,
    "GeoProperty": _geo,
    "Relationship": relation,
    "LanguageProperty": language_map,
    "JsonProperty": _json,
    "VocabProperty": _vocab,
    "ListProperty": _value_list,
    "ListRelationship": _object_list,
}


def _a_dataset(content: Any, reading: Reading, where: str) -> str | None:
    return None if content == "@none" else uri(content, where)


def _an_instant(content: Any, reading: Reading, where: str) -> str:
    return instant(content, where)


def _a_word(content: Any, reading: Reading, where: str) -> str:
    return reading.context.expand(text(content, where))


def _a_text(content: Any, reading: Reading, where: str) -> str:
    return text(content, where)


KNOWN: dict[str, Check] = {
    "observedAt": _an_instant,
    "unitCode": _a_text,
    "datasetId": _a_dataset,
    "expiresAt": _an_instant,
    "objectType": _object_type,
    "valueType": _a_word,
    "lang": _a_text,
}

"""From a stored document to NGSI-LD as asked for: normalized, concise or simplified (CIM 009, 4.5)."""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from noren.broker.contexts import Context
from noren.broker.forms.members import MEMBERS, PREVIOUS
from noren.errors import BadInput
from noren.store.query import Doc

Style = Literal["normalized", "concise", "simplified"]
Instance = dict[str, Any]
_BESIDE = ("type", "unitCode", "observedAt", "datasetId", "lang", "instanceId", "deletedAt", "entity", "entityList")
_CORE = frozenset((*MEMBERS.values(), *PREVIOUS.values(), *_BESIDE))
_WITH_VALUE = frozenset(MEMBERS.values())
_TIMES = ("createdAt", "modifiedAt", "expiresAt")
_WORDS = frozenset({"vocab", "previousVocab", "objectType", "valueType"})
_PLAIN = frozenset(_CORE - _WORDS)
_LISTS = frozenset({"objectList", "previousObjectList"})
_USUAL = (_PLAIN | {"createdAt", "modifiedAt"}) - _LISTS
"""Members that are shown as they are stored, or not at all."""
_HEAD = ("id", "type", "scope")
_WRAPPED = frozenset({"languageMap", "json", "vocab"})


class Form(msgspec.Struct, frozen=True, kw_only=True):
    """How entities are to be shown. Names in `attrs`, `pick` and `omit` are IRIs, besides "id", "type" and "scope".

    `attrs` keeps these attributes (and id, type, scope), `pick` keeps exactly these members, `omit` leaves them out.
    `lang` is a language tag or a list as in Accept-Language; `datasets` keeps instances, "@none" the default one.
    """

    style: Style = "normalized"
    sys: bool = False
    attrs: frozenset[str] | None = None
    pick: frozenset[str] | None = None
    omit: frozenset[str] | None = None
    lang: str = ""
    datasets: frozenset[str] | None = None


DEFAULT = Form()


def render(doc: Doc, context: Context, form: Form = DEFAULT) -> dict[str, Any]:
    """The entity as JSON, without @context; the stored document is left as it is."""
    compact = context.compact
    kinds = doc["type"]
    shown: dict[str, Any] = {
        "id": doc["id"],
        "type": compact(kinds[0]) if len(kinds) == 1 else [compact(kind) for kind in kinds],
    }
    if scope := doc.get("scope"):
        shown["scope"] = scope[0] if len(scope) == 1 else scope
    if form.sys:
        shown.update({name: doc[name] for name in _TIMES if name in doc})
    if form.pick is not None or form.omit is not None:
        shown = {name: value for name, value in shown.items() if _kept(name, form)}
    if form == DEFAULT:
        return _normalized(doc["attrs"], shown, context)
    for iri, stored in doc["attrs"].items():
        if is_shown(iri, form) and (value := _attribute(stored, context, form)) is not None:
            shown[compact(iri)] = value
    return shown


def is_shown(iri: str, form: Form) -> bool:
    """Whether an attribute is one of those that `form` keeps."""
    if form.attrs is not None and iri not in form.attrs:
        return False
    return (form.pick is None or iri in form.pick) and (form.omit is None or iri not in form.omit)


def _normalized(attrs: dict[str, Any], shown: dict[str, Any], context: Context) -> dict[str, Any]:
    """`shown` with all attributes as a client gets them that asks for nothing special, which nearly all do."""
    compact = context.compact
    for iri, stored in attrs.items():
        if type(stored) is dict and stored.keys() <= _USUAL:
            shown[compact(iri)] = instance = stored.copy()
            instance.pop("createdAt", None)
            instance.pop("modifiedAt", None)
        elif (value := _attribute(stored, context, DEFAULT)) is not None:
            shown[compact(iri)] = value
    return shown


def _kept(name: str, form: Form) -> bool:
    if name in _TIMES:
        return True
    return (form.pick is None or name in form.pick) and (form.omit is None or name not in form.omit)


def _attribute(stored: Any, context: Context, form: Form) -> Any:
    if type(stored) is not list:
        if form.datasets is not None and stored.get("datasetId", "@none") not in form.datasets:
            return None
        return show_instance(stored, context, form)
    kept = stored
    if form.datasets is not None:
        kept = [instance for instance in stored if instance.get("datasetId", "@none") in form.datasets]
    if form.style == "simplified" and len(kept) > 1:
        return {"dataset": {one.get("datasetId", "@none"): show_instance(one, context, form) for one in kept}}
    shown = [show_instance(instance, context, form) for instance in kept]
    if len(shown) < 2:
        return shown[0] if shown else None
    return [_wrapped(one) for one in shown] if form.style == "concise" else shown


def show_instance(instance: Instance, context: Context, form: Form) -> Any:
    """One instance of an attribute in the style of `form`."""
    style = form.style
    if form.lang and "languageMap" in instance:
        instance = in_language(instance, form.lang)
    if style == "simplified":
        return _simplified(instance, context)
    if form.sys:
        shown = _members(instance, context, form)
    else:
        shown = instance.copy()
        shown.pop("createdAt", None)
        shown.pop("modifiedAt", None)
        if not shown.keys() <= _PLAIN:
            shown = _members(shown, context, form)
    if style == "concise":
        return _concise(shown)
    for name in _LISTS & shown.keys():
        shown[name] = [{"object": uri} for uri in shown[name]]
    return shown


def _members(instance: Instance, context: Context, form: Form) -> Instance:
    shown: Instance = {}
    for name, value in instance.items():
        if name in _WORDS:
            shown[name] = _compacted(value, context)
        elif name in _CORE:
            shown[name] = value
        elif name in _TIMES:
            if form.sys:
                shown[name] = value
        else:
            shown[context.compact(name)] = _attribute(value, context, form)
    return shown


def _compacted(value: Any, context: Context) -> Any:
    return [context.compact(word) for word in value] if type(value) is list else context.compact(value)


def _concise(shown: Instance) -> Any:
    kind = shown["type"]
    if len(shown) == 2 and (kind == "GeoProperty" or (kind == "Property" and _bare(shown["value"]))):
        return shown["value"]
    return {name: value for name, value in shown.items() if name != "type"}


def _wrapped(shown: Any) -> Any:
    """A concise instance that can stand among others: a bare value would not be known as an instance there."""
    return shown if type(shown) is dict and not shown.keys().isdisjoint(_WITH_VALUE) else {"value": shown}


def _bare(value: Any) -> bool:
    """Whether a value standing alone is read back as a Property with that value."""
    if type(value) is list:
        return not any(type(item) is dict for item in value)
    return type(value) is not dict or (
        "type" not in value and value.keys().isdisjoint(_CORE) and "dataset" not in value
    )


def _simplified(instance: Instance, context: Context) -> Any:
    linked = instance.get("entity", instance.get("entityList"))
    if linked is not None:
        return linked
    member = MEMBERS[instance["type"]]
    value = instance[member]
    if member == "vocab":
        value = _compacted(value, context)
    return {member: value} if member in _WRAPPED else value


def in_language(instance: Instance, wanted: str) -> Instance:
    """A LanguageProperty as a Property in the best language of `wanted` (4.5.18.3, 4.15), with "lang" beside it."""
    words = instance["languageMap"]
    language = choose_language(words, wanted)
    if language is None:
        return instance
    rest = {name: value for name, value in instance.items() if name not in ("type", "languageMap")}
    return {"type": "Property", "value": words[language], "lang": language, **rest}


def choose_language(words: dict[str, Any], wanted: str) -> str | None:
    """The key of `words` that suits an Accept-Language list best, else "@none", else any."""
    for tag in _ranked(wanted):
        if tag == "*":
            break
        for key in words:
            if key.lower() == tag or key.lower().split("-")[0] == tag.split("-")[0]:
                return key
    return "@none" if "@none" in words else next(iter(words), None)


def _ranked(wanted: str) -> list[str]:
    ranked = []
    for part in wanted.split(","):
        tag, _, quality = part.strip().partition(";")
        try:
            weight = float(quality.strip().removeprefix("q=") or 1)
        except ValueError:
            raise BadInput(
                f"“{wanted}” is no list of languages.", where="lang", hint="Write it like ja or ja,en;q=0.5."
            ) from None
        ranked.append((-weight, tag.strip().lower()))
    return [tag for _, tag in sorted(ranked, key=lambda pair: pair[0])]

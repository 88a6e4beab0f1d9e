"""The past of an entity as NGSI-LD shows it (CIM 009, 4.5.6 to 4.5.9 and 4.5.19).

A document of the past is a stored document whose attributes are lists of instances, oldest first; with aggregates, an
attribute is `{"type": kind, method: [[value, start, end], ...]}`.
"""

from __future__ import annotations

from typing import Any, Literal

from noren.broker.contexts import Context
from noren.broker.forms import MEMBERS, Form
from noren.broker.forms.checks import NULL
from noren.broker.forms.render import is_shown, render, show_instance
from noren.store.query import Doc

TimeProperty = Literal["observedAt", "modifiedAt", "createdAt", "deletedAt"]
_PLURALS = {
    "value": "values",
    "object": "objects",
    "languageMap": "languageMaps",
    "json": "jsons",
    "vocab": "vocabs",
    "valueList": "valueLists",
    "objectList": "objectLists",
}


def render_evolution(doc: Doc, context: Context, form: Form, time: TimeProperty = "observedAt") -> dict[str, Any]:
    """The entity with its history: arrays of instances, or with `form.style` "simplified" pairs of value and time.

    `time` is the time by which instances were chosen; it stands in each of them.
    """
    bare = {**doc, "attrs": {}}
    shown = render(bare, context, form)
    for iri, stored in doc["attrs"].items():
        if is_shown(iri, form):
            shown[context.compact(iri)] = _history(stored, context, form, time)
    return shown


def _history(stored: Any, context: Context, form: Form, time: TimeProperty) -> Any:
    if isinstance(stored, dict) and MEMBERS.get(stored.get("type", ""), "") not in stored:
        return {"type": _aggregated_kind(stored), **{name: value for name, value in stored.items() if name != "type"}}
    instances = [one for one in (stored if isinstance(stored, list) else [stored]) if _of_dataset(one, form)]
    if form.style == "simplified":
        return _pairs(instances, context, form, time)
    return [_instance(instance, context, form, time) for instance in instances]


def _aggregated_kind(stored: dict[str, Any]) -> str:
    return "Relationship" if "Relationship" in stored.get("type", "") else "Property"


def _of_dataset(instance: dict[str, Any], form: Form) -> bool:
    return form.datasets is None or instance.get("datasetId", "@none") in form.datasets


def _instance(instance: dict[str, Any], context: Context, form: Form, time: TimeProperty) -> Any:
    shown = show_instance(instance, context, form)
    if time in instance:
        shown = {"value": shown} if not isinstance(shown, dict) else shown
        shown[time] = instance[time]
    return shown


def _pairs(instances: list[dict[str, Any]], context: Context, form: Form, time: TimeProperty) -> Any:
    datasets: dict[str | None, list[dict[str, Any]]] = {}
    for instance in instances:
        datasets.setdefault(instance.get("datasetId"), []).append(instance)
    series = [_series(dataset, held, context, form, time) for dataset, held in datasets.items()]
    return series[0] if len(series) == 1 else series


def _series(
    dataset: str | None, instances: list[dict[str, Any]], context: Context, form: Form, time: TimeProperty
) -> dict[str, Any]:
    kind = instances[-1]["type"]
    shown: dict[str, Any] = {"type": kind}
    if form.lang and kind == "LanguageProperty":
        shown = {"type": "Property"}
    if dataset is not None:
        shown["datasetId"] = dataset
    member = MEMBERS[shown["type"]]
    shown[_PLURALS[member]] = [
        [_deleted(instance) or show_instance(instance, context, form), _time(instance, time)] for instance in instances
    ]
    return shown


def _deleted(instance: dict[str, Any]) -> str:
    return NULL if instance.get(MEMBERS[instance["type"]]) == NULL else ""


def _time(instance: dict[str, Any], time: TimeProperty) -> str | None:
    return instance.get(time) or instance.get("observedAt") or instance.get("modifiedAt")

"""History as the specification shows it: arrays of instances, pairs of value and time, aggregates."""

from __future__ import annotations

from typing import Any

import pytest

from noren.broker.contexts import ContextRegistry
from noren.broker.evolution import render_evolution
from noren.broker.forms import NULL, Form, parse_instances

CORE = ContextRegistry().core
MONDAY, TUESDAY = "2022-08-09T18:25:02Z", "2022-08-10T18:25:02Z"
SIMPLE = Form(style="simplified")


def doc(**attributes: Any) -> dict[str, Any]:
    attrs = {CORE.expand(name): value for name, value in attributes.items()}
    return {
        "id": "urn:x:1",
        "type": [CORE.expand("Person")],
        "createdAt": MONDAY,
        "modifiedAt": TUESDAY,
        "attrs": attrs,
    }


def twice(first: Any, second: Any) -> list[dict[str, Any]]:
    instances = []
    for body, time in ((first, MONDAY), (second, TUESDAY)):
        instance = parse_instances({**body, "observedAt": time}, CORE, "x")
        instances.append({**instance, "createdAt": time, "modifiedAt": time})
    return instances


# CIM 009, 4.5.9: examples 1 to 7.
SERIES = [
    ({"value": "Joe Bloggs"}, {"value": "Bill Smith"}, "Property", "values", "Joe Bloggs", "Bill Smith"),
    (
        {"languageMap": {"en": "yes", "fr": "oui"}},
        {"languageMap": {"en": "no", "fr": "non"}},
        "LanguageProperty",
        "languageMaps",
        {"languageMap": {"en": "yes", "fr": "oui"}},
        {"languageMap": {"en": "no", "fr": "non"}},
    ),
    ({"valueList": ["First"]}, {"valueList": ["1st"]}, "ListProperty", "valueLists", ["First"], ["1st"]),
    ({"json": [{"id": 1}]}, {"json": []}, "JsonProperty", "jsons", {"json": [{"id": 1}]}, {"json": []}),
    ({"vocab": "Male"}, {"vocab": "Female"}, "VocabProperty", "vocabs", {"vocab": "Male"}, {"vocab": "Female"}),
    ({"object": "urn:p:1"}, {"object": "urn:p:2"}, "Relationship", "objects", "urn:p:1", "urn:p:2"),
    ({"object": ["urn:p:1"]}, {"object": ["urn:p:2"]}, "Relationship", "objects", ["urn:p:1"], ["urn:p:2"]),
    ({"objectList": ["urn:p:1"]}, {"objectList": []}, "ListRelationship", "objectLists", ["urn:p:1"], []),
]


@pytest.mark.parametrize(("first", "second", "kind", "member", "one", "two"), SERIES)
def test_pairs(first: Any, second: Any, kind: str, member: str, one: Any, two: Any) -> None:
    shown = render_evolution(doc(thing=twice(first, second)), CORE, SIMPLE)
    assert shown == {
        "id": "urn:x:1",
        "type": "Person",
        "thing": {"type": kind, member: [[one, MONDAY], [two, TUESDAY]]},
    }


def test_instances() -> None:
    past = doc(level=twice({"value": 1, "unitCode": "MTR"}, {"value": 2}), other=twice({"value": 1}, {"value": 2}))
    shown = render_evolution(past, CORE, Form(attrs=frozenset({CORE.expand("level")})))
    assert shown == {
        "id": "urn:x:1",
        "type": "Person",
        "level": [
            {"type": "Property", "value": 1, "unitCode": "MTR", "observedAt": MONDAY},
            {"type": "Property", "value": 2, "observedAt": TUESDAY},
        ],
    }


def test_instances_by_the_time_of_storing() -> None:
    past = doc(level=[{"type": "Property", "value": 1, "createdAt": MONDAY, "modifiedAt": TUESDAY}])
    assert render_evolution(past, CORE, Form(), "modifiedAt")["level"] == [
        {"type": "Property", "value": 1, "modifiedAt": TUESDAY}
    ]
    assert render_evolution(past, CORE, Form(style="concise"), "modifiedAt")["level"] == [
        {"value": 1, "modifiedAt": TUESDAY}
    ]
    assert render_evolution(past, CORE, SIMPLE, "modifiedAt")["level"]["values"] == [[1, TUESDAY]]
    assert render_evolution(past, CORE, Form(sys=True), "modifiedAt")["createdAt"] == MONDAY


def test_series_are_told_apart_by_dataset_and_language_chosen() -> None:
    one, two = twice({"value": 1}, {"value": 2, "datasetId": "urn:d:1"})
    shown = render_evolution(doc(level=[one, two]), CORE, SIMPLE)
    assert shown["level"] == [
        {"type": "Property", "values": [[1, MONDAY]]},
        {"type": "Property", "datasetId": "urn:d:1", "values": [[2, TUESDAY]]},
    ]
    only = Form(style="simplified", datasets=frozenset({"@none"}))
    assert render_evolution(doc(level=[one, two]), CORE, only)["level"]["values"] == [[1, MONDAY]]
    says = twice({"languageMap": {"en": "yes", "ja": "はい"}}, {"languageMap": {"en": "no"}})
    told = render_evolution(doc(says=says), CORE, Form(style="simplified", lang="ja,en"))
    assert told["says"] == {"type": "Property", "values": [["はい", MONDAY], ["no", TUESDAY]]}


def test_a_deletion_is_told() -> None:
    past = doc(level=[{"type": "Property", "value": NULL, "deletedAt": TUESDAY, "modifiedAt": TUESDAY}])
    assert render_evolution(past, CORE, Form(), "deletedAt")["level"] == [
        {"type": "Property", "value": NULL, "deletedAt": TUESDAY}
    ]
    assert render_evolution(past, CORE, SIMPLE, "deletedAt")["level"]["values"] == [[NULL, TUESDAY]]


def test_aggregates() -> None:
    past = doc(
        level={"type": "Property", "avg": [[1.5, MONDAY, TUESDAY]], "max": [[2, MONDAY, TUESDAY]]},
        spouse={"type": "Relationship", "totalCount": [[2, MONDAY, TUESDAY]]},
    )
    shown = render_evolution(past, CORE, Form())
    assert shown["level"] == {"type": "Property", "avg": [[1.5, MONDAY, TUESDAY]], "max": [[2, MONDAY, TUESDAY]]}
    assert shown["spouse"]["type"] == "Relationship"

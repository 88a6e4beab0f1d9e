"""Rules of writing: the specification's examples, identity of what is not touched, times, datasets, refusals."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from noren.broker import merge
from noren.broker.contexts import ContextRegistry
from noren.broker.forms import NULL, Form, parse_entity, parse_fragment, parse_instances, render
from noren.errors import AlreadyExists, BadInput, NotFound

CORE = ContextRegistry().core
T0, T1, T2 = "2024-05-01T12:00:00Z", "2024-05-01T13:00:00Z", "2024-05-01T14:00:00Z"
TEMPERATURE = {"type": "Property", "value": 25, "unitCode": "CEL", "observedAt": "2022-03-14T01:59:26.535Z"}
NEWER = {"type": "Property", "value": 100, "observedAt": "2022-03-14T13:00:00.000Z"}
KEY = CORE.expand("temperature")


def doc(**attributes: Any) -> dict[str, Any]:
    return merge.create(None, parse_entity({"id": "urn:x:1", "type": "Thing", **attributes}, CORE), T0)


def fragment(**attributes: Any) -> dict[str, Any]:
    return parse_fragment(attributes, CORE)


def merging(**attributes: Any) -> dict[str, Any]:
    return parse_fragment(attributes, CORE, merging=True)


def shown(document: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in render(document, CORE).items() if name not in ("id", "type")}


def test_created_entities_carry_their_times() -> None:
    made = doc(temperature=TEMPERATURE)
    assert made["createdAt"] == made["modifiedAt"] == T0
    assert made["attrs"][KEY]["createdAt"] == made["attrs"][KEY]["modifiedAt"] == T0
    with pytest.raises(AlreadyExists):
        merge.create(made, fragment(), T1)


# CIM 009, 5.5.8
def test_partial_update_keeps_the_other_members() -> None:
    part = parse_instances(NEWER, CORE, "temperature", merging=True)
    after = merge.partial(doc(temperature=TEMPERATURE), KEY, part, T1)
    assert shown(after) == {"temperature": {**TEMPERATURE, **NEWER}}
    assert after["attrs"][KEY]["createdAt"] == T0 and after["attrs"][KEY]["modifiedAt"] == T1


def test_update_replaces_the_whole_attribute() -> None:
    after = merge.update(doc(temperature=TEMPERATURE, other=1), fragment(temperature=NEWER), T1)
    assert shown(after) == {"temperature": NEWER, "other": {"type": "Property", "value": 1}}


@pytest.mark.parametrize("null", [NULL, {"type": "Property", "value": NULL}])
def test_null_takes_an_attribute_away(null: Any) -> None:
    before = doc(temperature=TEMPERATURE, other=1)
    for rule, made in ((merge.update, fragment(temperature=null)), (merge.patch, merging(temperature=null))):
        after = rule(before, made, T1)
        assert set(shown(after)) == {"other"} and after["modifiedAt"] == T1


# CIM 009, 5.5.12
def test_merge_keeps_members_and_goes_into_values() -> None:
    before = doc(temperature=TEMPERATURE, address={"street": "Straße des 17. Juni", "city": "Berlin", "country": "DE"})
    after = merge.patch(
        before,
        merging(temperature=NEWER, address={"type": "Property", "value": {"street": "Pariser Platz", "country": NULL}}),
        T1,
    )
    assert shown(after) == {
        "temperature": {**TEMPERATURE, **NEWER},
        "address": {"type": "Property", "value": {"street": "Pariser Platz", "city": "Berlin"}},
    }


def test_merge_of_plain_values_keeps_the_kind() -> None:
    before = doc(
        gauge={"object": "urn:g:1"},
        says={"languageMap": {"en": "yes", "ja": "はい"}},
        level={"value": 1, "unitCode": "MTR"},
    )
    after = merge.patch(before, merging(gauge="urn:g:2", says="oui", level=2, new="x"), T1, lang="fr")
    assert shown(after) == {
        "gauge": {"type": "Relationship", "object": "urn:g:2"},
        "says": {"type": "LanguageProperty", "languageMap": {"en": "yes", "ja": "はい", "fr": "oui"}},
        "level": {"type": "Property", "value": 2, "unitCode": "MTR"},
        "new": {"type": "Property", "value": "x"},
    }


def test_merge_can_change_a_unit_alone_and_renew_the_time() -> None:
    before = doc(temperature=TEMPERATURE)
    after = merge.patch(before, merging(temperature={"unitCode": "FAH"}), T1, observed=T1)
    assert shown(after)["temperature"] == {**TEMPERATURE, "unitCode": "FAH", "observedAt": T1}
    with pytest.raises(BadInput):
        merge.patch(before, merging(unknown={"unitCode": "FAH"}), T1)


def test_merge_takes_sub_attributes_and_members_away() -> None:
    before = doc(level={"value": 1, "unitCode": "MTR", "accuracy": {"value": 2}})
    after = merge.patch(before, merging(level={"value": 1, "unitCode": NULL, "accuracy": NULL}), T1)
    assert shown(after)["level"] == {"type": "Property", "value": 1}


def test_merge_with_another_kind_replaces() -> None:
    before = doc(gauge={"object": "urn:g:1"}, place={"type": "Point", "coordinates": [1, 2]})
    coming = merging(gauge={"value": {"a": 1, "b": {"c": NULL}}, "unitCode": NULL}, place="here")
    assert shown(merge.patch(before, coming, T1)) == {
        "gauge": {"type": "Property", "value": {"a": 1, "b": {}}},
        "place": {"type": "Property", "value": "here"},
    }
    assert shown(merge.patch(before, merging(gauge=5), T1))["gauge"] == {"type": "Property", "value": 5}
    for bad in ({"type": "Property", "unitCode": "MTR"}, {"type": "Property", "sub": {"value": 1}}):
        with pytest.raises(BadInput, match="needs"):
            merge.patch(before, merging(gauge=bad), T1)
    with pytest.raises(BadInput, match="needs"):
        merge.patch(before, merging(unknown={"type": "Property", "unitCode": "MTR"}), T1)


def test_instances_that_only_repeat_are_no_change() -> None:
    before = doc(name=[named("David Jones"), named("Bowie", "urn:d:1")])
    assert merge.append(before, fragment(name=[named("Bowie", "urn:d:1"), named("David Jones")]), T1) is before
    with pytest.raises(NotFound):
        merge.delete_attribute(before, CORE.expand("nothing"), T1, every=True)


def test_sub_attributes_are_merged_by_the_same_rules() -> None:
    before = doc(level={"value": 1, "by": {"object": "urn:a:1"}, "accuracy": {"value": 2, "unitCode": "CMT"}})
    part = {"value": 1, "by": "urn:a:2", "accuracy": 3, "new": 4, "deep": {"value": 1, "sub": 2}, "gone": NULL}
    expected = {
        "type": "Property",
        "value": 1,
        "by": {"type": "Relationship", "object": "urn:a:2"},
        "accuracy": {"type": "Property", "value": 3, "unitCode": "CMT"},
        "new": {"type": "Property", "value": 4},
        "deep": {"type": "Property", "value": 1, "sub": {"type": "Property", "value": 2}},
    }
    assert shown(merge.patch(before, merging(level=part), T1))["level"] == expected
    fresh = merge.patch(doc(), merging(level=part), T1)
    assert shown(fresh)["level"] == expected | {
        "by": {"type": "Property", "value": "urn:a:2"},
        "accuracy": {"type": "Property", "value": 3},
    }
    coming = parse_instances({"accuracy": 5, "observedAt": T1}, CORE, "level", merging=True)
    after = merge.partial(before, CORE.expand("level"), coming, T1)
    assert shown(after)["level"]["accuracy"] == {"type": "Property", "value": 5}


def test_the_citys_relations_stay_relations_when_merged() -> None:
    city = ContextRegistry().get()
    after = merge.patch(doc(), parse_fragment({"gauge": "urn:g:1"}, city, merging=True), T1)
    assert after["attrs"][city.expand("gauge")]["object"] == "urn:g:1"


def test_untouched_attributes_stay_the_same_objects() -> None:
    before = doc(temperature=TEMPERATURE, other=1, gauge={"object": "urn:g:1"})
    for after in (
        merge.update(before, fragment(other=2), T1),
        merge.append(before, fragment(other=2), T1),
        merge.patch(before, merging(other=2), T1),
        merge.replace(before, parse_entity({"id": "urn:x:1", "type": "Thing", "temperature": TEMPERATURE}, CORE), T1),
    ):
        assert after is not before and after["attrs"][KEY] is before["attrs"][KEY]
        assert after["modifiedAt"] == T1 and after["createdAt"] == T0
    assert before == doc(temperature=TEMPERATURE, other=1, gauge={"object": "urn:g:1"}), "the old one is not altered"


def test_what_only_repeats_is_no_change() -> None:
    payload = {
        "id": "urn:x:1",
        "type": "Thing",
        "temperature": TEMPERATURE,
        "deep": {"value": [1, {"a": 2}]},
        "scope": "/a",
    }
    before = merge.create(None, parse_entity(payload, CORE), T0)
    for rule in (merge.put, merge.replace, merge.append, merge.update, merge.upsert):
        assert rule(before, parse_entity(payload, CORE), T1) is before, rule
    assert merge.patch(before, parse_fragment(payload, CORE, merging=True), T1) is before


def test_true_is_not_one() -> None:
    assert merge.update(doc(a=True), fragment(a=1), T1)["attrs"][CORE.expand("a")]["value"] == 1
    assert merge.update(doc(a=[True]), fragment(a={"value": {"b": 1}}), T1)["modifiedAt"] == T1


def named(value: str, dataset: str | None = None) -> dict[str, Any]:
    return {"type": "Property", "value": value} | ({"datasetId": dataset} if dataset else {})


def test_instances_are_told_apart_by_dataset() -> None:
    before = doc(name=[named("David Jones"), named("Bowie", "urn:d:1")])
    key = CORE.expand("name")
    after = merge.append(before, fragment(name=named("Ziggy", "urn:d:2")), T1)
    assert shown(after)["name"] == [named("David Jones"), named("Bowie", "urn:d:1"), named("Ziggy", "urn:d:2")]
    assert after["attrs"][key][0] is before["attrs"][key][0]
    after = merge.update(after, fragment(name=named("David Bowie", "urn:d:1")), T2)
    assert shown(after)["name"][1] == named("David Bowie", "urn:d:1")
    after = merge.update(after, fragment(name=named(NULL, "urn:d:1")), T2)
    assert shown(after)["name"] == [named("David Jones"), named("Ziggy", "urn:d:2")]
    after = merge.delete_attribute(after, key, T2)
    assert shown(after)["name"] == named("Ziggy", "urn:d:2")
    with pytest.raises(NotFound):
        merge.delete_attribute(after, key, T2)
    with pytest.raises(NotFound):
        merge.delete_attribute(after, key, T2, dataset="urn:d:9")
    assert shown(merge.delete_attribute(after, key, T2, every=True)) == {}


def test_append_without_overwriting_leaves_what_stands() -> None:
    before = doc(a=1, scope="/one")
    coming = fragment(a=2, b=3, scope=["/two"])
    assert merge.skipped(before, coming) == [CORE.expand("a")]
    after = merge.append(before, coming, T1, overwrite=False)
    assert render(after, CORE, Form(style="simplified")) == {
        "id": "urn:x:1",
        "type": "Thing",
        "scope": ["/one", "/two"],
        "a": 1,
        "b": 3,
    }


def test_types_add_up_and_scopes_follow_the_rule_of_each_operation() -> None:
    before = doc(a=1)
    assert merge.append(before, fragment(type="Other", scope="/x"), T1)["scope"] == ["/x"]
    assert "scope" not in merge.update(before, fragment(scope="/x"), T1)
    scoped = doc(a=1, scope="/y")
    assert merge.update(scoped, fragment(scope="/x"), T1)["scope"] == ["/x"]
    assert "scope" not in merge.patch(scoped, merging(scope=NULL), T1)
    after = merge.update(before, fragment(type=["Other", "Thing"]), T1)
    assert render(after, CORE)["type"] == ["Thing", "Other"]


def test_replace_drops_what_is_not_named() -> None:
    after = merge.replace(doc(a=1, b=2, scope="/x"), parse_entity({"id": "urn:x:1", "type": "New", "b": 3}, CORE), T1)
    assert render(after, CORE, Form(style="simplified")) == {"id": "urn:x:1", "type": "New", "b": 3}
    assert after["createdAt"] == T0 and after["modifiedAt"] == T1


def test_replace_drops_instances_that_are_not_named() -> None:
    before = doc(name=[named("David Jones"), named("Bowie", "urn:d:1")])
    payload = {"id": "urn:x:1", "type": "Thing", "name": named("Bowie", "urn:d:1")}
    after = merge.replace(before, parse_entity(payload, CORE), T1)
    assert shown(after)["name"] == named("Bowie", "urn:d:1")
    assert after["attrs"][CORE.expand("name")] is before["attrs"][CORE.expand("name")][1]


def test_replacing_one_attribute() -> None:
    before = doc(temperature=TEMPERATURE, other=1)
    after = merge.replace_attribute(before, KEY, parse_instances(NEWER, CORE, "temperature"), T1)
    assert shown(after)["temperature"] == NEWER
    with pytest.raises(NotFound):
        merge.replace_attribute(before, CORE.expand("nothing"), parse_instances(NEWER, CORE, "nothing"), T1)


def test_partial_update_refuses_another_kind_and_an_absent_instance() -> None:
    before = doc(temperature=TEMPERATURE)
    with pytest.raises(BadInput, match="cannot become"):
        merge.partial(before, KEY, parse_instances({"object": "urn:a:1"}, CORE, "temperature", merging=True), T1)
    with pytest.raises(NotFound):
        part = parse_instances({"value": 1, "datasetId": "urn:d:1"}, CORE, "temperature", merging=True)
        merge.partial(before, KEY, part, T1)
    part = parse_instances({"unitCode": NULL}, CORE, "temperature", merging=True)
    assert "unitCode" not in merge.partial(before, KEY, part, T1)["attrs"][KEY]


@pytest.mark.parametrize("rule", [merge.replace, merge.append, merge.update, merge.patch])
def test_what_is_not_there_cannot_be_changed(rule: Any) -> None:
    with pytest.raises(NotFound):
        rule(None, fragment(a=1), T1)


def test_upsert_and_put_create() -> None:
    for rule in (merge.upsert, merge.put):
        assert rule(None, parse_entity({"id": "urn:x:1", "type": "Thing", "a": 1}, CORE), T0) == doc(a=1)


NAMES = st.sampled_from("abc")
DATASETS = st.sampled_from([None, "urn:d:1", "urn:d:2"])
INSTANCES = st.builds(
    lambda value, dataset: {"type": "Property", "value": value} | ({"datasetId": dataset} if dataset else {}),
    st.integers(0, 2) | st.booleans() | st.just(NULL),
    DATASETS,
)
FRAGMENTS = st.dictionaries(
    NAMES, st.lists(INSTANCES, min_size=1, max_size=3, unique_by=lambda one: one.get("datasetId"))
)


@given(st.lists(st.tuples(st.sampled_from(["update", "append", "patch"]), FRAGMENTS), max_size=6))
def test_any_run_of_changes_is_what_a_plain_model_says(run: list[tuple[str, dict[str, Any]]]) -> None:
    document, model = doc(), {}
    for place, (rule, body) in enumerate(run):
        before = copy.deepcopy(document)
        made = parse_fragment(copy.deepcopy(body), CORE, merging=rule == "patch")
        after = getattr(merge, rule)(document, made, f"2024-05-01T12:00:{place:02}Z")
        assert document == before, "the old document is not altered"
        for name, instances in body.items():
            for one in instances:
                key = name, one.get("datasetId")
                if one["value"] == NULL:
                    model.pop(key, None)
                else:
                    model[key] = one["value"]
        document = after
    found = {}
    for iri, stored in document["attrs"].items():
        for one in stored if isinstance(stored, list) else [stored]:
            found[CORE.compact(iri), one.get("datasetId")] = one["value"]
    assert {key: repr(value) for key, value in found.items()} == {key: repr(value) for key, value in model.items()}

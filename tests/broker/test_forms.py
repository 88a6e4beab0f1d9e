"""Forms: what is posted is read back alike, in each form, and what cannot be kept is refused by its path."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from noren.broker.contexts import ContextRegistry
from noren.broker.forms import NULL, Form, feature, feature_collection, parse_entity, parse_fragment, render
from noren.broker.forms.render import choose_language
from noren.errors import BadInput, UnknownContext

REGISTRY = ContextRegistry()
CORE = REGISTRY.core
CITY = REGISTRY.get()
POINT = {"type": "Point", "coordinates": [13.3986, 52.5547]}
SIMPLE, CONCISE = Form(style="simplified"), Form(style="concise")


def entity(**attributes: Any) -> dict[str, Any]:
    return {"id": "urn:ngsi-ld:Vehicle:A4567", "type": "Vehicle", **attributes}


# Examples of CIM 009, 4.5.2 to 4.5.24: simplified form beside the normalized one.
EXAMPLES: dict[str, tuple[Any, Any]] = {
    "text": ({"type": "Property", "value": "David Robert Jones"}, "David Robert Jones"),
    "number": ({"type": "Property", "value": 25, "unitCode": "CEL", "observedAt": "2022-03-14T01:59:26.535Z"}, 25),
    "object": ({"type": "Property", "value": {"city": "Berlin"}}, {"city": "Berlin"}),
    "array": ({"type": "Property", "value": [1, "a", {"b": None}]}, [1, "a", {"b": None}]),
    "geo": ({"type": "GeoProperty", "value": POINT}, POINT),
    "language": (
        {"type": "LanguageProperty", "languageMap": {"en": "yes", "fr": ["oui", "ouais"]}},
        {"languageMap": {"en": "yes", "fr": ["oui", "ouais"]}},
    ),
    "json": (
        {"type": "JsonProperty", "json": {"id": "85a6cc52", "value": None}},
        {"json": {"id": "85a6cc52", "value": None}},
    ),
    "vocab": ({"type": "VocabProperty", "vocab": "Male"}, {"vocab": "Male"}),
    "relation": (
        {"type": "Relationship", "object": "urn:ngsi-ld:Device:31415", "objectType": "Device"},
        "urn:ngsi-ld:Device:31415",
    ),
    "relations": ({"type": "Relationship", "object": ["urn:a:1", "urn:a:2"]}, ["urn:a:1", "urn:a:2"]),
    "list": ({"type": "ListProperty", "valueList": ["First", "Second"]}, ["First", "Second"]),
    "stops": (
        {"type": "ListRelationship", "objectList": [{"object": "urn:s:1"}, {"object": "urn:s:2"}]},
        ["urn:s:1", "urn:s:2"],
    ),
    "names": (
        [
            {"type": "Property", "value": "David Robert Jones"},
            {"type": "Property", "value": "David Bowie", "datasetId": "urn:ngsi-ld:datasetId:001"},
        ],
        {"dataset": {"@none": "David Robert Jones", "urn:ngsi-ld:datasetId:001": "David Bowie"}},
    ),
    "deep": (
        {
            "type": "Property",
            "value": 1,
            "accuracy": {"type": "Property", "value": 0.1, "measuredBy": {"type": "Relationship", "object": "urn:d:1"}},
        },
        1,
    ),
}


@pytest.mark.parametrize("name", EXAMPLES)
def test_an_attribute_of_each_kind_is_read_back_alike(name: str) -> None:
    normalized, simplified = EXAMPLES[name]
    doc = parse_entity(entity(**{name: normalized}), CORE)
    assert render(doc, CORE)[name] == normalized
    assert render(doc, CORE, SIMPLE)[name] == simplified


@pytest.mark.parametrize("name", EXAMPLES)
def test_the_concise_form_loses_nothing(name: str) -> None:
    doc = parse_entity(entity(**{name: EXAMPLES[name][0]}), CORE)
    concise = render(doc, CORE, CONCISE)
    assert parse_entity(concise, CORE) == doc
    assert "type" not in str(concise[name]) or name == "geo" or name == "relation"


@pytest.mark.parametrize("name", ["text", "object", "array", "geo", "language", "json", "vocab", "names"])
def test_the_simplified_form_tells_these_kinds_by_itself(name: str) -> None:
    doc = parse_entity(entity(**{name: EXAMPLES[name][0]}), CORE)
    assert parse_entity(render(doc, CORE, SIMPLE), CORE) == doc


def test_names_are_kept_as_iris() -> None:
    doc = parse_entity(entity(deep=EXAMPLES["deep"][0], gender={"vocab": "Male"}), CORE)
    base = "https://uri.etsi.org/ngsi-ld/default-context/"
    assert doc["type"] == [base + "Vehicle"]
    assert base + "measuredBy" in doc["attrs"][base + "deep"][base + "accuracy"]
    assert doc["attrs"][base + "gender"]["vocab"] == base + "Male"


def test_the_citys_words_tell_a_relation_from_a_text() -> None:
    payload = {"id": "urn:x:1", "type": "FloodForecast", "gauge": "urn:g:1", "method": "urn:not-a-relation"}
    doc = parse_entity(payload, CITY)
    assert doc["attrs"][CITY.expand("gauge")] == {"type": "Relationship", "object": "urn:g:1"}
    assert doc["attrs"][CITY.expand("method")]["type"] == "Property"
    alert = parse_entity({"id": "urn:x:2", "type": "Alert", "headline": {"en": "Flood", "ja": "洪水"}}, CITY)
    assert alert["attrs"][CITY.expand("headline")]["type"] == "LanguageProperty"


def test_system_members_from_outside_are_ignored() -> None:
    doc = parse_entity(entity(createdAt="x", speed={"value": 1, "createdAt": "x", "modifiedAt": 5}), CORE)
    assert "createdAt" not in doc and set(doc["attrs"][CORE.expand("speed")]) == {"type", "value"}


def test_several_types_and_scopes() -> None:
    doc = parse_entity({**entity(), "type": ["Vehicle", "Car", "Car"], "scope": ["/a/b", "Madrid"]}, CORE)
    shown = render(doc, CORE)
    assert shown["type"] == ["Vehicle", "Car"] and shown["scope"] == ["/a/b", "Madrid"]
    assert render({**doc, "scope": ["/a"]}, CORE)["scope"] == "/a"


REFUSED: list[tuple[dict[str, Any], str]] = [
    ({"speed": {"type": "Property"}}, "speed"),
    ({"speed": {"type": "Property", "value": None}}, "speed.value"),
    ({"speed": float("nan")}, "speed"),
    ({"speed": {"type": "Property", "value": {"a": [float("inf")]}}}, "speed.value"),
    ({"speed": {"value": float("inf")}}, "speed.value"),
    ({"speed": {"dataset": {"@none": None}}}, "speed"),
    ({"speed": {"dataset": {"@none": [{"value": 1}, {"value": 2, "datasetId": "urn:d:1"}]}}}, "speed.@none"),
    ({"owner": {"type": "Relationship", "object": 5}}, "owner.object"),
    ({"says": {"languageMap": {"en": NULL}}}, "says.languageMap.en"),
    ({"location": {"type": "Polygon", "coordinates": [[1, 2], []]}}, "location"),
    ({"location": {"type": "Polygon", "coordinates": 5}}, "location"),
    ({"speed": {"type": "Speed", "value": 1}}, "speed.type"),
    ({"speed": {"type": ["Property"], "value": 1}}, "speed.type"),
    ({"speed": NULL}, "speed"),
    ({"speed": {"type": "Property", "value": NULL}}, "speed"),
    ({"speed": {"type": "Property", "value": {"a": NULL}}}, "speed.value.a"),
    ({"speed": {"value": 1, "unitCode": 5}}, "speed.unitCode"),
    ({"speed": {"value": 1, "observedAt": "yesterday"}}, "speed.observedAt"),
    ({"speed": {"value": 1, "observedAt": "2024-02-30T00:00:00Z"}}, "speed.observedAt"),
    ({"speed": {"value": 1, "observedAt": 20240101}}, "speed.observedAt"),
    ({"speed": {"value": 1, "datasetId": "no uri"}}, "speed.datasetId"),
    ({"speed": {"value": 1, "object": "urn:a:1", "type": "Property"}}, "speed.object"),
    ({"speed": {"value": 1, "previousObject": "urn:a:1"}}, "speed.previousObject"),
    ({"speed": {"value": 1, "@context": {}}}, "speed.@context"),
    ({"speed": {"value": 1, "accuracy": {"type": "Property"}}}, "speed.accuracy"),
    ({"speed": {"value": {"@type": "DateTime", "@value": "noon"}}}, "speed.value"),
    ({"owner": {"type": "Relationship", "object": "me"}}, "owner.object"),
    ({"owner": {"type": "Relationship", "object": []}}, "owner.object"),
    ({"owner": {"type": "Relationship", "object": ["urn:a:1", 5]}}, "owner.object"),
    ({"owner": {"type": "Relationship", "object": "urn:a:1", "unitCode": "MTR"}}, "owner.unitCode"),
    ({"stops": {"objectList": ["urn:a:1", {"x": 1}]}}, "stops.objectList"),
    ({"says": {"languageMap": {"en": 5}}}, "says.languageMap.en"),
    ({"says": {"languageMap": {}}}, "says.languageMap"),
    ({"says": {"vocab": 5}}, "says.vocab"),
    ({"location": {"type": "GeoProperty", "value": "here"}}, "location.value"),
    ({"location": {"type": "Point", "coordinates": [52.5, 113.4]}}, "location"),
    ({"location": {"type": "Point", "coordinates": [0, -90.5]}}, "location"),
    ({"location": {"type": "Point", "coordinates": ["1", 2]}}, "location"),
    ({"location": {"type": "Point", "coordinates": [True, 2]}}, "location"),
    ({"location": {"type": "Point", "coordinates": [1]}}, "location"),
    ({"location": {"type": "GeoProperty", "value": {"type": "Point"}}}, "location.value"),
    ({"location": {"type": "GeoProperty", "value": {"type": "Circle", "coordinates": [1, 2]}}}, "location.value"),
    ({"location": {"type": "LineString", "coordinates": [[1, 2]]}}, "location"),
    ({"location": {"type": "LineString", "coordinates": [1, 2]}}, "location"),
    ({"location": {"type": "Polygon", "coordinates": [[[0, 0], [1, 1], [1, 0], [0, 1]]]}}, "location"),
    ({"speed": [{"value": 1}, {"value": 2}]}, "speed"),
    ({"speed": {"dataset": {}}}, "speed.dataset"),
    ({"id": "no uri"}, "id"),
    ({"id": 5}, "id"),
    ({"id": "urn:with space"}, "id"),
    ({"type": []}, "type"),
    ({"type": 5}, "type"),
    ({"scope": "9"}, "scope"),
    ({"scope": ["/a//b"]}, "scope"),
    ({"expiresAt": "tomorrow"}, "expiresAt"),
]


@pytest.mark.parametrize(
    ("change", "where"), REFUSED, ids=[f"{place}-{where}" for place, (_, where) in enumerate(REFUSED)]
)
def test_what_cannot_be_kept_is_refused_by_its_path(change: dict[str, Any], where: str) -> None:
    with pytest.raises(BadInput) as caught:
        parse_entity({**entity(), **change}, CORE)
    assert caught.value.where == where
    assert caught.value.what


@pytest.mark.parametrize("name", ["datasetId", "observedAt", "9lives", "a b", "a;b"])
def test_names_that_are_taken_or_bad_are_refused(name: str) -> None:
    with pytest.raises(BadInput):
        parse_entity(entity(**{name: 1}), CORE)


@pytest.mark.parametrize("body", [None, 5, "x", [], {}, {"id": "urn:a:1"}, {"type": "T"}])
def test_what_is_no_entity_is_refused(body: Any) -> None:
    with pytest.raises(BadInput):
        parse_entity(body, CORE)


def test_swapped_coordinates_are_told() -> None:
    with pytest.raises(BadInput, match="swapped"):
        parse_entity(entity(location={"type": "Point", "coordinates": [35.0, 139.0]}), CORE)


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("1900-01-01T00:00:00Z", "1900-01-01T00:00:00Z"),
        ("2024-05-01T12:00:00.173Z", "2024-05-01T12:00:00.173Z"),
        ("2024-05-01T12:00:00,5Z", "2024-05-01T12:00:00.5Z"),
        ("2024-05-01T12:00:00+09:00", "2024-05-01T03:00:00Z"),
        ("2024-05-01T12:00:00.25-0330", "2024-05-01T15:30:00.250000Z"),
    ],
)
def test_times_are_kept_in_utc(written: str, kept: str) -> None:
    doc = parse_entity(entity(speed={"value": 1, "observedAt": written}), CORE)
    assert doc["attrs"][CORE.expand("speed")]["observedAt"] == kept


def test_null_in_a_payload_means_absent() -> None:
    assert parse_entity(entity(speed=None), CORE)["attrs"] == {}


@pytest.mark.parametrize("wrap", [lambda value: [value], lambda value: {"a": value}])
def test_deep_nesting_is_refused_and_not_a_crash(wrap: Callable[[Any], Any]) -> None:
    value: Any = 1
    for _ in range(2000):
        value = wrap(value)
    with pytest.raises(BadInput, match="deeply"):
        parse_entity(entity(speed={"type": "Property", "value": value}), CORE)
    attribute: Any = {"value": 1}
    for _ in range(500):
        attribute = {"value": 1, "sub": attribute}
    with pytest.raises(BadInput, match="deeply"):
        parse_entity(entity(speed=attribute), CORE)


def test_fragments_may_take_away() -> None:
    fragment = parse_fragment({"a": NULL, "b": {"value": NULL}, "c": {"object": NULL, "datasetId": "urn:d:1"}}, CORE)
    base = "https://uri.etsi.org/ngsi-ld/default-context/"
    assert fragment["attrs"][base + "a"] == NULL and fragment["attrs"][base + "b"] == NULL
    assert fragment["attrs"][base + "c"] == {"type": "Relationship", "datasetId": "urn:d:1", "object": NULL}
    assert "id" not in fragment
    with pytest.raises(BadInput):
        parse_fragment({"a": NULL}, CORE, nulls=False)


def test_projection_and_system_times() -> None:
    doc = parse_entity(entity(speed=1, colour="red", scope="/a"), CORE)
    doc |= {"createdAt": "2024-05-01T12:00:00Z", "modifiedAt": "2024-05-02T12:00:00Z"}
    doc["attrs"][CORE.expand("speed")] |= {"createdAt": "2024-05-01T12:00:00Z", "modifiedAt": "2024-05-01T12:00:00Z"}
    speed = frozenset({CORE.expand("speed")})
    assert set(render(doc, CORE)) == {"id", "type", "scope", "speed", "colour"}
    assert set(render(doc, CORE, Form(attrs=speed))) == {"id", "type", "scope", "speed"}
    assert set(render(doc, CORE, Form(pick=speed | {"id"}))) == {"id", "speed"}
    assert set(render(doc, CORE, Form(omit=speed | {"scope"}))) == {"id", "type", "colour"}
    shown = render(doc, CORE, Form(sys=True))
    assert shown["createdAt"] == "2024-05-01T12:00:00Z" and "modifiedAt" in shown["speed"]
    assert "modifiedAt" not in render(doc, CORE)["speed"]


def test_instances_are_chosen_by_dataset() -> None:
    doc = parse_entity(entity(names=EXAMPLES["names"][0], speed=1), CORE)
    named = Form(style="simplified", datasets=frozenset({"urn:ngsi-ld:datasetId:001"}))
    assert render(doc, CORE, named) == {**entity(), "names": "David Bowie"}
    assert render(doc, CORE, Form(style="simplified", datasets=frozenset({"@none"}))) == {
        **entity(),
        "names": "David Robert Jones",
        "speed": 1,
    }


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ("en", "en"),
        ("FR", "fr-CH"),
        ("ja,en;q=0.5", "en"),
        ("en;q=0.1,fr-CH;q=0.9", "fr-CH"),
        ("en-GB", "en"),
        ("*", "@none"),
        ("de", "@none"),
    ],
)
def test_a_language_is_chosen(wanted: str, found: str) -> None:
    assert choose_language({"fr-CH": "oui", "en": "yes", "@none": "hm"}, wanted) == found


def test_a_language_property_becomes_a_property_in_that_language() -> None:
    doc = parse_entity(
        entity(says={"languageMap": {"en": "yes", "ja": "はい"}, "observedAt": "2024-05-01T12:00:00Z"}), CORE
    )
    shown = render(doc, CORE, Form(lang="ja"))
    assert shown["says"] == {"type": "Property", "value": "はい", "lang": "ja", "observedAt": "2024-05-01T12:00:00Z"}
    assert render(doc, CORE, Form(style="simplified", lang="ja"))["says"] == "はい"


# CIM 009, C.2.2 to C.2.4
ANNEX = REGISTRY.get(
    {
        "Vehicle": "http://example.org/vehicle/Vehicle",
        "isParked": {"@type": "@id", "@id": "http://example.org/common/isParked"},
        "providedBy": {"@type": "@id", "@id": "http://example.org/common/providedBy"},
        "non-commercial": "http://example.org/vehicle/non-commercial",
        "Integer": "http://www.w3.org/2001/XMLSchema#Integer",
    }
)
PARKED = "urn:ngsi-ld:OffStreetParking:Downtown1"
PEOPLE = ["urn:ngsi-ld:Person:Alice", "urn:ngsi-ld:Person:Bob"]
CITIES = ["urn:ngsi-ld:City:Antwerp", "urn:ngsi-ld:City:Rotterdam"]
STREET = {"fr": "Grand Place", "nl": "Grote Markt"}
VEHICLE = {
    "brandName": {"type": "Property", "value": "Mercedes"},
    "street": {"type": "LanguageProperty", "languageMap": STREET},
    "isParked": {
        "type": "Relationship",
        "objectType": "OffStreetParking",
        "object": PARKED,
        "observedAt": "2017-07-29T12:00:04Z",
        "providedBy": {"type": "Relationship", "object": "urn:ngsi-ld:Person:Bob"},
    },
    "category": {"type": "VocabProperty", "vocab": "non-commercial"},
    "tyreTreadDepths": {"type": "ListProperty", "valueList": [300, 6], "valueType": "Integer", "unitCode": "MMT"},
    "passengers": {"type": "Relationship", "objectType": "Person", "object": PEOPLE},
    "route": {"type": "ListRelationship", "objectType": "City", "objectList": [{"object": city} for city in CITIES]},
}
CONCISE_VEHICLE = {
    "brandName": "Mercedes",
    "street": {"languageMap": STREET},
    "isParked": {
        "object": PARKED,
        "objectType": "OffStreetParking",
        "observedAt": "2017-07-29T12:00:04Z",
        "providedBy": {"object": "urn:ngsi-ld:Person:Bob"},
    },
    "category": {"vocab": "non-commercial"},
    "tyreTreadDepths": {"valueList": [300, 6], "valueType": "Integer", "unitCode": "MMT"},
    "passengers": {"objectType": "Person", "object": PEOPLE},
    "route": {"objectType": "City", "objectList": CITIES},
}
SIMPLE_VEHICLE = {
    "brandName": "Mercedes",
    "street": {"languageMap": STREET},
    "isParked": PARKED,
    "category": {"vocab": "non-commercial"},
    "tyreTreadDepths": [300, 6],
    "passengers": PEOPLE,
    "route": CITIES,
}


@pytest.mark.parametrize("payload", [VEHICLE, CONCISE_VEHICLE])
def test_the_annexs_vehicle_in_each_form(payload: dict[str, Any]) -> None:
    doc = parse_entity(entity(**payload), ANNEX)
    assert doc["type"] == ["http://example.org/vehicle/Vehicle"]
    assert doc["attrs"][ANNEX.expand("tyreTreadDepths")]["valueType"] == "http://www.w3.org/2001/XMLSchema#Integer"
    assert render(doc, ANNEX) == entity(**VEHICLE)
    assert render(doc, ANNEX, CONCISE) == entity(**CONCISE_VEHICLE)
    assert render(doc, ANNEX, SIMPLE) == entity(**SIMPLE_VEHICLE)
    assert render(doc, ANNEX, Form(lang="fr"))["street"] == {"type": "Property", "value": "Grand Place", "lang": "fr"}


def test_the_default_instance_may_be_named() -> None:
    doc = parse_entity(entity(speed={"value": 5, "datasetId": "@none"}), CORE)
    assert doc == parse_entity(entity(speed=5), CORE)
    with pytest.raises(BadInput, match="same datasetId"):
        parse_entity(entity(speed=[{"value": 5, "datasetId": "@none"}, {"value": 6}]), CORE)


def test_a_geometry_needs_no_type_around_it() -> None:
    doc = parse_entity(entity(place={"value": POINT, "observedAt": "2024-05-01T12:00:00Z"}), CORE)
    assert doc["attrs"][CORE.expand("place")]["type"] == "GeoProperty"


def test_system_times_stay_when_members_are_picked() -> None:
    doc = parse_entity(entity(a=1), CORE) | {"createdAt": "2024-05-01T12:00:00Z"}
    assert set(render(doc, CORE, Form(sys=True, pick=frozenset({"id"})))) == {"id", "createdAt"}


@pytest.mark.parametrize("lang", ["ja;q=x", "en;quality"])
def test_a_bad_list_of_languages_is_refused(lang: str) -> None:
    with pytest.raises(BadInput, match="list of languages"):
        choose_language({"en": "yes"}, lang)


def test_geojson() -> None:
    doc = parse_entity(entity(location=POINT, speed=1), CORE)
    shown = feature(doc, CORE, SIMPLE)
    assert shown["id"] == doc["id"] and shown["type"] == "Feature" and shown["geometry"] == POINT
    assert shown["properties"] == {"type": "Vehicle", "location": POINT, "speed": 1}
    assert feature(doc, CORE, geometry=CORE.expand("speed"))["geometry"] is None
    assert feature_collection([doc], CORE)["features"][0]["properties"]["speed"] == {"type": "Property", "value": 1}


VALUES = st.recursive(
    st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=6),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abc"), inner, max_size=3),
    max_leaves=8,
)


@given(VALUES)
def test_any_json_value_survives_in_every_form(value: Any) -> None:
    doc = parse_entity(entity(thing={"type": "Property", "value": value}), CORE)
    for form in (Form(), CONCISE):
        assert parse_entity(json.loads(json.dumps(render(doc, CORE, form))), CORE) == doc
    assert render(doc, CORE, SIMPLE)["thing"] == value


@given(
    st.recursive(
        st.none()
        | st.booleans()
        | st.floats()
        | st.text(max_size=6)
        | st.sampled_from([NULL, "Property", "Point", "urn:a:1"]),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(
                    ["type", "value", "object", "coordinates", "languageMap", "dataset", "observedAt", "sub", "x y"]
                ),
                inner,
                max_size=4,
            )
        ),
        max_leaves=12,
    )
)
def test_no_payload_makes_anything_but_bad_input(attribute: Any) -> None:
    for reader in (parse_entity, parse_fragment):
        try:
            doc = reader(entity(thing=attribute), CORE)
        except BadInput:
            continue
        if reader is parse_entity:
            for form in (Form(), CONCISE, SIMPLE):
                render(doc, CORE, form)


QUIRKS = {
    "Battery__StorageBatteryDevice__normalized.jsonld": "location.value",  # a member called "coordinates "
    "Battery__StorageBatteryMeasurement__normalized.jsonld": "refStorageBatteryDevice.type",  # "RelationShip"
    "DCAT-AP__Catalogue__normalized.jsonld": "catalog.value",  # a Relationship with "value"
    "Energy__InverterDevice__normalized.jsonld": "location.value",  # a Point nested too deeply
    "Environment__FloodMonitoring__normalized.jsonld": "floodLevelStatus.type",  # "string"
    "Environment__WaterObserved__normalized.jsonld": "dateObserved.object",  # a Relationship with a time
    "GreenEnergy__PhotovoltaicDevice__normalized.jsonld": "refDevice.value",
    "GreenEnergy__PhotovoltaicMeasurement__normalized.jsonld": "refPhotovoltaicDevice.Object",
    "OpenChannelManagement__CrossSection__normalized.jsonld": "attachedTo.type",  # "object"
    "RiskManagement__Asset__normalized.jsonld": "location.value",  # a ring that is open
    "RiskManagement__Exposure__normalized.jsonld": "location.value",
    "RiskManagement__GISData__normalized.jsonld": "isMappedBy.value",
    "RiskManagement__Hazard__normalized.jsonld": "createsLayers.object",  # a Property with "object"
    "TourismDestinations__TouristDestination__normalized.jsonld": "id",  # an object
    "Transportation__SpecialRestriction__normalized.jsonld": "name.type",
    "Weather__WeatherForecast__normalized.jsonld": "id",  # no URI
}
"""Published payloads that break NGSI-LD themselves, and where: by 4.5.2.2 and 4.5.3.2 (fixed words for the type, a
member of its own for the value, none of another kind's), 4.7.1 (RFC 7946) or 5.2.4 (the id is a URI)."""


def test_the_example_payloads_are_read_back_alike(shared: Callable[[str], Path]) -> None:
    registry = ContextRegistry(shared("contexts"))
    refused, kept = {}, 0
    for path in sorted(shared("city/ngsi-ld-examples").glob("*.jsonld")):
        payload = json.loads(path.read_text("utf-8"))
        try:
            context = registry.get(payload.pop("@context", None))
            doc = parse_entity(payload, context)
        except UnknownContext:
            raise
        except BadInput as error:
            refused[path.name] = error.where
            assert error.hint, path.name
            continue
        expected = {name: value for name, value in payload.items() if value is not None and name != "modifiedAt"}
        style = "simplified" if "keyvalues" in path.name else "normalized"
        shown = render(doc, context, Form(style=style))
        if style == "simplified":
            assert {name: shown[name] for name in expected} == expected, path.name
        else:
            assert shown == {name: in_utc(value) for name, value in normal(expected).items()}, path.name
        kept += 1
    assert refused == QUIRKS
    assert kept == 61 - len(QUIRKS)


def normal(expected: dict[str, Any]) -> dict[str, Any]:
    """Plain values among normalized attributes are Properties."""
    return {
        name: value if name in ("id", "type") or is_attribute(value) else {"type": "Property", "value": value}
        for name, value in expected.items()
    }


def is_attribute(value: Any) -> bool:
    return isinstance(value, dict) and str(value.get("type")).endswith(("Property", "Relationship"))


def in_utc(value: Any) -> Any:
    if isinstance(value, dict) and isinstance(value.get("value"), dict) and value["value"].get("@type") == "DateTime":
        when = parse_entity(entity(x=value), CORE)["attrs"][CORE.expand("x")]["value"]
        return {**value, "value": when}
    if isinstance(value, dict) and value.get("type") == "Point" and "coordinates" in value:
        return {"type": "GeoProperty", "value": value}
    return value

"""Types, scopes, projection, order and places, by the specification's examples; complaints with their place."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from noren.broker.contexts import ContextRegistry
from noren.broker.forms import parse_entity
from noren.broker.languages import (
    attributes_of,
    attributes_of_order,
    has_any,
    parse_geo,
    parse_order,
    parse_projection,
    parse_scope,
    parse_types,
)
from noren.errors import BadInput
from noren.store.query import Near, Order, Relate, matches

REGISTRY = ContextRegistry()
CORE, CITY = REGISTRY.core, REGISTRY.get()
BASE = "https://uri.etsi.org/ngsi-ld/default-context/"
LOCATION = ("attrs", "https://uri.etsi.org/ngsi-ld/location", "value")


def named(*names: str) -> tuple[str, ...]:
    return tuple(BASE + name for name in names)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Building|House", (named("Building"), named("House"))),
        ("Building,House", (named("Building"), named("House"))),
        ("(Home;Vehicle)", (named("Home", "Vehicle"),)),
        ("(Home;Vehicle)|Motorhome", (named("Home", "Vehicle"), named("Motorhome"))),
        ("(Home;Vehicle),Motorhome", (named("Home", "Vehicle"), named("Motorhome"))),
        (" A , A ", (named("A"),)),
        ("urn:t:1", (("urn:t:1",),)),
        ("*", ()),
    ],
)
def test_types(text: str, expected: Any) -> None:
    assert parse_types(text, CORE) == expected


@pytest.mark.parametrize(
    ("text", "place"), [("", 1), ("A,", 3), ("(A;B", 5), ("A)", 2), ("A;;B", 3), ("9", 1), ("A B", 3)]
)
def test_complaints_about_types_say_where(text: str, place: int) -> None:
    with pytest.raises(BadInput) as caught:
        parse_types(text, CORE)
    assert caught.value.where == f"type, character {place}"


@pytest.mark.parametrize(
    ("text", "scopes", "expected"),
    [
        ("/Madrid", ["/Madrid"], True),
        ("/Madrid", ["Madrid"], True),
        ("Madrid", ["/Madrid"], True),
        ("/Madrid", ["/Madrid/Gardens"], False),
        ("/Madrid/Gardens/#", ["/Madrid/Gardens"], True),
        ("/Madrid/Gardens/#", ["/Madrid/Gardens/ParqueNorte/Parterre1"], True),
        ("/Madrid/Gardens/#", ["/Madrid/GardensOther"], False),
        ("/Madrid/+/ParqueNorte", ["/Madrid/Sights/ParqueNorte"], True),
        ("/Madrid/+/ParqueNorte", ["/Madrid/ParqueNorte"], False),
        ("(/Madrid/Districts;/CompanyA)", ["/Madrid/Districts", "/CompanyA"], True),
        ("(/Madrid/Districts;/CompanyA)", ["/Madrid/Districts"], False),
        ("(/Madrid/Districts;/CompanyA)|CompanyB", ["/CompanyB"], True),
        ("(/Madrid/Districts;/CompanyA),CompanyB", ["CompanyB"], True),
        ("/#", ["/x"], True),
        ("/#", [], False),
        ("/町/#", ["/町/区"], True),
    ],
)
def test_scopes(text: str, scopes: list[str], expected: bool) -> None:
    doc = {"id": "urn:x:1", "type": ["T"], "attrs": {}} | ({"scope": scopes} if scopes else {})
    assert matches(parse_scope(text), doc) is expected


@pytest.mark.parametrize("text", ["", "/", "/a//b", "/a;", "(/a", "/a)", "/a b", "/#/a", "/9"])
def test_bad_scopes_are_refused(text: str) -> None:
    with pytest.raises(BadInput, match="scopeQ, character"):
        parse_scope(text)


def test_projection() -> None:
    assert parse_projection("temperature, humidity|id", CORE) == {*named("temperature", "humidity"), "id"}
    for text in ("", "a,", "a{b}", "datasetId", "a b"):
        with pytest.raises(BadInput, match="pick, character"):
            parse_projection(text, CORE, "pick")


def test_order() -> None:
    assert parse_order("name,age;desc", CORE) == (
        Order(("attrs", BASE + "name", "value")),
        Order(("attrs", BASE + "age", "value"), descending=True),
    )
    assert parse_order("address[city];asc", CORE) == (Order(("attrs", BASE + "address", "value", "city")),)
    assert parse_order("name.observedAt", CORE) == (Order(("attrs", BASE + "name", "observedAt")),)
    assert parse_order("id;desc,createdAt", CORE) == (Order(("id",), descending=True), Order(("createdAt",)))
    assert parse_order("inDataset", CITY) == (Order(("attrs", "urn:noren:term:inDataset", "object")),)
    assert attributes_of_order(parse_order("name,id", CORE)) == set(named("name"))
    for text in ("", "a;up", "location;dist-asc", "a,,b", "a[b", "9"):
        with pytest.raises(BadInput):
            parse_order(text, CORE)


def test_places() -> None:
    point = {"type": "Point", "coordinates": [8, 40]}
    assert parse_geo("near;maxDistance==2000", "Point", "[8,40]") == Near(LOCATION, point, 2000.0)
    assert parse_geo("near;minDistance==0.5", "Point", [8, 40]) == Near(LOCATION, point, None, 0.5)
    square = [[[100.0, 0.0], [101.0, 0.0], [101.0, 1.0], [100.0, 1.0], [100.0, 0.0]]]
    found = parse_geo("within", "Polygon", str(square), "observationSpace", CORE)
    path = ("attrs", "https://uri.etsi.org/ngsi-ld/observationSpace", "value")
    assert found == Relate(path, "within", {"type": "Polygon", "coordinates": square})
    assert attributes_of(found) == {path[1]}


@pytest.mark.parametrize(
    ("change", "where"),
    [
        ({"georel": None}, "georel"),
        ({"georel": "beside"}, "georel"),
        ({"georel": "near"}, "georel"),
        ({"georel": "near;maxDistance==0"}, "georel"),
        ({"georel": "near;maxDistance==-5"}, "georel"),
        ({"georel": "near;maxDistance=5"}, "georel"),
        ({"georel": "near;maxDistance==1e999"}, "georel"),
        ({"georel": "near;maxDistance==1;maxDistance==2"}, "georel"),
        ({"georel": "within;maxDistance==5"}, "georel"),
        ({"geometry": ""}, "geometry"),
        ({"geometry": "GeometryCollection"}, "coordinates"),
        ({"coordinates": None}, "coordinates"),
        ({"coordinates": "8,40"}, "coordinates"),
        ({"coordinates": "[8"}, "coordinates"),
        ({"coordinates": "[" * 5000}, "coordinates"),
        ({"coordinates": [8, 140]}, "coordinates"),
        ({"coordinates": {"a": 1}}, "coordinates"),
        ({"geoproperty": 5}, "geoproperty"),
    ],
)
def test_bad_places_are_refused(change: dict[str, Any], where: str) -> None:
    query = {"georel": "near;maxDistance==5", "geometry": "Point", "coordinates": "[8,40]", "context": CORE} | change
    with pytest.raises(BadInput) as caught:
        parse_geo(**query)
    assert caught.value.where == where


def test_places_of_real_entities() -> None:
    doc = parse_entity({"id": "urn:x:1", "type": "T", "location": {"type": "Point", "coordinates": [8.001, 40]}}, CORE)
    assert matches(parse_geo("near;maxDistance==200", "Point", "[8,40]"), doc)
    assert not matches(parse_geo("near;maxDistance==20", "Point", "[8,40]"), doc)
    assert not matches(parse_geo("within", "Polygon", "[[[0,0],[1,0],[1,1],[0,0]]]"), doc)


def test_having_any_attribute() -> None:
    doc = parse_entity({"id": "urn:x:1", "type": "T", "a": 1}, CORE)
    assert matches(has_any(named("a", "b")), doc) and not matches(has_any(named("b")), doc)


@given(st.text(alphabet="Aa1/+#(){}[];,|.* 水\n", max_size=25))
def test_no_text_makes_anything_but_bad_input(text: str) -> None:
    for reader in (
        lambda: parse_types(text, CORE),
        lambda: parse_scope(text),
        lambda: parse_projection(text, CORE),
        lambda: parse_order(text, CORE),
        lambda: parse_geo(text, text, text, text, CORE),
    ):
        try:
            reader()
        except BadInput:
            continue

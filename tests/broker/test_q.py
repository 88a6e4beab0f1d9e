"""The query language: the specification's examples on entities, times as instants, complaints with their place."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from noren.broker.contexts import ContextRegistry
from noren.broker.forms import parse_entity
from noren.broker.languages import attributes_of, parse_q, safe_pattern
from noren.errors import BadInput
from noren.store.query import And, Compare, Doc, matches

REGISTRY = ContextRegistry()
CORE = REGISTRY.get({"Male": "http://example.org/Male", "gender": "http://example.org/gender"})
CITY = REGISTRY.get()


def doc(**attributes: Any) -> Doc:
    return parse_entity({"id": "urn:x:1", "type": "Thing", **attributes}, CORE)


def holds(query: str, **attributes: Any) -> bool:
    return matches(parse_q(query, CORE), doc(**attributes))


LIST = ["blue", "red", "green"]
SAYS = {"languageMap": {"fr": ["chat", "rouge"], "en": "red"}}
TIMED = {"value": 1, "observedAt": "2017-12-24T12:00:00Z"}

# CIM 009, 4.9: the examples 0 to 12 and the meaning of each operator.
MEANINGS: list[tuple[str, dict[str, Any], bool]] = [
    ("temperature", {"temperature": 1}, True),
    ("temperature", {"humidity": 1}, False),
    ("temperature==20", {"temperature": 20}, True),
    ("temperature==20", {"temperature": 20.0}, True),
    ("temperature==20", {"temperature": "20"}, False),
    ('brandName!="Mercedes"', {"brandName": "Volvo"}, True),
    ('brandName!="Mercedes"', {"brandName": "Mercedes"}, False),
    ('brandName!="Mercedes"', {"other": 1}, False),
    ('brandName!="Mercedes"', {"brandName": 5}, True),
    (
        'isParked=="urn:ngsi-ld:OffStreetParking:Downtown1"',
        {"isParked": {"object": "urn:ngsi-ld:OffStreetParking:Downtown1"}},
        True,
    ),
    ("isParked==urn:ngsi-ld:P:1", {"isParked": {"object": ["urn:ngsi-ld:P:0", "urn:ngsi-ld:P:1"]}}, True),
    ("isParked>urn:ngsi-ld:P:1", {"isParked": {"object": "urn:ngsi-ld:P:9"}}, False),
    ('speed>50;brandName!="Mercedes"', {"speed": 60, "brandName": "Volvo"}, True),
    ('speed>50;brandName!="Mercedes"', {"speed": 40, "brandName": "Volvo"}, False),
    ('((speed>50|rpm>3000);brandName=="Mercedes")', {"rpm": 4000, "brandName": "Mercedes"}, True),
    ('((speed>50|rpm>3000);brandName=="Mercedes")', {"rpm": 2000, "brandName": "Mercedes"}, False),
    ("(temperature>=20;temperature<=25)|capacity<=10", {"temperature": 25}, True),
    ("(temperature>=20;temperature<=25)|capacity<=10", {"temperature": 30, "capacity": 11}, False),
    ("a==1|b==1;c==1", {"a": 1}, True),
    ("a==1;c==1|b==1", {"a": 1}, False),
    ("temperature.observedAt>=2017-12-24T12:00:00Z", {"temperature": TIMED}, True),
    ("temperature.observedAt>2017-12-24T12:00:00Z", {"temperature": TIMED}, False),
    ("temperature.observedAt==2017-12-24T12:00:00.000Z", {"temperature": TIMED}, True),
    ("temperature.observedAt==2017-12-24T21:00:00+09:00", {"temperature": TIMED}, True),
    ("temperature.unitCode==CEL", {"temperature": {"value": 1, "unitCode": "CEL"}}, True),
    ('address[city]=="Berlin"', {"address": {"city": "Berlin", "street": "x"}}, True),
    ('address[city]=="Berlin"', {"address": {"city": "Bern"}}, False),
    ("address[city]", {"address": {"street": "x"}}, False),
    ("address[city]", {"address": {"city": "x"}}, True),
    ('address[city]!="Berlin"', {"address": {"street": "x"}}, False),
    (
        "sensor.rawdata[airquality.particulate]==40",
        {"sensor": {"value": 40, "rawdata": {"type": "Property", "value": {"airquality": {"particulate": 40}}}}},
        True,
    ),
    ('tickets[value]=="Overstay"', {"tickets": {"json": {"id": "85", "value": "Overstay"}}}, True),
    ("gender==Male", {"gender": {"vocab": "Male"}}, True),
    ('gender=="http://example.org/Male"', {"gender": {"vocab": "Male"}}, True),
    ('color=="red"', {"color": LIST}, True),
    ('color=="black"', {"color": LIST}, False),
    ('color=="black","red"', {"color": "red"}, True),
    ('color=="black", "red"', {"color": ["red", "blue"]}, True),
    ('color!="black", "red"', {"color": ["blue", "yellow", "green"]}, True),
    ('color!="black","red"', {"color": LIST}, False),
    ("temperature==10..20", {"temperature": 15}, True),
    ("temperature==10..20", {"temperature": 20}, True),
    ("temperature==-5..-1.5", {"temperature": -2}, True),
    ("temperature!=10..20", {"temperature": 9}, True),
    ("temperature!=10..20", {"temperature": 15}, False),
    ("temperature==10..20", {"temperature": "15"}, False),
    ('name=="a".."c"', {"name": "b"}, True),
    ('color[en]=="red"', {"color": SAYS}, True),
    ('color[fr]=="rouge"', {"color": SAYS}, True),
    ('color[fr]=="red"', {"color": SAYS}, False),
    ('color[*]=="rouge"', {"color": SAYS}, True),
    ('color=="rouge"', {"color": SAYS}, True),
    ('color[en]!="red"', {"color": SAYS}, False),
    ('color[*]!="noir"', {"color": SAYS}, True),
    ('route=="urn:s:2"', {"route": {"objectList": ["urn:s:1", "urn:s:2"]}}, True),
    ("marks==2", {"marks": {"valueList": [1, 2]}}, True),
    ("open==true", {"open": True}, True),
    ("open==true", {"open": 1}, False),
    ("open==1", {"open": True}, False),
    ("open!=false", {"open": True}, True),
    ('name~="^Riv"', {"name": "River"}, True),
    ("name~=^Riv(er|al)$", {"name": "Rival"}, True),
    ("(name~=^Riv(er|al)$);x", {"name": "Rival", "x": 1}, True),
    ("name~=[;|)]", {"name": "a;b"}, True),
    ("name~=^Riv", {"name": 5}, False),
    ('name!~="^Riv"', {"name": "Lake"}, True),
    ('name!~="^Riv"', {"name": "River"}, False),
    ('name!~="^Riv"', {"name": 5}, False),
    ("when>=2024-05-01", {"when": "2024-05-02"}, True),
    ("when==2024-05-01", {"when": "2024-05-01"}, True),
    ("when<10:30:00Z", {"when": "10:15:00Z"}, True),
    ("when>2024-05-01T00:00:00Z", {"when": {"@type": "DateTime", "@value": "2024-05-02T00:00:00Z"}}, True),
    ("when==2024-05-01T00:00:00Z..2024-05-03T00:00:00Z", {"when": "2024-05-03T00:00:00.0Z"}, True),
    ('name=="a\\"b\\u00e9"', {"name": 'a"bé'}, True),
    ('name==""', {"name": ""}, True),
    ("水位>=2", {"水位": 3}, True),
    (" a == 1 ; b == 2 ", {"a": 1, "b": 2}, True),
    ("a.b", {"a": {"value": 1, "b": {"value": 2}}}, True),
    ("a.b==2", {"a": {"value": 1, "b": {"value": 2}}}, True),
    ('name=="x"', {"name": [{"value": "y"}, {"value": "x", "datasetId": "urn:d:1"}]}, True),
    ("level==1e2", {"level": 100}, True),
]


@pytest.mark.parametrize(("query", "attributes", "expected"), MEANINGS)
def test_a_query_means_what_the_specification_says(query: str, attributes: dict[str, Any], expected: bool) -> None:
    assert holds(query, **attributes) is expected


def test_values_can_be_expanded_first() -> None:
    person = doc(gender="http://example.org/Male")
    assert matches(parse_q("gender==Male", CORE, ["gender"]), person)
    assert not matches(parse_q("gender==Male", CORE), person)


def test_an_indexed_attribute_of_the_tables_is_asked_where_the_store_has_its_index() -> None:
    assert parse_q("waterLevel>=2.5", CITY) == Compare(("attrs", CITY.expand("waterLevel"), "value"), ">=", 2.5)
    assert parse_q("inDataset==urn:d:1", CITY) == Compare(
        ("attrs", CITY.expand("inDataset"), "object"), "==", "urn:d:1"
    )


@pytest.mark.parametrize("value", ["2024-05-01T12:00:00Z", {"@type": "DateTime", "@value": "2024-05-01T12:00:00.0Z"}])
def test_a_time_is_found_plain_or_typed(value: Any) -> None:
    found = parse_entity({"id": "urn:x:1", "type": "WaterObserved", "dateObserved": value}, CITY)
    assert matches(parse_q("dateObserved>=2024-05-01T12:00:00Z", CITY), found)
    assert not matches(parse_q("dateObserved>2024-05-01T12:00:00Z", CITY), found)


def test_a_relation_has_no_order() -> None:
    dataset = {"id": "urn:x:1", "type": "Thing", "inDataset": {"object": "urn:d:5"}}
    assert matches(parse_q("inDataset==urn:d:5", CITY), parse_entity(dataset, CITY))
    assert not matches(parse_q("inDataset>urn:d:1", CITY), parse_entity(dataset, CITY))


def test_which_attributes_a_query_looks_at() -> None:
    node = parse_q("a.b>1;(c[x]==2|createdAt>2024-05-01T00:00:00Z)", CORE)
    assert attributes_of(node) == {CORE.expand("a"), CORE.expand("c")}
    assert isinstance(node, And)


COMPLAINTS: list[tuple[str, int]] = [
    ("", 1),
    ("==5", 1),
    ("a==", 4),
    ("a>", 3),
    ("a=5", 2),
    ("a==1;", 6),
    ("a==1|", 6),
    ("(a==1", 6),
    ("a==1)", 5),
    ("a==1 b==2", 6),
    ('a=="open', 4),
    ('a=="\\x"', 4),
    ("a[", 2),
    ("a[]==1", 4),
    ("a[b..c]==1", 8),
    ("a>true", 7),
    ("a==1.." + '"x"', 10),
    ("a~=(", 4),
    ("a~=", 4),
    ("a~=(x+)+y", 4),
    ("sensor{humidity}==40", 7),
    ("datasetId==1", 10),
    ("a..b==1", 3),
    ("a==2024-13-01T00:00:00Z", 24),
]


@pytest.mark.parametrize(("query", "place"), COMPLAINTS)
def test_complaints_say_where(query: str, place: int) -> None:
    with pytest.raises(BadInput) as caught:
        parse_q(query, CORE)
    assert caught.value.where == f"q, character {place}", caught.value


@pytest.mark.parametrize(
    "text", ["(a+)+$", "((a+)b)*", "(a|aa)+$", "(a{1,5}){9,}", "(x(y|z)*)*", "a" * 301, "", "(", "[a"]
)
def test_patterns_that_could_run_for_hours_are_refused(text: str) -> None:
    with pytest.raises(BadInput, match="idPattern"):
        safe_pattern(text, "idPattern")


@pytest.mark.parametrize(
    "text", ["^urn:.*:(a|b)$", "(abc)+", r"[(+*)]+\(\)+", "(a+)b", r"\d{4}-[]+]*x", "a|b+", "(a?b)?"]
)
def test_ordinary_patterns_are_let_in(text: str) -> None:
    assert safe_pattern(text, "idPattern") == text


def test_queries_are_bounded() -> None:
    for query in ("(" * 200 + "a" + ")" * 200, "|".join(["a"] * 600), "a" * 9000, "a==" + "9" * 5000):
        with pytest.raises(BadInput):
            parse_q(query, CORE)


@given(st.text(alphabet='ab.[]()=!<>~;|,"\\*+{}0129-:TZ \n水', max_size=40))
def test_no_text_makes_anything_but_a_tree_or_bad_input(text: str) -> None:
    try:
        node = parse_q(text, CORE)
    except BadInput as error:
        assert error.where.startswith("q")
        return
    matches(node, doc(a=1, b="x", ab={"value": {"a": [1, "b"]}}))


MOMENTS = st.builds(
    lambda micro: datetime(2024, 5, 1, tzinfo=UTC) + timedelta(microseconds=micro),
    st.sampled_from([-1_000_000, -500_000, -1, 0, 1, 10, 400_000, 500_000, 1_000_000])
    | st.integers(-3_000_000, 3_000_000),
)


def spelled(moment: datetime, digits: int) -> str:
    text = moment.strftime("%Y-%m-%dT%H:%M:%S")
    fraction = f"{moment.microsecond:06}"
    while digits < 6 and int(fraction[digits:]):
        digits += 1
    return f"{text}.{fraction[:digits]}Z" if digits else f"{text}Z"


@example(datetime(2024, 5, 1, tzinfo=UTC), datetime(2024, 5, 1, 0, 0, 0, 500_000, UTC), 0, 1, ">=")
@example(datetime(2024, 5, 1, tzinfo=UTC), datetime(2024, 5, 1, 0, 0, 0, 500_000, UTC), 0, 1, "<")
@example(datetime(2024, 5, 1, tzinfo=UTC), datetime(2024, 5, 1, 0, 0, 0, 50_000, UTC), 1, 2, "<")
@given(MOMENTS, MOMENTS, st.integers(0, 6), st.integers(0, 6), st.sampled_from(["==", "!=", "<", "<=", ">", ">="]))
def test_times_compare_as_instants(left: datetime, right: datetime, one: int, other: int, operator: str) -> None:
    expected = {
        "==": left == right,
        "!=": left != right,
        "<": left < right,
        "<=": left <= right,
        ">": left > right,
        ">=": left >= right,
    }[operator]
    assert holds(f"when{operator}{spelled(right, other)}", when=spelled(left, one)) is expected

"""The meaning of the predicate tree."""

from __future__ import annotations

import math
import re
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from noren.errors import BadInput
from noren.store.query import (
    ANY,
    And,
    Between,
    Compare,
    Exists,
    Near,
    Node,
    Not,
    OneOf,
    Operator,
    Or,
    Order,
    Relate,
    matches,
    order_key,
    paths,
    predicate,
    values,
)

NAMES = st.sampled_from("abc")
SCALARS = st.one_of(
    st.integers(-5, 5),
    st.floats(-5, 5, allow_nan=False),
    st.sampled_from(["", "a", "b", "ab", "琵琶"]),
    st.booleans(),
    st.none(),
)
DOCS = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3), max_leaves=12
)
PATHS = st.lists(NAMES | st.just(ANY), max_size=3).map(tuple)
ORDERED: list[Operator] = ["==", "!=", "<", "<=", ">", ">="]


def walk(doc: Any, path: tuple[str, ...]) -> list[Any]:
    """What a path leads to, the slow and plain way."""
    if isinstance(doc, list):
        return [found for item in doc for found in walk(item, path)]
    if not path:
        return [doc]
    if isinstance(doc, dict) and path[0] == ANY:
        return [found for inner in doc.values() for found in walk(inner, path[1:])]
    return walk(doc[path[0]], path[1:]) if isinstance(doc, dict) and path[0] in doc else []


def kind(value: Any) -> str:
    if isinstance(value, bool):
        return "truth"
    return "number" if isinstance(value, int | float) else "text" if isinstance(value, str) else "other"


def holds(found: Any, operator: Operator, value: Any) -> bool:
    """The meaning of a comparison, word for word."""
    if kind(found) != kind(value) or kind(found) == "other":
        return operator == "!="
    return {
        "==": found == value,
        "!=": found != value,
        "<": found < value,
        "<=": found <= value,
        ">": found > value,
        ">=": found >= value,
    }[operator]


@given(DOCS, PATHS)
def test_values_branch_at_lists(doc: Any, path: tuple[str, ...]) -> None:
    assert list(values(doc, path)) == walk(doc, path)
    assert matches(Exists(path), doc) == bool(walk(doc, path))


@given(DOCS, PATHS, st.sampled_from(ORDERED), SCALARS.filter(lambda v: v is not None))
def test_a_comparison_holds_when_it_holds_for_any_branch(
    doc: Any, path: tuple[str, ...], operator: Operator, value: Any
) -> None:
    assert matches(Compare(path, operator, value), doc) == any(holds(v, operator, value) for v in walk(doc, path))


@given(DOCS, PATHS, st.lists(SCALARS, max_size=3))
def test_one_of_is_any_equality(doc: Any, path: tuple[str, ...], choices: list[Any]) -> None:
    expected = any(holds(v, "==", c) for v in walk(doc, path) for c in choices)
    assert matches(OneOf(path, tuple(choices)), doc) == expected


@given(DOCS, PATHS, st.integers(-5, 5), st.integers(-5, 5))
def test_between_is_one_branch_within_both_ends(doc: Any, path: tuple[str, ...], low: int, high: int) -> None:
    expected = any(holds(v, ">=", low) and holds(v, "<=", high) for v in walk(doc, path))
    assert matches(Between(path, low, high), doc) == expected


@given(DOCS, PATHS, st.sampled_from(["a", "^a$", "b|琵", "."]))
def test_patterns_search_texts_only(doc: Any, path: tuple[str, ...], expression: str) -> None:
    found = [isinstance(v, str) and re.search(expression, v) is not None for v in walk(doc, path)]
    assert matches(Compare(path, "~=", expression), doc) == any(found)
    assert matches(Compare(path, "!~=", expression), doc) == any(not hit for hit in found)


@given(DOCS, PATHS, PATHS)
def test_logic_is_logic(doc: Any, first: tuple[str, ...], second: tuple[str, ...]) -> None:
    a, b = Exists(first), Exists(second)
    p, q = matches(a, doc), matches(b, doc)
    assert matches(And((a, b)), doc) == (p and q)
    assert matches(Or((a, b)), doc) == (p or q)
    assert matches(Not(a), doc) != p
    assert matches(Not(And((a, b))), doc) == matches(Or((Not(a), Not(b))), doc)


@given(DOCS, PATHS)
def test_order_key_is_the_first_value_that_can_be_ordered(doc: Any, path: tuple[str, ...]) -> None:
    first = next(iter(walk(doc, path)), None)
    key = order_key(Order(path))(doc)
    assert key == first or (key is None and kind(first) == "other")


def test_paths_are_all_of_them() -> None:
    tree = And((Exists(("a",)), Not(Or((Compare(("b",), "==", 1), Near(("c",), {}, 1.0))))))
    assert list(paths(tree)) == [("a",), ("b",), ("c",)]


@pytest.mark.parametrize(
    "node",
    [
        Compare(("a",), "~=", "("),
        Near(("a",), {"type": "Point", "coordinates": ["x"]}, 1.0),
        Near(("a",), {"type": "Point", "coordinates": [math.nan, 1]}, 1.0),
        Relate(("a",), "within", {"type": "Polygon", "coordinates": []}),
        Relate(("a",), "within", {"type": "Circle"}),
        Relate(("a",), "within", {}),
    ],
    ids=str,
)
def test_what_cannot_be_asked_is_refused(node: Node) -> None:
    with pytest.raises(BadInput):
        predicate(node)


LON, LAT = st.floats(-179, 179), st.floats(-89, 89)


def place(lon: float, lat: float) -> dict[str, Any]:
    return {"a": {"type": "Point", "coordinates": [lon, lat]}}


def sphere(lon: float, lat: float, to_lon: float, to_lat: float) -> float:
    """Metres on a sphere; at most 0.6 % off the ellipsoid."""
    a, b = math.radians(lat), math.radians(to_lat)
    haversine = math.sin((b - a) / 2) ** 2 + math.cos(a) * math.cos(b) * math.sin(math.radians(to_lon - lon) / 2) ** 2
    return 2 * 6_371_008.8 * math.asin(min(1.0, math.sqrt(haversine)))


@given(LON, LAT, st.floats(-0.9, 0.9), st.floats(-0.9, 0.9), st.floats(1, 200_000))
def test_nearness_agrees_with_the_sphere(lon: float, lat: float, dx: float, dy: float, metres: float) -> None:
    there = (max(-180, min(180, lon + dx)), max(-90, min(90, lat + dy)))
    distance = sphere(lon, lat, *there)
    assume(not metres * 0.99 < distance < metres * 1.01)
    near = Near(("a",), place(lon, lat)["a"], metres)
    beyond = Near(("a",), place(lon, lat)["a"], None, metres)
    assert matches(near, place(*there)) == (distance < metres)
    assert matches(beyond, place(*there)) == (distance > metres)


# One degree of the equator and the quarter meridian of WGS 84, as published.
@pytest.mark.parametrize(
    ("there", "metres"), [((1.0, 0.0), 111_319.4908), ((0.0, 90.0), 10_001_965.7293), ((0.0, 1.0), 110_574.3886)]
)
def test_metres_are_those_of_wgs_84(there: tuple[float, float], metres: float) -> None:
    query = place(0.0, 0.0)["a"]
    assert matches(Near(("a",), query, metres + 0.001), place(*there))
    assert not matches(Near(("a",), query, metres - 0.001), place(*there))


def test_distance_to_lines_and_areas_is_to_their_nearest_place() -> None:
    # A meridian 0.01° east of the place, at 35° north: 912.9 m (published length of a degree of longitude: 91,290 m).
    line = {"a": {"type": "LineString", "coordinates": [[139.01, 34.0], [139.01, 36.0]]}}
    here = {"type": "Point", "coordinates": [139.0, 35.0]}
    assert matches(Near(("a",), here, 913.5), line)
    assert not matches(Near(("a",), here, 912.0), line)
    area = {"type": "Polygon", "coordinates": [[[139.01, 34], [140, 34], [140, 36], [139.01, 36], [139.01, 34]]]}
    assert matches(Near(("a",), area, 915.0), {"a": here})
    assert not matches(Near(("a",), area, 911.0), {"a": here})
    assert matches(Near(("a",), area, 0.0), place(139.5, 35))


def test_nearness_crosses_the_date_line() -> None:
    assert matches(Near(("a",), place(179.999, 0)["a"], 300.0), place(-179.999, 0))


BROKEN = [
    None,
    7,
    "x",
    {},
    {"type": "Point"},
    {"type": "Point", "coordinates": ["a", "b"]},
    {"type": "Point", "coordinates": []},
    {"type": "LineString", "coordinates": [[0, 0]]},
    {"type": "Polygon", "coordinates": [[[1]]]},
    {"type": "GeometryCollection"},
]


@pytest.mark.parametrize("broken", BROKEN, ids=str)
@pytest.mark.parametrize("relation", ["within", "contains", "intersects", "disjoint", "overlaps", "equals"])
def test_a_broken_geometry_stands_in_no_relation(broken: Any, relation: Any) -> None:
    here = place(139, 35)["a"]
    assert not matches(Relate(("a",), relation, here), {"a": broken})
    assert not matches(Near(("a",), here, 1e9), {"a": broken})


SQUARE = {"type": "Polygon", "coordinates": [[[0, 0], [4, 0], [4, 4], [0, 4], [0, 0]]]}


@pytest.mark.parametrize(
    ("relation", "found", "expected"),
    [
        ("within", {"type": "Point", "coordinates": [2, 2]}, True),
        ("within", {"type": "Point", "coordinates": [4, 2]}, False),
        ("intersects", {"type": "Point", "coordinates": [4, 2]}, True),
        ("disjoint", {"type": "Point", "coordinates": [5, 2]}, True),
        ("contains", {"type": "Polygon", "coordinates": [[[-1, -1], [5, -1], [5, 5], [-1, 5], [-1, -1]]]}, True),
        ("overlaps", {"type": "Polygon", "coordinates": [[[2, 2], [6, 2], [6, 6], [2, 6], [2, 2]]]}, True),
        ("equals", {"type": "Polygon", "coordinates": [[[4, 0], [4, 4], [0, 4], [0, 0], [4, 0]]]}, True),
        ("intersects", {"type": "Polygon", "coordinates": [[[1, 1], [3, 3], [3, 1], [1, 3], [1, 1]]]}, True),
    ],
)
def test_relations_of_simple_features(relation: Any, found: dict[str, Any], expected: bool) -> None:
    assert matches(Relate(("a",), relation, SQUARE), {"a": found}) is expected

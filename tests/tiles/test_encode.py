"""What is written is what `mapbox-vector-tile` reads: geometry, attributes, winding."""

from __future__ import annotations

import mapbox_vector_tile as judge
import numpy as np
import pyarrow as pa
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from shapely.geometry import shape

from noren.tiles.encode import encode_layer, tidy
from noren.tiles.rings import Rings, of_shapes, ranges

number = st.integers(-64, 4160)
spot = st.tuples(number, number)


def _encoded(shapes: list[shapely.Geometry], columns: dict[str, list[object]] | None = None) -> list[dict]:  # type: ignore[type-arg]
    rings, rows = of_shapes(np.array(shapes, dtype=object))
    rings.xy = np.rint(rings.xy).astype(np.int64)
    facts = {name: pa.array(values).take(pa.array(rows)) for name, values in (columns or {}).items()}
    raw = encode_layer("Thing", rings, facts or {"n": pa.array(rows)})
    return judge.decode(raw, default_options={"y_coord_down": True})["Thing"]["features"] if raw else []


@given(st.lists(st.lists(spot, min_size=1, max_size=5, unique=True), min_size=1, max_size=12))
def test_points_come_back(groups: list[list[tuple[int, int]]]) -> None:
    shapes = [shapely.MultiPoint(group) for group in groups]
    found = _encoded(shapes)
    assert len(found) == len(shapes)
    for feature, group in zip(found, groups, strict=True):
        got = feature["geometry"]["coordinates"]
        got = [got] if feature["geometry"]["type"] == "Point" else got
        assert [tuple(point) for point in got] == group


@given(st.lists(st.lists(spot, min_size=2, max_size=9), min_size=1, max_size=12))
def test_lines_come_back(lines: list[list[tuple[int, int]]]) -> None:
    found = _encoded([shapely.LineString(line) for line in lines])
    kept = []
    for line in lines:
        once = [p for i, p in enumerate(line) if i == 0 or p != line[i - 1]]
        if len(once) > 1:
            kept.append(once)
    assert [[tuple(p) for p in f["geometry"]["coordinates"]] for f in found] == kept


@given(st.lists(st.tuples(st.integers(0, 4000), st.integers(0, 4000), st.integers(1, 90), st.booleans()), max_size=9))
def test_polygons_keep_area_holes_and_winding(boxes: list[tuple[int, int, int, bool]]) -> None:
    shapes = []
    for x, y, size, hollow in boxes:
        box = shapely.box(x, y, x + 3 * size, y + 3 * size)
        shapes.append(box.difference(shapely.box(x + size, y + size, x + 2 * size, y + 2 * size)) if hollow else box)
    found = _encoded(shapes)
    assert len(found) == len(shapes)
    for feature, drawn in zip(found, shapes, strict=True):
        got = shape(feature["geometry"])
        assert got.is_valid
        assert got.equals(drawn)


@pytest.mark.parametrize("ccw", [True, False])
def test_outer_rings_are_wound_as_the_specification_says_and_holes_the_other_way(ccw: bool) -> None:
    """The surveyor's formula in tile units, where y runs down, is positive for an outer ring (2.1, 4.3.4.4)."""
    ring = shapely.box(100, 100, 900, 900, ccw=ccw).difference(shapely.box(300, 300, 500, 500))
    rings, _ = of_shapes(np.array([shapely.transform(ring, lambda c: c * (1, -1))], dtype=object))
    rings.xy = np.rint(rings.xy * (1, -1)).astype(np.int64)
    outer, hole = (_surveyed(rings.xy[rings.ring[i] : rings.ring[i + 1]]) for i in (0, 1))
    assert (outer, hole) == (640_000, -40_000)


def _surveyed(xy: np.ndarray) -> float:
    x, y = xy.T
    return float((x[:-1] * y[1:] - x[1:] * y[:-1]).sum() / 2)


def test_several_parts_with_holes_stay_together() -> None:
    ring = shapely.box(0, 0, 300, 300).difference(shapely.box(100, 100, 200, 200))
    both = shapely.MultiPolygon([ring, shapely.box(1000, 1000, 1100, 1200)])
    (feature,) = _encoded([both])
    assert shape(feature["geometry"]).equals(both)


def test_values_of_every_kind_come_back_and_absent_ones_stay_absent() -> None:
    columns = {
        "name": ["川辺大橋", None, "x" * 300], "height": [3.25, 12.0, None], "floors": [2, None, -3],
        "big": [2**40, 1, 0], "open": [True, None, False],
    }  # fmt: skip
    found = _encoded([shapely.Point(i, i) for i in range(3)], columns)
    expected = [{name: values[i] for name, values in columns.items() if values[i] is not None} for i in range(3)]
    assert [feature["properties"] for feature in found] == expected


def test_what_shrinks_to_nothing_is_left_out_with_its_attributes() -> None:
    shapes = [shapely.box(5, 5, 5.2, 5.2), shapely.box(10, 10, 20, 20), shapely.LineString([(1, 1), (1.1, 1.2)])]
    (feature,) = _encoded(shapes, {"id": ["gone", "stays", "gone too"]})
    assert feature["properties"] == {"id": "stays"}


def test_a_hole_goes_with_its_vanished_ring() -> None:
    sliver = shapely.Polygon([(0, 0), (900, 0), (900, 0.3), (0, 0.3)])
    rings, _ = of_shapes(np.array([sliver, shapely.Point(), shapely.box(0, 0, 9, 9)], dtype=object))
    rings.xy = np.rint(rings.xy).astype(np.int64)
    left, rows = tidy(rings)
    assert len(left) == 1
    assert rows.tolist() == [1]
    flat = [(0, 0), (5, 0), (9, 0), (0, 0)]
    hole = [(2, 2), (2, 4), (4, 4), (2, 2)]
    torn = Rings(np.array([3]), np.array([0, 2]), np.array([0, 4, 8]), np.array([True, False]), np.array(flat + hole))
    assert len(tidy(torn)[0]) == 0


def test_nothing_is_written_for_nothing() -> None:
    assert _encoded([shapely.Polygon(), shapely.GeometryCollection()]) == []


@given(st.lists(st.tuples(st.integers(0, 50), st.integers(0, 9)), max_size=20))
def test_ranges_are_counted_out(spans: list[tuple[int, int]]) -> None:
    start, size = np.array([s for s, _ in spans], dtype=int), np.array([n for _, n in spans], dtype=int)
    assert ranges(start, start + size).tolist() == [i for s, n in spans for i in range(s, s + n)]


@pytest.mark.parametrize("count", [3000])
def test_a_town_full_of_buildings_is_read_back_whole(count: int) -> None:
    draw = np.random.default_rng(3)
    corner = draw.integers(0, 4000, (count, 2))
    shapes = [shapely.box(x, y, x + 8, y + 6) for x, y in corner.tolist()]
    ids = [f"urn:ngsi-ld:Building:town:{i}" for i in range(count)]
    found = _encoded(shapes, {"id": ids})
    assert [feature["properties"]["id"] for feature in found] == ids
    assert sum(shape(feature["geometry"]).area for feature in found) == 48 * count

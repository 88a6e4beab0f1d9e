"""Tiles hold what lies in them: nothing beyond the margin, nothing lost, less the farther away."""

from __future__ import annotations

import json
from itertools import pairwise

import mapbox_vector_tile as judge
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.geometry import shape

from noren.errors import NotFound
from noren.tiles import Tile
from noren.tiles.cut import MARGIN, MOST, _clipped, cut_layer
from noren.tiles.layer import Gatherer, Layer
from noren.tiles.mercator import EXTENT, to_lonlat, to_world

CENTRE = (139.21, 36.10)


def _layer(kind: str, shapes: list[shapely.Geometry], **columns: list[object]) -> Layer:
    gatherer = Gatherer(kind)
    for i, geometry in enumerate(shapes):
        facts = {name: values[i] for name, values in columns.items()}
        gatherer.add({"id": f"urn:ngsi-ld:{kind}:t:{i}", "location": json.loads(shapely.to_geojson(geometry)), **facts})
    return gatherer.layer()


def _read(raw: bytes, kind: str) -> list[dict]:  # type: ignore[type-arg]
    return judge.decode(raw, default_options={"y_coord_down": True})[kind]["features"] if raw else []


def _tile(z: int, lon: float = CENTRE[0], lat: float = CENTRE[1]) -> Tile:
    (x, y) = to_world(np.array([[lon, lat]]))[0] >> (30 - z)
    return Tile(z, int(x), int(y))


def _on_map(tile: Tile, geometry: shapely.Geometry) -> shapely.Geometry:
    """Tile units back to degrees."""
    return shapely.transform(geometry, lambda c: to_lonlat(np.array(tile.corner) + c * (tile.size / EXTENT)))


@given(st.lists(st.tuples(st.floats(-179, 179), st.floats(-84, 84)), min_size=1, max_size=20))
def test_places_come_back_from_the_whole_numbers(places: list[tuple[float, float]]) -> None:
    given_ = np.array(places)
    np.testing.assert_allclose(to_lonlat(to_world(given_)), given_, atol=4e-7)


offset = st.floats(-0.03, 0.03)
box = st.tuples(offset, offset, st.floats(0.0004, 0.04), st.floats(0.0004, 0.04))


@settings(deadline=None)
@given(st.lists(box, min_size=1, max_size=8), st.integers(14, 16))
def test_area_inside_the_tile_is_kept_and_none_lies_beyond_the_margin(
    boxes: list[tuple[float, float, float, float]], z: int
) -> None:
    shapes = [shapely.box(CENTRE[0] + x, CENTRE[1] + y, CENTRE[0] + x + w, CENTRE[1] + y + h) for x, y, w, h in boxes]
    tile = _tile(z)
    found = {
        f["properties"]["id"]: shape(f["geometry"])
        for f in _read(cut_layer(_layer("LandUse", shapes), tile), "LandUse")
    }
    edge = MARGIN * EXTENT + 1
    window = shapely.box(-edge + 1, -edge + 1, EXTENT + edge - 1, EXTENT + edge - 1)
    for geometry in found.values():
        west, north, east, south = geometry.bounds
        assert min(west, north) >= -edge
        assert max(east, south) <= EXTENT + edge
    for i, drawn in enumerate(shapes):
        units = shapely.transform(drawn, lambda c: (to_world(c) - np.array(tile.corner)) / (tile.size / EXTENT))
        inside = units.intersection(window)
        got = found.get(f"urn:ngsi-ld:LandUse:t:{i}", shapely.Polygon())
        assert abs(got.area - inside.area) <= 1.2 * inside.length + 4
        assert got.is_valid


def test_clipped_polygons_are_wound_like_whole_ones() -> None:
    tile = _tile(14)
    west, north = to_lonlat(np.array([tile.corner]))[0]
    shapes = [
        shapely.box(west - 0.001, north - 0.002, west + 0.001, north - 0.001),
        shapely.box(west + 0.002, north - 0.002, west + 0.003, north - 0.001),
    ]
    layer = _layer("LandUse", shapes)
    rings, rows = _clipped(layer.rings, layer.boxes, tile)
    assert sorted(rows.tolist()) == [0, 1]
    for start, stop in pairwise(rings.ring):
        x, y = rings.xy[start:stop].T
        assert (x[:-1] * y[1:] - x[1:] * y[:-1]).sum() > 0


def test_lines_are_clipped_and_join_across_tiles() -> None:
    line = shapely.LineString([(CENTRE[0] - 0.05, CENTRE[1] - 0.031), (CENTRE[0] + 0.06, CENTRE[1] + 0.02)])
    layer = _layer("FloodDefence", [line])
    first = _tile(14)
    drawn = []
    for dx in range(-4, 5):
        for dy in range(-4, 5):
            tile = Tile(14, first.x + dx, first.y + dy)
            for feature in _read(cut_layer(layer, tile), "FloodDefence"):
                assert set(feature["properties"]) >= {"id", "type"}
                drawn.append(_on_map(tile, shape(feature["geometry"])))
    everything = shapely.union_all(drawn)
    assert len(drawn) >= 4
    assert line.hausdorff_distance(shapely.line_merge(everything)) < 0.002
    assert everything.distance(shapely.Point(line.coords[0])) < 1e-5
    assert shapely.buffer(everything, 1e-5).covers(line)


def test_every_point_is_in_just_the_tile_where_it_lies() -> None:
    draw = np.random.default_rng(5)
    places = np.array(CENTRE) + draw.uniform(-0.01, 0.01, (40, 2))
    layer = _layer("School", [shapely.Point(p) for p in places], name=[f"School {i}" for i in range(40)])
    tile = _tile(13)
    found = _read(cut_layer(layer, tile), "School")
    world = to_world(places) - np.array(tile.corner)
    edge = tile.size * MARGIN
    inside = ((world >= -edge) & (world <= tile.size + edge)).all(axis=1)
    assert {f["properties"]["name"] for f in found} == {f"School {i}" for i in np.flatnonzero(inside)}


def test_roads_wait_for_their_zoom_and_are_one_feature_a_class_before() -> None:
    shapes = [
        shapely.LineString([(CENTRE[0], CENTRE[1] + i * 1e-4), (CENTRE[0] + 0.01, CENTRE[1] + i * 1e-4)])
        for i in range(30)
    ]
    layer = _layer("RoadSegment", shapes, roadClass=["primary"] * 10 + ["tertiary"] * 10 + ["residential"] * 10)
    classes = {
        z: sorted(f["properties"]["class"] for f in _read(cut_layer(layer, _tile(z)), "RoadSegment"))
        for z in (8, 9, 12, 13)
    }
    assert classes == {8: [], 9: ["primary"], 12: ["primary", "tertiary"], 13: ["primary", "residential", "tertiary"]}
    near = _read(cut_layer(layer, _tile(14)), "RoadSegment")
    assert len({f["properties"]["id"] for f in near}) == len(near) > 20


def _houses(count: int, spread: float) -> list[shapely.Geometry]:
    draw = np.random.default_rng(7)
    corner = np.array(CENTRE) + draw.uniform(-spread, spread, (count, 2))
    size = 9e-5
    return [shapely.box(x, y, x + size, y + size) for x, y in corner.tolist()]


def test_far_away_houses_are_built_up_squares() -> None:
    layer = _layer("Building", _houses(3000, 0.004), height=[8.5] * 3000)
    (feature,) = _read(cut_layer(layer, _tile(12)), "Building")
    assert feature["properties"] == {"type": "Building"}
    assert shape(feature["geometry"]).area > 0
    near = _read(cut_layer(layer, _tile(15)), "Building")
    assert len(near) > 300
    assert near[0]["properties"]["height"] == 8.5


def test_from_half_way_houses_are_outlines_without_facts() -> None:
    layer = _layer("Building", _houses(2000, 0.004))
    found = _read(cut_layer(layer, _tile(13)), "Building")
    assert 1 < len(found) < 4
    tile = _tile(13)
    size = tile.size / EXTENT
    inside = [area for box in layer.boxes if (area := _overlap(box, np.array(tile.corner), tile.size)) > 0]
    drawn = sum(shapely.area(shapely.get_parts(shape(f["geometry"]))).sum() for f in found)
    assert drawn == pytest.approx(sum(inside) / size**2, rel=0.12)


def _overlap(box: np.ndarray, corner: np.ndarray, size: int) -> float:
    """World units squared of a box inside the tile and its margin."""
    edge = size * MARGIN
    low, high = np.maximum(box[:2], corner - edge), np.minimum(box[2:], corner + size + edge)
    return float(np.prod(np.maximum(high - low, 0)))


def test_a_tile_never_holds_more_than_it_can_carry() -> None:
    layer = _layer("Building", _houses(MOST + 2500, 0.003))
    assert len(_read(cut_layer(layer, _tile(14)), "Building")) <= MOST


def test_things_without_a_readable_place_are_not_on_the_map() -> None:
    gatherer = Gatherer("School")
    for place in (
        None,
        "here",
        {"type": "Point"},
        {"type": "Polygon", "coordinates": []},
        {"type": "Point", "coordinates": ["a", 1]},
    ):
        gatherer.add({"id": "x", "location": place})
    gatherer.add(
        {"id": "urn:ngsi-ld:School:t:1", "location": {"type": "Point", "coordinates": list(CENTRE)}, "name": ["A", "B"]}
    )
    layer = gatherer.layer()
    assert len(layer) == 1
    assert layer.facts(np.array([0]))["name"].to_pylist() == ["A"]


@pytest.mark.parametrize("numbers", [(-1, 0, 0), (19, 0, 0), (3, 8, 0), (3, 0, 8), (0, 0, 1)])
def test_numbers_that_name_no_tile_are_refused(numbers: tuple[int, int, int]) -> None:
    with pytest.raises(NotFound):
        Tile(*numbers)

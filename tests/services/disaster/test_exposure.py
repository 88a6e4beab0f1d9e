"""Who and what lies in the water."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from shapely.geometry import LineString, Point, box

from noren.services.disaster.exposure import Index, Thing, exposed

AREA = box(0, 0, 1, 1)
spots = st.tuples(st.floats(-1, 2), st.floats(-1, 2))


@given(st.lists(spots, max_size=40))
def test_the_index_finds_what_a_plain_loop_finds(places):
    things = [Thing("Building", str(i), "", Point(*each), 1.0) for i, each in enumerate(places)]
    found = exposed(AREA, things)
    inside = [each for each in things if AREA.intersects(each.geometry)]
    assert (found.buildings or 0) == len(inside)
    assert (found.people or 0) == len(inside)


def test_residents_are_counted_once_by_the_best_source():
    house = Thing("Building", "b", "", box(0.1, 0.1, 0.2, 0.2), 4)
    cell = Thing("PopulationCell", "c", "", box(0.5, 0, 1.5, 1), 100)
    district = Thing("District", "d", "", box(0, 0, 2, 2), 1000)
    assert exposed(AREA, [house, cell, district])[:2] == (4, "Building")
    assert exposed(AREA, [cell, district])[:2] == (pytest.approx(50), "PopulationCell")
    assert exposed(AREA, [district])[:2] == (pytest.approx(250), "District")
    assert exposed(AREA, [Thing("District", "d", "", box(0, 0, 2, 2))])[:2] == (None, "")


def test_what_the_city_does_not_know_is_unknown_and_not_zero():
    nothing = exposed(AREA, [])
    assert (nothing.people, nothing.buildings, nothing.road_metres, nothing.places) == (None, None, None, {})
    far = exposed(AREA, [Thing("Hospital", "h", "", Point(5, 5)), Thing("Building", "b", "", Point(5, 5))])
    assert far.buildings == 0 and far.places == {"Hospital": []}


def test_places_come_the_most_urgent_first():
    things = [Thing(kind, kind, kind, Point(0.5, 0.5)) for kind in ("GtfsStop", "School", "Hospital")]
    assert list(exposed(AREA, things).places) == ["Hospital", "School", "GtfsStop"]
    plain = exposed(AREA, things).plain()
    assert plain["Hospital"] == {"count": 1, "items": [{"id": "Hospital", "name": "Hospital"}]}


def test_road_is_measured_where_it_is_wet():
    east = Thing("RoadSegment", "r", "", LineString([(0.5, 0.0), (1.5, 0.0)]))
    assert exposed(AREA, [east]).road_metres == pytest.approx(55_660, rel=0.01)
    north = LineString([(134.0, 59.0), (135.0, 59.0)])
    metres = exposed(box(134, 58, 135, 60), [Thing("RoadSegment", "r", "", north)]).road_metres
    assert metres == pytest.approx(111_320 * 0.515, rel=0.01)


def test_an_empty_place_is_no_place():
    assert Index([Thing("School", "s", "", Point())]).things == []


def hexagons(spacing=0.002, people=10.0):
    """Middles of a grid of hexagons about the origin."""
    return [
        Thing("PopulationCell", f"{i}-{j}", "", Point((i + j % 2 / 2) * spacing, j * spacing * 3**0.5 / 2), people)
        for i in range(-20, 20)
        for j in range(-20, 20)
    ]


@given(st.floats(0.0005, 0.012), st.floats(0.004, 0.012))
def test_middles_of_cells_count_by_the_share_of_their_cells(wide, high):
    """People over a strip are those of its area, also where it lies between all middles."""
    area = box(-wide, -high, wide, high)
    density = 10.0 / (0.002**2 * 3**0.5 / 2)
    assert exposed(area, hexagons()).people == pytest.approx(density * area.area, rel=0.15)


def test_a_strip_between_all_middles_is_not_empty():
    assert (exposed(box(0.0003, -0.01, 0.0005, 0.01), hexagons()).people or 0) > 10


def test_a_few_points_are_no_grid():
    assert exposed(AREA, [Thing("PopulationCell", "a", "", Point(0.5, 0.5), 7)]).people == 7


def test_a_place_that_several_data_sets_tell_of_counts_once():
    stops = [Thing("GtfsStop", f"a{i}", "", Point(0.1 * i, 0.5), None, "timetable") for i in range(1, 9)]
    again = [Thing("GtfsStop", f"b{i}", "", Point(0.1 * i + 0.0001, 0.5), None, "register") for i in range(1, 8)]
    alone = [Thing("GtfsStop", "c", "", Point(0.55, 0.1), None, "register")]
    twins = [Thing("GtfsStop", f"d{i}", "", Point(0.1, 0.9), None, "timetable") for i in range(2)]
    found = exposed(AREA, [*again, *alone, *stops, *twins]).places["GtfsStop"]
    assert {each.id for each in found} == {*(f"a{i}" for i in range(1, 9)), "c", "d0", "d1"}


def test_a_handful_of_buildings_is_no_register():
    house = Thing("Building", "b", "", Point(0.5, 0.5))
    assert exposed(AREA, [house]).buildings == 1
    assert exposed(AREA, [house, Thing("PopulationCell", "c", "", AREA, 5000)]).buildings is None

"""Who and what lies in the water: a plain count of things inside an area, by a spatial index.

Things come as rows (kind, id, name, geometry in longitude and latitude, how many people); the count says where the
number of people came from, because three sources may overlap: residents of buildings are the best, a population grid
the next, districts by share of area the last. A grid that comes as middles of its cells gets its cells back, so that
a cell under water in part counts in part; a place that several data sets tell of counts once. Names to know: `Thing`,
`exposed`, `Exposure`.

>>> from shapely.geometry import Point, box
>>> exposed(box(0, 0, 1, 1), [Thing("Hospital", "urn:h", "St. Luke", Point(0.5, 0.5))]).places["Hospital"][0].name
'St. Luke'
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import shapely
from shapely import STRtree
from shapely.geometry.base import BaseGeometry

PLACES = ("Hospital", "SeniorFacility", "School", "Nursery", "Shelter", "FireStation", "GtfsStop")
"""Kinds that are named one by one, the most urgent first."""
_METRES = 111_320.0
_FEWEST, _DISC = 7, 0.53
"""Cells that make a grid; radius of a disc of a cell's area, by their spacing: 0.525 of hexagons, 0.564 of squares."""
_MOST_A_BUILDING = 100.0
_SAME = 25.0
"""Metres within which two data sets mean the same place: what one takes for the gate the other takes for the door."""


class Thing(NamedTuple):
    """Something that stands somewhere; `people` is how many live (or are counted) there, where that is known."""

    kind: str
    id: str
    name: str
    geometry: BaseGeometry
    people: float | None = None
    dataset: str = ""


class Exposure(NamedTuple):
    """What lies in an area: people (None when no source tells) and their source, buildings, places, metres of road."""

    people: float | None
    people_from: str
    buildings: int | None
    places: dict[str, list[Thing]]
    road_metres: float | None

    def plain(self) -> dict[str, Any]:
        """As JSON: per kind its count, and id and name of at most thirty."""
        told = {
            kind: {"count": len(things), "items": [{"id": each.id, "name": each.name} for each in things[:30]]}
            for kind, things in self.places.items()
        }
        if self.road_metres is not None:
            told["RoadSegment"] = {"metres": round(self.road_metres)}
        return {**told, "peopleFrom": self.people_from}


class Index:
    """Things of a city, ready to be asked again and again for another area."""

    def __init__(self, things: Iterable[Thing]) -> None:
        self.things = _once(
            _cells([each for each in things if each.geometry is not None and not each.geometry.is_empty])
        )
        self.kinds: npt.NDArray[Any] = np.array([each.kind for each in self.things], dtype=object)
        self.tree = STRtree([each.geometry for each in self.things])
        everybody = sum(each.people or 0.0 for each in self.things if each.kind == "PopulationCell")
        self.registered = int((self.kinds == "Building").sum()) > everybody / _MOST_A_BUILDING
        """Whether the buildings known are the city's, not the few that happen to stand in a file of roads."""

    def inside(self, area: BaseGeometry) -> Sequence[Thing]:
        """Things that touch `area`, in the order they came."""
        shapely.prepare(area)
        return [self.things[i] for i in np.sort(self.tree.query(area, predicate="intersects"))]

    def has(self, kind: str) -> bool:
        """Whether any such thing is known at all."""
        return bool((self.kinds == kind).any())

    def exposed(self, area: BaseGeometry) -> Exposure:
        """What lies in `area` (a polygon in longitude and latitude)."""
        inside: dict[str, list[Thing]] = {}
        for each in self.inside(area):
            inside.setdefault(each.kind, []).append(each)
        people, source = self._people(inside, area)
        return Exposure(
            people,
            source,
            len(inside.get("Building", [])) if self.registered else None,
            {kind: inside.get(kind, []) for kind in PLACES if self.has(kind)},
            _metres(inside.get("RoadSegment", []), area) if self.has("RoadSegment") else None,
        )

    def people(self, area: BaseGeometry) -> float | None:
        """How many people are counted in `area`; None when no source tells."""
        return self.exposed(area).people

    def _people(self, inside: dict[str, list[Thing]], area: BaseGeometry) -> tuple[float | None, str]:
        for kind in ("Building", "PopulationCell", "District"):
            if any(each.people is not None for each in self.things if each.kind == kind):
                return sum((each.people or 0.0) * _share(each, area) for each in inside.get(kind, [])), kind
        return None, ""


def exposed(area: BaseGeometry, things: Iterable[Thing]) -> Exposure:
    """What of `things` lies in `area`."""
    return Index(things).exposed(area)


def _middles(things: Sequence[Thing]) -> npt.NDArray[np.float64]:
    return np.array([(each.geometry.centroid.x, each.geometry.centroid.y) for each in things]).reshape(-1, 2)


def _metres_a_degree(middles: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Metres of a degree of longitude and of latitude where the places are."""
    return np.array([float(np.cos(np.radians(middles[:, 1].mean()))) * _METRES, _METRES])


def _cells(things: list[Thing]) -> list[Thing]:
    """The things, middles of population cells grown to discs of the size that the spacing of the grid tells."""
    grid = [i for i, each in enumerate(things) if each.kind == "PopulationCell" and each.geometry.geom_type == "Point"]
    middles = _middles([things[i] for i in grid])
    if len(np.unique(middles, axis=0)) < _FEWEST:
        return things
    scale = _metres_a_degree(middles)
    flat = shapely.points(middles * scale)
    _, apart = STRtree(flat).query_nearest(flat, exclusive=True, all_matches=False, return_distance=True)
    discs = shapely.transform(shapely.buffer(flat, float(np.median(apart)) * _DISC), lambda xy: xy / scale)
    for i, disc in zip(grid, discs, strict=True):
        things[i] = things[i]._replace(geometry=disc)
    return things


def _once(things: list[Thing]) -> list[Thing]:
    """The things without places that a larger data set tells of already; a data set is believed about its own."""
    gone: set[int] = set()
    for kind in PLACES:
        own = [i for i, each in enumerate(things) if each.kind == kind]
        told = Counter(things[i].dataset for i in own)
        if len(told) > 1:
            middles = _middles([things[i] for i in own])
            flat = shapely.points(middles * _metres_a_degree(middles))
            rank = {name: place for place, (name, _) in enumerate(told.most_common())}
            for one, other in STRtree(flat).query(flat, predicate="dwithin", distance=_SAME).T:
                first, second = own[one], own[other]
                if rank[things[first].dataset] > rank[things[second].dataset]:
                    gone.add(first)
    return [each for i, each in enumerate(things) if i not in gone]


def _share(thing: Thing, area: BaseGeometry) -> float:
    """Share of a thing's people in the area: all for a building or point, by area for a cell or district."""
    if thing.kind == "Building" or thing.geometry.area == 0:
        return 1.0
    return float(thing.geometry.intersection(area).area / thing.geometry.area)


def _metres(roads: Sequence[Thing], area: BaseGeometry) -> float:
    """Length of road in the area; degrees of longitude are shortened by the latitude of each piece."""
    wet = [piece for each in roads if not (piece := each.geometry.intersection(area)).is_empty]
    return float(sum(_length(piece) for piece in wet))


def _length(piece: BaseGeometry) -> float:
    shorter = float(np.cos(np.radians(piece.centroid.y)))
    return float(shapely.transform(piece, lambda xy: xy * [shorter * _METRES, _METRES]).length)

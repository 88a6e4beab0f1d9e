"""Who and what lies in the water: a plain count of things inside an area, by a spatial index.

Things come as rows (kind, id, name, geometry in longitude and latitude, how many people); the count says where the
number of people came from, because three sources may overlap: residents of buildings are the best, a population grid
the next, districts by share of area the last. Names to know: `Thing`, `exposed`, `Exposure`.

>>> from shapely.geometry import Point, box
>>> exposed(box(0, 0, 1, 1), [Thing("Hospital", "urn:h", "St. Luke", Point(0.5, 0.5))]).places["Hospital"][0].name
'St. Luke'
"""

from __future__ import annotations

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


class Thing(NamedTuple):
    """Something that stands somewhere; `people` is how many live (or are counted) there, where that is known."""

    kind: str
    id: str
    name: str
    geometry: BaseGeometry
    people: float | None = None


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
        self.things = [each for each in things if each.geometry is not None and not each.geometry.is_empty]
        self.kinds: npt.NDArray[Any] = np.array([each.kind for each in self.things], dtype=object)
        self.tree = STRtree([each.geometry for each in self.things])

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
            len(inside.get("Building", [])) if self.has("Building") else None,
            {kind: inside.get(kind, []) for kind in PLACES if self.has(kind)},
            _metres(inside.get("RoadSegment", []), area) if self.has("RoadSegment") else None,
        )

    def _people(self, inside: dict[str, list[Thing]], area: BaseGeometry) -> tuple[float | None, str]:
        for kind in ("Building", "PopulationCell", "District"):
            if any(each.people is not None for each in self.things if each.kind == kind):
                return sum((each.people or 0.0) * _share(each, area) for each in inside.get(kind, [])), kind
        return None, ""


def exposed(area: BaseGeometry, things: Iterable[Thing]) -> Exposure:
    """What of `things` lies in `area`."""
    return Index(things).exposed(area)


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

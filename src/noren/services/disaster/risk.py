"""Ground under water for a stage at a gauge, and who and what lies there: the two heavy parts, joined.

Names to know: `Risk`, `assess`, `things`.
"""

from __future__ import annotations

from math import cos, radians
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from shapely.errors import ShapelyError
from shapely.geometry import shape
from shapely.geometry.base import BaseGeometry

from noren.errors import NotAllowed
from noren.services.disaster.exposure import PLACES, Exposure, Index, Thing
from noren.services.disaster.inundation import Patch, Terrain, flood, outline

if TYPE_CHECKING:
    from noren.view import View

_PEOPLE = {"Building": "residents", "PopulationCell": "population", "District": "population"}
KINDS = (*_PEOPLE, "RoadSegment", *PLACES)
_KM2 = 111.32**2
_ALL_BUT_PITS = 0.99
"""Share of the wet cells up to which depth is believed: a single cell far below all others is noise."""


class Risk(NamedTuple):
    """The area that a stage may put under water, its depth bands, the deepest water, and what lies in it.

    `at_most` is how many people it could be where the terrain shows the ground too high.
    """

    stage: float
    area: BaseGeometry
    bands: list[Patch]
    deepest: float
    exposure: Exposure
    at_most: float | None = None

    def plain(self) -> dict[str, Any]:
        """What lies in it and the depth bands with their area, as JSON."""
        bands = [{"from": each.depth_from, "to": each.depth_to, "km2": _km2(each.area)} for each in self.bands]
        most = {"peopleAtMost": round(self.at_most)} if self.at_most is not None else {}
        return {**self.exposure.plain(), **most, "bands": bands}


def _km2(area: BaseGeometry) -> float:
    return round(float(area.area) * _KM2 * cos(radians(area.centroid.y)), 3)


def assess(
    terrain: Terrain, near: tuple[float, float], stage: float, normal: float, zero: float | None, index: Index
) -> Risk | None:
    """The risk at `stage`; None when no ground beyond the usual water would be wet."""
    depth = flood(terrain, near, stage, normal, zero)
    area, bands = outline(depth, terrain)
    if area.is_empty:
        return None
    deepest = float(np.quantile(depth[depth > 0], _ALL_BUT_PITS))
    return Risk(stage, area, bands, deepest, index.exposed(area), _at_most(terrain, near, stage, normal, zero, index))


def _at_most(
    terrain: Terrain, near: tuple[float, float], stage: float, normal: float, zero: float | None, index: Index
) -> float | None:
    """People where the ground is shown too high: by its doubt, but by no more than the water rises.

    Ground that lies lower yet is under the usual water, which the mask shows.
    """
    higher = min(terrain.doubt, stage - normal)
    if higher <= 0:
        return None
    return index.people(outline(flood(terrain, near, stage + higher, normal, zero), terrain)[0])


async def things(view: View) -> Index:
    """Everything of the city that can lie in water; types that the city lacks are simply absent."""
    found = []
    for kind in KINDS:
        try:
            found += [thing async for each in view.find(kind) if (thing := _thing(kind, each))]
        except NotAllowed:
            continue
    return Index(found)


def _thing(kind: str, entity: dict[str, Any]) -> Thing | None:
    try:
        geometry = shape(entity["location"])
    except (KeyError, TypeError, ValueError, AttributeError, ShapelyError):
        return None
    people = entity.get(_PEOPLE.get(kind, ""))
    known = float(people) if isinstance(people, int | float) else None
    name, dataset = entity.get("name") or entity["id"].rsplit(":", 1)[-1], entity.get("inDataset")
    return Thing(kind, entity["id"], str(name), geometry, known, str(dataset or ""))

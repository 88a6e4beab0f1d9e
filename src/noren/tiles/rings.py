"""Many geometries as flat arrays: features of rings of vertices. What a tile needs, without an object each.

A ring is a point, a line or a ring of a polygon; `outer` marks where a new part of the geometry begins.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import shapely

from noren.tiles.mercator import Ints

POINT, LINE, POLYGON = 1, 2, 3
Bools = npt.NDArray[np.bool_]
_KIND = {0: POINT, 4: POINT, 1: LINE, 2: LINE, 5: LINE, 3: POLYGON, 6: POLYGON}


@dataclass
class Rings:
    """`feature[i]:feature[i+1]` are the rings of feature i, `ring[j]:ring[j+1]` the vertices of ring j."""

    kind: Ints
    feature: Ints
    ring: Ints
    outer: Bools
    xy: Ints

    def __len__(self) -> int:
        return len(self.kind)

    def take(self, rows: Ints) -> Rings:
        """These features, in this order."""
        rings = ranges(self.feature[rows], self.feature[rows + 1])
        vertices = ranges(self.ring[rings], self.ring[rings + 1])
        return Rings(
            self.kind[rows],
            _offsets(self.feature[rows + 1] - self.feature[rows]),
            _offsets(self.ring[rings + 1] - self.ring[rings]),
            self.outer[rings],
            self.xy[vertices],
        )

    def boxes(self) -> Ints:
        """West, north, east, south of each feature, in the coordinates' own unit."""
        start = self.ring[self.feature[:-1]]
        return np.column_stack([np.minimum.reduceat(self.xy, start), np.maximum.reduceat(self.xy, start)])

    def shapes(self) -> npt.NDArray[np.object_]:
        """The features as shapely geometries."""
        owner = np.repeat(np.arange(len(self.ring) - 1), np.diff(self.ring))
        of_ring = np.repeat(np.arange(len(self)), np.diff(self.feature))
        out = np.empty(len(self), dtype=object)
        for kind, make in ((POINT, _points), (LINE, _lines), (POLYGON, _polygons)):
            rings = np.flatnonzero(self.kind[of_ring] == kind)
            if len(rings):
                make(self, rings, owner, of_ring, out)
        return out


def _points(of: Rings, rings: Ints, owner: Ints, of_ring: Ints, out: npt.NDArray[np.object_]) -> None:
    points = shapely.points(of.xy[of.ring[rings]].astype(float))
    features, first = np.unique(of_ring[rings], return_inverse=True)
    out[features] = shapely.multipoints(points, indices=first)


def _lines(of: Rings, rings: Ints, owner: Ints, of_ring: Ints, out: npt.NDArray[np.object_]) -> None:
    vertices = np.isin(owner, rings)
    _, index = np.unique(owner[vertices], return_inverse=True)
    lines = shapely.linestrings(of.xy[vertices].astype(float), indices=index)
    features, first = np.unique(of_ring[rings], return_inverse=True)
    out[features] = shapely.multilinestrings(lines, indices=first)


def _polygons(of: Rings, rings: Ints, owner: Ints, of_ring: Ints, out: npt.NDArray[np.object_]) -> None:
    vertices = np.isin(owner, rings)
    _, index = np.unique(owner[vertices], return_inverse=True)
    loops = shapely.linearrings(of.xy[vertices].astype(float), indices=index)
    part = np.cumsum(of.outer[rings]) - 1
    polygons = shapely.polygons(loops, indices=part)
    features, first = np.unique(of_ring[rings[of.outer[rings]]], return_inverse=True)
    out[features] = shapely.multipolygons(polygons, indices=first)


def of_shapes(shapes: npt.NDArray[np.object_]) -> tuple[Rings, Ints]:
    """Flat arrays of the geometries (floats, as they are), and the row each feature came from.

    Empty geometries and collections are left out; polygons are wound as vector tiles want them (outer rings clockwise
    where y runs north).
    """
    shapes = shapely.force_2d(shapes)
    types = shapely.get_type_id(shapes)
    known = np.isin(types, list(_KIND)) & ~shapely.is_empty(shapes)
    row_of = np.flatnonzero(known)
    kinds = np.array([_KIND.get(int(t), 0) for t in types[row_of]], dtype=np.int64)
    parts, row = shapely.get_parts(shapes[row_of], return_index=True)
    solid = shapely.get_type_id(parts) == POLYGON
    polygons = shapely.orient_polygons(parts[solid], exterior_cw=True)
    loops, loop_of = shapely.get_rings(polygons, return_index=True)
    first = np.concatenate([[True], np.diff(loop_of) > 0]) if len(loop_of) else np.zeros(0, dtype=bool)
    everything = np.concatenate([parts[~solid], loops])
    owner = np.concatenate([row[~solid], row[solid][loop_of]])
    outer = np.concatenate([np.ones(int((~solid).sum()), dtype=bool), first])
    order = np.argsort(owner, kind="stable")
    xy, vertex_of = shapely.get_coordinates(everything[order], return_index=True)
    counts = np.bincount(vertex_of, minlength=len(everything))
    per_feature = np.bincount(owner, minlength=len(kinds))
    return Rings(kinds, _offsets(per_feature), _offsets(counts), outer[order], xy), row_of


def ranges(start: Ints, stop: Ints) -> Ints:
    """All whole numbers of the half-open ranges, one range after the other."""
    size = stop - start
    total = int(size.sum())
    before = np.cumsum(size) - size
    every: Ints = np.arange(total, dtype=np.int64) + np.repeat(start - before, size)
    return every


def _offsets(counts: Ints) -> Ints:
    return np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)

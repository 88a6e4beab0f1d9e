"""One tile out of the layers: what lies in it, clipped at a margin, coarser the farther away one looks."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import shapely

from noren.tiles.encode import encode_layer
from noren.tiles.layer import Layer
from noren.tiles.mercator import EXTENT, Ints, Tile
from noren.tiles.rings import LINE, POINT, POLYGON, Rings, of_shapes, ranges

MARGIN = 64 / EXTENT
"""Beyond the tile's edge, so that outlines of clipped shapes stay out of sight."""
MOST = 9000
"""Features of one layer in a tile; beyond it the largest are kept, of points an even spread."""
SINGLE_ROADS = 14
"""From this zoom on each road section is a feature of its own; before, all of a class are one."""
SINGLE_BUILDINGS = 14
"""From this zoom on each building is a feature of its own; one zoom before, outlines in a few features without facts;
before that, squares that are built up."""
_SQUARE = 16
_GROUP = 1500
"""Outlines in one feature: a renderer's index of vertices has 16 bits."""


def cut_layer(layer: Layer, tile: Tile) -> bytes:
    """The layer's part of the tile (a vector tile by itself, and a part of one); b"" when nothing of it lies there."""
    rows = layer.within(tile, MARGIN)
    if not len(rows):
        return b""
    if layer.type == "Building" and tile.z < SINGLE_BUILDINGS - 1:
        return encode_layer(layer.type, _built_up(layer, rows, tile), {"type": pa.array([layer.type])})
    rows = _limited(layer, rows, tile)
    rings, kept = _clipped(layer.rings.take(rows), layer.boxes[rows], tile)
    if layer.type == "Building" and tile.z < SINGLE_BUILDINGS:
        return _outlines(layer, rings)
    if layer.type == "RoadSegment" and tile.z < SINGLE_ROADS:
        return _merged(layer, rings, rows[kept])
    return encode_layer(layer.type, rings, layer.facts(rows[kept]))


def _limited(layer: Layer, rows: Ints, tile: Tile) -> Ints:
    """At most `MOST` rows: the largest, or of points every so manieth along the curve."""
    if len(rows) <= MOST:
        return rows
    if (layer.rings.kind[rows] == POINT).all():
        chosen = np.linspace(0, len(rows) - 1, MOST).astype(np.int64)
    else:
        chosen = np.sort(np.argpartition(-layer.size[rows], MOST)[:MOST])
    return np.asarray(rows[chosen])


def _to_tile(xy: Ints, tile: Tile) -> Ints:
    """Tile units of world units; far out to a lattice of two or four units, which drops needless vertices."""
    shift = 18 - tile.z
    coarse = 0 if tile.z >= 14 else 1 if tile.z >= 12 else 2
    step = shift + coarse
    moved = xy - np.array(tile.corner)
    units = moved << -step if step <= 0 else ((moved + (1 << (step - 1))) >> step) << coarse
    return np.asarray(units)


def _clipped(rings: Rings, boxes: Ints, tile: Tile) -> tuple[Rings, Ints]:
    """The features in tile units; those that reach over the margin are clipped there. Also the rows left, in order."""
    edge = round(tile.size * MARGIN)
    low, high = np.array(tile.corner) - edge, np.array(tile.corner) + tile.size + edge
    inside = (boxes[:, :2] >= low).all(axis=1) & (boxes[:, 2:] <= high).all(axis=1)
    whole, over = np.flatnonzero(inside), np.flatnonzero(~inside)
    first = rings.take(whole)
    first.xy = _to_tile(first.xy, tile)
    if not len(over):
        return first, whole
    shapes = shapely.clip_by_rect(rings.take(over).shapes(), *low.tolist(), *high.tolist())
    second, rows = of_shapes(_same_kind(shapes, rings.kind[over]))
    # World units grow southwards: rings come back wound the other way, which is set right here once for all.
    second = _rewound(second)
    second.xy = _to_tile(np.rint(second.xy).astype(np.int64), tile)
    return _joined(first, second), np.concatenate([whole, over[rows]])


def _same_kind(shapes: npt.NDArray[np.object_], kinds: Ints) -> npt.NDArray[np.object_]:
    """Clipping may leave a point of a line or a mixture: those are not drawn."""
    dimension = np.array([0, POINT, LINE, POLYGON])[np.clip(shapely.get_dimensions(shapes) + 1, 0, 3)]
    mixed = shapely.get_type_id(shapes) == 7
    shapes = shapes.copy()
    shapes[(dimension != kinds) | mixed] = shapely.Point()
    return shapes


def _rewound(rings: Rings) -> Rings:
    """Each ring of a polygon turned round."""
    of_ring = np.repeat(np.arange(len(rings)), np.diff(rings.feature))
    turn = rings.kind[of_ring] == POLYGON
    start, stop = rings.ring[:-1], rings.ring[1:]
    order = ranges(start, stop)
    ring_of = np.repeat(np.arange(len(start)), stop - start)
    backwards = start[ring_of] + stop[ring_of] - 1 - order
    rings.xy = rings.xy[np.where(turn[ring_of], backwards, order)]
    return rings


def _joined(a: Rings, b: Rings) -> Rings:
    return Rings(
        np.concatenate([a.kind, b.kind]),
        np.concatenate([a.feature, b.feature[1:] + a.feature[-1]]),
        np.concatenate([a.ring, b.ring[1:] + a.ring[-1]]),
        np.concatenate([a.outer, b.outer]),
        np.concatenate([a.xy, b.xy]),
    )


def _merged(layer: Layer, rings: Rings, rows: Ints) -> bytes:
    """All sections of a class as one feature without an id: a third of the bytes."""
    classes = np.array([c or "" for c in layer.columns["class"].take(rows).to_pylist()])
    names, group = np.unique(classes, return_inverse=True)
    order = np.argsort(group, kind="stable")
    sorted_rings = rings.take(order)
    per_group = np.bincount(group, np.diff(rings.feature), len(names)).astype(np.int64)
    merged = Rings(
        np.full(len(names), LINE),
        np.concatenate([[0], np.cumsum(per_group)]),
        sorted_rings.ring,
        sorted_rings.outer,
        sorted_rings.xy,
    )
    return encode_layer(
        layer.type, merged, {"class": pa.array(names.tolist()), "type": pa.repeat(layer.type, len(names))}
    )


def _outlines(layer: Layer, rings: Rings) -> bytes:
    """Outlines by the hundred in one feature: nobody points at a house from so far away."""
    solid = rings.take(np.flatnonzero(rings.kind == POLYGON))
    ends = np.unique(np.append(np.arange(0, len(solid), _GROUP), len(solid)))
    groups = Rings(np.full(len(ends) - 1, POLYGON), solid.feature[ends], solid.ring, solid.outer, solid.xy)
    return encode_layer(layer.type, groups, {"type": pa.repeat(layer.type, len(groups))})


def _built_up(layer: Layer, rows: Ints, tile: Tile) -> Rings:
    """Runs of squares, each at least a fifth built over, as one feature."""
    boxes = layer.boxes[rows]
    middle = (boxes[:, :2] + boxes[:, 2:]) // 2 - np.array(tile.corner)
    square = tile.size * _SQUARE // EXTENT
    count = EXTENT // _SQUARE
    cell = middle // square
    inside = ((cell >= 0) & (cell < count)).all(axis=1)
    covered = ((boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1]) * 0.7)[inside]
    share = np.zeros((count, count))
    np.add.at(share, (cell[inside, 1], cell[inside, 0]), covered / square**2)
    built = np.pad(share >= 0.2, ((0, 0), (1, 1)))
    change = np.diff(built.astype(np.int8), axis=1)
    row, start = np.nonzero(change == 1)
    stop = np.nonzero(change == -1)[1]
    west, east, north = start * _SQUARE, stop * _SQUARE, row * _SQUARE
    corners = [(west, north), (east, north), (east, north + _SQUARE), (west, north + _SQUARE)]
    xy = np.stack([np.column_stack(corner) for corner in corners], axis=1).reshape(-1, 2)
    boxes_drawn = len(row)
    feature = np.array([0, boxes_drawn]) if boxes_drawn else np.array([0])
    return Rings(
        np.full(len(feature) - 1, POLYGON),
        feature,
        np.arange(boxes_drawn + 1) * 4,
        np.ones(boxes_drawn, dtype=bool),
        xy,
    )

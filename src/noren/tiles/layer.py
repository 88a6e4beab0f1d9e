"""One entity type as a map layer: geometry as flat arrays in the order of a space-filling curve, and what a tile tells.

Nothing here is an object per entity, so that the three million buildings of a metropolis stay below a gigabyte.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import msgspec
import numpy as np
import pyarrow as pa
import shapely

from noren.terms import TYPES
from noren.tiles.mercator import BITS, WORLD, Ints, Tile, to_lonlat, to_world
from noren.tiles.rings import LINE, POINT, POLYGON, Rings, of_shapes

CHUNK = 256
"""Neighbouring features that share one box of the index."""
_ROADS = {"motorway": 7, "trunk": 8, "primary": 9, "secondary": 11, "tertiary": 12, "residential": 13}
_ROADS |= {"unclassified": 13, "motorway_link": 10, "trunk_link": 10, "primary_link": 11, "secondary_link": 12}
_TOLD = {
    "Building": {"height": "height", "floors": "floorsAboveGround", "use": "use"},
    "RoadSegment": {"class": "roadClass"},
    "LandUse": {"use": "use"},
    "HazardArea": {"rank": "rank", "kind": "hazardType"},
    "GtfsRoute": {"colour": "routeColor", "short": "shortName"},
    "District": {"population": "population"},
    "PopulationCell": {"population": "population"},
    "FloodDefence": {"kind": "defenceType"},
}
"""Attributes that a tile carries besides id, name and dataset, by the name they have there."""


def told(kind: str) -> dict[str, str]:
    """Names in the tile and attributes they come from."""
    return {"name": "name", "dataset": "inDataset", **_TOLD.get(kind, {})}


@dataclass
class Layer:
    """Features of one type in world units with their columns; `first` is the zoom from which each is drawn."""

    type: str
    rings: Rings
    columns: pa.Table
    boxes: Ints
    size: Ints
    first: Ints

    def __post_init__(self) -> None:
        starts = np.arange(0, len(self.rings), CHUNK)
        low, high = self.boxes[:, :2], self.boxes[:, 2:]
        self._chunks = (
            np.column_stack([np.minimum.reduceat(low, starts), np.maximum.reduceat(high, starts)])
            if len(starts)
            else np.zeros((0, 4), dtype=np.int64)
        )

    def __len__(self) -> int:
        return len(self.rings)

    @property
    def geometry(self) -> str:
        """What most features are: point, line or polygon."""
        counts = np.bincount(self.rings.kind, minlength=4)
        return {POINT: "point", LINE: "line", POLYGON: "polygon"}[int(np.argmax(counts[1:])) + 1]

    @property
    def bounds(self) -> list[float]:
        """West, south, east, north in degrees, without the odd feature that lies far away from all others."""
        low, high = np.percentile(self.boxes[:, :2], 0.5, axis=0), np.percentile(self.boxes[:, 2:], 99.5, axis=0)
        (west, north), (east, south) = to_lonlat(np.stack([low, high]))
        return [float(west), float(south), float(east), float(north)]

    @property
    def minzoom(self) -> int:
        """Smallest zoom at which anything is drawn."""
        return int(self.first.min()) if len(self) else 0

    @property
    def main_dataset(self) -> str | None:
        """The dataset that most features came with."""
        counts = self.columns["dataset"].drop_null().value_counts() if len(self) else []
        best = max(counts, key=lambda pair: pair["counts"].as_py(), default=None)
        return None if best is None else str(best["values"].as_py())

    def within(self, tile: Tile, margin: float) -> Ints:
        """Rows whose box meets the tile and its margin (a share of its size) at the tile's zoom."""
        edge = round(tile.size * margin)
        west, north = tile.corner[0] - edge, tile.corner[1] - edge
        east, south = west + tile.size + 2 * edge, north + tile.size + 2 * edge
        near = np.flatnonzero(_meets(self._chunks, west, north, east, south))
        rows = (near[:, None] * CHUNK + np.arange(CHUNK)).ravel()
        rows = rows[rows < len(self)]
        rows = rows[_meets(self.boxes[rows], west, north, east, south)]
        drawn: Ints = rows[self.first[rows] <= tile.z]
        return drawn

    def facts(self, rows: Ints) -> dict[str, pa.Array]:
        """Columns of these rows as a tile tells them."""
        taken = self.columns.take(pa.array(rows))
        facts = {name: taken[name].combine_chunks() for name in taken.column_names}
        return {**facts, "type": pa.repeat(self.type, len(rows))}


def _meets(boxes: Ints, west: int, north: int, east: int, south: int) -> Any:
    return (boxes[:, 0] <= east) & (boxes[:, 2] >= west) & (boxes[:, 1] <= south) & (boxes[:, 3] >= north)


class Gatherer:
    """Takes entities one by one and makes a layer of them; what a tile tells is copied, the rest let go."""

    def __init__(self, kind: str) -> None:
        self._kind = kind
        self._told = told(kind)
        self._shapes: list[bytes] = []
        self._columns: dict[str, list[Any]] = {"id": [], **{name: [] for name in self._told}}

    def add(self, entity: dict[str, Any]) -> None:
        """One entity in simplified form; without a place it is not on the map."""
        place = entity.get("location")
        if not isinstance(place, dict) or "coordinates" not in place:
            return
        self._shapes.append(msgspec.json.encode(place))
        self._columns["id"].append(entity["id"])
        for name, attribute in self._told.items():
            self._columns[name].append(_plain(entity.get(attribute)))

    def layer(self) -> Layer:
        """The layer of all that was added; geometries that cannot be read are left out."""
        shapes = shapely.from_geojson(np.array(self._shapes, dtype=object), on_invalid="ignore")
        rings, rows = of_shapes(np.asarray(shapes, dtype=object).reshape(-1))
        rings.xy = to_world(rings.xy.astype(float))
        table = pa.table({name: _column(values) for name, values in self._columns.items()}).take(pa.array(rows))
        if not len(rings):
            nothing = np.zeros(0, dtype=np.int64)
            return Layer(self._kind, rings, table, np.zeros((0, 4), dtype=np.int64), nothing, nothing)
        boxes = rings.boxes()
        order = np.argsort(_curve(boxes), kind="stable")
        rings, table, boxes = rings.take(order), table.take(pa.array(order)), boxes[order]
        size = np.maximum(boxes[:, 2] - boxes[:, 0], boxes[:, 3] - boxes[:, 1])
        return Layer(self._kind, rings, table, boxes, size, _first_zoom(self._kind, rings, size, table))


def _plain(value: Any) -> Any:
    """A scalar that a tile can carry; of several the first, of languages any."""
    if isinstance(value, list):
        value = value[0] if value else None
    if isinstance(value, dict):
        value = next((v for v in value.values() if isinstance(v, str)), None)
    return value if isinstance(value, str | int | float | bool) else None


def _column(values: list[Any]) -> pa.Array:
    kinds = {type(value) for value in values if value is not None}
    if kinds <= {int, float} and kinds:
        return pa.array(values, type=pa.float64() if float in kinds else pa.int64())
    return pa.array([None if v is None else str(v) for v in values], type=pa.string())


def _curve(boxes: Ints) -> Ints:
    """Place along a Z-order curve of each box's middle."""
    place = np.zeros(len(boxes), dtype=np.int64)
    for shift, low, high in ((0, 0, 2), (1, 1, 3)):
        value = (boxes[:, low] + boxes[:, high]) // 2 >> (BITS - 24)
        for bit in range(24):
            place |= ((value >> bit) & 1) << (2 * bit + shift)
    return place


def _first_zoom(kind: str, rings: Rings, size: Ints, table: pa.Table) -> Ints:
    """Roads by class, buildings from 13 on, polygons and lines once they are a few pixels wide, points by number."""
    if kind == "RoadSegment" and "class" in table.column_names:
        return np.array([_ROADS.get(c, 14) for c in table["class"].to_pylist()], dtype=np.int64)
    if kind == "Building":
        return np.full(len(rings), 12, dtype=np.int64)
    pixels = np.clip(np.ceil(np.log2(WORLD / 512 / np.maximum(size, 1))), 0, 14)
    crowd = 0 if len(rings) <= 60 else 9 if len(rings) <= 400 else 11 if len(rings) <= 4000 else 13
    return np.where(rings.kind == POINT, crowd, pixels).astype(np.int64)


def title(kind: str) -> dict[str, str]:
    """The type's name in the languages of the term tables."""
    return TYPES[kind].meaning if kind in TYPES else {"en": kind, "ja": kind}

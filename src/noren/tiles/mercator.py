"""Web Mercator in whole numbers: the world is a square of 2^30 units, a tile of zoom z one of 2^(30-z).

A unit is 3.7 cm at the equator, so nothing that a city surveys is lost.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from noren.errors import NotFound

BITS = 30
WORLD = 1 << BITS
EXTENT = 4096
"""Units across a vector tile."""
DEEPEST = 18
_LIMIT = 85.0511287798

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Tile:
    """One tile of the usual scheme; raises `NotFound` for numbers that name none."""

    z: int
    x: int
    y: int

    def __post_init__(self) -> None:
        if not (0 <= self.z <= DEEPEST and 0 <= self.x < 1 << self.z and 0 <= self.y < 1 << self.z):
            raise NotFound("There is no such tile.", where=f"{self.z}/{self.x}/{self.y}")

    @property
    def size(self) -> int:
        """World units across."""
        return 1 << (BITS - self.z)

    @property
    def corner(self) -> tuple[int, int]:
        """World units of the north-west corner."""
        return self.x * self.size, self.y * self.size

    def lonlat(self, steps: int) -> tuple[Floats, Floats]:
        """Longitude and latitude of a lattice of `steps` + 1 points each way over the tile, first row in the north."""
        share = np.linspace(0, 1, steps + 1)
        x = (self.corner[0] + share * self.size) / WORLD
        y = (self.corner[1] + share * self.size) / WORLD
        lon, lat = x * 360 - 180, np.degrees(np.arctan(np.sinh(np.pi * (1 - 2 * y))))
        return np.broadcast_to(lon, (steps + 1, steps + 1)), np.broadcast_to(lat[:, None], (steps + 1, steps + 1))


def to_world(lonlat: Floats) -> Ints:
    """World units of longitude-latitude pairs; latitudes beyond the projection's end are clamped to it."""
    lat = np.radians(np.clip(lonlat[:, 1], -_LIMIT, _LIMIT))
    x = (lonlat[:, 0] + 180) / 360
    y = (1 - np.arcsinh(np.tan(lat)) / np.pi) / 2
    return np.clip(np.rint(np.column_stack([x, y]) * WORLD), 0, WORLD - 1).astype(np.int64)


def to_lonlat(world: Ints) -> Floats:
    """Longitude-latitude pairs of world units."""
    lon = world[:, 0] / WORLD * 360 - 180
    lat = np.degrees(np.arctan(np.sinh(np.pi * (1 - 2 * world[:, 1] / WORLD))))
    return np.column_stack([lon, lat])

"""The map: vector tiles of the city's own entities and tiles of its terrain's heights.

A `Layer` is one entity type as flat arrays (`rings`), a tile is cut from it (`cut`) and written (`encode`); the `Shelf`
keeps layers up to date and tiles at hand. Names to know: `Shelf`, `Layer`, `terrain_tile`.

>>> from noren.tiles import Tile
>>> Tile(14, 14527, 6430).size
65536
"""

from noren.tiles.layer import Layer
from noren.tiles.mercator import Tile
from noren.tiles.shelf import Shelf
from noren.tiles.terrain import terrain_tile

__all__ = ["Layer", "Shelf", "Tile", "terrain_tile"]

"""Measure map tiles of a generated town: `python -m bench.tiles [POPULATION]`. Processor time for the middle tile."""

from __future__ import annotations

import gzip
import resource
import sys
import time
from collections.abc import Iterable
from typing import Any

import msgspec
import numpy as np
import shapely

from noren.sample import Site
from noren.sample.buildings import LAND_JA, USES_JA
from noren.sample.layout import Town, make_town
from noren.sample.streets import CLASSES
from noren.tiles import Layer, Tile
from noren.tiles.cut import cut_layer
from noren.tiles.layer import Gatherer
from noren.tiles.mercator import to_world

ROUNDS = 5


def entities(town: Town, kind: str, shapes: Any, **facts: Iterable[Any]) -> Iterable[dict[str, Any]]:
    """Entities as a view shows them."""
    degrees = shapely.transform(shapes, lambda c: np.column_stack(town.site.lonlat(c[:, 0], c[:, 1])))
    columns = {name: list(values) for name, values in facts.items()}
    for i, place in enumerate(shapely.to_geojson(degrees)):
        own = {name: values[i] for name, values in columns.items()}
        yield {"id": f"urn:ngsi-ld:{kind}:kawabe:{i:07d}", "location": msgspec.json.decode(place), **own}


def layer(kind: str, things: Iterable[dict[str, Any]]) -> Layer:
    """One layer, and how long it took to make."""
    begun = time.process_time()
    gatherer = Gatherer(kind)
    for thing in things:
        gatherer.add(thing)
    made = gatherer.layer()
    print(f"{kind:14}{len(made):9,} features{time.process_time() - begun:9.2f} s")
    return made


def main(population: int) -> None:
    """Layers of the town, then the tile in its middle at each zoom."""
    town = make_town(Site(population, 1, 2))
    b, streets = town.buildings, town.streets
    kinds = [USES_JA[u] for u in b.use]
    layers = [
        layer("Building", entities(town, "Building", b.outlines, height=b.height.tolist(), use=kinds)),
        layer(
            "RoadSegment", entities(town, "RoadSegment", streets.lines, roadClass=[CLASSES[c] for c in streets.road])
        ),
        layer("LandUse", entities(town, "LandUse", streets.blocks, use=[LAND_JA[u] for u in town.use])),
    ]
    print(f"most memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6:.2f} GB")
    lon, lat = town.site.lonlat(town.growth.x[:1], town.growth.y[:1])
    middle = to_world(np.column_stack([lon, lat]))[0]
    for z in range(9, 18):
        tile = Tile(z, int(middle[0] >> (30 - z)), int(middle[1] >> (30 - z)))
        best, size = min(_timed(layers, tile) for _ in range(ROUNDS))
        print(f"zoom {z:2}  {best * 1000:7.1f} ms  {size / 1024:6.0f} kB")


def _timed(layers: list[Layer], tile: Tile) -> tuple[float, int]:
    begun = time.process_time()
    body = gzip.compress(b"".join(cut_layer(each, tile) for each in layers), 5)
    return time.process_time() - begun, len(body)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 30_000)

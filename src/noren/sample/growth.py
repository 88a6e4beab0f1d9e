"""How dense the town is where: centres that people gather round, and what the ground allows."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely

from noren.sample.land import Land
from noren.sample.site import Floats, Site

CORE = 9500.0
"""People a square kilometre of built land at the middle."""


@dataclass(frozen=True)
class Growth:
    """Centres of the town with weight and reach; the first is the old town, the second the station's quarter."""

    land: Land
    x: Floats
    y: Floats
    weight: Floats
    reach: Floats
    boundary: shapely.Polygon

    def density(self, x: Floats, y: Floats) -> Floats:
        """0 in the fields to 1 in the middle, by what the ground allows."""
        best = np.zeros(np.shape(x))
        for cx, cy, weight, reach in zip(self.x, self.y, self.weight, self.reach, strict=True):
            best = np.maximum(best, weight * np.exp(-((np.hypot(x - cx, y - cy) / reach) ** 1.15)))
        return best * self.fitness(x, y)

    def fitness(self, x: Floats, y: Floats) -> Floats:
        """1 on flat ground, 0 on slopes and high in the hills."""
        site, land = self.land.site, self.land
        step = 25.0
        rise = np.hypot(
            land.sample(x + step, y) - land.sample(x - step, y), land.sample(x, y + step) - land.sample(x, y - step)
        ) / (2 * step)
        s, _ = site.to_valley(x, y)
        above = land.sample(x, y) - (land.datum + (site.extent - s) / 2400)
        return np.clip(1.25 - rise / 0.16, 0, 1) * np.clip(1 - (above - 16) / 22, 0, 1)


def make_growth(land: Land) -> Growth:
    """Old town inside the river's bend on the left bank, the station's quarter behind it, further centres by size."""
    site = land.site
    draw = site.rng("growth")
    reach = np.sqrt(site.population / (2 * np.pi * CORE * 0.62)) * 1000
    length = site.extent
    spots = [(0.47, 0.145, 1.0, 1.0), (0.405, 0.205, 0.82, 0.55), (0.50, -0.12, 0.42, 0.75)]
    more = int(np.clip(np.log2(site.population / 30_000) * 1.6, 0, 12))
    for _ in range(more):
        spots.append(
            (draw.uniform(0.1, 0.9), draw.uniform(-0.24, 0.30), draw.uniform(0.45, 0.75), draw.uniform(0.4, 0.7))
        )
    table = np.array(spots)
    x, y = site.to_map(table[:, 0] * length, table[:, 1] * length)
    shrink = 1.0 / np.sqrt(1 + 0.25 * more)
    return Growth(land, x, y, table[:, 2], table[:, 3] * reach * shrink, _boundary(site))


def _boundary(site: Site) -> shapely.Polygon:
    """The municipality: a wavering outline inside the mapped square."""
    draw = site.rng("boundary")
    angle = np.linspace(0, 2 * np.pi, 180, endpoint=False)
    waves = sum(draw.uniform(0.006, 0.018) * np.sin(k * angle + draw.uniform(0, 6)) for k in range(2, 9))
    square = 0.485 / np.maximum(np.abs(np.cos(angle)), np.abs(np.sin(angle))) ** 0.55
    radius = np.minimum(square * (0.955 + waves), 0.60) * site.extent
    x = np.clip(site.extent / 2 + radius * np.cos(angle), 30, site.extent - 30)
    y = np.clip(site.extent / 2 + radius * np.sin(angle), 30, site.extent - 30)
    return shapely.Polygon(np.column_stack([x, y]))

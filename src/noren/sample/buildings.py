"""What stands on the blocks: land use, plots, houses and towers, their age, and who lives in them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely

from noren.sample.growth import Growth
from noren.sample.site import Floats, Ints, Site
from noren.sample.streets import HALF_WIDTH, Streets

LAND = ("residential", "commercial", "industrial", "park", "school", "hospital", "civic", "paddy", "field", "forest")
LAND_JA = ("住宅地", "商業地", "工業地", "公園", "学校", "医療", "公共施設", "田", "畑", "山林")
USES = ("house", "apartments", "shop", "office", "factory", "school", "hospital", "public", "farmhouse")
USES_JA = ("住宅", "共同住宅", "商業施設", "業務施設", "工場", "学校", "医療施設", "官公庁施設", "農家住宅")
_FLOOR_HEIGHT = np.array([3.0, 3.0, 4.0, 3.8, 6.0, 3.8, 4.0, 3.9, 3.2])


@dataclass(frozen=True)
class Buildings:
    """One row a building; `use` indexes `USES`, `block` the blocks of `Streets`."""

    outlines: shapely.Geometry
    x: Floats
    y: Floats
    use: Ints
    floors: Ints
    height: Floats
    year: Ints
    wood: Ints
    residents: Ints
    block: Ints
    district: Ints


def land_use(growth: Growth, streets: Streets) -> Ints:
    """Index into `LAND` for each block, before schools, hospitals and civic buildings take theirs."""
    site = growth.land.site
    draw = site.rng("land use")
    centre = shapely.centroid(streets.blocks)
    x, y = shapely.get_x(centre), shapely.get_y(centre)
    density, fitness = growth.density(x, y), growth.fitness(x, y)
    size = shapely.area(streets.blocks)
    s, n = site.to_valley(x, y)
    luck = draw.random(len(x))
    use = np.zeros(len(x), dtype=int)
    use[(density > 0.55) & (luck < (density - 0.45) * 1.5)] = 1
    works = (
        (density > 0.05) & (density < 0.45) & (size > 5000) & (s > 0.58 * site.extent) & (np.abs(n) < 0.2 * site.extent)
    )
    use[works & (luck < 0.22)] = 2
    use[(density > 0.06) & (luck > 0.965) & (size > 2000)] = 3
    above = growth.land.sample(x, y) - growth.land.datum - (site.extent - s) / 2400
    rural = (density < 0.035) | (size > 26_000)
    use[rural] = np.where(above[rural] < 5.2, 7, 8)
    use[(fitness < 0.45) | ((above > 22) & rural)] = 9
    return use


def make_buildings(growth: Growth, streets: Streets, use: Ints) -> Buildings:
    """Fill every built block with plots in rows and a building on each; people are shared out by living space."""
    site = growth.land.site
    lots = _lots(growth, streets, use)
    outlines, block, x, y = _standing(streets, lots)
    draw = site.rng("buildings")
    density = growth.density(x, y)
    kind = _uses(use[block], density, draw)
    floors = _floors(kind, density, shapely.area(outlines), draw)
    height = np.round(floors * _FLOOR_HEIGHT[kind] + draw.uniform(0.3, 2.4, len(x)), 1)
    year = _years(density, draw)
    wood = ((kind == 0) | (kind == 8)) & (draw.random(len(x)) < 0.86)
    residents = _residents(site, kind, floors, shapely.area(outlines), draw)
    return Buildings(
        outlines, x, y, kind, floors, height, year, wood.astype(int), residents, block, streets.block_district[block]
    )


def _lots(growth: Growth, streets: Streets, use: Ints) -> tuple[Ints, Floats, Floats, Floats, Floats, Floats, Floats]:
    """Plots in rows along each block's long side: block, centre, unit vector, width and depth of the building."""
    site = growth.land.site
    draw = site.rng("lots")
    built = np.flatnonzero((use != 3) & (use != 9))
    box = shapely.oriented_envelope(streets.blocks[built])
    corners = shapely.get_coordinates(shapely.get_exterior_ring(box)).reshape(-1, 5, 2)
    edge_a, edge_b = corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 1]
    size_a, size_b = np.hypot(*edge_a.T), np.hypot(*edge_b.T)
    long_first = size_a >= size_b
    u = np.where(long_first[:, None], edge_a, edge_b) / np.where(long_first, size_a, size_b)[:, None]
    v = np.where(long_first[:, None], edge_b, edge_a) / np.where(long_first, size_b, size_a)[:, None]
    long, short = np.maximum(size_a, size_b), np.minimum(size_a, size_b)
    plot_w, plot_d = _plot(growth, streets, use, built)
    columns = np.maximum(np.floor((long - 5) / plot_w), 1).astype(int)
    rows = np.maximum(np.floor((short - 5) / plot_d), 1).astype(int)
    index = np.repeat(np.arange(len(built)), columns * rows)
    order = np.arange(len(index)) - np.concatenate([[0], np.cumsum(columns * rows)[:-1]])[index]
    row, column = order // columns[index], order % columns[index]
    pitch_u, pitch_v = (long - 5) / columns, (short - 5) / rows
    along = 2.5 + (column + 0.5) * pitch_u[index]
    across = 2.5 + (row + 0.5) * pitch_v[index]
    centre = corners[index, 0] + u[index] * along[:, None] + v[index] * across[:, None]
    # `oriented_envelope` starts at any corner: u and v both point inwards only when taken from that corner.
    start_shift = np.where(long_first[:, None], 0, 0)
    centre = centre + start_shift[index]
    share = draw.uniform(0.62, 0.84, (2, len(index)))
    width = np.clip(pitch_u[index] * share[0], 5.5, 95)
    depth = np.clip(pitch_v[index] * share[1], 5.5, 60)
    vacant = draw.random(len(index)) > _filled(growth, centre, use[built][index])
    keep = ~vacant
    return (
        built[index][keep],
        centre[keep, 0],
        centre[keep, 1],
        u[index][keep, 0],
        u[index][keep, 1],
        width[keep],
        depth[keep],
    )


def _plot(growth: Growth, streets: Streets, use: Ints, built: Ints) -> tuple[Floats, Floats]:
    """Frontage and depth of a plot for each built block."""
    centre = shapely.centroid(streets.blocks[built])
    density = growth.density(shapely.get_x(centre), shapely.get_y(centre))
    draw = growth.land.site.rng("plots")
    flats = draw.random(len(built)) < np.clip(density - 0.12, 0, 0.45)
    wide = np.select([use[built] == 1, use[built] == 2, use[built] >= 4, flats], [17.0, 52.0, 24.0, 30.0], 13.0)
    deep = np.select([use[built] == 1, use[built] == 2, use[built] >= 4, flats], [24.0, 46.0, 22.0, 24.0], 16.5)
    large = (use[built] >= 4) & (use[built] <= 6)
    return np.where(large, 58.0, wide), np.where(large, 36.0, deep)


def _filled(growth: Growth, centre: Floats, use: Ints) -> Floats:
    """Chance that a plot is built on; farmhouses stand in loose clusters."""
    density = growth.density(centre[:, 0], centre[:, 1])
    cluster = np.sin(centre[:, 0] / 173.0) + np.sin(centre[:, 1] / 211.0 + centre[:, 0] / 400.0)
    farm = np.where(cluster > 1.35, 0.10, 0.0012)
    town = np.clip(0.42 + density * 0.75, 0, 0.93)
    return np.select([use >= 7, (use >= 4) & (use <= 6)], [farm, 0.75], town)


def _standing(
    streets: Streets, lots: tuple[Ints, Floats, Floats, Floats, Floats, Floats, Floats]
) -> tuple[shapely.Geometry, Ints, Floats, Floats]:
    """Outlines of the plots' buildings that lie wholly in their block and clear of main roads."""
    block, x, y, ux, uy, width, depth = lots
    signs = np.array([(-1, -1), (1, -1), (1, 1), (-1, 1)]) / 2
    corner_x = x[:, None] + ux[:, None] * width[:, None] * signs[:, 0] - uy[:, None] * depth[:, None] * signs[:, 1]
    corner_y = y[:, None] + uy[:, None] * width[:, None] * signs[:, 0] + ux[:, None] * depth[:, None] * signs[:, 1]
    rings = np.round(np.stack([corner_x, corner_y], axis=-1), 2)
    outlines = shapely.polygons(np.concatenate([rings, rings[:, :1]], axis=1))
    inner = shapely.buffer(streets.blocks, -HALF_WIDTH[3] - 0.6, quad_segs=1)
    shapely.prepare(inner)
    keep = shapely.contains_properly(inner[block], outlines)
    main = streets.road <= 2
    tree = shapely.STRtree(streets.lines[main])
    near = tree.query(outlines[keep], predicate="dwithin", distance=HALF_WIDTH[streets.road].max() + 1.0)
    gap = shapely.distance(outlines[keep][near[0]], streets.lines[main][near[1]])
    hit = near[0][gap < HALF_WIDTH[streets.road[main][near[1]]] + 1.0]
    free = np.flatnonzero(keep)
    free = np.delete(free, np.unique(hit))
    return outlines[free], block[free], x[free], y[free]


def _uses(land: Ints, density: Floats, draw: np.random.Generator) -> Ints:
    luck = draw.random(len(land))
    homes = np.where(luck < np.clip(density * 0.5 - 0.02, 0.02, 0.4), 1, np.where(luck > 0.985 - 0.05 * density, 2, 0))
    trade = np.select([luck < 0.5, luck < 0.75, luck < 0.95], [2, 3, 1], 0)
    return np.select(
        [land == 1, land == 2, land == 4, land == 5, land == 6, land >= 7], [trade, 4, 5, 6, 7, 8], homes
    ).astype(int)


def _floors(kind: Ints, density: Floats, footprint: Floats, draw: np.random.Generator) -> Ints:
    luck = draw.random(len(kind))
    tall = 2 + 9 * density**2.2 * luck**1.6
    table = [
        np.where(luck < 0.22, 1, np.where(luck < 0.96, 2, 3)),
        np.clip(np.round(2 + (2 + 9 * density) * luck * np.clip(footprint / 300, 0.35, 1.1)), 2, 15),
        np.clip(np.round(tall), 1, 9),
        np.clip(np.round(tall + 1 + 3 * density * luck), 2, 14),
        np.where(luck < 0.7, 1, 2),
        np.where(luck < 0.3, 2, np.where(luck < 0.8, 3, 4)),
        np.clip(np.round(2 + 5 * luck), 2, 8),
        np.clip(np.round(2 + 4 * density * luck), 2, 7),
        np.where(luck < 0.5, 1, 2),
    ]
    return np.choose(kind, table).astype(int)


def _years(density: Floats, draw: np.random.Generator) -> Ints:
    """Older towards the middle, with a boom around 1975 and renewal since."""
    boom = draw.normal(1979 + 14 * (1 - density), 11, len(density))
    renewed = draw.random(len(density)) < 0.38
    year = np.where(renewed, draw.uniform(1998, 2026, len(density)), boom)
    return np.clip(year, 1898, 2025).astype(int)


def _residents(site: Site, kind: Ints, floors: Ints, footprint: Floats, draw: np.random.Generator) -> Ints:
    """The town's people shared out by living space; the sum is the population exactly."""
    per_metre = np.array([1 / 44, 1 / 46, 1 / 400, 0, 0, 0, 0, 0, 1 / 60])[kind]
    space = footprint * floors * per_metre * draw.gamma(5.0, 0.2, len(kind))
    space[(draw.random(len(kind)) < 0.09) & (kind == 0)] = 0
    return share_out(site.population, space)


def share_out(total: int, weights: Floats) -> Ints:
    """Whole numbers in proportion to `weights` that add up to `total` (largest remainders)."""
    exact = weights * (total / weights.sum())
    whole = np.floor(exact).astype(np.int64)
    rest = int(total - whole.sum())
    order = np.argsort(-(exact - whole), kind="stable")[:rest]
    whole[order] += 1
    return np.asarray(whole)

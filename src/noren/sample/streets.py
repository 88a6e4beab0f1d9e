"""The streets of the town: the cuts of `parcel`, bent to the ground, with bridges only where main roads cross."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely

from noren.sample.growth import Growth
from noren.sample.parcel import Cuts, Piece, cut_land, segments
from noren.sample.site import Bools, Floats, Ints, Site

CLASSES = ("primary", "secondary", "tertiary", "residential", "track")
SPEED = np.array([60, 50, 40, 30, 20])
HALF_WIDTH = np.array([9.0, 7.0, 4.5, 2.8, 2.0])


@dataclass(frozen=True)
class Streets:
    """Stretches between junctions: end nodes, class (index of `CLASSES`), geometry; the blocks between them."""

    node_x: Floats
    node_y: Floats
    a: Ints
    b: Ints
    road: Ints
    street: Ints
    lines: shapely.Geometry
    bridge: Bools
    blocks: shapely.Geometry
    block_district: Ints
    districts: shapely.Geometry

    @property
    def length(self) -> Floats:
        """Metres of each stretch."""
        return np.asarray(shapely.length(self.lines))


def make_streets(growth: Growth) -> Streets:
    """Cut the valley into blocks and bend the whole plane a little, so that no street is quite straight."""
    site = growth.land.site
    cuts = _cut(growth)
    bend = Bend(site)
    a, b, level, street = segments(cuts)
    nodes = np.array(cuts.nodes)
    lines = _lines(bend, nodes[a], nodes[b], level)
    road = _classes(growth, lines, level)
    x, y = bend(nodes[:, 0], nodes[:, 1])
    keep, bridge = _kept(growth, lines, road)
    keep = _through(growth, x, y, a, b, street, keep)
    keep &= _connected(a, b, keep, len(nodes))
    blocks, owner = _polygons(bend, cuts.blocks, growth)
    districts = _districts(bend, cuts.districts, growth)
    return Streets(
        x, y, a[keep], b[keep], road[keep], street[keep], lines[keep], bridge[keep], blocks, owner, districts
    )


class Bend:
    """From the plane where land is cut (the valley frame) to the map, with a wavering that keeps junctions joined."""

    def __init__(self, site: Site) -> None:
        draw = site.rng("bend")
        self.site = site
        count = 26
        wave = np.concatenate([draw.uniform(1800, 4200, 13) * site.growth**0.4, draw.uniform(420, 900, 13)])
        direction = draw.uniform(0, 2 * np.pi, count)
        self.k = 2 * np.pi / wave * np.stack([np.cos(direction), np.sin(direction)])
        self.phase = draw.uniform(0, 2 * np.pi, (2, count))
        self.size = np.where(np.arange(count) < 13, 0.0085, 0.0032) * wave

    def __call__(self, s: Floats, n: Floats) -> tuple[Floats, Floats]:
        """Map coordinates."""
        angle = np.multiply.outer(s, self.k[0]) + np.multiply.outer(n, self.k[1])
        shift = [(np.sin(angle + self.phase[i]) * self.size).sum(-1) for i in (0, 1)]
        return self.site.to_map(s + shift[0], n + shift[1])


def _cut(growth: Growth) -> Cuts:
    site = growth.land.site
    length = site.extent
    rim = [
        (-0.3 * length, -0.8 * length),
        (1.3 * length, -0.8 * length),
        (1.3 * length, 0.8 * length),
        (-0.3 * length, 0.8 * length),
    ]
    step = 20.0
    grid = np.arange(-0.3 * length, 1.3 * length + step, step), np.arange(-0.8 * length, 0.8 * length + step, step)
    s, n = np.meshgrid(*grid)
    x, y = site.to_map(s, n)
    density = growth.density(x, y)
    fitness = growth.fitness(x, y)
    outside = np.maximum(np.maximum(-x, x - length), np.maximum(-y, y - length)) > 150
    block = _block_area(density, fitness)
    block[outside] = 4e6
    district = np.clip(0.085e6 / (density + 0.04), 0.09e6, 0.95e6) * site.growth**0.5
    district[outside] = 4e6
    unruly = np.clip(1.1 - density, 0.15, 1.0)

    def targets(at_s: float, at_n: float) -> tuple[float, float, float]:
        i, j = int((at_n + 0.8 * length) / step), int((at_s + 0.3 * length) / step)
        return float(block[i, j]), float(district[i, j]), float(unruly[i, j])

    return cut_land(rim, targets, 2.6e6 * site.growth**0.6, site.rng("cuts"))


def _block_area(density: Floats, fitness: Floats) -> Floats:
    """Square metres of a block: small in the middle, fields outside, hills hardly cut."""
    steps = np.array([0.0, 0.03, 0.07, 0.16, 0.35, 0.7, 1.0])
    sizes = np.array([90_000, 60_000, 22_000, 8_500, 5_600, 4_200, 3_600])
    area = np.exp(np.interp(density, steps, np.log(sizes)))
    return np.where(fitness < 0.25, 600_000.0, area)


def _lines(bend: Bend, start: Floats, end: Floats, level: Ints) -> shapely.Geometry:
    """Bent lines: a vertex every 40 m or so, the ends exactly at the nodes."""
    length = np.hypot(*(end - start).T)
    parts = np.clip(np.ceil(length / 45).astype(int), 1, 400)
    index = np.repeat(np.arange(len(start)), parts + 1)
    first = np.concatenate([[0], np.cumsum(parts + 1)[:-1]])
    share = (np.arange(len(index)) - first[index]) / parts[index]
    s, n = (start[index] + (end - start)[index] * share[:, None]).T
    return shapely.linestrings(np.column_stack(bend(s, n)), indices=index)


def _classes(growth: Growth, lines: shapely.Geometry, level: Ints) -> Ints:
    """Side streets far from houses are field tracks."""
    x, y = _middles(lines)
    rural = growth.density(x, y) < 0.045
    return np.where((level == 3) & rural, 4, level)


def _middles(lines: shapely.Geometry) -> tuple[Floats, Floats]:
    points = shapely.line_interpolate_point(lines, 0.5, normalized=True)
    return shapely.get_x(points), shapely.get_y(points)


def _kept(growth: Growth, lines: shapely.Geometry, road: Ints) -> tuple[Bools, Bools]:
    """Inside the municipality, not up steep hills, over water only as a bridge of a main road."""
    land = growth.land
    shapely.prepare(growth.boundary)
    inside = shapely.intersects(growth.boundary, lines)
    river, branch = land.river.reserve(), land.branch.reserve()
    for area in (river, branch, land.oxbow):
        shapely.prepare(area)
    wet_river, wet_branch = shapely.intersects(river, lines), shapely.intersects(branch, lines)
    crosses_river = shapely.intersects(lines, land.river.line)
    crosses_branch = shapely.intersects(lines, land.branch.line)
    x, y = _middles(lines)
    steep = growth.fitness(x, y) < 0.15
    dry = ~(wet_river | wet_branch)
    bridge = (crosses_river & (road <= 1)) | (crosses_branch & ~wet_river & (road <= 2))
    slanting = wet_river & (shapely.length(shapely.intersection(lines, river)) > 3.1 * land.river.corridor)
    keep = inside & ~shapely.intersects(land.oxbow, lines) & (dry | bridge | (road <= 1)) & ~slanting
    return keep & ((road <= 1) | ~steep), bridge


def _through(growth: Growth, x: Floats, y: Floats, a: Ints, b: Ints, street: Ints, keep: Bools) -> Bools:
    """Without stretches that end between the levees: a road goes all the way over or not at all."""
    reserve = growth.land.reserve
    shapely.prepare(reserve)
    wet = shapely.contains_xy(reserve, x, y)
    keep = keep.copy()
    for _ in range(12):
        ends = np.concatenate([np.column_stack([a, street])[keep], np.column_stack([b, street])[keep]])
        places, back, count = np.unique(ends, axis=0, return_inverse=True, return_counts=True)
        dead = (count == 1) & wet[places[:, 0]]
        rows = np.flatnonzero(keep)
        stuck = dead[back.ravel()].reshape(2, -1).any(axis=0)
        if not stuck.any():
            break
        keep[rows[stuck]] = False
    return keep


def _connected(a: Ints, b: Ints, keep: Bools, count: int) -> Bools:
    """True for stretches of the largest connected network."""
    label = np.arange(count)
    use_a, use_b = a[keep], b[keep]
    while True:
        low = np.minimum(label[use_a], label[use_b])
        before = label.copy()
        np.minimum.at(label, use_a, low)
        np.minimum.at(label, use_b, low)
        label = label[label]
        if np.array_equal(before, label):
            break
    sizes = np.bincount(label[use_a], minlength=count)
    return np.asarray(label[a] == int(np.argmax(sizes)))


def _ring(bend: Bend, piece: Piece) -> shapely.Polygon:
    corners = np.array([*piece.corners, piece.corners[0]])
    span = np.hypot(*np.diff(corners, axis=0).T)
    parts = np.clip(np.ceil(span / 45).astype(int), 1, 200)
    index = np.repeat(np.arange(len(span)), parts)
    share = np.concatenate([np.arange(k) / k for k in parts])
    points = corners[index] + (corners[index + 1] - corners[index]) * share[:, None]
    return shapely.polygons(np.column_stack(bend(points[:, 0], points[:, 1])))


def _polygons(bend: Bend, pieces: list[Piece], growth: Growth) -> tuple[shapely.Geometry, Ints]:
    """Blocks inside the municipality without the land between the levees, and the district of each."""
    blocks = np.array([_ring(bend, piece) for piece in pieces])
    owner = np.array([piece.district for piece in pieces])
    keep = shapely.intersects(growth.boundary, blocks)
    blocks, owner = blocks[keep], owner[keep]
    blocks = _without(blocks, growth)
    parts, index = shapely.get_parts(blocks, return_index=True)
    large = shapely.area(parts) > 900
    return parts[large], owner[index[large]]


def _without(blocks: shapely.Geometry, growth: Growth) -> shapely.Geometry:
    reserve = shapely.union_all([growth.land.reserve, growth.land.oxbow.buffer(12)])
    shapely.prepare(reserve)
    touched = shapely.intersects(reserve, blocks)
    blocks[touched] = shapely.difference(blocks[touched], reserve)
    edge = ~shapely.covers(growth.boundary, blocks)
    blocks[edge] = shapely.intersection(blocks[edge], growth.boundary)
    return blocks


def _districts(bend: Bend, pieces: list[Piece], growth: Growth) -> shapely.Geometry:
    """Districts clipped to the municipality; empty where one lies outside."""
    return shapely.intersection(np.array([_ring(bend, piece) for piece in pieces]), growth.boundary)

"""The ground: a river in its valley, levees with a low stretch, terraces and hills, on a square raster.

The valley floor falls downstream; the river meanders between levees; a branch joins from the hills. Heights are metres
above the datum (T.P.), rows run north to south. Nothing here knows streets or people.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import shapely
from rasterio.features import rasterize
from rasterio.transform import Affine

from noren.sample.site import Bools, Floats, Ints, Site

_TILE = 64
SLOPE = 1 / 2400
"""Fall of the valley floor and of the river bed."""
DEPTH = 3.0
"""From the floor of the berm down to the bed of the low-water channel."""
BERM = 0.6
"""How far the berms lie below the valley floor."""
LEVEE = 3.3
"""Height of the levee's crest above the valley floor."""
TERRACE = 4.4
"""Height of the terrace that the old town stands on above the flood plain."""
NOTCH = 1.0
"""How much lower the levee is where it was never finished."""


@dataclass(frozen=True)
class Course:
    """A river: vertices every few metres downstream, half-widths of channel and corridor, levee height."""

    x: Floats
    y: Floats
    channel: float
    corridor: float
    levee: float
    depth: float
    slope: float
    end_bed: float

    @cached_property
    def line(self) -> shapely.LineString:
        """The centreline, downstream."""
        return shapely.LineString(np.column_stack([self.x, self.y]))

    @cached_property
    def run(self) -> Floats:
        """Metres along the river at each vertex."""
        return np.concatenate([[0.0], np.cumsum(np.hypot(np.diff(self.x), np.diff(self.y)))])

    def water(self) -> shapely.Polygon:
        """The water at low flow."""
        return self.line.buffer(self.channel * 0.92, cap_style="flat").simplify(1.0)

    def reserve(self) -> shapely.Polygon:
        """The land from levee to levee, crests included."""
        return self.line.buffer(self.corridor + 9.0, cap_style="flat").simplify(2.0)


@dataclass(frozen=True)
class Land:
    """Terrain of the square with both rivers; `height[row, column]`, first row in the north."""

    site: Site
    river: Course
    branch: Course
    height: Floats
    datum: float
    oxbow: shapely.Polygon

    def sample(self, x: Floats, y: Floats) -> Floats:
        """Height of the ground at points; beyond the edge the nearest cell."""
        rows, columns = self.height.shape
        row = np.clip(((self.site.extent - y) / self.site.cell).astype(int), 0, rows - 1)
        column = np.clip((x / self.site.cell).astype(int), 0, columns - 1)
        return np.asarray(self.height[row, column], dtype=float)

    def bed(self, x: Floats, y: Floats) -> Floats:
        """Height of the river's bed abreast of points."""
        s, _ = self.site.to_valley(x, y)
        return floor(self.site, s, self.datum) - BERM - DEPTH

    @cached_property
    def reserve(self) -> shapely.Geometry:
        """Both rivers with their levees: no house stands here."""
        return shapely.union_all([self.river.reserve(), self.branch.reserve()])

    @cached_property
    def water(self) -> shapely.Geometry:
        """All permanent water inside the square."""
        square = shapely.box(0, 0, self.site.extent, self.site.extent)
        return shapely.union_all([self.river.water(), self.branch.water(), self.oxbow]).intersection(square)


def floor(site: Site, s: Floats, datum: float) -> Floats:
    """Height of the valley floor at valley coordinate `s`."""
    return datum + (site.extent - s) * SLOPE


def main_course(site: Site) -> Course:
    """The main river: a sine-generated curve, the shape that meanders take, through the whole valley."""
    draw = site.rng("river")
    step, length = 8.0, site.extent
    wave = 2300.0 * site.growth**0.55
    along = np.arange(0, 2.6 * length, step)
    swing = np.radians(46) * (1 + 0.28 * np.sin(along / wave * 1.3 + draw.uniform(0, 6)))
    heading = swing * np.sin(2 * np.pi * along / wave + draw.uniform(0, 6))
    s = -0.4 * length + np.cumsum(np.cos(heading)) * step
    n = np.cumsum(np.sin(heading)) * step
    n -= np.polyval(np.polyfit(s, n, 1), s) + 0.035 * length
    keep = s < 1.4 * length
    x, y = site.to_map(s[keep], n[keep])
    wide = site.growth**0.6
    return Course(x, y, 36.0 * wide, 125.0 * wide, LEVEE, DEPTH, SLOPE, 0.0)


def branch_course(site: Site, river: Course) -> Course:
    """The branch: from the northern hills, joining the main river at a flat angle below the town's middle."""
    draw = site.rng("branch")
    length = site.extent
    s_river, n_river = site.to_valley(river.x, river.y)
    mouth = int(np.argmin(np.abs(s_river - draw.uniform(0.66, 0.72) * length)))
    u = np.linspace(0, 1, 400)
    ease = u**1.7
    s = s_river[mouth] + length * (-0.36 * (1 - u) ** 1.15 + 0.018 * np.sin(u * 17 + draw.uniform(0, 6)) * (1 - u))
    n = n_river[mouth] + length * (0.68 * (1 - ease) + 0.016 * np.sin(u * 22 + draw.uniform(0, 6)) * (1 - u) * 2)
    x, y = site.to_map(s, n)
    wide = site.growth**0.6
    return Course(x, y, 9.0 * wide, 38.0 * wide, 1.9, 2.0, 1 / 350, 0.0)


@dataclass
class Ground:
    """The raster while it is shaped: map and valley coordinates of each cell's middle, heights."""

    site: Site
    datum: float
    x: Floats
    y: Floats
    s: Floats
    n: Floats
    height: Floats

    @property
    def spread(self) -> float:
        """Half the width of a levee's crest: at least a cell, or the raster would miss it."""
        return 4.0 if self.site.cell <= 5 else 8.0


def make_land(site: Site) -> Land:
    """Terrain, rivers and oxbow of the town."""
    river = main_course(site)
    branch = branch_course(site, river)
    oxbow = _oxbow(site, river)
    datum = 24.0
    middle = (np.arange(round(site.extent / site.cell)) + 0.5) * site.cell
    x, y = np.meshgrid(middle, middle[::-1])
    s, n = site.to_valley(x, y)
    ground = Ground(site, datum, x, y, s, n, _valley(site, s, n, datum) + _hills(site, s, n))
    _branch_valley(ground, branch)
    _carve_river(ground, river)
    _carve_branch(ground, branch, river)
    ground.height[_covered(ground, oxbow)] -= 1.5
    return Land(site, river, branch, np.round(ground.height, 2), datum, oxbow)


def _valley(site: Site, s: Floats, n: Floats, datum: float) -> Floats:
    """A low flood plain along the river, wide where the branch comes in, and a terrace above it that stays dry.

    The plain has natural levees near the river and back swamps behind; upstream the river has cut itself in.
    """
    texture = noise(site, "floor", s.shape, 900.0, 1.6)
    wander = 0.016 * noise(site, "plain", s.shape, 0.16 * site.extent, 2.0)
    along, across = s / site.extent, n / site.extent - 0.035
    left = 0.02 + 0.14 * _smooth((along - 0.44) / 0.16) * (1 - 0.5 * _smooth((along - 0.80) / 0.15))
    right = 0.055 + 0.05 * _smooth((along - 0.30) / 0.25)
    beyond = np.abs(across) - np.where(across > 0, left, right) + wander
    swamp = np.clip((np.abs(across) - 0.03) / 0.06, 0, 1)
    return floor(site, s, datum) + 0.45 - 0.75 * swamp + 0.22 * texture + TERRACE * _smooth(beyond / 0.03)


def _hills(site: Site, s: Floats, n: Floats) -> Floats:
    """Terrace steps, then ridged hills that close the valley on both sides, higher upstream."""
    length = site.extent
    edge = noise(site, "edge", s.shape, 0.35 * length, 2.2)
    distance = np.abs(n) / length - 0.27 - 0.05 * edge - 0.07 * np.clip(s / length - 0.3, -0.4, 0.7) + (n < 0) * 0.04
    terrace = _smooth(distance / 0.018) * 5.5 + _smooth((distance - 0.045) / 0.02) * 6.5
    rough = noise(site, "hills", s.shape, 0.22 * length, 2.0)
    ridge = 1 - np.abs(noise(site, "ridge", s.shape, 0.16 * length, 1.9)) / 1.4
    rise = _smooth((distance - 0.085) / 0.30)
    lift = 150.0 * site.growth**0.5
    hills: Floats = terrace + np.maximum(rise * lift * (0.55 + 0.35 * rough + 0.75 * ridge), 0)
    return hills


def _branch_valley(land: Ground, branch: Course) -> None:
    """Flatten a narrow valley for the branch through terrace and hills."""
    reach = 0.075 * land.site.extent
    for rows, columns, near, away in _windows(land, branch, reach):
        s, _ = land.site.to_valley(branch.x[near], branch.y[near])
        bottom = floor(land.site, s, land.datum) - 0.2 + _climb(branch, near)
        mix = _smooth((away - branch.corridor - 8) / (reach - branch.corridor - 8))
        part = land.height[rows, columns]
        land.height[rows, columns] = np.where(away < reach, bottom + (part - bottom) * mix, part)


def _climb(course: Course, near: Ints) -> Floats:
    """How far the branch's floor lies above the main valley's: it climbs into the hills."""
    up = course.run[-1] - course.run[near]
    return np.asarray(np.maximum(up - 0.25 * course.run[-1], 0) * course.slope)


def _carve_river(land: Ground, course: Course) -> None:
    """Channel, berms and levees of the main river, one levee with its unfinished stretch."""
    for rows, columns, near, away in _windows(land, course, course.corridor + 40):
        s, n = land.s[rows, columns], land.n[rows, columns]
        level = floor(land.site, s, land.datum)
        crest = level + course.levee - NOTCH * _unfinished(land.site, course, near, s, n)
        bed, dyke = _section(course, away, level, crest, land.spread)
        ground = land.height[rows, columns]
        land.height[rows, columns] = np.maximum(np.where(away < course.corridor, bed, ground), dyke)


def _carve_branch(land: Ground, course: Course, river: Course) -> None:
    """The branch with low levees, which stop at the main river's: there its channel breaks through."""
    mouth = _covered(land, river.line.buffer(river.corridor + 3))
    for rows, columns, near, away in _windows(land, course, course.corridor + 40):
        level = floor(land.site, land.s[rows, columns], land.datum) + _climb(course, near)
        bed, dyke = _section(course, away, level, level + course.levee, land.spread)
        ground = land.height[rows, columns]
        beside = np.maximum(np.where(away < course.corridor, bed, ground), dyke)
        through = np.where(away < course.corridor, np.minimum(bed, ground), ground)
        land.height[rows, columns] = np.where(mouth[rows, columns], through, beside)


def _section(course: Course, away: Floats, level: Floats, crest: Floats, spread: float) -> tuple[Floats, Floats]:
    """Cross-section at a distance from the centreline: channel and berms, and the levee by itself."""
    bank = np.clip((away - course.channel * 0.8) / (course.channel * 0.35), 0, 1)
    bed = level - BERM - course.depth * (1 - bank)
    fall = np.where(away < course.corridor, (course.corridor - away) / 2.0, (away - course.corridor - spread) / 2.2)
    return bed, crest - np.maximum(fall, 0)


def _unfinished(site: Site, course: Course, near: Ints, s: Floats, n: Floats) -> Floats:
    """1 on the stretch of the left levee that is lower, fading to 0 within 150 m."""
    at, across = site.to_valley(course.x[near], course.y[near])
    stretch = _smooth((0.045 * site.extent - np.abs(at - 0.585 * site.extent)) / 150 + 0.5)
    return np.asarray(stretch * (n > across))


def _windows(land: Ground, course: Course, reach: float) -> Iterator[tuple[slice, slice, Ints, Floats]]:
    """Tiles of the raster near the course: rows, columns, nearest vertex and distance of each cell."""
    tree = shapely.STRtree(shapely.points(course.x, course.y))
    half = _TILE * land.site.cell * 0.7072
    for top in range(0, land.x.shape[0], _TILE):
        for left in range(0, land.x.shape[1], _TILE):
            rows, columns = slice(top, top + _TILE), slice(left, left + _TILE)
            x, y = land.x[rows, columns], land.y[rows, columns]
            centre = shapely.Point(float(x.mean()), float(y.mean()))
            close = np.sort(tree.query(centre, predicate="dwithin", distance=reach + half + 12))
            if len(close):
                yield rows, columns, *_nearest(course, close, x, y)


def _nearest(course: Course, close: Ints, x: Floats, y: Floats) -> tuple[Ints, Floats]:
    best, index = np.full(x.shape, np.inf), np.zeros(x.shape, dtype=np.int64)
    for vertex in close[:: 1 if len(close) < 400 else 2]:
        square = (x - course.x[vertex]) ** 2 + (y - course.y[vertex]) ** 2
        nearer = square < best
        best[nearer], index[nearer] = square[nearer], vertex
    return index, np.sqrt(best)


def _oxbow(site: Site, river: Course) -> shapely.Polygon:
    """A lake in an old bend beside the river."""
    s, n = site.to_valley(river.x, river.y)
    inside = np.flatnonzero((s > 0.12 * site.extent) & (s < 0.40 * site.extent))
    top = inside[int(np.argmin(n[inside]))]
    turn = np.linspace(np.radians(200), np.radians(345), 30)
    radius = 0.034 * site.extent
    ring_x, ring_y = (
        river.x[top] + 1.25 * radius * np.cos(turn),
        river.y[top] - river.corridor - 90 + radius * np.sin(turn),
    )
    return shapely.LineString(np.column_stack([ring_x, ring_y])).buffer(16 * site.growth**0.5).simplify(1.0)


def _covered(land: Ground, shape: shapely.Geometry) -> Bools:
    """Cells whose middle lies in the shape."""
    size = land.site.cell
    mask = rasterize([shape], land.height.shape, transform=Affine(size, 0, 0, 0, -size, land.site.extent))
    return np.asarray(mask == 1)


def _smooth(value: Floats) -> Floats:
    """Smooth step from 0 to 1 over 0..1."""
    clipped = np.clip(value, 0, 1)
    return np.asarray(clipped * clipped * (3 - 2 * clipped))


def noise(site: Site, name: str, shape: tuple[int, ...], wavelength: float, steepness: float) -> Floats:
    """Random hills of about unit amplitude: power falls off above 1/`wavelength` by `steepness` in amplitude."""
    white = site.rng(f"noise {name}").standard_normal(shape)
    row, column = np.fft.fftfreq(shape[0], site.cell)[:, None], np.fft.rfftfreq(shape[1], site.cell)[None, :]
    frequency = np.hypot(row, column) * wavelength
    shaped = np.fft.irfft2(np.fft.rfft2(white) / (1 + frequency**2) ** (steepness * 0.75), shape)
    return np.asarray((shaped - shaped.mean()) / (shaped.std() + 1e-12))

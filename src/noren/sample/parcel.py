"""Cutting the land in two, again and again, until blocks are left: the cuts are the streets.

Cuts of large land become main roads, cuts of small land side streets, as towns grow. Each edge of a piece remembers
the cut that made it, so that a new cut knows which streets it meets: the network needs no geometry to be joined.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass, field
from math import hypot

import numpy as np

from noren.sample.site import Ints

Corner = tuple[float, float]


@dataclass
class Cut:
    """One straight street in the plane where land is cut: ends, class, and the joints along it (0..1, node)."""

    start: Corner
    end: Corner
    level: int
    joints: list[tuple[float, int]] = field(default_factory=list)


@dataclass
class Piece:
    """Convex land: corners anticlockwise; edge i runs from corner i and was made by cut `made[i]` (-1: the rim)."""

    corners: list[Corner]
    made: list[int]
    turn: float
    district: int = -1


@dataclass
class Cuts:
    """What the cutting leaves: streets, nodes, final pieces (blocks) and districts."""

    cuts: list[Cut]
    nodes: list[Corner]
    blocks: list[Piece]
    districts: list[Piece]


def area(corners: list[Corner]) -> float:
    """Area of the polygon."""
    total = 0.0
    x0, y0 = corners[-1]
    for x1, y1 in corners:
        total += x0 * y1 - x1 * y0
        x0, y0 = x1, y1
    return total / 2


def middle(corners: list[Corner]) -> Corner:
    """Mean of the corners."""
    return sum(c[0] for c in corners) / len(corners), sum(c[1] for c in corners) / len(corners)


Targets = Callable[[float, float], tuple[float, float, float]]
"""At a point: area of a block, area of a district, and how unruly cuts are (0..1)."""


def cut_land(corners: list[Corner], targets: Targets, main: float, draw: np.random.Generator) -> Cuts:
    """Cut until every piece is as small as its place wants; `main` is the area whose cut is a primary road."""
    out = Cuts([], [], [], [])
    stack = [Piece(corners, [-1] * len(corners), 0.0)]
    chance = _stream(draw)
    while stack:
        piece = stack.pop()
        size = area(piece.corners)
        block, district, unruly = targets(*middle(piece.corners))
        if piece.district < 0 and size < district:
            piece.district = len(out.districts)
            out.districts.append(piece)
            piece = Piece(piece.corners, piece.made, piece.turn + (chance() - 0.5) * 0.35 * unruly, piece.district)
        if size < block * (0.75 + 0.6 * chance()) or len(piece.corners) > 12:
            out.blocks.append(piece)
            continue
        halves = _halve(piece, _level(size, main, piece.district), unruly, chance, out)
        stack.extend(halves)
        if not halves:
            out.blocks.append(piece)
    for piece in out.blocks:
        if piece.district < 0:
            piece.district = len(out.districts)
            out.districts.append(piece)
    return out


def _stream(draw: np.random.Generator) -> Callable[[], float]:
    """Random numbers in 0..1, drawn in lots, since one at a time is slow."""
    lot: list[float] = []

    def chance() -> float:
        if not lot:
            lot.extend(draw.random(4096).tolist())
        return lot.pop()

    return chance


def _level(size: float, main: float, district: int) -> int:
    if size > main:
        return 0
    if size > main / 5:
        return 1
    return 2 if district < 0 else 3


def _halve(piece: Piece, level: int, unruly: float, chance: Callable[[], float], out: Cuts) -> list[Piece]:
    """Cut across the long side, near the middle; no pieces when the cut would only shave a corner off."""
    corners = piece.corners
    sides = [(hypot(b[0] - a[0], b[1] - a[1]), a, b) for a, b in zip(corners, corners[1:] + corners[:1], strict=True)]
    length, a, b = max(sides)
    along = ((b[0] - a[0]) / length, (b[1] - a[1]) / length)
    extents = [[(c[0] * d[0] + c[1] * d[1]) for c in corners] for d in (along, (-along[1], along[0]))]
    spans = [max(e) - min(e) for e in extents]
    across = (-along[1], along[0]) if spans[0] >= spans[1] * 0.95 else along
    angle = (chance() + chance() - 1) * (0.05 + 0.20 * unruly) + (piece.turn if level == 3 and chance() < 0.3 else 0.0)
    direction = (
        across[0] * np.cos(angle) - across[1] * np.sin(angle),
        across[0] * np.sin(angle) + across[1] * np.cos(angle),
    )
    x, y = middle(corners)
    share = (chance() + chance() - 1) * (0.10 + 0.12 * unruly)
    base = along if across != along else (-along[1], along[0])
    span = spans[0] if across != along else spans[1]
    return _split(piece, (x + base[0] * span * share, y + base[1] * span * share), direction, level, out)


def _split(piece: Piece, point: Corner, direction: Corner, level: int, out: Cuts) -> list[Piece]:
    normal = (-direction[1], direction[0])
    offset = point[0] * normal[0] + point[1] * normal[1]
    corners, made = piece.corners, piece.made
    sides = [c[0] * normal[0] + c[1] * normal[1] - offset for c in corners]
    count = len(corners)
    crossing = [i for i in range(count) if (sides[i] < 0) != (sides[(i + 1) % count] < 0)]
    if len(crossing) != 2:
        return []
    ends, nodes = [], []
    for i in crossing:
        a, b = corners[i], corners[(i + 1) % count]
        t = sides[i] / (sides[i] - sides[(i + 1) % count])
        ends.append((a[0] + (b[0] - a[0]) * t, a[1] + (b[1] - a[1]) * t))
    for i, end in zip(crossing, ends, strict=True):
        nodes.append(len(out.nodes))
        out.nodes.append(end)
        if made[i] >= 0:
            out.cuts[made[i]].joints.append((_where(out.cuts[made[i]], end), nodes[-1]))
    new = len(out.cuts)
    out.cuts.append(Cut(ends[0], ends[1], level, [(0.0, nodes[0]), (1.0, nodes[1])]))
    i, j = crossing
    first = Piece(
        [ends[0], *corners[i + 1 : j + 1], ends[1]], [made[i], *made[i + 1 : j + 1], new], piece.turn, piece.district
    )
    second = Piece(
        [ends[1], *corners[j + 1 :], *corners[: i + 1], ends[0]],
        [made[j], *made[j + 1 :], *made[: i + 1], new],
        piece.turn,
        piece.district,
    )
    return [first, second]


def _where(cut: Cut, point: Corner) -> float:
    dx, dy = cut.end[0] - cut.start[0], cut.end[1] - cut.start[1]
    return ((point[0] - cut.start[0]) * dx + (point[1] - cut.start[1]) * dy) / (dx * dx + dy * dy)


def segments(cuts: Cuts) -> tuple[Ints, Ints, Ints, Ints]:
    """Every stretch between two joints: node a, node b, level, cut; nodes index `cuts.nodes`."""
    rows: list[tuple[int, int, int, int]] = []
    for index, cut in enumerate(cuts.cuts):
        chain = [node for _, node in sorted(cut.joints)]
        rows.extend((a, b, cut.level, index) for a, b in itertools.pairwise(chain))
    table = np.array(rows, dtype=np.int64).reshape(-1, 4)
    return table[:, 0], table[:, 1], table[:, 2], table[:, 3]

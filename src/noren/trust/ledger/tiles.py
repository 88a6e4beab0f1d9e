"""Tiles (C2SP tlog-tiles): the tree as files of up to 256 hashes, the entries as bundles of up to 256.

`Edge` is the right side of a growing tree, all that a log needs in memory.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

import msgspec

from noren.errors import BadInput, NotFound
from noren.trust.ledger.merkle import EMPTY, HASH, complete, inner

WIDTH, HEIGHT = 256, 8
ENTRIES = -1
"""Stands for the level of entry bundles."""
LARGEST_ENTRY = 65_535
_PATH = re.compile(r"tile/(entries|[0-9]|[1-5][0-9]|6[0-3])/((?:x[0-9]{3}/)*[0-9]{3})(?:\.p/([1-9][0-9]{0,2}))?")


class Tile(msgspec.Struct, frozen=True):
    """Which tile: level (`ENTRIES` for a bundle), index within it, and width from 1 to 256."""

    level: int
    index: int
    width: int = WIDTH

    @classmethod
    def parse(cls, path: str) -> Tile:
        """The tile at `tile/L/N[.p/W]`; raises `NotFound` for a path that names none."""
        found = _PATH.fullmatch(path)
        if found:
            level, digits, width = found.groups()
            index = int(digits.replace("x", "").replace("/", ""))
            tile = cls(ENTRIES if level == "entries" else int(level), index, int(width or WIDTH))
            if tile.path == path:
                return tile
        raise NotFound("There is no such tile.", where=path[:200])

    @property
    def path(self) -> str:
        """Where it lies below a log's address or folder."""
        part = "" if self.width == WIDTH else f".p/{self.width}"
        return f"{self._stem}{part}"

    @property
    def partials(self) -> str:
        """The folder of its partial versions."""
        return f"{self._stem}.p"

    @property
    def _stem(self) -> str:
        digits = str(self.index)
        digits = digits.zfill(-(-len(digits) // 3) * 3)
        groups = [digits[at : at + 3] for at in range(0, len(digits), 3)]
        number = "/".join([*(f"x{group}" for group in groups[:-1]), groups[-1]])
        return f"tile/{'entries' if self.level == ENTRIES else self.level}/{number}"


def bundle(entries: Iterable[bytes]) -> bytes:
    """Entries one after another, each behind its length in two bytes."""
    return b"".join(len(entry).to_bytes(2, "big") + entry for entry in entries)


def unbundle(raw: bytes) -> list[bytes]:
    """The entries of a bundle; raises `BadInput` when it is cut short."""
    entries, at = [], 0
    while at < len(raw):
        end = at + 2 + int.from_bytes(raw[at : at + 2], "big")
        if at + 2 > len(raw) or end > len(raw):
            raise BadInput("The bundle of entries is cut short.", where=f"byte {at}")
        entries.append(raw[at + 2 : end])
        at = end
    return entries


def hashes(raw: bytes) -> list[bytes]:
    """The hashes of a tile; raises `BadInput` when it is cut short."""
    if len(raw) % HASH:
        raise BadInput("The tile is cut short.", where="tile")
    return [raw[at : at + HASH] for at in range(0, len(raw), HASH)]


def tiles_of(size: int) -> list[Tile]:
    """Every tile and bundle of a tree of `size` entries, the partial ones at their width then."""
    found, level, count = [], 0, size
    while count:
        widths = [WIDTH] * (count // WIDTH) + ([count % WIDTH] if count % WIDTH else [])
        levels = (ENTRIES, 0) if level == 0 else (level,)
        found += [Tile(each, index, width) for each in levels for index, width in enumerate(widths)]
        level, count = level + 1, count // WIDTH
    return found


class Edge:
    """The hashes of the unfinished tiles of a tree of `size` entries, a list a level; what came before is done."""

    def __init__(self, levels: Sequence[Sequence[bytes]] = ()) -> None:
        self.levels = [list(level) for level in levels] or [[]]
        self.size = sum(len(level) << (HEIGHT * at) for at, level in enumerate(self.levels))

    def add(self, leaf: bytes) -> list[tuple[Tile, bytes]]:
        """Add the hash of an entry; the tiles that are full by it."""
        self.levels[0].append(leaf)
        self.size += 1
        return self._full() if len(self.levels[0]) == WIDTH else []

    def _full(self) -> list[tuple[Tile, bytes]]:
        done, level = [], 0
        while len(self.levels[level]) == WIDTH:
            row = self.levels[level]
            done.append((Tile(level, (self.size >> (HEIGHT * (level + 1))) - 1), b"".join(row)))
            self.levels[level] = []
            if level + 1 == len(self.levels):
                self.levels.append([])
            self.levels[level + 1].append(complete(row))
            level += 1
        return done

    def partials(self) -> list[tuple[Tile, bytes]]:
        """The unfinished tiles as they are now."""
        return [
            (Tile(level, self.size >> (HEIGHT * (level + 1)), len(row)), b"".join(row))
            for level, row in enumerate(self.levels)
            if row
        ]

    def root(self) -> bytes:
        """Root of the whole tree."""
        peaks: list[bytes] = []
        for row in reversed(self.levels):
            at = 0
            for bit in range(HEIGHT - 1, -1, -1):
                if len(row) >> bit & 1:
                    peaks.append(complete(row[at : at + (1 << bit)]))
                    at += 1 << bit
        made = peaks.pop() if peaks else EMPTY
        while peaks:
            made = inner(peaks.pop(), made)
        return made


def place(height: int, index: int, size: int) -> tuple[Tile, int, int]:
    """In which tile of a tree of `size` entries the hashes below a node lie, from which place, and how many."""
    level, rest = divmod(height, HEIGHT)
    number = index >> (HEIGHT - rest)
    width = min(WIDTH, (size >> (HEIGHT * level)) - number * WIDTH)
    return Tile(level, number, width), (index << rest) % WIDTH, 1 << rest


def cut(tile: Tile, full: bytes) -> bytes:
    """The partial tile or bundle that begins a fuller one."""
    if tile.level == ENTRIES:
        return bundle(unbundle(full)[: tile.width])
    return full[: tile.width * HASH]

"""Tiles (C2SP tlog-tiles): the tree as files of up to 256 hashes, the entries as bundles of up to 256.

`Edge` is the right side of a growing tree, all that a log needs in memory; `Shelf` is a folder of tiles.
"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterable, Sequence
from functools import lru_cache
from pathlib import Path

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


class Shelf:
    """A folder of tiles, each written whole and synced."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._synced: set[Path] = set()
        self._whole = lru_cache(1024)(self._read_whole)

    def write(self, tile: Tile, content: bytes) -> None:
        """Keep a tile; on disk when this returns, except for its name: call `settle` after the last one."""
        self.put(self.folder / tile.path, content)

    def put(self, path: Path, content: bytes) -> None:
        """Keep a file, whole or not at all; its name is durable after `settle`."""
        fresh = path.with_name(path.name + ".new")
        try:
            handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644)
        except FileNotFoundError:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._synced.update(parent for parent in path.parents if parent.is_relative_to(self.folder))
            handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644)
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(path)
        self._synced.add(path.parent)

    def settle(self) -> None:
        """Make the names of everything written so far durable."""
        for folder in sorted(self._synced, reverse=True):
            handle = os.open(folder, os.O_RDONLY)
            try:
                os.fsync(handle)
            finally:
                os.close(handle)
        self._synced.clear()

    def drop_partials(self, tile: Tile) -> None:
        """Take away the partial versions of a tile that is full and published."""
        shutil.rmtree(self.folder / tile.partials, ignore_errors=True)

    def read(self, tile: Tile) -> bytes:
        """Content of a tile; a partial one is cut from the full one when it is gone. Raises `NotFound`."""
        try:
            return (self.folder / tile.path).read_bytes()
        except (FileNotFoundError, NotADirectoryError):
            pass
        if tile.width == WIDTH:
            raise NotFound("There is no such tile.", where=tile.path)
        return cut(tile, self._whole(tile.level, tile.index))

    def node(self, height: int, index: int, size: int) -> bytes:
        """Hash of a complete subtree of the tree of `size` entries (see `merkle`); raises `NotFound`."""
        tile, first, count = place(height, index, size)
        raw = self._whole(tile.level, tile.index) if tile.width == WIDTH else self.read(tile)
        return complete(hashes(raw)[first : first + count])

    def _read_whole(self, level: int, index: int) -> bytes:
        return self.read(Tile(level, index))


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

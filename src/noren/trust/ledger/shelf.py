"""A folder of tiles on disk: written so that they survive a power cut, read again as nodes of the tree."""

from __future__ import annotations

import os
import shutil
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from pathlib import Path

from noren.errors import NotFound
from noren.trust.ledger.merkle import complete
from noren.trust.ledger.tiles import WIDTH, Tile, cut, hashes, place

_MOST_NODES = 200_000
_POOL = ThreadPoolExecutor(16, "noren-sync")


class Shelf:
    """A folder of tiles. What is written is staged, and on disk, each file whole, when `settle` returns."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._staged: dict[Path, Path] = {}
        self._folders: set[Path] = set()
        self._whole = lru_cache(1024)(self._read_whole)
        self._nodes: dict[tuple[int, int], bytes] = {}

    def write(self, tile: Tile, content: bytes) -> None:
        """Keep a tile; on disk after `settle`."""
        self.put(self.folder / tile.path, content)

    def put(self, path: Path, content: bytes) -> None:
        """Keep a file; on disk after `settle`."""
        fresh = path.with_name(path.name + ".new")
        try:
            fresh.write_bytes(content)
        except FileNotFoundError:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._folders.update(parent for parent in path.parents if parent.is_relative_to(self.folder))
            fresh.write_bytes(content)
        self._staged[path] = fresh
        self._folders.add(path.parent)

    def settle(self) -> None:
        """Make everything written so far durable. Files are synced side by side, since the disk does that in one go."""
        try:
            list(_POOL.map(_sync, self._staged.values()))
            for path, fresh in self._staged.items():
                fresh.replace(path)
            list(_POOL.map(_sync, self._folders))
        finally:  # after a failure all of it is written anew: a disk may call what it lost clean
            self._staged.clear()
            self._folders.clear()

    def show(self, path: Path, content: bytes) -> None:
        """Replace a file at once and whole, for readers; a power cut may take it."""
        fresh = path.with_name(path.name + ".new")
        fresh.write_bytes(content)
        fresh.replace(path)

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
        if (found := self._nodes.get((height, index))) is None:
            tile, first, count = place(height, index, size)
            raw = self._whole(tile.level, tile.index) if tile.width == WIDTH else self.read(tile)
            found = complete(hashes(raw)[first : first + count])
            if len(self._nodes) >= _MOST_NODES:
                self._nodes.clear()
            self._nodes[height, index] = found  # a complete subtree never changes, however the tree grows
        return found

    def forget(self) -> None:
        """Read everything anew from now on."""
        self._nodes.clear()
        self._whole.cache_clear()

    def _read_whole(self, level: int, index: int) -> bytes:
        return self.read(Tile(level, index))


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)

"""The layers of a city, kept up to date, and tiles cut from them once.

Layers hold geometry and a few facts, never readings: a tile stays good until something is built, moved or removed, and
values reach the page as events. Every layer is made from what the public may see, whoever asks for the tile.
"""

from __future__ import annotations

import asyncio
import gzip
import logging
import time
from collections import Counter, OrderedDict
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zlib import crc32

from noren.errors import NorenError, NotFound
from noren.tiles import keep
from noren.tiles.cut import cut_layer
from noren.tiles.layer import Gatherer, Layer, title, told
from noren.tiles.mercator import DEEPEST, Tile

if TYPE_CHECKING:
    from noren.view import Seen, View

MOVING = frozenset({"Vehicle", "Alert", "FloodRiskArea", "FloodForecast", "Dataset", "Feed", "Device", "Person"})
"""Types that a page asks for by themselves: they move with every reading, or have no place of their own."""
ROOM = 192 * 2**20
"""Bytes of tiles that are remembered."""
_PAUSE_S = 1.0
_REST = 12.0
"""A layer that took t seconds to make is not made again before `_REST` times t have passed."""
_log = logging.getLogger(__name__)


class Shelf:
    """Layers and tiles of what `view` shows; `folder` keeps layers between starts, None keeps nothing."""

    def __init__(self, view: View, folder: Path | None = None) -> None:
        self._view, self._folder = view, folder
        self._layers: dict[str, Layer] = {}
        self._versions: Counter[str] = Counter()
        self._stale: set[str] = set()
        self._made: dict[str, tuple[float, float]] = {}
        self._after, self._rules = -1, ""
        self._ready = asyncio.Lock()
        self._task: asyncio.Task[None] | None = None
        self._cutter = ThreadPoolExecutor(1, thread_name_prefix="tiles")
        self._parts: OrderedDict[tuple[Tile, str, int], bytes] = OrderedDict()
        self._tiles: OrderedDict[Tile, tuple[tuple[int, ...], bytes, str]] = OrderedDict()
        self._held = 0

    async def tile(self, z: int, x: int, y: int) -> tuple[bytes, str]:
        """The gzipped tile and its entity tag; raises `NotFound` for numbers that name no tile."""
        tile = Tile(z, x, y)
        await self._open()
        state = tuple(self._versions[name] for name in self._layers)
        found = self._tiles.get(tile)
        if found is not None and found[0] == state:
            self._tiles.move_to_end(tile)
            return found[1], found[2]
        layers = dict(self._layers)
        body = await asyncio.get_running_loop().run_in_executor(self._cutter, self._cut, tile, layers, state)
        tag = f'"{crc32(body):08x}-{len(body):x}"'
        self._remember(self._tiles, tile, (state, body, tag), len(body))
        return body, tag

    async def listing(self) -> list[dict[str, Any]]:
        """What layers there are, for a map's legend and style; the largest areas first."""
        await self._open()
        return [await self._described(layer) for layer in self._layers.values() if len(layer)]

    async def close(self) -> None:
        """Stop watching the city."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
            self._task = None
        self._cutter.shutdown()

    def _cut(self, tile: Tile, layers: dict[str, Layer], state: tuple[int, ...]) -> bytes:
        parts = []
        for (name, layer), version in zip(layers.items(), state, strict=True):
            key = (tile, name, version)
            part = self._parts.get(key)
            if part is None:
                part = cut_layer(layer, tile)
                self._remember(self._parts, key, part, len(part))
            parts.append(part)
        return gzip.compress(b"".join(parts), 5, mtime=0)

    def _remember(self, where: OrderedDict[Any, Any], key: Any, value: Any, size: int) -> None:
        """Keep within `ROOM`: when it is full, half of what was used longest ago goes."""
        where[key] = value
        self._held += size + 200
        if self._held > ROOM:
            for kept in (self._parts, self._tiles):
                for _ in range(len(kept) // 2):
                    kept.popitem(last=False)
            self._held //= 2

    async def _open(self) -> None:
        """Make or read the layers before the first answer, then keep watching; make them anew when the rules have
        changed by which something is shown or hidden."""
        if self._is_watching():
            return
        async with self._ready:
            if self._is_watching():
                return
            if self._after < 0 or self._rules != self._view.rules:
                await self._begin()
            if self._task is None or self._task.done():
                self._task = asyncio.create_task(self._watch())

    def _is_watching(self) -> bool:
        return self._task is not None and not self._task.done() and self._rules == self._view.rules

    async def _begin(self) -> None:
        rules = self._view.rules
        kept = keep.read(self._folder) if self._folder else None
        if kept is not None:
            try:
                await self._view.changes(kept.after, 1)
            except NotFound:
                kept = None
        if kept is None or kept.after > self._view.newest() or kept.rules != rules:
            self._after, self._rules = self._view.newest(), rules
            self._layers = {}
            self._stale.clear()
            await self._make(await self._kinds())
        else:
            self._layers, self._after, self._rules = kept.layers, kept.after, rules
            self._versions.update(kept.layers.keys())

    async def _kinds(self) -> list[str]:
        return [name for name in await self._view.type_names() if name not in MOVING]

    async def _make(self, kinds: list[str]) -> None:
        for kind in kinds:
            begun = time.monotonic()
            gatherer = Gatherer(kind)
            try:
                async for entity in self._view.find(kind):
                    gatherer.add(entity)
            except NorenError as error:
                _log.warning("The layer %s could not be made: %s", kind, error)
                continue
            layer = await asyncio.to_thread(gatherer.layer)
            self._layers[kind] = layer
            self._versions[kind] += 1
            self._made[kind] = (time.monotonic(), time.monotonic() - begun)
            if self._folder:
                await asyncio.to_thread(keep.write, self._folder, layer)
        if self._folder:
            keep.mark(self._folder, self._after, self._rules, self._layers)

    async def _watch(self) -> None:
        """Follow the log of changes; a layer is made again when what it draws has changed."""
        while True:
            try:
                await self._catch_up()
                await self._refresh()
            except NorenError as error:
                _log.warning("Tiles are not kept up to date: %s", error)
            if not self._stale:
                await self._view.wait(self._after)
            await asyncio.sleep(_PAUSE_S)

    async def _catch_up(self) -> None:
        newest = self._view.newest()
        try:
            while seen := await self._view.changes(self._after):
                self._stale.update(kind for change in seen for kind in _drawn(change))
                self._after = seen[-1].seq
                await asyncio.sleep(0)
        except NotFound:
            self._stale.update(await self._kinds())
        self._after = max(self._after, newest)

    async def _refresh(self) -> None:
        moment = time.monotonic()
        due = [kind for kind in sorted(self._stale) if moment - self._made.get(kind, (-1e9, 0))[0] > self._rest(kind)]
        if due:
            self._stale.difference_update(due)
            await self._make(due)

    def _rest(self, kind: str) -> float:
        return self._made.get(kind, (0.0, 0.0))[1] * _REST

    async def _described(self, layer: Layer) -> dict[str, Any]:
        dataset = layer.main_dataset
        found = await self._view.get("Dataset", dataset) if dataset else None
        return {
            "type": layer.type,
            "dataset": dataset,
            "geometry": layer.geometry,
            "layer": (found or {}).get("layer") or {},
            "title": title(layer.type),
            "bounds": layer.bounds,
            "count": len(layer),
            "minzoom": layer.minzoom,
            "maxzoom": DEEPEST,
        }


def _drawn(change: Seen) -> list[str]:
    """Types whose layer a change touches: not that of a mere reading."""
    kinds = change.entity.get("type", [])
    names = [kinds] if isinstance(kinds, str) else list(kinds)
    if change.kind == "updated":
        names = [name for name in names if {"location", *told(name).values()} & set(change.touched)]
    return [name for name in names if name not in MOVING]

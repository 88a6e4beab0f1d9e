"""Layers on disk between two starts: a NumPy archive for the geometry and a Parquet file for the facts of each."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from noren.tiles.layer import Layer
from noren.tiles.rings import Rings

VERSION = 2
"""Layers written by another version of this module are made anew."""
_MARK = "layers.json"
_log = logging.getLogger(__name__)


class Mark(msgspec.Struct):
    """Up to which change the layers are true, by which rules they were shown, and which there are."""

    version: int
    after: int
    rules: str
    types: list[str]


@dataclass
class Kept:
    """Layers as they were, the change up to which they are true, and the rules by which they were shown."""

    after: int
    rules: str
    layers: dict[str, Layer]


def write(folder: Path, layer: Layer) -> None:
    """Keep one layer; whoever reads meanwhile finds the old one or the new."""
    folder.mkdir(parents=True, exist_ok=True)
    rings = layer.rings
    arrays: dict[str, Any] = {
        "kind": rings.kind,
        "feature": rings.feature,
        "ring": rings.ring,
        "outer": rings.outer,
        "xy": rings.xy,
    }
    arrays |= {"boxes": layer.boxes, "size": layer.size, "first": layer.first}
    part = folder / f"{layer.type}.part"
    with part.open("wb") as out:
        np.savez(out, allow_pickle=False, **arrays)
    part.replace(folder / f"{layer.type}.npz")
    pq.write_table(layer.columns, part)
    part.replace(folder / f"{layer.type}.parquet")


def mark(folder: Path, after: int, rules: str, layers: dict[str, Layer]) -> None:
    """Say that all layers are true up to the change `after`, and by which rules they were shown."""
    folder.mkdir(parents=True, exist_ok=True)
    part = folder / (_MARK + ".part")
    part.write_bytes(msgspec.json.encode(Mark(VERSION, after, rules, sorted(layers))))
    part.replace(folder / _MARK)


def read(folder: Path) -> Kept | None:
    """The layers kept in `folder`; None when there are none, or none that can be read: they are made anew then."""
    try:
        found = msgspec.json.decode((folder / _MARK).read_bytes(), type=Mark)
        if found.version != VERSION:
            return None
        return Kept(found.after, found.rules, {name: _layer(folder, name) for name in found.types})
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, pa.ArrowException, msgspec.MsgspecError) as error:
        _log.info("Kept map layers are made anew: %s", error)
        return None


def _layer(folder: Path, name: str) -> Layer:
    with np.load(folder / f"{name}.npz") as held:
        rings = Rings(held["kind"], held["feature"], held["ring"], held["outer"], held["xy"])
        facts = pq.read_table(folder / f"{name}.parquet")
        return Layer(name, rings, facts, held["boxes"], held["size"], held["first"])

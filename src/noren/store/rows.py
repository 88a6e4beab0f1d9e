"""What a document puts into the index tables."""

from __future__ import annotations

from typing import Any

import msgspec

from noren.store.geometry import Box, box
from noren.store.interface import Indexing
from noren.store.query import Path, values

PREFIX = 256
"""Characters of a text that the index keeps; a longer one is decided on the document."""
BIGGEST = 2**63

Scalar = float | int | str
_SCALARS = (float, int, str)


class Declared(msgspec.Struct):
    """The indexing of an engine with attributes numbered: `scalars` and `areas` by attribute name."""

    scalars: dict[str, tuple[int, Path]]
    areas: dict[str, tuple[int, Path]]
    names: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        self.names = frozenset(self.scalars.keys() | self.areas.keys())


def fingerprint(indexing: Indexing) -> bytes:
    """Says whether index rows made earlier still fit the declaration."""
    return msgspec.json.encode(
        [sorted(indexing.scalars.items()), sorted(indexing.geometries.items()), PREFIX], order="sorted"
    )


def scalars(attribute: Any, path: Path) -> tuple[Scalar, ...]:
    """The numbers and texts at `path` below an attribute, each once, as the index keeps them."""
    if type(attribute) is dict and len(path) == 1:  # nearly always
        value: Any = attribute.get(path[0])
        kind = type(value)
        if (kind is float and value == value) or (kind is str and len(value) <= PREFIX):
            return (value,)
    if attribute is None:
        return ()
    found = (value for value in values(attribute, path) if isinstance(value, _SCALARS) and not isinstance(value, bool))
    return tuple({indexed(value) for value in found if value == value})


def indexed(value: Scalar) -> Scalar:
    """The form in which a number or text stands in the index: order is kept, equality may become coarser."""
    if isinstance(value, str):
        return value[:PREFIX]
    if isinstance(value, int) and not -BIGGEST <= value < BIGGEST:
        return float(value)
    return value


def exact(value: Any) -> bool:
    """Whether the index answers comparisons with this value without looking at the document."""
    if isinstance(value, bool):
        return False
    if isinstance(value, str):
        return len(value) < PREFIX
    return isinstance(value, int | float) and -BIGGEST < value < BIGGEST


def area(attribute: Any, path: Path) -> Box | None:
    """The box around every geometry at `path` below an attribute; None when there is none."""
    if type(attribute) is dict and len(path) == 1 and type(value := attribute.get(path[0])) is dict:  # nearly always
        return box(value)
    boxes = [found for geometry in values(attribute, path) if (found := box(geometry)) is not None]
    if len(boxes) < 2:
        return boxes[0] if boxes else None
    west, south, east, north = zip(*boxes, strict=True)
    return (min(west), min(south), max(east), max(north))

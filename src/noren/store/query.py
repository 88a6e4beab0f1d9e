"""The neutral predicate tree that query languages compile to and engines compile from.

A `Path` walks a stored document; at a list it branches, and a test holds when it holds for any branch. `matches`
is the meaning of the tree: an engine may use indexes to look at fewer rows, never to answer differently.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any, Literal

import msgspec

Doc = dict[str, Any]
Path = tuple[str, ...]
Operator = Literal["==", "!=", "<", "<=", ">", ">=", "~=", "!~="]


class Compare(msgspec.Struct, frozen=True, tag=True):
    """`path operator value`; `value` is a scalar. Never true across types (a number is not a text)."""

    path: Path
    operator: Operator
    value: Any


class Between(msgspec.Struct, frozen=True, tag=True):
    """Both ends included."""

    path: Path
    low: Any
    high: Any


class OneOf(msgspec.Struct, frozen=True, tag=True):
    """Equals any of the values."""

    path: Path
    values: tuple[Any, ...]


class Exists(msgspec.Struct, frozen=True, tag=True):
    """The path leads somewhere."""

    path: Path


class Near(msgspec.Struct, frozen=True, tag=True):
    """Geometry at `path` lies within `maximum` and beyond `minimum` metres of GeoJSON `geometry`."""

    path: Path
    geometry: Doc
    maximum: float | None = None
    minimum: float | None = None


class Relate(msgspec.Struct, frozen=True, tag=True):
    """Geometry at `path` stands in the OGC simple-features relation to GeoJSON `geometry`."""

    path: Path
    relation: Literal["within", "contains", "intersects", "disjoint", "overlaps", "equals"]
    geometry: Doc


class And(msgspec.Struct, frozen=True, tag=True):
    """All hold; true when empty."""

    parts: tuple[Node, ...]


class Or(msgspec.Struct, frozen=True, tag=True):
    """One holds; false when empty."""

    parts: tuple[Node, ...]


class Not(msgspec.Struct, frozen=True, tag=True):
    """It does not hold."""

    part: Node


Node = Compare | Between | OneOf | Exists | Near | Relate | And | Or | Not


class Order(msgspec.Struct, frozen=True):
    """Sort by the first value at `path`; rows without one come last."""

    path: Path
    descending: bool = False


class Query(msgspec.Struct, frozen=True, kw_only=True):
    """Which entities, in which order, how many. Ids and types narrow; `where` decides.

    `types` is a disjunction of conjunctions: (("A",), ("B", "C")) is A, or B and C. `max_class` and `subject` are
    the curtain's: rows above the class are left out unless the row's subject is `subject`. `order` empty: oldest first.
    """

    types: tuple[tuple[str, ...], ...] = ()
    ids: tuple[str, ...] = ()
    id_pattern: str | None = None
    where: Node | None = None
    max_class: int = 2
    subject: bytes | None = None
    order: tuple[Order, ...] = ()
    limit: int = 20
    offset: int = 0
    count: bool = False


def paths(node: Node) -> Iterator[Path]:
    """Every path that the tree looks at."""
    match node:
        case And(parts) | Or(parts):
            for part in parts:
                yield from paths(part)
        case Not(part):
            yield from paths(part)
        case _:
            yield node.path


def values(doc: Any, path: Path) -> Iterator[Any]:
    """Every value the path leads to, lists opened on the way and at the end."""
    if isinstance(doc, list):
        for item in doc:
            yield from values(item, path)
    elif not path:
        yield doc
    elif isinstance(doc, dict) and path[0] in doc:
        yield from values(doc[path[0]], path[1:])


@lru_cache(4096)
def pattern(text: str) -> re.Pattern[str]:
    """The compiled regular expression."""
    return re.compile(text)


def _comparable(left: Any, right: Any) -> bool:
    if isinstance(left, bool) or isinstance(right, bool):
        return isinstance(left, bool) and isinstance(right, bool)
    if isinstance(left, int | float):
        return isinstance(right, int | float)
    return isinstance(left, str) and isinstance(right, str)


def _compare(found: Any, operator: Operator, value: Any) -> bool:
    if operator in ("~=", "!~="):
        hit = isinstance(found, str) and pattern(value).search(found) is not None
        return hit if operator == "~=" else not hit
    if not _comparable(found, value):
        return operator == "!="
    match operator:
        case "==":
            return bool(found == value)
        case "!=":
            return bool(found != value)
        case "<":
            return bool(found < value)
        case "<=":
            return bool(found <= value)
        case ">":
            return bool(found > value)
        case _:
            return bool(found >= value)

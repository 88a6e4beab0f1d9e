"""The neutral predicate tree that query languages compile to and engines compile from.

A `Path` walks a stored document; at a list it branches, and a test holds when it holds for any branch. `matches`
is the meaning of the tree: an engine may use indexes to look at fewer rows, never to answer differently.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import lru_cache
from operator import eq, ge, gt, le, lt, ne
from typing import Any, Literal

import msgspec

from noren.errors import BadInput
from noren.store import geometry

Doc = dict[str, Any]
Path = tuple[str, ...]
ANY = "*"
"""In a path: any member, whatever its name."""
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
    """Geometry at `path` lies within `maximum` and beyond `minimum` metres of GeoJSON `geometry`, both included."""

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
    """Sort by the first value at `path`, or by how far the geometry there lies from GeoJSON `around`; rows without one
    come last."""

    path: Path
    descending: bool = False
    around: Doc | None = None


class Query(msgspec.Struct, frozen=True, kw_only=True):
    """Which entities, in which order, how many. Ids and types narrow; `where` decides.

    `types` is a disjunction of conjunctions: (("A",), ("B", "C")) is A, or B and C. `max_class` and `subject` are
    the curtain's: rows above the class are left out unless the row's subject is `subject`. `order` empty: oldest first.
    `after` goes on behind `Found.last` at the cost of a first page, however far that is; without order, offset, count.
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
    after: int = 0
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
    elif isinstance(doc, dict) and path[0] == ANY:
        yield from values(list(doc.values()), path[1:])
    elif isinstance(doc, dict) and path[0] in doc:
        yield from values(doc[path[0]], path[1:])


def predicate(node: Node) -> Callable[[Doc], bool]:
    """The tree as one function, for many documents; raises `BadInput` for a bad regular expression or geometry."""
    match node:
        case And(parts):
            tests = [predicate(part) for part in parts]
            return lambda doc: all(test(doc) for test in tests)
        case Or(parts):
            tests = [predicate(part) for part in parts]
            return lambda doc: any(test(doc) for test in tests)
        case Not(part):
            inner = predicate(part)
            return lambda doc: not inner(doc)
        case _:
            path, test = node.path, _test(node)
            return lambda doc: holds_somewhere(doc, path, test)


def matches(node: Node, doc: Doc) -> bool:
    """Whether the document satisfies the tree. For many documents, build `predicate(node)` once.

    >>> doc = {"attrs": {"level": [{"value": 3.5}, {"value": 4.2}]}}
    >>> matches(Compare(("attrs", "level", "value"), ">", 4), doc)
    True
    """
    return predicate(node)(doc)


def holds_somewhere(doc: Any, path: Path, test: Callable[[Any], bool]) -> bool:
    """Whether `test` holds for any of `values(doc, path)`."""
    for depth, key in enumerate(path):
        if isinstance(doc, list):
            rest = path[depth:]
            return any(holds_somewhere(item, rest, test) for item in doc)
        if not isinstance(doc, dict) or (key not in doc and key != ANY):
            return False
        doc = list(doc.values()) if key == ANY else doc[key]
    if isinstance(doc, list):
        return any(holds_somewhere(item, (), test) for item in doc)
    return test(doc)


def order_key(order: Order) -> Callable[[Doc], float | int | str | None]:
    """What documents are sorted by, as a function; raises `BadInput` for a geometry that cannot be read."""
    path = order.path
    if order.around is None:
        return lambda doc: _plain_key(doc, path)
    measure = geometry.distance(order.around)
    return lambda doc: measure(next(values(doc, path), None))


def _plain_key(doc: Doc, path: Path) -> float | int | str | None:
    """The first number or text at `path`. Numbers (and truth values) precede texts."""
    first = next(values(doc, path), None)
    if isinstance(first, bool):
        return int(first)
    return first if isinstance(first, int | float | str) else None


def pattern(text: str) -> re.Pattern[str]:
    """The compiled regular expression; raises `BadInput` when there is none."""
    try:
        return _compiled(text)
    except (re.error, OverflowError, RecursionError) as error:
        raise BadInput(f"The regular expression does not compile: {error}.", where=text[:200]) from error


@lru_cache(4096)
def _compiled(text: str) -> re.Pattern[str]:
    return re.compile(text)


def _test(node: Compare | Between | OneOf | Exists | Near | Relate) -> Callable[[Any], bool]:
    match node:
        case Compare(_, operator, value):
            return _comparison(operator, value)
        case Between(_, low, high):
            above, below = _comparison(">=", low), _comparison("<=", high)
            return lambda found: above(found) and below(found)
        case OneOf(_, choices):
            tests = [_comparison("==", choice) for choice in choices]
            return lambda found: any(test(found) for test in tests)
        case Near(_, shape, maximum, minimum):
            return geometry.near(shape, maximum, minimum)
        case Relate(_, relation, shape):
            return geometry.relate(shape, relation)
        case _:
            return lambda found: True


def _comparison(operator: Operator, value: Any) -> Callable[[Any], bool]:
    if operator in ("~=", "!~="):
        search, wanted = pattern(value).search, operator == "~="
        return lambda found: (isinstance(found, str) and search(found) is not None) is wanted
    compare, otherwise = _COMPARE[operator], operator == "!="
    if isinstance(value, bool):
        return lambda found: compare(found, value) if isinstance(found, bool) else otherwise
    if isinstance(value, int | float):
        return lambda found: (
            compare(found, value) if isinstance(found, int | float) and not isinstance(found, bool) else otherwise
        )
    if isinstance(value, str):
        return lambda found: compare(found, value) if isinstance(found, str) else otherwise
    return lambda found: otherwise


_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "==": eq,
    "!=": ne,
    "<": lt,
    "<=": le,
    ">": gt,
    ">=": ge,
}

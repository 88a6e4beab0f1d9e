"""From the predicate tree to SQL: which index rows can answer a part of it, wholly or as a first sieve."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec

from noren.store import geometry
from noren.store.query import And, Between, Compare, Near, Node, OneOf, Or, Query, Relate
from noren.store.rows import Declared, exact
from noren.store.schema import SLOTS
from noren.store.state import State


class Use(msgspec.Struct):
    """A query of entity numbers that holds every entity for which `node` holds; and no other, when `exact`."""

    node: Node
    sql: str
    params: list[Any]
    exact: bool


def conjuncts(node: Node | None) -> list[Node]:
    """The parts that must all hold."""
    if node is None:
        return []
    if isinstance(node, And):
        return [inner for part in node.parts for inner in conjuncts(part)]
    return [node]


def use(node: Node, declared: Declared) -> Use | None:
    """The index rows for one part of the tree; None when no index helps."""
    match node:
        case Compare() | Between() | OneOf():
            return _scalar(node, declared)
        case Near(path, shape, maximum, _) if maximum is not None:
            bounds = geometry.box(shape)
            return _area(node, path, bounds and geometry.metres_around(bounds, maximum), declared)
        case Relate(path, relation, shape) if relation != "disjoint":
            return _area(node, path, geometry.box(shape), declared)
        case Or(parts) if parts:
            return _union(node, [use(part, declared) for part in parts])
        case And(parts):
            found = [found for part in parts if (found := use(part, declared))]
            return Use(node, found[0].sql, found[0].params, False) if found else None
        case _:
            return None


def _union(node: Node, found: list[Use | None]) -> Use | None:
    uses = [use for use in found if use is not None]
    if len(uses) < len(found):
        return None
    sql = " UNION ALL ".join(use.sql for use in uses)
    return Use(node, sql, [param for use in uses for param in use.params], all(use.exact for use in uses))


def _scalar(node: Compare | Between | OneOf, declared: Declared) -> Use | None:
    name = node.path[1] if len(node.path) > 1 and node.path[0] == "attrs" else ""
    attr, path = declared.scalars.get(name, (0, ()))
    if not attr or node.path[2:] != path:
        return None
    condition = _condition(node)
    if condition is None:
        return None
    sql, params = condition
    return Use(node, f"SELECT num FROM scalar WHERE attr = {attr} AND {sql}", params, True)


def _condition(node: Compare | Between | OneOf) -> tuple[str, list[Any]] | None:
    """In the index numbers stand before texts, and '' is the first text."""
    match node:
        case Compare(_, "==", value) if exact(value):
            return "value = ?", [value]
        case Compare(_, ("<" | "<=" | ">" | ">=") as operator, value) if exact(value):
            upward = operator[0] == ">"
            if isinstance(value, str):
                return f"value {operator} ?" + ("" if upward else " AND value >= ''"), [value]
            return f"value {operator} ?" + (" AND value < ''" if upward else ""), [value]
        case Between(_, low, high) if exact(low) and exact(high) and isinstance(low, str) == isinstance(high, str):
            return "value BETWEEN ? AND ?", [low, high]
        case OneOf(_, values) if values and all(map(exact, values)):
            return f"value IN ({_marks(values)})", list(values)
        case _:
            return None


def _area(node: Node, path: tuple[str, ...], bounds: geometry.Box | None, declared: Declared) -> Use | None:
    name = path[1] if len(path) > 1 and path[0] == "attrs" else ""
    slot, below = declared.areas.get(name, (-1, ()))
    if slot < 0 or path[2:] != below or bounds is None:
        return None
    west, south, east, north = bounds
    sql = f"SELECT id / {SLOTS} FROM area WHERE west <= ? AND east >= ? AND south <= ? AND north >= ?"
    if len(declared.areas) > 1:
        sql += f" AND id % {SLOTS} = {slot}"
    return Use(node, sql, [east, west, north, south], False)


def typesets(query: Query, state: State) -> list[int]:
    """The sets of types that satisfy the query's."""
    return [number for types, number in list(state.typesets.items()) if _is_one(types, query.types)]


def frame(query: Query, state: State) -> tuple[list[str], list[Any]]:
    """Conditions on the entity row itself: types, ids, class and subject."""
    conditions: list[str] = []
    params: list[Any] = []
    if query.types:
        conditions.append(f"e.typeset IN ({','.join(map(str, typesets(query, state)))})")
    if query.ids:
        conditions.append("e.id IN (SELECT value FROM json_each(?))")
        params.append(msgspec.json.encode(query.ids).decode())
    if query.id_pattern is not None:
        conditions.append("fits(e.id)")
    if query.after:
        conditions.append("e.num > ?")
        params.append(query.after)
    if query.subject is not None:
        conditions.append("(e.class <= ? OR e.subject = ?)")
        params += [query.max_class, query.subject]
    else:
        conditions.append("e.class <= ?")
        params.append(query.max_class)
    return conditions, params


def _is_one(types: Iterable[str], wanted: tuple[tuple[str, ...], ...]) -> bool:
    held = set(types)
    return any(held.issuperset(together) for together in wanted)


def _marks(values: Iterable[Any]) -> str:
    return ",".join("?" for _ in values)

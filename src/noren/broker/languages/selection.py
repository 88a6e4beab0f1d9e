"""The small languages of a query: entity types (4.17), scopes (4.19), projection (4.21) and order (4.23.3)."""

from __future__ import annotations

import re

from noren.broker.contexts import Context
from noren.broker.languages.scanner import Scanner
from noren.broker.languages.targets import indexed_members, target
from noren.errors import BadInput
from noren.store.query import And, Compare, Doc, Exists, Node, OneOf, Or, Order

_TYPE = re.compile(r"[^\s|,;()]+")
_SCOPE = re.compile(r"/?(?:\+|[^\W\d_]\w*)(?:/(?:\+|[^\W\d_]\w*))*(/#)?")
_MEMBER = re.compile(r"[^\s|,{}]+")
_CORE_MEMBERS = frozenset({"id", "type", "scope"})
_HEAD_ORDERS = {"id": ("id",), "type": ("type",), "scope": ("scope",)}
_DIRECTIONS = ("asc", "desc", "dist-asc", "dist-desc")
_ORDER = re.compile(r"([^\s,;\[\]]+)(?:\[([^\[\],;]+)\])?(?:;\s*([A-Za-z-]+))?")


def parse_types(text: str, context: Context) -> tuple[tuple[str, ...], ...]:
    """Disjunction of conjunctions of type IRIs: `A,B` or `A|B`, `(A;B),C`; `*` gives (), any type."""
    scanner = Scanner(text, "type")
    if scanner.text.strip() == "*":
        return ()
    options = [_together(scanner, context)]
    while scanner.accept("|", ","):
        options.append(_together(scanner, context))
    if not scanner.done:
        scanner.fail(f"“{scanner.peek()}” is not expected here.", "Write types like A,B or (A;B),C.")
    return tuple(dict.fromkeys(options))


def _together(scanner: Scanner, context: Context) -> tuple[str, ...]:
    bracket = scanner.accept("(")
    names = [_type(scanner, context)]
    while scanner.accept(";"):
        names.append(_type(scanner, context))
    if bracket:
        scanner.expect(")")
    return tuple(dict.fromkeys(names))


def _type(scanner: Scanner, context: Context) -> str:
    start = scanner.at
    name = scanner.match(_TYPE)
    if name is None:
        scanner.fail("The name of an entity type is expected.")
    try:
        return context.kind(name)
    except BadInput as error:
        scanner.at = start
        scanner.fail(error.what, error.hint)


def parse_scope(text: str) -> Node:
    """The predicate tree of a scope query: `/A/+/C`, `/A/#`, `(/A;/B)|/C`."""
    scanner = Scanner(text, "scopeQ")
    parts = [_scopes(scanner)]
    while scanner.accept("|", ","):
        parts.append(_scopes(scanner))
    if not scanner.done:
        scanner.fail(f"“{scanner.peek()}” is not expected here.", "Write scopes like /town/# or (/town;/water).")
    return parts[0] if len(parts) == 1 else Or(tuple(parts))


def _scopes(scanner: Scanner) -> Node:
    bracket = scanner.accept("(")
    parts = [_scope(scanner)]
    while scanner.accept(";"):
        parts.append(_scope(scanner))
    if bracket:
        scanner.expect(")")
    return parts[0] if len(parts) == 1 else And(tuple(parts))


def _scope(scanner: Scanner) -> Node:
    if scanner.accept("/#"):
        return Exists(("scope",))
    text = scanner.match(_SCOPE)
    if text is None:
        scanner.fail("A scope is expected.", "Write it like /town/district.")
    below = text.endswith("/#")
    levels = text.removesuffix("/#").removeprefix("/").split("/")
    if not below and "+" not in levels:
        plain = "/".join(levels)
        return OneOf(("scope",), (f"/{plain}", plain))
    steps = "/".join("[^/]+" if level == "+" else re.escape(level) for level in levels)
    return Compare(("scope",), "~=", f"^/?{steps}{'(/.*)?' if below else ''}$")


def parse_projection(text: str, context: Context, name: str = "attrs") -> frozenset[str]:
    """IRIs of the attributes that `attrs`, `pick` or `omit` lists; "id", "type" and "scope" stay as they are."""
    scanner = Scanner(text, name)
    kept = set()
    while True:
        start, member = scanner.at, scanner.match(_MEMBER)
        if member is None:
            scanner.fail("The name of an attribute is expected.", "Write names with commas between.")
        if scanner.peek() == "{":
            scanner.fail("Projection into linked entities is not supported.")
        try:
            kept.add(member if member in _CORE_MEMBERS else context.attribute(member))
        except BadInput as error:
            scanner.at = start
            scanner.fail(error.what, error.hint)
        if not scanner.accept(",", "|"):
            break
    if not scanner.done:
        scanner.fail(f"“{scanner.peek()}” is not expected here.", "Write names with commas between.")
    return frozenset(kept)


def parse_order(text: str, context: Context, around: Doc | None = None) -> tuple[Order, ...]:
    """The order of `orderBy`: `name,age;desc`, `address[city]`, `level.observedAt`, and `location;dist-asc` by the
    distance from the geometry `around`."""
    scanner = Scanner(text, "orderBy")
    orders = []
    while True:
        start, term = scanner.at, scanner.match(_ORDER)
        found = _ORDER.match(term) if term else None
        if found is None:
            scanner.fail("The name of an attribute is expected.", "Write it like name or age;desc.")
        direction = (found[3] or "asc").lower()
        if direction not in _DIRECTIONS:
            scanner.at = start
            scanner.fail(f"“{direction}” is no direction.", f"Use {', '.join(_DIRECTIONS)}.")
        orders.append(_ordered(found, direction, context, around, scanner))
        if not scanner.accept(","):
            break
    if not scanner.done:
        scanner.fail(f"“{scanner.peek()}” is not expected here.")
    return tuple(orders)


def _ordered(found: re.Match[str], direction: str, context: Context, around: Doc | None, scanner: Scanner) -> Order:
    descending = direction.endswith("desc")
    if not direction.startswith("dist-"):
        return Order(_order_path(found[1], found[2], context), descending)
    if around is None:
        scanner.fail("Ordering by distance needs orderFrom.", "Give coordinates like orderFrom=[134.04,34.34].")
    return Order(("attrs", context.attribute(found[1]), "value"), descending, around)


def _order_path(names: str, trail: str | None, context: Context) -> tuple[str, ...]:
    if names in _HEAD_ORDERS:
        return _HEAD_ORDERS[names]
    found = target(names.split("."), tuple(trail.split(".")) if trail else (), context)
    if found.plain:
        return found.path
    if found.trail:
        return (*found.path, "value", *found.trail)
    return found.path + indexed_members().get(found.path[1], ("value",))

"""The NGSI-LD query language (CIM 009, 4.9): `speed>50;(brand=="A"|temperature.observedAt<2024-05-01T00:00:00Z)`.

Not here: linked entities (`sensor{humidity}`), which need a join; they are refused and the refusal says so.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Any

import msgspec

from noren.broker.contexts import Context
from noren.broker.forms.checks import known_instant
from noren.broker.languages import instants
from noren.broker.languages.patterns import safe_pattern
from noren.broker.languages.scanner import Scanner
from noren.broker.languages.targets import Target, target
from noren.errors import BadInput
from noren.store.query import And, Between, Compare, Exists, Node, Not, OneOf, Operator, Or, Path

_NAME = re.compile(r"[^\W\d_][^\s=!<>~;|()\[\]{}.,\"]*")
_TRAIL = re.compile(r"\[([^\[\]]*)\]")
_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d([.,]\d{1,9})?(Z|[+-]\d\d:?\d\d)", re.ASCII)
_DATE_OR_TIME = re.compile(r"\d{4}-\d\d-\d\d(?![\dT-])|\d\d:\d\d:\d\d([.,]\d{1,6})?Z?", re.ASCII)
_NUMBER = re.compile(r"-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?(?=\.\.|[\s;|),]|\Z)", re.ASCII)
_QUOTED = re.compile(r'"(?:[^"\\\x00-\x1f]|\\.)*"', re.DOTALL)
_WORD = re.compile(r"(?:(?!\.\.)[^\s;|(),\"])+")
_UNQUOTED_PATTERN = re.compile(r"(?:\\.|\[(?:\\.|[^\]\\])*\]|[^;|()\[\\])+", re.DOTALL)
_DEEPEST = 40
_MOST_TERMS = 500


class Instant(msgspec.Struct, frozen=True):
    """A point in time that a query names, as opposed to a text that looks like one."""

    text: str


def parse_q(text: str, context: Context, expand_values: Collection[str] = ()) -> Node:
    """The predicate tree of a query; names by `context`, values of the attributes `expand_values` expanded by it.

    Raises `BadInput` that names the character at which the query cannot be read.
    """
    scanner = Scanner(text, "q")
    node = _Query(scanner, context, frozenset(expand_values)).disjunction(0)
    if not scanner.done:
        scanner.fail(f"“{scanner.peek()}” is not expected here.", "Join terms by ; (and) or | (or).")
    return node


class _Query:
    def __init__(self, scanner: Scanner, context: Context, expanded: frozenset[str]) -> None:
        self.scanner, self.context, self.expanded, self.terms = scanner, context, expanded, 0

    def disjunction(self, depth: int) -> Node:
        parts = [self.conjunction(depth)]
        while self.scanner.accept("|"):
            parts.append(self.conjunction(depth))
        return parts[0] if len(parts) == 1 else Or(tuple(parts))

    def conjunction(self, depth: int) -> Node:
        parts = [self.factor(depth)]
        while self.scanner.accept(";"):
            parts.append(self.factor(depth))
        return parts[0] if len(parts) == 1 else And(tuple(parts))

    def factor(self, depth: int) -> Node:
        if not self.scanner.accept("("):
            return self.term()
        if depth > _DEEPEST:
            self.scanner.fail("The query is nested too deeply.")
        node = self.disjunction(depth + 1)
        self.scanner.expect(")")
        return node

    def term(self) -> Node:
        self.terms += 1
        if self.terms > _MOST_TERMS:
            self.scanner.fail(f"A query may have at most {_MOST_TERMS} terms.")
        names, trail = self.attribute()
        found = self.target(names, trail)
        operator = self.scanner.accept("==", "!=", "!~=", "~=", ">=", ">", "<=", "<")
        if not operator:
            return Exists(found.values()[0] if found.trail and not found.plain else found.path)
        if operator in ("~=", "!~="):
            return _like(found, self.pattern(), operator == "~=")
        if operator in ("==", "!="):
            same = self.equality(found, names[0] in self.expanded)
            return same if operator == "==" else And((_present(found), Not(same)))
        return self.ordering(found, operator)

    def target(self, names: list[str], trail: tuple[str, ...]) -> Target:
        try:
            return target(names, trail, self.context)
        except BadInput as error:
            self.scanner.fail(error.what, error.hint)

    def attribute(self) -> tuple[list[str], tuple[str, ...]]:
        scanner = self.scanner
        names = []
        while True:
            name = scanner.match(_NAME)
            if name is None:
                scanner.fail("The name of an attribute is expected.", "Names begin with a letter.")
            names.append(name)
            if not scanner.accept("."):
                break
        if scanner.peek() == "{":
            scanner.fail("Queries through linked entities are not supported.", "Query the linked entities themselves.")
        trail: tuple[str, ...] = ()
        if scanner.peek() == "[":
            inside = scanner.match(_TRAIL)
            trail = tuple((inside or "[]")[1:-1].strip().split("."))
            if inside is None or not all(trail):
                scanner.fail("A path in brackets is names with dots between.", "Write it like address[city].")
        return names, trail

    def value(self) -> Any:
        scanner = self.scanner
        if text := scanner.match(_INSTANT):
            instant = known_instant(text)
            return Instant(instant) if instant else scanner.fail(f"“{text}” is no point in time.")
        if text := scanner.match(_DATE_OR_TIME):
            return text
        if text := scanner.match(_NUMBER):
            return self.number(text)
        if scanner.peek() == '"':
            return self.quoted()
        word = scanner.match(_WORD)
        if word is None:
            scanner.fail("A value is expected.", 'Write texts in quotes: name=="River gauge".')
        return {"true": True, "false": False}.get(word, word)

    def number(self, text: str) -> int | float:
        try:
            return msgspec.json.decode(text, type=int | float)
        except msgspec.MsgspecError:
            self.scanner.fail(f"“{text[:40]}” is no number that can be compared.")

    def quoted(self) -> str:
        scanner = self.scanner
        start = scanner.at
        text = scanner.match(_QUOTED)
        try:
            return msgspec.json.decode(text or "", type=str)
        except msgspec.MsgspecError:
            scanner.at = start
            scanner.fail("This text in quotes does not end, or is no JSON text.", 'Write \\" for " within it.')

    def pattern(self) -> str:
        scanner = self.scanner
        if scanner.peek() == '"':
            start = scanner.at
            text = scanner.match(_QUOTED)
            if text is None:
                scanner.fail("The pattern in quotes does not end.")
            return self.checked(text[1:-1].replace('\\"', '"'), start)
        start, depth = scanner.at, 0
        while not scanner.done:
            if scanner.match(_UNQUOTED_PATTERN):
                continue
            mark = scanner.peek()
            if (mark in ";|" and depth == 0) or (mark == ")" and depth == 0):
                break
            depth += {"(": 1, ")": -1}.get(mark, 0)
            scanner.at += 1
        return self.checked(scanner.text[start : scanner.at].strip(), start)

    def checked(self, text: str, start: int) -> str:
        try:
            return safe_pattern(text, "q")
        except BadInput as error:
            self.scanner.at = start
            self.scanner.fail(error.what, error.hint)

    def equality(self, found: Target, expand: bool) -> Node:
        first = self.value()
        if self.scanner.accept(".."):
            return _between(found, first, self.value(), self.scanner)
        values = [first]
        while self.scanner.accept(","):
            values.append(self.value())
        if expand:
            values = [self.context.expand(value) if isinstance(value, str) else value for value in values]
        return _any(node for value in values for node in [_equals(found, value, self.context)])

    def ordering(self, found: Target, operator: str) -> Node:
        value = self.value()
        if isinstance(value, bool):
            self.scanner.fail(f"true and false have no order, so “{operator}” does not suit them.", "Use == or !=.")
        return _ordered(found, operator, value)


def _any(nodes: Any) -> Node:
    parts: list[Node] = []
    for node in nodes:
        parts.extend(node.parts if isinstance(node, Or) else (node,))
    return parts[0] if len(parts) == 1 else Or(tuple(parts))


def _present(found: Target) -> Node:
    return _any(Exists(path) for path in found.values()) if found.trail else Exists(found.path)


def _equals(found: Target, value: Any, context: Context) -> Node:
    if isinstance(value, Instant):
        return _any(instants.compare(path, "==", value.text) for path in found.times())
    if not isinstance(value, str):
        return _any(Compare(path, "==", value) for path in found.values(ordered=True))
    return _any(
        OneOf(path, tuple(dict.fromkeys((value, _expanded(value, context)))))
        if path[-1] == "vocab" and not found.trail
        else Compare(path, "==", value)
        for path in found.values()
    )


def _expanded(value: str, context: Context) -> str:
    try:
        return context.expand(value)
    except BadInput:
        return value


def _ordered(found: Target, operator: str, value: Any) -> Node:
    op: Operator = operator  # type: ignore[assignment]
    if isinstance(value, Instant):
        return _any(instants.compare(path, op, value.text) for path in found.times())
    return _any(Compare(path, op, value) for path in _orderable(found))


def _orderable(found: Target) -> list[Path]:
    """Relationships have no order: a comparison other than == and != holds for none (4.9)."""
    return [path for path in found.values(ordered=True) if path[-1] != "object"] or [(*found.path, "value")]


def _between(found: Target, low: Any, high: Any, scanner: Scanner) -> Node:
    if isinstance(low, Instant) and isinstance(high, Instant):
        return _any(instants.between(path, low.text, high.text) for path in found.times())
    if type(low) is bool or type(high) is bool or isinstance(low, str | Instant) != isinstance(high, str | Instant):
        scanner.fail("The ends of a range must be two numbers, two texts or two times.")
    ends = [end.text if isinstance(end, Instant) else end for end in (low, high)]
    return _any(Between(path, *ends) for path in _orderable(found))


def _like(found: Target, text: str, wanted: bool) -> Node:
    paths = found.values()
    hit = _any(Compare(path, "~=", text) for path in paths)
    if wanted:
        return hit
    return And((_any(Compare(path, "~=", "") for path in paths), Not(hit)))

"""Decoding only what a predicate looks at: the rest of a document is skipped, not built. Several times faster."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import Any

import msgspec
from msgspec import UNSET

from noren.store.codec import decode
from noren.store.query import ANY, Doc, Path

Decode = Callable[[bytes], Doc]


def decoder(paths: Iterable[Path]) -> Decode:
    """A function that decodes a document as far as these paths go.

    >>> decoder([("attrs", "level", "value")])(b'{"id":"a","attrs":{"name":{"value":"n"},"level":{"value":1}}}')
    {'attrs': {'level': {'value': 1}}}
    """
    return _decoder(frozenset(path[:2] for path in paths))


@lru_cache(256)
def _decoder(heads: frozenset[Path]) -> Decode:
    if any(not head or head == ("attrs",) or ANY in head for head in heads):
        return decode
    attributes = _fields({head[1] for head in heads if head[0] == "attrs"})
    members = _fields({head[0] for head in heads if head[0] != "attrs"})
    inner = _struct(attributes, [])
    outer = msgspec.json.Decoder(_struct(members, [("attrs", inner)])).decode

    def partly(raw: bytes) -> Doc:
        found = outer(raw)
        return {**_picked(found, members), "attrs": _picked(found.attrs, attributes)}

    return partly


def _fields(names: set[str]) -> dict[str, str]:
    """Names of fields of a struct, since attributes are rarely identifiers."""
    return {f"f{n}": name for n, name in enumerate(sorted(names))}


def _struct(fields: dict[str, str], more: list[tuple[str, Any]]) -> Any:
    optional = [(field, Any, UNSET) for field in fields]
    return msgspec.defstruct("Partial", [*more, *optional], rename=fields)


def _picked(found: Any, fields: dict[str, str]) -> Doc:
    return {name: value for field, name in fields.items() if (value := getattr(found, field)) is not UNSET}

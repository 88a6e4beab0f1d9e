"""Relations of plain entities: what points to another entity is written as a relationship."""

from __future__ import annotations

from functools import cache
from typing import Any

from noren.terms import COMMON, TYPES


def related(entity: dict[str, Any]) -> dict[str, Any]:
    """The entity with its values of relation attributes as relationships, as the tables say."""
    kind = entity["type"] if isinstance(entity["type"], str) else entity["type"][0]
    named = {name: entity[name] for name in _relations(kind) if name in entity}
    return entity | {name: relation(value) for name, value in named.items() if _is_target(value)}


@cache
def _relations(kind: str) -> frozenset[str]:
    terms = COMMON | (TYPES[kind].attributes if kind in TYPES else {})
    return frozenset(name for name, term in terms.items() if term.kind in ("relation", "relations"))


def _is_target(value: Any) -> bool:
    return isinstance(value, str) or (isinstance(value, list) and all(isinstance(v, str) for v in value))


def relation(target: str | list[str]) -> dict[str, Any]:
    """The relationship to one entity or several."""
    return {"type": "Relationship", "object": target[0] if isinstance(target, list) and len(target) == 1 else target}


def datasets_of(held: dict[str, Any] | None, new: str) -> list[str]:
    """The datasets that an entity is in, with a new one."""
    known = (held or {}).get("inDataset") or []
    return list(dict.fromkeys([*([known] if isinstance(known, str) else known), new]))

"""Which attributes the store keeps index rows for: those that the tables mark, and every place."""

from __future__ import annotations

from noren.store import Indexing
from noren.terms import ATTRIBUTES, TYPES

_MEMBERS = {"relation": "object", "relations": "object", "language": "languageMap", "json": "json"}


def indexing() -> Indexing:
    """The declaration for the store, by IRI."""
    marked = {name for kind in TYPES.values() for name, attribute in kind.attributes.items() if attribute.indexed}
    scalars: dict[str, tuple[str, ...]] = {}
    geometries: dict[str, tuple[str, ...]] = {}
    for name, attribute in ATTRIBUTES.items():
        if attribute.kind == "geometry":
            geometries[attribute.iri] = ("value",)
        elif attribute.indexed or name in marked:
            scalars[attribute.iri] = (_MEMBERS.get(attribute.kind, "value"),)
    return Indexing(scalars, geometries)

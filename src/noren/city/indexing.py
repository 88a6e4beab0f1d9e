"""Which attributes the store keeps index rows for: those that the tables mark, and every place."""

from __future__ import annotations

from noren.broker.languages.targets import indexed_members
from noren.store import Indexing
from noren.store.query import Path
from noren.terms import ATTRIBUTES


def indexing() -> Indexing:
    """The declaration for the store, by IRI."""
    geometries: dict[str, Path] = {a.iri: ("value",) for a in ATTRIBUTES.values() if a.kind == "geometry"}
    return Indexing({iri: path for iri, path in indexed_members().items() if iri not in geometries}, geometries)

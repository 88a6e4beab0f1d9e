"""What must survive a power cut: documents, the log of their changes, their history. Knows nothing of NGSI-LD.

A document is `{"id", "type": [...], "scope": [...], "createdAt", "modifiedAt", "attrs": {name: instance | [instance]}}`
with names and types as opaque strings. Engines are chosen by URL (`open_store`) and pass one contract suite.
Names to know: `open_store`, `Store`, `store.query`.
"""

from noren.store.interface import (
    Aggregate,
    Apply,
    Change,
    ChangeRow,
    Found,
    HistoryQuery,
    Indexing,
    Outcome,
    Store,
    open_store,
)

__all__ = [
    "Aggregate",
    "Apply",
    "Change",
    "ChangeRow",
    "Found",
    "HistoryQuery",
    "Indexing",
    "Outcome",
    "Store",
    "open_store",
]

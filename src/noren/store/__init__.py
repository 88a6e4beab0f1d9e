"""What must survive a power cut: documents, the log of their changes, their history. Knows nothing of NGSI-LD.

A document is `{"id", "type": [...], "scope": [...], "createdAt", "modifiedAt", "attrs": {name: instance | [instance]}}`
with names and types as opaque strings. Engines are chosen by URL (`open_store`) and pass one contract suite.
Names to know: `open_store`, `Store`, `store.query`; hard decisions are in DESIGN.md beside this file.

>>> import asyncio, tempfile
>>> from noren.store.query import Compare, Query
>>> river = {"id": "urn:river:1", "type": ["River"], "scope": [], "createdAt": "2024-05-01T00:00:00Z",
...          "modifiedAt": "2024-05-01T00:00:00Z", "attrs": {"level": {"type": "Property", "value": 3.5}}}
>>> async def example(folder):
...     store = open_store(f"sqlite://{folder}", Indexing(scalars={"level": ("value",)}, geometries={}))
...     outcomes = await store.write([Change("urn:river:1", lambda old: river)])
...     found = await store.find(Query(where=Compare(("attrs", "level", "value"), ">", 3)))
...     await store.close()
...     return outcomes[0].kind, [doc["id"] for doc in found.docs]
>>> with tempfile.TemporaryDirectory() as folder:
...     asyncio.run(example(folder))
('created', ['urn:river:1'])
"""

from noren.store.engines import open_store
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

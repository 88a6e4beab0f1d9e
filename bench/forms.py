"""Measure the broker's pure half: `python -m bench.forms` (seconds). Microseconds an entity of five attributes."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Iterable
from typing import Any

from noren.broker import forms, merge
from noren.broker.contexts import ContextRegistry
from noren.broker.languages import parse_q

CONTEXT = ContextRegistry().get()
HOW_MANY, ROUNDS = 4000, 7
THEN, NOW = "2024-05-01T12:00:00Z", "2024-05-01T13:00:00Z"


def payload(n: int, level: float = 1.5) -> dict[str, Any]:
    """A gauge: two readings with unit or time, a name, a relation and a place."""
    at = f"2024-05-01T12:{n % 60:02}:00Z"
    return {
        "id": f"urn:ngsi-ld:WaterObserved:town:{n}",
        "type": "WaterObserved",
        "waterLevel": {"type": "Property", "value": level, "unitCode": "MTR", "observedAt": at},
        "flow": {"type": "Property", "value": level * 10, "observedAt": at},
        "name": {"type": "Property", "value": "Gauge"},
        "inDataset": {"type": "Relationship", "object": "urn:ngsi-ld:Dataset:town:1"},
        "location": {"type": "GeoProperty", "value": {"type": "Point", "coordinates": [134.0, 34.3]}},
    }


def best(name: str, make: Callable[[], Iterable[Any]], work: Callable[[Any], Any]) -> None:
    """Print the quickest of several rounds, in processor time, making of the input left out."""
    found = []
    for _ in range(ROUNDS):
        items = list(make())
        started = time.process_time()
        for item in items:
            work(item)
        found.append((time.process_time() - started) / len(items) * 1e6)
    print(f"{name:24}{min(found):8.1f} us")


def main() -> None:
    """Read, create, update, show, ask."""
    first = [payload(n) for n in range(HOW_MANY)]
    second = [payload(n, 2.5) for n in range(HOW_MANY)]
    gc.collect()
    gc.freeze()
    gc.disable()
    best("read a payload", lambda: first, lambda body: forms.parse_entity(body, CONTEXT))
    read = [forms.parse_entity(body, CONTEXT) for body in first]
    docs = [merge.create(None, doc, THEN) for doc in read]
    best(
        "update two of five",
        lambda: zip(docs, [forms.parse_entity(body, CONTEXT) for body in second], strict=True),
        lambda pair: merge.upsert(pair[0], pair[1], NOW),
    )
    for style in ("normalized", "concise", "simplified"):
        form = forms.Form(style=style)  # type: ignore[arg-type]
        best(f"show {style}", lambda: docs, lambda doc, form=form: forms.render(doc, CONTEXT, form))
    best("read a query", lambda: ['waterLevel>2.5;(name=="x"|flow<3)'] * 500, lambda text: parse_q(text, CONTEXT))


if __name__ == "__main__":
    main()

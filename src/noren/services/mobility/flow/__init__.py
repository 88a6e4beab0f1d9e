"""How many people were where, told so that nobody can be found in it.

A company that knows where people were (telephones, tickets, tills) keeps that. What leaves is a count by hour and
place from which each person's part was cut to a bound, to which noise was added, and which is left out where few were;
what it costs stands in the ledger first, and the cost of a month is bounded. docs/eyes.md says it in plain words.
Names to know: `bounding.bounded` (cut), `noise.mechanism` (OpenDP), `budget.Account` (the ledger's account),
`release.release` (all of it).

>>> import numpy as np, pyarrow as pa
>>> from datetime import UTC, datetime
>>> from noren.services.mobility.flow.bounding import bounded
>>> nine = datetime(2026, 7, 1, 9, 20, tzinfo=UTC)
>>> rows = pa.table({"person": ["a", "a", "b"], "cell": ["x", "y", "x"], "time": [nine] * 3})
>>> days = bounded(rows, 2, "Asia/Tokyo", np.random.default_rng(1))
>>> {day: dict(zip(counts.cells, counts.people.tolist(), strict=True)) for day, counts in days.items()}
{'2026-07-01': {'x': 2, 'y': 1}}
"""

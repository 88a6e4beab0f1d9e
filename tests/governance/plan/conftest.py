"""A city of a few records that answers like a view, so that many of them can be tried."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa

from noren.errors import NotAllowed
from noren.terms.records import Record
from noren.view.home import Home

NOW = datetime(2026, 11, 26, 3, tzinfo=UTC)


class Held:
    """What `gather` asks of a view, answered from records; types in `closed` may not be seen."""

    def __init__(self, records: Sequence[Record], closed: Sequence[str] = (), readings: Sequence[Any] = ()) -> None:
        self._records, self._closed, self._readings = records, closed, readings
        self.home = Home(slug="town", languages=("en", "ja"), timezone="Asia/Tokyo", settings={})

    def now(self) -> datetime:
        return NOW

    async def find(self, kind: type[Record], *, ids: Sequence[str] = ()) -> AsyncIterator[Record]:
        if kind.__name__ in self._closed:
            raise NotAllowed("Not yours.")
        for each in self._records:
            if type(each) is kind and (not ids or each.id in ids):
                yield each

    async def series(self, type: str, attribute: str, *, ids: Sequence[str]) -> pa.Table:
        rows = [(id, time, value) for id, time, value in self._readings if id in ids]
        names = ("entity", "observed", "number")
        return pa.table({name: [row[i] for row in rows] for i, name in enumerate(names)})

"""A city that is running, as a release sees it: its ledger is read from its files, all else is handed over to it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa

from noren.intake.inbox import HandOver, Telling
from noren.terms.record import stamp
from noren.terms.records import Record
from noren.trust.ledger import Verifier, monitor
from noren.trust.ledger.reading import entries


class RunningLedger:
    """Obeys `budget.Book` for the ledger of the city that runs in `folder`; its files lie in `ledger`."""

    def __init__(self, folder: Path, ledger: Path, key: Verifier) -> None:
        self._hand, self._source, self._key = HandOver(folder), monitor.folder(ledger), key

    async def record(self, entry: bytes) -> int:
        """Add an entry, durably and signed; its index."""
        return await self._hand.record(entry)

    async def entries(self, begin: int) -> Sequence[bytes]:
        """Entries from `begin` on, checked against the checkpoint."""
        return (await entries(self._source, self._key))[begin:]


class RunningCity:
    """Obeys `entities.Keeper` for the city that runs in `folder`."""

    def __init__(self, folder: Path) -> None:
        self._hand = HandOver(folder)

    async def keep(self, entities: Sequence[Record]) -> None:
        """Keep entities; the first one refused is raised."""
        await self._hand.tell(Telling([each.entity() for each in entities]))

    async def record(self, type: str, series: pa.Table) -> int:
        """Add history; see `View.record`."""
        columns = {name: series[name].to_pylist() for name in series.column_names}
        columns["observed"] = [stamp(moment) for moment in columns["observed"]]
        return await self._hand.tell(Telling([], type, columns))

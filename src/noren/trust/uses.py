"""Who uses what, for what: hourly counts per organisation, purpose and type, shown to all.

Personal data is not counted here: each use of it will stand in the ledger.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

import msgspec

from noren.trust.principals import Principal

KIND = "use"
_EVERY = 30.0
_Key = tuple[str, str, str, str]
_SEPARATOR = "\x1f"


class Use(msgspec.Struct, frozen=True):
    """How often an organisation (empty: without signing in) asked for entities of a type in one hour of wall time."""

    hour: str
    organisation: str
    purpose: str
    type: str
    reads: int


class Uses:
    """The counts of one tenant, gathered in memory and kept in its store by `keep`; at most `_EVERY` seconds of
    counts are lost in a crash."""

    def __init__(
        self, values: Callable[[str], dict[str, Any]], put: Callable[[str, str, Any], Awaitable[None]]
    ) -> None:
        self._values, self._put = values, put
        self._counts: Counter[_Key] = Counter()
        self._kept = time.monotonic()
        self._hour, self._until = "", 0.0

    def note(self, principal: Principal, purpose: str, type: str) -> None:
        """Count one request."""
        self._counts[self._now(), principal.organisation, purpose, type] += 1

    def due(self) -> bool:
        """Whether counts have waited long enough to be kept."""
        return bool(self._counts) and time.monotonic() - self._kept > _EVERY

    async def keep(self) -> None:
        """Add what was counted to the store."""
        counts, self._counts = self._counts, Counter()
        self._kept = time.monotonic()
        stored = self._values(KIND)
        for parts, count in counts.items():
            key = _SEPARATOR.join(parts)
            await self._put(KIND, key, int(stored.get(key, 0)) + count)

    def all(self, type: str = "") -> list[Use]:
        """Every count, of one type where one is named, newest hour first."""
        counted = Counter({_split(key): int(count) for key, count in self._values(KIND).items()}) + self._counts
        found = [Use(*parts, reads) for parts, reads in counted.items()]
        chosen = [use for use in found if type in ("", use.type)]
        return sorted(chosen, key=lambda use: (use.hour, use.reads), reverse=True)

    def _now(self) -> str:
        seconds = time.time()
        if seconds >= self._until:
            self._until = (seconds // 3600 + 1) * 3600
            self._hour = datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:00Z")
        return self._hour


def _split(key: str) -> _Key:
    hour, organisation, purpose, name = key.split(_SEPARATOR)
    return hour, organisation, purpose, name

"""How often one address may hand something in without signing in: counted in memory, for an hour, and never kept.

>>> rates = Rates(clock=lambda: 0.0)
>>> [rates.take("192.0.2.1", 60) for _ in range(60)][-1], rates.take("192.0.2.1", 60), rates.take("192.0.2.2", 60)
(0.0, 60.0, 0.0)
"""

from __future__ import annotations

import time
from collections.abc import Callable
from ipaddress import IPv6Address, ip_address

HOUR = 3600.0
_MOST = 20_000


class Rates:
    """A bucket an address, which holds what an hour takes and fills again within an hour."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._used: dict[str, tuple[float, float]] = {}

    def take(self, host: str, hourly: int) -> float:
        """0 when one more from this address is let in, else the seconds until one is; `hourly` 0 bounds nothing."""
        late = self.late(host, hourly)
        if hourly and not late:
            now, key = self._clock(), _network(host)
            if key not in self._used and len(self._used) >= _MOST:
                self._forget(now - HOUR)
            self._used[key] = (self._now_used(key, now, hourly) + 1, now)
        return late

    def late(self, host: str, hourly: int) -> float:
        """The same, without counting one more."""
        if not hourly:
            return 0.0
        used = self._now_used(_network(host), self._clock(), hourly)
        return max(0.0, (used + 1 - hourly) * HOUR / hourly)

    def _now_used(self, key: str, now: float, hourly: int) -> float:
        used, at = self._used.get(key, (0.0, now))
        return max(0.0, used - (now - at) * hourly / HOUR)

    def _forget(self, before: float) -> None:
        """Let go of those that have not been heard of for an hour, and of the first ones where all have."""
        self._used = {key: held for key, held in self._used.items() if held[1] > before}
        while len(self._used) >= _MOST:
            del self._used[next(iter(self._used))]


def _network(host: str) -> str:
    """The address; of IPv6 the network, for one household has as many addresses as it likes."""
    try:
        address = ip_address(host)
    except ValueError:
        return host
    return str(int(address) >> 64) if isinstance(address, IPv6Address) and not address.ipv4_mapped else host

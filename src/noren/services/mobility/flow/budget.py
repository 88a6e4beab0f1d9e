"""What releases cost together: an account that anybody can add up from the ledger, and that nobody can overdraw.

Each release of one day is an entry of the ledger in plain words, made before anything is drawn: what was begun is
spent, whether or not it arrived. An entry with which a month would cost more than its limit is void, by its place in
the log, so that two releases at the same time cannot both take what is left of it.
"""

from __future__ import annotations

import math
import secrets
from collections.abc import Iterable, Sequence
from typing import Protocol

import msgspec

from noren.errors import TooMany
from noren.services.mobility.flow.noise import RHO_UNIT, Mechanism
from noren.trust.ledger import Ledger

TAG = b"noren-flow/v1\n"
_MONTH = 31 * 86400.0


class Spend(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """One release of one day: who was counted (`population`), how, and what it costs in millionths of rho and 10^-12 of
    delta; `limit…` is what a month may cost."""

    population: str
    day: str
    contributions: int
    scale: float
    threshold: int
    rho: int
    delta: int
    limit_rho: int
    limit_delta: int
    nonce: str

    @property
    def period(self) -> str:
        """The month of the day that was told of: "2026-11"."""
        return self.day[:7]

    def entry(self) -> bytes:
        """The entry of the ledger."""
        return TAG + msgspec.json.encode(self, order="sorted")


class Month(msgspec.Struct):
    """What releases about one population in one month cost so far; `void` counts entries that came too late."""

    population: str
    period: str
    rho: int = 0
    delta: int = 0
    limit_rho: int = 0
    limit_delta: int = 0
    releases: int = 0
    void: int = 0

    @property
    def epsilon(self) -> float:
        """The same in the measure of (epsilon, delta) at delta = 1e-6: rho + 2 √(rho ln 1/δ) (Bun, Steinke 2016)."""
        return epsilon(self.rho)

    def takes(self, spend: Spend) -> bool:
        """Whether a spend fits. The first limit holds for the whole month; a later one can only be tighter."""
        rho, delta = self._limits(spend)
        return self.rho + spend.rho <= rho and self.delta + spend.delta <= delta

    def add(self, spend: Spend) -> bool:
        """Enter a spend that stands in the ledger; False when it is void."""
        if not self.takes(spend):
            self.void += 1
            return False
        self.limit_rho, self.limit_delta = self._limits(spend)
        self.rho, self.delta, self.releases = self.rho + spend.rho, self.delta + spend.delta, self.releases + 1
        return True

    def _limits(self, spend: Spend) -> tuple[int, int]:
        if not self.releases:
            return spend.limit_rho, spend.limit_delta
        return min(self.limit_rho, spend.limit_rho), min(self.limit_delta, spend.limit_delta)


class Book(Protocol):
    """A ledger, open here or in the process of a city that runs."""

    async def record(self, entry: bytes) -> int:
        """Add an entry, durably; its index."""
        ...

    async def entries(self, begin: int) -> Sequence[bytes]:
        """Entries from `begin` on."""
        ...


class Opened:
    """The book of a ledger that is open here."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    async def record(self, entry: bytes) -> int:
        """Add an entry, durably and signed; its index."""
        return (await self._ledger.record(entry)).index

    async def entries(self, begin: int) -> Sequence[bytes]:
        """Entries from `begin` on."""
        return list(self._ledger.log.journal.entries(begin, self._ledger.log.size))


class Account:
    """The account as entries of a ledger, in their order, make it."""

    def __init__(self, entries: Iterable[bytes] = ()) -> None:
        self.months: dict[tuple[str, str], Month] = {}
        self.valid: dict[str, Spend] = {}
        """The spends that hold, by their number."""
        self._size = 0
        self._enter(entries)

    async def catch_up(self, book: Book) -> None:
        """Enter what came into a ledger since."""
        self._enter(await book.entries(self._size))

    def _enter(self, entries: Iterable[bytes]) -> None:
        for entry in entries:
            self._size += 1
            found = read(entry)
            if found is not None and found.nonce not in self.valid and self.month(found).add(found):
                self.valid[found.nonce] = found

    def told(self, population: str, day: str) -> bool:
        """Whether something was spent on a day already."""
        return any((each.population, each.day) == (population, day) for each in self.valid.values())

    def month(self, spend: Spend) -> Month:
        """The month that a spend belongs to."""
        return self.months.setdefault((spend.population, spend.period), Month(spend.population, spend.period))


def epsilon(rho: int, delta: float = 1e-6) -> float:
    """Epsilon at `delta` of a cost in millionths of rho, rounded up at the third place."""
    value = rho / RHO_UNIT
    return math.ceil((value + 2 * math.sqrt(value * math.log(1 / delta))) * 1000) / 1000


def read(entry: bytes) -> Spend | None:
    """The spend that an entry of a ledger is, None for any other entry."""
    if not entry.startswith(TAG):
        return None
    try:
        spend = msgspec.json.decode(entry[len(TAG) :], type=Spend)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None
    return spend if min(spend.rho, spend.delta, spend.limit_rho, spend.limit_delta) >= 0 else None


def planned(population: str, day: str, how: Mechanism, limit_rho: int, limit_delta: int) -> Spend:
    """A spend that was not made yet."""
    return Spend(
        population=population,
        day=day,
        contributions=how.contributions,
        scale=how.scale,
        threshold=how.threshold,
        rho=how.rho,
        delta=how.delta,
        limit_rho=limit_rho,
        limit_delta=limit_delta,
        nonce=secrets.token_hex(16),
    )


async def spend(book: Book, account: Account, wanted: Spend) -> int:
    """Spend, durably; the index of the entry, and the account knows of it.

    Raises `TooMany` when the month would cost more than its limit: nothing may be released then. Raises `Unavailable`
    when the ledger cannot be written; it may be spent all the same.
    """
    await account.catch_up(book)
    if not account.month(wanted).takes(wanted):
        raise _exhausted(wanted)
    index = await book.record(wanted.entry())
    await account.catch_up(book)
    if wanted.nonce not in account.valid:
        raise _exhausted(wanted)
    return index


def _exhausted(wanted: Spend) -> TooMany:
    return TooMany(
        f"What may be told about “{wanted.population}” in {wanted.period} has been told.",
        after_s=_MONTH,
        where=f"{wanted.population}, {wanted.day}",
        hint="Look at `noren flow budget`; a later month has a budget of its own.",
    )

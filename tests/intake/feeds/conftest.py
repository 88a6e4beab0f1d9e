"""A writer that remembers, a clock that a test turns, and connectors that misbehave."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any, ClassVar

import msgspec
import pytest

from noren.city.clock import Clock
from noren.contract import Here, Push
from noren.errors import BadInput, NorenError
from noren.intake import connectors
from noren.intake.feeds import Feeds, supervisor
from noren.terms.records import Feed


class Outcome(msgspec.Struct):
    id: str
    kind: str = "updated"
    error: NorenError | None = None


class Writer:
    """Keeps what is written; refuses entities named in `bad`."""

    def __init__(self) -> None:
        self.entities: list[dict[str, Any]] = []
        self.feeds: dict[str, Feed] = {}
        self.history: list[tuple[str, str]] = []
        self.bad: set[str] = set()

    async def upsert(self, entities: Sequence[Any]) -> list[Outcome]:
        await asyncio.sleep(0)
        return [self._one(entity) for entity in entities]

    def _one(self, entity: Any) -> Outcome:
        if isinstance(entity, Feed):
            self.feeds[entity.name or ""] = entity
            self.history.append((entity.name or "", entity.feed_state or ""))
            return Outcome(entity.id)
        if entity["id"] in self.bad:
            return Outcome(entity["id"], "refused", BadInput("It is bad.", where="waterLevel"))
        self.entities.append(entity)
        return Outcome(entity["id"])

    async def until(self, ready: Callable[[], object]) -> None:
        async with asyncio.timeout(60):
            while not ready():
                await asyncio.sleep(0.005)


class Odd:
    """Does what its settings say."""

    kind: ClassVar[str] = "odd"

    class Settings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
        does: str = "works"
        key: str = ""

    runs: ClassVar[int] = 0
    keys: ClassVar[list[str]] = []

    def __init__(self, settings: Settings) -> None:
        self.settings = settings

    async def run(self, push: Push) -> None:
        """Push, raise, end or hang."""
        type(self).runs += 1
        self.keys.append(self.settings.key)
        match self.settings.does:
            case "raises":
                raise ValueError("a bug")
            case "refuses":
                raise BadInput("A web page came instead of data.", where="https://example.org", hint="Correct `url`.")
            case "ends":
                await push([{"id": "urn:x:1", "type": "T"}])
            case "once":
                await push([{"id": "urn:x:1", "type": "T"}])
                await asyncio.Event().wait()
            case "hangs":
                await asyncio.Event().wait()
            case _:
                while True:
                    await push([{"id": "urn:x:1", "type": "T"}, {"id": "urn:x:2", "type": "T"}])
                    await push.sleep(60)


@pytest.fixture
def odd(monkeypatch: pytest.MonkeyPatch) -> type[Odd]:
    """The odd connector, installed; pauses and ticks are short."""
    Odd.runs, Odd.keys = 0, []
    find = connectors.find
    monkeypatch.setattr(connectors, "find", lambda kind: Odd if kind == "odd" else find(kind))
    for name, value in (("FIRST_PAUSE", 0.01), ("TICK", 0.01), ("REPORT", 0.02), ("SHORTEST_SILENCE", 0.0)):
        monkeypatch.setattr(supervisor, name, value)
    return Odd


@pytest.fixture
def writer() -> Writer:
    return Writer()


@pytest.fixture
def clock() -> Clock:
    return Clock(start=datetime(2026, 7, 1, 12, tzinfo=UTC), speed=1000.0)


@pytest.fixture
def feeds(odd: type[Odd], writer: Writer, clock: Clock) -> Callable[..., Feeds]:
    def make(*raws: dict[str, Any], calm: bool = False) -> Feeds:
        return Feeds(raws, view=writer, clock=clock, here=Here(city="town"), calm=calm)

    return make

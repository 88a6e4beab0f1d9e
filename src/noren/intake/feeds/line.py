"""A feed's line into the city: what a connector pushes is written through the view, counted and timed."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any, Protocol

import msgspec

from noren.city.clock import Clock
from noren.contract import FeedState, Here
from noren.errors import BadInput, Conflict, NorenError, NotAllowed, NotFound
from noren.terms.eyes import shown

_BATCH = 500
_GAPS = 20
_LEARNT = 5


class Outcome(Protocol):
    """What became of one entity."""

    id: str
    kind: Any
    error: NorenError | None


class Writer(Protocol):
    """The view, as far as feeds need it."""

    async def upsert(self, entities: Sequence[Any]) -> Sequence[Outcome]:
        """Write entities, one outcome each."""
        ...


class Status(msgspec.Struct):
    """How a feed does. `usual` in seconds of the city clock, None while it is not known; counts since the start."""

    name: str
    kind: str
    title: str = ""
    state: FeedState = FeedState.STARTING
    readings: int = 0
    refused: int = 0
    started: datetime | None = None
    last_reading: datetime | None = None
    last_error: str = ""
    usual: float | None = None
    patience: float = 4.0
    made: dict[str, bool] = {}
    """Types of the entities that the feed itself brought into the city, and whether they have a place."""


class Line:
    """Obeys `contract.Push` for one feed."""

    def __init__(self, view: Writer, clock: Clock, here: Here, status: Status) -> None:
        self._view, self._clock, self._here, self.status = view, clock, here, status
        self._gaps: deque[float] = deque(maxlen=_GAPS)
        self._stated = status.usual is not None
        self.kept_since_start = 0

    @property
    def here(self) -> Here:
        """What the connector may know of the city."""
        return self._here

    def now(self) -> datetime:
        """The time on the city's clock."""
        return self._clock.now()

    async def sleep(self, seconds: float) -> None:
        """Wait on the city's clock."""
        await self._clock.sleep(seconds)

    async def __call__(self, entities: Sequence[dict[str, Any]]) -> None:
        """Write the batch; entities that the city refuses are counted and the last one is shown."""
        for start in range(0, len(entities), _BATCH):
            batch = entities[start : start + _BATCH]
            try:
                outcomes = await self._view.upsert(batch)
            except (BadInput, NotAllowed, Conflict, NotFound) as error:
                self.refuse(error.what, where=error.where or shown(batch[0].get("id", "")), count=len(batch))
                continue
            self._count(batch, outcomes)
            await self._claim(batch, outcomes)

    async def _claim(self, batch: Sequence[dict[str, Any]], outcomes: Sequence[Outcome]) -> None:
        """Entities that were not in the city before belong to the feed's own dataset."""
        made = [entity for entity, outcome in zip(batch, outcomes, strict=True) if outcome.kind == "created"]
        for entity in made:
            self.status.made[entity["type"]] = self.status.made.get(entity["type"], False) or "location" in entity
        held = {"type": "Relationship", "object": dataset_id(self.here.city, self.status.name)}
        new = [entity for entity in made if "inDataset" not in entity]
        if new:
            await self._view.upsert([{"id": e["id"], "type": e["type"], "inDataset": held} for e in new])

    def _count(self, batch: Sequence[dict[str, Any]], outcomes: Sequence[Outcome]) -> None:
        for outcome in outcomes:
            if outcome.error is not None:
                self.refuse(str(outcome.error), where=shown(outcome.id))
        kept = [entity for entity, outcome in zip(batch, outcomes, strict=True) if outcome.error is None]
        if kept:
            self.kept_since_start += len(kept)
            self.status.readings += len(kept)
            self._arrived(max(self._times(kept), default=self.now()))

    def _times(self, entities: Sequence[dict[str, Any]]) -> Iterator[datetime]:
        now = self.now()
        texts = (_newest(entity) for entity in entities)
        yield from (min(moment, now) for moment in map(_moment, filter(None, texts)) if moment)

    def _arrived(self, newest: datetime) -> None:
        status = self.status
        if status.last_reading is not None and newest > status.last_reading:
            self._gaps.append((newest - status.last_reading).total_seconds())
        status.last_reading = max(newest, status.last_reading or newest)
        if not self._stated and len(self._gaps) >= _LEARNT:
            status.usual = max(self._gaps)
        status.state = FeedState.RUNNING

    def refuse(self, what: str, *, where: str = "", count: int = 1) -> None:
        """Count readings that could not be used; the last reason is shown."""
        self.status.refused += count
        self.status.last_error = f"{where}: {what}" if where else what


def dataset_id(city: str, feed: str) -> str:
    """Id of the dataset of what a feed brought into the city."""
    return f"urn:ngsi-ld:Dataset:{city}:feed-{feed}"


def _newest(entity: dict[str, Any]) -> str:
    return max((value.get("observedAt") or "" for value in entity.values() if isinstance(value, dict)), default="")


def _moment(text: str) -> datetime | None:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)

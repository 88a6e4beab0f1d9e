"""The one shape of a connector: something that brings readings in, on its own, for as long as the city runs."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Any, ClassVar, Protocol

import msgspec


class FeedState(StrEnum):
    """What a feed is doing, as the page *Today* shows it."""

    STARTING = "starting"
    RUNNING = "running"
    STALE = "stale"
    RETRYING = "retrying"
    STOPPED = "stopped"


class Here(msgspec.Struct, frozen=True, kw_only=True):
    """What a connector may know of the city it works for.

    `city` is the short name that stands in ids, `timezone` holds for times that state none, relative file names
    begin in `folder`, and `allow` are the inner hosts and networks that the city lets its feeds reach.
    """

    city: str
    timezone: str = "UTC"
    folder: Path = Path()
    allow: tuple[str, ...] = ()


class Push(Protocol):
    """A feed's line into the city: the only thing that a connector holds."""

    @property
    def here(self) -> Here:
        """What the connector may know of the city."""
        ...

    async def __call__(self, entities: Sequence[dict[str, Any]]) -> None:
        """Take a batch of entities (NGSI-LD, normalized or simplified, the city's own term names).

        One that the city refuses is counted and shown; it never raises for that. Waits while the city is busy.
        """
        ...

    def refuse(self, what: str, *, where: str = "", count: int = 1) -> None:
        """Say that `count` readings could not be used: `what` with the way to mend it, `where` down to the field."""
        ...

    def now(self) -> datetime:
        """The time on the city's clock, which may run fast."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Wait for `seconds` on the city's clock."""
        ...


class Connector(Protocol):
    """A connector reads its `Settings` from one `[[feeds]]` entry of `noren.toml` and pushes entities.

    `run` returns only when its source ends; it raises on trouble and is started again with back-off. It never
    sees more of the city than `push`. Making one is cheap and touches nothing; it ends cleanly when cancelled.
    """

    kind: ClassVar[str]
    Settings: ClassVar[type[msgspec.Struct]]

    def __init__(self, settings: Any) -> None: ...

    async def run(self, push: Push) -> None:
        """Bring readings in until the source ends; raises `NorenError` with what to do when it cannot."""

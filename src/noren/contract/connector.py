"""The one shape of a connector: something that brings readings in, on its own, for as long as the city runs."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from enum import StrEnum
from typing import Any, ClassVar, Protocol

import msgspec


class FeedState(StrEnum):
    """What a feed is doing, as the page *Today* shows it."""

    STARTING = "starting"
    RUNNING = "running"
    STALE = "stale"
    RETRYING = "retrying"
    STOPPED = "stopped"


Push = Callable[[Sequence[dict[str, Any]]], Awaitable[None]]
"""Takes a batch of entities (NGSI-LD, normalized or simplified, the city's own term names) on behalf of the feed."""


class Connector(Protocol):
    """A connector reads its `Settings` from one `[[feeds]]` entry of `noren.toml` and pushes entities.

    `run` returns only when its source ends; it raises on trouble and is started again with back-off. It never
    sees more of the city than `push`.
    """

    kind: ClassVar[str]
    Settings: ClassVar[type[msgspec.Struct]]

    def __init__(self, settings: Any) -> None: ...

    async def run(self, push: Push) -> None:
        """Bring readings in until the source ends; raises `NorenError` with what to do when it cannot."""

"""Replay: recorded series are played as if live, on the city's clock, once or in a loop."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from pathlib import Path
from typing import ClassVar

import msgspec

from noren.contract import Here, Push
from noren.contract.declaration import seconds
from noren.errors import BadInput
from noren.intake.connectors.player import Tape, play
from noren.intake.recorded import recorded


class ReplaySettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which files, and how they are laid along the city's time."""

    files: tuple[str, ...]
    """Series files, or patterns like `live/*.csv`, from the city's folder on; read as `noren add` would read them."""
    start: datetime | None = None
    """Readings before are left out; in a loop, the time at which a round begins."""
    end: datetime | None = None
    """Readings from then on are left out."""
    loop: str = ""
    """Length of a round ("2d") after which the tape begins anew, its times shifted; empty plays once."""

    def __post_init__(self) -> None:
        if not self.files:
            raise ValueError("`files` names no file")
        if any(time is not None and time.tzinfo is None for time in (self.start, self.end)):
            raise ValueError("`start` and `end` need a zone: 2024-04-27T00:00:00-03:00")
        if self.loop and seconds(self.loop) <= 0:
            raise ValueError("`loop` is longer than nothing")


class Replay:
    """A tape that plays on the city's clock, however fast that runs."""

    kind: ClassVar[str] = "replay"
    Settings: ClassVar[type[msgspec.Struct]] = ReplaySettings

    def __init__(self, settings: ReplaySettings) -> None:
        self.settings = settings

    async def run(self, push: Push) -> None:
        """Push what stands now, then what comes; returns at the end of the tape."""
        tape = await asyncio.to_thread(self.tape, push.here)
        await play(tape, push)

    def tape(self, here: Here) -> Tape:
        """The recorded series; raises `BadInput` for files that are not there or hold no series."""
        settings = self.settings
        table = recorded(find(settings.files, here.folder), here)
        loop = timedelta(seconds=seconds(settings.loop)) if settings.loop else None
        return Tape(table, start=settings.start, end=settings.end, loop=loop)


def find(patterns: tuple[str, ...], folder: Path) -> list[Path]:
    """The files that the patterns mean, from `folder` on; raises `BadInput` for one that means none."""
    found: list[Path] = []
    for pattern in patterns:
        whole = Path(pattern)
        matches = [whole] if whole.is_file() else sorted(folder.glob(pattern)) if not whole.is_absolute() else []
        if not matches:
            raise BadInput("There is no such file.", where=f"files: {pattern}", hint=f"It is looked for in {folder}.")
        found += matches
    return found

"""Recorded GTFS Realtime messages as files: the delays, positions and alerts of one moment."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from noren.contract import Here
from noren.errors import BadInput
from noren.intake import text
from noren.intake.connectors.gtfs_rt import GtfsRt, GtfsRtSettings, read
from noren.intake.convert import Reader
from noren.intake.source import Refused
from noren.net import Answer


def is_message(document: Any) -> bool:
    """Whether decoded JSON is such a message."""
    return isinstance(document, dict) and isinstance(document.get("header"), dict) and "entity" in document


def is_protobuf(head: bytes) -> bool:
    """Whether bytes begin like such a message: a header that states version 1.0 or 2.0."""
    return head[:1] == b"\x0a" and head[2:4] == b"\x0a\x03" and head[4:7] in (b"1.0", b"2.0")


def entities(path: Path, reader: Reader) -> list[dict[str, Any]]:
    """What the message says, as entities of the dataset; raises `BadInput` when it cannot be read."""
    with text.open_plain(path) as stream:
        answer = Answer(200, path.name, {}, stream.read())
    found = GtfsRt(GtfsRtSettings(url="")).entities(read(answer), _Desk(reader))
    made = [each | {"inDataset": reader.dataset} for each in found]
    reader.kept = len(made)
    return made


class _Desk:
    """Stands where a feed's line into the city would: gathers what cannot be used."""

    def __init__(self, reader: Reader) -> None:
        self.reader = reader
        self.here = Here(city=reader.place.slug, timezone=reader.place.zone)

    async def __call__(self, entities: Sequence[dict[str, Any]]) -> None:
        raise BadInput("A recorded message is read whole.")

    def refuse(self, what: str, *, where: str = "", count: int = 1) -> None:
        self.reader.refused.append(Refused(len(self.reader.refused) + 1, where, "", what))

    def now(self) -> datetime:
        return datetime.now(UTC)

    async def sleep(self, seconds: float) -> None:
        raise BadInput("A recorded message has no rhythm.")

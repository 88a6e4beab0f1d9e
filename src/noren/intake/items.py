"""What a file was taken for: one item a table in it, or one for a file that explains itself."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

import msgspec

from noren.intake import shapes
from noren.intake.reshaped import reshaped
from noren.intake.source import Source

Form = Literal["table", "gtfs", "gtfs-rt", "raster", "ngsi-ld", "settled"]


class Item(msgspec.Struct):
    """One thing in a file: a table, or a file that explains itself."""

    form: Form
    name: str
    source: Source | None = None
    entities: list[dict[str, Any]] = []


def table(source: Source) -> Item:
    """A table, with its rows as rows of one thing each."""
    return Item("table", source.name, reshaped(source))


def layers(path: Path, driver: str, inner: str = "") -> list[Item]:
    """The layers of a map file that GDAL reads with `driver`; `inner` names the file within a zip."""
    return [table(source) for source in shapes.vector(path, inner, driver)]

"""Recorded series read as `noren add` reads them: the same recognition, the same mapping files, nothing written."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import pyarrow as pa

from noren.contract import Here
from noren.errors import BadInput
from noren.intake import mapping as mappings
from noren.intake.convert import SERIES, Place, Reader
from noren.intake.guess import mapping_for
from noren.intake.mapping import Mapping
from noren.intake.recognise import recognise
from noren.intake.source import Refused, Source


def recorded(files: Sequence[Path], here: Here) -> pa.Table:
    """Readings of the files in schema `SERIES`; tables that are no series are passed over.

    Raises `BadInput` for a file that cannot be read, and when no file holds a series.
    """
    parts = [part for file in files for part in _readings(file, here)]
    if not parts:
        names = ", ".join(file.name for file in files)
        raise BadInput(
            "There is no series of readings.", where=names, hint="It needs a column of times and one of values."
        )
    return pa.concat_tables(parts)


def _readings(file: Path, here: Here) -> Iterator[pa.Table]:
    for item in recognise(file):
        found = mapping(item.source, here) if item.source else None
        if item.source and found and found.kind == "series":
            reader, refused = Reader(found, Place(here.city, here.timezone), ""), list[Refused]()
            yield from (reader.readings(batch).select(SERIES.names) for batch in item.source.open(refused))


def mapping(source: Source, here: Here) -> Mapping:
    """How the city reads a file of this name, else the best guess."""
    path = mappings.path_for(here.folder, Path(source.name))
    return mappings.read(path) if path.is_file() else mapping_for(source)

"""What a file says beyond counts, speeds and events, where it is about what cameras see: left out, and told."""

from __future__ import annotations

import pyarrow as pa

from noren.intake.mapping import PERSONAL, SKIP, Mapping
from noren.intake.source import Refused
from noren.terms import iri
from noren.terms.eyes import admits
from noren.view import sifting

_LEFT_OUT = "What cameras see comes in as counts, speeds and events: this column is left out."


def leave_out(mapping: Mapping) -> list[Refused]:
    """Take columns out of a mapping that the city would refuse row by row; each is told once."""
    told = []
    for name, column in mapping.columns.items():
        if column.attribute not in (SKIP, PERSONAL) and not admits(column.type or mapping.type, column.attribute):
            column.attribute = SKIP
            told.append(Refused(0, name, "", _LEFT_OUT, "cell"))
    return told


def sifted(kind: str, table: pa.Table) -> tuple[pa.Table, list[Refused]]:
    """The readings of a type that may be kept, and why others may not."""
    found = sifting.sift(iri(kind), table)
    return found.good, [Refused(0, name, f"{count} readings", why) for name, why, count in found.refused]

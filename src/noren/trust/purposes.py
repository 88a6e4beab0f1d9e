"""What data may be used for: the table `purposes.csv`, each row a term with an IRI of W3C's Data Privacy Vocabulary."""

from __future__ import annotations

import csv
from importlib.resources import files

import msgspec

from noren.errors import BadInput
from noren.terms import DataClass

OWN = "own-data"
_DPV = "https://w3id.org/dpv#"


class Purpose(msgspec.Struct, frozen=True):
    """One purpose; `operational` says whether it may read operational data, `meaning` is by language."""

    name: str
    dpv: str
    operational: bool
    meaning: dict[str, str]


def _load() -> dict[str, Purpose]:
    rows = csv.DictReader((files(__package__) / "purposes.csv").read_text("utf-8").splitlines())
    return {
        row["purpose"]: Purpose(
            row["purpose"], _DPV + row["dpv"], row["operational"] == "yes", {"en": row["en"], "ja": row["ja"]}
        )
        for row in rows
    }


PURPOSES = _load()


def purpose(name: str) -> Purpose:
    """The purpose of that name; raises `BadInput` when the city knows none."""
    if name not in PURPOSES:
        raise BadInput(f"“{name}” is no purpose.", where="purpose", hint=f"Known are: {', '.join(PURPOSES)}.")
    return PURPOSES[name]


def meaning(name: str) -> dict[str, str]:
    """What the purpose means, by language; empty for one that is not known."""
    return PURPOSES[name].meaning if name in PURPOSES else {}


def allowed_for(data_class: DataClass) -> list[Purpose]:
    """Purposes for which data of this class may be read by somebody."""
    if data_class == DataClass.OPEN:
        return list(PURPOSES.values())
    if data_class == DataClass.OPERATIONAL:
        return [each for each in PURPOSES.values() if each.operational]
    return [PURPOSES[OWN]]

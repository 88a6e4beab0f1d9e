"""What the city knows of a matter, what is missing, and who has it.

`holders.csv` says who usually holds data of a type; what a dataset's publisher says of itself comes first.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

import msgspec

from noren.terms import TYPES
from noren.terms.records import Dataset

if TYPE_CHECKING:
    from noren.view import View


class Source(msgspec.Struct):
    """A dataset that holds some of it."""

    id: str
    title: str
    publisher: str | None


class Knowledge(msgspec.Struct, rename="camel"):
    """One type: its meaning, the datasets that hold it, and, when there are none, who usually has it."""

    type: str
    meaning: dict[str, str]
    datasets: list[Source]
    holder: dict[str, str]


async def knowledge(view: View, types: Iterable[str]) -> list[Knowledge]:
    """What the catalogue says of each of the types, what is there before what is missing."""
    wanted = list(dict.fromkeys(types))
    sources: dict[str, list[Source]] = {name: [] for name in wanted}
    async for dataset in view.find(Dataset):
        for name in sources.keys() & set(dataset.entity_types or ()):
            sources[name].append(Source(dataset.id, dataset.title or dataset.id, dataset.publisher))
    found = [_known(name, sources[name]) for name in wanted]
    return sorted(found, key=lambda each: not each.datasets)


def _known(name: str, sources: list[Source]) -> Knowledge:
    meaning = TYPES[name].meaning if name in TYPES else {"en": name, "ja": name}
    return Knowledge(name, meaning, sources, {} if sources else holders().get(name, {}))


@cache
def holders() -> dict[str, dict[str, str]]:
    """Who usually holds data of a type, by language."""
    rows = csv.DictReader((files(__package__) / "holders.csv").read_text("utf-8").splitlines())
    return {row["type"]: {"en": row["en"], "ja": row["ja"]} for row in rows}

"""What a report can be about: the table `categories.csv`, or a city's own file of that name in its folder.

A category says where its issues lie (layers, functions), which department answers, and how soon: the service level.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from functools import cache
from importlib.resources import files
from pathlib import Path

import msgspec

from noren.contract import Function, Layer
from noren.errors import BadInput
from noren.messages import say

FILE = "categories.csv"
OTHER = "other"
LANGUAGES = ("en", "ja")


class Category(msgspec.Struct, frozen=True):
    """One kind of issue; `words` by language help to guess it, `answer_days` and `close_days` are the service level."""

    name: str
    group: str
    functions: tuple[Function, ...]
    layers: tuple[Layer, ...]
    department: str
    answer_days: float
    close_days: float
    meaning: dict[str, str]
    words: dict[str, tuple[str, ...]]


def categories(folder: Path | None = None) -> Mapping[str, Category]:
    """The categories by name, of the city in `folder` where it has a file of its own.

    Raises `BadInput` that names the row and column for a table that does not hold.
    """
    own = folder / FILE if folder else None
    if own is None or not own.is_file():
        return _packaged()
    return _read(own.read_text("utf-8-sig").splitlines(), str(own))


@cache
def _packaged() -> Mapping[str, Category]:
    return _read((files(__package__) / FILE).read_text("utf-8").splitlines(), FILE)


def _read(lines: Iterable[str], where: str) -> Mapping[str, Category]:
    found: dict[str, Category] = {}
    for number, row in enumerate(csv.DictReader(lines), 2):
        try:
            found[row["category"]] = _category(row)
        except KeyError as error:
            raise BadInput(f"The column {error} is missing.", where=where, hint="Copy the packaged table.") from None
        except ValueError as error:
            raise BadInput(f"This category does not hold: {error}.", where=f"{where}, row {number}") from None
    if OTHER not in found:
        raise BadInput(f"The category “{OTHER}” is missing.", where=where, hint="What fits nowhere needs a place.")
    return found


def _category(row: Mapping[str, str]) -> Category:
    return Category(
        name=row["category"],
        group=row["group"],
        functions=tuple(Function(each) for each in row["functions"].split(";")),
        layers=tuple(Layer(each) for each in row["layers"].split(";")),
        department=row["department"],
        answer_days=float(row["answer_days"]),
        close_days=float(row["close_days"]),
        meaning={each: row[each] for each in LANGUAGES},
        words={each: tuple(row[f"words_{each}"].split()) for each in LANGUAGES},
    )


def office(department: str, language: str) -> str:
    """What a department is called; a city's own one by the name that its table gives it."""
    key = f"portal.voice.by.{department}"
    words = say(language, key)
    return department if words == key else words


def guess(text: str, known: Mapping[str, Category]) -> str:
    """Name of the category that most words of `text` speak of; "other" when none does, ties to the first.

    >>> guess("The street light at the corner is dark", categories())
    'street-light'
    """
    plain = text.casefold()
    hits = {name: sum(word in plain for words in each.words.values() for word in words) for name, each in known.items()}
    best = max(hits, key=lambda name: hits[name])
    return best if hits[best] else OTHER

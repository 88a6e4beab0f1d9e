"""The words by which headings and file names are recognised, in the languages that cities write: tables."""

from __future__ import annotations

import csv
from functools import cache
from importlib.resources import files
from typing import Literal, cast

import msgspec

from noren.intake.text import plain

Role = Literal["latitude", "longitude", "point", "x", "y", "wkt", "time", "date", "hour", "id", "station", "personal"]


_AT_ENDS = frozenset(("latitude", "longitude", "x", "y"))
"""Roles whose words also stand at either end of longer headings."""


class Meaning(msgspec.Struct, frozen=True):
    """What a heading stands for; `unit` is the unit it is in when it says none."""

    attribute: str
    unit: str


@cache
def grid_words() -> list[tuple[str, list[str], list[str]]]:
    """Coordinate systems with the countries that use them and the words that name them."""
    return [
        (row["crs"], row["countries"].split(), [plain(word) for word in row["words"].split("|") if word])
        for row in _rows("grids.csv")
    ]


def _rows(name: str) -> list[dict[str, str]]:
    return list(csv.DictReader((files(__package__) / name).read_text("utf-8").splitlines()))


@cache
def meanings() -> dict[str, list[Meaning]]:
    """What a heading may mean, compared without case, accents and units; the most usual meaning first."""
    found: dict[str, list[Meaning]] = {}
    for row in _rows("columns.csv"):
        for word in row["words"].split("|"):
            found.setdefault(plain(word), []).append(Meaning(row["attribute"], row["unit"]))
    return found


@cache
def parts(attribute: str) -> dict[str, str]:
    """Part by heading, of an attribute that gathers several columns."""
    rows = [row for row in _rows("parts.csv") if row["attribute"] == attribute]
    return {plain(word): row["part"] for row in rows for word in row["words"].split("|")}


@cache
def type_words() -> list[tuple[str, str]]:
    """Pairs of word and type, long words first."""
    pairs = [(plain(word), row["type"]) for row in _rows("types.csv") for word in row["words"].split("|")]
    return sorted(set(pairs), key=lambda pair: -len(pair[0]))


@cache
def reading_words() -> dict[str, str]:
    """What a heading is of a table laid out for people: `measure`, `value`, `unit`, `year`, `month`, `day`; and the
    names of rows that sum up the others, `sum`."""
    return {plain(word): row["part"] for row in _rows("readings.csv") for word in row["words"].split("|")}


@cache
def report_words(part: str) -> tuple[str, ...]:
    """The headings of one part of a list of reports, the plainest first; those of `sure` stand in no other table."""
    rows = [row for row in _rows("reports.csv") if row["part"] == part]
    return tuple(dict.fromkeys(plain(word) for row in rows for word in row["words"].split("|")))


@cache
def state_words() -> dict[str, str]:
    """State of an issue by the word that a list of reports has for it."""
    return {plain(word): row["state"] for row in _rows("states.csv") for word in row["words"].split("|")}


@cache
def role_words() -> dict[str, Role]:
    """Role by heading."""
    return {plain(word): cast(Role, row["role"]) for row in _rows("roles.csv") for word in row["words"].split("|")}


def role_of(heading: str) -> Role | None:
    """The role of a heading: of the whole of it, else of its first or last words (`geo epgs 4326 lat`, `x l93`)."""
    known = role_words()
    if heading in known:
        return known[heading]
    for word, role in known.items():
        if role in _AT_ENDS and (_ends(word, heading) or heading.startswith(f"{word} ")):
            return role
    return None


def _ends(word: str, heading: str) -> bool:
    """Whether a heading ends with a word, which in Japanese and Chinese is joined to what stands before."""
    before = heading.removesuffix(word)
    return before != heading and (before.endswith(" ") or (before[-1:] > "\u2e7f") or word[0] > "\u2e7f")


def occurs(word: str, text: str) -> bool:
    """Whether a word stands in plain text: as whole words for alphabets, anywhere for Japanese."""
    if word.isascii() or not any(ord(c) > 0x2E7F for c in word):
        return f" {word} " in f" {text} " or f" {word}s " in f" {text} "
    return word in text

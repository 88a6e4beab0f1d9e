"""The words by which headings and file names are recognised, in the languages that cities write: tables."""

from __future__ import annotations

import csv
from functools import cache
from importlib.resources import files
from typing import Literal, cast

import msgspec

from noren.intake.text import plain

Role = Literal["latitude", "longitude", "point", "x", "y", "wkt", "time", "date", "hour", "id", "station", "personal"]


class Meaning(msgspec.Struct, frozen=True):
    """What a heading stands for; `unit` is the unit it is in when it says none."""

    attribute: str
    unit: str


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
def role_words() -> dict[str, Role]:
    """Role by heading."""
    return {plain(word): cast(Role, row["role"]) for row in _rows("roles.csv") for word in row["words"].split("|")}


def occurs(word: str, text: str) -> bool:
    """Whether a word stands in plain text: as whole words for alphabets, anywhere for Japanese."""
    if word.isascii() or not any(ord(c) > 0x2E7F for c in word):
        return f" {word} " in f" {text} " or f" {word}s " in f" {text} "
    return word in text

"""The blocks of a document: words without markup, so that nothing that somebody wrote is ever taken for some."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from typing import Literal

import msgspec

Tone = Literal["plain", "note", "missing"]


class Heading(msgspec.Struct, tag="heading"):
    """The name of one thing within a chapter."""

    words: str


class Text(msgspec.Struct, tag="text"):
    """A paragraph; `note` explains how to read what stands beside it, `missing` says what is not known."""

    words: str
    tone: Tone = "plain"


class Items(msgspec.Struct, tag="items"):
    """A list of sentences."""

    words: list[str]


class Facts(msgspec.Struct, tag="facts"):
    """What is stated of one thing: a label and what is said."""

    rows: list[tuple[str, str]]


class Table(msgspec.Struct, tag="table"):
    """A table; `numbers` are the columns, from 0, that are set flush right; `caption` says what it shows."""

    caption: str
    head: list[str]
    rows: list[list[str]]
    numbers: tuple[int, ...] = ()


class Drawing(msgspec.Struct, tag="drawing"):
    """A drawing as SVG, and what it shows for those who do not see it."""

    svg: str
    words: str


Block = Heading | Text | Items | Facts | Table | Drawing


class Chapter(msgspec.Struct):
    """A chapter; `id` is its address within the page."""

    id: str
    title: str
    blocks: list[Block]


class Document(msgspec.Struct):
    """A whole document in one language; `date` is written out, `day` is year, month, day."""

    title: str
    city: str
    language: str
    date: str
    chapters: list[Chapter]
    contents: str = ""
    subtitle: str = ""
    day: tuple[int, int, int] = (2000, 1, 1)


def chapter(id: str, title: str, *parts: Block | Iterable[Block]) -> Chapter:
    """A chapter from blocks and lists of them."""
    blocks: list[Block] = []
    for part in parts:
        if isinstance(part, msgspec.Struct):
            blocks.append(part)
        else:
            blocks.extend(part)
    return Chapter(id, title, blocks)


_TURNING = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def plain(text: str) -> str:
    """Text that can be printed: no control characters, and none that turn the direction of what stands behind.

    >>> plain("Bridge\\x00\\u202e\\nNorth")
    'Bridge\\nNorth'
    """
    return "".join(each for each in text if each == "\n" or not _is_unprintable(each))


def _is_unprintable(letter: str) -> bool:
    is_none = ord(letter) & 0xFFFE == 0xFFFE or 0xFDD0 <= ord(letter) <= 0xFDEF
    return is_none or letter in _TURNING or unicodedata.category(letter) in ("Cc", "Cs")

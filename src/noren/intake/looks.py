"""A column as its sample shows it, and what its heading stands for."""

from __future__ import annotations

import re

import msgspec
import pyarrow as pa
import pyarrow.compute as pc

from noren.intake import parse
from noren.intake.names import IN_BRACKETS
from noren.intake.text import plain
from noren.intake.words import Meaning, meanings, role_of, role_words
from noren.terms import COMMON, TYPES

UNITS = {
    "m": "MTR", "cm": "CMT", "mm": "MMT", "km": "KMT", "km h": "KMH", "kmh": "KMH", "m s": "MTS", "ms": "MTS",
    "c": "CEL", "°c": "CEL", "℃": "CEL", "hpa": "A97", "mb": "A97", "m3 s": "MQS", "%": "P1", "kwh": "KWH", "m3": "MTQ",
    "ug m3": "GQ", "μg m3": "GQ", "µg/m³": "GQ",
    "sec": "SEC", "ft": "FOT", "in": "INH", "kn": "KNT", "mph": "HM", "f": "FAH",
}  # fmt: skip
_SAID = re.compile(r"\d\s*([^\d\s.,].*)$")
_ONLY_IN_BRACKETS = frozenset({"in", "f"})
"""Units that as the last word of a heading are a word like others."""
_THOUSANDS = re.compile(r"[+-]?\d{1,3}(\.\d{3})+")
MOSTLY, HALF = 0.9, 0.5
"""Share of numbers from which a column is one of numbers, and from which a heading that says so is believed."""


class Look(msgspec.Struct):
    """A column as its sample shows it."""

    name: str
    heading: str
    unit: str
    filled: int
    distinct: int
    share: float
    """Which share of the filled cells are numbers."""
    commas: float
    """Which share are numbers with a decimal comma."""
    decimal: parse.NumberStyle
    middle: float | None
    high: float | None
    form: str | None
    texts: list[str]
    label: str

    @property
    def thousands(self) -> bool:
        """Whether each point stands before three digits, as where it parts thousands."""
        pointed = [text for text in self.texts if "." in text]
        return bool(pointed) and all(_THOUSANDS.fullmatch(text) for text in pointed)

    @property
    def numeric(self) -> bool:
        """Whether it is a column of numbers, a stray cell forgiven."""
        return self.share >= MOSTLY

    @property
    def key(self) -> bool:
        """Whether its cells tell the rows of the sample apart."""
        return self.filled > 0 and self.distinct == self.filled


def look(name: str, column: pa.ChunkedArray, label: str = "") -> Look:
    """What the sample says of a column."""
    heading = label or name
    brackets = IN_BRACKETS.findall(heading)
    bare = plain(IN_BRACKETS.sub(" ", heading)) or plain(heading)
    if role_of(bare) in ("latitude", "longitude"):
        column = parse.degrees(column)
    style: parse.NumberStyle = "point"
    share, commas = parse.share_of_numbers(column, "point"), parse.share_of_numbers(column, "comma")
    if share < commas or _only_so_on_earth(role_of(bare), column, share, commas):
        style, share = "comma", commas
    numeric = share >= MOSTLY
    values = parse.numbers(column, style) if numeric else None
    middle = pc.quantile(parse.numbers(column, style), 0.5)[0].as_py()
    filled = column.drop_null()
    form = None if numeric and not _like_a_date(bare) else parse.time_format(filled)
    return Look(
        name,
        bare,
        unit_in(bare, brackets) or (_unit_of_cells(filled) if numeric else ""),
        len(filled),
        pc.count_distinct(filled).as_py(),
        share,
        commas,
        style,
        middle,
        pc.max(values).as_py() if values is not None else None,
        form,
        [str(v) for v in filled.slice(0, 50).to_pylist()],
        heading,
    )


def _unit_of_cells(filled: pa.ChunkedArray) -> str:
    """The unit that most cells state behind their numbers ("12 km/h"), "" for none."""
    cells = [match[1].strip().casefold() for text in filled.slice(0, 50).to_pylist() if (match := _SAID.search(text))]
    usual = max(set(cells), key=cells.count, default="")
    return UNITS.get(usual) or UNITS.get(plain(usual), "") if 2 * len(cells) > min(len(filled), 50) else ""


def _only_so_on_earth(role: str | None, column: pa.ChunkedArray, points: float, commas: float) -> bool:
    """Whether degrees that read either way ("50,451") are degrees only with a decimal comma."""
    if role not in ("latitude", "longitude") or commas < HALF or points > commas:
        return False
    largest = [pc.max(pc.abs(parse.numbers(column, style))).as_py() or 0 for style in ("point", "comma")]
    return bool(largest[0] > 180 >= largest[1])


def _like_a_date(heading: str) -> bool:
    return role_words().get(heading) in ("time", "date", "hour")


def unit_in(heading: str, brackets: list[str]) -> str:
    """UN/CEFACT code of the unit that a heading states in brackets or as its last word, "" for none."""
    last = heading.rsplit(" ", 1)[-1] if " " in heading else ""
    for text in [*reversed(brackets), "" if last in _ONLY_IN_BRACKETS else last]:
        first = re.split(r"[/／]\d*分|[ 　]", text.strip())[0]
        for form in (text.strip().casefold(), plain(text), plain(first)):
            if form in UNITS:
                return UNITS[form]
    return ""


def meaning_of(heading: str, kind: str = "") -> Meaning | None:
    """What a heading stands for, by the whole of it, then without its last word, then by a word within it; of several
    meanings the one that the type `kind` has."""
    found = _meanings(heading)
    own = TYPES[kind].attributes if kind in TYPES else {}
    return next((m for m in found if m.attribute in own), found[0] if found else None)


_ABOUT = re.compile(
    r"^(total )?(no|number|num|nombre|numero|nro|anzahl|antal|aantal|qt|qtd|count)( (of|de|d|der|van))? (?=[a-z]{3})"
    r"| ?(19|20)\d\d$"
)
"""What a heading says besides: that it counts, and the year."""


def _meanings(heading: str) -> list[Meaning]:
    known = meanings()
    short = heading.rsplit(" ", 1)[0]
    heading = _ABOUT.sub("", heading)
    if found := known.get(heading) or known.get(heading.replace(" ", "")):
        return found
    if short != heading and plain(heading.rsplit(" ", 1)[-1]) in UNITS and (found := known.get(short)):
        return found
    if any(ord(c) > 0x2E7F for c in heading):
        hits = [word for word in known if len(word) > 1 and any(ord(c) > 0x2E7F for c in word) and word in heading]
        return known[max(hits, key=len)] if hits and len(heading) <= len(max(hits, key=len)) + 2 else []
    return []


def fits(attribute: str, column: Look) -> bool:
    """Whether the cells can be what an attribute is: numbers, times."""
    known = COMMON.get(attribute) or next(
        (t.attributes[attribute] for t in TYPES.values() if attribute in t.attributes), None
    )
    if known is None:
        return True
    if known.kind == "number":
        return column.share >= HALF
    return column.form is not None or known.kind != "datetime"

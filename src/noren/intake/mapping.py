"""How one file becomes entities and readings: guessed, shown, kept as a small file, corrected by hand."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any, Literal

import msgspec

from noren.errors import BadInput
from noren.terms import ATTRIBUTES, COMMON, TYPES

Kind = Literal["places", "series", "rows", "ngsi-ld", "gtfs", "coverage"]
SKIP, PERSONAL = "-", "personal"
HEADER = """\
# How Noren reads the file named below. Correct it by hand where the guess is wrong; the next
# `noren add` of a file of this name uses what stands here.
#
# kind       places: a row is a thing; series: a row is a reading; rows: a row of a table without a place;
#            coverage: a raster; gtfs and ngsi-ld explain themselves
# type       the type of entity (see the page Data, or /api/terms)
# columns    heading = what it stands for; "-" leaves a column out, "personal" leaves out what is about people
#            (a resident's data needs the resident); unit is that of the file
"""


class Column(msgspec.Struct, omit_defaults=True, forbid_unknown_fields=True):
    """One column: the attribute it fills, its unit in the file (UN/CEFACT code) and, in a wide table, whose it is."""

    attribute: str
    unit: str = ""
    kind: Literal["number", "text", "time", "json", "list", "yes-no", "fit", "state"] = "text"
    decimal: Literal["point", "comma"] = "point"
    format: str = ""
    station: str = ""
    type: str = ""
    part: str = ""
    """Key inside an attribute that gathers several columns (people by age, fitness by hazard)."""
    data_class: Literal["", "open", "operational", "personal"] = msgspec.field(name="class", default="")
    """Keeps the attribute better than the tables do; the city reads it (noren.city.mappings)."""


class Mapping(msgspec.Struct, omit_defaults=True, rename={"id_columns": "id"}, forbid_unknown_fields=True):
    """Everything that `noren add` needs to know of a file beyond the file itself."""

    file: str
    kind: Kind
    type: str
    title: str = ""
    id_columns: list[str] = []
    numbered: bool = False
    """The ids only count rows: the file's name goes before them."""
    station: str = ""
    """Of a series: the one thing that all readings are of, when no column says so."""
    latitude: str = ""
    longitude: str = ""
    point: str = ""
    wkt: str = ""
    crs: str = "EPSG:4326"
    swapped: bool = False
    """Latitude and longitude stand in each other's place."""
    decimal: Literal["point", "comma"] = "point"
    scale: float = 1
    """Latitude and longitude are multiplied by it: degrees that come as whole numbers."""
    time: list[str] = []
    time_format: str = ""
    zone: str = ""
    """IANA zone of times that state none; empty: the city's."""
    first: str = ""
    step: float = 0
    """For a series without times: when its first row is, and seconds from row to row."""
    role: Literal["", "terrain", "water"] = ""
    data_class: Literal["", "open", "operational", "personal"] = msgspec.field(name="class", default="")
    """Keeps entities of the type better than the tables do; the city reads it (noren.city.mappings)."""
    licence: str = ""
    publisher: str = ""
    attribution: str = ""
    source: str = ""
    fixed: dict[str, str] = {}
    """Attributes that every row has, with their value."""
    columns: dict[str, Column] = {}

    @property
    def has_place(self) -> bool:
        """Whether rows say where they are."""
        return bool(self.latitude or self.point or self.wkt)


def path_for(city: Path, file: Path) -> Path:
    """Where the mapping of a file lies."""
    return city / "mappings" / f"{file.name}.toml"


def read(path: Path) -> Mapping:
    """The mapping in the file; raises `BadInput` that names the line or key to mend."""
    try:
        mapping = msgspec.convert(tomllib.loads(path.read_text("utf-8")), Mapping)
    except tomllib.TOMLDecodeError as error:
        raise BadInput(
            "The mapping is not valid TOML.", where=f"{path.name}: {error}", hint="Mend that line."
        ) from error
    except msgspec.ValidationError as error:
        raise BadInput(
            f"The mapping is wrong: {error}.", where=path.name, hint="Mend it, or delete it to guess again."
        ) from error
    return mapping


def write(mapping: Mapping, path: Path) -> None:
    """Keep the mapping with a comment on every column."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(render(mapping), "utf-8")


def render(mapping: Mapping) -> str:
    """The mapping as TOML that a municipal officer can read."""
    plain = msgspec.to_builtins(mapping)
    columns = plain.pop("columns", {})
    lines = [HEADER, *(f"{key} = {_value(value)}" for key, value in plain.items()), ""]
    if columns:
        lines.append("[columns]")
        for name, column in columns.items():
            inner = ", ".join(f"{key} = {_value(value)}" for key, value in column.items())
            lines.append(f"{_value(name)} = {{ {inner} }}{_comment(mapping.columns[name])}")
    return "\n".join(lines) + "\n"


def _comment(column: Column) -> str:
    known = ATTRIBUTES.get(column.attribute)
    return f"  # {known.meaning['en']} · {known.meaning['ja']}" if known else ""


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return "[" + ", ".join(map(_value, value)) + "]"
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{key} = {_value(each)}" for key, each in value.items()) + " }"
    if isinstance(value, int | float):
        return repr(value)
    escaped = msgspec.json.encode(str(value)).decode()
    return escaped.replace("\x7f", "\\u007f")


def check(mapping: Mapping, columns: list[str]) -> None:
    """Raise `BadInput` when the mapping names columns that the file does not have."""
    named = [*mapping.id_columns, *mapping.time, mapping.latitude, mapping.longitude, mapping.point, mapping.wkt]
    missing = [name for name in [*named, *mapping.columns] if name and name not in columns]
    if missing:
        raise BadInput(
            f"The mapping names the column “{missing[0]}”, which the file does not have.",
            where=f"mappings/{mapping.file}.toml",
            hint=f"The file has: {', '.join(columns[:30])}. Mend the mapping, or delete it to guess again.",
        )


def unit_of(type_name: str, attribute: str) -> str:
    """The unit in which the city keeps an attribute."""
    kind = TYPES.get(type_name)
    found = (kind.attribute(attribute) if kind else None) or COMMON.get(attribute)
    return found.unit if found else ""

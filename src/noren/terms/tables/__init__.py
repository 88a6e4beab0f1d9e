"""Reads the tables once, at import, and refuses a table that contradicts itself."""

from __future__ import annotations

import csv
from enum import IntEnum
from importlib.resources import files
from typing import Literal, cast, get_args

import msgspec

from noren.errors import BadInput

Kind = Literal[
    "text", "texts", "number", "numbers", "boolean", "datetime", "geometry", "relation", "relations", "language", "json"
]
EVERY_TYPE = "*"
DEFAULT_VOCABULARY = "https://uri.etsi.org/ngsi-ld/default-context/"
_BASES = {
    "core": "https://uri.etsi.org/ngsi-ld/",
    "common": "https://smartdatamodels.org/",
    "dcterms": "http://purl.org/dc/terms/",
    "noren": "urn:noren:term:",
}


class DataClass(IntEnum):
    """How well a value is kept behind the curtain; a higher class is stricter."""

    OPEN = 0
    OPERATIONAL = 1
    PERSONAL = 2


class Attribute(msgspec.Struct, frozen=True):
    """An attribute as one type uses it; `unit` is a UN/CEFACT code, `meaning` is by language."""

    name: str
    iri: str
    kind: Kind
    unit: str
    data_class: DataClass | None
    indexed: bool
    meaning: dict[str, str]


class EntityType(msgspec.Struct, frozen=True):
    """A type of entity with its own attributes; those of `COMMON` hold besides."""

    name: str
    iri: str
    data_class: DataClass
    meaning: dict[str, str]
    domain: str
    attributes: dict[str, Attribute]

    def attribute(self, name: str) -> Attribute | None:
        """The attribute of that name, the type's own or common."""
        return self.attributes.get(name) or COMMON.get(name)

    def class_of(self, name: str) -> DataClass:
        """Class of the attribute `name`: its own where one is stated, else the type's."""
        attribute = self.attribute(name)
        if attribute is None or attribute.data_class is None:
            return self.data_class
        return attribute.data_class


def _base(model: str) -> str:
    return _BASES.get(model) or f"https://smartdatamodels.org/dataModel.{model}/"


def _load() -> tuple[dict[str, EntityType], dict[str, Attribute], dict[str, Attribute]]:
    types: dict[str, EntityType] = {}
    common: dict[str, Attribute] = {}
    known: dict[str, Attribute] = {}
    for path in sorted((p for p in files(__package__).iterdir() if p.name.endswith(".csv")), key=lambda p: p.name):
        domain = path.name.removesuffix(".csv")
        for line, row in enumerate(csv.DictReader(path.read_text("utf-8").splitlines()), 2):
            where = f"terms/tables/{path.name}, row {line}"
            meaning = {"en": row["en"], "ja": row["ja"]}
            data_class = DataClass[row["class"].upper()] if row["class"] else None
            address = _base(row["model"]) + (row["attribute"] or row["type"])
            if not row["attribute"]:
                if row["type"] in types:
                    raise BadInput(f"The type {row['type']} stands twice.", where=where)
                if data_class is None:
                    raise BadInput(f"The type {row['type']} has no class.", where=where)
                types[row["type"]] = EntityType(row["type"], address, data_class, meaning, domain, {})
                continue
            if row["kind"] not in get_args(Kind):
                raise BadInput(f"“{row['kind']}” is no kind of attribute.", where=where)
            attribute = Attribute(
                row["attribute"],
                address,
                cast(Kind, row["kind"]),
                row["unit"],
                data_class,
                row["index"] == "yes",
                meaning,
            )
            first = known.setdefault(attribute.name, attribute)
            if (first.iri, first.kind) != (attribute.iri, attribute.kind):
                raise BadInput(f"{attribute.name} has another meaning elsewhere: {first.iri}.", where=where)
            (common if row["type"] == EVERY_TYPE else types[row["type"]].attributes)[attribute.name] = attribute
    return types, common, known


TYPES, COMMON, ATTRIBUTES = _load()


def iri(name: str) -> str:
    """IRI of a type or attribute by its short name; an unknown name falls into NGSI-LD's default vocabulary."""
    found = TYPES.get(name) or ATTRIBUTES.get(name)
    return found.iri if found else DEFAULT_VOCABULARY + name

"""Writes `records.py` from the tables: `python -m noren.terms.generate`; `source()` gives the text without writing."""

from __future__ import annotations

import keyword
import re
from pathlib import Path

from noren.errors import BadInput
from noren.terms.record import Base
from noren.terms.tables import COMMON, TYPES, Attribute, EntityType

TARGET = Path(__file__).with_name("records.py")
_KINDS = {
    "text": "str",
    "texts": "list[str]",
    "number": "float",
    "numbers": "list[float]",
    "boolean": "bool",
    "datetime": "Moment",
    "geometry": "dict[str, Any]",
    "relation": "str",
    "relations": "list[str]",
    "language": "dict[str, str]",
    "json": "Any",
}
_HEAD = '''"""A typed record for each entity type of the tables.

Written by `python -m noren.terms.generate`, not by hand.

>>> WaterObserved(id="urn:ngsi-ld:WaterObserved:town:1", water_level=1.2).entity()["waterLevel"]
{'type': 'Property', 'value': 1.2, 'unitCode': 'MTR'}
"""

from __future__ import annotations

from typing import Any

from noren.terms.record import Base, Moment


class Record(Base):
    """What every entity may have."""

'''
_TAIL = '''

RECORDS: dict[str, type[Record]] = {record.__name__: record for record in Record.__subclasses__()}
"""The record classes by type name."""
'''


def field_name(term: str) -> str:
    """The Python name of a term; raises `BadInput` where the way back would not give the term again.

    >>> field_name("waterLevel")
    'water_level'
    """
    name = re.sub(r"[A-Z]", lambda capital: "_" + capital[0].lower(), term)
    first, *rest = name.split("_")
    back = first + "".join(part.title() for part in rest)
    if back != term or not first or keyword.iskeyword(name) or hasattr(Base, name):
        raise BadInput(f"“{term}” cannot be a field of a record.", hint="Choose another camelCase name.")
    return name


def _field(attribute: Attribute) -> str:
    kind = _KINDS[attribute.kind]
    optional = "Any" if kind == "Any" else f"{kind} | None"
    unit = f" ({attribute.unit})" if attribute.unit else ""
    return f'    {field_name(attribute.name)}: {optional} = None\n    """{attribute.meaning["en"]}{unit}."""\n'


def _record(kind: EntityType) -> str:
    fields = "".join(_field(attribute) for attribute in kind.attributes.values())
    return f'\n\nclass {kind.name}(Record):\n    """{kind.meaning["en"]}."""\n' + (f"\n{fields}" if fields else "")


def source() -> str:
    """The text that `records.py` should have."""
    common = "".join(_field(attribute) for attribute in COMMON.values())
    return _HEAD + common + "".join(_record(TYPES[name]) for name in sorted(TYPES)) + _TAIL


if __name__ == "__main__":
    TARGET.write_text(source(), "utf-8")

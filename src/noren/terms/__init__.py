"""What the words mean: entity types, attributes, units, classes of data. Tables, nothing else.

One CSV a domain stands in `tables/`; a row without an attribute describes the type itself, rows under type `*` hold
for every type. Records (`terms/records.py`), contexts, validation, forms and documents derive from these tables.
Names to know: `TYPES`, `ATTRIBUTES`, `iri`.

>>> TYPES["WaterObserved"].attributes["waterLevel"].unit
'MTR'
>>> iri("waterLevel")
'https://smartdatamodels.org/dataModel.Environment/waterLevel'
"""

from noren.terms.tables import ATTRIBUTES, COMMON, DEFAULT_VOCABULARY, TYPES, Attribute, DataClass, EntityType, iri

__all__ = ["ATTRIBUTES", "COMMON", "DEFAULT_VOCABULARY", "TYPES", "Attribute", "DataClass", "EntityType", "iri"]

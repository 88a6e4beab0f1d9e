"""How well each type and attribute is kept: its class in the city's tables, raised where a mapping file says so."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from noren.terms import ATTRIBUTES, COMMON, DEFAULT_VOCABULARY, TYPES, DataClass


class Classes:
    """Classes of data by IRI. `unknown` holds for types that no table describes; `raised` maps "Type" or
    "Type.attribute" to the stricter class that the city chose; a class is never lowered."""

    def __init__(
        self, unknown: DataClass = DataClass.OPERATIONAL, raised: Mapping[str, DataClass] | None = None
    ) -> None:
        self._unknown = unknown
        self._types = {kind.iri: kind for kind in TYPES.values()}
        self._names = {attribute.iri: name for name, attribute in ATTRIBUTES.items()}
        self._floor = _floor()
        self.raised: Mapping[str, DataClass] = raised or {}

    def type_name(self, iri: str) -> str:
        """Short name of a type, the IRI for one that the city does not know."""
        return self._types[iri].name if iri in self._types else iri.removeprefix(DEFAULT_VOCABULARY)

    def attribute_name(self, iri: str) -> str:
        """Short name of an attribute, as `type_name`."""
        return self._names.get(iri) or iri.removeprefix(DEFAULT_VOCABULARY)

    def of_type(self, iri: str) -> DataClass:
        """Class of entities of this type."""
        kind = self._types.get(iri)
        return max(kind.data_class if kind else self._unknown, self.raised.get(self.type_name(iri), DataClass.OPEN))

    def is_personal(self, iri: str) -> bool:
        """Whether entities of this type are about people."""
        return self.of_type(iri) == DataClass.PERSONAL

    def is_plain(self, name: str) -> bool:
        """Whether this short name is that of a type which some table describes and which is about nobody."""
        kind = TYPES.get(name)
        return kind is not None and not self.is_personal(kind.iri)

    def of_entity(self, types: Iterable[str]) -> DataClass:
        """Class of an entity: the strictest of its types'."""
        return max((self.of_type(iri) for iri in types), default=self._unknown)

    def of_attribute(self, type_iri: str, iri: str) -> DataClass:
        """Class of an attribute of a type. One that some table marks by itself keeps at least that class everywhere."""
        kind, name = self._types.get(type_iri), self.attribute_name(iri)
        stated = kind.class_of(name) if kind else self._unknown
        raised = self.raised.get(f"{self.type_name(type_iri)}.{name}", DataClass.OPEN)
        whole = self.raised.get(self.type_name(type_iri), DataClass.OPEN)
        return max(stated, raised, whole, self._floor.get(iri, DataClass.OPEN))

    def known(self, type_iri: str) -> set[str]:
        """Attributes (IRIs) that the tables describe for a type."""
        kind = self._types.get(type_iri)
        return {a.iri for a in (*kind.attributes.values(), *COMMON.values())} if kind else set()

    def types_up_to(self, data_class: DataClass) -> list[str]:
        """Known types whose entities are at most of this class."""
        return [iri for iri in self._types if self.of_type(iri) <= data_class]


def _floor() -> dict[str, DataClass]:
    floor: dict[str, DataClass] = {}
    for attributes in (COMMON, *(kind.attributes for kind in TYPES.values())):
        for attribute in attributes.values():
            if attribute.data_class is not None:
                floor[attribute.iri] = max(attribute.data_class, floor.get(attribute.iri, DataClass.OPEN))
    return floor

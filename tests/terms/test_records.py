"""Typed records: up to date with the tables, and the way to an entity and back loses nothing."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from noren.errors import BadInput
from noren.terms import TYPES, generate
from noren.terms.records import RECORDS, Alert, Building, Record, WaterObserved

NOON = datetime(2024, 5, 1, 12, tzinfo=UTC)
TEXT = st.text(max_size=8)
KINDS: dict[str, st.SearchStrategy[Any]] = {
    "text": TEXT,
    "texts": st.lists(TEXT, min_size=1),
    "number": st.floats(allow_nan=False, allow_infinity=False),
    "numbers": st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=1),
    "boolean": st.booleans(),
    "datetime": st.datetimes(timezones=st.just(UTC)),
    "geometry": st.just({"type": "Point", "coordinates": [1.0, 2.0]}),
    "relation": st.just("urn:ngsi-ld:Dataset:town:1"),
    "relations": st.just(["urn:a:1", "urn:a:2"]),
    "language": st.dictionaries(st.sampled_from(["en", "ja"]), TEXT, min_size=1),
    "json": st.recursive(st.integers() | TEXT, lambda inner: st.dictionaries(st.just("k"), inner, min_size=1)),
}


def test_the_committed_file_is_what_the_tables_say() -> None:
    assert generate.TARGET.read_text("utf-8") == generate.source(), "run python -m noren.terms.generate"


def test_every_type_has_a_record() -> None:
    assert set(RECORDS) == set(TYPES)


@st.composite
def records(draw: st.DrawFn) -> Record:
    name = draw(st.sampled_from(sorted(TYPES)))
    values = {}
    for attribute in TYPES[name].attributes.values():
        if draw(st.booleans()):
            values[generate.field_name(attribute.name)] = draw(KINDS[attribute.kind])
    return RECORDS[name](id=f"urn:ngsi-ld:{name}:town:1", name=draw(TEXT), observed_at=NOON, **values)


@given(records())
def test_an_entity_makes_the_same_record_again(record: Record) -> None:
    entity = record.entity()
    observed = any(isinstance(value, dict) and "observedAt" in value for value in entity.values())
    again = type(record).of(msgspec.json.decode(msgspec.json.encode(entity)))
    assert again == msgspec.structs.replace(record, observed_at=NOON if observed else None)


def test_measured_attributes_carry_unit_and_time() -> None:
    entity = WaterObserved(id="urn:x:1", water_level=1.5, capacity=2, observed_at=NOON).entity()
    assert entity["waterLevel"] == {
        "type": "Property",
        "value": 1.5,
        "unitCode": "MTR",
        "observedAt": "2024-05-01T12:00:00Z",
    }
    assert entity["capacity"] == {"type": "Property", "value": 2}


def test_simplified_form_is_read() -> None:
    record = Alert.of(
        {
            "id": "urn:x:1",
            "type": "Alert",
            "headline": {"languageMap": {"en": "Flood"}},
            "dateIssued": {"@type": "DateTime", "@value": "2024-05-01T12:00:00Z"},
            "address": {"json": {"city": "x"}},
            "severity": {"dataset": {"@none": "high", "urn:d:1": "low"}},
            "unknownToTheTables": 5,
        }
    )
    assert record == Alert(
        id="urn:x:1", headline={"en": "Flood"}, date_issued=NOON, address={"city": "x"}, severity="high"
    )


def test_a_value_of_another_kind_is_left_out_and_the_rest_kept() -> None:
    record = Building.of({"id": "urn:x:1", "height": "tall", "use": "house", "owner": "urn:o:1"})
    assert record == Building(id="urn:x:1", use="house", owner=["urn:o:1"])


def test_a_time_without_zone_is_refused() -> None:
    with pytest.raises(BadInput, match="has no zone"):
        WaterObserved(id="urn:x:1", date_observed=datetime(2024, 5, 1)).entity()


def test_an_entity_without_id_is_refused() -> None:
    with pytest.raises(BadInput, match="no id"):
        Building.of({"height": "tall"})


@pytest.mark.parametrize("term", ["of", "class", "URL", "with_underscore"])
def test_terms_that_make_no_field_are_refused(term: str) -> None:
    with pytest.raises(BadInput):
        generate.field_name(term)

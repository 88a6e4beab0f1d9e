"""What a payload means: paths, templates, and that no payload whatever raises or slips through unseen."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from noren.errors import BadInput
from noren.intake.connectors.payload import ABSENT, Field, Meaning, Position, entities, fill, follow

JSON: Any = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["id", "level", "rows", "t", "p", "lon", "lat", "coordinates", ""]), inner)
    ),
    max_leaves=12,
)
MEANINGS = st.builds(
    Meaning,
    type=st.sampled_from(["WaterObserved", "OwnThing"]),
    id=st.sampled_from(["{id}", "fixed", "{rows}", "{key}-{id}"]),
    attributes=st.fixed_dictionaries(
        {
            "waterLevel": st.sampled_from(
                ["level", "", "rows[0].level", Field(path="level", scale=0.01, lowest=0, highest=9)]
            )
        },
        optional={
            name: st.just("p")
            for name in ("status", "own", "gaugeZero", "dateObserved", "owner", "address", "inDataset", "location")
        },
    ),
    rows=st.sampled_from(["", "rows", "p.rows"]),
    observed=st.sampled_from(["", "t"]),
    location=st.sampled_from(["", "p", Position(lon="lon", lat="lat")]),
)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("", {"a": {"b.c": 1, "list": [{"x": 2}]}, "d.e": 3}),
        ("a.list[0].x", 2),
        ("d.e", 3),
        ("a.b.c", ABSENT),
        ("a.list[1]", ABSENT),
        ("a.list.x", ABSENT),
        ("a[0]", ABSENT),
        ("z", ABSENT),
    ],
)
def test_follow(path: str, value: object) -> None:
    assert follow({"a": {"b.c": 1, "list": [{"x": 2}]}, "d.e": 3}, path) == value


def test_fill() -> None:
    assert fill("{site}-{n}", {"n": 7}, {"site": "a b"}) == "a b-7"
    for bad in ({"n": None}, {"n": {}}, {"n": " "}, {"n": True}, {}, [], 3, None):
        with pytest.raises(BadInput, match="“n”"):
            fill("{n}", bad, {})


@given(meaning=MEANINGS, payload=JSON)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_payload_becomes_good_entities_or_is_refused(line: Any, meaning: Meaning, payload: Any) -> None:
    line.refusals.clear()
    found = entities(meaning, payload, line, where="topic x")
    msgspec.json.encode(found)
    for entity in found:
        assert entity["id"].startswith("urn:ngsi-ld:")
        assert set(entity) & set(meaning.attributes)
    for what, where, _ in line.refusals:
        assert what
        assert where.startswith("topic x")


def test_a_constant_and_words(line: Any) -> None:
    meaning = Meaning(
        type="Shelter",
        id="urn:ngsi-ld:Shelter:town:{n}",
        attributes={"status": Field(path="s", words={"1": "open", "0": "closed"})},
        set={"name": "Hall"},
    )
    rows = [{"n": 1, "s": 1}, {"n": 2, "s": "0"}, {"n": 3, "s": 9}]
    found = entities(msgspec.structs.replace(meaning, rows="r"), {"r": rows}, line)
    assert [(entity["id"][-1], entity["status"]["value"]) for entity in found] == [("1", "open"), ("2", "closed")]
    assert found[0]["name"] == {"type": "Property", "value": "Hall"}
    assert line.refusals[0][:2] == ("“9” has no meaning here. Add it to `words` of status.", "row 3, field s")


def test_silence_about_some_attributes_is_no_error(line: Any) -> None:
    meaning = Meaning(type="WeatherObserved", id="x", attributes={"temperature": "t", "relativeHumidity": "h"})
    assert entities(meaning, {"t": 3}, line)[0].keys() == {"id", "type", "temperature"}
    assert entities(meaning, {"t": None, "h": "-"}, line) == []
    assert line.refusals == []
    assert entities(meaning, {"x": 1}, line) == []
    assert line.refusals[0][0] == "None of t, h is in it. It has: x."


def test_units_and_names(line: Any) -> None:
    degrees = Field(path="f", unit="°F", lowest=-40, highest=50)
    meaning = Meaning(type="WeatherObserved", id="{s}", attributes={"temperature": degrees}, set={"name": "At {s}"})
    (found,) = entities(meaning, {"s": "Roof", "f": 50}, line)
    assert (found["temperature"]["value"], found["temperature"]["unitCode"]) == (10.0, "CEL")
    assert found["name"]["value"] == "At Roof"
    with pytest.raises(ValueError, match="is no unit"):
        Field(path="x", unit="furlong")

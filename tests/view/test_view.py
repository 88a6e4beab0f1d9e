"""The view by short names: what goes in comes out, for those who may, as of the city's now."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pyarrow as pa
import pytest

from noren.city import City
from noren.errors import BadInput, NotAllowed, NotFound
from noren.terms.records import Device, Toilet, WaterObserved

GAUGE = "urn:ngsi-ld:WaterObserved:town:1"
DEVICE = "urn:ngsi-ld:Device:town:1"
AT = datetime(2024, 5, 1, tzinfo=UTC)


async def names(view: Any, type: Any, **how: Any) -> list[str]:
    return [one["id"] if isinstance(one, dict) else one.id async for one in view.find(type, **how)]


def table(id: str, readings: dict[datetime, float | None], attribute: str = "waterLevel") -> pa.Table:
    return pa.table(
        {
            "entity": [id] * len(readings),
            "attribute": [attribute] * len(readings),
            "observed": pa.array(list(readings), pa.timestamp("us", "UTC")),
            "number": pa.array(list(readings.values()), pa.float64()),
        }
    )


async def test_records_and_dictionaries_come_back(city: City) -> None:
    view = city.view(city.anonymous)
    (record,) = [each async for each in view.find(WaterObserved)]
    assert (record.id, record.name, record.water_level) == (GAUGE, "Bridge", 1.5)
    assert record.observed_at == datetime(2024, 5, 1, 11, tzinfo=UTC)
    assert await view.get("WaterObserved", GAUGE) == {
        "id": GAUGE,
        "type": "WaterObserved",
        "name": "Bridge",
        "waterLevel": 1.5,
        "location": {"type": "Point", "coordinates": [134.05, 34.34]},
    }
    assert (await view.get_normalized(GAUGE) or {})["waterLevel"]["value"] == 1.5
    assert await view.get("Building", GAUGE) is None
    assert await view.get(WaterObserved, "urn:ngsi-ld:WaterObserved:town:none") is None


async def test_texts_by_language_and_json_come_without_shells(city: City) -> None:
    staff = city.view(city.staff)
    alert = {
        "id": "urn:ngsi-ld:Alert:town:1",
        "type": "Alert",
        "headline": {"type": "LanguageProperty", "languageMap": {"en": "Flood", "ja": "洪水"}},
        "affectedArea": {"type": "Relationship", "object": GAUGE},
        "address": {"type": "JsonProperty", "json": {"city": "Town"}},
    }
    await staff.upsert([alert])
    found = await city.view(city.anonymous).get("Alert", alert["id"])
    assert found and found["headline"] == {"en": "Flood", "ja": "洪水"}
    assert found["affectedArea"] == GAUGE and found["address"] == {"city": "Town"}


async def test_find_narrows_sorts_and_limits(city: City) -> None:
    staff, view = city.view(city.staff), city.view(city.anonymous)
    base = "urn:ngsi-ld:WaterObserved:town:"
    await staff.upsert(
        [
            WaterObserved(
                id=f"{base}{n}", water_level=n, location={"type": "Point", "coordinates": [134.05 + n / 100, 34.34]}
            )
            for n in range(2, 6)
        ]
    )
    assert await names(view, "WaterObserved", q="waterLevel>=4", order="-waterLevel") == [f"{base}5", f"{base}4"]
    assert await names(view, "WaterObserved", near=(134.07, 34.34), within_m=100) == [f"{base}2"]
    assert await names(view, "WaterObserved", near={"type": "Point", "coordinates": [134.07, 34.34]}, within_m=1) == [
        f"{base}2"
    ]
    west = {"type": "Polygon", "coordinates": [[[134, 34], [134.06, 34], [134.06, 35], [134, 35], [134, 34]]]}
    assert await names(view, "WaterObserved", area=west) == [GAUGE]
    assert await names(view, "WaterObserved", ids=[f"{base}3", "urn:x:none"]) == [f"{base}3"]
    assert len(await names(view, "WaterObserved", limit=2)) == 2
    assert await view.count(WaterObserved) == 5
    assert await view.count("WaterObserved", q="waterLevel>=4") == 2
    assert await names(view, WaterObserved, limit=0) == []
    with pytest.raises(BadInput, match="within_m"):
        await names(view, "WaterObserved", near=(134, 34))
    with pytest.raises(BadInput):
        await names(view, "WaterObserved", q="(waterLevel")


async def test_find_goes_through_all_pages(city: City, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("noren.view.view.PAGE", 7)
    staff = city.view(city.staff)
    await staff.upsert([{"id": f"urn:ngsi-ld:Toilet:town:{n}", "type": "Toilet"} for n in range(20)])
    found = await names(city.view(city.anonymous), "Toilet")
    assert len(found) == len(set(found)) == 20
    assert len(await names(city.view(city.anonymous), "Toilet", limit=10)) == 10


async def test_good_ones_are_kept_and_refused_ones_say_why(city: City) -> None:
    staff = city.view(city.staff)
    outcomes = await staff.upsert(
        [
            {"id": "urn:ngsi-ld:Toilet:town:1", "type": "Toilet"},
            {"type": "Toilet"},
            {
                "id": "urn:ngsi-ld:Toilet:town:2",
                "type": "Toilet",
                "location": {"type": "Point", "coordinates": [999, 0]},
            },
            WaterObserved(id=GAUGE, water_level=2.0),
        ]
    )
    assert [outcome.kind for outcome in outcomes] == ["created", "refused", "refused", "updated"]
    assert "no id" in str(outcomes[1].error)
    (gone, absent) = await staff.delete([GAUGE, "urn:ngsi-ld:Toilet:town:9"])
    assert gone.kind == "deleted" and isinstance(absent.error, NotFound)


async def test_update_adds_and_replace_takes_the_place(city: City) -> None:
    staff = city.view(city.staff)
    await staff.upsert([{"id": GAUGE, "type": "WaterObserved", "flow": 3}])
    assert (await staff.get("WaterObserved", GAUGE) or {})["waterLevel"] == 1.5
    await staff.upsert([{"id": GAUGE, "type": "WaterObserved", "flow": 4}], options="replace")
    assert await staff.get("WaterObserved", GAUGE) == {"id": GAUGE, "type": "WaterObserved", "flow": 4}


async def test_bulk_history_comes_back_and_the_newest_becomes_current(city: City) -> None:
    staff, view = city.view(city.staff), city.view(city.anonymous)
    now = view.now()
    readings = {now - timedelta(hours=n): float(n) for n in (3, 2, 1)} | {now + timedelta(hours=1): 99.0}
    assert await staff.record("WaterObserved", table(GAUGE, readings)) == 4
    series = await view.series("WaterObserved", "waterLevel", start=now - timedelta(hours=4))
    assert series.column_names == ["entity", "observed", "number", "value"]
    assert series.column("number").to_pylist() == [3.0, 2.0, 1.0], "nothing beyond now"
    current = await view.get(WaterObserved, GAUGE)
    assert current and current.water_level == 1.0
    normalized = await view.get_normalized(GAUGE) or {}
    assert normalized["waterLevel"]["unitCode"] == "MTR"
    (last,) = (await view.series("WaterObserved", "waterLevel", ids=[GAUGE], last=1)).to_pylist()
    assert last["number"] == 1.0
    (sums,) = (
        await view.aggregate(
            "WaterObserved", "waterLevel", start=now - timedelta(hours=4), methods=["max", "totalCount"]
        )
    ).to_pylist()
    assert (sums["entity"], sums["max"], sums["totalCount"]) == (GAUGE, 3.0, 3)


async def test_an_older_stretch_leaves_the_current_value(city: City) -> None:
    staff = city.view(city.staff)
    assert await staff.record("WaterObserved", table(GAUGE, {datetime(2020, 1, 1, tzinfo=UTC): 9.0})) == 1
    assert (await staff.get("WaterObserved", GAUGE) or {})["waterLevel"] == 1.5


async def test_history_needs_an_entity_and_the_right_to_write(city: City) -> None:
    with pytest.raises(BadInput, match="urn:x:none"):
        await city.view(city.staff).record("WaterObserved", table("urn:x:none", {AT: 1.0}))
    with pytest.raises(NotAllowed):
        await city.view(city.anonymous).record("WaterObserved", table(GAUGE, {AT: 1.0}))


async def test_changes_come_in_order_and_wake_who_waits(city: City) -> None:
    staff, view = city.view(city.staff), city.view(city.anonymous)
    begin = view.newest()
    waiting = asyncio.create_task(view.wait(begin))
    await staff.upsert([{"id": DEVICE, "type": "Device", "batteryLevel": 0.3}])
    await staff.upsert([{"id": GAUGE, "type": "WaterObserved", "waterLevel": 2}])
    await staff.delete([GAUGE])
    async with asyncio.timeout(60):
        assert await waiting > begin
    seen = await view.changes(begin)
    assert [(each.kind, each.entity["id"], each.touched) for each in seen] == [
        ("updated", GAUGE, ("waterLevel",)),
        ("deleted", GAUGE, seen[1].touched),
    ]
    assert seen[0].entity["waterLevel"] == 2
    assert len(await staff.changes(begin)) == 3
    assert await view.changes(seen[-1].seq) == []


async def test_changes_look_on_beyond_what_is_hidden(city: City) -> None:
    staff, view = city.view(city.staff), city.view(city.anonymous)
    begin = view.newest()
    for level in range(5):
        await staff.upsert([{"id": DEVICE, "type": "Device", "batteryLevel": level}])
    await staff.upsert([{"id": GAUGE, "type": "WaterObserved", "waterLevel": 2}])
    assert [each.entity["id"] for each in await view.changes(begin, limit=2)] == [GAUGE]


async def test_operational_data_is_for_those_who_operate(city: City, others: dict[str, Any]) -> None:
    for name in ("staff", "operator", "service", "device"):
        assert await names(city.view(others[name]), Device) == [DEVICE], name
        assert await city.view(others[name]).get("Device", DEVICE), name
    for name in ("anonymous", "neighbour", "company", "hospital"):
        view = city.view(others[name])
        with pytest.raises(NotAllowed, match="Device"):
            await names(view, Device)
        assert await view.get("Device", DEVICE) is None
        assert "Device" not in await view.type_names()
        assert (await view.delete([DEVICE]))[0].error.status == 404  # type: ignore[union-attr]
        assert (await view.delete([GAUGE]))[0].error.status == 403  # type: ignore[union-attr]


async def test_a_purpose_that_needs_no_operational_data_gets_none(city: City) -> None:
    staff = city.view(city.staff, "public-information")
    with pytest.raises(NotAllowed, match="public-information"):
        await names(staff, Device)
    with pytest.raises(NotAllowed, match="was not given"):
        city.view(city.staff, "research")
    with pytest.raises(NotAllowed):
        city.view(city.anonymous, "city-operation")


async def test_use_is_counted_and_shown(city: City) -> None:
    view = city.view(city.anonymous)
    await names(view, "WaterObserved")
    await names(city.view(city.staff), "WaterObserved")
    await view.get("WaterObserved", GAUGE)
    counted = {(use.organisation, use.purpose): use.reads for use in await city.use_of("WaterObserved")}
    assert counted == {("", "public-information"): 2, ("town", "data-management"): 1}


async def test_the_home_tells_where_and_keeps_a_memory_of_one_s_own(city: City, others: dict[str, Any]) -> None:
    city.view(others["service"]).home.memory["x"] = 1
    assert city.view(others["service"]).home.memory == {"x": 1}
    assert city.view(others["device"]).home.memory == {}
    assert city.view(others["device"]).home.slug == "town"


async def test_the_past_of_an_entity_that_is_hidden_for_another_type_is_hidden(city: City) -> None:
    staff, view = city.view(city.staff), city.view(city.anonymous)
    both = "urn:ngsi-ld:Thing:town:both"
    await staff.upsert([{"id": both, "type": ["WaterObserved", "Device"], "waterLevel": 7}])
    stretch = {AT + timedelta(hours=n): 7.0 for n in range(3)}
    await staff.record("WaterObserved", table(both, stretch))
    await staff.record("WaterObserved", table(GAUGE, dict.fromkeys(stretch, 1.0)))
    begin = AT - timedelta(days=1)
    end = AT + timedelta(days=1)
    for ids, expected in (((), {GAUGE}), ((both,), set()), ((GAUGE, both), {GAUGE})):
        series = await view.series("WaterObserved", "waterLevel", ids=ids, start=begin, end=end)
        sums = await view.aggregate(
            "WaterObserved", "waterLevel", ids=ids, start=begin, end=end, methods=["totalCount"]
        )
        assert set(series.column("entity").to_pylist()) == set(sums.column("entity").to_pylist()) == expected
    assert await names(view, "WaterObserved") == [GAUGE]
    counts = {iri: types[""] for iri, types in (await view.types()).items()}
    assert sorted(counts.values()) == [1, 1], "the hidden one is not counted among those of its open type"
    assert len(await staff.types()) == 3
    full = await staff.series("WaterObserved", "waterLevel", start=begin, end=end)
    assert set(full.column("entity").to_pylist()) == {GAUGE, both}


async def test_a_past_handed_in_needs_an_entity_that_may_be_seen(city: City) -> None:
    view = city.view(city.anonymous)
    level = {"https://smartdatamodels.org/dataModel.Device/batteryLevel": [{"type": "Property", "value": 1}]}
    with pytest.raises(NotFound):
        await view.remember({"id": DEVICE}, level)
    with pytest.raises(NotAllowed):
        await view.remember({"id": GAUGE}, level)
    with pytest.raises(NotFound):
        await view.remember({"id": "urn:x:none"}, level)


async def test_attributes_are_changed_and_taken_away_where_an_entity_stands(city: City) -> None:
    staff, id = city.view(city.staff), "urn:ngsi-ld:Toilet:town:change"
    await staff.upsert([Toilet(id=id, name="Park", description="By the gate")])
    await staff.change([Toilet(id=id, name="Gate")], without=["description", "address"])
    found = await city.view(city.anonymous).need(Toilet, id)
    assert (found.name, found.description) == ("Gate", None)
    with pytest.raises(NotFound):
        await staff.change([Toilet(id=id + "-none", name="x")])
    with pytest.raises(NotFound):
        await staff.need(Toilet, id + "-none")
    for refused in (city.view(city.anonymous).change, city.view(city.anonymous).keep):
        with pytest.raises(NotAllowed):
            await refused([Toilet(id=id, name="x")])

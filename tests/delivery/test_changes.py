"""Old values beside new ones, and what went (CIM 009, 5.2.14.1 and 5.8.6), told over HTTP."""

from __future__ import annotations

from typing import Any

import pytest

from noren.broker.forms import NULL, parse_fragment
from noren.broker.requests import Operation

from .conftest import Receiver, Town, delivering, until

A = "urn:ngsi-ld:WaterObserved:town:1"
RADAR = "urn:ngsi-ld:Dataset:radar"
EVERYTHING = ["entityCreated", "entityUpdated", "entityDeleted"]


async def change(town: Town, **attributes: Any) -> None:
    fragment = parse_fragment({"id": A, "type": "WaterObserved", **attributes}, town.city.contexts.city)
    assert (await town.view.apply([Operation(kind="update", id=A, fragment=fragment)]))[0].error is None


async def told(receiver: Receiver, number: int) -> dict[str, Any]:
    await until(lambda: len(receiver.messages) >= number)
    entity: dict[str, Any] = receiver.messages[number - 1]["data"][0]
    return entity


@pytest.mark.parametrize("form", ["normalized", "concise"])
async def test_5_2_14_1_old_values_stand_beside_new_ones(town: Town, receiver: Receiver, form: str) -> None:
    shown = {"showChanges": True, "format": form}
    await town.subscribe(receiver.url, notification=shown, notificationTrigger=EVERYTHING)
    async with delivering(town.city):
        await town.write(A, 1, name="Bridge", refDevice={"type": "Relationship", "object": "urn:x:1"})
        first = await told(receiver, 1)
        assert first["waterLevel"] == ({"type": "Property", "value": 1} if form == "normalized" else 1)
        await change(town, waterLevel=2)
        second = await told(receiver, 2)
        assert (second["waterLevel"]["value"], second["waterLevel"]["previousValue"]) == (2, 1)
        assert second["name"] == first["name"]
        await change(town, refDevice={"type": "Relationship", "object": "urn:x:2"}, name=NULL)
        third = await told(receiver, 3)
        assert (third["refDevice"]["object"], third["refDevice"]["previousObject"]) == ("urn:x:2", "urn:x:1")
        assert (third["name"]["value"], third["name"]["previousValue"]) == (NULL, "Bridge")
        await town.delete(A)
        last = await told(receiver, 4)
    assert (last["waterLevel"]["value"], last["waterLevel"]["previousValue"]) == (NULL, 2)
    assert last["deletedAt"]


@pytest.mark.parametrize(
    ("old", "new", "member"),
    [
        ({"languageMap": {"ja": "橋"}}, {"languageMap": {"ja": "堰"}}, "previousLanguageMap"),
        ({"vocab": "flood"}, {"vocab": "tide"}, "previousVocab"),
        ({"json": {"a": 1}}, {"json": {"a": 2}}, "previousJson"),
        ({"valueList": [1, 2]}, {"valueList": [2]}, "previousValueList"),
        ({"objectList": [{"object": "urn:x:1"}]}, {"objectList": [{"object": "urn:x:2"}]}, "previousObjectList"),
    ],
)
async def test_5_2_14_1_each_kind_has_a_member_of_its_own(
    town: Town, receiver: Receiver, old: dict[str, Any], new: dict[str, Any], member: str
) -> None:
    await town.subscribe(receiver.url, notification={"showChanges": True})
    async with delivering(town.city):
        await town.write(A, 1, thing=old)
        await told(receiver, 1)
        await change(town, thing=new)
        thing = (await told(receiver, 2))["thing"]
    (kept,) = new
    assert (thing[kept], thing[member]) == (new[kept], old[kept])


async def test_5_8_6_what_went_is_null_in_the_way_of_its_kind(town: Town, receiver: Receiver) -> None:
    await town.subscribe(receiver.url, notification={"sysAttrs": True}, notificationTrigger=EVERYTHING)
    async with delivering(town.city):
        await town.write(A, 1)
        await told(receiver, 1)
        level = [{"value": 1}, {"value": 2, "datasetId": RADAR}]
        await change(town, waterLevel=level, title={"languageMap": {"ja": "橋"}}, refDevice={"object": "urn:x:1"})
        await told(receiver, 2)
        await change(town, title={"languageMap": {"@none": NULL}}, refDevice=NULL)
        third = await told(receiver, 3)
        assert third["title"]["languageMap"] == {"@none": NULL}
        assert third["refDevice"]["object"] == NULL
        assert third["refDevice"]["deletedAt"] == third["modifiedAt"]
        await change(town, waterLevel={"type": "Property", "value": NULL, "datasetId": RADAR})
        fourth = await told(receiver, 4)
    kept, gone = fourth["waterLevel"]
    assert (kept["value"], gone["value"], gone["datasetId"]) == (1, NULL, RADAR)
    assert "previousValue" not in gone


async def test_5_8_6_no_more_than_null_without_need(town: Town, receiver: Receiver) -> None:
    await town.subscribe(receiver.url, notificationTrigger=EVERYTHING)
    async with delivering(town.city):
        await town.write(A, 1, name="Bridge")
        await told(receiver, 1)
        await change(town, name=NULL)
        assert (await told(receiver, 2))["name"] == NULL
        await town.delete(A)
        assert set(await told(receiver, 3)) == {"id", "type", "deletedAt"}


async def test_old_values_are_known_when_the_log_was_compacted(town: Town, receiver: Receiver) -> None:
    await town.write(A, 1, name="Bridge")
    store = town.city.desk().store
    await store.compact(keep_after=store.newest())
    await town.subscribe(receiver.url, notification={"showChanges": True})
    async with delivering(town.city):
        await change(town, waterLevel=2)
        shown = await told(receiver, 1)
    assert (shown["waterLevel"]["value"], shown["waterLevel"]["previousValue"]) == (2, 1)

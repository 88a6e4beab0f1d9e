"""A city's folder, opened: who is who in it, tenants, the bare city, what mapping files say to it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from noren.city import City, create
from noren.contract import Declaration, Function, Layer
from noren.errors import BadInput, NotAllowed, NotFound
from noren.terms import DataClass
from noren.trust import PURPOSES

GAUGE = {"id": "urn:ngsi-ld:WaterObserved:town:1", "type": "WaterObserved", "waterLevel": 1.5}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    create(tmp_path / "town", "Town", timezone="Asia/Tokyo")
    return tmp_path / "town"


async def test_what_was_written_is_there_after_opening_again(folder: Path) -> None:
    async with City.open(folder) as city:
        await city.view(city.staff).upsert([GAUGE])
        last = city.clock.now()
    async with City.open(folder) as city:
        assert await city.view(city.anonymous).get("WaterObserved", GAUGE["id"]) == GAUGE
        assert city.clock.now() >= last
        assert city.identify(city.tokens.issue(city.staff, seconds=60)) == city.staff


async def test_counts_of_use_outlive_the_process(folder: Path) -> None:
    async with City.open(folder) as city:
        await city.view(city.staff).upsert([GAUGE])
        await city.view(city.anonymous).get("WaterObserved", GAUGE["id"])
        await city.keep_counts()
    async with City.open(folder) as city:
        assert [use.reads for use in await city.use_of("WaterObserved")] == [1]


def test_what_is_no_city_cannot_be_opened(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="noren init"):
        City.open(tmp_path)


def test_a_token_can_be_made_while_the_city_runs(folder: Path) -> None:
    """The command line opens the folder beside the running process: neither store nor clock may be touched."""
    city = City.open(folder)
    assert city.tokens.issue(city.staff, seconds=60)
    assert {path.name for path in (folder / "data").iterdir()} - {"identity.db-shm", "identity.db-wal"} == {
        "identity.db",
        "tokens.key",
    }


async def test_tenants_are_apart(folder: Path) -> None:
    with (folder / "noren.toml").open("a") as file:
        file.write("")
    text = (folder / "noren.toml").read_text("utf-8").replace('country = ""', 'country = ""\ntenants = ["port"]')
    (folder / "noren.toml").write_text(text, "utf-8")
    async with City.open(folder) as city:
        port = city.employee("urn:noren:staff:port", tenant="port")
        await city.view(port).upsert([GAUGE])
        assert await city.view(city.visitor("port")).get("WaterObserved", GAUGE["id"])
        assert await city.view(city.anonymous).get("WaterObserved", GAUGE["id"]) is None
        assert city.tenants() == ["", "port"]
        with pytest.raises(NotFound, match="tenant"):
            city.view(city.visitor("airport"))
        assert (folder / "data" / "tenants" / "port" / "state.db").is_file()


async def test_a_bare_city_lets_anyone_in_but_not_to_people() -> None:
    async with City.bare() as city:
        place = city.folder
        view = city.view(city.anonymous)
        thing = {"id": "urn:x:1", "type": "NeverHeardOf", "colour": "blue"}
        assert (await view.upsert([thing, {"id": "urn:x:2", "type": "Device"}]))[0].kind == "created"
        assert [one async for one in view.find("NeverHeardOf")] == [thing]
        assert await view.get("Device", "urn:x:2")
        assert await city.view(city.visitor("anything")).get("Device", "urn:x:2") is None
        (outcome,) = await view.upsert([{"id": "urn:x:3", "type": "Person", "givenName": "x"}])
        assert isinstance(outcome.error, NotAllowed)
        with pytest.raises(NotAllowed):
            [one async for one in view.find("Person")]
    assert not place.exists()


async def test_in_a_city_unknown_types_are_operational(folder: Path) -> None:
    async with City.open(folder) as city:
        await city.view(city.staff).upsert([{"id": "urn:x:1", "type": "NeverHeardOf"}])
        with pytest.raises(NotAllowed, match="NeverHeardOf"):
            [one async for one in city.view(city.anonymous).find("NeverHeardOf")]


async def test_a_service_does_just_what_it_declares(folder: Path) -> None:
    declaration = Declaration(
        name="watch",
        functions=(Function.DISASTER,),
        layers=(Layer.SAFETY,),
        purpose="flood-warning",
        reads=("Device",),
        writes=("Alert",),
    )
    async with City.open(folder) as city:
        await city.view(city.staff).upsert(
            [{"id": "urn:x:1", "type": "Device"}, {"id": "urn:x:2", "type": "MeterReading"}, GAUGE]
        )
        view = city.view(city.service(declaration))
        assert view.purpose == "flood-warning"
        assert [one["id"] async for one in view.find("Device")] == ["urn:x:1"]
        assert await view.get("WaterObserved", GAUGE["id"]), "open data is open to services too"
        assert await view.get("MeterReading", "urn:x:2") is None
        with pytest.raises(NotAllowed, match="MeterReading"):
            [one async for one in view.find("MeterReading")]
        alert, other = await view.upsert([{"id": "urn:x:3", "type": "Alert"}, {"id": "urn:x:4", "type": "Device"}])
        assert alert.kind == "created" and isinstance(other.error, NotAllowed)
        with pytest.raises(NotAllowed):
            city.view(city.service(declaration), "city-operation")
        with pytest.raises(BadInput):
            city.service(Declaration(name="x", functions=(), layers=(), purpose="curiosity", reads=()))


def test_principals_for_tokens(folder: Path) -> None:
    city = City.open(folder)
    clerk = city.principal("Tanaka", "staff")
    assert clerk.id == "urn:noren:staff:town:tanaka" and clerk.default_purpose == "data-management"
    assert {name for name, purpose in PURPOSES.items() if purpose.operational} < clerk.purposes
    fire = city.principal("fire", "staff", purposes=["emergency-response"])
    assert fire.purposes == {"emergency-response", "public-information"}
    assert fire.default_purpose == "emergency-response"
    me = city.principal("urn:ngsi-ld:Person:town:me", "resident")
    assert me.id == "urn:ngsi-ld:Person:town:me" and me.default_purpose == "own-data"
    bus = city.principal("bus", "organisation", organisation="Bus company")
    assert (bus.organisation_kind, bus.default_purpose) == ("company", "public-information")
    assert city.principal("x", "device", writes=["WaterObserved"]).writes == {"WaterObserved"}
    for kind, writes in (("device", []), ("staff", ["WaterObserved"])):
        with pytest.raises(BadInput, match="device"):
            city.principal("x", kind, writes=writes)
    for name, purposes in (("", []), ("x", ["curiosity"])):
        with pytest.raises(BadInput):
            city.principal(name, "staff", purposes=purposes)


async def test_a_mapping_raises_a_class_while_the_city_runs(folder: Path) -> None:
    async with City.open(folder) as city:
        staff, view = city.view(city.staff), city.view(city.anonymous)
        hospital = {"id": "urn:x:1", "type": "Hospital", "name": "General", "beds": 300}
        await staff.upsert([hospital, GAUGE])
        assert await view.get("Hospital", "urn:x:1") == hospital
        mapping = folder / "mappings" / "hospitals.csv.toml"
        mapping.write_text(
            'type = "Hospital"\n[columns]\n"病床数" = { attribute = "beds", class = "operational" }\n', "utf-8"
        )
        city.refresh()
        assert await view.get("Hospital", "urn:x:1") == {"id": "urn:x:1", "type": "Hospital", "name": "General"}
        with pytest.raises(NotAllowed, match=r"Hospital\.beds"):
            [one async for one in view.find("Hospital", q="beds>200")]
        with pytest.raises(NotAllowed, match=r"Hospital\.beds"):
            [one async for one in view.find("Hospital", order="beds")]
        assert [one["beds"] async for one in staff.find("Hospital", q="beds>200")] == [300]
        mapping.write_text('type = "Hospital"\nclass = "operational"\n', "utf-8")
        city.refresh()
        assert await view.get("Hospital", "urn:x:1") is None
        assert await view.type_names() == ["WaterObserved"]
        mapping.write_text('type = "Hospital"\nclass = "secret"\n', "utf-8")
        with pytest.raises(BadInput, match=r"hospitals\.csv\.toml"):
            city.refresh()
        with pytest.raises(BadInput):
            city.view(city.anonymous)
        mapping.unlink()
        assert await city.view(city.anonymous).get("Hospital", "urn:x:1") == hospital


async def test_a_policy_of_the_city_s_own_counts_at_once(folder: Path) -> None:
    async with City.open(folder) as city:
        await city.view(city.staff).upsert([GAUGE])
        view = city.view(city.anonymous)
        (folder / "policies" / "open-data.cedar").write_text("// Nothing is open today.\n", "utf-8")
        city.refresh()
        assert await view.get("WaterObserved", GAUGE["id"]) is None
        with pytest.raises(NotAllowed):
            [one async for one in view.find("WaterObserved")]


async def test_rasters_by_role(folder: Path) -> None:
    (folder / "files" / "dem.tif").write_bytes(b"raster")
    for name, text in {
        "dem.tif": 'file = "dem.tif"\nrole = "terrain"',
        "gone.tif": 'file = "gone.tif"\nrole = "water"',
        "rows.csv": 'file = "rows.csv"',
    }.items():
        (folder / "mappings" / f"{name}.toml").write_text(text, "utf-8")
    async with City.open(folder) as city:
        assert city.view(city.anonymous).coverages() == {"terrain": folder / "files" / "dem.tif"}
    (folder / "mappings" / "bad.toml").write_text("=", "utf-8")
    with pytest.raises(BadInput, match=r"bad\.toml"):
        City.open(folder)


async def test_a_rehearsal_does_not_know_what_comes_later(folder: Path) -> None:
    """The clock is set back before a flood: neither readings nor current values of later days are shown."""
    then = datetime(2024, 5, 2, 12, tzinfo=UTC)
    async with City.open(folder) as city:
        staff, view = city.view(city.staff), city.view(city.anonymous)
        level = {"type": "Property", "value": 9.9, "observedAt": "2024-05-05T00:00:00Z"}
        await staff.upsert([GAUGE | {"waterLevel": level, "name": "Bridge"}])
        for hours in range(4):
            at = (then - timedelta(hours=hours)).isoformat().replace("+00:00", "Z")
            await staff.upsert([GAUGE | {"waterLevel": level | {"value": hours, "observedAt": at}}])
        await staff.upsert([GAUGE | {"waterLevel": level}])
        assert (await view.get("WaterObserved", GAUGE["id"]) or {})["waterLevel"] == 9.9
        city.clock.jump(then)
        assert await view.get("WaterObserved", GAUGE["id"]) == {
            "id": GAUGE["id"],
            "type": "WaterObserved",
            "name": "Bridge",
        }
        assert [row["number"] for row in (await view.series("WaterObserved", "waterLevel")).to_pylist()] == [3, 2, 1, 0]
        (sums,) = (await view.aggregate("WaterObserved", "waterLevel", methods=["max"])).to_pylist()
        assert sums["max"] == 3


def test_classes_are_never_lowered(folder: Path) -> None:
    (folder / "mappings" / "x.toml").write_text('type = "Person"\nclass = "open"\n', "utf-8")
    city = City.open(folder)
    assert city.classes.of_type("urn:noren:term:Person") == DataClass.PERSONAL

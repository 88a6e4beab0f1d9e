"""A file handed over to the city that runs becomes what it becomes in one that is closed."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import msgspec
import pytest

from noren.city import City, create
from noren.errors import Conflict, NorenError, Unavailable
from noren.intake import inbox
from noren.intake.add import Added, Adder
from noren.intake.convert import Place
from noren.intake.inbox import FOLDER, HandOver, Inbox
from noren.intake.mapping import path_for
from noren.intake.plans import Options, Plan, plan
from noren.trust.ledger import entry_of

SHELTERS = "name,latitude,longitude,capacity\nHall,35.1,139.1,100\nSchool,35.2,139.2,many\nPier,0,0,50\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    create(tmp_path / "city", "Test", timezone="Asia/Tokyo")
    (tmp_path / "shelters.csv").write_text(SHELTERS)
    return tmp_path


@asynccontextmanager
async def taking_in(folder: Path) -> AsyncIterator[City]:
    """The city open and taking files in."""
    async with City.open(folder / "city") as city:
        work = asyncio.create_task(Inbox(city).run())
        yield city
        work.cancel()
        await asyncio.gather(work, return_exceptions=True)


def planned(folder: Path) -> Plan:
    return plan(folder / "shelters.csv", folder / "city", Options())[0]


def told(added: Added, folder: Path) -> bytes:
    return msgspec.json.encode(added).replace(str(folder).encode(), b"")


async def test_the_report_is_that_of_a_city_that_is_closed(folder: Path, tmp_path_factory) -> None:
    other = tmp_path_factory.mktemp("other")
    create(other / "city", "Test", timezone="Asia/Tokyo")
    (other / "shelters.csv").write_text(SHELTERS)
    async with City.open(other / "city") as closed:
        expected = await Adder(closed.view(closed.staff), closed.folder, Place("test", "Asia/Tokyo")).add(
            planned(other), Options(title="Refuges")
        )
    async with taking_in(folder) as city:
        added = await HandOver(folder / "city").add(planned(folder), Options(title="Refuges"))
        names = {each["name"] async for each in city.view(city.staff).find("Shelter")}
    assert names == {"Hall", "School"}
    assert told(added, folder) == told(expected, other)
    assert (
        path_for(folder / "city", Path("shelters.csv")).read_text()
        == path_for(other / "city", Path("shelters.csv")).read_text()
    )
    assert list((folder / "city" / FOLDER).iterdir()) == []


async def test_the_mapping_that_was_agreed_is_the_one_that_counts(folder: Path) -> None:
    agreed = planned(folder)
    agreed.mapping.type = "Hospital"
    async with taking_in(folder) as city:
        added = await HandOver(folder / "city").add(agreed, Options())
        assert added.type == "Hospital"
        assert len([each async for each in city.view(city.staff).find("Hospital")]) == 2


async def test_several_wait_for_one_another(folder: Path) -> None:
    names = [f"shelters {letter}.csv" for letter in "abcde"]
    for name in names:
        (folder / name).write_text(SHELTERS.replace("Hall", f"Hall of {name}"))
    async with taking_in(folder) as city:
        plans = [plan(folder / name, folder / "city", Options())[0] for name in names]
        added = await asyncio.gather(*(HandOver(folder / "city").add(each, Options()) for each in plans))
        assert [each.file for each in added] == names
        assert len([each async for each in city.view(city.staff).find("Shelter")]) == 6


async def test_a_document_is_anchored_by_the_running_city(folder: Path) -> None:
    file = folder / "contract.pdf"
    file.write_bytes(b"the contract")
    async with taking_in(folder) as city:
        found = await HandOver(folder / "city").anchor(file, 1.0)
        assert city.ledger.find(entry_of(found.proof, file)) == found.proof.index
        with pytest.raises(NorenError, match="cannot be read"):
            await HandOver(folder / "city").anchor(folder / "gone", 1.0)


async def test_what_cannot_be_read_is_refused_in_the_same_words(folder: Path) -> None:
    gone = planned(folder)
    async with taking_in(folder):
        gone.path.write_bytes(bytes(range(256)))
        with pytest.raises(NorenError, match="does not know this kind of file"):
            await HandOver(folder / "city").add(gone, Options())


async def test_a_process_that_takes_nothing_in(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inbox, "PATIENCE", 0.0)
    async with City.open(folder / "city") as city:
        city.desk()
        with pytest.raises(Conflict, match="takes nothing in"):
            await HandOver(folder / "city").add(planned(folder), Options())
    assert list((folder / "city" / FOLDER).iterdir()) == []


async def test_a_city_that_closes_meanwhile(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inbox, "DOUBT", 0.0)
    with pytest.raises(Unavailable, match="was closed before the file was in"):
        await HandOver(folder / "city").add(planned(folder), Options())


async def test_what_an_earlier_process_left_is_forgotten(folder: Path) -> None:
    left = folder / "city" / FOLDER
    left.mkdir()
    (left / "1.taken").write_text("{}")
    async with taking_in(folder):
        await HandOver(folder / "city").add(planned(folder), Options())
    assert list(left.iterdir()) == []

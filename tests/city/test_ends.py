"""Yesterday's data, put back: whoever was shut out today stays out, and what was allowed today is simply gone."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from noren.city import City, backup, create, restore
from noren.errors import NotAllowed, NotFound
from noren.trust.vault import Erasures
from tests.view.test_mine import (
    BOARD,
    BUS,
    CHILD,
    HOSPITAL,
    INSURER,
    ME,
    OFFER,
    OTHER,
    PAPER,
    WHY,
    YEAR,
    allow,
    approve,
    offered,
    people,
    resident,
)

ASKED_BY_BUS = offered("bus", points=0)
Work = Callable[[City], Awaitable[Any]]


@pytest.fixture
async def town(tmp_path: Path) -> Path:
    """A closed city and a backup of it (`copy`): the insurer and the bus company may look at me, I at my child, and
    somebody helps me."""
    create(folder := tmp_path / "town", "Town")
    async with City.open(folder) as city:
        await city.view(HOSPITAL).upsert(
            [{"id": id, "type": "Person", "givenName": "given", "birthDate": "1980-01-02"} for id in (ME, CHILD, OTHER)]
        )
        await approve(city, INSURER, OFFER)
        await approve(city, BUS, ASKED_BY_BUS)
        for offer in (OFFER, ASKED_BY_BUS):
            await allow(city, offer)
        of_age = city.grants.now() + YEAR
        for clerk in ("first", "second"):
            staff = city.view(city.employee(f"urn:noren:staff:town:{clerk}"))
            await staff.registers.guardian(CHILD, ME, of_age, PAPER)
        asked = city.view(resident(ME)).mine.appoint(OTHER, attributes=frozenset({"*"}), days=30)
        city.view(resident(OTHER)).mine.agree(asked.id)
        assert await seen(city) == [True, True, True, True]
    backup.backup(folder, tmp_path / "copy")
    return folder


async def seen(city: City) -> list[bool]:
    """Whether insurer and bus company see me, I my child as its guardian, and my helper me."""
    found = []
    for who in (INSURER, BUS):
        try:
            found.append(bool(await people(city, who)))
        except NotAllowed:
            found.append(False)
    for actor, person in ((ME, CHILD), (OTHER, ME)):
        read = bool(await city.view(resident(actor)).get("Person", person))
        try:
            acts = bool(await city.view(resident(actor)).mine.of(person).held())
        except NotFound:
            acts = False
        assert read == acts
        found.append(read)
    return found


async def withdraw(city: City) -> None:
    mine = city.view(resident(ME)).mine
    (given,) = [each for each in mine.grants() if each.offer.recipient == "insurer"]
    await mine.withdraw(given.id)


async def stop(city: City) -> None:
    await city.view(BOARD).registers.decide("bus", "stop", WHY)


async def lift(city: City) -> None:
    await city.view(BOARD).registers.decide("bus", "lift", WHY)


async def strike_off(city: City) -> None:
    (standing,) = city.view(resident(ME)).mine.wards()
    await city.view(city.staff).registers.strike_off(standing.id)


async def dismiss(city: City) -> None:
    mine = city.view(resident(ME)).mine
    (standing,) = mine.helpers()
    mine.end(standing.id)


ALL: list[Work] = [withdraw, stop, strike_off, dismiss]


@pytest.mark.parametrize("which", [*range(4), None])
async def test_what_ended_after_the_backup_does_not_come_to_life_again(
    town: Path, tmp_path: Path, which: int | None
) -> None:
    chosen = list(range(4)) if which is None else [which]
    async with City.open(town) as city:
        for number in chosen:
            await ALL[number](city)
        expected = [number not in chosen for number in range(4)]
        assert await seen(city) == expected
    restore.restore(tmp_path / "copy", town, replace=True)
    for _ in range(2):
        async with City.open(town) as city:
            assert await seen(city) == expected


async def test_a_newer_list_alone_is_enough_on_an_empty_machine(town: Path, tmp_path: Path) -> None:
    async with City.open(town) as city:
        for work in ALL:
            await work(city)
    backup.backup(town, tmp_path / "today")
    restore.restore(tmp_path / "copy", town, replace=True)
    (town / "data" / "erasures").unlink()
    Erasures(town / "data" / "erasures").join(Erasures(tmp_path / "today" / "data" / "erasures"))
    async with City.open(town) as city:
        assert await seen(city) == [False] * 4


async def test_a_withdrawn_consent_is_shown_as_such_and_its_recipient_must_delete(town: Path, tmp_path: Path) -> None:
    """What the recipient used since the backup is in no book any more: it must delete whatever it has."""
    async with City.open(town) as city:
        await withdraw(city)
    restore.restore(tmp_path / "copy", town, replace=True)
    async with City.open(town) as city:
        mine = city.view(resident(ME)).mine
        (ended,) = [each for each in mine.grants() if each.offer.recipient == "insurer"]
        assert (ended.state, ended.record.state, ended.duty) == ("withdrawn", "given", None)
        await city.settle_consents()
        await city.settle_consents()
        ended = mine.grants()[[each.id for each in mine.grants()].index(ended.id)]
        assert ended.record.state == "withdrawn" and ended.duty and ended.duty.cause == "withdrawn"
        assert len(city.view(INSURER).registers.duties()) == 1
        assert [each.state for each in mine.grants() if each.offer.recipient == "bus"] == ["given"]
        await allow(city, OFFER)
        assert await seen(city) == [True] * 4


async def test_what_was_allowed_after_the_backup_is_gone(town: Path, tmp_path: Path) -> None:
    async with City.open(town) as city:
        await allow(city, OFFER, OTHER)
        assert len(await people(city, INSURER)) == 2
    restore.restore(tmp_path / "copy", town, replace=True)
    async with City.open(town) as city:
        assert len(await people(city, INSURER)) == 1
        assert city.view(resident(OTHER)).mine.grants() == []
        await allow(city, OFFER, OTHER)
        assert len(await people(city, INSURER)) == 2


async def test_a_stop_that_was_lifted_is_judged_by_data_that_knows_of_it(town: Path, tmp_path: Path) -> None:
    async with City.open(town) as city:
        await stop(city)
        await lift(city)
    backup.backup(town, tmp_path / "lifted")
    async with City.open(town) as city:
        assert await seen(city) == [True] * 4
    restore.restore(tmp_path / "lifted", town, replace=True)
    async with City.open(town) as city:
        assert await seen(city) == [True] * 4
    restore.restore(tmp_path / "copy", town, replace=True)
    async with City.open(town) as city:
        assert await seen(city) == [True, False, True, True], "a copy that knows neither shuts out"
        (said,) = city.view(city.anonymous).registers.decisions()
        assert said.decided == "stop" and "backup" in said.reason["en"]
        await lift(city)
    async with City.open(town) as city:
        assert await seen(city) == [True] * 4

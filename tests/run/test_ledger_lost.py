"""A city whose ledger was cut short while it was closed: it opens, says so, and keeps in whatever needs the ledger."""

from __future__ import annotations

import asyncio
import logging
import sqlite3
from pathlib import Path

import aiohttp
import pytest

from noren.city import City, create
from noren.errors import Unavailable
from noren.run.running import running
from noren.trust import OWN, Grant, Principal, grant_id

CHILD, GAUGE = "urn:ngsi-ld:Person:town:child", "urn:ngsi-ld:WaterObserved:town:1"


def resident(id: str) -> Principal:
    return Principal(id=id, kind="resident", purposes=frozenset({OWN}), default_purpose=OWN)


@pytest.fixture
async def town(tmp_path: Path) -> Path:
    """A city with open data and a child, whom a guardian may read, and did."""
    create(tmp_path / "town", "Town")
    async with City.open(tmp_path / "town") as city:
        await city.view(city.staff).upsert(
            [{"id": CHILD, "type": "Person", "givenName": "A"}, {"id": GAUGE, "type": "WaterObserved", "waterLevel": 1}]
        )
        (subject,) = city.vault.subjects(CHILD)
        grant = Grant(
            id=grant_id(),
            basis="guardian",
            subject=subject,
            holder=city.organisation,
            grantee="urn:noren:guardian",
            purpose=OWN,
            attributes=frozenset({"*"}),
            since=0,
            until=4e9,
        )
        city.grants.give(grant, {})
        await read(city)
        assert city.ledger.log.size == 1
    return tmp_path / "town"


async def read(city: City) -> None:
    (child,) = [found async for found in city.view(resident("urn:noren:guardian"), OWN).find("Person")]
    assert child["givenName"] == "A"


async def test_open_data_goes_on_and_personal_data_stays_in(town: Path, caplog: pytest.LogCaptureFixture) -> None:
    journal = sqlite3.connect(town / "data" / "ledger" / "journal.db")
    journal.execute("DELETE FROM entry")
    journal.commit()
    journal.close()
    before = (town / "data" / "ledger.signed").read_bytes()
    async with City.open(town) as city:
        with caplog.at_level(logging.ERROR, "noren.run"):
            async with running(city, port=0, feeds=False) as (_, web), aiohttp.ClientSession() as session:
                async with session.get(f"http://127.0.0.1:{web.port}/ngsi-ld/v1/entities/{GAUGE}") as answer:
                    assert answer.status == 200
                with pytest.raises(Unavailable, match="releases no personal data"):
                    await read(city)
                own = await city.view(resident(CHILD), OWN).get("Person", CHILD)
                assert own is not None and own["givenName"] == "A"
                while not caplog.records:
                    await asyncio.sleep(0.01)
    assert "holds 0 entries, but 1 were signed" in caplog.text and "Restore" in caplog.text
    assert (town / "data" / "ledger.signed").read_bytes() == before


async def test_what_was_erased_while_it_was_closed_is_recorded_when_it_runs(town: Path) -> None:
    async with City.open(town) as city:
        for subject in city.vault.subjects(CHILD):
            city.vault.erase(subject)
        (line,) = city.vault.untold()
    async with City.open(town) as city:
        async with running(city, port=0, feeds=False):
            while city.vault.untold():
                await asyncio.sleep(0.01)
        assert city.ledger.log.journal.entry(1) == line.statement()

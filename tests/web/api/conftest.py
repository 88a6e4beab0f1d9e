"""A small city behind a real server on a free port."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import aiohttp
import msgspec
import pytest
import uvicorn

from noren.city import City, create
from noren.terms.records import Alert, Dataset, Shelter, WaterObserved
from noren.web import app

PLACE = {"type": "Point", "coordinates": [139.01, 35.6]}
GAUGE, ALERT, SHELTERS = (f"urn:ngsi-ld:{kind}:t:x" for kind in ("WaterObserved", "Alert", "Dataset"))


class Served(msgspec.Struct):
    """A city, a session without a token, and a token of its staff."""

    city: City
    http: aiohttp.ClientSession
    token: str

    def staff(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}


async def fill(city: City) -> None:
    now = datetime.now(UTC).replace(microsecond=0)
    view = city.view(city.staff)
    levels = [
        WaterObserved(
            id=GAUGE, name="大橋", water_level=1 + h / 10, observed_at=now - timedelta(hours=5 - h), location=PLACE
        )
        for h in range(6)
    ]
    for level in levels:
        await view.upsert([level])
    await view.upsert(
        [
            Dataset(id=SHELTERS, title="Shelters", entity_types=["Shelter"], rows_kept=1, license="CC-BY-4.0"),
            Shelter(id="urn:ngsi-ld:Shelter:t:1", name="一小", capacity=100, location=PLACE, in_dataset=SHELTERS),
            Alert(
                id=ALERT,
                severity="high",
                headline={"en": "Water rises", "ja": "増水"},
                instruction={"en": "Leave", "ja": "避難"},
                date_issued=now,
                valid_to=now + timedelta(hours=5),
                confirmation="automatic",
                location=PLACE,
            ),
        ]
    )


@pytest.fixture
async def served(tmp_path: Path) -> AsyncIterator[Served]:
    create(tmp_path / "city", "Town", timezone="Asia/Tokyo")
    async with City.open(tmp_path / "city") as city:
        await fill(city)
        with socket.create_server(("127.0.0.1", 0)) as listening:
            server = uvicorn.Server(uvicorn.Config(app.create(city), log_level="critical", ws="none"))
            server.install_signal_handlers = lambda: None  # type: ignore[method-assign]
            task = asyncio.create_task(server.serve(sockets=[listening]))
            while not server.started:
                await asyncio.sleep(0.01)
            host, port = listening.getsockname()[:2]
            async with aiohttp.ClientSession(f"http://{host}:{port}") as http:
                yield Served(city, http, city.tokens.issue(city.staff, seconds=600))
            server.should_exit = True
            await task

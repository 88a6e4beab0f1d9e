"""The whole application behind a real server on a free port."""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest
import uvicorn
import yarl

from noren.city import City
from noren.web.app import create
from noren.web.routes import ROUTES


@pytest.fixture
async def address(tmp_path: Path) -> AsyncIterator[tuple[str, int]]:
    async with City.bare(tmp_path) as city:
        with socket.create_server(("127.0.0.1", 0)) as listening:
            server = uvicorn.Server(uvicorn.Config(create(city), log_level="critical", ws="none"))
            server.install_signal_handlers = lambda: None  # type: ignore[method-assign]
            task = asyncio.create_task(server.serve(sockets=[listening]))
            while not server.started:
                await asyncio.sleep(0.01)
            yield listening.getsockname()
            server.should_exit = True
            await task


async def test_every_kind_of_address_answers(address: tuple[str, int]) -> None:
    base = f"http://{address[0]}:{address[1]}"
    async with aiohttp.ClientSession() as session:
        async with session.get(f"{base}/health") as reply:
            assert (reply.status, await reply.json()) == (200, {"status": "ok"})
        async with session.head(f"{base}/health") as reply:
            assert (reply.status, await reply.read()) == (200, b"")
        async with session.get(f"{base}/context.jsonld") as reply:
            assert "@context" in json.loads(await reply.read())
        async with session.get(f"{base}/ngsi-ld/v1/types") as reply:
            assert (await reply.json())["typeList"] == []
        async with session.get(f"{base}/api/city") as reply:
            assert (await reply.json())["bare"] is True
        async with session.get(f"{base}/tiles/x/0/0.mvt") as reply:
            assert reply.status == 404
            assert (await reply.json(content_type=None))["title"]
        async with session.get(f"{base}/api/nothing") as reply:
            assert reply.status == 404
        for odd in ("%00", "api%00", "x" * 3000, "..%2f..%2fapp.py"):
            async with session.get(yarl.URL(f"{base}/{odd}", encoded=True)) as reply:
                assert reply.status in (200, 404) and b"import" not in await reply.read()


async def test_two_gigabytes_are_refused_before_they_are_sent(address: tuple[str, int]) -> None:
    reader, writer = await asyncio.open_connection(*address)
    head = "POST /ngsi-ld/v1/entities HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
    writer.write(f"{head}Content-Length: {2 << 30}\r\n\r\n{{".encode())
    answer = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 10)
    assert answer.startswith(b"HTTP/1.1 413 ")
    writer.close()
    await writer.wait_closed()


async def test_a_client_that_leaves_within_its_body_harms_nobody(address: tuple[str, int]) -> None:
    _, writer = await asyncio.open_connection(*address)
    head = "POST /ngsi-ld/v1/entities HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
    writer.write(f"{head}Content-Length: 1000\r\n\r\n{{".encode())
    await writer.drain()
    writer.close()
    await writer.wait_closed()
    types = f"http://{address[0]}:{address[1]}/ngsi-ld/v1/types"
    async with aiohttp.ClientSession() as session, session.get(types) as reply:
        assert reply.status == 200


def test_no_route_stands_twice() -> None:
    addresses = [(route.method, route.path) for route in ROUTES]
    assert len(addresses) == len(set(addresses))
    rooms = {"ngsi-ld", "api", "identity", "open311", "tiles", "ledger", "custody"}
    assert {route.room for route in ROUTES} == rooms

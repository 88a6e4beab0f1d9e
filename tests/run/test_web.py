"""The server inside the city's loop: it says when a port is taken, answers when ready, and stops with streams open."""

from __future__ import annotations

import asyncio
from typing import Any

import aiohttp
import pytest

from noren.errors import Unavailable
from noren.run.web import Web, take_port


async def app(scope: dict[str, Any], receive: Any, send: Any) -> None:
    if scope["type"] == "lifespan":
        while True:
            message = await receive()
            await send({"type": f"{message['type']}.complete"})
            if message["type"] == "lifespan.shutdown":
                return
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"open", "more_body": scope["path"] == "/stream"})
    if scope["path"] == "/stream":
        await asyncio.Event().wait()


async def test_it_answers_when_ready_and_stops_with_a_stream_open() -> None:
    with take_port("127.0.0.1", 0) as listening:
        web = Web(app, listening)
        serving = asyncio.create_task(web.run())
        await web.ready()
        async with aiohttp.ClientSession() as session:
            stream = await session.get(f"http://127.0.0.1:{web.port}/stream")
            assert await stream.content.readany() == b"open"
            web.stop()
            await asyncio.wait_for(serving, 60)  # the stream itself would never end
            stream.close()


def test_a_port_that_is_taken() -> None:
    with take_port("127.0.0.1", 0) as listening:
        port = listening.getsockname()[1]
        with pytest.raises(Unavailable, match=f"Port {port} is taken by another program.*--port {port + 1}"):
            take_port("127.0.0.1", port)


def test_ports_and_hosts_that_are_none() -> None:
    with pytest.raises(Unavailable, match="1 to 65535"):
        take_port("127.0.0.1", 70_000)
    with pytest.raises(Unavailable, match="--host"):
        take_port("203.0.113.7", 8080)

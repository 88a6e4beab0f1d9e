"""Small cities behind real servers on free ports of this machine, seen as http://localhost."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import msgspec
import pytest
import uvicorn

from noren.city import City, create
from noren.web import app

Begin = Callable[..., Awaitable["Town"]]


class Town(msgspec.Struct):
    """A city, its address, and a browser that keeps cookies and says where its pages are from."""

    city: City
    address: str
    http: aiohttp.ClientSession

    async def ask(self, method: str, path: str, body: Any = None, status: int = 200, **headers: str) -> Any:
        """What a page of the city's own asks."""
        headers = {"Origin": self.address} | headers
        async with self.http.request(method, path, json=body, headers=headers, allow_redirects=False) as reply:
            assert reply.status == status, await reply.text()
            return await reply.json(content_type=None) if reply.content_length else None

    async def demo(self, name: str = "Hana", kind: str = "resident") -> str:
        """Be somebody of the demo."""
        return str((await self.ask("POST", "/api/identity/demo", {"name": name, "kind": kind}))["name"])


@asynccontextmanager
async def opened(folder: Path, settings: str, port: int = 0) -> AsyncIterator[Town]:
    create(folder, folder.name.capitalize())
    path = folder / "noren.toml"
    path.write_text(path.read_text("utf-8") + settings, "utf-8")
    async with City.open(folder) as city:
        with socket.create_server(("127.0.0.1", port)) as listening:
            server = uvicorn.Server(uvicorn.Config(app.create(city), log_level="critical", ws="none"))
            server.install_signal_handlers = lambda: None  # type: ignore[method-assign]
            task = asyncio.create_task(server.serve(sockets=[listening]))
            while not server.started:
                await asyncio.sleep(0.01)
            address = f"http://localhost:{listening.getsockname()[1]}"
            async with aiohttp.ClientSession(address) as http:
                yield Town(city, address, http)
            server.should_exit = True
            await task


@pytest.fixture
async def begin(tmp_path: Path) -> AsyncIterator[Begin]:
    """Opens a city by its name, with more lines for its settings."""
    async with AsyncExitStack() as stack:

        async def town(name: str = "town", settings: str = "", port: int = 0) -> Town:
            return await stack.enter_async_context(opened(tmp_path / name, settings, port))

        yield town


@pytest.fixture
async def town(begin: Begin) -> Town:
    return await begin()

"""Houses on free ports of the loopback: a city, custodians, and sources that answer whatever a test wants."""

from __future__ import annotations

import asyncio
import base64
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
from noren.custody import Custodian, Federation
from noren.custody.envelope import Ask, state
from noren.custody.fanout import STATEMENT
from noren.terms import iri
from noren.trust import Principal
from noren.trust.ledger import Signer
from noren.web.app import create as application

Answering = Callable[[str], Awaitable[tuple[int, dict[str, str], bytes]]]


@asynccontextmanager
async def served(app: Any) -> AsyncIterator[str]:
    """The address of an ASGI application on a free port."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        server = uvicorn.Server(uvicorn.Config(app, log_level="critical", ws="none", timeout_graceful_shutdown=1))
        server.install_signal_handlers = lambda: None  # type: ignore[method-assign]
        task = asyncio.create_task(server.serve(sockets=[listening]))
        while not server.started:
            await asyncio.sleep(0.01)
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        server.should_exit = True
        await task


def folder(place: Path, name: str, more: str = "") -> Path:
    """The folder of a house whose settings say more."""
    create(place, name)
    settings = place / "noren.toml"
    settings.write_text(settings.read_text("utf-8") + f'\n[net]\nallow = ["localhost"]\n{more}', "utf-8")
    return place


class Houses:
    """A city, and whoever was opened beside it. `key` is the city's, which custodians pin."""

    def __init__(self, place: Path, stack: AsyncExitStack) -> None:
        self._place, self._stack = place, stack
        self._registered: list[str] = []
        self.town = folder(place / "town", "Town")
        self.key = Signer.keep(self.town / "data" / "custody.key", "town/custody")
        self.city: City
        self.federation: Federation
        self.address = ""

    async def custodian(self, name: str, kind: str, types: list[str], operators: tuple[str, ...] = ()) -> City:
        """A custodian at work, registered in the city that `open` opens afterwards."""
        section = {"kind": kind, "key": str(self.key.verifier), "operators": list(operators)}
        place = folder(self._place / name, name.capitalize(), f"[custodian]\n{_toml(section)}")
        house = await self._stack.enter_async_context(City.open(place))
        address = await self._stack.enter_async_context(served(application(house, None, Custodian(house))))
        self.register(name, kind, types, address, str(house.custody_key.verifier))
        return house

    async def lying(
        self, name: str, kind: str, types: list[str], answer: Answering, key: Signer | None = None
    ) -> Signer:
        """A custodian that answers an ask with whatever `answer` makes of it; its key."""
        signer = key or Signer.new(f"{name}/custody")

        async def app(scope: Any, receive: Any, send: Any) -> None:
            text = b""
            while scope["type"] == "http":
                message = await receive()
                text += message.get("body", b"")
                if not message.get("more_body"):
                    break
            if scope["type"] == "http":
                status, headers, body = await answer(text.decode())
                coded = [(k.lower().encode(), v.encode()) for k, v in headers.items()]
                await send({"type": "http.response.start", "status": status, "headers": coded})
                await send({"type": "http.response.body", "body": body})

        address = await self._stack.enter_async_context(served(_without_lifespan(app)))
        self.register(name, kind, types, address, str(signer.verifier))
        return signer

    def register(self, name: str, kind: str, types: list[str], address: str, key: str, seconds: float = 20.0) -> None:
        """An entry in the city's settings."""
        entry = {"name": name, "organisation": name.capitalize(), "kind": kind, "endpoint": address, "key": key}
        self._registered.append(f"[[custodians]]\n{_toml(entry | {'types': types, 'seconds': seconds})}")

    async def open(self, tables: str = "") -> Federation:
        """The city at work."""
        settings = self.town / "noren.toml"
        settings.write_text(settings.read_text("utf-8") + "\n" + "\n".join([*self._registered, tables]), "utf-8")
        self.city = await self._stack.enter_async_context(City.open(self.town))
        self.federation = await self._stack.enter_async_context(Federation(self.city))
        self.address = await self._stack.enter_async_context(served(application(self.city, self.federation)))
        return self.federation

    async def get(self, path: str, who: Principal | None = None, **headers: str) -> tuple[int, Any, list[str]]:
        """Status, JSON and warnings of what the city answers."""
        if who is not None:
            headers["Authorization"] = "Bearer " + self.city.tokens.issue(who, seconds=600)
        url = f"{self.address}/ngsi-ld/v1/{path}"
        async with aiohttp.ClientSession() as session, session.get(url, headers=headers) as reply:
            return reply.status, await reply.json(content_type=None), reply.headers.getall("NGSILD-Warning", [])


def answered(signer: Signer, text: str, body: Any, **more: Any) -> tuple[int, dict[str, str], bytes]:
    """An answer that is signed as it should be, whatever it holds."""
    raw = body if isinstance(body, bytes) else msgspec.json.encode(body)
    asked = said(text)
    about = {"now": asked.iat, "count": 0, "more": False} | more
    return 200, {STATEMENT: state(signer, asked.iss, text, raw, **about)}, raw


def said(text: str) -> Ask:
    """What an ask says, its signature not looked at."""
    part = text.split(".")[1]
    return msgspec.json.decode(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)), type=Ask)


def whole(id: str = "urn:ngsi-ld:GtfsStop:bus:1", kind: str = "GtfsStop", **attributes: Any) -> dict[str, Any]:
    """An entity as it crosses, with all names by the core context."""
    values = {iri(name): {"type": "Property", "value": value} for name, value in attributes.items()}
    return {"id": id, "type": iri(kind), **values}


def _without_lifespan(app: Any) -> Any:
    async def wrapped(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            raise RuntimeError("no lifespan")
        await app(scope, receive, send)

    return wrapped


def _toml(values: dict[str, Any]) -> str:
    return "\n".join(f"{name} = {msgspec.json.encode(value).decode()}" for name, value in values.items()) + "\n"


@pytest.fixture
async def houses(tmp_path: Path) -> AsyncIterator[Houses]:
    async with AsyncExitStack() as stack:
        yield Houses(tmp_path, stack)

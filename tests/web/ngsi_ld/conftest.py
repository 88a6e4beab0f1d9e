"""A bare city behind the NGSI-LD application, and a client that speaks ASGI to it without a socket."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from noren.city import City
from noren.web.ngsi_ld import ROUTES
from noren.web.ngsi_ld.application import ROOT, Api
from noren.web.ngsi_ld.house import House


class Reply:
    """What came back."""

    def __init__(self, status: int, headers: list[tuple[bytes, bytes]], body: bytes) -> None:
        self.status, self.body = status, body
        self.headers: dict[str, str] = {}
        for name, value in headers:
            key = name.decode()
            self.headers[key] = f"{self.headers[key]}, {value.decode()}" if key in self.headers else value.decode()

    @property
    def data(self) -> Any:
        return json.loads(self.body)

    def __repr__(self) -> str:
        return f"{self.status} {self.headers} {self.body[:500]!r}"


class Client:
    """Requests to an ASGI application; `path` is relative to the root of the API."""

    def __init__(self, app: Any) -> None:
        self._app = app

    async def send(self, method: str, path: str, body: Any = None, **headers: str) -> Reply:
        content = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        sent = {"host": "city.example", **{name.replace("_", "-"): value for name, value in headers.items()}}
        if body is not None:
            sent = {"content-type": "application/json", "content-length": str(len(content))} | sent
        raw, _, query = (path if path.startswith("/") else f"{ROOT}/{path}").partition("?")
        scope = {
            "type": "http",
            "method": method,
            "path": raw,
            "raw_path": raw.encode(),
            "query_string": query.encode(),
            "headers": [(name.encode(), value.encode("latin-1")) for name, value in sent.items()],
        }
        messages: list[dict[str, Any]] = []

        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": content, "more_body": False}

        async def keep(message: dict[str, Any]) -> None:
            messages.append(message)

        await self._app(scope, receive, keep)
        return Reply(messages[0]["status"], messages[0]["headers"], b"".join(m["body"] for m in messages[1:]))

    async def get(self, path: str, **headers: str) -> Reply:
        return await self.send("GET", path, **headers)

    async def post(self, path: str, body: Any, **headers: str) -> Reply:
        return await self.send("POST", path, body, **headers)

    async def patch(self, path: str, body: Any, **headers: str) -> Reply:
        return await self.send("PATCH", path, body, **headers)

    async def put(self, path: str, body: Any, **headers: str) -> Reply:
        return await self.send("PUT", path, body, **headers)

    async def delete(self, path: str, **headers: str) -> Reply:
        return await self.send("DELETE", path, **headers)


@pytest.fixture
async def city(tmp_path: Path) -> AsyncIterator[City]:
    async with City.bare(tmp_path) as opened:
        yield opened


@pytest.fixture
def client(city: City) -> Client:
    return Client(Api(House(city), ROUTES))

"""A whole city's application asked without a socket: for tests of what any address says to anybody."""

from __future__ import annotations

import asyncio
import gzip
import json
from typing import Any

import msgspec

from noren.city import City
from noren.web import app

STREAM_S = 0.3


class Reply(msgspec.Struct):
    """What came back; `text` is all that a client can read in it: status, headers and body."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def text(self) -> str:
        body = gzip.decompress(self.body) if self.headers.get("content-encoding") == "gzip" else self.body
        return f"{self.status}\n{json.dumps(self.headers)}\n{body.decode('utf-8', 'replace')}"


class Site:
    """Asks a city. A stream is listened to for a moment, then left."""

    def __init__(self, city: City, scheme: str = "http") -> None:
        self.city, self._app, self._scheme = city, app.create(city), scheme

    async def ask(self, method: str, url: str, body: Any = None, headers: dict[str, str] | None = None) -> Reply:
        """The reply to one request; `body` is JSON, or a form where it is bytes."""
        path, _, query = url.partition("?")
        raw = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        kind = "application/x-www-form-urlencoded" if isinstance(body, bytes) else "application/json"
        sent = {"host": "city.example", "content-type": kind, "content-length": str(len(raw))}
        scope = {
            "type": "http",
            "method": method,
            "scheme": self._scheme,
            "path": path,
            "raw_path": path.encode(),
            "root_path": "",
            "query_string": query.encode(),
            "client": ("192.0.2.1", 1),
            "headers": [(k.encode(), v.encode("latin-1")) for k, v in (sent | (headers or {})).items()],
        }
        messages: list[dict[str, Any]] = []
        waiting = [{"type": "http.request", "body": raw, "more_body": False}]

        async def receive() -> dict[str, Any]:
            if waiting:
                return waiting.pop()
            await asyncio.Event().wait()
            raise AssertionError

        async def send(message: dict[str, Any]) -> None:
            messages.append(message)

        task = asyncio.create_task(self._app(scope, receive, send))
        await asyncio.wait({task}, timeout=STREAM_S if path == "/api/events" else 60)
        if not task.done():
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
        elif task.exception() is not None and not messages:
            raise task.exception()  # type: ignore[misc]
        start = messages[0]
        said: dict[str, str] = {}
        for name, value in start["headers"]:
            key = name.decode().lower()
            said[key] = f"{said[key]}, {value.decode('latin-1')}" if key in said else value.decode("latin-1")
        return Reply(start["status"], said, b"".join(m.get("body", b"") for m in messages[1:]))

    async def close(self) -> None:
        """Leave what was begun."""
        for task in asyncio.all_tasks() - {asyncio.current_task()}:  # type: ignore[arg-type]
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

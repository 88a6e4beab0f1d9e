"""The web server inside the city's own event loop: it takes its port before anything starts, and stops when told."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import logging
import socket
from collections.abc import Iterator
from typing import Any

import uvicorn

from noren.errors import Unavailable

_GRACE = 1


def take_port(host: str, port: int) -> socket.socket:
    """The listening socket; raises `Unavailable` with what to do when the port is taken or not allowed."""
    if not 0 <= port <= 65_535:
        raise Unavailable(f"{port} is no port.", hint="Ports go from 1 to 65535.")
    try:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        return socket.create_server((host, port), family=family, backlog=2048)
    except OSError as error:
        hints = {
            errno.EADDRINUSE: ("is taken by another program", f"Choose another one: --port {port + 1}"),
            errno.EACCES: ("may not be used by you", "Ports below 1024 belong to the system: --port 8080"),
        }
        what, hint = hints.get(error.errno or 0, (f"cannot be opened ({error.strerror or error})", "Check --host."))
        raise Unavailable(f"Port {port} {what}.", where=f"{host}:{port}", hint=hint) from None


class _Server(uvicorn.Server):
    """Leaves signals to the city, which has more to stop than its web server; `open` is set once it answers."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.open = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            self.open.set()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


class Web:
    """Serves an ASGI application on a socket that was taken before."""

    def __init__(self, application: Any, listening: socket.socket) -> None:
        self._socket = listening
        self._server = _Server(
            uvicorn.Config(
                application,
                log_level="warning",
                access_log=False,
                server_header=False,
                date_header=True,
                timeout_graceful_shutdown=_GRACE,
                ws="none",
                lifespan="on",
            )
        )

    @property
    def port(self) -> int:
        """The port it listens on."""
        return int(self._socket.getsockname()[1])

    async def run(self) -> None:
        """Serve until `stop`, then let open answers finish for a second."""
        await self._server.serve(sockets=[self._socket])

    async def ready(self) -> None:
        """Wait until requests are answered."""
        await self._server.open.wait()

    def stop(self) -> None:
        """Take no more requests. Streams that are still open then are cut, which is no error."""
        logging.getLogger("uvicorn.error").setLevel(logging.CRITICAL)
        self._server.should_exit = True

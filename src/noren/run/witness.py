"""A witness at work: answers on its port until the process is told to stop."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from noren.errors import BadInput
from noren.run.running import until_told
from noren.run.up import address
from noren.run.web import Web, take_port
from noren.trust.ledger import Witness
from noren.web.witness import PREFIX, create


def split(listen: str) -> tuple[str, int]:
    """Host and port of `host:port`; raises `BadInput`."""
    host, _, port = listen.rpartition(":")
    if not host or not (port.isascii() and port.isdigit()) or int(port) > 65_535:
        raise BadInput("This is no address to listen on.", where=f"--listen {listen}", hint="Like 127.0.0.1:8090.")
    return host.strip("[]"), int(port)


async def serve(witness: Witness, listen: str, say: Callable[[str], None]) -> None:
    """Cosign until told to stop; raises `Unavailable` when the port cannot be had. `say` is told the address first."""
    host, port = split(listen)
    with take_port(host, port) as listening:
        web = Web(create(witness), listening)
        async with until_told() as stop:
            serving = asyncio.create_task(web.run(), name="web")
            await web.ready()
            say(f"{address(host, web.port)}{PREFIX}")
            await stop.wait()
            web.stop()
            await serving

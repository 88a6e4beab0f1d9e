"""Ten thousand subscriptions, five hundred writes a second, each telling four: `python -m bench.delivery`.

The city and its delivery are a process of their own, the receiver of notifications another; the loopback only. Counts
and seconds are bounded.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import multiprocessing
import resource
import socket
import time
from multiprocessing.sharedctypes import Synchronized
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

SENSORS = 2_500
TOLD = 4
"""Subscriptions to each sensor: 2,500 sensors, 10,000 subscriptions."""


class Sink(asyncio.Protocol):
    """Answers 200 to every request and counts the entities told."""

    def __init__(self, told: Synchronized[int]) -> None:
        self._told, self._buffer = told, b""

    def connection_made(self, transport: Any) -> None:
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        while True:
            head, found, rest = self._buffer.partition(b"\r\n\r\n")
            if not found:
                return
            at = head.lower().find(b"content-length: ")
            length = int(head[at + 16 :].split(b"\r\n", 1)[0])
            if len(rest) < length:
                return
            self._told.value += rest[:length].count(b'"waterLevel"')
            self._buffer = rest[length:]
            self._transport.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")


def receive(listening: socket.socket, told: Synchronized[int]) -> None:
    import uvloop

    async def serve() -> None:
        server = await asyncio.get_running_loop().create_server(lambda: Sink(told), sock=listening)
        await server.serve_forever()

    uvloop.run(serve())


async def city(folder: Path, port: int, told: Synchronized[int], rate: int, seconds: int) -> None:
    from noren.broker.forms import parse_entity
    from noren.broker.requests import Operation
    from noren.broker.subscription import parse_subscription
    from noren.city import City
    from noren.delivery import deliver
    from noren.terms.record import stamp
    from noren.web.app import create

    async with City.bare(folder) as opened:
        view, context = opened.view(opened.anonymous), opened.contexts.city

        async def subscribe(number: int) -> None:
            body = {
                "type": "Subscription",
                "entities": [{"type": "WaterObserved", "id": f"urn:x:{number % SENSORS}"}],
                "notification": {"endpoint": {"uri": f"http://127.0.0.1:{port}/{number}"}},
            }
            now = stamp(opened.clock.now())
            made = parse_subscription(body, opened.contexts, context=None, id=f"urn:s:{number}", now=now)
            await view.subscriptions.add(made, "http://city.example/context.jsonld")

        began = time.perf_counter()
        await asyncio.gather(*(subscribe(number) for number in range(SENSORS * TOLD)))
        print(f"{SENSORS * TOLD:,} subscriptions kept in {time.perf_counter() - began:.1f} s")
        create(opened)
        delivery = asyncio.create_task(deliver(opened))
        await asyncio.sleep(0.5)

        async def write(number: int) -> None:
            id = f"urn:x:{number % SENSORS}"
            fragment = parse_entity({"id": id, "type": "WaterObserved", "waterLevel": number}, context)
            outcome = (await view.apply([Operation(kind="update_or_create", id=id, fragment=fragment)]))[0]
            assert outcome.error is None

        began, used, writes = time.perf_counter(), time.process_time(), []
        for number in range(rate * seconds):
            late = began + number / rate - time.perf_counter()
            if late > 0:
                await asyncio.sleep(late)
            writes.append(asyncio.create_task(write(number)))
        await asyncio.gather(*writes)
        wrote = time.perf_counter() - began
        due = rate * seconds * TOLD
        while told.value < due and time.perf_counter() - began < seconds * 6:
            await asyncio.sleep(0.05)
        took = time.perf_counter() - began
        used = time.process_time() - used
        print(f"{rate * seconds:,} writes in {wrote:.1f} s; {told.value:,} of {due:,} told in {took:.1f} s")
        print(f"{told.value / took:,.0f} POST/s; processor {used / took:.0%} of one core; at most {memory()} MiB")
        delivery.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await delivery


def memory() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rate", type=int, default=500)
    parser.add_argument("--seconds", type=int, default=10)
    asked = parser.parse_args()
    import uvloop

    fork = multiprocessing.get_context("fork")
    told: Any = fork.Value("q", 0, lock=False)
    with TemporaryDirectory() as folder, socket.create_server(("127.0.0.1", 0), backlog=512) as listening:
        sink = fork.Process(target=receive, args=(listening, told), daemon=True)
        sink.start()
        uvloop.run(city(Path(folder), listening.getsockname()[1], told, asked.rate, asked.seconds))
        sink.kill()


if __name__ == "__main__":
    main()

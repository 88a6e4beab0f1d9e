"""How many requests a second a bare city answers on the loopback: `python -m bench.http`.

The server is a process of its own (uvicorn, one worker, every write fsynced); the load comes from this one over
keep-alive connections, each with one request under way. Counts and seconds are bounded.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import multiprocessing
import os
import socket
import statistics
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

CONNECTIONS, SECONDS = 64, 4.0
CONTEXT = "http://127.0.0.1/context.jsonld"
V1 = "/ngsi-ld/v1"


def serve(listening: socket.socket, folder: str) -> None:
    """Serve a bare city on a socket until killed."""
    import uvicorn
    import uvloop

    from noren.city import City
    from noren.web.app import create

    app = create(City.bare(folder))
    config = uvicorn.Config(app, log_level="warning", access_log=False, ws="none", lifespan="off", server_header=False)
    uvloop.run(uvicorn.Server(config).serve(sockets=[listening]))


class Connection(asyncio.Protocol):
    """Sends the next request as soon as the last one was answered."""

    def __init__(self, requests: Iterator[bytes], load: Load) -> None:
        self._requests, self._load, self._buffer, self._sent = requests, load, b"", 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport
        self._next()

    def _next(self) -> None:
        if time.perf_counter() > self._load.until:
            self._load.left(self)
            return
        self._sent = time.perf_counter()
        self._transport.write(next(self._requests))

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        head, found, rest = self._buffer.partition(b"\r\n\r\n")
        if not found:
            return
        at = head.find(b"content-length: ")
        length = int(head[at + 16 :].split(b"\r\n", 1)[0]) if at >= 0 else 0
        if len(rest) < length:
            return
        self._load.answered(int(head[9:12]), time.perf_counter() - self._sent, rest)
        self._buffer = b""
        self._next()

    def close(self) -> None:
        self._transport.close()


class Load:
    """One measurement."""

    def __init__(self, seconds: float) -> None:
        self.until = time.perf_counter() + seconds
        self.times: list[float] = []
        self.statuses: dict[int, int] = {}
        self.sample = b""
        self._left = 0
        self.done = asyncio.Event()

    def answered(self, status: int, took: float, body: bytes) -> None:
        self.times.append(took)
        self.statuses[status] = self.statuses.get(status, 0) + 1
        self.sample = self.sample or body

    def left(self, connection: Connection) -> None:
        connection.close()
        self._left += 1
        if self._left == CONNECTIONS:
            self.done.set()


async def measure(port: int, make: Callable[[int], Iterator[bytes]], seconds: float = SECONDS) -> tuple[Load, float]:
    load = Load(seconds)
    loop = asyncio.get_running_loop()
    began = time.perf_counter()
    for number in range(CONNECTIONS):
        await loop.create_connection(lambda number=number: Connection(make(number), load), "127.0.0.1", port)
    await load.done.wait()
    return load, time.perf_counter() - began


def request(method: str, path: str, body: bytes = b"") -> bytes:
    head = f"{method} {V1}{path} HTTP/1.1\r\nhost: 127.0.0.1\r\n"
    if body or method in ("POST", "PATCH"):
        head += f"content-type: application/json\r\ncontent-length: {len(body)}\r\n"
    link = f'link: <{CONTEXT}>; rel="http://www.w3.org/ns/json-ld#context"; type="application/ld+json"\r\n'
    return (head + link + "\r\n").encode() + body


def entity(id: str, number: int) -> dict[str, object]:
    """Five attributes, of which two (waterLevel, name) and the place are indexed."""
    return {
        "id": id,
        "type": "WaterObserved",
        "name": {"type": "Property", "value": f"Gauge {number}"},
        "waterLevel": {"type": "Property", "value": number % 700 / 100, "observedAt": "2024-05-01T12:00:00Z"},
        "flow": {"type": "Property", "value": number % 90, "unitCode": "MQS"},
        "description": {"type": "Property", "value": "A gauge beside the bridge"},
        "location": {"type": "GeoProperty", "value": {"type": "Point", "coordinates": [-51.2, -30.0]}},
    }


def creates(connection: int) -> Iterator[bytes]:
    number = 0
    while True:
        number += 1
        yield request("POST", "/entities", json.dumps(entity(f"urn:x:{connection}:{number}", number)).encode())


def updates(connection: int) -> Iterator[bytes]:
    number = 0
    while True:
        number += 1
        level = {
            "waterLevel": {"type": "Property", "value": number / 7, "observedAt": f"2024-05-01T12:00:{number % 60:02}Z"}
        }
        path = f"/entities/urn:x:{connection}:{number % 20 + 1}/attrs"
        yield request("PATCH", path, json.dumps(level).encode())


def batches(connection: int) -> Iterator[bytes]:
    bodies = []
    for part in range(4):
        ids = (f"urn:b:{connection}:{part}:{n}" for n in range(100))
        bodies.append(json.dumps([entity(id, n + part) for n, id in enumerate(ids)]).encode())
    while True:
        for body in bodies:
            yield request("POST", "/entityOperations/upsert", body)
        bodies = [body.replace(b'"value": 1', b'"value": 2', 200) for body in bodies]


def reads(connection: int) -> Iterator[bytes]:
    number = 0
    while True:
        number += 1
        yield request("GET", f"/entities/urn:x:{connection}:{number % 20 + 1}")


def lists(connection: int) -> Iterator[bytes]:
    while True:
        yield request("GET", "/entities?type=WaterObserved&limit=20")


def warm(connection: int) -> Iterator[bytes]:
    while True:
        yield request("GET", "/types")


WORK: tuple[tuple[str, Callable[[int], Iterator[bytes]], int], ...] = (
    ("create one", creates, 1),
    ("update one", updates, 1),
    ("batch upsert, 100 a request", batches, 100),
    ("read one", reads, 1),
    ("list 20", lists, 1),
)


def processor(pid: int) -> float:
    """Seconds of processor time that a process has used."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


async def run(port: int, pid: int, only: str) -> None:
    await measure(port, warm, 1.0)
    for name, make, factor in WORK:
        if only and only not in name:
            continue
        used = processor(pid)
        load, took = await measure(port, make)
        used = (processor(pid) - used) / len(load.times) * 1e6
        ordered = sorted(load.times)
        rate = len(ordered) * factor / took
        p95 = ordered[int(len(ordered) * 0.95)] * 1000
        middle = statistics.median(ordered) * 1000
        print(
            f"{name:28} {rate:9,.0f}/s   median {middle:7.2f} ms   p95 {p95:7.2f} ms   "
            f"processor {used:6,.0f} µs a request   {load.statuses}"
        )
        if set(load.statuses) - {200, 201, 204}:
            print("   ", load.sample[:300])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", default="")
    asked = parser.parse_args()
    with TemporaryDirectory() as folder, socket.create_server(("127.0.0.1", 0), backlog=512) as listening:
        server = multiprocessing.get_context("fork").Process(
            target=serve, args=(listening, str(Path(folder))), daemon=True
        )
        server.start()
        asyncio.run(run(listening.getsockname()[1], server.pid or 0, asked.only))
        server.kill()


if __name__ == "__main__":
    main()

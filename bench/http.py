"""How many requests a second a bare city answers on the loopback: `python -m bench.http`.

The server is a process of its own (uvicorn, one worker, every write fsynced); the load comes from this one over
keep-alive connections, each with one request under way. Counts and seconds are bounded.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import select
import socket
import statistics
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from msgspec.json import encode

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


class Connection:
    """One keep-alive connection: a request is under way until its answer is whole."""

    def __init__(self, port: int, requests: Iterator[bytes]) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._requests, self._received, self.sent = requests, b"", 0.0

    def send(self) -> None:
        """The next request; large ones are sent piece by piece, as fast as they are taken."""
        self.sent = time.perf_counter()
        self.socket.sendall(next(self._requests))

    def answer(self) -> bytes | None:
        """The answer once it is whole."""
        self._received += self.socket.recv(262_144)
        head, found, body = self._received.partition(b"\r\n\r\n")
        at = head.find(b"content-length: ")
        if not found or (at >= 0 and len(body) < int(head[at + 16 : at + 26].split(b"\r", 1)[0])):
            return None
        whole, self._received = self._received, b""
        return whole


class Load:
    """What one measurement saw: seconds an answer took, how many of each status, the first that was refused."""

    def __init__(self) -> None:
        self.times: list[float] = []
        self.statuses: Counter[bytes] = Counter()
        self.refused = b""

    def answered(self, answer: bytes, took: float) -> None:
        self.times.append(took)
        status = answer[9:12]
        self.statuses[status] += 1
        if status > b"204" and not self.refused:
            self.refused = answer


def measure(port: int, make: Callable[[int], Iterator[bytes]], seconds: float = SECONDS) -> tuple[Load, float]:
    """Keep one request of each connection under way for some seconds; returns what was seen, and the seconds."""
    load, poll = Load(), select.epoll()
    connections = {one.socket.fileno(): one for one in (Connection(port, make(n)) for n in range(CONNECTIONS))}
    began = time.perf_counter()
    for number, connection in connections.items():
        poll.register(number, select.EPOLLIN)
        connection.send()
    while connections:
        for number, _ in poll.poll():
            connection = connections[number]
            answer = connection.answer()
            if answer is None:
                continue
            load.answered(answer, time.perf_counter() - connection.sent)
            if connection.sent < began + seconds:
                connection.send()
            else:
                connections.pop(number).socket.close()
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
        yield request("POST", "/entities", encode(entity(f"urn:x:{connection}:{number}", number)))


def updates(connection: int) -> Iterator[bytes]:
    number = 0
    while True:
        number += 1
        level = {
            "waterLevel": {"type": "Property", "value": number / 7, "observedAt": f"2024-05-01T12:00:{number % 60:02}Z"}
        }
        path = f"/entities/urn:x:{connection}:{number % 20 + 1}/attrs"
        yield request("PATCH", path, encode(level))


def batches(connection: int) -> Iterator[bytes]:
    bodies = []
    for part in range(4):
        ids = (f"urn:b:{connection}:{part}:{n}" for n in range(100))
        bodies.append(encode([entity(id, n + part) for n, id in enumerate(ids)]))
    while True:
        for body in bodies:
            yield request("POST", "/entityOperations/upsert", body)
        bodies = [body.replace(b'"value":1', b'"value":2', 200) for body in bodies]


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


def run(port: int, pid: int, only: str) -> None:
    measure(port, warm, 1.0)
    for name, make, factor in WORK:
        if only and only not in name:
            continue
        used, own = processor(pid), time.process_time()
        load, took = measure(port, make)
        used = (processor(pid) - used) / len(load.times) * 1e6
        own = (time.process_time() - own) / len(load.times) * 1e6
        ordered = sorted(load.times)
        rate = len(ordered) * factor / took
        p95 = ordered[int(len(ordered) * 0.95)] * 1000
        middle = statistics.median(ordered) * 1000
        print(
            f"{name:28} {rate:9,.0f}/s   median {middle:7.2f} ms   p95 {p95:7.2f} ms   "
            f"processor {used:6,.0f} µs a request, {own:,.0f} µs here   "
            + ", ".join(f"{status.decode()}: {count:,}" for status, count in load.statuses.items())
        )
        if load.refused:
            print("   ", load.refused[:500])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", default="")
    asked = parser.parse_args()
    with TemporaryDirectory() as folder, socket.create_server(("127.0.0.1", 0), backlog=512) as listening:
        server = multiprocessing.get_context("fork").Process(
            target=serve, args=(listening, str(Path(folder))), daemon=True
        )
        server.start()
        run(listening.getsockname()[1], server.pid or 0, asked.only)
        server.kill()


if __name__ == "__main__":
    main()

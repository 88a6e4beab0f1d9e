"""A question to a hundred custodians, one of them dead: `python -m bench.custody`.

The custodians are a hundred paths of one process, each with a key of its own: it checks nothing, but signs every answer
as a custodian must. The dead one takes the connection and never answers. The city is a process of its own (`noren up`);
it signs every ask, checks every answer, and merges them. Lines: with the dead one asked each time (a city just opened:
three failures until it is left alone), then left alone, then with `--callers` at once.
"""

from __future__ import annotations

import argparse
import asyncio
import multiprocessing
import os
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import aiohttp
import msgspec

from noren.city import create
from noren.custody.envelope import state
from noren.custody.fanout import STATEMENT
from noren.terms import iri
from noren.trust.ledger import Signer

_NOREN = (sys.executable, "-m", "noren.cli")
TYPE, NAME = iri("GtfsStop"), iri("name")


def serve(listening: socket.socket, secrets: list[str], entities: int) -> None:
    """Answer as the custodians whose private keys these are; the last one never answers."""
    import uvicorn

    signers = [Signer.parse(text) for text in secrets]
    bodies = [_body(i, entities) for i in range(len(signers))]

    async def app(scope: Any, receive: Any, send: Any) -> None:
        i = int(scope["path"].split("/")[1])
        if i == len(signers) - 1:
            await asyncio.sleep(3600)
        text = b""
        while True:
            message = await receive()
            text += message["body"]
            if not message.get("more_body"):
                break
        made = state(signers[i], "town/custody", text.decode(), bodies[i], now=time.time(), count=entities, more=False)
        headers = [(STATEMENT.lower().encode(), made.encode()), (b"content-length", b"%d" % len(bodies[i]))]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": bodies[i]})

    config = uvicorn.Config(app, log_level="critical", ws="none", lifespan="off", access_log=False)
    uvicorn.Server(config).run(sockets=[listening])


def _body(i: int, entities: int) -> bytes:
    one = [
        {"id": f"urn:ngsi-ld:GtfsStop:s{i}:{n}", "type": TYPE, NAME: {"type": "Property", "value": f"Stop {n}"}}
        for n in range(entities)
    ]
    return msgspec.json.encode({"entities": one, "subjects": []})


def town(folder: Path, address: str, signers: list[Signer], seconds: float) -> None:
    """A city in whose settings all of them are registered."""
    create(folder, "Town")
    entries = [
        f'[[custodians]]\nname = "s{i}"\nkind = "company"\nendpoint = "{address}/{i}"\n'
        f'key = "{signer.verifier}"\ntypes = ["GtfsStop"]\nseconds = {seconds}\n'
        for i, signer in enumerate(signers)
    ]
    settings = folder / "noren.toml"
    settings.write_text(settings.read_text("utf-8") + '\n[net]\nallow = ["localhost"]\n' + "\n".join(entries), "utf-8")


async def load(port: int, requests: int, callers: int, limit: int) -> tuple[list[float], int, int]:
    """Seconds of each answer, the fewest entities in one, how many of them named a missing source."""
    url = f"http://127.0.0.1:{port}/ngsi-ld/v1/entities?type=GtfsStop&limit={limit}"
    times, counts, warned = list[float](), list[int](), 0
    left = iter(range(requests))

    async def caller(session: aiohttp.ClientSession) -> None:
        nonlocal warned
        for _ in left:
            begun = time.perf_counter()
            async with session.get(url) as reply:
                found = msgspec.json.decode(await reply.read())
            times.append(time.perf_counter() - begun)
            counts.append(len(found))
            warned += "NGSILD-Warning" in reply.headers

    async with aiohttp.ClientSession() as session:
        await asyncio.gather(*(caller(session) for _ in range(callers)))
    return times, min(counts), warned


def _line(what: str, found: tuple[list[float], int, int]) -> None:
    times, least, warned = found
    times.sort()
    p99 = times[min(len(times) - 1, int(len(times) * 0.99))]
    print(
        f"{what:<44} {len(times):>5} asked  median {statistics.median(times) * 1000:6.0f} ms"
        f"  p99 {p99 * 1000:6.0f} ms  worst {times[-1] * 1000:6.0f} ms  at least {least} entities, {warned} warned",
        flush=True,
    )


def _processor(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _resident(pid: int) -> int:
    rows = Path(f"/proc/{pid}/status").read_text().splitlines()
    return int(next(row.split()[1] for row in rows if row.startswith("VmHWM"))) >> 10


def main() -> None:
    """Open the custodians, then the city, and ask."""
    parser = argparse.ArgumentParser(prog="python -m bench.custody", description=__doc__)
    parser.add_argument("--sources", type=int, default=100)
    parser.add_argument("--entities", type=int, default=5, help="of each source")
    parser.add_argument("--requests", type=int, default=200)
    parser.add_argument("--callers", type=int, default=4)
    parser.add_argument("--seconds", type=float, default=0.7, help="for which a source is waited for")
    given = parser.parse_args()
    signers = [Signer.new(f"s{i}/custody") for i in range(given.sources)]
    limit = min(1000, given.sources * given.entities)
    with tempfile.TemporaryDirectory() as folder, socket.create_server(("127.0.0.1", 0), backlog=1024) as listening:
        address = f"http://127.0.0.1:{listening.getsockname()[1]}"
        secrets = [signer.secret() for signer in signers]
        sources = multiprocessing.Process(target=serve, args=(listening, secrets, given.entities), daemon=True)
        sources.start()
        town(Path(folder) / "town", address, signers, given.seconds)
        city = subprocess.Popen(
            [*_NOREN, "up", "--city", f"{folder}/town", "--port", "0"], stdout=subprocess.PIPE, text=True
        )
        try:
            port = int((city.stdout.readline() if city.stdout else "").rstrip().rpartition(":")[2])
            _line("just opened: the dead one is asked", asyncio.run(load(port, 3, 1, limit)))
            before = _processor(city.pid)
            _line("the dead one is left alone, one caller", asyncio.run(load(port, given.requests, 1, limit)))
            spent = (_processor(city.pid) - before) / given.requests
            each = spent / given.sources * 1e6
            print(f"processor time of the city: {spent * 1000:.0f} ms a question, {each:.0f} µs a source")
            _line(f"the same, {given.callers} callers", asyncio.run(load(port, given.requests, given.callers, limit)))
            print(f"memory of the city at most: {_resident(city.pid)} MiB")
        finally:
            city.send_signal(signal.SIGINT)
            city.wait(30)
            sources.kill()


if __name__ == "__main__":
    main()

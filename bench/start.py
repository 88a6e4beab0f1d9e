"""How long a city takes to open: `python -m bench.start` (a minute), or `--city DIR` for a city that stands.

From the start of `noren up` to the whole first page, said by `/api/city` and `/`, a process of its own each time.
Without a folder a small sample city is made first, which is not counted. The first start is not counted either: it
fills the caches of the system and of the city, and the figure is for a warm one.
"""

from __future__ import annotations

import argparse
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

STARTS, PATIENCE_S, LOOK_S = 3, 120.0, 0.02
_NOREN = (sys.executable, "-m", "noren.cli")


def start(city: Path) -> tuple[float, float]:
    """Seconds until the first page is there, and of processor time that it took."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    begun = time.perf_counter()
    server = subprocess.Popen([*_NOREN, "up", "--city", str(city), "--port", str(port)], stdout=subprocess.DEVNULL)
    try:
        for page in ("/", "/api/city"):
            _await(f"http://127.0.0.1:{port}{page}", server)
        return time.perf_counter() - begun, _processor(server.pid)
    finally:
        server.send_signal(signal.SIGINT)
        server.wait(30)


def _await(url: str, server: subprocess.Popen[bytes]) -> None:
    until = time.perf_counter() + PATIENCE_S
    while time.perf_counter() < until and server.poll() is None:
        try:
            with urllib.request.urlopen(url, timeout=PATIENCE_S) as answer:
                answer.read()
                return
        except (urllib.error.URLError, ConnectionError):
            time.sleep(LOOK_S)
    raise SystemExit(f"{url} did not come.")


def _processor(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def main() -> None:
    """Make the city where there is none, open it a few times."""
    parser = argparse.ArgumentParser(prog="python -m bench.start", description=__doc__)
    parser.add_argument("--city", type=Path, help="folder of a city")
    parser.add_argument("--population", type=int, default=5_000, help="of the sample city, where none is given")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        city = asked.city or Path(scratch) / "city"
        if asked.city is None:
            made = ("demo", str(city), "--population", str(asked.population), "--days", "10", "--json")
            subprocess.run([*_NOREN, *made], check=True, stdout=subprocess.DEVNULL)
        start(city)
        for _ in range(STARTS):
            took, processor = start(city)
            print(f"start to first page {took:6.2f} s   processor {processor:6.2f} s", flush=True)


if __name__ == "__main__":
    main()

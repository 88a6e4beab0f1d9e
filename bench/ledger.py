"""Measure the ledger: `python -m bench.ledger` (under a minute). Entries of 200 bytes, every commit fsynced.

`--entries` says how many are appended in each way; `--folder` where (a disk, not a RAM disk, to mean something).
"""

from __future__ import annotations

import argparse
import asyncio
import os
import statistics
import time
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

from noren.trust.ledger import COSIGNATURE, Ledger, Log, Policy, Receipt, Signer

CALLERS, BATCH, SIZE = 256, 100, 200


def told(what: str, figure: str) -> None:
    print(f"{what:52}{figure}", flush=True)


async def appended(log: Log, count: int) -> None:
    """Many callers, one entry each at a time; then fewer, in batches."""

    async def one_by_one() -> None:
        for _ in range(count // 4 // CALLERS):
            await log.append(os.urandom(SIZE))

    async def batches() -> None:
        for _ in range(count // BATCH // 16):
            await log.append_all([os.urandom(SIZE) for _ in range(BATCH)])

    for name, callers, work in (("one by one", CALLERS, one_by_one), (f"{BATCH} at once", 16, batches)):
        before, begun, busy = log.size, time.perf_counter(), time.process_time()
        await asyncio.gather(*(work() for _ in range(callers)))
        seconds, added = time.perf_counter() - begun, log.size - before
        busy = (time.process_time() - busy) / added * 1e6
        told(
            f"append, durable, {callers} callers, {name}", f"{added / seconds:9,.0f} entries/s {busy:6.0f} µs processor"
        )
    begun = time.perf_counter()
    await log.covered(log.size)
    told("… and the last of them under a checkpoint after", f"{(time.perf_counter() - begun) * 1e3:9.1f} ms")


async def recorded(folder: Path, signer: Signer) -> None:
    async with Ledger(folder, signer) as ledger:
        times = []
        for number in range(50):
            begun = time.perf_counter()
            await ledger.record(f"{number}".encode())
            times.append((time.perf_counter() - begun) * 1e3)
        told("record, one after another, with its receipt", f"median {statistics.median(times):6.1f} ms")
        begun = time.perf_counter()
        await asyncio.gather(*(ledger.record(f"together {number}".encode()) for number in range(1000)))
        told("record, 1,000 at once, each with its receipt", f"{1000 / (time.perf_counter() - begun):9,.0f} /s")


def measured(work: Callable[[], object], rounds: int = 300) -> float:
    """Milliseconds of processor time for one."""
    begun = time.process_time()
    for _ in range(rounds):
        work()
    return (time.process_time() - begun) / rounds * 1e3


def checked(log: Log, signer: Signer) -> None:
    index = log.checkpoint.size // 3
    entry, note = log.journal.entry(index), log.note
    lines = [f"log {signer.verifier}"]
    for number in range(3):
        witness = Signer.new(f"w{number}.example", COSIGNATURE)
        note = note.signed(witness, int(time.time()))
        lines.append(f"witness w{number} {witness.verifier}")
    policy = Policy.parse("\n".join([*lines, "group all all w0 w1 w2", "quorum all", ""]).encode())
    raw = bytes(Receipt(index, tuple(log.inclusion(index, log.checkpoint.size)), note))
    told("proof made", f"{measured(lambda: log.inclusion(index, log.checkpoint.size)):9.3f} ms")
    told(
        "receipt read and checked, three witnesses",
        f"{measured(lambda: Receipt.parse(raw).verify(entry, policy)):9.3f} ms",
    )


async def main(count: int, place: Path | None) -> None:
    with TemporaryDirectory(dir=place) as folder:
        signer = Signer.new("bench.example/ledger")
        log = Log(Path(folder) / "ledger", signer)
        await appended(log, count)
        checked(log, signer)
        entries = log.size
        await log.close()
        begun = time.perf_counter()
        log = Log(Path(folder) / "ledger", signer)
        told(f"start with {entries:,} entries", f"{(time.perf_counter() - begun) * 1e3:9.0f} ms")
        begun = time.perf_counter()
        assert log.faults() == []
        told("everything worked out again and compared", f"{(time.perf_counter() - begun):9.1f} s")
        await log.close()
        await recorded(Path(folder) / "small", signer)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--entries", type=int, default=100_000)
    parser.add_argument("--folder", type=Path, default=None)
    arguments = parser.parse_args()
    asyncio.run(main(arguments.entries, arguments.folder))

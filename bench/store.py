"""Measure the store alone: `python -m bench.store` (a minute); `--entities 1000000 --points 50000000` for full size."""

from __future__ import annotations

import argparse
import asyncio
import gc
import random
import resource
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from noren.store import Change, HistoryQuery, Indexing, Store, open_store
from noren.store.query import And, Compare, Near, Query, Relate

VOCABULARY = "https://smartdatamodels.org/dataModel.Environment/"
TYPE, LEVEL, STATION = (VOCABULARY + name for name in ("WaterObserved", "waterLevel", "stationId"))
PLACE = "https://uri.etsi.org/ngsi-ld/location"
INDEXING = Indexing(scalars={LEVEL: ("value",), STATION: ("value",)}, geometries={PLACE: ("value",)})
START = datetime(2024, 1, 1, tzinfo=UTC)


def entity(n: int, level: float, at: str) -> dict[str, Any]:
    """Five attributes of which two are indexed by value and one by place."""
    chance = random.Random(n)
    place = [139.0 + chance.random(), 35.0 + chance.random()]
    return {
        "id": f"urn:ngsi-ld:WaterObserved:town:{n}",
        "type": [TYPE],
        "scope": [],
        "createdAt": "2024-01-01T00:00:00Z",
        "modifiedAt": at,
        "attrs": {
            LEVEL: {"type": "Property", "value": level, "observedAt": at, "unitCode": "MTR"},
            STATION: {"type": "Property", "value": f"station {n}"},
            VOCABULARY + "flow": {"type": "Property", "value": level * 3, "observedAt": at},
            VOCABULARY + "refGauge": {"type": "Relationship", "object": f"urn:ngsi-ld:Device:town:{n}"},
            PLACE: {"type": "GeoProperty", "value": {"type": "Point", "coordinates": place}},
        },
    }


def reading(n: int, level: float, at: str) -> Change:
    """A new reading in all five attributes, the place unchanged in value."""
    new = entity(n, level, at)
    return Change(new["id"], lambda old: new)


@contextmanager
def opened() -> Iterator[tuple[Store, Path]]:
    """A store in a folder of its own."""
    with tempfile.TemporaryDirectory(prefix="noren-bench-") as folder:
        yield open_store(f"sqlite://{folder}", INDEXING), Path(folder)


def say(what: str, figure: str) -> None:
    """One line of the report."""
    print(f"{what:<64}{figure:>20}", flush=True)


async def batches(store: Store, entities: int, rounds: int) -> None:
    """Upserts of 100 entities a write, four writers at once."""
    for name, begin in (("create", 0), ("update", 1)):
        work = [
            [reading(n, random.random() * 9, f"2024-01-01T00:{r:02}:00Z") for n in range(first, first + 100)]
            for r in range(begin, begin + (1 if name == "create" else rounds))
            for first in range(0, entities, 100)
        ]
        took = await at_once(4, work, store.write)
        say(f"batch {name}, 100 a write, 5 attributes of which 2 indexed", f"{len(work) * 100 / took:,.0f} entities/s")


async def at_once(callers: int, work: list[Any], do: Callable[[Any], Any]) -> float:
    """Seconds that `callers` tasks need to do all of `work`."""
    todo = iter(work)
    gc.collect()
    gc.freeze()  # what was prepared is not looked through again while the clock runs

    async def caller() -> None:
        for item in todo:
            await do(item)

    begin = time.perf_counter()
    await asyncio.gather(*(caller() for _ in range(callers)))
    took = time.perf_counter() - begin
    gc.unfreeze()
    return took


async def singles(store: Store, entities: int, writes: int) -> None:
    """One entity a write from 64 callers, and reads of one."""
    work = [[reading(random.randrange(entities), 1.0, "2024-01-02T00:00:00Z")] for _ in range(writes)]
    took = await at_once(64, work, store.write)
    say("single writes, 64 callers", f"{writes / took:,.0f}/s")
    ids = [f"urn:ngsi-ld:WaterObserved:town:{random.randrange(entities)}" for _ in range(writes)]
    begin = time.perf_counter()
    for id in ids:
        store.get([id])
    say("get one", f"{writes / (time.perf_counter() - begin):,.0f}/s")
    took = await at_once(8, [Query(types=((TYPE,),), limit=20)] * 2000, store.find)
    say("list 20, 8 callers", f"{2000 / took:,.0f}/s")


async def fill(store: Store, entities: int) -> None:
    """Bring the store to its size."""
    begin = time.perf_counter()
    for first in range(0, entities, 10_000):
        await store.write(
            [reading(n, random.random() * 9, "2024-01-01T00:00:00Z") for n in range(first, first + 10_000)]
        )
    say(f"fill with {entities:,} entities", f"{time.perf_counter() - begin:,.1f} s")


async def queries(store: Store, times: int) -> None:
    """Indexed attribute and area together; page of 20 with and without a count."""
    for name, make in (("near 2 km", near), ("in a box of 0.1°", boxed)):
        for narrow, above in (("1 % of the values", 8.91), ("half of the values", 4.5)):
            for count in (False, True):
                took = []
                for _ in range(times):
                    query = Query(
                        types=((TYPE,),),
                        where=And((make(), Compare(("attrs", LEVEL, "value"), ">", above))),
                        count=count,
                    )
                    begin = time.perf_counter()
                    await store.find(query)
                    took.append((time.perf_counter() - begin) * 1000)
                p95 = statistics.quantiles(took, n=20)[-1]
                say(f"{name}, {narrow}{', counted' if count else ''}: p95", f"{p95:,.1f} ms")


def near() -> Near:
    """Somewhere within 2 km."""
    place = [139.0 + random.random(), 35.0 + random.random()]
    return Near(("attrs", PLACE, "value"), {"type": "Point", "coordinates": place}, 2000.0)


def boxed() -> Relate:
    """Somewhere in 1 % of the area."""
    w, s = 139.0 + random.random() * 0.9, 35.0 + random.random() * 0.9
    ring = [[w, s], [w + 0.1, s], [w + 0.1, s + 0.1], [w, s + 0.1], [w, s]]
    return Relate(("attrs", PLACE, "value"), "within", {"type": "Polygon", "coordinates": [ring]})


async def history(store: Store, points: int) -> None:
    """Series of 100,000 points each, aggregated alone and all together."""
    each, begin = 100_000, time.perf_counter()
    series = max(points // each, 1)
    for first in range(0, series, 10):
        await store.append(TYPE, stretch(range(first, min(first + 10, series)), each))
    say(f"append {series * each:,} points of {series} series", f"{time.perf_counter() - begin:,.1f} s")
    one = HistoryQuery(types=(TYPE,), ids=("urn:s:0",), attributes=(LEVEL,))
    took = await at_once(2, [one] * 200, lambda query: store.aggregate(query, ["avg", "max"], 3600.0))
    say("hourly aggregate over 100,000 points", f"{200 / took:,.0f}/s")
    begin = time.perf_counter()
    table = await store.aggregate(HistoryQuery(types=(TYPE,)), ["avg", "max"], 3600.0)
    say(
        f"hourly aggregate over {series * each:,} points ({table.num_rows:,} rows)",
        f"{time.perf_counter() - begin:,.2f} s",
    )


def stretch(numbers: range, each: int) -> pa.Table:
    """A reading every 20 s."""
    observed = np.datetime64(START.replace(tzinfo=None), "us") + np.arange(each) * np.timedelta64(20, "s")
    count = len(numbers)
    nothing = pa.nulls(count * each, pa.string())
    return pa.table(
        {
            "entity": pa.array(np.repeat([f"urn:s:{n}" for n in numbers], each)),
            "attribute": pa.array([LEVEL]).take(pa.array(np.zeros(count * each, "int32"))),
            "dataset": nothing,
            "observed": pa.array(np.tile(observed, count), pa.timestamp("us", "UTC")),
            "modified": pa.array(np.tile(observed, count), pa.timestamp("us", "UTC")),
            "number": pa.array(np.random.default_rng(1).normal(2, 1, count * each).round(2)),
            "value": nothing,
            "meta": pa.array(['{"type":"Property","unitCode":"MTR"}']).take(pa.array(np.zeros(count * each, "int32"))),
        }
    )


async def compaction(store: Store) -> None:
    """The log of what was written here."""
    begin = time.perf_counter()
    moved = await store.compact()
    took = time.perf_counter() - begin
    say(f"compact {moved:,} instances", f"{moved / took:,.0f}/s")


def peak() -> str:
    """The most memory this process held."""
    return f"{resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:,.0f} MiB"


async def main() -> None:
    """Print the figures asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--entities", type=int, default=100_000, help="entities when querying (design: 1,000,000)")
    parser.add_argument("--points", type=int, default=5_000_000, help="points of history (design: 50,000,000)")
    parser.add_argument("--only", choices=["write", "query", "history"], help="one part")
    asked = parser.parse_args()
    random.seed(1)
    if asked.only in (None, "write"):
        with opened() as (store, _):
            await batches(store, 10_000, 5)
            await singles(store, 10_000, 30_000)
            await compaction(store)
            await store.close()
    if asked.only in (None, "query"):
        with opened() as (store, _):
            await fill(store, asked.entities)
            await queries(store, 60)
            await store.close()
        say("peak memory so far", peak())
    if asked.only in (None, "history"):
        with opened() as (store, _):
            await history(store, asked.points)
            await store.close()
    say("peak memory", peak())


if __name__ == "__main__":
    asyncio.run(main())
